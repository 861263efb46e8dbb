//! What kinds of key and curve are called that are known and not used here, so that a refusal names them.
//!
//! A table for messages: nothing is decided by it.

use der::asn1::ObjectIdentifier;

/// Kinds of private key. Source: the registries of the bodies that the identifiers begin with.
const ALGORITHMS: [(&str, &str); 18] = [
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.113549.1.3.1", "Diffie-Hellman"),
    ("1.2.840.10046.2.1", "Diffie-Hellman (X9.42)"),
    ("1.2.840.113549.1.1.10", "RSA for PSS only"),
    ("1.2.840.113549.1.1.7", "RSA for OAEP only"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.113", "Ed448"),
    ("1.2.643.2.2.19", "GOST R 34.10-2001"),
    ("1.2.643.7.1.1.1.1", "GOST R 34.10-2012, 256 bits"),
    ("1.2.643.7.1.1.1.2", "GOST R 34.10-2012, 512 bits"),
    ("1.3.132.1.12", "ECDH only"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("2.16.840.1.101.3.4.4.1", "ML-KEM-512"),
    ("2.16.840.1.101.3.4.4.2", "ML-KEM-768"),
    ("2.16.840.1.101.3.4.4.3", "ML-KEM-1024"),
];

/// Curves. Source: SEC 2, RFC 5639, GM/T 0006.
const CURVES: [(&str, &str); 16] = [
    ("1.2.840.10045.3.1.1", "secp192r1"),
    ("1.3.132.0.31", "secp192k1"),
    ("1.3.132.0.33", "secp224r1"),
    ("1.3.132.0.32", "secp224k1"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.132.0.26", "sect233k1"),
    ("1.3.132.0.27", "sect233r1"),
    ("1.3.132.0.16", "sect283k1"),
    ("1.3.132.0.17", "sect283r1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1"),
    ("1.2.156.10197.1.301", "SM2"),
];

/// The name of a kind of key, else its object identifier.
pub(super) fn algorithm_name(oid: ObjectIdentifier) -> String {
    name(&ALGORITHMS, oid)
}

/// The name of a curve, else its object identifier.
pub(super) fn curve_name(oid: ObjectIdentifier) -> String {
    name(&CURVES, oid)
}

fn name(names: &[(&str, &str)], oid: ObjectIdentifier) -> String {
    let oid = oid.to_string();
    names
        .iter()
        .find(|(known, _)| *known == oid)
        .map_or_else(|| oid.clone(), |(_, name)| (*name).to_owned())
}
