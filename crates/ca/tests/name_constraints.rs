//! What the gate lets through below authorities that are limited to some names: the limits of the whole
//! chain bind, for every kind of name.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use trustpack_ca::authority::Authority;
use trustpack_ca::issue::{IssueError, create_authority, prepare};
use trustpack_ca::request::{CaRequest, HostRequest};
use trustpack_ca::subordinate::prepare_subordinate;
use trustpack_ca::subtree::Subtree;
use trustpack_ca::warning::Warning;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::name::build::NameBuilder;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

fn key(spec: KeySpec) -> PrivateKey {
    PrivateKey::generate(spec).unwrap()
}

fn serial(number: u8) -> Serial {
    Serial::from_random([number; 16])
}

fn wish(name: &str, permitted: &[&str], excluded: &[&str]) -> CaRequest {
    let sets = |texts: &[&str]| -> Vec<Subtree> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    };
    let request = CaRequest::new(name).unwrap();
    request.with_names(&sets(permitted), &sets(excluded))
}

fn root(permitted: &[&str], excluded: &[&str]) -> Authority {
    let request = wish("Root", permitted, excluded);
    let made = create_authority(&request, key(KeySpec::EcP256), serial(1), now());
    made.unwrap().authority
}

/// An authority below `parent`, or why there is none.
fn below(parent: &Authority, request: &CaRequest) -> Result<Authority, IssueError> {
    let key = key(KeySpec::EcP256);
    let prepared = prepare_subordinate(request, key.public_key(), parent, serial(2), now())?;
    let certificate = prepared.sign()?.certificate;
    let mut chain = vec![parent.certificate().clone()];
    chain.extend_from_slice(parent.chain());
    Ok(Authority::new(key, certificate, chain).unwrap())
}

/// A root that is limited in one way, an authority below it that is limited in others, and one below that
/// says nothing of it.
fn third() -> Authority {
    let permitted = ["dns:example.com", "ip:10.0.0.0/8", "email:.example.com"];
    let root = root(&permitted, &["dirname:O=Bank"]);
    let excluded = [
        "dns:old.example.com",
        "ip:10.1.0.0/16",
        "email:boss@a.example.com",
    ];
    let second = below(&root, &wish("Second", &[], &excluded)).unwrap();
    below(&second, &wish("Third", &[], &[])).unwrap()
}

fn refusal(authority: &Authority, request: &HostRequest) -> Option<String> {
    let key = key(KeySpec::EcP256);
    let prepared = prepare(request, key.public_key(), authority, serial(3), now());
    prepared.err().map(|error| error.to_string())
}

#[track_caller]
fn check(
    authority: &Authority,
    change: impl FnOnce(HostRequest) -> HostRequest,
    want: Option<&str>,
) {
    let request = change(HostRequest::new("a.example.com".parse().unwrap()));
    let found = refusal(authority, &request);
    assert_eq!(found.is_some(), want.is_some(), "{found:?}, not {want:?}");
    if let (Some(error), Some(words)) = (found, want) {
        assert!(error.contains(words), "{words}: {error}");
        assert!(error.contains("RFC 5280 section 4.2.1.10"), "{error}");
    }
}

#[test]
fn names_of_hosts_are_held_to_every_authority_above() {
    let third = third();
    let domain = |name: &str, want| {
        let domain = name.parse().unwrap();
        check(&third, |request| request.with_domains([domain]), want);
    };
    domain("b.example.com", None);
    domain("c.b.example.com", None);
    domain("example.com", None);
    domain(
        "a.example.net",
        Some("the CA CN=Root may not certify DNS:a.example.net"),
    );
    domain("badexample.com", Some("CN=Root may not certify"));
    domain(
        "old.example.com",
        Some("the CA CN=Second may not certify DNS:old.example.com"),
    );
    domain("x.OLD.example.com", Some("DNS:old.example.com is excluded"));
    let other = HostRequest::new("a.example.org".parse().unwrap());
    assert!(
        refusal(&third, &other)
            .unwrap()
            .contains("DNS:a.example.org")
    );
}

#[test]
fn wildcards_may_not_reach_beyond() {
    let third = third();
    let wildcard = |name: &str, want| {
        let domain = name.parse().unwrap();
        check(&third, |request| request.with_domains([domain]), want);
    };
    wildcard("*.b.example.com", None);
    // Some of its hosts are excluded.
    wildcard("*.example.com", Some("DNS:old.example.com is excluded"));
    wildcard("*.old.example.com", Some("DNS:old.example.com is excluded"));
    // Some, or all, are not permitted.
    wildcard("*.com", Some("CN=Root may not certify DNS:*.com"));
    wildcard("*.example.net", Some("CN=Root may not certify"));
}

#[test]
fn addresses_mail_and_subjects_are_held_to_them_too() {
    let third = third();
    let address = |text: &str, want| {
        let address = text.parse().unwrap();
        check(&third, |request| request.with_addresses([address]), want);
    };
    address("10.2.0.1", None);
    address("10.1.0.1", Some("CN=Second may not certify IP:10.1.0.1"));
    address("192.0.2.1", Some("CN=Root may not certify IP:192.0.2.1"));
    address("::1", Some("CN=Root may not certify IP:::1"));
    let mail = |text: &str, want| {
        let address: trustpack_x509::email::EmailAddress = text.parse().unwrap();
        check(&third, |request| request.with_email(address.clone()), want);
        check(
            &third,
            |request| request.with_mail_names([address.clone()]),
            want,
        );
    };
    mail("me@a.example.com", None);
    mail(
        "boss@a.example.com",
        Some("CN=Second may not certify email:boss@a.example.com"),
    );
    mail(
        "me@example.org",
        Some("CN=Root may not certify email:me@example.org"),
    );
    let of = |text: &str| NameBuilder::default().organization(text).unwrap();
    check(&third, |request| request.with_subject(of("Shop")), None);
    let words = Some("CN=Root may not certify");
    check(&third, |request| request.with_subject(of("bank")), words);
}

#[test]
fn authorities_are_held_to_them_too() {
    let root = root(&[], &["dirname:O=Bank"]);
    let subject = NameBuilder::default().organization("Bank").unwrap();
    let request = wish("Second", &[], &[])
        .with_subject(subject, "Second")
        .unwrap();
    let error = below(&root, &request).unwrap_err().to_string();
    assert!(error.contains("CN=Root may not certify"), "{error}");
}

#[test]
fn a_subject_must_lie_in_what_is_permitted() {
    let root = root(&["dirname:C=DE,O=Shop"], &[]);
    let subject = |country: &str, organization: &str| {
        let name = NameBuilder::default().country(country).unwrap();
        name.organization(organization).unwrap()
    };
    let words = Some("CN=Root may not certify");
    check(
        &root,
        |request| request.with_subject(subject("DE", "Shop")),
        None,
    );
    check(
        &root,
        |request| request.with_subject(subject("DE", "SHOP ")),
        None,
    );
    check(
        &root,
        |request| request.with_subject(subject("DE", "Shops")),
        words,
    );
    check(&root, |request| request, words);
}

/// An Ed25519 key signs in one way. A digest that was asked for is told to have no effect; that is no
/// reason to refuse: what is signed is as strong as what was asked for, or stronger.
#[test]
fn a_digest_has_no_effect_with_ed25519_and_that_is_said() {
    let request = wish("Root", &[], &[]);
    let made = create_authority(&request, key(KeySpec::Ed25519), serial(1), now()).unwrap();
    assert_eq!(made.warnings, []);
    let public = key(KeySpec::EcP256);
    for digest in [Digest::Sha1, Digest::Sha256, Digest::Sha512] {
        let request = HostRequest::new("a.example.com".parse().unwrap()).with_digest(digest);
        let prepared = prepare(
            &request,
            public.public_key(),
            &made.authority,
            serial(3),
            now(),
        );
        let issued = prepared.unwrap().sign().unwrap();
        assert_eq!(issued.warnings, [Warning::DigestNotUsed { asked: digest }]);
        let algorithm = issued.certificate.signature_algorithm();
        assert_eq!(*algorithm, SignatureAlgorithm::Ed25519);
    }
}
