//! The MAC of PKCS#12: PBMAC1, which no program here writes, and what it may cost.
//!
//! The files are put together here; OpenSSL computes what is in them.

use trustpack_keystore::contents::{self, Contents, ReadContentsError};
use trustpack_keystore::password::Password;

use crate::programs::Folder;

const SALT: [u8; 8] = *b"saltsalt";
/// An authenticated safe with nothing in it.
const SAFE: [u8; 2] = [0x30, 0];
/// Contents of object identifiers below 1.2.840.113549.
const RSADSI: [u8; 6] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d];

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u8::try_from(contents.len()).unwrap();
    // The long form also where the short one would do would not be DER.
    let length = if length < 0x80 {
        vec![length]
    } else {
        vec![0x81, length]
    };
    [&[tag], length.as_slice(), &contents].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

fn oid(tail: &[u8]) -> Vec<u8> {
    element(6, &[&RSADSI, tail])
}

fn number(number: u32) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let zeros = octets
        .iter()
        .take_while(|octet| **octet == 0)
        .count()
        .min(3);
    let sign: &[u8] = if octets[zeros] & 0x80 == 0 { &[] } else { &[0] };
    element(2, &[sign, &octets[zeros..]])
}

/// A file whose MAC has this algorithm, value and iterations.
fn pfx(algorithm: &[u8], value: &[u8], iterations: u32) -> Vec<u8> {
    let safe = element(0xa0, &[&element(4, &[&SAFE])]);
    let digest = sequence(&[algorithm, &element(4, &[value])]);
    let mac = sequence(&[&digest, &element(4, &[&SALT]), &number(iterations)]);
    sequence(&[&number(3), &sequence(&[&oid(&[1, 7, 1]), &safe]), &mac])
}

/// The algorithm of PBMAC1: HMAC and pseudo-random function by their last numbers.
fn pbmac1(iterations: u32, key_octets: Option<u32>, prf: u8, hmac: u8) -> Vec<u8> {
    let length = key_octets.map(number).unwrap_or_default();
    let prf = sequence(&[&oid(&[2, prf]), &[5, 0]]);
    let parameters = sequence(&[&element(4, &[&SALT]), &number(iterations), &length, &prf]);
    let derivation = sequence(&[&oid(&[1, 5, 12]), &parameters]);
    let hmac = sequence(&[&oid(&[2, hmac]), &[5, 0]]);
    sequence(&[&oid(&[1, 5, 14]), &sequence(&[&derivation, &hmac])])
}

fn read(file: &[u8], password: &str) -> Result<Contents, ReadContentsError> {
    contents::read(file, &Password::new(password).into())
}

#[test]
fn pbmac1_with_each_digest() {
    let folder = Folder::new();
    folder.write("safe", SAFE);
    for (number, digest, key_octets) in [
        (7, "SHA1", 20),
        (8, "SHA224", 28),
        (9, "SHA256", 32),
        (10, "SHA384", 48),
        (11, "SHA512", 64),
    ] {
        let key = folder.run(&format!(
            "openssl kdf -keylen {key_octets} -kdfopt digest:{digest} -kdfopt pass:p\u{e4}\u{df} \
             -kdfopt salt:saltsalt -kdfopt iter:2048 PBKDF2"
        ));
        let key = key.trim().replace(':', "");
        folder.run(&format!(
            "openssl dgst -{digest} -mac HMAC -macopt hexkey:{key} -binary -out value safe"
        ));
        let algorithm = pbmac1(2048, Some(key_octets), number, number);
        // Salt and iterations beside the value have no meaning.
        let file = pfx(&algorithm, &folder.read("value"), 1);
        let contents = read(&file, "p\u{e4}\u{df}").unwrap_or_else(|e| panic!("{digest}: {e}"));
        assert!(contents.is_empty() && contents.notes.is_empty());
        assert!(read(&file, "other").unwrap_err().is_password());
    }
}

#[track_caller]
fn refused(file: &[u8], want: &str) {
    let text = read(file, "secret").unwrap_err().to_string();
    assert!(text.contains(want), "{text}");
}

#[test]
fn what_would_take_hours_is_refused() {
    let most = (1 << 31) - 1;
    let sha256 = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let said = "asks for more than 20000000 iterations";
    refused(&pfx(&sha256, &[0; 32], most), said);
    refused(&pfx(&sha256, &[0; 32], u32::MAX), said);
    refused(&pfx(&pbmac1(most, Some(32), 9, 9), &[0; 32], 1), said);
}

#[test]
fn short_keys_of_pbmac1_are_refused() {
    for (octets, said) in [
        (Some(1), "a MAC with a key of 1 bytes"),
        (Some(19), "a MAC with a key of 19 bytes"),
        (Some(65), "a MAC with a key of 65 bytes"),
        (Some(u32::MAX), "a MAC with a key of 4294967295 bytes"),
        (None, "a MAC with a key of 0 bytes"),
    ] {
        refused(&pfx(&pbmac1(1, octets, 9, 9), &[0; 32], 1), said);
    }
}
