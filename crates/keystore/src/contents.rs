//! What is in a file, whatever its format: one reader for all, by content and never by name.
//!
//! PEM with any mix of blocks, DER of every kind, PKCS#7, PKCS#12, JKS and JCEKS. Judges nothing:
//! which certificate is trusted, and which key may be used, is the caller's to say. Invariant: what
//! is in the file is in the result, in a note, or an error; nothing is passed over in silence. A key
//! that is locked is there, and says so.

mod chain;
mod der_file;
mod java_file;
mod malformed;
mod note;
mod pem_file;
mod pkcs12_file;

use std::fmt;

use trustpack_x509::certificate::malformed::AnyCertificate;
use trustpack_x509::certificate::{Certificate, InvalidCertificate};
use trustpack_x509::crl::{InvalidRevocationList, RevocationList};
use trustpack_x509::request::{CertificationRequest, InvalidRequest};

pub use self::malformed::{FoundMalformed, Looked};
pub use self::note::{Note, Place};
use crate::jks::{Kind, ReadJksError};
use crate::limits::{MAX_CERTIFICATES, MAX_CONTENTS_BYTES, MAX_KEYS};
use crate::password::Passwords;
use crate::pem::{InvalidPem, ReadKeyError};
use crate::pkcs7::ReadPkcs7Error;
use crate::pkcs12::ReadPkcs12Error;
use crate::private_key::PrivateKey;
use crate::shape;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Text with blocks between markers (RFC 7468).
    Pem,
    /// One element in DER: a certificate, list, request or key.
    Der,
    /// PKCS#7 signed data, in DER or BER; in PEM it is [`Self::Pem`].
    Pkcs7,
    /// PKCS#12, also called PFX.
    Pkcs12,
    /// Java's own key store.
    Jks,
    /// The one of Java's cryptography extension, which came after it.
    Jceks,
}

/// All that was found in a file.
#[derive(Debug)]
pub struct Contents {
    /// The format of the file.
    pub format: Format,
    /// Every certificate, in the order of the file, those in the chain of a key too.
    pub certificates: Vec<FoundCertificate>,
    /// Certificates of which an extension is malformed: none, unless the file was only to be [looked at](look).
    pub malformed: Vec<FoundMalformed>,
    /// Every private key, also those that could not be opened.
    pub keys: Vec<FoundKey>,
    /// Every revocation list.
    pub crls: Vec<RevocationList>,
    /// Every certification request.
    pub requests: Vec<CertificationRequest>,
    /// What the reader of the file should know.
    pub notes: Vec<Note>,
}

/// A certificate in a file.
#[derive(Clone, Debug)]
pub struct FoundCertificate {
    /// The certificate, with the octets that were read.
    pub certificate: Certificate,
    /// What the file calls it.
    pub alias: Option<String>,
    /// What the file has it for.
    pub role: CertificateRole,
}

/// What a file has a certificate for. It decides nothing: trust is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateRole {
    /// It is the one of a key in the file, or in its chain.
    OfKey,
    /// The file marks it as trusted: an entry of its own in a Java store, a mark in PKCS#12.
    Trusted,
    /// The file does not say.
    Unsaid,
}

/// A private key in a file.
#[derive(Debug)]
pub struct FoundKey {
    /// The key, or why it could not be opened.
    pub key: Result<PrivateKey, ReadKeyError>,
    /// What the file calls it.
    pub alias: Option<String>,
    /// The certificates that belong to it, its own first; those that were found and can be used.
    pub chain: Vec<Certificate>,
    /// How many belong to it, the malformed ones too; never fewer than in its chain.
    pub belonging: usize,
}

/// Octets of a file that is read; larger ones are refused.
pub const MAX_BYTES: usize = MAX_CONTENTS_BYTES;

/// Why the contents of a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadContentsError {
    /// The file is too large.
    #[error("the file has {bytes} bytes; at most {MAX_CONTENTS_BYTES} are read")]
    TooLarge {
        /// Bytes of the file.
        bytes: usize,
    },
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is no format that is known.
    #[error(
        "the file is {found}; certificates, keys, requests and revocation lists in PEM or DER, \
         PKCS#7, PKCS#12, JKS and JCEKS are read"
    )]
    UnknownFormat {
        /// What it looks like.
        found: String,
    },
    /// What should be in it is encoded once more.
    #[error("{place} holds {found} where DER should be: it was encoded twice")]
    EncodedTwice {
        /// Where.
        place: Place,
        /// What is in it.
        found: &'static str,
    },
    /// A marker or a block is damaged.
    #[error(transparent)]
    Pem(#[from] InvalidPem),
    /// A certificate cannot be read.
    #[error("the certificate {place} cannot be read")]
    Certificate {
        /// Where.
        place: Place,
        /// What is wrong.
        source: InvalidCertificate,
    },
    /// A revocation list cannot be read.
    #[error("the revocation list {place} cannot be read")]
    RevocationList {
        /// Where.
        place: Place,
        /// What is wrong.
        source: InvalidRevocationList,
    },
    /// A request cannot be read.
    #[error("the certification request {place} cannot be read")]
    Request {
        /// Where.
        place: Place,
        /// What is wrong.
        source: InvalidRequest,
    },
    /// OpenSSL's settings of trust cannot be read.
    #[error("the settings of trust behind the certificate {place} cannot be read ({detail})")]
    TrustSettings {
        /// Where.
        place: Place,
        /// What the decoder says.
        detail: String,
    },
    /// The PKCS#7 file cannot be read.
    #[error(transparent)]
    Pkcs7(#[from] ReadPkcs7Error),
    /// The file in Java's own format cannot be read.
    #[error(transparent)]
    Jks(#[from] ReadJksError),
    /// The PKCS#12 file cannot be read.
    #[error(transparent)]
    Pkcs12(#[from] ReadPkcs12Error),
    /// There are too many certificates.
    #[error("the file has more than {MAX_CERTIFICATES} certificates")]
    TooManyCertificates,
    /// There is too much else.
    #[error("the file has more than {MAX_KEYS} {what}")]
    TooMany {
        /// `private keys` and the like.
        what: &'static str,
    },
}

/// Reads a file of any format.
///
/// # Errors
///
/// [`ReadContentsError`] when the format is unknown, something in it is damaged, or its password is
/// not among those that are tried; [`ReadContentsError::is_password`] tells that apart. A key that
/// is locked or of an unknown kind is no error of the file, but of [`FoundKey::key`].
pub fn read(file: &[u8], passwords: &Passwords) -> Result<Contents, ReadContentsError> {
    let contents = look(file, passwords)?;
    let malformed = contents.malformed.first().and_then(|found| {
        let error = found.certificate.malformed().first()?;
        Some(ReadContentsError::Certificate {
            place: found.place,
            source: error.clone().into(),
        })
    });
    malformed.map_or(Ok(contents), Err)
}

/// The same for somebody who asks what is wrong with it: certificates of which an extension is malformed are among the
/// [`malformed`](Contents::malformed), where [`read()`] refuses the file.
///
/// # Errors
///
/// As [`read()`] for everything else.
pub fn look(file: &[u8], passwords: &Passwords) -> Result<Contents, ReadContentsError> {
    if file.len() > MAX_CONTENTS_BYTES {
        return Err(ReadContentsError::TooLarge { bytes: file.len() });
    }
    if file.trim_ascii().is_empty() {
        return Err(ReadContentsError::Empty);
    }
    if let Some(kind) = Kind::of(file) {
        return java_file::read(kind, file, passwords);
    }
    if shape::is_der(file) {
        return der_file::read(file, passwords);
    }
    pem_file::read(file, passwords)
}

impl ReadContentsError {
    /// Whether another password may help.
    #[must_use]
    pub fn is_password(&self) -> bool {
        matches!(
            self,
            Self::Pkcs12(ReadPkcs12Error::WrongPassword | ReadPkcs12Error::PasswordNeeded)
                | Self::Jks(ReadJksError::WrongPassword | ReadJksError::OpensKeyOnly)
        )
    }
}

impl Contents {
    pub(crate) fn new(format: Format) -> Self {
        Self {
            format,
            certificates: Vec::new(),
            malformed: Vec::new(),
            keys: Vec::new(),
            crls: Vec::new(),
            requests: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What is in several files, as if it had been in one: a key may be in one and its certificate in
    /// another. The format is that of the first.
    #[must_use]
    pub fn joined(files: Vec<Self>) -> Option<Self> {
        let mut files = files.into_iter();
        let mut all = files.next()?;
        for file in files {
            let before = all.certificates.len();
            all.certificates.extend(file.certificates);
            let malformed = file.malformed.into_iter();
            all.malformed
                .extend(malformed.map(|found| found.behind(before)));
            all.keys.extend(file.keys);
            all.crls.extend(file.crls);
            all.requests.extend(file.requests);
            all.notes.extend(file.notes);
        }
        chain::find_chains(&mut all);
        Some(all)
    }

    /// The certificates without what the file says of them.
    pub fn only_certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().map(|found| &found.certificate)
    }

    /// Whether a key waits for a password.
    #[must_use]
    pub fn has_locked_key(&self) -> bool {
        self.keys.iter().any(FoundKey::is_locked)
    }

    /// Whether nothing at all was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
            && self.malformed.is_empty()
            && self.keys.is_empty()
            && self.crls.is_empty()
            && self.requests.is_empty()
    }

    fn add_certificate(&mut self, found: FoundCertificate) -> Result<(), ReadContentsError> {
        if self.certificates.len() >= MAX_CERTIFICATES {
            return Err(ReadContentsError::TooManyCertificates);
        }
        self.certificates.push(found);
        Ok(())
    }

    /// Reads a certificate of which the file says nothing more.
    pub(crate) fn add_certificate_der(
        &mut self,
        der: &[u8],
        place: Place,
        alias: Option<String>,
    ) -> Result<(), ReadContentsError> {
        let certificate = AnyCertificate::from_der(der)
            .map_err(|source| ReadContentsError::Certificate { place, source })?;
        self.add_any(certificate, place, alias, CertificateRole::Unsaid)
    }

    /// Adds a key of which the file does not say which certificates are its own.
    pub(crate) fn add_lone_key(
        &mut self,
        key: Result<PrivateKey, ReadKeyError>,
        alias: Option<String>,
    ) -> Result<(), ReadContentsError> {
        self.add_key(FoundKey {
            key,
            alias,
            chain: Vec::new(),
            belonging: 0,
        })
    }

    pub(crate) fn add_key(&mut self, found: FoundKey) -> Result<(), ReadContentsError> {
        if self.keys.len() >= MAX_KEYS {
            return Err(ReadContentsError::TooMany {
                what: "private keys",
            });
        }
        self.keys.push(found);
        Ok(())
    }

    pub(crate) fn add_crl(&mut self, der: &[u8], place: Place) -> Result<(), ReadContentsError> {
        if self.crls.len() >= MAX_KEYS {
            return Err(ReadContentsError::TooMany {
                what: "revocation lists",
            });
        }
        let crl = RevocationList::from_der(der)
            .map_err(|source| ReadContentsError::RevocationList { place, source })?;
        self.crls.push(crl);
        Ok(())
    }

    pub(crate) fn add_request(
        &mut self,
        der: &[u8],
        place: Place,
    ) -> Result<(), ReadContentsError> {
        if self.requests.len() >= MAX_KEYS {
            return Err(ReadContentsError::TooMany { what: "requests" });
        }
        let request = CertificationRequest::from_der(der)
            .map_err(|source| ReadContentsError::Request { place, source })?;
        self.requests.push(request);
        Ok(())
    }
}

impl FoundKey {
    /// Whether it waits for a password.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(
            self.key,
            Err(ReadKeyError::Encrypted | ReadKeyError::WrongPassword)
        )
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Der => "DER",
            Self::Pkcs7 => "PKCS#7",
            Self::Pkcs12 => "PKCS#12",
            Self::Jks => "JKS",
            Self::Jceks => "JCEKS",
        })
    }
}
