//! Java's own key stores: JKS is read and written, JCEKS is read.
//!
//! Both are one container with a digest over the password and the contents; they differ in how a key
//! is protected. Today's `keytool` writes PKCS#12 into files of this name, which
//! [`crate::contents`] tells apart. Invariant: with a password, nothing is taken from the file before
//! its digest was found right, and no number in it makes room for anything that is not there.
//!
//! Source: the container and the protection of its keys are not standardized; they are described by
//! the classes `JavaKeyStore`, `KeyProtector` and `JceKeyStore` of OpenJDK, and were tried with
//! `keytool`.

mod cursor;
mod digest;
mod jceks_key;
mod jks_key;
mod read;
mod text;
mod write;

use trustpack_x509::certificate::InvalidCertificate;
use trustpack_x509::certificate::malformed::AnyCertificate;

pub(crate) use self::read::read;
pub use self::write::WriteJksError;
pub(crate) use self::write::write;
use crate::limits::MAX_CERTIFICATES;
use crate::pem::ReadKeyError;
use crate::private_key::PrivateKey;

/// The first octets of a JKS file.
const JKS_MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
/// The first octets of a JCEKS file.
const JCEKS_MAGIC: [u8; 4] = [0xce, 0xce, 0xce, 0xce];

/// Marks of entries.
const KEY_ENTRY: u32 = 1;
const TRUSTED_ENTRY: u32 = 2;
/// In JCEKS only.
const SECRET_ENTRY: u32 = 3;

/// The only type of certificate.
const X509: &str = "X.509";

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Jks,
    Jceks,
}

impl Kind {
    /// By the first octets of the file.
    pub(crate) fn of(file: &[u8]) -> Option<Self> {
        if file.starts_with(&JKS_MAGIC) {
            Some(Self::Jks)
        } else if file.starts_with(&JCEKS_MAGIC) {
            Some(Self::Jceks)
        } else {
            None
        }
    }
}

/// What was in a file.
#[derive(Debug)]
pub(crate) struct Jks {
    pub(crate) entries: Vec<JksEntry>,
    /// Whether the digest over password and contents was found right.
    pub(crate) verified: bool,
    /// Entries behind a secret key, whose end only Java finds: how many, and its alias.
    pub(crate) not_read: Option<(u32, String)>,
}

impl Jks {
    /// Whether a private key is in it, or entries that could not be reached.
    pub(crate) fn has_key(&self) -> bool {
        let is_key = |entry: &JksEntry| match entry {
            JksEntry::Key { .. } => true,
            JksEntry::Trusted { .. } => false,
        };
        self.not_read.is_some() || self.entries.iter().any(is_key)
    }
}

/// One entry of a file.
#[derive(Debug)]
pub(crate) enum JksEntry {
    Key {
        alias: String,
        key: Result<PrivateKey, ReadKeyError>,
        chain: Vec<AnyCertificate>,
    },
    Trusted {
        alias: String,
        certificate: AnyCertificate,
    },
}

/// Why a JKS or JCEKS file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadJksError {
    /// It is another kind of file.
    #[error("not a JKS or JCEKS file: it does not begin with FE ED FE ED or CE CE CE CE")]
    OtherFormat,
    /// Its version is another one.
    #[error("the Java key store has the version {found}; 1 and 2 are known")]
    Version {
        /// The number in the file.
        found: u32,
    },
    /// The digest is not that of any password, and nothing shows that the file was changed.
    #[error(
        "the password does not open the Java key store (or somebody has changed the file: its \
         digest cannot tell the two apart)"
    )]
    WrongPassword,
    /// A password opens a key, and the digest is that of none.
    #[error(
        "the password opens a key in the Java key store and not the store: the store has another password than that \
         key, or somebody has changed the file"
    )]
    OpensKeyOnly,
    /// What no program writes is in it.
    #[error("the Java key store was changed after it was written: {evidence}")]
    Tampered {
        /// What shows it.
        evidence: String,
    },
    /// The digest is right, or was not checked, and the structure is not.
    #[error("the Java key store is damaged ({detail})")]
    Malformed {
        /// What is wrong, and where.
        detail: String,
    },
    /// There is too much in it.
    #[error("the Java key store has more than {MAX_CERTIFICATES} certificates or entries")]
    TooMany,
    /// A certificate cannot be read.
    #[error("a certificate of the entry {alias:?} in the Java key store cannot be read")]
    Certificate {
        /// Name of the entry.
        alias: String,
        /// What is wrong.
        source: InvalidCertificate,
    },
}
