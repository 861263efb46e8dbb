//! Private keys from the DER of PKCS#8, PKCS#1 and SEC 1.
//!
//! Tells the kind, curve and size, so that a refusal names them; whether the numbers are a key is the
//! cryptographic library's to say. Invariant: bytes behind the structure are refused.

use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Reader, Sequence, SliceReader, Tag, Tagged};
use spki::AlgorithmIdentifierRef;
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm, RsaNumbers};

use super::InvalidPrivateKey;
use super::curve::Curve;
use super::names::algorithm_name;
use super::signer::Signer;

/// Source: RFC 8017 appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// Source: RFC 5480 section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// Source: RFC 8410 section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The sizes of RSA key that the library signs with, in bits.
const RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;

/// `PrivateKeyInfo` (RFC 5208 section 5, RFC 5958), not encrypted.
pub(super) fn pkcs8(der: &[u8]) -> Result<Signer, InvalidPrivateKey> {
    let (algorithm, key) = pkcs8_fields(der).map_err(|error| malformed("PKCS#8", &error))?;
    match algorithm.oid {
        RSA_ENCRYPTION => rsa(RsaKeyPair::from_pkcs8(der), key),
        EC_PUBLIC_KEY => ec(Curve::of_parameters(algorithm.parameters)?, der),
        ED25519 => Ed25519KeyPair::from_pkcs8(der)
            .map(Signer::Ed25519)
            .map_err(|error| InvalidPrivateKey::Ed25519 {
                detail: error.to_string(),
            }),
        oid => Err(InvalidPrivateKey::Algorithm {
            name: algorithm_name(oid),
        }),
    }
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2).
pub(super) fn pkcs1(der: &[u8]) -> Result<Signer, InvalidPrivateKey> {
    AnyRef::from_der(der).map_err(|error| malformed("PKCS#1", &error))?;
    rsa(RsaKeyPair::from_der(der), der)
}

/// `ECPrivateKey` (RFC 5915 section 3), with the `EC PARAMETERS` that stood before it, if any did.
pub(super) fn sec1(der: &[u8], parameters: Option<&[u8]>) -> Result<Signer, InvalidPrivateKey> {
    let damaged = |error| malformed("SEC 1", &error);
    let key = Sec1::from_der(der).map_err(damaged)?;
    let beside = parameters
        .map(AnyRef::from_der)
        .transpose()
        .map_err(damaged)?;
    let curve = match key.parameters.or(beside) {
        Some(parameters) => Curve::of_parameters(Some(parameters))?,
        None => Curve::of_key_bytes(key.private_key.as_bytes().len())?,
    };
    ec(curve, der)
}

/// The `privateKey` in a `PrivateKeyInfo`.
pub(super) fn pkcs8_private_key(der: &[u8]) -> der::Result<&[u8]> {
    pkcs8_fields(der).map(|(_, key)| key)
}

fn ec(curve: Curve, der: &[u8]) -> Result<Signer, InvalidPrivateKey> {
    EcdsaKeyPair::from_private_key_der(curve.signing(), der)
        .map(|pair| Signer::Ec(curve, pair))
        .map_err(|error| InvalidPrivateKey::Ec {
            detail: error.to_string(),
        })
}

/// The library's answer, or what can be said of a key that it refused.
fn rsa<E: ToString>(read: Result<RsaKeyPair, E>, der: &[u8]) -> Result<Signer, InvalidPrivateKey> {
    read.map(Signer::Rsa).map_err(|error| {
        of_other_size(der).unwrap_or_else(|| InvalidPrivateKey::Rsa {
            detail: error.to_string(),
        })
    })
}

/// That an `RSAPrivateKey` is too small or too large; `None` if its size is not what is wrong with it.
fn of_other_size(der: &[u8]) -> Option<InvalidPrivateKey> {
    let public_key = rsa_public_half(der)?;
    match public_key.algorithm() {
        PublicKeyAlgorithm::Rsa { bits } if !RSA_BITS.contains(bits) => {
            Some(InvalidPrivateKey::RsaSize {
                bits: *bits,
                public_key: Box::new(public_key),
            })
        }
        PublicKeyAlgorithm::Rsa { .. }
        | PublicKeyAlgorithm::EcP256
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Ed25519
        | PublicKeyAlgorithm::Other(_) => None,
    }
}

/// The public half that stands in an `RSAPrivateKey`; whether it belongs to the rest is not looked at.
fn rsa_public_half(der: &[u8]) -> Option<PublicKey> {
    let fields = AnyRef::from_der(der).ok()?;
    let mut reader = SliceReader::new(fields.value()).ok()?;
    u8::decode(&mut reader).ok()?;
    let [modulus, exponent]: [UintRef<'_>; 2] = [reader.decode().ok()?, reader.decode().ok()?];
    PublicKey::from_rsa(RsaNumbers {
        modulus: modulus.as_bytes(),
        exponent: exponent.as_bytes(),
    })
    .ok()
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

/// Algorithm and key of a `PrivateKeyInfo`; the rest is the library's to read.
fn pkcs8_fields(der: &[u8]) -> der::Result<(AlgorithmIdentifierRef<'_>, &[u8])> {
    // As in the other forms, bytes behind the structure are refused: the library skips them.
    let fields = AnyRef::from_der(der)?;
    fields.tag().assert_eq(Tag::Sequence)?;
    let mut reader = SliceReader::new(fields.value())?;
    u8::decode(&mut reader)?;
    let algorithm = reader.decode()?;
    let key: &OctetStringRef = reader.decode()?;
    Ok((algorithm, key.as_bytes()))
}

fn malformed(form: &'static str, error: &der::Error) -> InvalidPrivateKey {
    InvalidPrivateKey::Malformed {
        form,
        detail: error.to_string(),
    }
}
