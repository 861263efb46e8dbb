//! Name constraints of URIs: what cannot be compared is not allowed. Kinds of names that are not known here are
//! tested where subtrees are compared.

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_x509::extension::NameConstraints;
use trustpack_x509::general_name::GeneralName;

use crate::authority::{Wish, a_ca, a_host, root};

fn uri(text: &str) -> GeneralName {
    GeneralName::Uri(text.to_owned())
}

fn permitted(subtree: GeneralName) -> NameConstraints {
    NameConstraints {
        permitted: vec![subtree],
        excluded: Vec::new(),
    }
}

fn excluded(subtree: GeneralName) -> NameConstraints {
    NameConstraints {
        permitted: Vec::new(),
        excluded: vec![subtree],
    }
}

/// Judges a host that bears `name` too, below a CA with these limits. `want` is what the only reason says;
/// nothing where the host is accepted.
#[track_caller]
fn check(limits: &NameConstraints, name: GeneralName, want: &str) {
    let root = root("Root");
    let below = root.issue(&Wish {
        limits: Some(limits),
        ..a_ca("Below", 2)
    });
    let host = below.issue(&Wish {
        names: &[name],
        ..a_host(3)
    });
    let verdict = judge(&Question {
        leaf: &host.certificate,
        intermediates: std::slice::from_ref(&below.certificate),
        anchors: &TrustAnchors::new([root.certificate]),
        purpose: Purpose::Server,
        name: &NameCheck::Off,
        revocation: RevocationCheck::Off,
        allowed: &AllowedNames::Everybody,
        now: "2026-11-21".parse().expect("a time"),
        policy: Policy::default(),
    });
    match verdict {
        Ok(_) => assert_eq!(want, ""),
        Err(rejected) => {
            let reasons: Vec<_> = rejected.reasons().map(ToString::to_string).collect();
            assert!(!want.is_empty(), "{reasons:?}");
            assert!(
                reasons.len() == 1 && reasons[0].contains(want),
                "{reasons:?}"
            );
        }
    }
}

/// Item 3.3.3, for URIs: the host in it counts (RFC 5280 section 4.2.1.10).
#[test]
fn uris() {
    let only = permitted(uri(".example.com"));
    check(&only, uri("https://a.example.com/x"), "");
    check(
        &only,
        uri("https://example.com/x"),
        "permits only URI:.example.com",
    );
    check(&only, uri("https://a.example.org"), "permits only");
    for odd in [
        "urn:isbn:1",
        "https://10.0.0.1/",
        "https://evil.org\\@a.example.com",
        "https://a.example.com:x",
    ] {
        check(&only, uri(odd), "which cannot be compared");
        check(
            &excluded(uri("evil.org")),
            uri(odd),
            "which cannot be compared",
        );
    }
    let not = excluded(uri("evil.org"));
    check(&not, uri("https://evil.org:8443/"), "excludes URI:evil.org");
    check(&not, uri("https://example.com/"), "");
    // Limits of one kind say nothing about another.
    check(&not, GeneralName::Email("a@evil.org".to_owned()), "");
    check(
        &permitted(uri("10.0.0.1")),
        uri("https://a.example.com"),
        "which cannot be compared",
    );
}
