//! Which of the library's verifications fits algorithm and key, and calling it.
//!
//! No policy: weak ones are verified like any other. Invariant: an algorithm and a key of different kinds are never
//! tried together.

use aws_lc_rs::digest as hash;
use aws_lc_rs::signature::{self as aws, UnparsedPublicKey, VerificationAlgorithm};
use trustpack_rsa_legacy::{LegacyDigest, PssDigest};
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};

use super::SignatureError;
use crate::limits::MIN_RSA_BITS;

/// How a signature is verified.
enum Method {
    /// As the library does it.
    Plain(&'static dyn VerificationAlgorithm),
    /// RSA over a digest that `aws-lc-rs` does not offer.
    RsaLegacy(LegacyDigest),
    /// PKCS #1 v1.5 over SHA-384 with a key that is smaller than `aws-lc-rs` verifies with: it does over SHA-256 and SHA-512.
    RsaSmallSha384,
    /// PSS with a key that is smaller than `aws-lc-rs` verifies with.
    RsaPssSmall(PssDigest, &'static hash::Algorithm),
    /// ECDSA over a short hash, as a number of the length that the library takes.
    EcdsaShort {
        hash: &'static hash::Algorithm,
        /// The hash of the length that is taken.
        taken: &'static hash::Algorithm,
        algorithm: &'static dyn VerificationAlgorithm,
    },
}

/// Verifies.
pub(super) fn verify(
    public_key: &PublicKey,
    algorithm: &SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let method = method(algorithm, public_key.algorithm())?;
    let key = public_key.key_bits();
    let verified = match method {
        Method::Plain(known) => UnparsedPublicKey::new(known, key)
            .verify(message, signature)
            .is_ok(),
        Method::RsaLegacy(digest) => {
            trustpack_rsa_legacy::verify(key, digest, message, signature).is_ok()
        }
        Method::RsaSmallSha384 => {
            let hash = hash::digest(&hash::SHA384, message);
            trustpack_rsa_legacy::verify_sha384(key, hash.as_ref(), signature).is_ok()
        }
        Method::RsaPssSmall(digest, algorithm) => {
            let hash = hash::digest(algorithm, message);
            trustpack_rsa_legacy::verify_pss(key, digest, hash.as_ref(), signature).is_ok()
        }
        Method::EcdsaShort {
            hash,
            taken,
            algorithm,
        } => lengthened(&hash::digest(hash, message), taken).is_some_and(|digest| {
            UnparsedPublicKey::new(algorithm, key)
                .verify_digest(&digest, signature)
                .is_ok()
        }),
    };
    if verified {
        Ok(())
    } else {
        Err(SignatureError::Wrong)
    }
}

/// Verifies a signature over a message of which the hash is known.
pub(super) fn verify_hashed(
    public_key: &PublicKey,
    algorithm: &SignatureAlgorithm,
    hash: &hash::Digest,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let key = public_key.key_bits();
    let verified = match method(algorithm, public_key.algorithm())? {
        Method::Plain(known) => UnparsedPublicKey::new(known, key)
            .verify_digest(hash, signature)
            .is_ok(),
        Method::RsaSmallSha384 => {
            trustpack_rsa_legacy::verify_sha384(key, hash.as_ref(), signature).is_ok()
        }
        Method::RsaPssSmall(digest, _) => {
            trustpack_rsa_legacy::verify_pss(key, digest, hash.as_ref(), signature).is_ok()
        }
        // Of their algorithms `hash_algorithm` does not know the hash.
        Method::RsaLegacy(_) | Method::EcdsaShort { .. } => false,
    };
    if verified {
        Ok(())
    } else {
        Err(SignatureError::Wrong)
    }
}

/// The hash that a signature is made over, where the library takes it instead of the message.
pub(super) fn hash_algorithm(algorithm: &SignatureAlgorithm) -> Option<&'static hash::Algorithm> {
    match algorithm.digest()? {
        Digest::Sha256 => Some(&hash::SHA256),
        Digest::Sha384 => Some(&hash::SHA384),
        Digest::Sha512 => Some(&hash::SHA512),
        Digest::Sha1 | Digest::Sha224 => None,
    }
}

/// The same number with zeros in front.
///
/// Source: FIPS 186-5 section 6.4.2: a hash that is shorter than the order of the curve is read as a number as it is.
fn lengthened(short: &hash::Digest, taken: &'static hash::Algorithm) -> Option<hash::Digest> {
    let zeros = taken.output_len().checked_sub(short.as_ref().len())?;
    let mut number = vec![0; zeros];
    number.extend(short.as_ref());
    hash::Digest::import_less_safe(&number, taken).ok()
}

/// The method that fits algorithm and key, if they fit each other and the library has it.
fn method(
    algorithm: &SignatureAlgorithm,
    key: &PublicKeyAlgorithm,
) -> Result<Method, SignatureError> {
    use PublicKeyAlgorithm as Key;
    use SignatureAlgorithm as Signature;

    let unknown = || SignatureError::UnknownAlgorithm {
        algorithm: algorithm.clone(),
    };
    match (algorithm, key) {
        (Signature::RsaPkcs1(digest), Key::Rsa { bits }) => Ok(rsa_pkcs1(*digest, *bits)),
        (Signature::RsaPss(digest), Key::Rsa { bits }) => {
            rsa_pss(*digest, *bits).ok_or_else(unknown)
        }
        (Signature::Ecdsa(digest), Key::EcP256) => Ok(ecdsa_p256(*digest)),
        (Signature::Ecdsa(digest), Key::EcP384) => Ok(ecdsa_p384(*digest)),
        (Signature::Ecdsa(digest), Key::EcP521) => Ok(ecdsa_p521(*digest)),
        (Signature::Ed25519, Key::Ed25519) => Ok(Method::Plain(&aws::ED25519)),
        (
            Signature::RsaPkcs1(_)
            | Signature::RsaPss(_)
            | Signature::RsaPssOther(_)
            | Signature::Ecdsa(_)
            | Signature::Ed25519
            | Signature::Other(_),
            _,
        ) => Err(SignatureError::OtherKind {
            algorithm: algorithm.clone(),
            key: key.clone(),
        }),
    }
}

fn rsa_pkcs1(digest: Digest, bits: u32) -> Method {
    let small = bits < MIN_RSA_BITS;
    match digest {
        Digest::Sha1 => Method::RsaLegacy(LegacyDigest::Sha1),
        Digest::Sha224 => Method::RsaLegacy(LegacyDigest::Sha224),
        Digest::Sha256 if small => {
            Method::Plain(&aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY)
        }
        Digest::Sha384 if small => Method::RsaSmallSha384,
        Digest::Sha512 if small => {
            Method::Plain(&aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY)
        }
        Digest::Sha256 => Method::Plain(&aws::RSA_PKCS1_2048_8192_SHA256),
        Digest::Sha384 => Method::Plain(&aws::RSA_PKCS1_2048_8192_SHA384),
        Digest::Sha512 => Method::Plain(&aws::RSA_PKCS1_2048_8192_SHA512),
    }
}

fn rsa_pss(digest: Digest, bits: u32) -> Option<Method> {
    let small = bits < MIN_RSA_BITS;
    match digest {
        Digest::Sha1 | Digest::Sha224 => None,
        Digest::Sha256 if small => Some(Method::RsaPssSmall(PssDigest::Sha256, &hash::SHA256)),
        Digest::Sha384 if small => Some(Method::RsaPssSmall(PssDigest::Sha384, &hash::SHA384)),
        Digest::Sha512 if small => Some(Method::RsaPssSmall(PssDigest::Sha512, &hash::SHA512)),
        Digest::Sha256 => Some(Method::Plain(&aws::RSA_PSS_2048_8192_SHA256)),
        Digest::Sha384 => Some(Method::Plain(&aws::RSA_PSS_2048_8192_SHA384)),
        Digest::Sha512 => Some(Method::Plain(&aws::RSA_PSS_2048_8192_SHA512)),
    }
}

fn ecdsa_p256(digest: Digest) -> Method {
    Method::Plain(match digest {
        Digest::Sha1 => &aws::ECDSA_P256_SHA1_ASN1,
        Digest::Sha224 => {
            return Method::EcdsaShort {
                hash: &hash::SHA224,
                taken: &hash::SHA256,
                algorithm: &aws::ECDSA_P256_SHA256_ASN1,
            };
        }
        Digest::Sha256 => &aws::ECDSA_P256_SHA256_ASN1,
        Digest::Sha384 => &aws::ECDSA_P256_SHA384_ASN1,
        Digest::Sha512 => &aws::ECDSA_P256_SHA512_ASN1,
    })
}

fn ecdsa_p384(digest: Digest) -> Method {
    let short = |hash| Method::EcdsaShort {
        hash,
        taken: &hash::SHA384,
        algorithm: &aws::ECDSA_P384_SHA384_ASN1,
    };
    match digest {
        Digest::Sha1 => short(&hash::SHA1_FOR_LEGACY_USE_ONLY),
        Digest::Sha224 => short(&hash::SHA224),
        Digest::Sha256 => Method::Plain(&aws::ECDSA_P384_SHA256_ASN1),
        Digest::Sha384 => Method::Plain(&aws::ECDSA_P384_SHA384_ASN1),
        Digest::Sha512 => Method::Plain(&aws::ECDSA_P384_SHA512_ASN1),
    }
}

fn ecdsa_p521(digest: Digest) -> Method {
    Method::Plain(match digest {
        Digest::Sha1 => &aws::ECDSA_P521_SHA1_ASN1,
        Digest::Sha224 => &aws::ECDSA_P521_SHA224_ASN1,
        Digest::Sha256 => &aws::ECDSA_P521_SHA256_ASN1,
        Digest::Sha384 => &aws::ECDSA_P521_SHA384_ASN1,
        Digest::Sha512 => &aws::ECDSA_P521_SHA512_ASN1,
    })
}
