//! The key as the cryptographic library holds it: made, signing, written.
//!
//! Which digest is used is decided before: see [`super::PrivateKey::signature_algorithm`].

use aws_lc_rs::digest as hash;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RsaSignatureEncoding,
};
use trustpack_rsa_legacy::LegacyDigest;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::public_key::PublicKey;
use zeroize::Zeroizing;

use super::curve::Curve;
use super::decode::pkcs8_private_key;
use super::spec::{KeySpec, RsaBits};
use super::{GenerateKeyError, InvalidPrivateKey, SignError};

/// A key that can sign.
pub(super) enum Signer {
    Rsa(RsaKeyPair),
    Ec(Curve, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    pub(super) fn generate(spec: KeySpec) -> Result<Self, GenerateKeyError> {
        let failed = |_: Unspecified| GenerateKeyError::Library(spec);
        match spec {
            KeySpec::Rsa(bits) => match key_size(bits) {
                Some(size) => RsaKeyPair::generate(size).map(Self::Rsa).map_err(failed),
                None => Self::generate_rsa(spec, bits),
            },
            KeySpec::EcP256 => Self::generate_ec(Curve::P256).map_err(failed),
            KeySpec::EcP384 => Self::generate_ec(Curve::P384).map_err(failed),
            KeySpec::Ed25519 => Ed25519KeyPair::generate()
                .map(Self::Ed25519)
                .map_err(failed),
        }
    }

    fn generate_ec(curve: Curve) -> Result<Self, Unspecified> {
        EcdsaKeyPair::generate(curve.signing()).map(|pair| Self::Ec(curve, pair))
    }

    /// An RSA key of a size that `aws-lc-rs` has no name for.
    fn generate_rsa(spec: KeySpec, bits: RsaBits) -> Result<Self, GenerateKeyError> {
        let der = trustpack_rsa_legacy::generate(bits.modulus_bits())
            .map_err(|_| GenerateKeyError::Library(spec))?;
        RsaKeyPair::from_der(&der)
            .map(Self::Rsa)
            .map_err(|error| GenerateKeyError::Unusable {
                spec,
                source: InvalidPrivateKey::Rsa {
                    detail: error.to_string(),
                },
            })
    }

    /// `PrivateKeyInfo` (RFC 5208 section 5), the same bytes whatever form the key came in.
    pub(super) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let der = |bytes: &[u8]| Zeroizing::new(bytes.to_vec());
        Ok(match self {
            Self::Rsa(pair) => der(pair.as_der()?.as_ref()),
            Self::Ec(_, pair) => der(pair.to_pkcs8v1()?.as_ref()),
            Self::Ed25519(pair) => der(pair.to_pkcs8v1()?.as_ref()),
        })
    }

    pub(super) fn public_key(&self) -> Result<PublicKey, InvalidPrivateKey> {
        let der = match self {
            Self::Rsa(pair) => pair.public_key().as_der(),
            Self::Ec(_, pair) => pair.public_key().as_der(),
            Self::Ed25519(pair) => pair.public_key().as_der(),
        };
        der.ok()
            .and_then(|der| PublicKey::from_der(der.as_ref()).ok())
            .ok_or(InvalidPrivateKey::PublicHalf)
    }

    /// `ECPrivateKey` with its curve (RFC 5915 section 3); `None` for keys of other kinds.
    pub(super) fn sec1(&self) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Ec(_, pair) => {
                let der = pair.private_key().as_der().ok()?;
                Some(Zeroizing::new(der.as_ref().to_vec()))
            }
            Self::Rsa(_) | Self::Ed25519(_) => None,
        }
    }

    /// PKCS #1 v1.5 over a digest.
    pub(super) fn sign_rsa(
        pair: &RsaKeyPair,
        pkcs8: &[u8],
        digest: Digest,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        match rsa_signing(digest) {
            RsaSigning::Current(encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SignError::Library)?;
                Ok(signature)
            }
            RsaSigning::Legacy(digest) => {
                let key = pkcs8_private_key(pkcs8).map_err(|_| SignError::Library)?;
                trustpack_rsa_legacy::sign(key, digest, message).map_err(|_| SignError::Library)
            }
        }
    }

    /// ECDSA over a digest, the signature in DER.
    pub(super) fn sign_ec(
        curve: Curve,
        pair: &EcdsaKeyPair,
        digest: Digest,
        message: &[u8],
    ) -> Result<Vec<u8>, SignError> {
        let hashed = hash::digest(hash_algorithm(digest), message);
        let signature = curve
            .signature_input(hashed.as_ref())
            .and_then(|input| pair.sign_digest(&input))
            .map_err(|_| SignError::Library)?;
        Ok(signature.as_ref().to_vec())
    }
}

/// Who signs over a digest with RSA.
enum RsaSigning {
    Current(&'static RsaSignatureEncoding),
    Legacy(LegacyDigest),
}

fn rsa_signing(digest: Digest) -> RsaSigning {
    match digest {
        Digest::Sha1 => RsaSigning::Legacy(LegacyDigest::Sha1),
        Digest::Sha224 => RsaSigning::Legacy(LegacyDigest::Sha224),
        Digest::Sha256 => RsaSigning::Current(&RSA_PKCS1_SHA256),
        Digest::Sha384 => RsaSigning::Current(&RSA_PKCS1_SHA384),
        Digest::Sha512 => RsaSigning::Current(&RSA_PKCS1_SHA512),
    }
}

fn hash_algorithm(digest: Digest) -> &'static hash::Algorithm {
    match digest {
        Digest::Sha1 => &hash::SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha224 => &hash::SHA224,
        Digest::Sha256 => &hash::SHA256,
        Digest::Sha384 => &hash::SHA384,
        Digest::Sha512 => &hash::SHA512,
    }
}

/// The sizes that `aws-lc-rs` makes.
fn key_size(bits: RsaBits) -> Option<KeySize> {
    match bits {
        RsaBits::B2048 => Some(KeySize::Rsa2048),
        RsaBits::B3072 => Some(KeySize::Rsa3072),
        RsaBits::B4096 => Some(KeySize::Rsa4096),
        RsaBits::B8192 => Some(KeySize::Rsa8192),
        _other_size => None,
    }
}
