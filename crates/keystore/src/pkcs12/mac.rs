//! The MAC of PKCS#12: that the file is whole, and that the password is right.
//!
//! Source: RFC 7292 appendix A.3 and B; RFC 9579 for PBMAC1, which is read. Invariant: a MAC is compared in constant time.

use aws_lc_rs::{digest, hmac};
use der::Sequence;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use spki::AlgorithmIdentifierRef;

use super::ReadPkcs12Error;
use super::asn1::{DigestInfo, MacData};
use crate::limits::KdfBudget;
use crate::pbe::pkcs12_kdf::{self, Use};
use crate::pbe::{self, Spelling};

/// Source: RFC 3370 section 2.1.
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
/// Source of this and the following: RFC 5754 section 2.
const SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// Source: RFC 8018 appendix A.5.
const PBMAC1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");

/// The digests with which a MAC is written.
#[derive(Clone, Copy)]
pub(super) enum MacDigest {
    Sha1,
    Sha256,
}

/// A MAC that was computed, with what a reader needs to compute it again.
pub(super) struct Mac {
    digest: MacDigest,
    salt: [u8; 8],
    iterations: u32,
    tag: hmac::Tag,
}

impl Mac {
    pub(super) fn compute(
        contents: &[u8],
        password: &Spelling,
        digest: MacDigest,
        salt: [u8; 8],
        iterations: u32,
    ) -> Self {
        let (algorithm, hash): (_, &'static digest::Algorithm) = match digest {
            MacDigest::Sha1 => (
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                &digest::SHA1_FOR_LEGACY_USE_ONLY,
            ),
            MacDigest::Sha256 => (hmac::HMAC_SHA256, &digest::SHA256),
        };
        let key = derive_key(algorithm, hash, password, &salt, iterations);
        Self {
            digest,
            salt,
            iterations,
            tag: hmac::sign(&key, contents),
        }
    }

    pub(super) fn data(&self) -> der::Result<MacData<'_>> {
        let oid = match self.digest {
            MacDigest::Sha1 => SHA1,
            MacDigest::Sha256 => SHA256,
        };
        let algorithm = AlgorithmIdentifierRef {
            oid,
            parameters: Some(AnyRef::NULL),
        };
        Ok(MacData {
            mac: DigestInfo {
                algorithm,
                digest: OctetStringRef::new(self.tag.as_ref())?,
            },
            salt: OctetStringRef::new(&self.salt)?,
            iterations: self.iterations,
        })
    }
}

/// Whether it is by SHA-1, as old programs write it.
pub(super) fn is_sha1(mac: &MacData<'_>) -> bool {
    mac.mac.algorithm.oid == SHA1
}

/// `PBMAC1-params` of RFC 8018 appendix A.5.
#[derive(Sequence)]
struct Pbmac1<'a> {
    derivation: AlgorithmIdentifierRef<'a>,
    scheme: AlgorithmIdentifierRef<'a>,
}

/// Whether the MAC of a file is that of this password.
pub(super) fn verify(
    mac: &MacData<'_>,
    contents: &[u8],
    password: &Spelling,
    budget: &mut KdfBudget,
) -> Result<(), ReadPkcs12Error> {
    let key = if mac.mac.algorithm.oid == PBMAC1 {
        let parameters = mac.mac.algorithm.parameters.unwrap_or(AnyRef::NULL);
        let Pbmac1 { derivation, scheme } = parameters.decode_as()?;
        // RFC 9579 section 4: the salt and iterations beside the digest have no meaning then.
        let algorithm = hmac_scheme(scheme.oid)?;
        hmac::Key::new(algorithm, &pbe::mac_key(&derivation, password, budget)?)
    } else {
        let (algorithm, hash) = by_digest(mac.mac.algorithm.oid)?;
        budget.spend(u64::from(mac.iterations))?;
        let salt = mac.salt.as_bytes();
        derive_key(algorithm, hash, password, salt, mac.iterations)
    };
    hmac::verify(&key, contents, mac.mac.digest.as_bytes())
        .map_err(|_| ReadPkcs12Error::WrongPassword)
}

fn by_digest(
    oid: ObjectIdentifier,
) -> Result<(hmac::Algorithm, &'static digest::Algorithm), ReadPkcs12Error> {
    Ok(match oid {
        SHA1 => (
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
        ),
        SHA224 => (hmac::HMAC_SHA224, &digest::SHA224),
        SHA256 => (hmac::HMAC_SHA256, &digest::SHA256),
        SHA384 => (hmac::HMAC_SHA384, &digest::SHA384),
        SHA512 => (hmac::HMAC_SHA512, &digest::SHA512),
        oid => return Err(unsupported(oid)),
    })
}

/// Source: RFC 8018 appendix B.1.
fn hmac_scheme(oid: ObjectIdentifier) -> Result<hmac::Algorithm, ReadPkcs12Error> {
    Ok(match oid.to_string().as_str() {
        "1.2.840.113549.2.7" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "1.2.840.113549.2.8" => hmac::HMAC_SHA224,
        "1.2.840.113549.2.9" => hmac::HMAC_SHA256,
        "1.2.840.113549.2.10" => hmac::HMAC_SHA384,
        "1.2.840.113549.2.11" => hmac::HMAC_SHA512,
        _other => return Err(unsupported(oid)),
    })
}

fn unsupported(oid: ObjectIdentifier) -> ReadPkcs12Error {
    ReadPkcs12Error::Unsupported {
        what: "a MAC by",
        oid: oid.to_string(),
    }
}

fn derive_key(
    algorithm: hmac::Algorithm,
    hash: &'static digest::Algorithm,
    password: &Spelling,
    salt: &[u8],
    iterations: u32,
) -> hmac::Key {
    let secret = pkcs12_kdf::derive(
        hash,
        Use::Mac,
        &password.utf16,
        salt,
        iterations,
        hash.output_len(),
    );
    hmac::Key::new(algorithm, &secret)
}
