//! Whether the account of the services can read what is installed, and nobody else; and whether it is good for
//! something.
//!
//! Looks and changes nothing. Not whether peers accept a certificate: that is the judge's. Invariant: what cannot be
//! looked into is a finding, never silence.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use trustpack_keystore::contents::Contents;
use trustpack_keystore::password::Passwords;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_settings::finding::{Kind, Severity};
use trustpack_x509::time::Timestamp;

use crate::host::accounts::{self, Account};
use crate::host::findings::{
    exchangeable, key_mismatch, key_missing, key_open, next_refused, not_readable, not_understood,
    nothing_trusted,
};
use crate::host::generations::{self, INSTALLED};
use crate::host::received::is_authority;
use crate::host::rights::{Right, Rights};

mod material;

use self::material::{InFolder, Material, Unread, kept_before, material_in};

/// Before its end a certificate is told of so long.
const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Files of a folder that are looked at. Source: ours; the bundles of a hundred hosts.
const MAX_FILES: usize = 1000;
/// Names of accounts in a message; more are counted.
const MAX_NAMES: usize = 5;
/// What the names of files with certificates and keys end with.
const ENDINGS: [&str; 9] = [
    ".pem", ".key", ".crt", ".cer", ".crl", ".p12", ".pfx", ".jks", ".jceks",
];

/// One thing that is wrong or doubtful on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFinding {
    /// What kind it is.
    pub kind: &'static Kind,
    /// The file or folder in question.
    pub path: PathBuf,
    /// One sentence with the values.
    pub message: String,
}

/// What was looked at, and what was found.
#[derive(Debug)]
pub struct Checked {
    /// The files with certificates, keys and lists.
    pub files: Vec<PathBuf>,
    /// What is wrong, by path.
    pub findings: Vec<HostFinding>,
}

/// A folder that cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It cannot be read.
    #[error("cannot look into {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is too much.
    #[error("{} has more than {MAX_FILES} files, the most that are looked at", path.display())]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
    },
    /// There is nothing to look at.
    #[error("no certificate, key or revocation list is in {}", path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
}

impl Checked {
    /// Whether something is wrong, and not only doubtful.
    #[must_use]
    pub fn has_error(&self) -> bool {
        let mut kinds = self.findings.iter().map(|finding| finding.kind);
        kinds.any(|kind| kind.severity == Severity::Error)
    }
}

/// Looks at the files of a folder, for the account of the services.
///
/// # Errors
///
/// [`CheckError`] when the folder cannot be looked at.
pub fn check(
    folder: &Path,
    service: &Account,
    passwords: &Passwords,
    now: Timestamp,
) -> Result<Checked, CheckError> {
    let failed = |source| CheckError::Folder {
        path: folder.to_owned(),
        source,
    };
    let real = folder.canonicalize().map_err(failed)?;
    let InFolder {
        material: files,
        without_file,
    } = material_in(folder, passwords)?;
    let kept = kept_before(folder, passwords)?;
    let mut looked = Looked {
        service,
        others: accounts::others(service),
        folders: BTreeMap::new(),
        findings: without_file,
    };
    looked.folders(real.ancestors()).map_err(failed)?;
    for file in files.iter().chain(&kept) {
        let way = file.path.canonicalize().map_err(failed)?;
        looked.folders(way.ancestors().skip(1)).map_err(failed)?;
        looked.meet(&Rights::of(&file.path).map_err(failed)?);
    }
    for file in &kept {
        let way = file.path.canonicalize().map_err(failed)?;
        let rights = Rights::of(&file.path).map_err(failed)?;
        let open = looked.open_to_others(file, &rights, (&way, &way));
        looked.findings.extend(open);
    }
    for file in &files {
        let way = file.path.canonicalize().map_err(failed)?;
        let rights = Rights::of(&file.path).map_err(failed)?;
        looked.look_at(file, &rights, (&real, &way));
        file.dates(now, &mut looked.findings);
    }
    looked.look_at_folders();
    for (path, message) in generations::obstacles(&folder.join(INSTALLED)) {
        let found = HostFinding::new(&next_refused::KIND, &path, message);
        looked.findings.push(found);
    }
    fitting(folder, &files, &mut looked.findings);
    let mut findings = looked.findings;
    findings.sort_by(|one, other| (&one.path, one.kind.code).cmp(&(&other.path, other.kind.code)));
    Ok(Checked {
        files: files.into_iter().map(|file| file.path).collect(),
        findings,
    })
}

/// The certificates of this host in a folder whose key is in no file of it.
///
/// # Errors
///
/// [`CheckError`] when the folder cannot be looked at.
pub fn lacking_keys(folder: &Path, passwords: &Passwords) -> Result<Vec<HostFinding>, CheckError> {
    let mut findings = Vec::new();
    without_key(&material_in(folder, passwords)?.material, &mut findings);
    Ok(findings)
}

/// What is known so far.
struct Looked<'a> {
    service: &'a Account,
    others: Vec<Account>,
    folders: BTreeMap<PathBuf, Rights>,
    findings: Vec<HostFinding>,
}

impl Looked<'_> {
    fn folders<'b>(&mut self, folders: impl Iterator<Item = &'b Path>) -> io::Result<()> {
        for folder in folders {
            if !self.folders.contains_key(folder) {
                self.folders.insert(folder.to_owned(), Rights::of(folder)?);
            }
        }
        Ok(())
    }

    /// Whom an access control list names counts also where no file of this machine knows the account.
    fn meet(&mut self, rights: &Rights) {
        let of_folders = self.folders.values().flat_map(Rights::named);
        let named: BTreeSet<u32> = of_folders.chain(rights.named()).collect();
        for uid in named {
            let known = |one: &Account| one.uid == Some(uid);
            if uid != 0 && !known(self.service) && !self.others.iter().any(known) {
                // "Any other account" stays the last.
                let stranger = Account {
                    name: format!("user {uid}, who has no account here,"),
                    uid: Some(uid),
                    groups: BTreeSet::new(),
                };
                self.others.insert(0, stranger);
            }
        }
    }

    /// A private file that others may read, by the folders of both ways to it.
    fn open_to_others(
        &self,
        file: &Material,
        rights: &Rights,
        ways: (&Path, &Path),
    ) -> Option<HostFinding> {
        let may = |account: &&Account| {
            let passes = |(folder, above): (&PathBuf, &Rights)| {
                let is_above = ways.0.starts_with(folder) || ways.1.starts_with(folder);
                !is_above || above.allow(account, Right::PassThrough)
            };
            let reads = account.uid == Some(rights.owner) || rights.allow(account, Right::Read);
            reads && self.folders.iter().all(passes)
        };
        if !file.is_private() {
            return None;
        }
        let names = listed(self.others.iter().filter(may))?;
        let message = format!(
            "it holds a private key, and {names} may read it; its permissions are {:04o}",
            rights.mode
        );
        Some(HostFinding::new(&key_open::KIND, &file.path, message))
    }

    /// Who may read and write a file, to which both ways lead: that of its folder and its own.
    fn look_at(&mut self, file: &Material, rights: &Rights, ways: (&Path, &Path)) {
        let above: Vec<(&PathBuf, &Rights)> = self
            .folders
            .iter()
            .filter(|(folder, _)| ways.0.starts_with(folder) || ways.1.starts_with(folder))
            .collect();
        let path = &file.path;
        let stopped = |account: &Account| {
            above
                .iter()
                .find(|(_, rights)| !rights.allow(account, Right::PassThrough))
                .map(|(folder, _)| *folder)
        };
        let mut found = Vec::new();
        let name = &self.service.name;
        if let Some(folder) = stopped(self.service) {
            let message = format!(
                "the account {name} may not read it: it cannot go through {}",
                folder.display()
            );
            found.push(HostFinding::new(&not_readable::KIND, path, message));
        } else if !rights.allow(self.service, Right::Read) {
            let message = format!(
                "the account {name} may not read it: it belongs to user {}, with the permissions {:04o}",
                rights.owner, rights.mode
            );
            found.push(HostFinding::new(&not_readable::KIND, path, message));
        }
        let owns = |account: &&Account| account.uid == Some(rights.owner);
        let may = |account: &&Account, right| owns(account) || rights.allow(account, right);
        let reached = || {
            self.others
                .iter()
                .filter(|account| stopped(account).is_none())
        };
        found.extend(self.open_to_others(file, rights, ways));
        if let Some(names) = listed(reached().filter(|one| may(one, Right::Write))) {
            let message = format!(
                "{names} may write to it; its permissions are {:04o}",
                rights.mode
            );
            found.push(HostFinding::new(&exchangeable::KIND, path, message));
        } else if let Some(owner) = self.stranger(rights.owner) {
            let message = format!("it belongs to {owner}, who may change and read it");
            found.push(HostFinding::new(&exchangeable::KIND, path, message));
        }
        if let Some(reason) = file.not_understood() {
            found.push(HostFinding::new(&not_understood::KIND, path, reason));
        }
        self.findings.extend(found);
    }

    /// Who may put other files and folders in the place of these.
    fn look_at_folders(&mut self) {
        for (folder, rights) in &self.folders {
            let inside = self
                .folders
                .iter()
                .filter(|(path, _)| path.parent() == Some(folder));
            let mut owners: Vec<u32> = inside.map(|(_, rights)| rights.owner).collect();
            // What is in the innermost belongs to whom the folder does.
            owners.push(rights.owner);
            let exchanges =
                |one: &&Account| owners.iter().any(|owner| rights.lets_exchange(one, *owner));
            let message = if let Some(names) = listed(self.others.iter().filter(exchanges)) {
                format!(
                    "{names} may put other files in the place of those in it; its permissions are {:04o}",
                    rights.mode
                )
            } else if let Some(owner) = self.stranger(rights.owner) {
                format!(
                    "it belongs to {owner}, who may put other files in the place of those in it"
                )
            } else {
                continue;
            };
            self.findings
                .push(HostFinding::new(&exchangeable::KIND, folder, message));
        }
    }

    /// An owner who has no account here.
    fn stranger(&self, owner: u32) -> Option<String> {
        let known = |one: &Account| one.uid == Some(owner);
        let is_known = owner == 0 || known(self.service) || self.others.iter().any(known);
        (!is_known).then(|| format!("user {owner}, who has no account here"))
    }
}

/// The names of accounts; nothing for none.
fn listed<'a>(accounts: impl Iterator<Item = &'a Account>) -> Option<String> {
    let names: Vec<&str> = accounts.map(|account| &*account.name).collect();
    let more = names.len().saturating_sub(MAX_NAMES);
    let shown = names.get(..names.len().min(MAX_NAMES)).unwrap_or_default();
    // The last one says all that the others say.
    match (names.last(), more) {
        (None, _) => None,
        (Some(last), _) if *last == Account::any_other().name => Some((*last).to_owned()),
        (Some(_), 0) => Some(shown.join(", ")),
        (Some(_), more) => Some(format!("{} and {more} more", shown.join(", "))),
    }
}

/// Keys have their certificates, and hosts somebody to trust.
fn fitting(folder: &Path, files: &[Material], findings: &mut Vec<HostFinding>) {
    let all = || files.iter().flat_map(Material::certificates);
    for file in files {
        let keys = file.read.iter().flat_map(|contents| &contents.keys);
        for key in keys.filter_map(|found| found.key.as_ref().ok()) {
            if !all().any(|certificate| key.matches(certificate)) {
                let message = "no certificate beside it belongs to this key";
                findings.push(HostFinding::new(&key_mismatch::KIND, &file.path, message));
            }
        }
    }
    let is_locked =
        |file: &Material| matches!(&file.read, Err(Unread::Contents(error)) if error.is_password());
    without_key(files, findings);
    if !all().any(is_authority) && !files.iter().any(is_locked) {
        let message = "no certificate of an authority is in it";
        findings.push(HostFinding::new(&nothing_trusted::KIND, folder, message));
    }
}

/// How the file with the certificate of a host ends: spec 1.2. In another one a certificate may stand to be trusted.
const CERTIFICATE: &str = "_cert.pem";

/// Certificates of this host whose key is in no file here.
fn without_key(files: &[Material], findings: &mut Vec<HostFinding>) {
    // What is in a file that nobody could look into is not known, and that is told already.
    let may_hide_one = |file: &Material| {
        let locked = file.read.as_ref().is_ok_and(Contents::has_locked_key);
        locked || (file.read.is_err() && file.is_private())
    };
    if files.iter().any(may_hide_one) {
        return;
    }
    let keys: Vec<&PrivateKey> = files
        .iter()
        .flat_map(|file| &file.read)
        .flat_map(|contents| &contents.keys)
        .filter_map(|found| found.key.as_ref().ok())
        .collect();
    for file in files {
        let name = file.path.file_name().map(|name| name.to_string_lossy());
        let of_host = name.is_some_and(|name| name.ends_with(CERTIFICATE));
        let Some(certificate) = file.certificates().next() else {
            continue;
        };
        let has_key = keys.iter().any(|key| key.matches(certificate));
        if of_host && !has_key && !is_authority(certificate) {
            let subject = certificate.subject();
            let message =
                format!("the key of the certificate of {subject} is in no file beside it");
            findings.push(HostFinding::new(&key_missing::KIND, &file.path, message));
        }
    }
}

impl HostFinding {
    fn new(kind: &'static Kind, path: &Path, message: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            message: message.into(),
        }
    }
}
