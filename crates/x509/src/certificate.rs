//! Certificates as they were received.
//!
//! A [`Certificate`] has been read, not judged: it may be expired, forged or nonsense in content.
//! Invariant: its DER is the octets that were read; nothing is ever encoded again.

use std::fmt;
use std::sync::Arc;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag};
use sha1::Digest as _;
use spki::AlgorithmIdentifierRef;

use crate::algorithm::SignatureAlgorithm;
use crate::extension::{Extensions, InvalidExtension, RawExtension};
use crate::name::{InvalidName, Name};
use crate::public_key::{InvalidPublicKey, PublicKey};
use crate::serial::Serial;
use crate::validity::{DerValidity, Validity};

pub mod malformed;

/// A certificate that has been read. Cloning shares the octets.
#[derive(Clone)]
pub struct Certificate(Arc<Parts>);

struct Parts {
    der: Box<[u8]>,
    tbs: std::ops::Range<usize>,
    version: Version,
    serial: Serial,
    signature_algorithm: SignatureAlgorithm,
    issuer: Name,
    validity: Validity,
    has_conforming_times: bool,
    subject: Name,
    public_key: PublicKey,
    has_unique_ids: bool,
    extensions: Extensions,
    signature: Box<[u8]>,
}

/// The version of a certificate's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Version 1: no extensions. Old private authorities have such certificates of their own.
    V1,
    /// Version 2.
    V2,
    /// Version 3.
    V3,
}

/// Octets are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCertificate {
    /// More octets than are read.
    #[error("the certificate has {length} octets; at most {MAX_OCTETS} are read")]
    TooLarge {
        /// Octets given.
        length: usize,
    },
    /// Not the DER of a certificate.
    #[error("not the DER of an X.509 certificate ({detail})")]
    Malformed {
        /// What the decoder found.
        detail: String,
    },
    /// The serial number is no number.
    #[error("the certificate has no serial number")]
    Serial,
    /// The algorithm inside the signed part and outside it differ (RFC 5280 section 4.1.1.2).
    #[error(
        "the certificate names two different signature algorithms, inside and outside its signed part"
    )]
    AlgorithmMismatch,
    /// The issuer's name cannot be read.
    #[error("the issuer: {0}")]
    Issuer(InvalidName),
    /// The subject's name cannot be read.
    #[error("the subject: {0}")]
    Subject(InvalidName),
    /// The public key cannot be read.
    #[error(transparent)]
    PublicKey(#[from] InvalidPublicKey),
    /// Extensions in a version that has none (RFC 5280 section 4.1.2.9).
    #[error("the certificate has extensions, but its version is {found:?}; only V3 has them")]
    ExtensionsWithoutV3 {
        /// The version it names.
        found: Version,
    },
    /// An extension cannot be read.
    #[error(transparent)]
    Extension(#[from] InvalidExtension),
}

/// Octets of a certificate that are read: far more than any in use, and what a peer can make us keep.
///
/// Source: the limit on a TLS handshake message of OpenSSL (SSL_MAX_CERT_LIST_DEFAULT, 100 KiB).
pub const MAX_OCTETS: usize = 100 * 1024;

/// The signed part.
#[derive(Sequence)]
struct TbsFields<'a> {
    #[asn1(context_specific = "0", default = "Default::default")]
    version: u8,
    serial: AnyRef<'a>,
    signature: AlgorithmIdentifierRef<'a>,
    issuer: AnyRef<'a>,
    validity: DerValidity,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    subject_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", optional = "true")]
    extensions: Option<Vec<RawExtension<'a>>>,
}

impl Certificate {
    /// Reads the DER of one certificate, with nothing behind it.
    ///
    /// # Errors
    ///
    /// [`InvalidCertificate`] says which part cannot be read. Content is not judged.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidCertificate> {
        let (certificate, malformed) = Self::read(der)?;
        malformed::refuse(certificate, malformed)
    }

    /// The same, with what is malformed of the extensions that restrict its use.
    fn read(der: &[u8]) -> Result<(Self, Vec<InvalidExtension>), InvalidCertificate> {
        if der.len() > MAX_OCTETS {
            return Err(InvalidCertificate::TooLarge { length: der.len() });
        }
        let malformed = |error: der::Error| InvalidCertificate::Malformed {
            detail: error.to_string(),
        };
        let mut reader = SliceReader::new(der).map_err(malformed)?;
        let outer = reader
            .sequence(|fields| {
                let start = usize::try_from(fields.position())?;
                let tbs = fields.tlv_bytes()?;
                let algorithm = AlgorithmIdentifierRef::decode(fields)?;
                let signature = BitStringRef::decode(fields)?;
                Ok::<_, der::Error>((start..start + tbs.len(), tbs, algorithm, signature))
            })
            .map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let (range, tbs, algorithm, signature) = outer;
        let fields = TbsFields::from_der(tbs).map_err(malformed)?;
        if fields.signature != algorithm {
            return Err(InvalidCertificate::AlgorithmMismatch);
        }
        let signature = signature
            .as_bytes()
            .ok_or_else(|| InvalidCertificate::Malformed {
                detail: "the signature is not a whole number of octets".to_owned(),
            })?;
        let (parts, malformed) = Parts::read(der, range, &fields, signature)?;
        Ok((Self(Arc::new(parts)), malformed))
    }

    /// The octets that were read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The part of them that is signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        self.0.der.get(self.0.tbs.clone()).unwrap_or_default()
    }

    /// The version of its format.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// Its serial number.
    #[must_use]
    pub fn serial(&self) -> &Serial {
        &self.0.serial
    }

    /// How it is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.0.signature_algorithm
    }

    /// The signature over [`Self::tbs_der`].
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// The name of the authority that signed it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// From when until when it is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.0.validity
    }

    /// Whether its times are written as RFC 5280 section 4.1.2.5 demands: UTCTime through 2049,
    /// GeneralizedTime from 2050.
    #[must_use]
    pub fn has_conforming_times(&self) -> bool {
        self.0.has_conforming_times
    }

    /// Whether it has unique identifiers of issuer or subject, which nobody uses (RFC 5280 section
    /// 4.1.2.8).
    #[must_use]
    pub fn has_unique_ids(&self) -> bool {
        self.0.has_unique_ids
    }

    /// Whose certificate it is.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The key that it certifies.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// Its extensions.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// Whether issuer and subject are the same name, octet for octet.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer() == self.subject()
    }

    /// SHA-1 of the DER, upper-case hexadecimal: what Windows calls the thumbprint.
    ///
    /// An identifier that people compare, not a protection.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        sha1::Sha1::digest(self.der())
            .iter()
            .map(|octet| format!("{octet:02X}"))
            .collect()
    }

    /// SHA-256 of the DER, lower-case hexadecimal.
    #[must_use]
    pub fn sha256_fingerprint(&self) -> String {
        sha2::Sha256::digest(self.der())
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect()
    }
}

impl Parts {
    fn read(
        der: &[u8],
        tbs: std::ops::Range<usize>,
        fields: &TbsFields<'_>,
        signature: &[u8],
    ) -> Result<(Self, Vec<InvalidExtension>), InvalidCertificate> {
        let malformed = |error: der::Error| InvalidCertificate::Malformed {
            detail: error.to_string(),
        };
        let version = match fields.version {
            0 => Version::V1,
            1 => Version::V2,
            2 => Version::V3,
            other => {
                let detail = format!("version {other} of the format is unknown");
                return Err(InvalidCertificate::Malformed { detail });
            }
        };
        if fields.serial.header().tag() != Tag::Integer || fields.serial.value().is_empty() {
            return Err(InvalidCertificate::Serial);
        }
        if fields.extensions.is_some() && version != Version::V3 {
            return Err(InvalidCertificate::ExtensionsWithoutV3 { found: version });
        }
        let name = |any: AnyRef<'_>| -> Result<Vec<u8>, InvalidCertificate> {
            any.to_der().map_err(malformed)
        };
        let extensions = fields.extensions.as_deref().unwrap_or_default();
        let (extensions, malformed_ones) = Extensions::read_all(extensions)?;
        let parts = Self {
            der: der.into(),
            tbs,
            version,
            serial: Serial::from_der_contents(fields.serial.value()),
            signature_algorithm: SignatureAlgorithm::read(&fields.signature),
            issuer: Name::from_der(&name(fields.issuer)?).map_err(InvalidCertificate::Issuer)?,
            validity: Validity::from(fields.validity),
            has_conforming_times: fields.validity.has_conforming_forms(),
            has_unique_ids: fields.issuer_unique_id.is_some() || fields.subject_unique_id.is_some(),
            subject: Name::from_der(&name(fields.subject)?).map_err(InvalidCertificate::Subject)?,
            public_key: PublicKey::from_der(&name(fields.public_key)?)?,
            extensions,
            signature: signature.into(),
        };
        Ok((parts, malformed_ones))
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl PartialOrd for Certificate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Certificate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.der().cmp(other.der())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Certificate({}, serial {})",
            self.subject(),
            self.serial()
        )
    }
}
