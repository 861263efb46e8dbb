//! Links and signatures: which path is taken, and what is said if there is none.

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::limits::MAX_SELF_ISSUED;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_judge::reason::{Reason, Step};
use trustpack_x509::certificate::Certificate;

use crate::ask::{Ask, anchors, ask, fixture};
use crate::authority::{a_ca, a_host, root};

/// Item 3.3.1: every CA certificate that is trusted is an anchor.
#[test]
fn the_usual_path() {
    ask(&["host", "intermediate"], &["root"]).is_accepted(&["host", "intermediate", "root"]);
    ask(&["host-direct"], &["root"]).is_accepted(&["host-direct", "root"]);
}

#[test]
fn order_repetitions_and_strays_do_not_matter() {
    ask(
        &[
            "host",
            "root",
            "other-root",
            "host",
            "intermediate",
            "intermediate",
        ],
        &["root"],
    )
    .is_accepted(&["host", "intermediate", "root"]);
    ask(&["host-direct", "intermediate"], &["other-root", "root"])
        .is_accepted(&["host-direct", "root"]);
}

#[test]
fn a_trusted_intermediate_ends_the_path() {
    ask(&["host"], &["intermediate"]).is_accepted(&["host", "intermediate"]);
    ask(&["host"], &["intermediate", "root"]).is_accepted(&["host", "intermediate"]);
}

#[test]
fn cross_signed() {
    let sent = ["host", "intermediate", "intermediate-cross"];
    ask(&sent, &["root"]).is_accepted(&["host", "intermediate", "root"]);
    ask(&sent, &["other-root"]).is_accepted(&["host", "intermediate-cross", "other-root"]);
}

#[test]
fn the_second_candidate_holds() {
    // The same name with another key: its signature does not match.
    ask(&["host", "intermediate-rekeyed", "intermediate"], &["root"]).is_accepted(&[
        "host",
        "intermediate",
        "root",
    ]);
    // The same name and key, but expired.
    ask(&["host", "intermediate-expired", "intermediate"], &["root"]).is_accepted(&[
        "host",
        "intermediate",
        "root",
    ]);
    // An anchor of the right name with another key.
    ask(&["host-direct"], &["same-name-root", "root"]).is_accepted(&["host-direct", "root"]);
}

/// Item 3.3.6: names in unusual string types are the same names.
#[test]
fn names_are_compared_without_case_and_blanks() {
    // Its issuer is written "O=EXAMPLE, CN=test  ROOT".
    ask(&["host-of-folded"], &["root"]).is_accepted(&["host-of-folded", "root"]);
}

/// Item 3.3.1: an end entity among the trusted matches only itself.
#[test]
fn an_end_entity_that_is_trusted_matches_itself_alone() {
    ask(&["self-signed"], &["self-signed"]).is_accepted(&["self-signed"]);
    ask(&["host"], &["host"]).is_accepted(&["host"]);
    ask(&["host-direct"], &["host"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 14 was issued by \"O=Example, CN=Test Root\", which is neither trusted nor among the certificates that came with it",
    ]);
}

#[test]
fn a_trusted_end_entity_is_still_judged() {
    Ask { host: "other.example", now: "2100-01-01", ..ask(&["self-signed"], &["self-signed"]) }
        .is_refused(&[
            "name: the certificate \"CN=host.example\" with serial 32 is for DNS:host.example; the host is other.example",
            "dates: the certificate \"CN=host.example\" with serial 32 was valid until 2099-12-31T23:59:59Z; the time is 2100-01-01T00:00:00Z",
        ]);
}

#[test]
fn nobody_trusted() {
    ask(&["host", "intermediate"], &[])
        .is_refused(&["path: no CA is trusted here; at least one is needed"]);
}

#[test]
fn an_intermediate_is_missing() {
    ask(&["host"], &["root"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 13 was issued by \"O=Example, CN=Test Intermediate\", which is neither trusted nor among the certificates that came with it",
    ]);
}

#[test]
fn another_ca() {
    ask(&["host", "intermediate", "root"], &["other-root"]).is_refused(&[
        "path: the CA certificate \"O=Example, CN=Test Root\" with serial 11 is not trusted here, and no other CA issued it",
    ]);
    ask(&["self-signed"], &["root"]).is_refused(&[
        "path: the certificate \"CN=host.example\" with serial 32 is not trusted here, and no other CA issued it",
    ]);
}

#[test]
fn a_ca_of_the_same_name_with_another_key() {
    ask(&["host-direct"], &["same-name-root"]).is_refused(&[
        "path: the signature of the certificate \"CN=host.example\" with serial 14 does not match the key of the trusted certificate \"O=Example, CN=Test Root\" with serial 17, which bears its issuer's name",
    ]);
}

#[test]
fn the_path_that_got_furthest_is_reported() {
    // One candidate leads nowhere, the other to an anchor, but has expired.
    ask(&["host", "intermediate-rekeyed", "intermediate-cross", "intermediate-expired"], &["root"])
        .is_refused(&[
            "dates: the intermediate certificate \"O=Example, CN=Test Intermediate\" with serial 19 was valid until 2010-12-31T23:59:59Z; the time is 2026-11-21T00:00:00Z",
        ]);
}

#[test]
fn three_faults_are_told_in_order() {
    let verdict = ask(&["host-three-faults"], &["root"]).verdict();
    let rejected = verdict.expect_err("three faults");
    assert_eq!(rejected.step(), Step::Path);
    assert_eq!(rejected.path, [fixture("host-three-faults")]);
    ask(&["host-three-faults"], &["root"]).is_refused(&[
        "path: the certificate \"CN=elsewhere.example\" with serial 1E was issued by \"O=Other, CN=Other Root\", which is neither trusted nor among the certificates that came with it",
        "name: the certificate \"CN=elsewhere.example\" with serial 1E is for DNS:elsewhere.example; the host is host.example",
        "dates: the certificate \"CN=elsewhere.example\" with serial 1E was valid until 2010-12-31T23:59:59Z; the time is 2026-11-21T00:00:00Z",
    ]);
}

/// Item 3.3.7: what a peer sends is limited in number.
#[test]
fn more_intermediates_than_allowed() {
    let none = Policy {
        max_intermediates: 0,
        ..Policy::default()
    };
    Ask {
        policy: none,
        ..ask(&["host-direct"], &["root"])
    }
    .is_accepted(&["host-direct", "root"]);
    Ask { policy: none, ..ask(&["host", "intermediate"], &["root"]) }.is_refused(&[
        "path: the number of intermediates up to the intermediate certificate \"O=Example, CN=Test Intermediate\" with serial 12 is 1; at most 0 may stand below a trusted CA",
    ]);
}

/// A CA that changed its key certifies the new one with the old one: each certificate bears the name of the trusted one.
#[test]
fn more_changes_of_a_key_than_allowed() {
    for changes in [MAX_SELF_ISSUED, MAX_SELF_ISSUED + 1] {
        let mut keys = vec![root("Root")];
        for serial in (10..).take(changes) {
            let next = keys.last().expect("a key").issue(&a_ca("Root", serial));
            keys.push(next);
        }
        let host = keys.last().expect("a key").issue(&a_host(99)).certificate;
        let mut sent: Vec<_> = keys.into_iter().map(|key| key.certificate).collect();
        let trusted = TrustAnchors::new([sent.remove(0)]);
        sent.reverse();
        let verdict = judge(&Question {
            leaf: &host,
            intermediates: &sent,
            anchors: &trusted,
            purpose: Purpose::Server,
            name: &NameCheck::Off,
            revocation: RevocationCheck::Off,
            allowed: &AllowedNames::Everybody,
            now: "2026-11-21".parse().expect("a time"),
            policy: Policy::default(),
        });
        match verdict {
            Ok(accepted) => {
                assert_eq!(changes, MAX_SELF_ISSUED);
                assert_eq!(accepted.path().len(), changes + 2);
            }
            Err(rejected) => {
                assert_eq!(changes, MAX_SELF_ISSUED + 1);
                assert_eq!(
                    rejected.first.to_string(),
                    "the number of self-issued intermediates up to the intermediate certificate \"CN=Root\" with serial 0A is 9; at most 8 may stand below a trusted CA"
                );
            }
        }
    }
}

/// Certificates for the name of the intermediate with a key that signed nothing here, all different.
fn strays(count: usize) -> Vec<Certificate> {
    let rekeyed = fixture("intermediate-rekeyed");
    let variants = (0..count).map(|number| {
        // The last octets belong to the signature, which nobody looks at.
        let mut der = rekeyed.der().to_vec();
        let last = der.len() - 1;
        der[last - 1] = u8::try_from(number / 256).expect("few strays");
        der[last] = u8::try_from(number % 256).expect("an octet");
        Certificate::from_der(&der).expect("a certificate")
    });
    variants.collect()
}

/// Item 3.3.7: building paths is limited in work.
#[test]
fn a_flood_of_candidates_ends() {
    let leaf = fixture("host");
    let question = Question {
        leaf: &leaf,
        intermediates: &strays(1000),
        anchors: &anchors(&["root"]),
        purpose: Purpose::Server,
        name: &NameCheck::Off,
        revocation: RevocationCheck::Off,
        allowed: &AllowedNames::Everybody,
        now: "2026-11-21".parse().expect("a time"),
        policy: Policy::default(),
    };
    let rejected = judge(&question).expect_err("no path");
    assert_eq!(
        rejected.first.to_string(),
        "the search for a path to a trusted CA was given up after 100 possible issuers, the most allowed"
    );
    // The key identifier tells the right one among them.
    let mut sent = strays(1000);
    sent.push(fixture("intermediate"));
    assert!(
        judge(&Question {
            intermediates: &sent,
            ..question
        })
        .is_ok()
    );
}

#[test]
fn a_reason_names_its_certificate() {
    let rejected = ask(&["host"], &["root"])
        .verdict()
        .expect_err("an issuer is missing");
    let named = rejected
        .first
        .certificate()
        .map(|member| member.certificate.clone());
    assert_eq!(named, Some(fixture("host")));
    assert!(Reason::NothingTrusted.certificate().is_none());
}
