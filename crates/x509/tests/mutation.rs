//! Certificates and requests that were damaged: each is read or refused, and what is read can be
//! shown and looked at by every rule. The number of mutations and the seed are fixed.
//!
//! The fixtures are of OpenSSL 3.0, with an extension of each kind that is read.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

use trustpack_x509::certificate::Certificate;
use trustpack_x509::lint;
use trustpack_x509::request::CertificationRequest;

const CERTIFICATE: &[u8] = include_bytes!("fixtures/certificate.der");
const REQUEST: &[u8] = include_bytes!("fixtures/request.der");

/// Mutations of each of them.
const ROUNDS: usize = 20_000;
const SEED: u64 = 0x5eed_0003;

/// Numbers that are the same in every run (xorshift64 by Marsaglia).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).expect("a length");
        usize::try_from(self.next() % limit).expect("a length")
    }
}

/// One to four damages: an octet changed, one bit turned, octets removed, repeated or put in, the end
/// cut off.
fn mutated(seed: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut octets = seed.to_vec();
    for _ in 0..=numbers.below(4) {
        let at = numbers.below(octets.len());
        let length = numbers.below(9).min(octets.len() - at);
        match numbers.below(6) {
            0 => octets[at] = u8::try_from(numbers.below(256)).expect("an octet"),
            1 => octets[at] ^= 1 << numbers.below(8),
            2 => drop(octets.drain(at..at + length)),
            3 => {
                let copy = octets[at..at + length].to_vec();
                octets.splice(at..at, copy);
            }
            4 => octets.insert(at, [0x00, 0x30, 0x80, 0xff][numbers.below(4)]),
            _ => octets.truncate(at),
        }
        if octets.is_empty() {
            return octets;
        }
    }
    octets
}

#[test]
fn damaged_certificates_are_read_or_refused() {
    assert!(Certificate::from_der(CERTIFICATE).is_ok());
    let mut numbers = Numbers(SEED);
    let mut read = 0;
    for _ in 0..ROUNDS {
        match Certificate::from_der(&mutated(CERTIFICATE, &mut numbers)) {
            Ok(certificate) => {
                read += 1;
                let shown = format!("{certificate:?} {:?}", certificate.extensions());
                assert!(!shown.is_empty());
                drop(lint::certificate(&certificate));
                drop(certificate.subject().oneline());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(
        read > ROUNDS / 100,
        "some damages are of no account: {read}"
    );
}

#[test]
fn damaged_requests_are_read_or_refused() {
    assert!(CertificationRequest::from_der(REQUEST).is_ok());
    let mut numbers = Numbers(SEED);
    let mut read = 0;
    for _ in 0..ROUNDS {
        match CertificationRequest::from_der(&mutated(REQUEST, &mut numbers)) {
            Ok(request) => {
                read += 1;
                drop(lint::request(&request));
                drop(format!("{request:?} {:?}", request.extensions()));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert!(
        read > ROUNDS / 100,
        "some damages are of no account: {read}"
    );
}

#[test]
fn no_beginning_of_one_is_one() {
    for end in 0..CERTIFICATE.len() {
        assert!(Certificate::from_der(&CERTIFICATE[..end]).is_err(), "{end}");
    }
    for end in 0..REQUEST.len() {
        assert!(
            CertificationRequest::from_der(&REQUEST[..end]).is_err(),
            "{end}"
        );
    }
    let behind = [CERTIFICATE, &[0]].concat();
    assert!(Certificate::from_der(&behind).is_err());
    let behind = [REQUEST, &[0]].concat();
    assert!(CertificationRequest::from_der(&behind).is_err());
    assert!(Certificate::from_der(&vec![0x30; 200 * 1024]).is_err());
    assert!(CertificationRequest::from_der(&vec![0x30; 200 * 1024]).is_err());
}
