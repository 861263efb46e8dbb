//! Requests of our own, for an authority that is not ours.
//!
//! Building is separate from signing: the octets of [`RequestToBeSigned::to_der`] are signed with the
//! key that is to be certified, and [`crate::tbs::join`] makes a request of them and the signature.

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, ContextSpecific, OctetStringRef, SetOfVec};
use der::{Encode, Sequence, TagMode, TagNumber};

use super::EXTENSION_REQUEST;
use crate::extension::{BasicConstraints, KeyUsage, Purpose, RawExtension, write};
use crate::general_name::GeneralName;
use crate::name::Name;
use crate::public_key::PublicKey;
use crate::tbs::EncodeError;

/// Everything in a request but the signature. What is `None` or empty is not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestToBeSigned {
    /// Whose certificate it is to be.
    pub subject: Name,
    /// The key to be certified.
    pub public_key: PublicKey,
    /// basicConstraints: whether the certificate is to be an authority's.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extendedKeyUsage.
    pub extended_key_usage: Vec<Purpose>,
    /// subjectAltName.
    pub subject_alt_names: Vec<GeneralName>,
}

#[derive(Sequence)]
struct InfoFields<'a> {
    version: u8,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    attributes: ContextSpecific<SetOfVec<AttributeFields<'a>>>,
}

#[derive(Sequence, der::ValueOrd)]
struct AttributeFields<'a> {
    oid: ObjectIdentifier,
    values: SetOfVec<AnyRef<'a>>,
}

impl RequestToBeSigned {
    /// The octets that are to be signed: the CertificationRequestInfo of RFC 2986 section 4.1.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] for a value that DER cannot hold, such as a name outside IA5.
    pub fn to_der(&self) -> Result<Vec<u8>, EncodeError> {
        let encoded = self.extensions()?;
        let extensions = encoded
            .iter()
            .map(|(oid, critical, value)| {
                Ok(RawExtension {
                    oid: *oid,
                    critical: *critical,
                    value: OctetStringRef::new(value)?,
                })
            })
            .collect::<der::Result<Vec<_>>>()?
            .to_der()?;
        let mut attributes = SetOfVec::new();
        if !encoded.is_empty() {
            attributes.insert(AttributeFields {
                oid: EXTENSION_REQUEST,
                values: SetOfVec::try_from(vec![AnyRef::try_from(extensions.as_slice())?])?,
            })?;
        }
        let fields = InfoFields {
            version: 0,
            subject: AnyRef::try_from(self.subject.der())?,
            public_key: AnyRef::try_from(self.public_key.der())?,
            attributes: ContextSpecific {
                tag_number: TagNumber(0),
                tag_mode: TagMode::Implicit,
                value: attributes,
            },
        };
        Ok(fields.to_der()?)
    }

    fn extensions(&self) -> der::Result<Vec<write::Encoded>> {
        let mut extensions = Vec::new();
        if let Some(constraints) = self.basic_constraints {
            extensions.push(write::basic_constraints(constraints)?);
        }
        if let Some(usage) = self.key_usage {
            extensions.push(write::key_usage(usage)?);
        }
        if !self.extended_key_usage.is_empty() {
            extensions.push(write::extended_key_usage(&self.extended_key_usage)?);
        }
        if !self.subject_alt_names.is_empty() {
            let critical = self.subject.is_empty();
            extensions.push(write::subject_alt_names(&self.subject_alt_names, critical)?);
        }
        Ok(extensions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extension::KeyUse;
    use crate::lint::sample;
    use crate::request::CertificationRequest;

    #[test]
    fn what_is_built_is_read_again() {
        let host = sample::host();
        let request = RequestToBeSigned {
            subject: host.subject.clone(),
            public_key: host.public_key.clone(),
            basic_constraints: None,
            key_usage: Some([KeyUse::DigitalSignature].into_iter().collect()),
            extended_key_usage: vec![Purpose::ServerAuth],
            subject_alt_names: host.subject_alt_names.clone(),
        };
        let info = request.to_der().expect("DER");
        let der = crate::tbs::join(&info, &host.signature_algorithm, &[0; 70]).expect("DER");
        let read = CertificationRequest::from_der(&der).expect("a request");
        assert_eq!(read.der(), der);
        assert_eq!(read.info_der(), info);
        assert_eq!(read.subject(), &request.subject);
        assert_eq!(read.public_key(), &request.public_key);
        assert_eq!(read.extensions().basic_constraints, None);
        assert_eq!(read.extensions().key_usage, request.key_usage);
        let purposes = read.extensions().extended_key_usage.clone();
        assert_eq!(purposes, Some(request.extended_key_usage));
        let names = read.extensions().subject_alt_names.clone();
        assert_eq!(names, Some(request.subject_alt_names));
        assert_eq!(read.extensions().unknown, []);
        assert_eq!(read.other_attributes(), []);
    }

    #[test]
    fn a_request_for_nothing_has_an_empty_set() {
        let host = sample::host();
        let request = RequestToBeSigned {
            subject: host.subject,
            public_key: host.public_key,
            basic_constraints: None,
            key_usage: None,
            extended_key_usage: Vec::new(),
            subject_alt_names: Vec::new(),
        };
        let info = request.to_der().expect("DER");
        // RFC 2986 section 4.1: the field of the attributes is there, even when it is empty.
        assert_eq!(info.last_chunk(), Some(&[0xa0, 0x00]));
    }
}
