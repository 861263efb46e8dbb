//! Verifies one signature with one public key.
//!
//! Not a decision about trust: that is the judge's. Invariant: `Ok` means that AWS-LC verified
//! exactly these octets, with an algorithm and a key size that still protect.

use aws_lc_rs::signature::{self as aws, UnparsedPublicKey, VerificationAlgorithm};
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};

use crate::limits::{MAX_RSA_BITS, MIN_RSA_BITS};

/// Why a signature is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It was not made over these octets with this key.
    #[error("the signature does not match the public key")]
    Wrong,
    /// The algorithm is for another kind of key; so it was not made with this one.
    #[error("the signature was made with {algorithm}, but the public key is {key}")]
    OtherKind {
        /// The algorithm that is named.
        algorithm: SignatureAlgorithm,
        /// The key that is there.
        key: PublicKeyAlgorithm,
    },
    /// The digest no longer protects. The signature was not looked at.
    #[error("the signature was made with {algorithm}; SHA-256, SHA-384 or SHA-512 is needed")]
    WeakDigest {
        /// The algorithm that is named.
        algorithm: SignatureAlgorithm,
    },
    /// The algorithm is not known here. The signature was not looked at.
    #[error("the signature was made with {algorithm}, which cannot be verified here")]
    UnknownAlgorithm {
        /// The algorithm that is named.
        algorithm: SignatureAlgorithm,
    },
    /// The RSA key is too small or too large. The signature was not looked at.
    #[error("the RSA key has {bits} bits; allowed are {MIN_RSA_BITS} to {MAX_RSA_BITS}")]
    KeySize {
        /// Length of the modulus.
        bits: u32,
    },
    /// The kind of key is not known here. The signature was not looked at.
    #[error("the public key is of {key}, with which nothing can be verified here")]
    UnknownKey {
        /// The key that is there.
        key: PublicKeyAlgorithm,
    },
}

/// MD2 and MD5 with RSA: RFC 3279 section 2.2.1. They are named apart from what is merely unknown.
const BROKEN: [&str; 2] = ["1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4"];

/// Verifies `signature` over `message`.
///
/// RSA takes PKCS #1 v1.5 and PSS, ECDSA P-256, P-384 and P-521 with each of SHA-256, SHA-384 and
/// SHA-512, and Ed25519 is known too.
///
/// # Errors
///
/// [`SignatureError::Wrong`] and [`SignatureError::OtherKind`] if the signature is not of this key;
/// the others if it was not looked at, because algorithm or key are not accepted.
pub fn verify(
    public_key: &PublicKey,
    algorithm: &SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    check_algorithm(algorithm)?;
    check_key(public_key.algorithm())?;
    let known =
        find(algorithm, public_key.algorithm()).ok_or_else(|| SignatureError::OtherKind {
            algorithm: algorithm.clone(),
            key: public_key.algorithm().clone(),
        })?;
    UnparsedPublicKey::new(known, public_key.key_bits())
        .verify(message, signature)
        .map_err(|_unspecified| SignatureError::Wrong)
}

/// Verifies the signature of a certificate with the key of the one that may have issued it.
///
/// # Errors
///
/// As [`verify`].
pub fn verify_certificate(
    certificate: &Certificate,
    issuer_key: &PublicKey,
) -> Result<(), SignatureError> {
    verify(
        issuer_key,
        certificate.signature_algorithm(),
        certificate.tbs_der(),
        certificate.signature(),
    )
}

/// Whether signatures of this kind are accepted, whatever the key.
///
/// # Errors
///
/// [`SignatureError::WeakDigest`], [`SignatureError::UnknownAlgorithm`].
pub(crate) fn check_algorithm(algorithm: &SignatureAlgorithm) -> Result<(), SignatureError> {
    match algorithm {
        SignatureAlgorithm::Ed25519 => Ok(()),
        SignatureAlgorithm::RsaPkcs1(digest)
        | SignatureAlgorithm::RsaPss(digest)
        | SignatureAlgorithm::Ecdsa(digest) => match digest {
            Digest::Sha256 | Digest::Sha384 | Digest::Sha512 => Ok(()),
            Digest::Sha1 | Digest::Sha224 => Err(SignatureError::WeakDigest {
                algorithm: algorithm.clone(),
            }),
        },
        SignatureAlgorithm::Other(oid) if BROKEN.contains(&&**oid) => {
            Err(SignatureError::WeakDigest {
                algorithm: algorithm.clone(),
            })
        }
        SignatureAlgorithm::Other(_) => Err(SignatureError::UnknownAlgorithm {
            algorithm: algorithm.clone(),
        }),
    }
}

/// Whether keys of this kind and size are accepted, whatever they signed.
///
/// # Errors
///
/// [`SignatureError::KeySize`], [`SignatureError::UnknownKey`].
pub(crate) fn check_key(key: &PublicKeyAlgorithm) -> Result<(), SignatureError> {
    match key {
        PublicKeyAlgorithm::Rsa { bits } if (MIN_RSA_BITS..=MAX_RSA_BITS).contains(bits) => Ok(()),
        PublicKeyAlgorithm::Rsa { bits } => Err(SignatureError::KeySize { bits: *bits }),
        PublicKeyAlgorithm::EcP256
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Ed25519 => Ok(()),
        PublicKeyAlgorithm::Other(_) => Err(SignatureError::UnknownKey { key: key.clone() }),
    }
}

/// The verification that fits algorithm and key, if they fit each other.
fn find(
    algorithm: &SignatureAlgorithm,
    key: &PublicKeyAlgorithm,
) -> Option<&'static dyn VerificationAlgorithm> {
    use PublicKeyAlgorithm as Key;
    use SignatureAlgorithm as Signature;

    Some(match (algorithm, key) {
        (Signature::RsaPkcs1(Digest::Sha256), Key::Rsa { .. }) => &aws::RSA_PKCS1_2048_8192_SHA256,
        (Signature::RsaPkcs1(Digest::Sha384), Key::Rsa { .. }) => &aws::RSA_PKCS1_2048_8192_SHA384,
        (Signature::RsaPkcs1(Digest::Sha512), Key::Rsa { .. }) => &aws::RSA_PKCS1_2048_8192_SHA512,
        (Signature::RsaPss(Digest::Sha256), Key::Rsa { .. }) => &aws::RSA_PSS_2048_8192_SHA256,
        (Signature::RsaPss(Digest::Sha384), Key::Rsa { .. }) => &aws::RSA_PSS_2048_8192_SHA384,
        (Signature::RsaPss(Digest::Sha512), Key::Rsa { .. }) => &aws::RSA_PSS_2048_8192_SHA512,
        (Signature::Ecdsa(Digest::Sha256), Key::EcP256) => &aws::ECDSA_P256_SHA256_ASN1,
        (Signature::Ecdsa(Digest::Sha384), Key::EcP256) => &aws::ECDSA_P256_SHA384_ASN1,
        (Signature::Ecdsa(Digest::Sha512), Key::EcP256) => &aws::ECDSA_P256_SHA512_ASN1,
        (Signature::Ecdsa(Digest::Sha256), Key::EcP384) => &aws::ECDSA_P384_SHA256_ASN1,
        (Signature::Ecdsa(Digest::Sha384), Key::EcP384) => &aws::ECDSA_P384_SHA384_ASN1,
        (Signature::Ecdsa(Digest::Sha512), Key::EcP384) => &aws::ECDSA_P384_SHA512_ASN1,
        (Signature::Ecdsa(Digest::Sha256), Key::EcP521) => &aws::ECDSA_P521_SHA256_ASN1,
        (Signature::Ecdsa(Digest::Sha384), Key::EcP521) => &aws::ECDSA_P521_SHA384_ASN1,
        (Signature::Ecdsa(Digest::Sha512), Key::EcP521) => &aws::ECDSA_P521_SHA512_ASN1,
        (Signature::Ed25519, Key::Ed25519) => &aws::ED25519,
        (
            Signature::RsaPkcs1(_)
            | Signature::RsaPss(_)
            | Signature::Ecdsa(_)
            | Signature::Ed25519
            | Signature::Other(_),
            _,
        ) => return None,
    })
}
