//! What schemes and ciphers are called that are known and not supported, so that a refusal names them.
//!
//! A table for messages: nothing is decided by it.

use der::asn1::ObjectIdentifier;

/// Source: the registries of the bodies that the identifiers begin with.
const NAMES: [(&str, &str); 21] = [
    ("1.2.840.113549.1.5.1", "PBES1 with MD2 and DES"),
    ("1.2.840.113549.1.5.4", "PBES1 with MD2 and RC2"),
    ("1.2.840.113549.1.5.14", "PBMAC1"),
    ("1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC"),
    ("1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC"),
    ("1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC"),
    ("1.2.410.200046.1.1.2", "ARIA-128-CBC"),
    ("1.2.410.200046.1.1.7", "ARIA-192-CBC"),
    ("1.2.410.200046.1.1.12", "ARIA-256-CBC"),
    ("1.2.410.200004.1.4", "SEED-CBC"),
    ("1.2.156.10197.1.104.2", "SM4-CBC"),
    ("1.2.840.113533.7.66.10", "CAST5-CBC"),
    ("1.3.6.1.4.1.188.7.1.1.2", "IDEA-CBC"),
    ("1.3.6.1.4.1.3029.1.2", "Blowfish-CBC"),
    ("1.2.840.113549.3.9", "RC5-CBC"),
    ("2.16.840.1.101.3.4.1.6", "AES-128-GCM"),
    ("2.16.840.1.101.3.4.1.26", "AES-192-GCM"),
    ("2.16.840.1.101.3.4.1.46", "AES-256-GCM"),
    ("1.2.643.2.2.21", "GOST 28147-89"),
    ("1.2.643.7.1.1.5.2", "Kuznyechik"),
    ("1.2.840.113549.2.5", "HMAC-MD5"),
];

/// The name, else the object identifier.
pub(super) fn name(oid: ObjectIdentifier) -> String {
    let oid = oid.to_string();
    NAMES
        .iter()
        .find(|(known, _)| *known == oid)
        .map_or_else(|| oid.clone(), |(_, name)| (*name).to_owned())
}
