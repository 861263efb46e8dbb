//! The parameters of RSASSA-PSS: what is hashed how, and how long the salt is.
//!
//! Invariant: what is used here, one digest throughout and a salt of its length, is told apart from all
//! else, which is kept to be shown.
//!
//! Source: RFC 4055 section 3.1.

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;
use der::Sequence;
use der::asn1::AnyRef;
use spki::AlgorithmIdentifierRef;

use super::{Digest, SignatureAlgorithm};

/// Parameters other than those that everybody uses, with the defaults put in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PssParameters {
    /// The digest of what is signed.
    pub digest: PssDigest,
    /// The digest of the mask generation function; none where that function is not MGF1.
    pub mask_digest: Option<PssDigest>,
    /// Octets of the salt.
    pub salt_octets: u32,
    /// The trailer field; only 1 is defined.
    pub trailer: u32,
}

/// A digest, or its object identifier where it is none that is used here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PssDigest {
    /// One that is used here.
    Known(Digest),
    /// Any other.
    Other(Box<str>),
}

/// Octets of the salt where none are given.
const DEFAULT_SALT_OCTETS: u32 = 20;
/// The trailer that every signature has.
pub(crate) const TRAILER: u32 = 1;

/// RSASSA-PSS-params, as far as present.
#[derive(Sequence)]
struct Written<'a> {
    #[asn1(context_specific = "0", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", optional = "true")]
    mask: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "2", optional = "true")]
    salt_octets: Option<u32>,
    #[asn1(context_specific = "3", optional = "true")]
    trailer: Option<u32>,
}

/// What these parameters make of RSASSA-PSS; none where they cannot be read.
pub(super) fn read(parameters: Option<AnyRef<'_>>) -> Option<SignatureAlgorithm> {
    let parameters = PssParameters::read(&parameters?.decode_as().ok()?)?;
    Some(match parameters.usual() {
        Some(digest) => SignatureAlgorithm::RsaPss(digest),
        None => SignatureAlgorithm::RsaPssOther(Box::new(parameters)),
    })
}

impl PssParameters {
    /// What is absent has its default.
    fn read(written: &Written<'_>) -> Option<Self> {
        let sha1 = || PssDigest::Known(Digest::Sha1);
        let mask_digest = match &written.mask {
            None => Some(sha1()),
            Some(mask) if mask.oid == rfc5912::ID_MGF_1 => {
                let hash: AlgorithmIdentifierRef<'_> = mask.parameters?.decode_as().ok()?;
                Some(PssDigest::of(hash.oid))
            }
            Some(_) => None,
        };
        let digest = written.hash.as_ref();
        Some(Self {
            digest: digest.map_or_else(sha1, |hash| PssDigest::of(hash.oid)),
            mask_digest,
            salt_octets: written.salt_octets.unwrap_or(DEFAULT_SALT_OCTETS),
            trailer: written.trailer.unwrap_or(TRAILER),
        })
    }

    /// The digest, if it is used throughout and the salt has its length.
    fn usual(&self) -> Option<Digest> {
        let PssDigest::Known(digest) = self.digest else {
            return None;
        };
        let usual = self.mask_digest.as_ref() == Some(&self.digest)
            && self.salt_octets == u32::from(digest.output_octets())
            && self.trailer == TRAILER;
        usual.then_some(digest)
    }
}

impl PssDigest {
    fn of(oid: ObjectIdentifier) -> Self {
        let known = Digest::ALL.into_iter().find(|digest| digest.oid() == oid);
        known.map_or_else(|| Self::Other(oid.to_string().into()), Self::Known)
    }
}

impl fmt::Display for PssDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(digest) => digest.fmt(f),
            Self::Other(oid) => f.write_str(oid),
        }
    }
}

impl fmt::Display for PssParameters {
    /// Such as `SHA-256, MGF1 with SHA-1, a salt of 20 octets`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", self.digest)?;
        match &self.mask_digest {
            Some(digest) => write!(f, "MGF1 with {digest}")?,
            None => f.write_str("another mask than MGF1")?,
        }
        write!(f, ", a salt of {} octets", self.salt_octets)?;
        if self.trailer != TRAILER {
            write!(f, ", the trailer {}", self.trailer)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_der;
    use super::*;

    /// What OpenSSL writes for SHA-256, MGF1 with `mask` and a salt of `salt` octets: the last octet of
    /// the identifiers of the digests of the SHA-2 family tells them apart.
    fn identifier(mask: u8, salt: u8) -> Vec<u8> {
        let digest = |last: u8| {
            let oid = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last];
            [&[0x30, 13, 0x06, 9][..], &oid, &[0x05, 0]].concat()
        };
        let mgf1 = [
            0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08,
        ];
        let pss = [
            0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,
        ];
        let mask = [&[0xa1, 28, 0x30, 26][..], &mgf1, &digest(mask)].concat();
        let hash = [&[0xa0, 15][..], &digest(1)].concat();
        let salt = [0xa2, 3, 0x02, 1, salt];
        let parameters = [&hash[..], &mask, &salt].concat();
        let length = u8::try_from(parameters.len()).expect("a short length");
        [&[0x30, length + 13][..], &pss, &[0x30, length], &parameters].concat()
    }

    #[test]
    fn one_digest_and_a_salt_of_its_length_are_usual() {
        let usual = SignatureAlgorithm::RsaPss(Digest::Sha256);
        assert_eq!(read_der(&identifier(1, 32)), usual);
    }

    #[test]
    fn other_parameters_are_shown() {
        let shown = |der: &[u8]| read_der(der).to_string();
        assert_eq!(
            shown(&identifier(2, 20)),
            "RSA-PSS with SHA-256, MGF1 with SHA-384, a salt of 20 octets"
        );
        // The defaults are those of SHA-1.
        let mut none = identifier(1, 32);
        none.truncate(13);
        none.extend([0x30, 0]);
        if let Some(length) = none.get_mut(1) {
            *length = 13;
        }
        assert_eq!(read_der(&none), SignatureAlgorithm::RsaPss(Digest::Sha1));
    }

    #[test]
    fn no_parameters_cannot_be_read() {
        let mut none = identifier(1, 32);
        none.truncate(13);
        if let Some(length) = none.get_mut(1) {
            *length = 11;
        }
        let shown = read_der(&none).to_string();
        assert_eq!(shown, "RSA-PSS with parameters that cannot be read");
    }
}
