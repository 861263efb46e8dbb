//! `trustpack cert export`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_bundle::place::{Outcome, Placed};
use trustpack_bundle::target::Target;
use trustpack_bundle::write::WriteBundleError;
use trustpack_ca::host::HostName;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem;
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::public_file::{self, PublicMode};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::dns::DnsName;

use super::bundling::deliverable::{Deliverable, Delivering};
use super::bundling::{BundleArgs, Order, check_password};
use super::crl_publish::usable;
use super::issuing;
use super::named_certificate::newest_or_named;
use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::secret_file;
use crate::session::{self, Session};

/// Put the newest certificate of a host into a folder, under names that stay
///
/// In the folder are then HOST_cert.pem with the intermediate CAs, HOST_priv_key.pem, and ca_cert.pem with the
/// trusted CA, HOST being the first label of the host name; with --for what other programs read. Of a host it is
/// the valid certificate that was issued last for exactly that name.
///
/// Files that hold the same already are not touched, others are replaced one by one, the certificate last; so it can be
/// run by a timer. Configuration (nginx.conf and the like) that is there stays as it is. Nothing else in the folder is
/// touched, and the certificate of another host is not replaced.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack cert export --ca my-ca stat1.example.com --to stat1
  trustpack cert export --ca my-ca stat1.example.com --to stat1 --crl
  trustpack cert export --ca my-ca web1.example.com --to /etc/trustpack --for nginx --key-group www-data")]
pub(crate) struct CertExport {
    /// The full host name; or a serial number, or a file with the certificate
    #[arg(value_name = "HOST|SERIAL|FILE")]
    what: String,

    /// The folder that gets the files; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,

    /// The CA directory
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    dir: PathBuf,

    #[command(flatten)]
    bundles: BundleArgs,

    /// Protect the key stores with the password in this file; else with the empty one
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Let this group read the files with the key (mode 0640)
    #[arg(long, value_name = "GROUP")]
    key_group: Option<String>,

    /// Put the revocation lists of the CA there too, as crl.pem: those of `crl create` and `cert revoke --crl`
    #[arg(long)]
    crl: bool,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    host: Option<String>,
    serial: String,
    subject: String,
    not_after: String,
    folder: String,
    /// Serial of the certificate that was there.
    replaced: Option<String>,
    files: Vec<FileJson>,
}

#[derive(Debug, Serialize)]
struct FileJson {
    path: String,
    outcome: &'static str,
}

impl CertExport {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let directory = issuing::open_directory(&self.dir)?;
        let mut orders = self.bundles.orders();
        if orders.is_empty() {
            orders = self.bundles.orders_for(&[Target::Unix]);
        }
        let password = match &self.password_file {
            Some(file) => password_prompt::from_file(file)?,
            None => Password::empty(),
        };
        check_password(&orders, &password)?;
        let mode = match &self.key_group {
            Some(group) => issuing::key_access(Some(group))?.mode(),
            None => PrivateMode::Owner0600,
        };
        let delivering = Delivering {
            directory: &directory,
            password,
            mode: Some(mode),
            now: session.now,
        };
        let serial = newest_or_named(&self.what, &directory, session.now)?;
        let found = delivering.deliverable(&serial, &orders)?;
        // Before anything is written: without a list nothing is.
        let lists = self.crl.then(|| lists_of(&directory)).transpose()?;
        secret_file::warn_if_shared(&self.to);
        let placed = self.place(&found, &orders, mode)?;
        if !found.has_key() {
            session::warn("the key of this certificate is not here: who asked for it has it");
        }
        warn_of_lost_authorities(&placed);
        let mut report = Report::new(&found, &self.to, &placed);
        if let Some(lists) = lists {
            report.files.push(put_lists(&lists, &self.to)?);
        }
        if self.json {
            session.out.json(&report)?;
        } else {
            writeln!(
                session.out,
                "{} until {}, serial {serial}",
                report.subject, report.not_after
            )?;
            for file in &report.files {
                writeln!(session.out, "{}  {}", file.outcome, file.path)?;
            }
            if let Some(replaced) = &report.replaced {
                writeln!(session.out, "in place of  {replaced}")?;
            }
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    /// What several programs share is told once.
    fn place(
        &self,
        found: &Deliverable,
        orders: &[Order],
        mode: PrivateMode,
    ) -> Result<BTreeMap<PathBuf, Outcome>, Failure> {
        let host = host_of(found.certificate());
        let mut delivered = found.delivered();
        // However it was typed when the certificate was issued: the names stay the same.
        delivered.label = host.as_ref().map_or(delivered.label, DnsName::first_label);
        let is_successor = |before: &Certificate| host_of(before) == host;
        let mut all = BTreeMap::new();
        for order in orders {
            let bundle = found.bundler().bundle(order, delivered)?;
            let placed = bundle.place(&self.to, mode, is_successor);
            for Placed { path, outcome } in placed.map_err(not_placed)? {
                all.entry(path).or_insert(outcome);
            }
        }
        Ok(all)
    }
}

/// The newest list of each key of the CA, as one file.
fn lists_of(directory: &CaDirectory) -> Result<String, Failure> {
    let mut text = String::new();
    for found in &directory.lists().map_err(Failure::request)? {
        if let Some(list) = usable(found)? {
            text.push_str(&pem::revocation_list_to_pem(list));
        }
    }
    Ok(text)
}

fn put_lists(text: &str, folder: &Path) -> Result<FileJson, Failure> {
    let path = folder.join("crl.pem");
    let before = std::fs::read(&path).ok();
    let outcome = match before {
        Some(before) if before == text.as_bytes() => "unchanged",
        Some(_) => "replaced",
        None => "new",
    };
    if outcome != "unchanged" {
        let mode = PublicMode::ByUmask;
        let written = public_file::write(&path, text.as_bytes(), mode, Existing::Replace);
        written.map_err(Failure::request)?;
    }
    Ok(FileJson {
        path: path.display().to_string(),
        outcome,
    })
}

fn host_of(certificate: &Certificate) -> Option<DnsName> {
    HostName::of_certificate(certificate).map(|host| host.name().clone())
}

fn not_placed(error: WriteBundleError) -> Failure {
    let hint = match &error {
        WriteBundleError::OtherHost { .. } => "choose a folder of its own for each host",
        WriteBundleError::Unknown { .. } => {
            "take it away; or, if it is a key store, give its password with --password-file"
        }
        WriteBundleError::File { source, .. } if source.kind() == ErrorKind::NotFound => {
            "the folder above it is not there: make it first (mkdir -p), or name another one"
        }
        WriteBundleError::Exists { .. }
        | WriteBundleError::SharedFolder { .. }
        | WriteBundleError::Foreign { .. }
        | WriteBundleError::File { .. }
        | WriteBundleError::New(_)
        | WriteBundleError::Place(_)
        | WriteBundleError::Standing { .. }
        | WriteBundleError::ReadBack { .. } => return Failure::request(error),
    };
    Failure::request(error).hint(hint)
}

/// Somebody may have added an authority by hand, whose peers would be refused from now on.
fn warn_of_lost_authorities(placed: &BTreeMap<PathBuf, Outcome>) {
    for (path, outcome) in placed {
        let Outcome::Replaced(before) = outcome else {
            continue;
        };
        for lost in &before.lost {
            session::warn(format_args!(
                "{} had {} too, until {}, which is not in it any more",
                path.display(),
                lost.subject(),
                lost.validity().not_after
            ));
        }
    }
}

impl Report {
    fn new(found: &Deliverable, folder: &Path, placed: &BTreeMap<PathBuf, Outcome>) -> Self {
        let certificate = found.certificate();
        let replaced = placed.values().find_map(|outcome| match outcome {
            Outcome::Replaced(before) => before.host.as_ref(),
            Outcome::New | Outcome::Unchanged | Outcome::Kept => None,
        });
        Self {
            host: host_of(certificate).map(|host| host.to_string()),
            serial: certificate.serial().to_hex(),
            subject: certificate.subject().to_string(),
            not_after: certificate.validity().not_after.to_string(),
            folder: folder.display().to_string(),
            replaced: replaced
                .filter(|before| *before != certificate)
                .map(|before| before.serial().to_hex()),
            files: placed.iter().map(FileJson::from).collect(),
        }
    }
}

impl From<(&PathBuf, &Outcome)> for FileJson {
    fn from((path, outcome): (&PathBuf, &Outcome)) -> Self {
        Self {
            path: path.display().to_string(),
            outcome: match outcome {
                Outcome::New => "new",
                Outcome::Replaced(_) => "replaced",
                Outcome::Unchanged => "unchanged",
                Outcome::Kept => "kept",
            },
        }
    }
}
