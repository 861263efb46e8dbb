//! Certification requests as they were received: what somebody asks an authority to certify.
//!
//! A [`CertificationRequest`] has been read, not judged, and its signature is not verified: that is
//! the judge's work. Invariant: its DER is the octets that were read.
//!
//! Source: RFC 2986; RFC 2985 section 5.4.2 for the extensions that are asked for.

use std::fmt;
use std::sync::Arc;

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber};
use spki::AlgorithmIdentifierRef;

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::MAX_OCTETS;
use crate::extension::{Extensions, InvalidExtension, RawExtension};
use crate::name::{InvalidName, Name};
use crate::public_key::{InvalidPublicKey, PublicKey};

pub mod build;

/// A request that has been read. Cloning shares the octets.
#[derive(Clone)]
pub struct CertificationRequest(Arc<Parts>);

struct Parts {
    der: Box<[u8]>,
    info: std::ops::Range<usize>,
    subject: Name,
    public_key: PublicKey,
    extensions: Extensions,
    other_attributes: Vec<ObjectIdentifier>,
    signature_algorithm: SignatureAlgorithm,
    signature: Box<[u8]>,
}

/// Octets are no certification request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequest {
    /// More octets than are read.
    #[error("the request has {length} octets; at most {MAX_OCTETS} are read")]
    TooLarge {
        /// Octets given.
        length: usize,
    },
    /// Not the DER of a request.
    #[error("not the DER of a PKCS #10 certification request ({detail})")]
    Malformed {
        /// What the decoder found.
        detail: String,
    },
    /// A version other than the only one (RFC 2986 section 4.1).
    #[error("the request has the version {found}; only version 0 is known")]
    Version {
        /// The number it names.
        found: u8,
    },
    /// The subject's name cannot be read.
    #[error("the subject: {0}")]
    Subject(InvalidName),
    /// The public key cannot be read.
    #[error(transparent)]
    PublicKey(#[from] InvalidPublicKey),
    /// Attributes that are more than anybody sends.
    #[error("the request has more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes,
    /// An attribute twice, or a list of extensions by both of its names.
    #[error("the request has the attribute {name} twice")]
    DuplicateAttribute {
        /// Its name.
        name: String,
    },
    /// An extension that is asked for cannot be read.
    #[error("asked for: {0}")]
    Extension(InvalidExtension),
}

impl From<InvalidExtension> for InvalidRequest {
    fn from(error: InvalidExtension) -> Self {
        Self::Extension(error)
    }
}

/// Attributes that are read: our own limit. OpenSSL writes two at most, Windows five.
const MAX_ATTRIBUTES: usize = 64;

/// Source: RFC 2985 section 5.4.2.
pub(crate) const EXTENSION_REQUEST: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");
/// The same by the name that Microsoft gave it before (szOID_CERT_EXTENSIONS).
const MICROSOFT_EXTENSION_REQUEST: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.14");

/// Other attributes that requests carry, by the names that people know.
const ATTRIBUTE_NAMES: &[(ObjectIdentifier, &str)] = &[
    (EXTENSION_REQUEST, "extensionRequest"),
    (
        MICROSOFT_EXTENSION_REQUEST,
        "extensionRequest (of Microsoft)",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.7"),
        "challengePassword",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.2"),
        "unstructuredName",
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.8"),
        "unstructuredAddress",
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.13.2.3"),
        "operating system version (of Microsoft)",
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.13.2.2"),
        "enrolment provider (of Microsoft)",
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.21.20"),
        "request client info (of Microsoft)",
    ),
];

impl CertificationRequest {
    /// Reads the DER of one request, with nothing behind it.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] says which part cannot be read. Content is not judged.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidRequest> {
        if der.len() > MAX_OCTETS {
            return Err(InvalidRequest::TooLarge { length: der.len() });
        }
        let mut reader = SliceReader::new(der).map_err(malformed)?;
        let outer = reader
            .sequence(|fields| {
                let start = usize::try_from(fields.position())?;
                let info = fields.tlv_bytes()?;
                let algorithm = AlgorithmIdentifierRef::decode(fields)?;
                let signature = BitStringRef::decode(fields)?;
                Ok::<_, der::Error>((start..start + info.len(), info, algorithm, signature))
            })
            .map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let (range, info, algorithm, signature) = outer;
        let signature = signature
            .as_bytes()
            .ok_or_else(|| InvalidRequest::Malformed {
                detail: "the signature is not a whole number of octets".to_owned(),
            })?;
        let info = Info::read(info)?;
        Ok(Self(Arc::new(Parts {
            der: der.into(),
            info: range,
            subject: info.subject,
            public_key: info.public_key,
            extensions: info.extensions,
            other_attributes: info.other_attributes,
            signature_algorithm: SignatureAlgorithm::read(&algorithm),
            signature: signature.into(),
        })))
    }

    /// The octets that were read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The part of them that is signed: the CertificationRequestInfo.
    #[must_use]
    pub fn info_der(&self) -> &[u8] {
        self.0.der.get(self.0.info.clone()).unwrap_or_default()
    }

    /// Whose certificate it is to be.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The key to be certified, with which the request is signed.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// The extensions that are asked for; [`Extensions::unknown`] lists those that nobody here knows.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// The attributes other than the list of extensions, in their order; see [`attribute_name`].
    #[must_use]
    pub fn other_attributes(&self) -> &[ObjectIdentifier] {
        &self.0.other_attributes
    }

    /// How it is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.0.signature_algorithm
    }

    /// The signature over [`Self::info_der`], by the key of [`Self::public_key`].
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }
}

/// The name by which an attribute of a request is known to people.
#[must_use]
pub fn attribute_name(oid: &ObjectIdentifier) -> String {
    ATTRIBUTE_NAMES
        .iter()
        .find(|(known, _)| known == oid)
        .map_or_else(|| oid.to_string(), |(_, name)| (*name).to_owned())
}

/// The signed part.
struct Info {
    subject: Name,
    public_key: PublicKey,
    extensions: Extensions,
    other_attributes: Vec<ObjectIdentifier>,
}

impl Info {
    fn read(der: &[u8]) -> Result<Self, InvalidRequest> {
        let mut reader = SliceReader::new(der).map_err(malformed)?;
        let (version, subject, public_key, attributes) = reader
            .sequence(|fields| {
                let version = u8::decode(fields)?;
                let subject = AnyRef::decode(fields)?.to_der()?;
                let public_key = AnyRef::decode(fields)?.to_der()?;
                // Older programs leave the field out where there is no attribute; OpenSSL reads that.
                let attributes = if fields.is_finished() {
                    None
                } else {
                    Some(AnyRef::decode(fields)?)
                };
                Ok::<_, der::Error>((version, subject, public_key, attributes))
            })
            .map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        if version != 0 {
            return Err(InvalidRequest::Version { found: version });
        }
        let mut info = Self {
            subject: Name::from_der(&subject).map_err(InvalidRequest::Subject)?,
            public_key: PublicKey::from_der(&public_key)?,
            extensions: Extensions::default(),
            other_attributes: Vec::new(),
        };
        if let Some(attributes) = attributes {
            info.read_attributes(attributes)?;
        }
        Ok(info)
    }

    fn read_attributes(&mut self, set: AnyRef<'_>) -> Result<(), InvalidRequest> {
        let expected = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(0),
        };
        if set.header().tag() != expected {
            let error = set.header().tag().unexpected_error(Some(expected));
            return Err(malformed(error.into()));
        }
        let mut reader = SliceReader::new(set.value()).map_err(malformed)?;
        let mut seen = Vec::new();
        while !reader.is_finished() {
            let (oid, values) = reader
                .sequence(|fields| {
                    let oid = ObjectIdentifier::decode(fields)?;
                    let values = AnyRef::decode(fields)?;
                    Ok::<_, der::Error>((oid, values))
                })
                .map_err(malformed)?;
            let asks_for_extensions = [EXTENSION_REQUEST, MICROSOFT_EXTENSION_REQUEST];
            let is_list = asks_for_extensions.contains(&oid);
            let kind = if is_list { EXTENSION_REQUEST } else { oid };
            if seen.contains(&kind) {
                let name = attribute_name(&oid);
                return Err(InvalidRequest::DuplicateAttribute { name });
            }
            if seen.len() == MAX_ATTRIBUTES {
                return Err(InvalidRequest::TooManyAttributes);
            }
            seen.push(kind);
            if is_list {
                self.extensions = asked_for(values)?;
            } else {
                self.other_attributes.push(oid);
            }
        }
        Ok(())
    }
}

/// The one list of extensions in the values of its attribute.
fn asked_for(values: AnyRef<'_>) -> Result<Extensions, InvalidRequest> {
    if values.header().tag() != Tag::Set {
        let error = values.header().tag().unexpected_error(Some(Tag::Set));
        return Err(malformed(error.into()));
    }
    let mut reader = SliceReader::new(values.value()).map_err(malformed)?;
    // RFC 2985 section 5.4.2: a single value.
    let list = Vec::<RawExtension<'_>>::decode(&mut reader).map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    Ok(Extensions::read(&list)?)
}

fn malformed(error: der::Error) -> InvalidRequest {
    InvalidRequest::Malformed {
        detail: error.to_string(),
    }
}

impl PartialEq for CertificationRequest {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for CertificationRequest {}

impl fmt::Debug for CertificationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificationRequest({})", self.subject())
    }
}
