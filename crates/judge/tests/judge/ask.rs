//! The questions of the tests, and how answers are compared.

use std::path::Path;

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_judge::verdict::Verdict;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

/// A question by names of fixtures; [`ask`] fills in what most tests share.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    /// What the peer sends, leaf first.
    pub(crate) sent: &'a [&'a str],
    pub(crate) trusted: &'a [&'a str],
    /// The host to be reached; empty for no name check.
    pub(crate) host: &'a str,
    pub(crate) purpose: Purpose,
    pub(crate) now: &'a str,
    pub(crate) policy: Policy,
}

/// A server that sends these, asked by somebody who trusts those, for host.example in 2026.
pub(crate) fn ask<'a>(sent: &'a [&'a str], trusted: &'a [&'a str]) -> Ask<'a> {
    Ask {
        sent,
        trusted,
        host: "host.example",
        purpose: Purpose::Server,
        now: "2026-11-21",
        policy: Policy::default(),
    }
}

pub(crate) fn fixture(name: &str) -> Certificate {
    Certificate::from_der(&fixture_der(name)).expect("a certificate")
}

/// The contents of the only PEM block of a fixture.
pub(crate) fn fixture_der(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{name}.pem"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    pem::parse(text).expect("a PEM block").into_contents()
}

pub(crate) fn anchors(names: &[&str]) -> TrustAnchors {
    TrustAnchors::new(names.iter().map(|name| fixture(name)))
}

impl Ask<'_> {
    pub(crate) fn verdict(self) -> Verdict {
        let sent: Vec<_> = self.sent.iter().map(|name| fixture(name)).collect();
        let (leaf, intermediates) = sent.split_first().expect("a leaf");
        let name = if self.host.is_empty() {
            NameCheck::Off
        } else {
            NameCheck::Host(self.host.parse().expect("a host"))
        };
        judge(&Question {
            leaf,
            intermediates,
            anchors: &anchors(self.trusted),
            purpose: self.purpose,
            name: &name,
            revocation: RevocationCheck::Off,
            allowed: &AllowedNames::Everybody,
            now: self.now.parse::<Timestamp>().expect("a time"),
            policy: self.policy,
        })
    }

    /// The certificate is accepted along this path.
    #[track_caller]
    pub(crate) fn is_accepted(self, path: &[&str]) {
        let want: Vec<_> = path.iter().map(|name| fixture(name)).collect();
        match self.verdict() {
            Ok(accepted) => assert_eq!(accepted.path(), want),
            Err(rejected) => panic!("{:?}: {rejected}", self.sent),
        }
    }

    /// The certificate is refused for these reasons, first to last, each written `step: sentence`.
    #[track_caller]
    pub(crate) fn is_refused(self, reasons: &[&str]) {
        let Err(rejected) = self.verdict() else {
            panic!("{:?} is accepted", self.sent)
        };
        let found: Vec<_> = rejected
            .reasons()
            .map(|reason| format!("{}: {reason}", reason.step()))
            .collect();
        assert_eq!(found, reasons);
    }
}
