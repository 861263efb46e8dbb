//! PKCS#12 files, called PFX: key stores and trust stores for Windows, Java and others.
//!
//! Not their names or places. Invariant: what is written here is read here, and the certificates
//! are the bytes that were read. Source: RFC 7292.

mod asn1;
mod bags;
mod mac;
mod read;
mod write;

use trustpack_x509::certificate::{Certificate, InvalidCertificate};

pub(crate) use self::read::read_bags;
pub use self::read::{encryption_of, read};
pub(crate) use self::write::write_entries;
pub use self::write::{write_key_store, write_trust_store};
use crate::limits::{KdfTooCostly, MAX_CERTIFICATES, MAX_CERTIFICATES_BYTES, MAX_KDF_ITERATIONS};
use crate::pbe::EncryptError;
use crate::pem::ReadKeyError;
use crate::private_key::PrivateKey;

/// How a key store is encrypted and its integrity protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// PBES2 with AES-256 and a MAC by HMAC-SHA-256: Java 8u301, Windows 10 and Server 2019,
    /// OpenSSL 1.1 and everything later.
    Modern,
    /// PBE-SHA1-3DES and a MAC by HMAC-SHA-1: older ones too.
    Legacy,
}

/// What was in a PKCS#12 file.
#[derive(Debug)]
pub struct Pkcs12 {
    /// The private key, if there is one.
    pub key: Option<PrivateKey>,
    /// The certificates in the order of the file, but first the one of the key.
    pub certificates: Vec<Certificate>,
}

/// Why a PKCS#12 file could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WritePkcs12Error {
    /// There is no certificate to write.
    #[error("no certificate to write; there must be one at least")]
    NoCertificate,
    /// The first certificate of the chain is for another key.
    #[error("the certificate {subject:?} is not the one of the private key")]
    KeyDoesNotMatch {
        /// Subject of the certificate.
        subject: String,
    },
    /// The operating system gave no random bytes.
    #[error("the contents cannot be encrypted: the operating system gave no random bytes")]
    Random,
    /// The contents could not be encoded: they are larger than the format allows.
    #[error("the contents cannot be encoded ({detail})")]
    Encode {
        /// What the encoder says.
        detail: String,
    },
}

/// Why a PKCS#12 file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadPkcs12Error {
    /// The file is too large.
    #[error("the file has {bytes} bytes; a PKCS#12 file may have {MAX_CERTIFICATES_BYTES}")]
    TooLarge {
        /// Bytes of the file.
        bytes: usize,
    },
    /// It is another kind of file.
    #[error("not a PKCS#12 file: it is {found}")]
    OtherFormat {
        /// What it looks like.
        found: &'static str,
    },
    /// The structure cannot be decoded.
    #[error("the PKCS#12 file is damaged ({detail})")]
    Malformed {
        /// What the decoder says.
        detail: String,
    },
    /// Something in it is not supported.
    #[error("the PKCS#12 file has {what} {oid}, which is not supported")]
    Unsupported {
        /// `a MAC by`, `contents encrypted with` and the like.
        what: &'static str,
        /// Object identifier of it.
        oid: String,
    },
    /// There was no password, and the empty one does not open the file.
    #[error("the PKCS#12 file is protected by a password")]
    PasswordNeeded,
    /// The password does not open the file.
    #[error("the password does not open the PKCS#12 file, or the file was changed")]
    WrongPassword,
    /// Testing the password would take too long.
    #[error(
        "the PKCS#12 file asks for more than {MAX_KDF_ITERATIONS} iterations over its password, \
         the most that are done"
    )]
    TooCostly,
    /// There are too many certificates.
    #[error("the file has more than {MAX_CERTIFICATES} certificates")]
    TooMany,
    /// There is more than one private key.
    #[error("more than one private key in the PKCS#12 file; there must be one at most")]
    SeveralKeys,
    /// The private key cannot be used.
    #[error("the private key of the PKCS#12 file cannot be read")]
    Key(#[source] ReadKeyError),
    /// A certificate cannot be read.
    #[error("certificate {number} of the PKCS#12 file cannot be read")]
    Certificate {
        /// Its number in the file, from 1.
        number: usize,
        /// What is wrong.
        source: InvalidCertificate,
    },
}

impl From<der::Error> for ReadPkcs12Error {
    fn from(error: der::Error) -> Self {
        Self::Malformed {
            detail: error.to_string(),
        }
    }
}

impl From<der::Error> for WritePkcs12Error {
    fn from(error: der::Error) -> Self {
        Self::Encode {
            detail: error.to_string(),
        }
    }
}

impl From<KdfTooCostly> for ReadPkcs12Error {
    fn from(_: KdfTooCostly) -> Self {
        Self::TooCostly
    }
}

impl From<EncryptError> for WritePkcs12Error {
    fn from(error: EncryptError) -> Self {
        match error {
            EncryptError::Random(_) => Self::Random,
            EncryptError::Encode => Self::Encode {
                detail: error.to_string(),
            },
        }
    }
}
