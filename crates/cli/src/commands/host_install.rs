//! `trustpack host install`.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use serde::Serialize;
use trustpack_bundle::host::check;
use trustpack_bundle::host::findings::next_refused;
use trustpack_bundle::host::generations::{
    self, InstallBundleError, Installed, KeyReaders, Manner, Outcome,
};
use trustpack_bundle::host::lists::OlderLists;
use trustpack_bundle::host::received::Received;
use trustpack_bundle::host::refusal::NoBundle;
use trustpack_bundle::safe_place::{Missing, SafePlace};
use trustpack_ca::host::HostName;
use trustpack_keystore::password::Passwords;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::DnsName;

use super::install::{not_safe, warn_of_groups};
use crate::accounts;
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::{self, Session};

/// Put a bundle in place on this host: files, owner, group, permissions, all at once
///
/// BUNDLE is the folder that `cert issue --for`, `cert bundle`, `cert export` or `cert adopt --for` made, copied to
/// this host. Files with a key are 0600, or 0640 with --group; the others 0644. Configuration (nginx.conf and the like)
/// that is there stays. Links and files of others in the bundle are refused, and so is the certificate of another host
/// in the place of one.
///
/// A folder with a revocation list alone (crl.pem) is installed too.
///
/// In the folder the names are links to .installed/current, which changes in one step: nobody sees a new
/// certificate with an old key. What was there before is kept, and --previous puts it back. A revocation list takes the
/// place of the one before at once, and counts for no step back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack host install 0F3A_stat1_unix --group voice
  trustpack host install stat1 --to /opt/voice/tls --owner voice
  trustpack host install --previous")]
pub(crate) struct HostInstall {
    /// The folder with the bundle
    #[arg(value_name = "BUNDLE", required_unless_present = "previous")]
    bundle: Option<PathBuf>,

    /// The folder that gets the files; it is made if the one above it is there
    #[arg(long, value_name = "DIR", default_value = "/etc/trustpack")]
    to: PathBuf,

    /// The account that the files are given to; the one that runs this if not said
    #[arg(long, value_name = "ACCOUNT")]
    owner: Option<String>,

    /// The group that the files are given to, and that may read those with a key
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,

    /// File with the password of the key stores, so that they can be looked into; it does not change them
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Put in place what was there before; revocation lists stay as they are
    #[arg(long, conflicts_with_all = ["bundle", "owner", "group", "password_file", "older_list"])]
    previous: bool,

    /// Take a revocation list that is older than the one that is there: whoever was revoked since is let in again
    #[arg(long)]
    older_list: bool,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    folder: String,
    hosts: Vec<HostJson>,
    files: Vec<FileJson>,
    passed_over: Vec<String>,
}

#[derive(Debug, Serialize)]
struct HostJson {
    host: Option<String>,
    serial: String,
    subject: String,
    not_after: String,
}

#[derive(Debug, Serialize)]
struct FileJson {
    path: String,
    outcome: &'static str,
}

impl HostInstall {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let (_, owner) = accounts::owner(self.owner.as_deref(), self.group.as_deref())?;
        let passwords = passwords(self.password_file.as_ref())?;
        let received = match &self.bundle {
            Some(bundle) => Some(Received::read(bundle, &passwords).map_err(no_bundle)?),
            None => None,
        };
        let missing = match self.previous {
            true => Missing::Refuse,
            false => Missing::Make,
        };
        let place = SafePlace::find(&self.to, missing).map_err(not_safe)?;
        warn_of_groups(&place);
        let (files, hosts) = match &received {
            Some(received) => {
                let key_readers = match self.group {
                    Some(_) => KeyReaders::OwnerAndGroup,
                    None => KeyReaders::Owner,
                };
                let older_lists = match self.older_list {
                    true => OlderLists::Taken,
                    false => OlderLists::Refused,
                };
                let manner = Manner {
                    owner,
                    key_readers,
                    older_lists,
                };
                let files = generations::install(&place, received, manner, is_successor);
                let hosts = received.hosts().into_iter().cloned().collect();
                (files.map_err(not_installed)?, hosts)
            }
            None => {
                let back = generations::go_back(&place).map_err(not_installed)?;
                (back.files, back.hosts)
            }
        };
        if !hosts.is_empty() {
            warn_of_missing_keys(&place, &passwords);
        }
        let report = Report {
            folder: place.path().display().to_string(),
            hosts: hosts
                .iter()
                .map(|certificate| HostJson::new(certificate, session))
                .collect(),
            files: files.iter().map(FileJson::from).collect(),
            passed_over: received.map_or_else(Vec::new, |received| received.passed_over),
        };
        if self.json {
            session.out.json(&report)?;
        } else {
            report.write(session)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

/// No service can show a certificate without its key; that the key came first, or comes next, is no mistake.
fn warn_of_missing_keys(place: &SafePlace, passwords: &Passwords) {
    // That it cannot be looked into is no reason to say that nothing was installed.
    for finding in check::lacking_keys(place.path(), passwords).unwrap_or_default() {
        session::warn(format_args!(
            "{}: {}; install the bundle with the key",
            finding.path.display(),
            finding.message
        ));
    }
}

/// The one that was given, and what Java stores have where none was.
pub(super) fn passwords(file: Option<&PathBuf>) -> Result<Passwords, Failure> {
    let given = file
        .map(|file| password_prompt::from_file(file))
        .transpose()?;
    let customary = trustpack_bundle::target::customary_password();
    Ok(given.into_iter().chain([customary]).collect())
}

fn names_of(certificate: &Certificate) -> BTreeSet<DnsName> {
    let host = HostName::of_certificate(certificate);
    host.map(|host| host.name().clone()).into_iter().collect()
}

/// The same host, by its name; certificates without one by their subject.
fn is_successor(before: &Certificate, new: &Certificate) -> bool {
    let (before_names, new_names) = (names_of(before), names_of(new));
    match before_names.is_empty() && new_names.is_empty() {
        true => before.subject() == new.subject(),
        false => before_names == new_names,
    }
}

fn no_bundle(error: NoBundle) -> Failure {
    let hint = match &error {
        NoBundle::ForWindows { .. } => {
            "there, run its install.ps1; for UNIX make one with `--for unix`"
        }
        NoBundle::AuthorityKey { .. } => {
            "make a bundle with `trustpack cert export`, and take the key off this host"
        }
        NoBundle::Request { .. } | NoBundle::Empty { .. } | NoBundle::NothingTrusted { .. } => {
            "where the CA is: `trustpack cert export HOST --to FOLDER`"
        }
        NoBundle::Name { .. }
        | NoBundle::NoFile { .. }
        | NoBundle::TooManyFiles { .. }
        | NoBundle::Unknown { .. }
        | NoBundle::NoText { .. } => {
            "take it out, if you know where it comes from; else have the bundle sent again"
        }
        NoBundle::HardLink { .. } => "find out who put it there, and have the bundle sent again",
        NoBundle::OtherKey { .. } => "have the whole bundle sent again",
        NoBundle::Folder { .. } => {
            "name the folder that `cert issue --for`, `cert bundle` or `cert export` made, as it was copied to this host"
        }
        NoBundle::File { .. } => return Failure::request(error),
    };
    Failure::request(error).hint(hint)
}

fn not_installed(error: InstallBundleError) -> Failure {
    let hint = match &error {
        InstallBundleError::OtherHost { .. } => "choose a folder of its own for each host",
        InstallBundleError::OlderList { .. } => {
            "make a new list where the CA is (`trustpack crl create`); --older-list takes this one"
        }
        InstallBundleError::NoFile { .. } | InstallBundleError::ForeignFolder { .. } => {
            "take it away, or choose another folder"
        }
        InstallBundleError::Unknown { .. } => next_refused::KIND.remedy,
        InstallBundleError::NoPair { .. } => "have the whole bundle sent again",
        InstallBundleError::NothingBefore { .. } => {
            "only what `trustpack host install` has replaced there is kept"
        }
        InstallBundleError::File { source, .. }
            if source.kind() == io::ErrorKind::PermissionDenied =>
        {
            "run this as root, or as an account that may write there"
        }
        InstallBundleError::Standing { .. }
        | InstallBundleError::Write(_)
        | InstallBundleError::File { .. } => return Failure::request(error),
    };
    Failure::request(error).hint(hint)
}

impl Report {
    fn write(&self, session: &mut Session) -> Result<(), Failure> {
        for host in &self.hosts {
            writeln!(
                session.out,
                "{} until {}, serial {}",
                host.subject, host.not_after, host.serial
            )?;
        }
        for file in &self.files {
            writeln!(session.out, "{:<9}  {}", file.outcome, file.path)?;
        }
        for name in &self.passed_over {
            writeln!(session.out, "no use     {name}")?;
        }
        Ok(())
    }
}

impl HostJson {
    fn new(certificate: &Certificate, session: &Session) -> Self {
        let validity = certificate.validity();
        if validity.not_after < session.now || session.now < validity.not_before {
            session::warn(format_args!(
                "the certificate of {} is not valid now, but from {} to {}",
                certificate.subject(),
                validity.not_before,
                validity.not_after
            ));
        }
        Self {
            host: names_of(certificate).first().map(ToString::to_string),
            serial: certificate.serial().to_hex(),
            subject: certificate.subject().to_string(),
            not_after: validity.not_after.to_string(),
        }
    }
}

impl From<&Installed> for FileJson {
    fn from(installed: &Installed) -> Self {
        Self {
            path: installed.path.display().to_string(),
            outcome: match installed.outcome {
                Outcome::New => "new",
                Outcome::Replaced => "replaced",
                Outcome::Unchanged => "unchanged",
                Outcome::Kept => "kept",
                Outcome::Removed => "removed",
            },
        }
    }
}
