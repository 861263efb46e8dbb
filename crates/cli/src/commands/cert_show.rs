//! `trustpack cert show`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{ReadCertificatesError, read_certificates};
use trustpack_keystore::pkcs12::{self, ReadPkcs12Error};
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::{Certificate, Version};
use trustpack_x509::extension::extension_name;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::issuing;
use crate::failure::{Answer, Failure, message};
use crate::password_prompt;
use crate::session::Session;
use crate::terminal_text::harmless;

/// Show everything in a certificate, and what is wrong with it
///
/// Reads PEM with one certificate or more, DER and PKCS#12, whatever the file is called.
#[derive(Debug, clap::Args)]
pub(crate) struct CertShow {
    /// Files, or serials of certificates that the CA issued
    #[arg(value_name = "WHAT", required = true)]
    what: Vec<String>,

    /// The CA directory in which a serial is looked up
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    ca: PathBuf,

    /// File with the password of a PKCS#12 file; else the empty one is tried, then the terminal
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A certificate as `--json` shows it, and from which the text is made.
#[derive(Debug, Serialize)]
struct Shown {
    subject: String,
    issuer: String,
    serial: String,
    version: u8,
    not_before: String,
    not_after: String,
    key: String,
    key_sha256: String,
    signature: String,
    ca: bool,
    path_length: Option<u8>,
    names: Vec<String>,
    key_usage: Vec<String>,
    extended_key_usage: Vec<String>,
    permitted_names: Vec<String>,
    excluded_names: Vec<String>,
    subject_key_id: Option<String>,
    authority_key_id: Option<String>,
    extensions: Vec<ShownExtension>,
    thumbprint: String,
    sha256: String,
    remarks: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ShownExtension {
    name: String,
    critical: bool,
}

impl CertShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut certificates = Vec::new();
        for what in &self.what {
            certificates.extend(self.read(what)?);
        }
        let now = session.now;
        let shown: Vec<Shown> = certificates
            .iter()
            .map(|one| Shown::new(one, now))
            .collect();
        if self.json {
            serde_json::to_writer_pretty(&mut session.out, &shown).map_err(Failure::request)?;
            writeln!(session.out)?;
        } else {
            for (index, one) in shown.iter().enumerate() {
                if index > 0 {
                    writeln!(session.out)?;
                }
                one.write(&mut session.out)?;
            }
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    fn read(&self, what: &str) -> Result<Vec<Certificate>, Failure> {
        let path = Path::new(what);
        if path.exists() {
            return self.read_file(path);
        }
        if let Ok(serial) = what.parse::<Serial>() {
            let copy = issuing::open_directory(&self.ca)?
                .layout()
                .ledger_copy(&serial);
            if copy.exists() {
                return self.read_file(&copy);
            }
        }
        let text = format!(
            "{what:?} is neither a file nor the serial of a certificate in the CA directory {}",
            self.ca.display()
        );
        Err(Failure::request(message(text)).hint("name a file, or the CA directory with --ca"))
    }

    fn read_file(&self, path: &Path) -> Result<Vec<Certificate>, Failure> {
        let context = || format!("cannot show {}", path.display());
        let contents = limited_file::read(path, MAX_FILE, Accepted::AnySource)
            .with_context(context)
            .map_err(Failure::request)?;
        match read_certificates(&contents.bytes) {
            Ok(certificates) => Ok(certificates),
            Err(error @ ReadCertificatesError::NoCertificate { .. }) => {
                let other = self.read_pkcs12(&contents.bytes, path)?;
                other.ok_or_else(|| Failure::request(anyhow::Error::new(error).context(context())))
            }
            Err(error) => Err(Failure::request(
                anyhow::Error::new(error).context(context()),
            )),
        }
    }

    /// The certificates of a PKCS#12 file; `None` if it is another kind of file.
    fn read_pkcs12(
        &self,
        contents: &[u8],
        path: &Path,
    ) -> Result<Option<Vec<Certificate>>, Failure> {
        let given = self
            .password_file
            .as_deref()
            .map(password_prompt::from_file)
            .transpose()?;
        let empty = Password::empty();
        let first = pkcs12::read(contents, given.as_ref().unwrap_or(&empty));
        let read = match first {
            Err(ReadPkcs12Error::OtherFormat { .. }) => return Ok(None),
            Err(ReadPkcs12Error::WrongPassword) if given.is_none() => {
                let asked = password_prompt::ask(&format!("Password of {}: ", path.display()))?;
                asked.map_or(first, |password| pkcs12::read(contents, &password))
            }
            read => read,
        };
        let context = || format!("cannot show {}", path.display());
        let read = read.with_context(context).map_err(Failure::request)?;
        Ok(Some(read.certificates))
    }
}

/// Octets of a file that are read: far above any bundle in use.
const MAX_FILE: usize = 16 * 1024 * 1024;

impl Shown {
    fn new(certificate: &Certificate, now: Timestamp) -> Self {
        let extensions = certificate.extensions();
        let texts = |names: &[trustpack_x509::general_name::GeneralName]| -> Vec<String> {
            names.iter().map(ToString::to_string).collect()
        };
        let constraints = extensions.name_constraints.clone().unwrap_or_default();
        let basic = extensions.basic_constraints.unwrap_or_default();
        let authority = extensions
            .authority_key_id
            .as_ref()
            .and_then(|id| id.key_id.as_deref());
        Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial().to_hex(),
            version: match certificate.version() {
                Version::V1 => 1,
                Version::V2 => 2,
                Version::V3 => 3,
            },
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            key: certificate.public_key().algorithm().to_string(),
            key_sha256: certificate.public_key().fingerprint(),
            signature: certificate.signature_algorithm().to_string(),
            ca: basic.ca,
            path_length: basic.path_length,
            names: texts(extensions.subject_alt_names.as_deref().unwrap_or_default()),
            key_usage: extensions.key_usage.map_or_else(Vec::new, |usage| {
                usage.iter().map(|one| one.to_string()).collect()
            }),
            extended_key_usage: extensions
                .extended_key_usage
                .as_ref()
                .map_or_else(Vec::new, |all| {
                    all.iter().map(ToString::to_string).collect()
                }),
            permitted_names: texts(&constraints.permitted),
            excluded_names: texts(&constraints.excluded),
            subject_key_id: extensions.subject_key_id.as_deref().map(hexadecimal),
            authority_key_id: authority.map(hexadecimal),
            extensions: extensions
                .all
                .iter()
                .map(|(oid, critical)| ShownExtension {
                    name: extension_name(oid),
                    critical: *critical,
                })
                .collect(),
            thumbprint: certificate.thumbprint(),
            sha256: certificate.sha256_fingerprint(),
            remarks: remarks(certificate, now),
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut row = |name: &str, value: &str| {
            if value.is_empty() {
                Ok(())
            } else {
                writeln!(out, "{name:19} {}", harmless(value))
            }
        };
        row("subject", &self.subject)?;
        row("issuer", &self.issuer)?;
        row("serial", &self.serial)?;
        row(
            "valid",
            &format!("{} to {}", self.not_before, self.not_after),
        )?;
        row("key", &self.key)?;
        row("signature", &self.signature)?;
        let kind = match (self.ca, self.path_length) {
            (true, Some(length)) => format!("CA, at most {length} more below it"),
            (true, None) => "CA".to_owned(),
            (false, _) => "end entity".to_owned(),
        };
        row("kind", &kind)?;
        row("names", &self.names.join(", "))?;
        row("key usage", &self.key_usage.join(", "))?;
        row("extended key usage", &self.extended_key_usage.join(", "))?;
        row("permitted names", &self.permitted_names.join(", "))?;
        row("excluded names", &self.excluded_names.join(", "))?;
        row(
            "subject key id",
            self.subject_key_id.as_deref().unwrap_or_default(),
        )?;
        row(
            "authority key id",
            self.authority_key_id.as_deref().unwrap_or_default(),
        )?;
        let extensions: Vec<String> = self
            .extensions
            .iter()
            .map(|one| {
                format!(
                    "{}{}",
                    one.name,
                    if one.critical { " (critical)" } else { "" }
                )
            })
            .collect();
        row("extensions", &extensions.join(", "))?;
        row("thumbprint", &self.thumbprint)?;
        row("SHA-256", &self.sha256)?;
        row("key SHA-256", &self.key_sha256)?;
        self.remarks
            .iter()
            .try_for_each(|remark| row("remark", remark))
    }
}

/// What is wrong with a certificate in itself.
fn remarks(certificate: &Certificate, now: Timestamp) -> Vec<String> {
    let validity = certificate.validity();
    let mut remarks = Vec::new();
    if now < validity.not_before {
        remarks.push(format!("not valid before {}", validity.not_before));
    } else if validity.not_after < now {
        remarks.push(format!("expired on {}", validity.not_after));
    }
    if let PublicKeyAlgorithm::Rsa { bits } = certificate.public_key().algorithm()
        && *bits < 2048
    {
        remarks.push(format!(
            "the RSA key has {bits} bits; 2048 is the least that is accepted"
        ));
    }
    let basic = certificate
        .extensions()
        .basic_constraints
        .unwrap_or_default();
    // The signature of a CA on itself is looked at by nobody.
    let judged = !(basic.ca && certificate.is_self_issued());
    match certificate.signature_algorithm() {
        SignatureAlgorithm::RsaPkcs1(Digest::Sha1)
        | SignatureAlgorithm::RsaPss(Digest::Sha1)
        | SignatureAlgorithm::Ecdsa(Digest::Sha1)
        | SignatureAlgorithm::Other(_)
            if judged =>
        {
            remarks.push(format!(
                "signed by {}, which is refused",
                certificate.signature_algorithm()
            ));
        }
        SignatureAlgorithm::RsaPkcs1(_)
        | SignatureAlgorithm::RsaPss(_)
        | SignatureAlgorithm::Ecdsa(_)
        | SignatureAlgorithm::Ed25519
        | SignatureAlgorithm::Other(_) => {}
    }
    if !basic.ca && certificate.extensions().subject_alt_names.is_none() {
        remarks.push(
            "no subject alternative name; clients fall back to the common name or refuse"
                .to_owned(),
        );
    }
    for oid in &certificate.extensions().unknown_critical {
        remarks.push(format!(
            "the critical extension {oid} is unknown; whoever does not know it must refuse"
        ));
    }
    remarks
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
