//! Verifies one signature with one public key.
//!
//! Not a decision about trust: that is the judge's. Invariant: `Ok` means that AWS-LC verified
//! exactly these octets; from [`verify`] also that algorithm and key size still protect.

mod engine;

use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};

use crate::limits::{MAX_RSA_BITS, MIN_RSA_BITS, MIN_WEAK_RSA_BITS};

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
    #[error(
        "the signature was made with {algorithm}; SHA-224, SHA-256, SHA-384 or SHA-512 is needed"
    )]
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
/// RSA takes PKCS #1 v1.5 and PSS, ECDSA P-256, P-384 and P-521 with each digest of the SHA-2 family, and Ed25519 is
/// known too. (PSS is not known with SHA-224.)
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
    danger_verify(public_key, algorithm, message, signature)
}

/// As [`verify`], but SHA-1 and RSA keys from 1024 bits are taken too.
///
/// Only where the weakness was accepted, or where it harms nobody: for a signature that was made here a moment ago.
///
/// # Errors
///
/// As [`verify`]: MD5 and older, and RSA keys below 1024 bits, are not even verified here.
pub fn danger_verify(
    public_key: &PublicKey,
    algorithm: &SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    if let SignatureAlgorithm::RsaPssOther(_) | SignatureAlgorithm::Other(_) = algorithm {
        check_algorithm(algorithm)?;
    }
    danger_check_key(public_key.algorithm())?;
    engine::verify(public_key, algorithm, message, signature)
}

/// Whether anything is verified with keys of this kind and size, accepted or not.
///
/// # Errors
///
/// [`SignatureError::KeySize`], [`SignatureError::UnknownKey`].
pub fn danger_check_key(key: &PublicKeyAlgorithm) -> Result<(), SignatureError> {
    let weak = MIN_WEAK_RSA_BITS..MIN_RSA_BITS;
    if matches!(key, PublicKeyAlgorithm::Rsa { bits } if weak.contains(bits)) {
        return Ok(());
    }
    check_key(key)
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

/// As [`verify_certificate`], weak ones too: see [`danger_verify`].
///
/// # Errors
///
/// As [`danger_verify`].
pub fn danger_verify_certificate(
    certificate: &Certificate,
    issuer_key: &PublicKey,
) -> Result<(), SignatureError> {
    danger_verify(
        issuer_key,
        certificate.signature_algorithm(),
        certificate.tbs_der(),
        certificate.signature(),
    )
}

/// The hash of a message that somebody signed: with it the signature is verified without the message,
/// with one key or with several.
#[derive(Clone, Debug)]
pub(crate) struct HashedMessage {
    algorithm: SignatureAlgorithm,
    hash: aws_lc_rs::digest::Digest,
}

impl HashedMessage {
    /// Hashes a message as `algorithm` does; `None` for algorithms that need the message itself.
    pub(crate) fn new(algorithm: &SignatureAlgorithm, message: &[u8]) -> Option<Self> {
        let hash = engine::hash_algorithm(algorithm)?;
        Some(Self {
            algorithm: algorithm.clone(),
            hash: aws_lc_rs::digest::digest(hash, message),
        })
    }

    /// The hash.
    pub(crate) fn octets(&self) -> &[u8] {
        self.hash.as_ref()
    }

    /// As [`danger_verify`].
    pub(crate) fn danger_verify(
        &self,
        public_key: &PublicKey,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        danger_check_key(public_key.algorithm())?;
        engine::verify_hashed(public_key, &self.algorithm, &self.hash, signature)
    }
}

/// Whether signatures of this kind are accepted, whatever the key.
///
/// # Errors
///
/// [`SignatureError::WeakDigest`], [`SignatureError::UnknownAlgorithm`].
pub fn check_algorithm(algorithm: &SignatureAlgorithm) -> Result<(), SignatureError> {
    match algorithm {
        SignatureAlgorithm::Ed25519 => Ok(()),
        SignatureAlgorithm::RsaPkcs1(digest)
        | SignatureAlgorithm::RsaPss(digest)
        | SignatureAlgorithm::Ecdsa(digest) => match digest {
            Digest::Sha224 | Digest::Sha256 | Digest::Sha384 | Digest::Sha512 => Ok(()),
            Digest::Sha1 => Err(SignatureError::WeakDigest {
                algorithm: algorithm.clone(),
            }),
        },
        SignatureAlgorithm::Other(oid) if BROKEN.contains(&&**oid) => {
            Err(SignatureError::WeakDigest {
                algorithm: algorithm.clone(),
            })
        }
        SignatureAlgorithm::RsaPssOther(_) | SignatureAlgorithm::Other(_) => {
            Err(SignatureError::UnknownAlgorithm {
                algorithm: algorithm.clone(),
            })
        }
    }
}

/// Whether keys of this kind and size are accepted, whatever they signed.
///
/// # Errors
///
/// [`SignatureError::KeySize`], [`SignatureError::UnknownKey`].
pub fn check_key(key: &PublicKeyAlgorithm) -> Result<(), SignatureError> {
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
