//! `trustpack host check`.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_bundle::host::accounts::Account;
use trustpack_bundle::host::check::{self, CheckError, Checked};

use super::file_finding::FileFinding;
use super::host_install::passwords;
use crate::accounts;
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::session::Session;

/// Say whether the account of the services can read what is installed, and nobody else
///
/// Looks at the certificates, keys and revocation lists in a folder, and at the folders above it: who may read and
/// exchange them by owner, group, permissions and access control lists; whether each key has its certificate;
/// whether a certificate has ended. Accounts are those of /etc/passwd; any other counts as one. Nothing is changed.
///
/// `fleet check --files / --host NAME` says the same of each file that the settings name. Exit code 1 if there is an
/// error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack host check
  trustpack host check /opt/voice/tls --account voice
  trustpack host check --group trustpack")]
pub(crate) struct HostCheck {
    /// The folder with the files
    #[arg(value_name = "DIR", default_value = "/etc/trustpack")]
    dir: PathBuf,

    /// The account of the services; if not said, that to which the key belongs, or the group that may read it
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,

    /// The group of a service whose account is made when it starts (DynamicUser= of systemd)
    #[arg(long, value_name = "GROUP", conflicts_with = "account")]
    group: Option<String>,

    /// File with the password of the key stores; without it those are only looked at from outside
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    folder: String,
    account: String,
    files: Vec<String>,
    findings: Vec<FileFinding>,
}

impl HostCheck {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let service = self.service()?;
        let passwords = passwords(self.password_file.as_ref())?;
        let checked = check::check(&self.dir, &service, &passwords, session.now);
        let checked = checked.map_err(not_checked)?;
        let report = Report::new(&self.dir, &service, &checked);
        if self.json {
            session.out.json(&report)?;
        } else {
            report.write(&mut session.out)?;
        }
        session.out.flush()?;
        Ok(match checked.has_error() {
            true => Answer::No,
            false => Answer::Done,
        })
    }

    fn service(&self) -> Result<Account, Failure> {
        match (&self.account, &self.group) {
            (Some(name), _) => accounts::with_groups(name),
            (None, Some(name)) => accounts::of_group(name),
            (None, None) => match key_in(&self.dir) {
                Some(key) if key.uid() == 0 && key.mode() & 0o040 != 0 && key.gid() != 0 => {
                    accounts::of_group(&key.gid().to_string())
                }
                Some(key) => accounts::with_groups(&key.uid().to_string()),
                None => accounts::with_groups("0"),
            },
        }
    }
}

/// The key that tells whom the files are for.
fn key_in(folder: &Path) -> Option<fs::Metadata> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let mut keys: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| {
                name.ends_with("_priv_key.pem") || name.ends_with("_haproxy.pem")
            })
        })
        .collect();
    keys.sort();
    keys.first()?.metadata().ok()
}

fn not_checked(error: CheckError) -> Failure {
    match &error {
        CheckError::Nothing { .. } => {
            Failure::request(error).hint("`trustpack host install BUNDLE` puts a bundle in place")
        }
        CheckError::Folder { .. } | CheckError::TooManyFiles { .. } => Failure::request(error),
    }
}

impl Report {
    fn new(folder: &Path, service: &Account, checked: &Checked) -> Self {
        let findings = checked.findings.iter();
        Self {
            folder: folder.display().to_string(),
            account: service.name.clone(),
            files: checked
                .files
                .iter()
                .map(|path| path.display().to_string())
                .collect(),
            findings: findings
                .map(|found| FileFinding::new(found.kind, &found.path, &found.message))
                .collect(),
        }
    }

    fn write(&self, out: &mut Output) -> Printed {
        for finding in &self.findings {
            finding.write(out)?;
        }
        let (account, files) = (&self.account, self.files.len());
        let looked_at = match files {
            1 => "1 file".to_owned(),
            many => format!("{many} files"),
        };
        match self.findings.len() {
            0 => writeln!(
                out,
                "{looked_at}: {account} can read what it must, and nobody else can read a key"
            ),
            1 => writeln!(out, "{looked_at} for {account}: 1 finding"),
            many => writeln!(out, "{looked_at} for {account}: {many} findings"),
        }
    }
}
