//! What a DER file is, told by its first elements.
//!
//! Looks, and decides nothing about validity: a shape says which parser to ask. Invariant: never
//! reads past the input and never fails.

use der::{Decode, Header, SliceReader, Tag};

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
            Self::Other => "DER of another kind",
        }
    }
}

/// Whether the bytes are DER, perhaps cut off, and not text that happens to start with `0`.
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

/// Reads headers only, so that a file that was cut off still has its shape.
fn look(bytes: &[u8]) -> der::Result<Shape> {
    let mut reader = SliceReader::new(bytes)?;
    Header::decode(&mut reader)?
        .tag()
        .assert_eq(Tag::Sequence)?;
    if Tag::peek(&reader)? == Tag::Sequence {
        Header::decode(&mut reader)?;
        let tag = Tag::peek(&reader)?;
        return Ok(if tag == Tag::ObjectIdentifier {
            Shape::EncryptedPkcs8
        } else if tag == Tag::Integer || tag.is_context_specific() {
            Shape::Certificate
        } else {
            Shape::Other
        });
    }
    let version = u8::decode(&mut reader)?;
    Ok(match (version, Tag::peek(&reader)?) {
        (0 | 1, Tag::Sequence) => Shape::Pkcs8,
        (0 | 1, Tag::Integer) => Shape::Pkcs1,
        (1, Tag::OctetString) => Shape::Sec1,
        (3, Tag::Sequence) => Shape::Pkcs12,
        _other => Shape::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        assert_eq!(of(&[0x30, 0x06, 2, 1, 0, 0x30, 1, 0]), Shape::Pkcs8);
        assert_eq!(of(&[0x30, 0x06, 2, 1, 0, 2, 1, 0]), Shape::Pkcs1);
        assert_eq!(of(&[0x30, 0x06, 2, 1, 1, 4, 1, 0]), Shape::Sec1);
        assert_eq!(of(&[0x30, 0x06, 2, 1, 3, 0x30, 1, 0]), Shape::Pkcs12);
        assert_eq!(
            of(&[0x30, 0x06, 0x30, 4, 6, 2, 42, 3]),
            Shape::EncryptedPkcs8
        );
        assert_eq!(
            of(&[0x30, 0x82, 1, 0, 0x30, 0x81, 0x80, 0xa0]),
            Shape::Certificate
        );
        assert_eq!(of(&[0x30, 0x00]), Shape::Other);
        assert_eq!(of(&[]), Shape::Other);
    }

    #[test]
    fn text_is_not_der() {
        assert!(!is_der(b"0 certificates here"));
        assert!(is_der(&[0x30, 0x82, 1]));
        assert!(is_der(&[0x30, 1, 5]));
        assert!(!is_der(b"0"));
    }
}
