//! Certificates and private keys in PEM or DER, read by their content and written.
//!
//! Not PKCS#12: see [`crate::pkcs12`]. Invariant: nothing that is in the file and cannot be read is
//! passed over in silence: a damaged block, a second key or an encrypted key is an error.

pub(crate) mod armor;
mod read_key;
pub mod stored_key;

use trustpack_x509::certificate::{Certificate, InvalidCertificate};
use trustpack_x509::crl::RevocationList;
use trustpack_x509::request::CertificationRequest;
use zeroize::Zeroizing;

pub use self::armor::InvalidPem;
pub use self::read_key::{ReadKeyError, find_private_key, read_private_key};
use crate::jks;
use crate::limits::{MAX_CERTIFICATES, MAX_CERTIFICATES_BYTES};
use crate::password::{Password, Passwords};
use crate::pbe::{self, EncryptError};
use crate::private_key::PrivateKey;
use crate::shape::{self, Shape};

/// Iterations of PBKDF2 for the password of a key: about 50 ms.
///
/// Source: OWASP Password Storage Cheat Sheet, PBKDF2 with HMAC-SHA-256.
pub(crate) const KEY_ITERATIONS: u32 = 600_000;

/// Why certificates could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadCertificatesError {
    /// The file is too large.
    #[error("the file has {bytes} bytes; a file of certificates may have {MAX_CERTIFICATES_BYTES}")]
    TooLarge {
        /// Bytes of the file.
        bytes: usize,
    },
    /// There are too many certificates.
    #[error("the file has more than {MAX_CERTIFICATES} certificates")]
    TooMany,
    /// A marker or a block is damaged.
    #[error(transparent)]
    Pem(#[from] InvalidPem),
    /// There is no certificate.
    #[error("no certificate in the file: it holds {found}")]
    NoCertificate {
        /// What there is instead.
        found: String,
    },
    /// A certificate with OpenSSL's trust settings, which would be lost.
    #[error(
        "line {line}: a TRUSTED CERTIFICATE block is OpenSSL's own form; \
         `openssl x509` converts it to CERTIFICATE"
    )]
    TrustedCertificate {
        /// Line of its `BEGIN` marker, from 1.
        line: usize,
    },
    /// A block does not hold a certificate.
    #[error("line {line}: certificate {number} of the file cannot be read")]
    InPem {
        /// Line of its `BEGIN` marker, from 1.
        line: usize,
        /// Its number in the file, from 1.
        number: usize,
        /// What is wrong.
        source: InvalidCertificate,
    },
    /// The DER file is no certificate.
    #[error("the DER certificate cannot be read")]
    InDer(#[source] InvalidCertificate),
}

/// All certificates of a file, in their order: PEM with any text around the blocks, or one in DER.
///
/// Blocks of other kinds, such as the private key in a combined file, are passed over.
///
/// # Errors
///
/// When the file is too large, holds no certificate, or one that cannot be read.
pub fn read_certificates(file: &[u8]) -> Result<Vec<Certificate>, ReadCertificatesError> {
    if file.len() > MAX_CERTIFICATES_BYTES {
        return Err(ReadCertificatesError::TooLarge { bytes: file.len() });
    }
    if shape::is_der(file) {
        let shape = shape::of(file);
        if shape != Shape::Certificate {
            return Err(ReadCertificatesError::NoCertificate {
                found: shape.noun().to_owned(),
            });
        }
        let certificate = Certificate::from_der(file).map_err(ReadCertificatesError::InDer)?;
        return Ok(vec![certificate]);
    }
    let blocks = armor::blocks(file)?;
    let mut certificates = Vec::new();
    for block in &blocks {
        match block.label.as_str() {
            // RFC 7468 section 5.1 names the second as an old form of the first.
            "CERTIFICATE" | "X509 CERTIFICATE" => {
                let number = certificates.len() + 1;
                if number > MAX_CERTIFICATES {
                    return Err(ReadCertificatesError::TooMany);
                }
                certificates.push(Certificate::from_der(&block.contents).map_err(|source| {
                    ReadCertificatesError::InPem {
                        line: block.line,
                        number,
                        source,
                    }
                })?);
            }
            "TRUSTED CERTIFICATE" => {
                return Err(ReadCertificatesError::TrustedCertificate { line: block.line });
            }
            _other => {}
        }
    }
    if certificates.is_empty() {
        return Err(ReadCertificatesError::NoCertificate {
            found: labels(&blocks),
        });
    }
    Ok(certificates)
}

/// Whether the file is DER: some programs that read PEM do not read it.
#[must_use]
pub fn is_der(file: &[u8]) -> bool {
    shape::is_der(file)
}

/// Whether there is a private key in the file, in whatever form and state.
///
/// For files that must not have one, such as the CA certificate that goes to every machine. A file
/// that cannot be told for certain counts as one that has, and so does one that is too large to look at.
#[must_use]
pub fn holds_private_key(file: &[u8]) -> bool {
    if file.len() > MAX_CERTIFICATES_BYTES {
        return true;
    }
    if jks::Kind::of(file).is_some() {
        let read = jks::read(file, &Passwords::none());
        return read.map_or(true, |read| read.has_key());
    }
    if shape::is_der(file) {
        return match shape::of(file) {
            Shape::Pkcs8 | Shape::EncryptedPkcs8 | Shape::Pkcs1 | Shape::Sec1 | Shape::Pkcs12 => {
                true
            }
            Shape::Certificate
            | Shape::Crl
            | Shape::Request
            | Shape::Pkcs7
            | Shape::PublicKey
            | Shape::Other => false,
        };
    }
    match armor::blocks(file) {
        Ok(blocks) => blocks
            .iter()
            .any(|block| block.label.ends_with("PRIVATE KEY")),
        Err(_) => file.windows(11).any(|words| words == b"PRIVATE KEY"),
    }
}

/// Certificates in PEM, in their order, each byte for byte as it was read.
#[must_use]
pub fn certificates_to_pem(certificates: &[Certificate]) -> String {
    certificates
        .iter()
        .map(|certificate| armor::encode("CERTIFICATE", certificate.der()).to_string())
        .collect()
}

/// A revocation list in PEM, byte for byte as it was read.
#[must_use]
pub fn revocation_list_to_pem(list: &RevocationList) -> String {
    armor::encode("X509 CRL", list.der()).to_string()
}

/// A certification request in PEM, byte for byte as it was read.
#[must_use]
pub fn request_to_pem(request: &CertificationRequest) -> String {
    armor::encode("CERTIFICATE REQUEST", request.der()).to_string()
}

/// A private key as PEM, not encrypted (PKCS#8).
#[must_use]
pub fn private_key_to_pem(key: &PrivateKey) -> Zeroizing<String> {
    armor::encode("PRIVATE KEY", key.expose_pkcs8_der())
}

/// A private key as PEM, encrypted with a password: PKCS#8, PBES2 with AES-256.
///
/// # Errors
///
/// When no random salt can be drawn.
pub fn private_key_to_encrypted_pem(
    key: &PrivateKey,
    password: &Password,
) -> Result<String, EncryptKeyError> {
    let encrypted = pbe::encrypt_pbes2(key.expose_pkcs8_der(), password, KEY_ITERATIONS)?;
    let der = encrypted
        .to_encrypted_key_der()
        .map_err(|_| EncryptError::Encode)?;
    Ok(armor::encode("ENCRYPTED PRIVATE KEY", &der).to_string())
}

/// Why a private key could not be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptKeyError {
    /// The operating system gave no random bytes.
    #[error("the private key cannot be encrypted: the operating system gave no random bytes")]
    Random,
    /// The structure around the ciphertext cannot be encoded.
    #[error("the private key cannot be encrypted: the result cannot be encoded")]
    Encode,
}

impl From<EncryptError> for EncryptKeyError {
    fn from(error: EncryptError) -> Self {
        match error {
            EncryptError::Random(_) => Self::Random,
            EncryptError::Encode => Self::Encode,
        }
    }
}

/// What a file holds, for the message that something else was looked for.
fn labels(blocks: &[armor::Block]) -> String {
    let mut labels: Vec<&str> = blocks.iter().map(|block| block.label.as_str()).collect();
    labels.dedup();
    let shown: Vec<String> = labels
        .iter()
        .take(5)
        .map(|label| format!("{label:?}"))
        .collect();
    match labels.len() {
        0 => "neither PEM nor DER".to_owned(),
        1..=5 => format!("PEM blocks of the kind {}", shown.join(", ")),
        more => format!(
            "PEM blocks of the kind {} and {} more",
            shown.join(", "),
            more - 5
        ),
    }
}
