//! `trustpack ca import`.

use std::path::PathBuf;

use serde::Serialize;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::founding::FoundingError;
use trustpack_ca_directory::import::report::{ImportReport, KeyState, Serials};
use trustpack_ca_directory::import::source::{NamedFiles, RecogniseError};
use trustpack_ca_directory::import::{EncryptedKey, ImportError, ImportOrder, Imported};

use crate::failure::{Answer, Failure};
use crate::password_prompt;
use crate::session::{self, Session};

/// Take over an authority that another program kept, as a new CA directory
///
/// Recognises folders of `openssl ca` (a configuration with a section "ca", or demoCA), Security Pack,
/// Easy-RSA 3, mkcert (`mkcert -CAROOT` names it) and minica; or takes a certificate and its key. The source
/// is only read: nothing in it changes, and nothing outside of it is read but the files named here. An
/// encrypted CA key stays encrypted.
#[derive(Debug, clap::Args)]
#[command(after_help = r#"Examples:
  trustpack ca import --ca my-ca easy-rsa/pki
  trustpack ca import --ca my-ca "$(mkcert -CAROOT)"
  trustpack ca import --ca my-ca --certificate ca.pem --key ca_key.pem"#)]
pub(crate) struct CaImport {
    /// The folder of the authority
    #[arg(value_name = "SOURCE", required_unless_present_all = ["certificate", "key"])]
    source: Option<PathBuf>,

    /// The new CA directory; it must lie outside the source
    #[arg(long = "ca", value_name = "DIR", env = "TRUSTPACK_CA")]
    dir: PathBuf,

    /// The CA certificate, in place of that of the source
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// The CA's private key, in place of that of the source
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// The certificates above the CA, if it is an intermediate one
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,

    /// The configuration of `openssl ca`, if it is not found by itself; its paths count from SOURCE
    #[arg(long, value_name = "FILE", requires = "source")]
    config: Option<PathBuf>,

    /// File with the password of an encrypted CA key; else TRUSTPACK_CA_PASSWORD, else the terminal
    #[arg(long, value_name = "FILE")]
    ca_password_file: Option<PathBuf>,

    /// Print what was brought as JSON
    #[arg(long)]
    json: bool,
}

/// What came of it, as `--json` shows it.
#[derive(Debug, Serialize)]
struct ImportJson<'a> {
    source: &'static str,
    ca: String,
    not_after: String,
    directory: String,
    key: &'static str,
    records: usize,
    revoked: usize,
    added_records: usize,
    certificates: usize,
    keys: usize,
    chain: usize,
    replaced_keys: usize,
    crl: bool,
    crl_number: &'a str,
    next_serial: Option<&'a str>,
    left_out: Vec<LeftOutJson<'a>>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LeftOutJson<'a> {
    path: String,
    reason: &'a str,
}

/// What stayed behind is listed up to here; `--json` has all.
const SHOWN_LEFT_OUT: usize = 20;

impl CaImport {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let imported = self.import(session)?;
        imported.report.warnings.iter().for_each(session::warn);
        if self.json {
            session.out.json(&ImportJson::new(&imported))?;
        } else {
            write_report(&imported, session)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    fn import(&self, session: &Session) -> Result<Imported, Failure> {
        let named = NamedFiles {
            certificate: self.certificate.clone(),
            private_key: self.key.clone(),
            chain: self.chain.clone(),
            config: self.config.clone(),
        };
        let import = |key: EncryptedKey<'_>| {
            let order = ImportOrder {
                source: self.source.as_deref(),
                named: &named,
                key,
            };
            CaDirectory::import(&self.dir, &order, session.now, &mut session::entropy())
        };
        let password = password_prompt::of_ca_key(self.ca_password_file.as_deref())?;
        let imported = match import(EncryptedKey::OpenWith(password.as_ref())) {
            Err(ImportError::PasswordNeeded { path }) => {
                let prompt = format!("Password of the CA key {}: ", path.display());
                match password_prompt::ask(&prompt)? {
                    Some(asked) => import(EncryptedKey::OpenWith(Some(&asked))),
                    // It stays encrypted all the same; that it was not looked at is a warning.
                    None => import(EncryptedKey::TakeUnchecked),
                }
            }
            other => other,
        };
        imported.map_err(failure)
    }
}

fn failure(error: ImportError) -> Failure {
    let hint = match &error {
        ImportError::Recognise(RecogniseError::Unknown { .. }) => Some(
            "name the files: trustpack ca import --certificate FILE --key FILE --ca DIR; or the configuration with --config",
        ),
        ImportError::Recognise(RecogniseError::Missing { .. }) => {
            Some("name the file where it is, with --certificate or --key")
        }
        ImportError::Recognise(RecogniseError::NamedOutside { .. }) => Some(
            "copy what the configuration names into one folder and import that; --certificate and --key take those two from anywhere",
        ),
        ImportError::WeakKey { .. } | ImportError::Name(_) => Some(
            "make a new CA with `trustpack ca create`, and replace the certificates of the hosts",
        ),
        ImportError::Place(FoundingError::Exists { .. }) => {
            Some("nothing was changed; import into another folder")
        }
        ImportError::Recognise(
            RecogniseError::Source(_)
            | RecogniseError::NoCaSection { .. }
            | RecogniseError::NothingNamed,
        )
        | ImportError::Source(_)
        | ImportError::File(_)
        | ImportError::Place(FoundingError::Occupied { .. } | FoundingError::File(_))
        | ImportError::InSource { .. }
        | ImportError::Missing { .. }
        | ImportError::Certificate { .. }
        | ImportError::PasswordNeeded { .. }
        | ImportError::Key { .. }
        | ImportError::Authority(_)
        | ImportError::Records(_)
        | ImportError::Crl { .. }
        | ImportError::Number { .. }
        | ImportError::TrustStore(_) => None,
    };
    let failure = Failure::request(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn write_report(imported: &Imported, session: &mut Session) -> Result<(), Failure> {
    let Imported { directory, report } = imported;
    let certificate = directory.certificate();
    let out = &mut session.out;
    writeln!(
        out,
        "CA {} until {}, taken over from {}",
        certificate.subject(),
        certificate.validity().not_after,
        report.kind
    )?;
    let layout = directory.layout();
    writeln!(out, "directory  {}", layout.dir.display())?;
    let key = match report.key {
        KeyState::Plain => "not encrypted: whoever reads the file has it",
        KeyState::Encrypted | KeyState::EncryptedUnchecked => "encrypted, as it was",
    };
    writeln!(out, "private key  {} ({key})", layout.private_key.display())?;
    writeln!(
        out,
        "ledger  {}, of these revoked: {}{}",
        counted(report.records + report.added_records, "certificate"),
        report.revoked,
        match report.added_records {
            0 => String::new(),
            added => format!(", in no ledger before: {added}"),
        }
    )?;
    writeln!(
        out,
        "repository  {}, {} of hosts",
        counted(report.certificates, "certificate"),
        counted(report.keys, "private key")
    )?;
    match &report.serials {
        Serials::Counting(next) => writeln!(out, "next serial  {next}, counting on")?,
        Serials::Random => writeln!(out, "next serial  drawn at random")?,
    }
    let list = if report.crl { "brought" } else { "none" };
    writeln!(
        out,
        "CRL  {list}; the next has the number {}",
        report.crl_number
    )?;
    if report.chain > 0 {
        let above = counted(report.chain, "certificate");
        writeln!(out, "chain  {above} above the CA")?;
    }
    if report.replaced_keys > 0 {
        let keys = counted(report.replaced_keys, "older key");
        writeln!(
            out,
            "replaced  {keys} of the CA, with certificates and lists"
        )?;
    }
    write_left_out(report, session)
}

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn write_left_out(report: &ImportReport, session: &mut Session) -> Result<(), Failure> {
    for left in report.left_out.iter().take(SHOWN_LEFT_OUT) {
        let path = left.path.display();
        writeln!(session.out, "left out  {path}: {}", left.reason)?;
    }
    if let Some(more @ 1..) = report.left_out.len().checked_sub(SHOWN_LEFT_OUT) {
        writeln!(session.out, "left out  {more} more; --json lists all")?;
    }
    Ok(())
}

impl<'a> ImportJson<'a> {
    fn new(imported: &'a Imported) -> Self {
        let Imported { directory, report } = imported;
        let certificate = directory.certificate();
        Self {
            source: report.kind.word(),
            ca: certificate.subject().to_string(),
            not_after: certificate.validity().not_after.to_string(),
            directory: directory.layout().dir.display().to_string(),
            key: match report.key {
                KeyState::Plain => "plain",
                KeyState::Encrypted => "encrypted",
                KeyState::EncryptedUnchecked => "encrypted-unchecked",
            },
            records: report.records,
            revoked: report.revoked,
            added_records: report.added_records,
            certificates: report.certificates,
            keys: report.keys,
            chain: report.chain,
            replaced_keys: report.replaced_keys,
            crl: report.crl,
            crl_number: &report.crl_number,
            next_serial: match &report.serials {
                Serials::Counting(next) => Some(next),
                Serials::Random => None,
            },
            left_out: report
                .left_out
                .iter()
                .map(|left| LeftOutJson {
                    path: left.path.display().to_string(),
                    reason: &left.reason,
                })
                .collect(),
            warnings: report.warnings.iter().map(ToString::to_string).collect(),
        }
    }
}
