//! Measures building, loading, verifying and asking a list of a million certificates.
//!
//! `cargo run --release -p trustpack-judge --example crl_index [COUNT]`, on Linux.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement prints, and stops where something is wrong"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use trustpack_judge::revocation::list::KnownList;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::build::{self, CrlToBeSigned, NewEntry};
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::name::Name;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::RsaPkcs1(Digest::Sha256);

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let count: u64 = count.unwrap_or(1_000_000);
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let file = std::env::temp_dir().join(format!("trustpack-crl-{count}.der"));
    build_list(count, &key, &file);
    reset_peak();

    let before = memory();
    let start = Instant::now();
    let der = std::fs::read(&file).expect("the list");
    let read = start.elapsed();
    let octets = der.len();
    let list = KnownList::new(RevocationList::from_der(der).expect("a list"));
    let indexed = start.elapsed();
    assert!(list.is_signed_by(&public_key(&key)), "the signature holds");
    let verified = start.elapsed();
    let after = memory();
    println!("file {:.1} MB, read in {read:?}", megabytes(octets));
    println!("indexed after {indexed:?}, verified after {verified:?}");
    println!(
        "kept {:.1} MB, peak {:.1} MB more than before",
        (after.now - before.now) / 1e3,
        (after.peak - before.now) / 1e3
    );
    std::fs::remove_file(&file).expect("the list is removed");
    ask(&list, count);
}

/// Serial numbers as ours: 16 octets that look random.
fn serial(number: u64) -> Serial {
    let mix = |number: u64| {
        let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    };
    let halves = [mix(number + 1), mix(number + 0x9e37_79b9_7f4a_7c15)];
    let mut octets = [0; 16];
    for (octet, from) in octets
        .iter_mut()
        .zip(halves.iter().flat_map(|h| h.to_be_bytes()))
    {
        *octet = from;
    }
    Serial::from_random(octets)
}

fn build_list(count: u64, key: &RsaKeyPair, file: &std::path::Path) {
    reset_peak();
    let before = memory();
    let start = Instant::now();
    let to_be_signed = CrlToBeSigned {
        issuer: Name::from_der(&[0x30, 0]).expect("a name"),
        signature_algorithm: ALGORITHM,
        this_update: Timestamp::from_unix(1_790_000_000),
        next_update: Timestamp::from_unix(1_792_000_000),
        number: CrlNumber::from_u64(7),
        authority_key_id: Some(vec![7; 20]),
    };
    let entries = (0..count).map(|number| NewEntry {
        serial: serial(number),
        revoked: Timestamp::from_unix(1_780_000_000 + number),
        reason: RevocationReason::KeyCompromise,
        invalid_since: None,
    });
    let tbs = to_be_signed.to_der(entries).expect("a list");
    let built = start.elapsed();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &tbs,
        &mut signature,
    )
    .expect("a signature");
    let der = build::join(tbs, &ALGORITHM, &signature).expect("a list");
    println!(
        "built {count} entries in {built:?}, signed after {:?}, peak {:.1} MB for {:.1} MB",
        start.elapsed(),
        (memory().peak - before.now) / 1e3,
        megabytes(der.len())
    );
    std::fs::write(file, der).expect("a file");
}

/// Asks for scattered serial numbers, half of which are on the list.
fn ask(list: &KnownList, count: u64) {
    const QUESTIONS: u64 = 200_000;
    let serials: Vec<Serial> = (0..QUESTIONS)
        .map(|number| serial(number.wrapping_mul(0x9e37_79b9) % (2 * count)))
        .collect();
    let start = Instant::now();
    let found = serials
        .iter()
        .filter(|serial| black_box(list.find(serial)).is_some())
        .count();
    let each = start.elapsed() / u32::try_from(QUESTIONS).expect("a small number");
    println!("asked for {QUESTIONS}, {found} found, {each:?} each");

    // One at a time, with the caches full of something else.
    let mut other = vec![0_u8; 64 * 1024 * 1024];
    let mut cold = Duration::ZERO;
    let few = serials.iter().step_by(2000);
    let asked = u32::try_from(few.len()).expect("a small number");
    for serial in few {
        other
            .iter_mut()
            .step_by(64)
            .for_each(|octet| *octet = octet.wrapping_add(1));
        black_box(&other);
        let start = Instant::now();
        black_box(list.find(serial));
        cold += start.elapsed();
    }
    println!("with cold caches: {:?} each", cold / asked);
}

fn public_key(key: &RsaKeyPair) -> PublicKey {
    let bits = key.public_key().as_ref();
    let wrap = |tag: u8, contents: Vec<u8>| {
        let length = u16::try_from(contents.len()).expect("a small key");
        let mut element = vec![tag, 0x82];
        element.extend(length.to_be_bytes());
        element.extend(contents);
        element
    };
    let algorithm = [
        0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0,
    ];
    let bits = wrap(3, [&[0], bits].concat());
    let spki = wrap(0x30, [&algorithm[..], &bits].concat());
    PublicKey::from_der(&spki).expect("a key")
}

/// Resident memory in kilobytes.
struct Memory {
    now: f64,
    peak: f64,
}

fn memory() -> Memory {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| -> f64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).unwrap_or(0.0)
    };
    Memory {
        now: field("VmRSS:"),
        peak: field("VmHWM:"),
    }
}

fn reset_peak() {
    // Where that is not allowed the peak is one of the whole run.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

fn megabytes(octets: usize) -> f64 {
    f64::from(u32::try_from(octets).unwrap_or(u32::MAX)) / 1e6
}
