//! What an import brought along, and what not: values for whoever talks to the person.

use std::fmt;
use std::path::PathBuf;

use trustpack_x509::time::Timestamp;

use super::source::SourceKind;

/// What was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// What the source was recognised as.
    pub kind: SourceKind,
    /// Lines of the source's ledger.
    pub records: usize,
    /// Of these, certificates that are revoked.
    pub revoked: usize,
    /// Lines that were added for certificates that were found and stood in no ledger.
    pub added_records: usize,
    /// Certificates in the repository.
    pub certificates: usize,
    /// Private keys of hosts in the repository.
    pub keys: usize,
    /// Certificates above the CA.
    pub chain: usize,
    /// Keys that the CA replaced, with their certificates and lists.
    pub replaced_keys: usize,
    /// Whether a CRL was taken over.
    pub crl: bool,
    /// What `crl_number` says next.
    pub crl_number: String,
    /// How serials go on.
    pub serials: Serials,
    /// How the CA key is kept.
    pub key: KeyState,
    /// What stayed behind, and why.
    pub left_out: Vec<LeftOut>,
    /// What the new owner should know of the CA.
    pub warnings: Vec<ImportWarning>,
}

/// How the new folder numbers its certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serials {
    /// It goes on counting; this is the next, in hexadecimal.
    Counting(String),
    /// They are drawn at random.
    Random,
}

/// How the CA key lies in the new folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Open, as it was.
    Plain,
    /// Encrypted, as it was; the password opened it, and it is that of the CA.
    Encrypted,
    /// Encrypted, as it was; nobody gave a password, so it was not looked at.
    EncryptedUnchecked,
}

/// Something that stayed behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// What is unusual about the CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportWarning {
    /// Its certificate has ended.
    Expired {
        /// Its last moment.
        not_after: Timestamp,
    },
    /// Its certificate is of version 1.
    Version1,
    /// Its certificate names no key.
    NoKeyIdentifier,
    /// It may sign no revocation lists.
    NoCrlSign,
    /// Its certificate is signed over a digest that is refused today.
    WeakSignature {
        /// The algorithm.
        algorithm: String,
    },
    /// The certificates above it are not here.
    NoChain {
        /// Who signed it.
        issuer: String,
    },
    /// The serial file named a serial that was used.
    SerialMoved {
        /// What it said.
        found: String,
        /// What is said now.
        now: String,
    },
    /// The key was not looked at.
    KeyUnchecked,
    /// Certificates of the CA name the serial of its present certificate, not only its key.
    NamesSerial {
        /// How many.
        count: usize,
    },
}

impl fmt::Display for ImportWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { not_after } => write!(
                f,
                "the CA ended on {not_after}; it can issue nothing until `trustpack ca renew` gives it new dates"
            ),
            Self::Version1 => f.write_str(
                "the CA certificate is of X.509 version 1; Trustpack and OpenSSL take it as an anchor, some programs do \
                 not; `trustpack ca renew` makes one of version 3",
            ),
            Self::NoKeyIdentifier => f.write_str(
                "the CA certificate has no subject key identifier; certificates name the SHA-1 of its key instead",
            ),
            Self::NoCrlSign => f.write_str(
                "the CA certificate does not allow its key to sign revocation lists; `trustpack ca renew` makes one that does",
            ),
            Self::WeakSignature { algorithm } => write!(
                f,
                "the CA certificate is signed with {algorithm}, which programs of today refuse below a root"
            ),
            Self::NoChain { issuer } => write!(
                f,
                "the certificate of {issuer}, which signed the CA, is not here; hosts must send it (--chain FILE brings it)"
            ),
            Self::SerialMoved { found, now } => write!(
                f,
                "the serial file said {found}, which was used already; the next serial is {now}"
            ),
            Self::KeyUnchecked => f.write_str(
                "the CA key is encrypted and there was no password: whether it is that of the certificate was not looked at",
            ),
            Self::NamesSerial { count } => write!(
                f,
                "{count} of its certificates name the serial of the CA certificate beside its key; OpenSSL will not \
                 find the CA for them once that is renewed, so keep the old CA certificate with peers until they have ended"
            ),
        }
    }
}
