//! Damaged certificates, requests, lists and their parts: each is read or refused with a sentence, and what is
//! read can be shown and looked at by every rule.
//!
//! The fixtures are of OpenSSL 3.0 (`fuzz/make-seeds.sh`), with an extension of each kind that is read.

use trustpack_mutations::trial::{Memory, Refusal, Trial, check_message, one_is_read};
use trustpack_mutations::{octets, pem};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::certificate::malformed::AnyCertificate;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::dns::{DnsName, WildcardName};
use trustpack_x509::email::EmailAddress;
use trustpack_x509::lint;
use trustpack_x509::name::Name;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::request::CertificationRequest;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

const CERTIFICATE: &[u8] = include_bytes!("fixtures/certificate.der");
const EVERY_EXTENSION: &[u8] = include_bytes!("fixtures/every_extension.der");
const REQUEST: &[u8] = include_bytes!("fixtures/request.der");
const LIST: &[u8] = include_bytes!("fixtures/list.der");

/// A name or an extension is kept as a few values of some dozen octets each; findings quote them.
const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 100,
        octets: 64 * 1024,
    },
    rounds: 4_000,
    seed: 0x5eed_0003,
};

fn certificate(der: &[u8]) -> Result<(), Refusal> {
    if let Ok(AnyCertificate::Malformed(malformed)) = AnyCertificate::from_der(der) {
        // Whoever only looks at it sees everything that can be seen, and what is wrong.
        let found = lint::certificate(malformed.danger_rest());
        assert!(
            found.iter().any(|one| one.rule == "readable"),
            "{malformed:?}"
        );
        assert!(Certificate::from_der(der).is_err());
    }
    let certificate = Certificate::from_der(der)?;
    drop(format!("{certificate:?} {:?}", certificate.extensions()));
    drop(certificate.subject().oneline());
    for finding in lint::certificate(&certificate) {
        check_message(&finding.violation.message);
    }
    Ok(())
}

fn request(der: &[u8]) -> Result<(), Refusal> {
    let request = CertificationRequest::from_der(der)?;
    drop(format!("{request:?} {:?}", request.extensions()));
    for finding in lint::request(&request) {
        check_message(&finding.violation.message);
    }
    Ok(())
}

fn list(der: &[u8]) -> Result<(), Refusal> {
    let list = RevocationList::from_der(der)?;
    drop(format!("{list:?} {:?}", list.head()));
    for finding in lint::revocation_list(&list) {
        check_message(&finding.violation.message);
    }
    for entry in list.entries() {
        drop(entry?.serial().to_string());
    }
    Ok(())
}

fn name(der: &[u8]) -> Result<(), Refusal> {
    let name = Name::from_der(der)?;
    drop((name.to_string(), name.oneline()));
    Ok(())
}

fn key(der: &[u8]) -> Result<(), Refusal> {
    let key = PublicKey::from_der(der)?;
    drop((key.rsa_numbers().is_some(), key.fingerprint()));
    Ok(())
}

#[test]
fn damaged_certificates() {
    let files = [
        ("a certificate", CERTIFICATE.to_vec()),
        ("another", EVERY_EXTENSION.to_vec()),
    ];
    TRIAL.of_octets(&files, certificate).is_at_least(2, 300);
}

#[test]
fn damaged_requests() {
    TRIAL
        .of_octets(&[("a request", REQUEST.to_vec())], request)
        .is_at_least(1, 150);
}

#[test]
fn damaged_lists() {
    TRIAL
        .of_octets(&[("a list", LIST.to_vec())], list)
        .is_at_least(1, 100);
}

#[test]
fn damaged_parts() {
    let of = Certificate::from_der(EVERY_EXTENSION).expect("a certificate");
    TRIAL
        .of_octets(&[("a name", of.subject().der().to_vec())], name)
        .is_at_least(1, 150);
    TRIAL
        .of_octets(&[("a key", of.public_key().der().to_vec())], key)
        .is_at_least(1, 20);
}

type Reader = fn(&[u8]) -> Result<(), Refusal>;
const READERS: [(&str, Reader, &[u8]); 3] = [
    ("certificate", certificate, CERTIFICATE),
    ("request", request, REQUEST),
    ("list", list, LIST),
];

#[test]
fn some_damage_is_of_no_account() {
    // Else the tests above would look at refusals only.
    for (what, read, good) in READERS {
        let mut numbers = trustpack_mutations::numbers::Numbers::new(1);
        let damaged = (0..1_000).map(|_| octets::mutated(good, good, &mut numbers));
        let count = damaged.filter(|der| read(der).is_ok()).count();
        assert!(count > 20, "{what}: {count} are read");
    }
}

#[test]
fn no_beginning_of_one_is_one_and_nothing_may_follow() {
    for (what, read, good) in READERS {
        assert!(read(good).is_ok(), "{what}");
        for end in 0..good.len() {
            assert!(read(&good[..end]).is_err(), "{what}: {end}");
        }
        assert!(read(&[good, &[0]].concat()).is_err(), "{what}");
    }
}

#[test]
fn what_is_encoded_otherwise_or_is_of_another_kind() {
    for (what, read, good) in READERS {
        for (way, file) in pem::ways("CERTIFICATE", good) {
            TRIAL.one(&format!("{what}: {way}"), &file, |file| {
                assert!(read(file).is_err(), "DER is read, and nothing else");
                read(file)
            });
        }
        for (other, _, file) in READERS.iter().filter(|(other, ..)| *other != what) {
            assert!(read(file).is_err(), "{other} as {what}");
        }
    }
}

#[test]
fn sizes_and_depths_that_cannot_be() {
    let nested: Vec<u8> = [0x30, 0x84, 0x00, 0x0f, 0xff, 0xff].repeat(50_000);
    let files = [
        ("2^63 octets", vec![0x30, 0x88, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        (
            "2^63 - 1 octets",
            [&[0x30, 0x88, 0x7f][..], &[0xff; 7]].concat(),
        ),
        ("4 GiB", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
        (
            "a length of 127 octets",
            [&[0x30, 0xff][..], &[0xff; 127]].concat(),
        ),
        ("an open length", vec![0x30, 0x80, 0, 0]),
        ("a long tag", vec![0x3f; 100_000]),
        ("nested without end", vec![0x30; 1 << 20]),
        ("nested open", [0x30, 0x80].repeat(1 << 19)),
        ("nested with lengths", nested),
        ("nothing", Vec::new()),
        ("16 MiB of nothing", vec![0; 1 << 24]),
    ];
    for (what, file) in files {
        for (reader, read, _) in READERS {
            TRIAL.one(&format!("{reader}: {what}"), &file, |file| {
                assert!(read(file).is_err());
                read(file)
            });
        }
    }
}

#[test]
fn damaged_words() {
    let words = [
        "*.a-b.example.com",
        "a@b.example",
        "2026-11-21T10:00:00Z",
        "0x00FFAB12",
        "xn--bcher-kva.example",
    ];
    let long = "a".repeat(65_536);
    let trial = Trial {
        rounds: 1_000,
        ..TRIAL
    };
    trial
        .of_texts(&[&words[..], &[long.as_str()]].concat(), |word| {
            let outcomes: [Option<Refusal>; 5] = [
                word.parse::<DnsName>().err().map(Into::into),
                word.parse::<WildcardName>().err().map(Into::into),
                word.parse::<EmailAddress>().err().map(Into::into),
                word.parse::<Serial>().err().map(Into::into),
                word.parse::<Timestamp>().err().map(Into::into),
            ];
            one_is_read(outcomes)
        })
        .is_at_least(5, 600);
}
