//! A certificate that the CA issued: how the ledger has it, its files, and its key if that is here.
//!
//! Not one that somebody else signed. Invariant: what is read as its copy has its serial and was signed by a key of the
//! CA, and what is read as its key fits it.

use std::path::PathBuf;

use anyhow::Context as _;
use trustpack_ca::host::HostName;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::ledger_line::Record;
use trustpack_ca_directory::own_keys::Issued;
use trustpack_ca_directory::search::{Hit, Query, Standing};
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::pem::{read_certificates, read_private_key};
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::{KeySpec, RsaBits};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::failure::{Failure, message};

/// A certificate that was issued here before.
pub(super) struct IssuedCertificate {
    certificate: Certificate,
    /// Its private key, as it was delivered; the label of the host stands in the name.
    key_file: Option<PathBuf>,
    label: Option<String>,
}

/// What the ledger says of a certificate, and how it stands.
///
/// # Errors
///
/// When the ledger does not have it, or cannot be read.
pub(super) fn on_record(
    directory: &CaDirectory,
    serial: &Serial,
    now: Timestamp,
) -> Result<(Record, Standing), Failure> {
    let query = Query {
        serial: Some(serial.clone()),
        ..Query::default()
    };
    let mut found = None;
    directory
        .search(&query, now, |hit| {
            if let Hit::Found {
                record, standing, ..
            } = hit
            {
                found = Some((record, standing));
            }
            Ok::<_, FileError>(())
        })
        .map_err(Failure::request)?;
    found.ok_or_else(|| {
        let text = format!("the ledger has no certificate with the serial {serial}");
        Failure::request(message(text))
            .hint("`trustpack cert list` shows what the CA issued; --ca names another CA directory")
    })
}

/// Octets of a certificate or key file: far above those that we write.
const MAX_FILE: usize = 1024 * 1024;

impl IssuedCertificate {
    /// Reads the copy that the ledger names, and looks for the other files.
    pub(super) fn read(directory: &CaDirectory, record: &Record) -> Result<Self, Failure> {
        let path = directory.layout().ledger_copy(&record.serial);
        let shown = path.display();
        let file = limited_file::read(&path, MAX_FILE, Accepted::RegularFiles)
            .with_context(|| format!("cannot read the certificate {shown}"))
            .map_err(Failure::request)?;
        let certificates = read_certificates(&file.bytes)
            .with_context(|| format!("cannot read the certificate {shown}"))
            .map_err(Failure::request)?;
        let certificate = certificates
            .into_iter()
            .next()
            .filter(|found| *found.serial() == record.serial)
            .ok_or_else(|| {
                let text = format!("{shown} is not the certificate {}", record.serial);
                Failure::request(message(text))
                    .hint("`trustpack ca check` says what is out of step")
            })?;
        match directory.issued(&certificate).map_err(Failure::request)? {
            Issued::Yes => {}
            Issued::No => {
                let text = format!(
                    "{shown} is not the certificate {} as it was issued: no key of this CA signed it",
                    record.serial
                );
                return Err(Failure::request(message(text))
                    .hint("somebody has changed the file; put it back from a copy"));
            }
            Issued::Unknown(error) => {
                let text = format!("whether a key of this CA signed {shown} cannot be told");
                return Err(Failure::request(anyhow::Error::new(error).context(text))
                    .hint("nothing is made of it; issue the host another certificate"));
            }
        }
        let label = HostName::of_certificate(&certificate).map(|host| host.label().to_owned());
        let (key_file, label) = delivered(directory, &record.serial, label);
        Ok(Self {
            certificate,
            key_file,
            label,
        })
    }

    pub(super) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The host as it was typed.
    pub(super) fn typed_host(&self) -> Option<HostName> {
        let host = HostName::of_certificate(&self.certificate)?;
        typed_host(self.label.as_deref()?, &host)
    }

    /// The first label of the host as it was typed, which stands in the names of its files.
    pub(super) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    pub(super) fn has_private_key(&self) -> bool {
        self.key_file.is_some()
    }

    /// The private key that was delivered with it.
    pub(super) fn private_key(&self) -> Result<Option<PrivateKey>, Failure> {
        let Some(path) = &self.key_file else {
            return Ok(None);
        };
        let shown = path.display();
        let file = limited_file::read(path, MAX_FILE, Accepted::RegularFiles)
            .with_context(|| format!("cannot read the key {shown}"))
            .map_err(Failure::request)?;
        let key = read_private_key(&file.bytes, None)
            .with_context(|| format!("the key {shown} cannot be used"))
            .map_err(Failure::request)?;
        if key.matches(&self.certificate) {
            Ok(Some(key))
        } else {
            let text = format!(
                "the key {shown} is not that of the certificate {}",
                self.certificate.serial()
            );
            Err(Failure::request(message(text)))
        }
    }

    /// The kind of key that it has, to make another one.
    pub(super) fn key_spec(&self) -> Result<KeySpec, Failure> {
        let found = self.certificate.public_key().algorithm();
        let spec = match found {
            PublicKeyAlgorithm::Rsa { bits } => RsaBits::new(*bits).ok().map(KeySpec::Rsa),
            PublicKeyAlgorithm::EcP256 => Some(KeySpec::EcP256),
            PublicKeyAlgorithm::EcP384 => Some(KeySpec::EcP384),
            PublicKeyAlgorithm::Ed25519 => Some(KeySpec::Ed25519),
            PublicKeyAlgorithm::EcP521 | PublicKeyAlgorithm::Other(_) => None,
        };
        spec.ok_or_else(|| {
            let text = format!("keys of the kind {found} are not made here");
            Failure::request(message(text)).hint("say which kind of key instead, with --key")
        })
    }
}

/// The file with the key of a certificate, and the label in the names of its files. `likely` is that of
/// most: in lower case.
fn delivered(
    directory: &CaDirectory,
    serial: &Serial,
    likely: Option<String>,
) -> (Option<PathBuf>, Option<String>) {
    let repository = &directory.layout().repository;
    let file = |label: &str, end: &str| repository.join(format!("{serial}_{label}_{end}"));
    let label = likely
        .filter(|label| file(label, "cert.pem").is_file())
        .or_else(|| typed_label(directory, serial));
    let key_file = label
        .as_deref()
        .map(|label| file(label, "priv_key.pem"))
        .filter(|path| path.is_file());
    (key_file, label)
}

/// The label in the name of the certificate's file, looked for among all files.
fn typed_label(directory: &CaDirectory, serial: &Serial) -> Option<String> {
    let begin = format!("{serial}_");
    let entries = std::fs::read_dir(&directory.layout().repository).ok()?;
    entries.flatten().find_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let label = name.strip_prefix(&begin)?.strip_suffix("_cert.pem")?;
        Some(label.to_owned())
    })
}

/// The host as it was typed, from the first label in the name of a file.
fn typed_host(label: &str, host: &HostName) -> Option<HostName> {
    let rest = host.name().as_str().split_once('.').map(|(_, rest)| rest);
    let typed = rest.map_or_else(|| label.to_owned(), |rest| format!("{label}.{rest}"));
    typed
        .parse()
        .ok()
        .filter(|typed: &HostName| typed.name() == host.name())
}
