//! What a DER or BER file is, told by its first elements.
//!
//! Looks, and decides nothing about validity: a shape says which parser to ask. Invariant: never
//! reads past the input and never fails.

use crate::ber::Header;

/// The kinds of DER file that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `PrivateKeyInfo`, RFC 5208 section 5.
    Pkcs8,
    /// `EncryptedPrivateKeyInfo`, RFC 5208 section 6.
    EncryptedPkcs8,
    /// `RSAPrivateKey`, RFC 8017 appendix A.1.2.
    Pkcs1,
    /// `ECPrivateKey`, RFC 5915 section 3.
    Sec1,
    /// `PFX`, RFC 7292 section 4.
    Pkcs12,
    /// `Certificate`, RFC 5280 section 4.1.
    Certificate,
    /// `CertificateList`, RFC 5280 section 5.1.
    Crl,
    /// `CertificationRequest`, RFC 2986 section 4.
    Request,
    /// `ContentInfo` of PKCS#7, RFC 2315 section 7.
    Pkcs7,
    /// `SubjectPublicKeyInfo`, RFC 5280 section 4.1.2.7.
    PublicKey,
    /// Another element.
    Other,
}

impl Shape {
    /// What to call it in a message.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Pkcs8 => "a PKCS#8 private key",
            Self::EncryptedPkcs8 => "an encrypted PKCS#8 private key",
            Self::Pkcs1 => "a PKCS#1 private key",
            Self::Sec1 => "a SEC 1 private key",
            Self::Pkcs12 => "a PKCS#12 file",
            Self::Certificate => "a certificate",
            Self::Crl => "a certificate revocation list",
            Self::Request => "a certification request",
            Self::Pkcs7 => "PKCS#7",
            Self::PublicKey => "a public key",
            Self::Other => "DER of another kind",
        }
    }
}

/// Whether the bytes are DER or BER, perhaps cut off, and not text that happens to start with `0`.
pub(crate) fn is_der(bytes: &[u8]) -> bool {
    match bytes {
        // In the long form of a length the top bit is set, which no ASCII text has.
        [0x30, 0x80..=0xff, ..] => true,
        [0x30, length, rest @ ..] => usize::from(*length) == rest.len(),
        _ => false,
    }
}

/// The shape of one DER file.
pub(crate) fn of(bytes: &[u8]) -> Shape {
    look(bytes).unwrap_or(Shape::Other)
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;

/// Contents of the object identifiers below 1.2.840.113549.1.7, the types of PKCS#7.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];

/// Reads headers only, so that a file that was cut off still has its shape.
fn look(bytes: &[u8]) -> Option<Shape> {
    let inside = enter(bytes, SEQUENCE)?;
    match peek(inside)? {
        SEQUENCE => signed_or_encrypted(inside),
        OBJECT_IDENTIFIER => {
            let (_, oid) = Header::read(inside).ok()?;
            Some(if oid.starts_with(PKCS7) {
                Shape::Pkcs7
            } else {
                Shape::Other
            })
        }
        _other => {
            let (version, rest) = small_integer(inside)?;
            Some(match (version, peek(rest)?) {
                (0 | 1, SEQUENCE) => Shape::Pkcs8,
                (0 | 1, INTEGER) => Shape::Pkcs1,
                (1, OCTET_STRING) => Shape::Sec1,
                (3, SEQUENCE) => Shape::Pkcs12,
                _other => Shape::Other,
            })
        }
    }
}

/// What starts with two sequences: signed data, an encrypted key, a public key.
fn signed_or_encrypted(inside: &[u8]) -> Option<Shape> {
    let first = enter(inside, SEQUENCE)?;
    Some(match peek(first)? {
        OBJECT_IDENTIFIER => match skip(inside).and_then(peek) {
            Some(BIT_STRING) => Shape::PublicKey,
            Some(_) | None => Shape::EncryptedPkcs8,
        },
        // The explicit version that certificates of version 2 and 3 have.
        CONTEXT_0 => Shape::Certificate,
        INTEGER => with_number(skip(first)?)?,
        // A list of version 1 has no version in it: algorithm, issuer, date.
        SEQUENCE if is_list(first) => Shape::Crl,
        _other => Shape::Other,
    })
}

/// What follows a number is what tells a certificate without a version from a list and a request.
fn with_number(rest: &[u8]) -> Option<Shape> {
    let algorithm_or_name = enter(rest, SEQUENCE)?;
    Some(match peek(algorithm_or_name) {
        Some(OBJECT_IDENTIFIER) if is_list(rest) => Shape::Crl,
        Some(OBJECT_IDENTIFIER) => Shape::Certificate,
        // A name begins with a SET, or is empty.
        Some(_) | None => Shape::Request,
    })
}

/// Whether algorithm and issuer are followed by a date.
fn is_list(fields: &[u8]) -> bool {
    let third = skip(fields).and_then(skip).and_then(peek);
    matches!(third, Some(UTC_TIME | GENERALIZED_TIME))
}

/// The tag of the next element.
fn peek(input: &[u8]) -> Option<u8> {
    input.first().copied()
}

/// What is in the next element, and all behind it.
fn enter(input: &[u8], tag: u8) -> Option<&[u8]> {
    let (header, rest) = Header::read(input).ok()?;
    (header.tag() == tag).then_some(rest)
}

/// What is behind the next element.
fn skip(input: &[u8]) -> Option<&[u8]> {
    let (header, rest) = Header::read(input).ok()?;
    rest.get(header.length()?..)
}

/// A number of one octet, and what is behind it.
fn small_integer(input: &[u8]) -> Option<(u8, &[u8])> {
    match input {
        [INTEGER, 1, number, rest @ ..] => Some((*number, rest)),
        _other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: Shape) {
        assert_eq!(of(bytes), want);
    }

    #[test]
    fn shapes() {
        check(&[0x30, 0x06, 2, 1, 0, 0x30, 1, 0], Shape::Pkcs8);
        check(&[0x30, 0x06, 2, 1, 0, 2, 1, 0], Shape::Pkcs1);
        check(&[0x30, 0x06, 2, 1, 1, 4, 1, 0], Shape::Sec1);
        check(&[0x30, 0x06, 2, 1, 3, 0x30, 1, 0], Shape::Pkcs12);
        check(&[0x30, 0x80, 2, 1, 3, 0x30, 0x80], Shape::Pkcs12);
        check(&[0x30, 0x06, 0x30, 4, 6, 2, 42, 3], Shape::EncryptedPkcs8);
        check(&[0x30, 9, 0x30, 4, 6, 2, 42, 3, 3, 1, 0], Shape::PublicKey);
        check(
            &[0x30, 0x82, 1, 0, 0x30, 0x81, 0x80, 0xa0],
            Shape::Certificate,
        );
        check(&[0x30, 0x00], Shape::Other);
        check(&[], Shape::Other);
        let pkcs7 = [&[0x30, 0x80, 6, 9], PKCS7, &[2, 0xa0]].concat();
        check(&pkcs7, Shape::Pkcs7);
    }

    #[test]
    fn what_is_signed() {
        let of_parts = |parts: &[&[u8]]| {
            let inner = parts.concat();
            let length = u8::try_from(inner.len()).unwrap();
            [&[0x30, length + 2, 0x30, length], inner.as_slice()].concat()
        };
        let (number, algorithm): (&[u8], &[u8]) = (&[2, 1, 1], &[0x30, 4, 6, 2, 42, 3]);
        let (name, date): (&[u8], &[u8]) = (&[0x30, 2, 0x31, 0], &[0x17, 1, 0]);
        check(
            &of_parts(&[number, algorithm, name, &[0x30, 0]]),
            Shape::Certificate,
        );
        check(&of_parts(&[number, algorithm, name, date]), Shape::Crl);
        check(&of_parts(&[algorithm, name, date]), Shape::Crl);
        check(&of_parts(&[algorithm, name, &[0x30, 0]]), Shape::Other);
        check(&of_parts(&[number, name, &[0x30, 0]]), Shape::Request);
        check(&of_parts(&[number, &[0x30, 0], &[0x30, 0]]), Shape::Request);
    }

    #[test]
    fn text_is_not_der() {
        assert!(!is_der(b"0 certificates here"));
        assert!(is_der(&[0x30, 0x82, 1]));
        assert!(is_der(&[0x30, 1, 5]));
        assert!(!is_der(b"0"));
    }
}
