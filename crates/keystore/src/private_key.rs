//! Private keys: made, read from DER, signing.
//!
//! Not their files: see [`crate::pem`] and [`crate::pkcs12`]. Invariant: a [`PrivateKey`] was
//! accepted by the cryptographic library, and its public half was computed from it, not read.

mod curve;
pub mod spec;

use std::fmt;

use aws_lc_rs::digest as hash;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RsaSignatureEncoding,
};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Reader, Sequence, SliceReader, Tag, Tagged};
use spki::AlgorithmIdentifierRef;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;
use zeroize::Zeroizing;

use self::curve::Curve;
use self::spec::{KeySpec, RsaBits};

/// Source: RFC 8017 appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// Source: RFC 5480 section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// A private key with its public half.
///
/// Its `Debug` form shows the public key only. It cannot be cloned: share it behind an `Arc`.
pub struct PrivateKey {
    signer: Signer,
    pkcs8: Zeroizing<Vec<u8>>,
    public_key: PublicKey,
}

/// The key as the cryptographic library holds it.
enum Signer {
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
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
    #[error("the private key is of the algorithm {oid}; RSA and elliptic curve keys can be used")]
    Algorithm {
        /// Object identifier of the algorithm.
        oid: String,
    },
    /// A key on a curve that is not supported.
    #[error("the private key is on the curve {curve}; P-256 and P-384 can be used")]
    Curve {
        /// Object identifier of the curve, or why there is none.
        curve: String,
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
    /// This program does not sign with the digest.
    #[error("no signature is made over {0}; SHA-256, SHA-384 and SHA-512 are possible")]
    Digest(Digest),
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
        let signer = match spec {
            KeySpec::Rsa(bits) => RsaKeyPair::generate(key_size(bits)).map(Signer::Rsa),
            KeySpec::EcP256 => EcdsaKeyPair::generate(Curve::P256.signing())
                .map(|pair| Signer::Ec(Curve::P256, pair)),
        };
        let signer = signer.map_err(|_| GenerateKeyError::Library(spec))?;
        Self::of(signer).map_err(|source| GenerateKeyError::Unusable { spec, source })
    }

    /// Reads a `PrivateKeyInfo` that is not encrypted (RFC 5208 section 5, RFC 5958).
    ///
    /// # Errors
    ///
    /// When it is damaged, or its algorithm, curve or size is not one of ours.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        let algorithm =
            pkcs8_algorithm(der).map_err(|error| InvalidPrivateKey::malformed("PKCS#8", &error))?;
        match algorithm.oid {
            RSA_ENCRYPTION => RsaKeyPair::from_pkcs8(der)
                .map_err(|error| InvalidPrivateKey::Rsa {
                    detail: error.to_string(),
                })
                .and_then(|pair| Self::of(Signer::Rsa(pair))),
            EC_PUBLIC_KEY => Self::from_ec(Curve::of_parameters(algorithm.parameters)?, der),
            oid => Err(InvalidPrivateKey::Algorithm {
                oid: oid.to_string(),
            }),
        }
    }

    /// Reads an `RSAPrivateKey` (PKCS#1, RFC 8017 appendix A.1.2).
    ///
    /// # Errors
    ///
    /// When it is damaged or its size is not 2048 to 8192 bits.
    pub fn from_pkcs1(der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        AnyRef::from_der(der).map_err(|error| InvalidPrivateKey::malformed("PKCS#1", &error))?;
        RsaKeyPair::from_der(der)
            .map_err(|error| InvalidPrivateKey::Rsa {
                detail: error.to_string(),
            })
            .and_then(|pair| Self::of(Signer::Rsa(pair)))
    }

    /// Reads an `ECPrivateKey` (SEC 1, RFC 5915 section 3). Without a curve in it, the curve is the
    /// one whose keys have this length.
    ///
    /// # Errors
    ///
    /// When it is damaged or on another curve than P-256 and P-384.
    pub fn from_sec1(der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        let key =
            Sec1::from_der(der).map_err(|error| InvalidPrivateKey::malformed("SEC 1", &error))?;
        let curve = match key.parameters {
            Some(parameters) => Curve::of_parameters(Some(parameters))?,
            None => Curve::of_key_bytes(key.private_key.as_bytes().len())?,
        };
        Self::from_ec(curve, der)
    }

    fn from_ec(curve: Curve, der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        EcdsaKeyPair::from_private_key_der(curve.signing(), der)
            .map_err(|error| InvalidPrivateKey::Ec {
                detail: error.to_string(),
            })
            .and_then(|pair| Self::of(Signer::Ec(curve, pair)))
    }

    /// The same key is kept in the same bytes, whatever form it came in.
    fn of(signer: Signer) -> Result<Self, InvalidPrivateKey> {
        let failed = |_: Unspecified| InvalidPrivateKey::PublicHalf;
        let (pkcs8, public_key) = match &signer {
            Signer::Rsa(pair) => (
                Zeroizing::new(pair.as_der().map_err(failed)?.as_ref().to_vec()),
                pair.public_key().as_der().map_err(failed)?,
            ),
            Signer::Ec(_, pair) => (
                Zeroizing::new(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()),
                pair.public_key().as_der().map_err(failed)?,
            ),
        };
        let public_key =
            PublicKey::from_der(public_key.as_ref()).map_err(|_| InvalidPrivateKey::PublicHalf)?;
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

    /// Whether the certificate is for this key.
    ///
    /// Compares the keys, not their encoding: some programs leave out the NULL that belongs to RSA.
    #[must_use]
    pub fn matches(&self, certificate: &Certificate) -> bool {
        let other = certificate.public_key();
        other.algorithm() == self.public_key.algorithm()
            && other.key_bits() == self.public_key.key_bits()
    }

    /// The key itself, as an unencrypted PKCS#8 `PrivateKeyInfo`. Search for callers to audit.
    #[must_use]
    pub fn expose_pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The algorithm of the signatures that [`Self::sign`] makes over this digest.
    ///
    /// # Errors
    ///
    /// [`SignError::Digest`] for SHA-1 and SHA-224.
    pub fn signature_algorithm(&self, digest: Digest) -> Result<SignatureAlgorithm, SignError> {
        hash_algorithm(digest)?;
        Ok(match self.signer {
            Signer::Rsa(_) => SignatureAlgorithm::RsaPkcs1(digest),
            Signer::Ec(..) => SignatureAlgorithm::Ecdsa(digest),
        })
    }

    /// Signs a message as certificates are signed: RSA by PKCS#1 v1.5, elliptic curves by ECDSA
    /// with the signature in DER.
    ///
    /// # Errors
    ///
    /// [`SignError::Digest`] for SHA-1 and SHA-224.
    pub fn sign(&self, digest: Digest, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let failed = |_: Unspecified| SignError::Library;
        match &self.signer {
            Signer::Rsa(pair) => {
                let encoding = rsa_encoding(digest)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Signer::Ec(curve, pair) => {
                let hashed = hash::digest(hash_algorithm(digest)?, message);
                let input = curve.signature_input(hashed.as_ref()).map_err(failed)?;
                Ok(pair.sign_digest(&input).map_err(failed)?.as_ref().to_vec())
            }
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(.., public half {:?})", self.public_key)
    }
}

impl InvalidPrivateKey {
    fn malformed(form: &'static str, error: &der::Error) -> Self {
        Self::Malformed {
            form,
            detail: error.to_string(),
        }
    }
}

/// `ECPrivateKey` of RFC 5915 section 3, as far as it says which curve.
#[derive(Sequence)]
struct Sec1<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// The `privateKeyAlgorithm` of a `PrivateKeyInfo`; the rest is the library's to read.
fn pkcs8_algorithm(der: &[u8]) -> der::Result<AlgorithmIdentifierRef<'_>> {
    // As in the other forms, bytes behind the structure are refused: the library skips them.
    let fields = AnyRef::from_der(der)?;
    fields.tag().assert_eq(Tag::Sequence)?;
    let mut reader = SliceReader::new(fields.value())?;
    u8::decode(&mut reader)?;
    reader.decode()
}

fn key_size(bits: RsaBits) -> KeySize {
    match bits {
        RsaBits::B2048 => KeySize::Rsa2048,
        RsaBits::B3072 => KeySize::Rsa3072,
        RsaBits::B4096 => KeySize::Rsa4096,
        RsaBits::B8192 => KeySize::Rsa8192,
    }
}

fn rsa_encoding(digest: Digest) -> Result<&'static RsaSignatureEncoding, SignError> {
    match digest {
        Digest::Sha256 => Ok(&RSA_PKCS1_SHA256),
        Digest::Sha384 => Ok(&RSA_PKCS1_SHA384),
        Digest::Sha512 => Ok(&RSA_PKCS1_SHA512),
        Digest::Sha1 | Digest::Sha224 => Err(SignError::Digest(digest)),
    }
}

fn hash_algorithm(digest: Digest) -> Result<&'static hash::Algorithm, SignError> {
    match digest {
        Digest::Sha256 => Ok(&hash::SHA256),
        Digest::Sha384 => Ok(&hash::SHA384),
        Digest::Sha512 => Ok(&hash::SHA512),
        Digest::Sha1 | Digest::Sha224 => Err(SignError::Digest(digest)),
    }
}
