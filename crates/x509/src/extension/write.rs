//! Extensions of a certificate, to their DER.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use der::asn1::{BitStringRef, ContextSpecific, OctetStringRef};
use der::{Encode, TagMode, TagNumber};

use super::{BasicConstraints, KeyUsage, NameConstraints, Purpose};
use crate::general_name::{self, GeneralName, RawDer};

/// An extension to be written: object identifier, critical or not, value in DER.
pub(crate) type Encoded = (ObjectIdentifier, bool, Vec<u8>);

pub(crate) fn basic_constraints(value: BasicConstraints) -> der::Result<Encoded> {
    Ok((rfc5280::ID_CE_BASIC_CONSTRAINTS, true, value.to_der()?))
}

pub(crate) fn key_usage(usage: KeyUsage) -> der::Result<Encoded> {
    // DER: bit 0 is the top bit of the first octet, and trailing zero bits are left out.
    let [second, first] = usage.0.reverse_bits().to_le_bytes();
    let octets: &[u8] = if second == 0 {
        &[first]
    } else {
        &[first, second]
    };
    let last = octets.last().copied().unwrap_or_default();
    let unused = u8::try_from(last.trailing_zeros().min(7)).unwrap_or_default();
    let value = BitStringRef::new(unused, octets)?.to_der()?;
    Ok((rfc5280::ID_CE_KEY_USAGE, true, value))
}

pub(crate) fn extended_key_usage(purposes: &[Purpose]) -> der::Result<Encoded> {
    let oids: Vec<ObjectIdentifier> = purposes.iter().map(Purpose::oid).collect();
    Ok((rfc5280::ID_CE_EXT_KEY_USAGE, false, oids.to_der()?))
}

pub(crate) fn subject_alt_names(names: &[GeneralName], critical: bool) -> der::Result<Encoded> {
    let value = general_name::write_general_names(names)?;
    Ok((rfc5280::ID_CE_SUBJECT_ALT_NAME, critical, value))
}

pub(crate) fn subject_key_id(key_id: &[u8]) -> der::Result<Encoded> {
    let value = OctetStringRef::new(key_id)?.to_der()?;
    Ok((rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER, false, value))
}

pub(crate) fn authority_key_id(key_id: &[u8]) -> der::Result<Encoded> {
    let key_id = ContextSpecific {
        tag_number: TagNumber(0),
        tag_mode: TagMode::Implicit,
        value: OctetStringRef::new(key_id)?,
    };
    Ok((
        rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
        false,
        vec![key_id].to_der()?,
    ))
}

/// nameConstraints, critical (RFC 5280 section 4.2.1.10).
pub(crate) fn name_constraints(constraints: &NameConstraints) -> der::Result<Encoded> {
    let subtrees = |number: u32, names: &[GeneralName]| -> der::Result<Option<RawDer>> {
        if names.is_empty() {
            return Ok(None);
        }
        // RFC 5280 section 4.2.1.10: minimum is zero, so left out in DER, and maximum absent.
        let value = names
            .iter()
            .map(|name| Ok(vec![general_name::write_general_name(name)?]))
            .collect::<der::Result<Vec<_>>>()?;
        let field = ContextSpecific {
            tag_number: TagNumber(number),
            tag_mode: TagMode::Implicit,
            value,
        };
        field.to_der().map(RawDer).map(Some)
    };
    let fields = [
        subtrees(0, &constraints.permitted)?,
        subtrees(1, &constraints.excluded)?,
    ];
    let fields: Vec<RawDer> = fields.into_iter().flatten().collect();
    Ok((rfc5280::ID_CE_NAME_CONSTRAINTS, true, fields.to_der()?))
}

#[cfg(test)]
mod tests {
    use super::super::KeyUse;
    use super::super::read::read_key_usage;
    use super::*;

    #[test]
    fn key_usage_is_written_and_read() {
        use KeyUse as U;
        let cases: [&[KeyUse]; 4] = [
            &[U::DigitalSignature],
            &[U::DigitalSignature, U::KeyEncipherment],
            &[U::KeyCertSign, U::CrlSign],
            &[U::KeyAgreement, U::DecipherOnly],
        ];
        for uses in cases {
            let usage: KeyUsage = uses.iter().copied().collect();
            let (_, _, der) = key_usage(usage).expect("DER");
            assert_eq!(read_key_usage(&der), Ok(usage));
        }
        let (_, _, der) =
            key_usage([U::KeyCertSign, U::CrlSign].into_iter().collect()).expect("DER");
        assert_eq!(der, [0x03, 0x02, 0x01, 0x06], "as OpenSSL writes it");
    }
}
