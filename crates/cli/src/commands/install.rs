//! `trustpack install`.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use trustpack_bundle::program::{
    self, InPlace, InstallProgramError, LIBRARY, Parts, Placed, Prepared,
};
use trustpack_bundle::safe_place::{Missing, SafePlace, UnsafePlace};
use trustpack_x509::dns::DnsName;

use self::loading::Loading;
use super::about::{Facts, VERSION};
use crate::accounts::{self, Account};
use crate::failure::{Answer, Failure, message};
use crate::output::{Output, Printed};
use crate::session::{self, Session};

mod loading;

/// Put this program into a folder of a host: itself, the script names, the shared library, README.VERSION
///
/// In the folder are then trustpack, create_ca.sh, create_cert.sh and convert_priv_key.sh (links to it),
/// libtrustpack.so.1 if it stands beside this program or in ../lib, and README.VERSION with what a bug report
/// needs. Run again it is an upgrade: files are replaced whole, and running programs go on with what they have.
///
/// Before anything takes the place of what is there it is tried, as the account of --owner, to start the program and to
/// load the library; if that account cannot, nothing is changed, and the exit code is 1. The line that lets other programs
/// find the library is printed; no profile is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack install --dir /opt/trustpack
  trustpack install --dir /opt/trustpack --host stat1.example.com --owner voice --group voice")]
pub(crate) struct Install {
    /// The folder; it is made if the one above it is there
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,

    /// The host's name, for README.VERSION; what the machine calls itself if not said
    #[arg(long, value_name = "NAME")]
    host: Option<DnsName>,

    /// The account of the services, to which the files are given; the one that runs this if not said
    #[arg(long, value_name = "ACCOUNT")]
    owner: Option<String>,

    /// The group of the files; that of the account if not said
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    folder: String,
    before: Vec<String>,
    files: Vec<FileJson>,
    library: Option<String>,
    library_path: Option<LibraryPath>,
    account: String,
    checks: Vec<CheckJson>,
}

#[derive(Debug, Serialize)]
struct FileJson {
    path: String,
    outcome: &'static str,
}

/// What lets programs find the library.
#[derive(Debug, Serialize)]
struct LibraryPath {
    variable: &'static str,
    line: String,
}

#[derive(Debug, Serialize)]
struct CheckJson {
    what: &'static str,
    outcome: &'static str,
    reason: Option<String>,
}

impl Install {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let (account, owner) = accounts::owner(self.owner.as_deref(), self.group.as_deref())?;
        let running = std::env::current_exe()
            .context("it is not known where this program is")
            .map_err(Failure::request)?;
        let library = library_of(&running);
        if let Some(library) = &library {
            came_along(library, &running).map_err(|foreign| {
                Failure::request(foreign)
                    .hint("unpack the tarball anew, where no other account may write")
            })?;
        }
        if library.is_some() {
            can_be_named(&self.dir)?;
        }
        let place = SafePlace::find(&self.dir, Missing::Make).map_err(not_safe)?;
        warn_of_groups(&place);
        let host = self.host.as_ref().map(ToString::to_string);
        let parts = Parts {
            program: &running,
            library: library.as_deref(),
            version: VERSION,
            readme: &Facts::of_this_machine(host).text(),
        };
        let prepared = program::prepare(&place, &parts, owner).map_err(not_installed)?;
        let checks = trials(&prepared, &account);
        let is_good = checks.iter().all(|check| check.outcome != FAILED);
        let placed = match is_good {
            true => prepared.put_in_place().map_err(not_installed)?,
            false => Placed::default(),
        };
        let report = Report::new(&place, &placed, &account, checks);
        if self.json {
            session.out.json(&report)?;
        } else {
            report.write(&mut session.out)?;
        }
        session.out.flush()?;
        let stale = place.path().join(LIBRARY);
        if is_good && library.is_none() && stale.exists() {
            session::warn(format_args!(
                "{} is there, and may be of another version: no library stands beside this program",
                stale.display()
            ));
        }
        Ok(report.answer())
    }
}

/// The library that came with a program: beside it, or in `lib` beside its folder `bin`, as in the tarball.
fn library_of(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    let beside = folder.join(LIBRARY);
    let above = folder.parent().filter(|_| folder.ends_with("bin"));
    let in_lib = above.map(|above| above.join("lib").join(LIBRARY));
    std::iter::once(beside)
        .chain(in_lib)
        .find(|path| path.is_file())
}

/// A library that somebody else may have put beside this program.
#[derive(Debug, thiserror::Error)]
enum ForeignLibrary {
    /// Of somebody else.
    #[error("{} belongs to user {owner}, and neither to root nor to whom this program does", path.display())]
    Owner { path: PathBuf, owner: u32 },
    /// Everybody may change it, or put another one there.
    #[error("other accounts may write to {}; its permissions are {mode:04o}", path.display())]
    Writable { path: PathBuf, mode: u32 },
    /// It cannot be looked at.
    #[error("cannot look at {}", path.display())]
    File { path: PathBuf, source: io::Error },
}

/// Whether a library and its folder are of who gave this program, who is trusted already, or of root.
fn came_along(library: &Path, program: &Path) -> Result<(), ForeignLibrary> {
    let look = |path: &Path| {
        path.metadata().map_err(|source| ForeignLibrary::File {
            path: path.to_owned(),
            source,
        })
    };
    let giver = look(program)?.uid();
    for path in [Some(library), library.parent()].into_iter().flatten() {
        let found = look(path)?;
        let (path, owner, mode) = (path.to_owned(), found.uid(), found.mode() & 0o7777);
        if owner != 0 && owner != giver {
            return Err(ForeignLibrary::Owner { path, owner });
        }
        if mode & 0o002 != 0 {
            return Err(ForeignLibrary::Writable { path, mode });
        }
    }
    Ok(())
}

/// Where programs other than this one look for libraries, on this system.
const LIBRARY_VARIABLE: &str = if cfg!(target_os = "macos") {
    "DYLD_LIBRARY_PATH"
} else if cfg!(target_os = "aix") {
    "LIBPATH"
} else {
    "LD_LIBRARY_PATH"
};

/// Whether programs can be told to look for libraries in this folder.
fn can_be_named(folder: &Path) -> Result<(), Failure> {
    let whole = folder
        .canonicalize()
        .or_else(|_| std::path::absolute(folder));
    let whole = whole.unwrap_or_else(|_| folder.to_owned());
    if !whole.to_string_lossy().contains([':', ';']) {
        return Ok(());
    }
    let text = format!(
        "{} has a colon or semicolon, with which {LIBRARY_VARIABLE} separates folders: no program could find the library there",
        whole.display()
    );
    Err(Failure::request(message(text)).hint("choose another folder"))
}

pub(super) fn not_safe(error: UnsafePlace) -> Failure {
    let hint = match &error {
        UnsafePlace::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "run this as root, or as an account that may write there"
        }
        UnsafePlace::File { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
            "it is a link that leads nowhere: take it away, or make the folder that it names"
        }
        UnsafePlace::File { .. } => {
            "name a folder that is there, or a new one in a folder that is there"
        }
        UnsafePlace::NoFolder { .. } => "name a folder",
        UnsafePlace::Link { .. } => "name the folder itself",
        UnsafePlace::Owner { .. } => "run this as that account, or choose another folder",
        UnsafePlace::WritableByAll { .. } => "choose a folder in which only root or you may write",
    };
    Failure::request(error).hint(hint)
}

/// Who installs knows whether the members of a group are trusted.
pub(super) fn warn_of_groups(place: &SafePlace) {
    for (folder, group) in place.shared_with() {
        session::warn(format_args!(
            "the group {group} may write in {} and so exchange what is put there; `chmod g-w` takes that away",
            folder.display()
        ));
    }
}

fn not_installed(error: InstallProgramError) -> Failure {
    match &error {
        InstallProgramError::NotOurs { .. } => {
            Failure::request(error).hint("take it away, or install into a folder of its own")
        }
        InstallProgramError::Read { .. }
        | InstallProgramError::NoFile { .. }
        | InstallProgramError::Write(_)
        | InstallProgramError::Place { .. } => Failure::request(error),
    }
}

/// What the account can do with the parts, before they are in place.
fn trials(prepared: &Prepared<'_>, account: &Account) -> Vec<CheckJson> {
    let starts = loading::starts(prepared.program(), account);
    let loads = prepared
        .library()
        .map(|library| loading::loads(library, account));
    let mut checks = vec![CheckJson::new("start the program", starts)];
    checks.extend(loads.map(|loads| CheckJson::new("load the library", loads)));
    checks
}

impl Report {
    fn new(place: &SafePlace, placed: &Placed, account: &Account, checks: Vec<CheckJson>) -> Self {
        let folder = place.path();
        let in_place = folder.join(LIBRARY);
        let in_place =
            Some(in_place).filter(|path| placed.files.iter().any(|one| one.path == *path));
        let shown = folder.display().to_string();
        let library_path = in_place.is_some().then(|| LibraryPath {
            variable: LIBRARY_VARIABLE,
            line: format!(
                "export {LIBRARY_VARIABLE}={}${{{LIBRARY_VARIABLE}:+:${LIBRARY_VARIABLE}}}",
                quoted(&shown)
            ),
        });
        Self {
            version: VERSION,
            folder: shown,
            before: placed.before.clone(),
            files: placed.files.iter().map(FileJson::from).collect(),
            library: in_place.map(|path| path.display().to_string()),
            library_path,
            account: account.name.clone(),
            checks,
        }
    }

    fn write(&self, out: &mut Output) -> Printed {
        let before = match self.before.is_empty() {
            true => String::new(),
            false => format!(", in the place of {}", self.before.join(", ")),
        };
        match self.files.is_empty() {
            false => writeln!(out, "Trustpack {} in {}{before}", self.version, self.folder)?,
            true => writeln!(out, "nothing was changed in {}", self.folder)?,
        }
        for file in &self.files {
            writeln!(out, "{:<9} {}", file.outcome, file.path)?;
        }
        for check in &self.checks {
            let (what, account) = (check.what, &self.account);
            match (&check.reason, check.outcome) {
                (None, _) => writeln!(out, "checked   the account {account} can {what}")?,
                (Some(reason), NOT_CHECKED) => {
                    writeln!(
                        out,
                        "unchecked whether the account {account} can {what}: {reason}"
                    )?;
                }
                (Some(reason), _) => {
                    writeln!(
                        out,
                        "error     the account {account} cannot {what}: {reason}"
                    )?;
                }
            }
        }
        match &self.library_path {
            None if self.files.is_empty() => Ok(()),
            Some(path) => {
                writeln!(out, "So that programs find the library:")?;
                writeln!(out)?;
                writeln!(out, "  {}", path.line)
            }
            None => writeln!(
                out,
                "without   {LIBRARY}: it stands neither beside this program nor in ../lib"
            ),
        }
    }

    fn answer(&self) -> Answer {
        match self.checks.iter().any(|check| check.outcome == FAILED) {
            true => Answer::No,
            false => Answer::Done,
        }
    }
}

const PASSED: &str = "passed";
const FAILED: &str = "failed";
const NOT_CHECKED: &str = "not-checked";

impl CheckJson {
    fn new(what: &'static str, outcome: Loading) -> Self {
        let (outcome, reason) = match outcome {
            Loading::Works => (PASSED, None),
            Loading::Fails(reason) => (FAILED, Some(reason)),
            Loading::NotChecked(reason) => (NOT_CHECKED, Some(reason)),
        };
        Self {
            what,
            outcome,
            reason,
        }
    }
}

impl From<&InPlace> for FileJson {
    fn from(placed: &InPlace) -> Self {
        Self {
            path: placed.path.display().to_string(),
            outcome: match placed.replaced {
                true => "replaced",
                false => "new",
            },
        }
    }
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    match text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(quoted("/opt/trust-pack_1"), "/opt/trust-pack_1");
        assert_eq!(quoted("/opt/a b"), "'/opt/a b'");
        assert_eq!(quoted("/opt/it's;$(id)"), "'/opt/it'\\''s;$(id)'");
    }
}
