//! What a file can ask for: costs, and descriptions that make no sense.

use der::Encode;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};

use super::*;

const PBES1_SCHEMES: [&str; 4] = [
    "1.2.840.113549.1.5.3",
    "1.2.840.113549.1.5.6",
    "1.2.840.113549.1.5.10",
    "1.2.840.113549.1.5.11",
];

const PKCS12_SCHEMES: [&str; 6] = [
    "1.2.840.113549.1.12.1.1",
    "1.2.840.113549.1.12.1.2",
    "1.2.840.113549.1.12.1.3",
    "1.2.840.113549.1.12.1.4",
    "1.2.840.113549.1.12.1.5",
    "1.2.840.113549.1.12.1.6",
];

/// What comes of 16 encrypted bytes under this scheme and these parameters.
fn attempt(scheme: &str, parameters: &[u8]) -> Result<(), DecryptError> {
    let algorithm = AlgorithmIdentifierRef {
        oid: ObjectIdentifier::new(scheme).unwrap(),
        parameters: Some(AnyRef::from_der(parameters).unwrap()),
    };
    let password = Spelling::of(&Password::new("secret"));
    decrypt(&algorithm, &[0; 16], &password, &mut KdfBudget::new()).map(|_plain| ())
}

fn salt_and_count(iterations: &[u8]) -> Vec<u8> {
    SaltAndCountFields {
        salt: OctetStringRef::new(&[1; 8]).unwrap(),
        iterations: UintRef::new(iterations).unwrap(),
    }
    .to_der()
    .unwrap()
}

#[test]
fn iterations_without_end_are_refused_at_once() {
    let too_costly = Err(DecryptError::TooCostly(KdfTooCostly));
    for scheme in PBES1_SCHEMES.into_iter().chain(PKCS12_SCHEMES) {
        for iterations in [&[0x80, 0, 0, 0][..], &[0xff; 8], &[0xff; 30]] {
            assert_eq!(attempt(scheme, &salt_and_count(iterations)), too_costly);
        }
        let none = attempt(scheme, &salt_and_count(&[0]));
        assert!(
            matches!(none, Err(DecryptError::Malformed { .. })),
            "{scheme}"
        );
    }
}

#[test]
fn a_wrong_password_is_seen_by_the_padding() {
    for scheme in PBES1_SCHEMES {
        let found = attempt(scheme, &salt_and_count(&[1]));
        assert_eq!(found, Err(DecryptError::WrongPassword), "{scheme}");
    }
}

/// PBES2 with scrypt of these numbers and AES-128.
fn scrypt(cost: u32, block: u8, parallel: u8) -> Vec<u8> {
    let number = |value: u32| {
        let bytes = value.to_be_bytes();
        UintRef::new(&bytes).unwrap().to_der().unwrap()
    };
    let parts = [
        OctetStringRef::new(&[1; 8]).unwrap().to_der().unwrap(),
        number(cost),
        number(block.into()),
        number(parallel.into()),
    ];
    let derivation = sequence(&[
        &oid("1.3.6.1.4.1.11591.4.11"),
        &sequence(&parts.each_ref().map(Vec::as_slice)),
    ]);
    let vector = OctetStringRef::new(&[2; 16]).unwrap().to_der().unwrap();
    let cipher = sequence(&[&oid("2.16.840.1.101.3.4.1.2"), &vector]);
    sequence(&[&derivation, &cipher])
}

fn oid(text: &str) -> Vec<u8> {
    ObjectIdentifier::new(text).unwrap().to_der().unwrap()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    AnyRef::new(der::Tag::Sequence, &contents)
        .unwrap()
        .to_der()
        .unwrap()
}

#[test]
fn scrypt_has_limits_of_memory_and_time() {
    let check =
        |cost, block, parallel| attempt("1.2.840.113549.1.5.13", &scrypt(cost, block, parallel));
    let too_costly = Err(DecryptError::TooCostly(KdfTooCostly));
    assert_eq!(check(1 << 20, 8, 1), too_costly, "a gigabyte");
    assert_eq!(check(1 << 31, 1, 1), too_costly);
    assert_eq!(
        check(1 << 14, 8, 255),
        too_costly,
        "16 megabytes, 255 times"
    );
    assert_eq!(check(16, 1, 1), Err(DecryptError::WrongPassword));
    for (cost, block, parallel) in [
        (0, 8, 1),
        (1, 8, 1),
        (1000, 8, 1),
        (1024, 0, 1),
        (1024, 8, 0),
    ] {
        let found = check(cost, block, parallel);
        assert!(
            matches!(found, Err(DecryptError::Malformed { .. })),
            "{cost} {block} {parallel}: {found:?}"
        );
    }
}
