//! The cases of the public project C2SP/x509-limbo: others decide whether we are right.
//!
//! The cases are not part of this project; they are read from `../shared/conformance` beside the
//! repository, or from the folder that `TRUSTPACK_CONFORMANCE` names, when they are there. Every
//! case where we decide otherwise stands in a table with its reason, and an entry that is no
//! longer needed fails the test.

#![expect(
    clippy::expect_used,
    reason = "a test reports by panicking, in its helpers too"
)]

use std::io::Write;
use std::path::PathBuf;

use serde::Deserialize;
use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::judge;
use trustpack_judge::question::{
    HostIdentity, NameCheck, Policy, Purpose, Question, RevocationCheck,
};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

#[derive(Deserialize)]
struct Suite {
    testcases: Vec<Case>,
}

/// One case, as far as the judge can be asked about it.
#[derive(Deserialize)]
struct Case {
    id: String,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    validation_kind: String,
    validation_time: Option<String>,
    expected_result: String,
    expected_peer_name: Option<PeerName>,
    max_chain_depth: Option<usize>,
}

#[derive(Deserialize)]
struct PeerName {
    value: String,
}

/// The moment for cases that name none: inside the validity of all certificates of the suite.
const DEFAULT_TIME: &str = "2024-11-01T00:00:00Z";

/// Where we decide otherwise, and why.
const EXCEPTIONS: &[(&str, &[&str])] = &[
    (
        "revocation lists are not judged yet",
        &[
            "crl::revoked-certificate-with-crl",
            "crl::crlnumber-missing",
            "crl::crlnumber-critical",
            "crl::issuer-missing-crlsign",
        ],
    ),
    (
        "no wildcard matches here",
        &[
            "webpki::nc::nc-permits-dns-san-pattern",
            "webpki::san::leftmost-wildcard-san",
        ],
    ),
    (
        "a CA certificate may stand at the end of a path, but its key usage must allow the handshake",
        &[
            "pathlen::validation-ignores-pathlen-in-leaf",
            "rfc5280::ca-as-leaf",
        ],
    ),
    (
        "a rule for who issues, for the linter: key identifiers only order candidates here",
        &[
            "rfc5280::aki::critical-aki",
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::aki::intermediate-missing-aki",
            "rfc5280::aki::cross-signed-root-missing-aki",
            "rfc5280::ski::critical-ski",
            "rfc5280::ski::root-missing-ski",
            "rfc5280::ski::intermediate-missing-ski",
            "webpki::aki::root-with-aki-missing-keyidentifier",
            "webpki::aki::root-with-aki-authoritycertissuer",
            "webpki::aki::root-with-aki-authoritycertserialnumber",
            "webpki::aki::root-with-aki-all-fields",
            "webpki::aki::root-with-aki-ski-mismatch",
        ],
    ),
    (
        "a rule for who issues, for the linter: whether an extension is marked critical changes nothing for one that is known",
        &[
            "rfc5280::nc::permitted-dns-match-noncritical",
            "rfc5280::pc::ica-noncritical-pc",
            "rfc5280::san::noncritical-with-empty-subject",
            "rfc5280::root-non-critical-basic-constraints",
            "webpki::san::san-critical-with-nonempty-subject",
            "webpki::eku::ee-critical-eku",
        ],
    ),
    (
        "a rule for who issues, for the linter: what the leaf says of certificates below it counts for nothing",
        &[
            "rfc5280::nc::not-allowed-in-ee-noncritical",
            "rfc5280::nc::not-allowed-in-ee-critical",
            "rfc5280::leaf-ku-keycertsign",
        ],
    ),
    (
        "a rule for who issues, for the linter: old private CAs count from 0, draw long numbers or forget the sign",
        &[
            "rfc5280::serial::too-long",
            "rfc5280::serial::zero",
            "rfc5280::serial::negative",
        ],
    ),
    (
        "a rule for who issues, for the linter: the signature proves the link, whatever the name",
        &["rfc5280::ca-empty-subject"],
    ),
    (
        "a subtree with a leading dot is taken as OpenSSL takes it: narrower than one without",
        &["rfc5280::nc::invalid-dnsname-leading-period"],
    ),
    (
        "hosts with underscores exist in private networks",
        &["rfc5280::san::underscore-dns"],
    ),
    (
        "an extension that is not used is not read",
        &["webpki::malformed-aia"],
    ),
    (
        "web PKI only: there the common name must repeat a subject alternative name",
        &[
            "webpki::cn::ipv4-hex-mismatch",
            "webpki::cn::ipv4-leading-zeros-mismatch",
            "webpki::cn::ipv6-uppercase-mismatch",
            "webpki::cn::ipv6-uncompressed-mismatch",
            "webpki::cn::ipv6-non-rfc5952-mismatch",
            "webpki::cn::punycode-not-in-san",
            "webpki::cn::utf8-vs-punycode-mismatch",
            "webpki::cn::not-in-san",
            "webpki::cn::case-mismatch",
        ],
    ),
    (
        "web PKI only: private CAs issue without extended key usage, or with any",
        &[
            "webpki::eku::ee-anyeku",
            "webpki::eku::ee-without-eku",
            "webpki::eku::root-has-eku",
        ],
    ),
    (
        "web PKI only: without alternative names the common name counts",
        &["webpki::san::no-san"],
    ),
    (
        "web PKI only: RSA of 2048 bits or more is enough, divisible by 8 or not",
        &[
            "webpki::forbidden-rsa-not-divisible-by-8-in-root",
            "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        ],
    ),
    (
        "web PKI only: old private CAs issue versions 1 and 2",
        &["webpki::v1-cert"],
    ),
    (
        "web PKI only: a CA may be a host too",
        &["webpki::ee-basicconstraints-ca"],
    ),
];

fn read_certificate(text: &str) -> Result<Certificate, String> {
    let pem = pem::parse(text).map_err(|error| error.to_string())?;
    Certificate::from_der(pem.contents()).map_err(|error| error.to_string())
}

fn read_certificates(texts: &[String]) -> Vec<Certificate> {
    // What cannot be read is no candidate; the path then has to do without it.
    texts
        .iter()
        .filter_map(|text| read_certificate(text).ok())
        .collect()
}

/// The moment of a case; parts of seconds are cut off, as RFC 5280 times have none.
fn moment(text: &str) -> Timestamp {
    let seconds = text.split(['+', '.', 'Z']).next().unwrap_or(text);
    format!("{seconds}Z").parse().expect("a time of the suite")
}

/// What we say to a case: nothing if we accept, else why not.
fn ask(case: &Case) -> Result<(), String> {
    let leaf = read_certificate(&case.peer_certificate)?;
    let name = match &case.expected_peer_name {
        None => NameCheck::Off,
        Some(name) => NameCheck::Host(
            name.value
                .parse::<HostIdentity>()
                .expect("a host of the suite"),
        ),
    };
    let question = Question {
        leaf: &leaf,
        intermediates: &read_certificates(&case.untrusted_intermediates),
        anchors: &TrustAnchors::new(read_certificates(&case.trusted_certs)),
        purpose: if case.validation_kind == "CLIENT" {
            Purpose::Client
        } else {
            Purpose::Server
        },
        name: &name,
        revocation: RevocationCheck::Off,
        allowed: &AllowedNames::Everybody,
        now: moment(case.validation_time.as_deref().unwrap_or(DEFAULT_TIME)),
        policy: case
            .max_chain_depth
            .map_or_else(Policy::default, |max_intermediates| Policy {
                max_intermediates,
                ..Policy::default()
            }),
    };
    judge(&question)
        .map(drop)
        .map_err(|rejected| rejected.to_string())
}

fn folder() -> PathBuf {
    std::env::var_os("TRUSTPACK_CONFORMANCE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"),
        PathBuf::from,
    )
}

fn read_suite() -> Option<Suite> {
    let path = folder().join("x509-limbo.json");
    match std::fs::read(&path) {
        Ok(text) => Some(serde_json::from_slice(&text).expect("the format of x509-limbo")),
        Err(error) => {
            say(&format!(
                "NOT RUN: {} cannot be read: {error}",
                path.display()
            ));
            None
        }
    }
}

/// Says what was run past the test harness, which hides what a test that passes prints.
fn say(text: &str) {
    writeln!(std::io::stderr(), "*** x509-limbo: {text} ***").expect("standard error");
}

#[test]
fn decides_as_limbo_does() {
    let Some(suite) = read_suite() else { return };
    let mut wrong = Vec::new();
    for case in &suite.testcases {
        let answer = ask(case);
        let expected = case.expected_result == "SUCCESS";
        let as_expected = answer.is_ok() == expected;
        let excepted = EXCEPTIONS
            .iter()
            .any(|(_, ids)| ids.contains(&case.id.as_str()));
        match (as_expected, excepted) {
            (true, false) | (false, true) => {}
            (false, false) => wrong.push(format!("{}: we say {answer:?}", case.id)),
            (true, true) => wrong.push(format!("{}: passes, but is an exception", case.id)),
        }
    }
    for id in EXCEPTIONS.iter().flat_map(|(_, ids)| *ids) {
        if !suite.testcases.iter().any(|case| case.id == *id) {
            wrong.push(format!(
                "{id}: an exception for a case that is not in the suite"
            ));
        }
    }
    say(&format!(
        "{} cases from {}",
        suite.testcases.len(),
        folder().display()
    ));
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
