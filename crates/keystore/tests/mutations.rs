//! Damaged keys and stores of every form, files of a kind that they do not say, and files that ask for more than
//! there is: each is read or refused with a sentence, and takes memory in proportion to its size.
//!
//! A program of its own, because memory is counted for all of it. The seeds are those of the fuzz targets.

#![cfg(test)]

use trustpack_keystore::contents::{self, ReadContentsError};
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::store::Store;
use trustpack_keystore::{pem, pkcs12};
use trustpack_mutations::pem as labels;
use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_error, check_message};

/// A certificate is kept with its octets, and as values of some dozen octets for each of its parts.
const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 100,
        octets: 256 * 1024,
    },
    rounds: 400,
    seed: 0x5eed_0004,
};

fn secret() -> Password {
    Password::new("secret")
}

fn any_contents(file: &[u8]) -> Result<(), Refusal> {
    for passwords in [Passwords::none(), Password::new("wrong").into()] {
        match contents::look(file, &passwords) {
            Ok(found) => {
                let all = found.certificates.len() + found.malformed.len();
                assert_eq!(found.danger_all().len(), all);
                let refused = contents::read(file, &passwords).is_err();
                assert_eq!(refused, !found.malformed.is_empty());
            }
            Err(error) => check_error(&error),
        }
    }
    let contents = contents::read(file, &secret().into())?;
    for key in &contents.keys {
        if let Err(error) = &key.key {
            check_error(error);
        }
    }
    contents
        .notes
        .iter()
        .for_each(|note| check_message(&note.to_string()));
    Store::from_contents(contents)?;
    Ok(())
}

fn private_key(file: &[u8]) -> Result<(), Refusal> {
    if let Err(error) = pem::read_private_key(file, None) {
        check_error(&error);
    }
    pem::read_private_key(file, Some(&secret()))?;
    Ok(())
}

fn certificates(file: &[u8]) -> Result<(), Refusal> {
    let _key = pem::holds_private_key(file);
    pem::read_certificates(file)?;
    Ok(())
}

fn pfx(file: &[u8]) -> Result<(), Refusal> {
    let _encryption = pkcs12::encryption_of(file);
    pkcs12::read(file, &secret())?;
    Ok(())
}

type Reader = fn(&[u8]) -> Result<(), Refusal>;
const READERS: [(&str, Reader); 4] = [
    ("contents", any_contents),
    ("private_key", private_key),
    ("pem_certificates", certificates),
    ("pkcs12", pfx),
];

/// No file is too hostile for a reader that has nothing to do with it.
fn refused_by_all(what: &str, file: &[u8]) {
    for (reader, read) in READERS {
        TRIAL.one(&format!("{reader}: {what}"), file, |file| {
            assert!(read(file).is_err(), "it is read");
            read(file)
        });
    }
}

#[test]
fn damaged_files_of_any_format() {
    TRIAL
        .of_octets(&seeds::of_target("contents"), any_contents)
        .is_at_least(12, 100);
}

#[test]
fn damaged_private_keys() {
    TRIAL
        .of_octets(&seeds::of_target("private_key"), private_key)
        .is_at_least(15, 20);
}

#[test]
fn damaged_files_of_certificates() {
    TRIAL
        .of_octets(&seeds::of_target("pem_certificates"), certificates)
        .is_at_least(2, 100);
}

#[test]
fn damaged_pkcs12() {
    TRIAL
        .of_octets(&seeds::of_target("pkcs12"), pfx)
        .is_at_least(5, 30);
}

#[test]
fn the_wrong_label_and_encoded_twice() {
    for (target, label) in [
        ("certificate", "CERTIFICATE"),
        ("pkcs12", "PKCS12"),
        ("private_key", "PRIVATE KEY"),
    ] {
        for (name, der) in seeds::of_target(target)
            .iter()
            .filter(|(_, seed)| seed.first() == Some(&0x30))
        {
            for (way, file) in labels::ways(label, der) {
                for (reader, read) in READERS {
                    TRIAL.one(&format!("{reader}: {name}, {way}"), &file, read);
                }
            }
        }
    }
}

#[test]
fn every_reader_meets_every_file() {
    for (target, _) in READERS {
        for (name, file) in seeds::of_target(target) {
            for (reader, read) in READERS {
                TRIAL.one(&format!("{reader}: {name}"), &file, read);
            }
        }
    }
}

#[test]
fn sizes_and_depths_that_cannot_be() {
    let jks = |rest: &[u8]| [&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2], rest].concat();
    let digest = [0; 20];
    let entry = [
        &[0, 0, 0, 1, 0, 0, 0, 1, 0, 1, b'a', 0, 0, 0, 0, 0, 0, 0, 0][..],
        &[0xff; 4],
        &digest,
    ]
    .concat();
    for (what, file) in [
        ("2^63 octets", vec![0x30, 0x88, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        (
            "2^63 - 1 octets",
            [&[0x30, 0x88, 0x7f][..], &[0xff; 7]].concat(),
        ),
        ("4 GiB", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        ("an open length and nothing", vec![0x30, 0x80]),
        ("nested open", [0x30, 0x80].repeat(1 << 18)),
        ("nested open strings", [0x24, 0x80].repeat(1 << 18)),
        ("nested", vec![0x30; 1 << 19]),
        (
            "nested with lengths",
            [0x30, 0x84, 0, 0x0f, 0xff, 0xff].repeat(1 << 16),
        ),
        (
            "JKS of 2^32 entries",
            jks(&[&[0xff; 4][..], &digest].concat()),
        ),
        ("JKS with a key of 4 GiB", jks(&entry)),
        ("JKS with nothing", jks(&[])),
        (
            "JCEKS of 2^32 entries",
            [&[0xce; 4][..], &[0, 0, 0, 2], &[0xff; 4], &digest].concat(),
        ),
        ("1 MiB of dashes", vec![b'-'; 1 << 20]),
        ("1 MiB of BEGIN", b"-----BEGIN ".repeat(100_000)),
        ("1 MiB of blank lines", vec![b'\n'; 1 << 20]),
        ("1 MiB of NUL", vec![0; 1 << 20]),
        (
            "1 MiB of label",
            ["-----BEGIN ", &"A".repeat(1 << 20), "-----\n"]
                .concat()
                .into_bytes(),
        ),
        (
            "no end",
            ["-----BEGIN CERTIFICATE-----\n", &"A".repeat(1 << 20)]
                .concat()
                .into_bytes(),
        ),
    ] {
        refused_by_all(what, &file);
    }
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    let mut file = b"-----BEGIN CERTIFICATE-----\n".to_vec();
    file.resize(100 << 20, b'A');
    let trial = Trial {
        memory: Memory {
            per_octet: 0,
            octets: 1 << 20,
        },
        ..TRIAL
    };
    for (reader, read) in READERS {
        trial.one(reader, &file, |file| {
            assert!(read(file).is_err(), "it is read");
            read(file)
        });
    }
    let all: Refusal = Box::new(contents::read(&file, &Passwords::none()).unwrap_err());
    assert!(
        all.downcast_ref()
            .is_some_and(|error| matches!(error, ReadContentsError::TooLarge { .. }))
    );
}

/// An element of DER of less than 64 KiB.
fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(contents.len()).unwrap().to_be_bytes();
    // The shortest form: another is no DER, and would be refused for that.
    let length: &[u8] = match (high, low) {
        (0, 0..0x80) => &[low],
        (0, _) => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [&[tag], length, contents].concat()
}

/// An encrypted key whose derivation is given, with AES-256.
fn encrypted_key(derivation: &[u8]) -> Vec<u8> {
    let cipher = [
        &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42, 4, 16][..],
        &[7; 16],
    ]
    .concat();
    let parameters = element(0x30, &[derivation, &element(0x30, &cipher)].concat());
    let pbes2 = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
    let algorithm = element(0x30, &[&pbes2[..], &parameters].concat());
    element(0x30, &[algorithm, element(4, &[5; 64])].concat())
}

fn pbkdf2(iterations: &[u8]) -> Vec<u8> {
    let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
    let parameters = [element(4, b"saltsalt"), element(2, iterations)].concat();
    encrypted_key(&element(
        0x30,
        &[&oid[..], &element(0x30, &parameters)].concat(),
    ))
}

fn scrypt(numbers: [&[u8]; 3]) -> Vec<u8> {
    let oid = [6, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
    let numbers = numbers.map(|number| element(2, number)).concat();
    let parameters = [element(4, b"saltsalt"), numbers].concat();
    encrypted_key(&element(
        0x30,
        &[&oid[..], &element(0x30, &parameters)].concat(),
    ))
}

#[test]
fn passwords_that_would_take_for_ever() {
    let huge = [&[0x7f][..], &[0xff; 30]].concat();
    for (what, file) in [
        ("2^31 iterations", pbkdf2(&[0, 0x80, 0, 0, 0])),
        ("2^64 iterations", pbkdf2(&[1, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("2^247 iterations", pbkdf2(&huge)),
        ("minus one iteration", pbkdf2(&[0xff])),
        ("no iteration", pbkdf2(&[0])),
        (
            "scrypt with N of 2^40",
            scrypt([&[1, 0, 0, 0, 0, 0], &[8], &[1]]),
        ),
        ("scrypt with r of 2^24", scrypt([&[2], &[1, 0, 0, 0], &[1]])),
        (
            "scrypt with p of 2^31",
            scrypt([&[2], &[1], &[0, 0x80, 0, 0, 0]]),
        ),
        ("scrypt with all of 2^247", scrypt([&huge, &huge, &huge])),
        ("scrypt with N of 3", scrypt([&[3], &[1], &[1]])),
        ("scrypt with nothing", scrypt([&[0], &[0], &[0]])),
    ] {
        TRIAL.one(what, &file, |file| {
            assert!(private_key(file).is_err(), "it is read");
            private_key(file)
        });
        TRIAL.one(what, &file, any_contents);
        let error = pem::read_private_key(&file, Some(&secret()))
            .unwrap_err()
            .to_string();
        assert!(
            !error.contains("password does not open"),
            "{what} was tried: {error}"
        );
    }
}

#[test]
fn without_a_password_many_locked_keys_are_not_all_tried() {
    use base64ct::{Base64, Encoding as _};
    // 900,000 iterations each: tried all, this test would take minutes.
    let text = Base64::encode_string(&pbkdf2(&[0x0d, 0xbb, 0xa0]));
    let block = format!(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{text}\n-----END ENCRYPTED PRIVATE KEY-----\n"
    );
    TRIAL.one("300 keys", block.repeat(300).as_bytes(), |file| {
        let read = contents::read(file, &Passwords::none())?;
        assert_eq!(read.keys.iter().filter(|key| key.is_locked()).count(), 300);
        Ok(())
    });
}
