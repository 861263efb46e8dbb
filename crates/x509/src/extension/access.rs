//! Where more about the issuer or the subject of a certificate is to be found.
//!
//! Source: RFC 5280 section 4.2.2.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use der::asn1::AnyRef;
use der::{Decode, Encode, Reader, SliceReader, Tag};

use super::write::Encoded;
use crate::general_name::{GeneralName, RawDer, read_general_name, write_general_name};

/// One place, and what is found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDescription {
    /// What is found there.
    pub method: AccessMethod,
    /// The place, usually a URI.
    pub location: GeneralName,
}

/// What is found at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessMethod {
    /// A server that answers whether the certificate is revoked.
    Ocsp,
    /// The certificate of the issuer.
    CaIssuers,
    /// Anything else: its object identifier.
    Other(ObjectIdentifier),
}

/// Descriptions in one certificate that are read: far more than any in use.
const MAX_DESCRIPTIONS: usize = 64;

impl AccessMethod {
    fn from_oid(oid: ObjectIdentifier) -> Self {
        match oid {
            rfc5280::ID_AD_OCSP => Self::Ocsp,
            rfc5280::ID_AD_CA_ISSUERS => Self::CaIssuers,
            other => Self::Other(other),
        }
    }

    fn oid(&self) -> ObjectIdentifier {
        match self {
            Self::Ocsp => rfc5280::ID_AD_OCSP,
            Self::CaIssuers => rfc5280::ID_AD_CA_ISSUERS,
            Self::Other(oid) => *oid,
        }
    }
}

impl fmt::Display for AccessMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ocsp => f.write_str("OCSP"),
            Self::CaIssuers => f.write_str("caIssuers"),
            Self::Other(oid) => write!(f, "{oid}"),
        }
    }
}

impl fmt::Display for AccessDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.location)
    }
}

pub(super) fn read(value: &[u8]) -> der::Result<Vec<AccessDescription>> {
    let mut descriptions = Vec::new();
    let mut reader = SliceReader::new(value)?;
    reader.sequence(|sequence| {
        while !sequence.is_finished() {
            if descriptions.len() == MAX_DESCRIPTIONS {
                return Err(Tag::Sequence.length_error().into());
            }
            let (method, location) = sequence.sequence(|fields| {
                let method = ObjectIdentifier::decode(fields)?;
                let location = read_general_name(AnyRef::decode(fields)?)?;
                Ok::<_, der::Error>((AccessMethod::from_oid(method), location))
            })?;
            descriptions.push(AccessDescription { method, location });
        }
        Ok::<_, der::Error>(())
    })?;
    reader.finish()?;
    // RFC 5280 section 4.2.2.1: SIZE (1..MAX).
    if descriptions.is_empty() {
        return Err(Tag::Sequence.length_error().into());
    }
    Ok(descriptions)
}

/// Writes authorityInfoAccess, which must not be critical (RFC 5280 section 4.2.2.1).
pub(crate) fn write(descriptions: &[AccessDescription]) -> der::Result<Encoded> {
    let descriptions = descriptions
        .iter()
        .map(|one| {
            Ok(vec![
                RawDer(one.method.oid().to_der()?),
                write_general_name(&one.location)?,
            ])
        })
        .collect::<der::Result<Vec<_>>>()?;
    let value = descriptions.to_der()?;
    Ok((rfc5280::ID_PE_AUTHORITY_INFO_ACCESS, false, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let descriptions = [
            (AccessMethod::Ocsp, "http://ocsp.example/"),
            (AccessMethod::CaIssuers, "http://ca.example/ca.der"),
        ]
        .map(|(method, uri)| AccessDescription {
            method,
            location: GeneralName::Uri(uri.to_owned()),
        });
        let (_, critical, der) = write(&descriptions).expect("DER");
        assert!(!critical);
        assert_eq!(read(&der).as_deref(), Ok(&descriptions[..]));
        assert!(read(&[0x30, 0]).is_err(), "no description at all");
    }
}
