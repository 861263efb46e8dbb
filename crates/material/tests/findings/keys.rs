//! Private keys that our engine does not sign with, and other engines do: what is said of them, and what is foretold.

use trustpack_material::prediction::{Fault, Prediction, Stage};

use crate::support::{Authority, SMALL_KEY, small_public_key};
use crate::two_ends::{Fleet, codes, fails, path, prediction, year};

/// On a curve that is none of NIST's.
const SECP256K1: &str = "-----BEGIN PRIVATE KEY-----
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgt8d29sYTRguKkFt76/2P
4/dfT5t7JGvaRscIEuSLStahRANCAAQOMvwH+QS4WrUuj/hObiaePRHw4+HGS/VX
yGLj2vvM4gA0r6fcWCiKcfRDyfLB6aIWWLCUzJOdpuaJu0kGOv1b
-----END PRIVATE KEY-----
";

const ED448: &str = "-----BEGIN PRIVATE KEY-----
MEcCAQAwBQYDK2VxBDsEOaV+9L3qCExaDizkmY2Wz70TISiIfNRaJk1mI6kgTjl8
NaRfj3wMz8VkdNxVvOvuigKAVJkFpxQPrw==
-----END PRIVATE KEY-----
";

/// A certificate for the key on secp256k1.
const OF_UNKNOWN_KIND: &str = include_str!("secp256k1.pem");

/// The program of the server does its TLS itself.
fn of_openssl(fleet: Fleet) -> Fleet {
    fleet.change("tunnel = \"127.0.0.1:12060\"", "engine = \"openssl\"")
}

/// The server has an RSA key of 1024 bits.
pub(crate) fn small() -> Fleet {
    let root = Authority::root("Root");
    let own = root.issue_for_public(&year("b.example.com"), &small_public_key());
    let mut fleet = Fleet::good(&root);
    let own = trustpack_keystore::pem::certificates_to_pem(&[own]);
    fleet.file("b.example.com", "/own.pem", own);
    fleet.file("b.example.com", "/key.pem", SMALL_KEY);
    fleet
}

fn accepting(fleet: Fleet) -> Fleet {
    let check = "tls-target-name-check = \"host\"";
    fleet.change(
        check,
        &format!("{check}\ndanger-accept-weak = \"2022-01-01\""),
    )
}

fn has(fleet: &Fleet, code: &str) -> bool {
    codes(&fleet.surveyed()).iter().any(|one| one == code)
}

#[test]
fn item_2_6_whether_openssl_signs_with_a_weak_key_is_not_known_where_the_peer_accepts_it() {
    let fleet = accepting(of_openssl(small()));
    let survey = fleet.surveyed();
    // Whether it signs with it is a matter of its build.
    let found = prediction(&survey).to_string();
    let doubt = "not known: whether the server starts depends on the security level of its OpenSSL";
    assert!(found.starts_with(doubt), "{found}");
    assert!(has(&fleet, "TP4021"), "the key is weak all the same");
    assert!(!has(&fleet, "TP4004"), "there is a key in the file");
}

#[test]
fn item_2_6_a_weak_key_is_refused_by_who_does_not_accept_it() {
    let fleet = of_openssl(small());
    fails(&fleet, "TP4021", path(), Fault::Server, "1024 bits");
    assert!(!has(
        &of_openssl(Fleet::good(&Authority::root("Root"))),
        "TP4021"
    ));
}

#[test]
fn item_2_6_our_engine_does_not_sign_with_a_weak_key() {
    for fleet in [small(), accepting(small())] {
        fails(&fleet, "TP4004", Stage::Start, Fault::Server, "1024 bits");
        assert!(has(&fleet, "TP4021"), "and the certificate is weak");
    }
}

#[test]
fn item_2_6_a_weak_key_that_is_not_of_the_certificate_does_not_match() {
    let mut fleet = of_openssl(Fleet::good(&Authority::root("Root")));
    fleet.file("b.example.com", "/key.pem", SMALL_KEY);
    fails(
        &fleet,
        "TP4007",
        Stage::Start,
        Fault::Server,
        "none of the certificates",
    );
}

#[test]
fn item_2_6_of_a_key_that_only_another_engine_knows_nothing_is_foretold() {
    for (key, kind) in [(SECP256K1, "secp256k1"), (ED448, "Ed448")] {
        let mut fleet = Fleet::good(&Authority::root("Root"));
        fleet.file("b.example.com", "/key.pem", key);
        fails(&fleet, "TP4004", Stage::Start, Fault::Server, kind);
        assert!(!has(&fleet, "TP4036"));
        let mut fleet = of_openssl(fleet);
        // The certificate is of a kind that is read, so that it is of another key.
        fails(&fleet, "TP4007", Stage::Start, Fault::Server, kind);
        assert!(!has(&fleet, "TP4036"));
        fleet.file("b.example.com", "/own.pem", OF_UNKNOWN_KIND);
        let survey = fleet.surveyed();
        let Prediction::Unknown { why } = prediction(&survey) else {
            panic!("{}", prediction(&survey));
        };
        assert!(why.contains(kind), "{why}");
        assert!(has(&fleet, "TP4036"), "it is said that nothing is known");
        assert!(!has(&fleet, "TP4007"));
        assert!(!has(&fleet, "TP4004"), "there is a key in the file");
    }
}

/// The tests of this file.
pub(crate) const CASES: &[fn()] = &[
    item_2_6_whether_openssl_signs_with_a_weak_key_is_not_known_where_the_peer_accepts_it,
    item_2_6_a_weak_key_is_refused_by_who_does_not_accept_it,
    item_2_6_our_engine_does_not_sign_with_a_weak_key,
    item_2_6_a_weak_key_that_is_not_of_the_certificate_does_not_match,
    item_2_6_of_a_key_that_only_another_engine_knows_nothing_is_foretold,
];
