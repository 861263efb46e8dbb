//! `trustpack store list`.

use std::path::PathBuf;

use serde::Serialize;
use trustpack_keystore::contents::{CertificateRole, Contents, FoundKey};
use trustpack_x509::certificate::Certificate;

use super::store_arguments::refuse_system_store;
use crate::contents_file::{self, Needed};
use crate::failure::{Answer, Failure};
use crate::session::Session;
use crate::table::Table;

/// Show the entries of a key store or trust store of any format
///
/// Keys that need a password are shown as locked. A store of Java is shown without its password too;
/// then it is not checked whether somebody has changed it. The system store of Windows cannot be
/// used.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trustpack store list trust.jks --password-file password")]
pub(crate) struct StoreList {
    /// The store: PEM, DER, PKCS#7, PKCS#12, JKS or JCEKS
    #[arg(value_name = "STORE")]
    store: PathBuf,

    /// File with the password of the store; else the empty one is tried, then the terminal. Keys with a
    /// password of their own: a line more for each
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Listing {
    file: String,
    format: String,
    entries: Vec<Listed>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Listed {
    alias: Option<String>,
    kind: &'static str,
    key: Option<String>,
    locked: Option<String>,
    certificates: Vec<ListedCertificate>,
}

#[derive(Debug, Serialize)]
struct ListedCertificate {
    subject: String,
    issuer: String,
    serial: String,
    not_before: String,
    not_after: String,
    thumbprint: String,
    sha256: String,
}

impl StoreList {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        refuse_system_store(&self.store)?;
        let password_file = self.password_file.as_deref();
        let file = contents_file::read(&self.store, password_file, Needed::Listing)?;
        let listing = Listing {
            file: self.store.display().to_string(),
            format: file.contents.format.to_string(),
            entries: entries(&file.contents),
            notes: file
                .contents
                .notes
                .iter()
                .map(ToString::to_string)
                .collect(),
        };
        if self.json {
            session.out.json(&listing)?;
        } else {
            let mut table = Table::new(&["alias", "kind", "key", "subject", "until", "thumbprint"]);
            for entry in &listing.entries {
                table.row(entry.row());
            }
            table.write(&mut session.out)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

/// Keys first, as they are in the file, then the certificates that are in no chain of theirs.
fn entries(contents: &Contents) -> Vec<Listed> {
    let keys = contents.keys.iter().map(of_key);
    let others = contents
        .certificates
        .iter()
        .filter(|found| found.role != CertificateRole::OfKey)
        .map(|found| Listed {
            alias: found.alias.clone(),
            kind: match found.role {
                CertificateRole::Trusted => "trusted",
                CertificateRole::Unsaid | CertificateRole::OfKey => "certificate",
            },
            key: None,
            locked: None,
            certificates: vec![ListedCertificate::of(&found.certificate)],
        });
    keys.chain(others).collect()
}

fn of_key(found: &FoundKey) -> Listed {
    let certificate = found.chain.first();
    let (key, locked) = match &found.key {
        Ok(key) => (Some(key.public_key().algorithm().to_string()), None),
        // The certificate says what the key is that cannot be looked at.
        Err(error) => (
            certificate.map(|own| own.public_key().algorithm().to_string()),
            Some(error.to_string()),
        ),
    };
    Listed {
        alias: found.alias.clone(),
        kind: "key",
        key,
        locked,
        certificates: found.chain.iter().map(ListedCertificate::of).collect(),
    }
}

impl Listed {
    fn row(&self) -> Vec<String> {
        let own = self.certificates.first();
        let text = |field: fn(&ListedCertificate) -> &String| own.map(field).cloned();
        vec![
            self.alias.clone().unwrap_or_default(),
            match &self.locked {
                Some(_) => format!("{}, locked", self.kind),
                None => self.kind.to_owned(),
            },
            self.key.clone().unwrap_or_default(),
            text(|own| &own.subject).unwrap_or_default(),
            text(|own| &own.not_after).unwrap_or_default(),
            text(|own| &own.thumbprint).unwrap_or_default(),
        ]
    }
}

impl ListedCertificate {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial().to_hex(),
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            thumbprint: certificate.thumbprint(),
            sha256: certificate.sha256_fingerprint(),
        }
    }
}
