//! Errors about the files of one end that may be accepted: it stays down, and starts once they are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use support::{Authority, Host, List, Site, between, time};
use trustpack_settings::endpoint::Role;
use trustpack_settings::finding::{Code, Finding, Severity, WhenAccepted};
use trustpack_settings::fleet::Acceptance;
use trustpack_settings::place::Place;
use trustpack_settings::span::Spot;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::extension::Purpose;

/// An error of this code bars the end, and does not once it is accepted.
#[track_caller]
fn starts_when_accepted(code: u16, mut bad: Site) {
    bad.acceptances.clear();
    let error = bad.load(Role::Server).expect_err("an error");
    let mut errors = error.errors().map(Finding::code);
    assert_eq!(errors.next(), Some(Code::new(code)), "{error}");
    assert_eq!(errors.next(), None, "{error}");
    bad.acceptances.push(Acceptance {
        code: Code::new(code),
        place: Place::CommandLine,
        reason: "it is known".to_owned(),
        until: time("2120-01-01"),
        spot: Spot::Flag("certificate".into()),
    });
    let (_, material) = bad.load(Role::Server).expect("accepted");
    let mut found = material.findings.iter().filter(|found| {
        found.severity() == Severity::Error && found.kind.when_accepted == WhenAccepted::Starts
    });
    assert!(found.all(|found| found.accepted.is_some()), "{code}");
}

/// A certificate for the years around the time of the tests.
fn host() -> Host<'static> {
    Host::named("a.example.com")
}

/// A server whose certificate says this, under a root that it trusts.
fn with(root: &Authority, host: &Host<'_>) -> Site {
    let site = Site::new().trusts(&[&root.certificate]);
    site.issued(&root.issue(host))
}

#[test]
fn of_the_own_certificate() {
    let root = Authority::root("Root");
    let below = root.intermediate("Intermediate").issue(&host());
    let alone = Site::new().issued(&below).trusts(&[&root.certificate]);
    starts_when_accepted(4008, alone);
    let expired = Host {
        validity: between("2019-01-01", "2020-05-01"),
        ..host()
    };
    starts_when_accepted(4012, with(&root, &expired));
    let client = Host {
        purposes: vec![Purpose::ClientAuth],
        ..host()
    };
    starts_when_accepted(4018, with(&root, &client));
    let weak = Host {
        digest: Digest::Sha1,
        ..host()
    };
    starts_when_accepted(4021, with(&root, &weak));
}

#[test]
fn of_whom_it_trusts() {
    let root = Authority::root("Root");
    let own = root.issue(&host());
    let trusting = |other| Site::new().issued(&own).trusts(&[&root.certificate, other]);
    starts_when_accepted(4013, trusting(&own.certificate));
    let old = root.valid(between("2019-01-01", "2020-05-01"));
    starts_when_accepted(4026, trusting(&old));
}

#[test]
fn of_its_lists() {
    let (root, other) = (Authority::root("Root"), Authority::root("Root"));
    let listing = |text: &str| with(&root, &host()).set("tls-mutual", "1").lists(text);
    let stale = List {
        next: "2020-05-31",
        ..List::default()
    };
    starts_when_accepted(4030, listing(&root.list(&stale)));
    starts_when_accepted(4031, listing(&other.list(&List::default())));
    let weak = List {
        digest: Digest::Sha1,
        ..List::default()
    };
    starts_when_accepted(4032, listing(&root.list(&weak)));
    let numbered = |made, number| {
        root.list(&List {
            made,
            number,
            ..List::default()
        })
    };
    let back = numbered("2020-01-01", 9) + &numbered("2020-02-01", 7);
    starts_when_accepted(4033, listing(&back));
}
