//! The structures of PKCS#12, as they are encoded.
//!
//! Source: RFC 7292 section 4 and RFC 5652 sections 3, 6.1 and 8. Borrowed throughout: a private
//! key that a file holds in the clear is copied nowhere by decoding.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, SetOfVec};
use der::{Decode, Reader, Sequence, SliceReader, Tag, Tagged, ValueOrd};
use spki::AlgorithmIdentifierRef;

/// Version of `PFX`.
pub(super) const PFX_VERSION: u8 = 3;
/// Version of `EncryptedData`.
pub(super) const ENCRYPTED_DATA_VERSION: u8 = 0;

pub(super) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(super) const ENCRYPTED_DATA: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");

pub(super) const KEY_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
pub(super) const SHROUDED_KEY_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
pub(super) const CERT_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
pub(super) const CRL_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.4");
pub(super) const SECRET_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.5");
pub(super) const SAFE_CONTENTS_BAG: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.6");

pub(super) const X509_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
pub(super) const X509_CRL: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.23.1");

/// Source: RFC 2985 section 5.5.1.
pub(super) const FRIENDLY_NAME: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
/// Source: RFC 2985 section 5.5.2.
pub(super) const LOCAL_KEY_ID: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
/// Oracle's mark of a certificate that Java trusts; its value is a set of extended key usages.
pub(super) const TRUSTED_KEY_USAGE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.16.840.1.113894.746875.1.1");
/// Source: RFC 5280 section 4.2.1.12.
pub(super) const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.5.29.37.0");

#[derive(Sequence)]
pub(super) struct Pfx<'a> {
    pub(super) version: u8,
    pub(super) auth_safe: ContentInfo<'a>,
    #[asn1(optional = "true")]
    pub(super) mac_data: Option<MacData<'a>>,
}

#[derive(Sequence)]
pub(super) struct ContentInfo<'a> {
    pub(super) content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: AnyRef<'a>,
}

#[derive(Sequence)]
pub(super) struct MacData<'a> {
    pub(super) mac: DigestInfo<'a>,
    pub(super) salt: &'a OctetStringRef,
    #[asn1(default = "one")]
    pub(super) iterations: u32,
}

fn one() -> u32 {
    1
}

#[derive(Sequence)]
pub(super) struct DigestInfo<'a> {
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) digest: &'a OctetStringRef,
}

#[derive(Sequence)]
pub(super) struct EncryptedData<'a> {
    pub(super) version: u8,
    pub(super) content: EncryptedContentInfo<'a>,
}

#[derive(Sequence)]
pub(super) struct EncryptedContentInfo<'a> {
    pub(super) content_type: ObjectIdentifier,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    pub(super) ciphertext: &'a OctetStringRef,
}

#[derive(Sequence)]
pub(super) struct SafeBag<'a> {
    pub(super) bag_id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) value: AnyRef<'a>,
    #[asn1(optional = "true")]
    pub(super) attributes: Option<SetOfVec<Attribute<'a>>>,
}

#[derive(Sequence)]
pub(super) struct CertBag<'a> {
    pub(super) cert_id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) value: AnyRef<'a>,
}

#[derive(Clone, Sequence, ValueOrd)]
pub(super) struct Attribute<'a> {
    pub(super) id: ObjectIdentifier,
    pub(super) values: SetOfVec<AnyRef<'a>>,
}

/// A bag as it is read: other programs do not always sort the set of attributes.
#[derive(Sequence)]
pub(super) struct ReadBag<'a> {
    pub(super) bag_id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) value: AnyRef<'a>,
    #[asn1(optional = "true")]
    attributes: Option<AnyRef<'a>>,
}

/// What the attributes of a bag say of what is in it.
#[derive(Debug, Default)]
pub(super) struct ReadAttributes {
    pub(super) friendly_name: Option<String>,
    pub(super) local_key_id: Option<Vec<u8>>,
    pub(super) trusted: bool,
}

impl ReadBag<'_> {
    pub(super) fn attributes(&self) -> der::Result<ReadAttributes> {
        let mut read = ReadAttributes::default();
        let Some(set) = &self.attributes else {
            return Ok(read);
        };
        set.tag().assert_eq(Tag::Set)?;
        let mut reader = SliceReader::new(set.value())?;
        while !reader.is_finished() {
            let attribute = AnyRef::decode(&mut reader)?;
            attribute.tag().assert_eq(Tag::Sequence)?;
            let mut fields = SliceReader::new(attribute.value())?;
            let id = ObjectIdentifier::decode(&mut fields)?;
            let values = AnyRef::decode(&mut fields)?;
            let mut values = SliceReader::new(values.value())?;
            if values.is_finished() {
                continue;
            }
            let first = AnyRef::decode(&mut values)?;
            match id {
                FRIENDLY_NAME => read.friendly_name = bmp_string(&first),
                LOCAL_KEY_ID => read.local_key_id = Some(first.value().to_vec()),
                TRUSTED_KEY_USAGE => read.trusted = true,
                _other => {}
            }
        }
        Ok(read)
    }
}

/// The text of a BMPString, whose halves of characters become U+FFFD; nothing if it has none.
fn bmp_string(value: &AnyRef<'_>) -> Option<String> {
    let units: Vec<u16> = value
        .value()
        .chunks_exact(2)
        .map(|pair| {
            pair.iter()
                .fold(0, |unit, octet| (unit << 8) | u16::from(*octet))
        })
        .collect();
    let text = String::from_utf16_lossy(&units);
    let text = text.trim_end_matches('\0');
    (value.tag() == Tag::BmpString && !text.is_empty()).then(|| text.to_owned())
}
