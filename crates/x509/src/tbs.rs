//! Certificates to be: what an authority is about to sign, and the joining of it with a signature.
//!
//! Building is separate from judging: the lint rules look at the [`ToBeSigned`] value, and nothing
//! here decides whether it should be signed.

use der::asn1::{AnyRef, BitStringRef, ContextSpecific, OctetStringRef, UintRef};
use der::{Encode, Sequence, TagMode, TagNumber};

use crate::algorithm::SignatureAlgorithm;
use crate::extension::access::{self, AccessDescription};
use crate::extension::{
    BasicConstraints, KeyUsage, NameConstraints, Purpose, RawExtension, distribution_point, write,
};
use crate::general_name::{GeneralName, RawDer};
use crate::name::Name;
use crate::public_key::PublicKey;
use crate::serial::Serial;
use crate::validity::{DerValidity, Validity};

/// Everything in a certificate but the signature.
///
/// Extensions stand in the order of the fields; what is empty or `None` is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToBeSigned {
    /// The serial number.
    pub serial: Serial,
    /// How it will be signed.
    pub signature_algorithm: SignatureAlgorithm,
    /// The authority's subject, byte for byte.
    pub issuer: Name,
    /// From when until when.
    pub validity: Validity,
    /// Whose certificate it will be.
    pub subject: Name,
    /// The key to be certified.
    pub public_key: PublicKey,
    /// basicConstraints, critical (RFC 5280 section 4.2.1.9).
    pub basic_constraints: BasicConstraints,
    /// keyUsage, critical (RFC 5280 section 4.2.1.3).
    pub key_usage: KeyUsage,
    /// extendedKeyUsage, not critical.
    pub extended_key_usage: Vec<Purpose>,
    /// subjectAltName, critical exactly when the subject is empty (RFC 5280 section 4.2.1.6).
    pub subject_alt_names: Vec<GeneralName>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Vec<u8>,
    /// authorityKeyIdentifier: the subject key identifier of the authority.
    pub authority_key_id: Option<Vec<u8>>,
    /// nameConstraints, critical; only in an authority.
    pub name_constraints: Option<NameConstraints>,
    /// cRLDistributionPoints: the URIs, each a point of its own (RFC 5280 section 4.2.1.13).
    pub crl_distribution_points: Vec<String>,
    /// authorityInfoAccess.
    pub authority_info_access: Vec<AccessDescription>,
}

/// A value cannot be written in DER.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate cannot be encoded ({detail})")]
pub struct EncodeError {
    detail: String,
}

impl From<der::Error> for EncodeError {
    fn from(error: der::Error) -> Self {
        Self {
            detail: error.to_string(),
        }
    }
}

#[derive(Sequence)]
struct TbsFields<'a> {
    version: ContextSpecific<u8>,
    serial: UintRef<'a>,
    signature: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: DerValidity,
    subject: AnyRef<'a>,
    public_key: AnyRef<'a>,
    extensions: ContextSpecific<Vec<RawExtension<'a>>>,
}

impl ToBeSigned {
    /// The octets that are to be signed.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] for a value that DER cannot hold: a serial that is not positive, a name with
    /// characters outside IA5, a signature algorithm that is not written by us.
    ///
    /// Source: RFC 5280 section 4.1.
    pub fn to_der(&self) -> Result<Vec<u8>, EncodeError> {
        let encoded = self.extensions()?;
        let extensions = encoded
            .iter()
            .map(|(oid, critical, value)| {
                let value = OctetStringRef::new(value)?;
                Ok(RawExtension {
                    oid: *oid,
                    critical: *critical,
                    value,
                })
            })
            .collect::<der::Result<Vec<_>>>()?;
        let algorithm = signature_algorithm_der(&self.signature_algorithm)?;
        if !self.serial.is_conforming() {
            let detail = format!("the serial number {} is not positive", self.serial);
            return Err(EncodeError { detail });
        }
        let fields = TbsFields {
            version: explicit(0, 2),
            serial: UintRef::new(self.serial.der_contents())?,
            signature: AnyRef::try_from(algorithm.as_slice())?,
            issuer: AnyRef::try_from(self.issuer.der())?,
            validity: DerValidity::try_from(self.validity)?,
            subject: AnyRef::try_from(self.subject.der())?,
            public_key: AnyRef::try_from(self.public_key.der())?,
            extensions: explicit(3, extensions),
        };
        Ok(fields.to_der()?)
    }

    fn extensions(&self) -> der::Result<Vec<write::Encoded>> {
        let mut extensions = vec![
            write::basic_constraints(self.basic_constraints)?,
            write::key_usage(self.key_usage)?,
        ];
        if !self.extended_key_usage.is_empty() {
            extensions.push(write::extended_key_usage(&self.extended_key_usage)?);
        }
        if !self.subject_alt_names.is_empty() {
            let critical = self.subject.is_empty();
            extensions.push(write::subject_alt_names(&self.subject_alt_names, critical)?);
        }
        extensions.push(write::subject_key_id(&self.subject_key_id)?);
        if let Some(key_id) = &self.authority_key_id {
            extensions.push(write::authority_key_id(key_id)?);
        }
        if let Some(constraints) = &self.name_constraints {
            extensions.push(write::name_constraints(constraints)?);
        }
        if !self.crl_distribution_points.is_empty() {
            extensions.push(distribution_point::write(&self.crl_distribution_points)?);
        }
        if !self.authority_info_access.is_empty() {
            extensions.push(access::write(&self.authority_info_access)?);
        }
        Ok(extensions)
    }
}

/// Joins the signed octets and their signature to a certificate.
///
/// # Errors
///
/// [`EncodeError`] when the algorithm is not one that we write.
pub fn join(
    tbs_der: &[u8],
    algorithm: &SignatureAlgorithm,
    signature: &[u8],
) -> Result<Vec<u8>, EncodeError> {
    let parts = vec![
        RawDer(tbs_der.to_vec()),
        RawDer(signature_algorithm_der(algorithm)?),
        RawDer(BitStringRef::from_bytes(signature)?.to_der()?),
    ];
    Ok(parts.to_der()?)
}

fn signature_algorithm_der(algorithm: &SignatureAlgorithm) -> Result<Vec<u8>, EncodeError> {
    algorithm.to_der().ok_or_else(|| EncodeError {
        detail: format!("{algorithm} is not written by this program"),
    })
}

fn explicit<T>(number: u32, value: T) -> ContextSpecific<T> {
    ContextSpecific {
        tag_number: TagNumber(number),
        tag_mode: TagMode::Explicit,
        value,
    }
}
