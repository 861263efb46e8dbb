//! Certificates of which an extension cannot be used, octet by octet: no builder makes them.

use const_oid::ObjectIdentifier;
use der::asn1::AnyRef;
use der::{Decode as _, Encode as _, Reader as _, SliceReader};

use super::wrap;
use crate::certificate::Certificate;

/// The DER of a certificate of which one extension is malformed: its value is a NULL.
pub(crate) fn malformed(certificate: &Certificate, oid: ObjectIdentifier) -> Vec<u8> {
    with_extension(certificate, oid, |extension| {
        let mut parts = elements(&extension);
        parts.pop();
        parts.push(wrap(0x04, &[5, 0]));
        vec![wrap(0x30, &parts.concat())]
    })
}

/// The DER of a certificate in which one extension stands twice.
pub(crate) fn twice(certificate: &Certificate, oid: ObjectIdentifier) -> Vec<u8> {
    with_extension(certificate, oid, |extension| {
        vec![extension.clone(), extension]
    })
}

/// The DER of a certificate with other extensions in the place of one.
fn with_extension(
    certificate: &Certificate,
    oid: ObjectIdentifier,
    change: impl Fn(Vec<u8>) -> Vec<Vec<u8>>,
) -> Vec<u8> {
    let mut outer = elements(certificate.der());
    let mut signed = elements(&outer[0]);
    let list = signed.pop().expect("extensions");
    let extensions = elements(&elements(&list)[0]).into_iter();
    let oid = oid.to_der().expect("DER");
    let mut found = false;
    let extensions = extensions.flat_map(|extension| {
        if elements(&extension)[0] == oid {
            found = true;
            change(extension)
        } else {
            vec![extension]
        }
    });
    let extensions: Vec<Vec<u8>> = extensions.collect();
    assert!(found, "the extension is there");
    signed.push(wrap(0xa3, &wrap(0x30, &extensions.concat())));
    outer[0] = wrap(0x30, &signed.concat());
    wrap(0x30, &outer.concat())
}

/// The elements inside of one.
fn elements(der: &[u8]) -> Vec<Vec<u8>> {
    let outer = AnyRef::from_der(der).expect("an element");
    let mut reader = SliceReader::new(outer.value()).expect("short");
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.tlv_bytes().expect("an element").to_vec());
    }
    elements
}
