//! Private keys: made, read from DER, signing.
//!
//! Not their files: see [`crate::pem`] and [`crate::pkcs12`]. Invariant: a
//! [`PrivateKey`] was accepted by the cryptographic library, and its public half was computed from it, not read.

mod curve;
mod decode;
mod names;
mod signer;
pub mod spec;

use std::fmt;

use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};
use zeroize::Zeroizing;

use self::signer::Signer;
use self::spec::KeySpec;

/// A private key with its public half.
///
/// Its `Debug` form shows the public key only. It cannot be cloned: share it behind an `Arc`.
pub struct PrivateKey {
    signer: Signer,
    pkcs8: Zeroizing<Vec<u8>>,
    public_key: PublicKey,
}

/// Why bytes are no private key that can be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrivateKey {
    /// The structure around the key cannot be decoded.
    #[error("the {form} structure of the private key is damaged ({detail})")]
    Malformed {
        /// `PKCS#8`, `PKCS#1` or `SEC 1`.
        form: &'static str,
        /// What the decoder says.
        detail: String,
    },
    /// A key of an algorithm that is not supported.
    #[error(
        "the private key is of the algorithm {name}; RSA, elliptic curve and Ed25519 keys can be used"
    )]
    Algorithm {
        /// Name of the algorithm, else its object identifier.
        name: String,
    },
    /// A key on a curve that is not supported.
    #[error("the private key is on the curve {curve}; P-256, P-384 and P-521 can be used")]
    Curve {
        /// Name of the curve, else its object identifier, or why there is none.
        curve: String,
    },
    /// An RSA key of a size that is not supported.
    #[error("the RSA private key has {bits} bits; keys of 2048 to 8192 bits can be used")]
    RsaSize {
        /// Bits of its modulus.
        bits: u32,
        /// Its public half as the file has it: other programs may use such a key.
        public_key: Box<PublicKey>,
    },
    /// The cryptographic library refuses the RSA key.
    #[error(
        "the RSA private key is refused ({detail}); consistent keys of 2048 to 8192 bits can be \
         used"
    )]
    Rsa {
        /// What the library says.
        detail: String,
    },
    /// The cryptographic library refuses the elliptic curve key.
    #[error("the elliptic curve private key is refused ({detail})")]
    Ec {
        /// What the library says.
        detail: String,
    },
    /// The cryptographic library refuses the Ed25519 key.
    #[error("the Ed25519 private key is refused ({detail})")]
    Ed25519 {
        /// What the library says.
        detail: String,
    },
    /// The library accepted the key and cannot say its public half.
    #[error("the public half of the private key cannot be computed")]
    PublicHalf,
}

/// A key could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateKeyError {
    /// The cryptographic library failed: it has no random numbers.
    #[error("no {0} key could be made: the cryptographic library failed")]
    Library(KeySpec),
    /// The key that was made cannot be read back.
    #[error("the {spec} key that was made cannot be used")]
    Unusable {
        /// What was asked for.
        spec: KeySpec,
        /// What is wrong with it.
        source: InvalidPrivateKey,
    },
}

/// A signature could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The algorithm is of another kind of key, or none that is made here.
    #[error("the private key is {key}, which makes no signatures of the kind {algorithm}")]
    Algorithm {
        /// The algorithm that was asked for.
        algorithm: SignatureAlgorithm,
        /// The kind of the key.
        key: PublicKeyAlgorithm,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library could not sign with the private key")]
    Library,
}

impl PrivateKey {
    /// Makes a new key with the system's random numbers.
    ///
    /// Blocks: about 50 ms for RSA-2048 and up to a second for RSA-4096, much longer for RSA-8192.
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails.
    pub fn generate(spec: KeySpec) -> Result<Self, GenerateKeyError> {
        let signer = Signer::generate(spec)?;
        Self::of(signer).map_err(|source| GenerateKeyError::Unusable { spec, source })
    }

    /// Reads a `PrivateKeyInfo` that is not encrypted (RFC 5208 section 5, RFC 5958).
    ///
    /// # Errors
    ///
    /// When it is damaged, or its algorithm, curve or size is not one of ours.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        Self::of(decode::pkcs8(der)?)
    }

    /// Reads an `RSAPrivateKey` (PKCS#1, RFC 8017 appendix A.1.2).
    ///
    /// # Errors
    ///
    /// When it is damaged or its size is not 2048 to 8192 bits.
    pub fn from_pkcs1(der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        Self::of(decode::pkcs1(der)?)
    }

    /// Reads an `ECPrivateKey` (SEC 1, RFC 5915 section 3). Without a curve in it, the curve is the
    /// one whose keys have this length.
    ///
    /// # Errors
    ///
    /// When it is damaged or on another curve than P-256, P-384 and P-521.
    pub fn from_sec1(der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        Self::of(decode::sec1(der, None)?)
    }

    /// As [`Self::from_sec1`], where the curve may stand in a block `EC PARAMETERS` before the key.
    pub(crate) fn from_sec1_with_parameters(
        der: &[u8],
        parameters: &[u8],
    ) -> Result<Self, InvalidPrivateKey> {
        Self::of(decode::sec1(der, Some(parameters))?)
    }

    /// The same key is kept in the same bytes, whatever form it came in.
    fn of(signer: Signer) -> Result<Self, InvalidPrivateKey> {
        let pkcs8 = signer.pkcs8().map_err(|_| InvalidPrivateKey::PublicHalf)?;
        let public_key = signer.public_key()?;
        Ok(Self {
            signer,
            pkcs8,
            public_key,
        })
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Whether the certificate is for this key: see [`PublicKey::is_same_key`].
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> bool {
        self.public_key.is_same_key(certificate.public_key())
    }

    /// The key itself, as an unencrypted PKCS#8 `PrivateKeyInfo`. Search for callers to audit.
    #[must_use]
    pub fn expose_pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The key itself, as a PKCS#1 `RSAPrivateKey`; `None` if it is no RSA key. Search for callers to audit.
    #[must_use]
    pub(crate) fn expose_pkcs1_der(&self) -> Option<&[u8]> {
        match self.signer {
            Signer::Rsa(_) => decode::pkcs8_private_key(&self.pkcs8).ok(),
            Signer::Ec(..) | Signer::Ed25519(_) => None,
        }
    }

    /// The key itself, as a SEC 1 `ECPrivateKey` with its curve; `None` if it is on no curve of those. Search for
    /// callers to audit.
    #[must_use]
    pub(crate) fn expose_sec1_der(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.signer.sec1()
    }

    /// The algorithm of the signatures that this key makes over the digest that is asked for; without one, over
    /// that which is usual for its kind. Ed25519 knows one algorithm, whatever is asked for.
    #[must_use]
    pub fn signature_algorithm(&self, asked: impl Into<Option<Digest>>) -> SignatureAlgorithm {
        let usual = self.public_key.algorithm().usual_digest();
        let digest = asked.into().unwrap_or(usual);
        match &self.signer {
            Signer::Rsa(_) => SignatureAlgorithm::RsaPkcs1(digest),
            Signer::Ec(..) => SignatureAlgorithm::Ecdsa(digest),
            Signer::Ed25519(_) => SignatureAlgorithm::Ed25519,
        }
    }

    /// Signs a message as certificates are signed, with an algorithm of [`Self::signature_algorithm`]: RSA by
    /// PKCS#1 v1.5, elliptic curves by ECDSA with the signature in DER, Ed25519 as it is.
    ///
    /// SHA-1 is signed like any other: whether that is wise is the caller's to decide.
    ///
    /// # Errors
    ///
    /// [`SignError::Algorithm`] for an algorithm of another kind of key.
    pub fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        match (&self.signer, algorithm) {
            (Signer::Rsa(pair), SignatureAlgorithm::RsaPkcs1(digest)) => {
                Signer::sign_rsa(pair, &self.pkcs8, *digest, message)
            }
            (Signer::Ec(curve, pair), SignatureAlgorithm::Ecdsa(digest)) => {
                Signer::sign_ec(*curve, pair, *digest, message)
            }
            (Signer::Ed25519(pair), SignatureAlgorithm::Ed25519) => {
                Ok(pair.sign(message).as_ref().to_vec())
            }
            (Signer::Rsa(_) | Signer::Ec(..) | Signer::Ed25519(_), algorithm) => {
                Err(SignError::Algorithm {
                    algorithm: algorithm.clone(),
                    key: self.public_key.algorithm().clone(),
                })
            }
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(.., public half {:?})", self.public_key)
    }
}
