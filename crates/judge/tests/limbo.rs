//! The cases of the public project C2SP/x509-limbo: others decide whether we are right.
//!
//! The cases are not part of this project; they are read from `../shared/conformance` beside the
//! repository, or from the folder that `TRUSTPACK_CONFORMANCE` names, when they are there. Every
//! case where we decide otherwise stands in a table with the sentence of our rules that demands it
//! (clause 3.3 of the specification), and an entry that is no longer needed fails the test. Where the cases are missing that is said loudly; with `CI=true` it fails.

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
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::RevocationList;
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
    #[serde(default)]
    crls: Vec<String>,
}

#[derive(Deserialize)]
struct PeerName {
    value: String,
}

/// The moment for cases that name none: inside the validity of all certificates of the suite.
const DEFAULT_TIME: &str = "2024-11-01T00:00:00Z";

/// Cases in which we decide otherwise, for one reason.
struct Exception {
    /// The sentence of our rules that demands it.
    sentence: &'static str,
    /// What follows from it for these cases.
    so: &'static str,
    cases: &'static [&'static str],
}

const NO_NUMBER: &str = "No number: accepted with a finding.";
const NO_WILDCARD: &str = "No wildcard matches, in SAN or CN";
const AS_RFC_5280: &str =
    "Name constraints, path length, critical extensions as RFC 5280 has them.";
const USAGES: &str = "Key usage and extended key usage of both sides.";
const SAN_COUNTS: &str = "If the certificate has a SAN, only the SAN counts, else the subject CN.";
const OLD_CAS: &str = "CN-only host certificates, X.509 v1 CA certificates as anchors and unusual \
    string types, as old private CAs made them, work.";
const KEY_SIZE: &str = "SHA-1 signatures and RSA below 2048 bits in a peer's chain are refused";

const EXCEPTIONS: &[Exception] = &[
    Exception {
        sentence: NO_NUMBER,
        so: "who has no number has none that could be wrong",
        cases: &["crl::crlnumber-missing"],
    },
    Exception {
        sentence: AS_RFC_5280,
        so: "RFC 5280 sections 6.1 and 6.3 do not ask whether an extension that is known is marked \
             critical: a rule for who issues, for the linter",
        cases: &[
            "crl::crlnumber-critical",
            "rfc5280::aki::critical-aki",
            "rfc5280::ski::critical-ski",
            "rfc5280::nc::permitted-dns-match-noncritical",
            "rfc5280::pc::ica-noncritical-pc",
            "rfc5280::san::noncritical-with-empty-subject",
            "rfc5280::root-non-critical-basic-constraints",
            "webpki::san::san-critical-with-nonempty-subject",
            "webpki::eku::ee-critical-eku",
        ],
    },
    Exception {
        sentence: AS_RFC_5280,
        so: "RFC 5280 section 6.1 does not apply what a leaf says of certificates below it: a rule \
             for who issues, for the linter",
        cases: &[
            "rfc5280::nc::not-allowed-in-ee-noncritical",
            "rfc5280::nc::not-allowed-in-ee-critical",
            "rfc5280::leaf-ku-keycertsign",
            "webpki::ee-basicconstraints-ca",
        ],
    },
    Exception {
        sentence: AS_RFC_5280,
        so: "a subtree with a leading dot, of which RFC 5280 says nothing for host names, is taken \
             as OpenSSL takes it: narrower than one without",
        cases: &["rfc5280::nc::invalid-dnsname-leading-period"],
    },
    Exception {
        sentence: AS_RFC_5280,
        so: "an extension that is not critical and not used may be ignored (RFC 5280 section 4.2)",
        cases: &["webpki::malformed-aia"],
    },
    Exception {
        sentence: NO_WILDCARD,
        so: "a host that only a wildcard covers is refused",
        cases: &[
            "webpki::nc::nc-permits-dns-san-pattern",
            "webpki::san::leftmost-wildcard-san",
        ],
    },
    Exception {
        sentence: USAGES,
        so: "a CA certificate may stand at the end of a path, but its key usage must allow the \
             handshake",
        cases: &[
            "pathlen::validation-ignores-pathlen-in-leaf",
            "rfc5280::ca-as-leaf",
        ],
    },
    Exception {
        sentence: USAGES,
        so: "no extended key usage, or any, allows every use (RFC 5280 section 4.2.1.12)",
        cases: &[
            "webpki::eku::ee-anyeku",
            "webpki::eku::ee-without-eku",
            "webpki::eku::root-has-eku",
        ],
    },
    Exception {
        sentence: AS_RFC_5280,
        so: "RFC 5280 section 6.1 links by names and signatures; key identifiers help to find a path, and \
             what they and the names of authorities should look like is for the linter",
        cases: &[
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::aki::intermediate-missing-aki",
            "rfc5280::aki::cross-signed-root-missing-aki",
            "rfc5280::ski::root-missing-ski",
            "rfc5280::ski::intermediate-missing-ski",
            "webpki::aki::root-with-aki-missing-keyidentifier",
            "webpki::aki::root-with-aki-authoritycertissuer",
            "webpki::aki::root-with-aki-authoritycertserialnumber",
            "webpki::aki::root-with-aki-all-fields",
            "webpki::aki::root-with-aki-ski-mismatch",
            "rfc5280::ca-empty-subject",
        ],
    },
    Exception {
        sentence: SAN_COUNTS,
        so: "the common name beside a SAN is not looked at",
        cases: &[
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
    },
    Exception {
        sentence: OLD_CAS,
        so: "without a SAN the common name counts",
        cases: &["webpki::san::no-san"],
    },
    Exception {
        sentence: OLD_CAS,
        so: "they issue certificates of version 1, count serial numbers from 0, draw long ones or \
             forget the sign, and name hosts with underscores",
        cases: &[
            "webpki::v1-cert",
            "rfc5280::serial::too-long",
            "rfc5280::serial::zero",
            "rfc5280::serial::negative",
            "rfc5280::san::underscore-dns",
        ],
    },
    Exception {
        sentence: KEY_SIZE,
        so: "RSA of 2048 bits or more is enough, divisible by 8 or not",
        cases: &[
            "webpki::forbidden-rsa-not-divisible-by-8-in-root",
            "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        ],
    },
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

fn read_lists(case: &Case) -> Result<Vec<RevocationList>, String> {
    let read = |text: &String| {
        let pem = pem::parse(text).map_err(|error| error.to_string())?;
        RevocationList::from_der(pem.into_contents()).map_err(|error| error.to_string())
    };
    case.crls.iter().map(read).collect()
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
    let anchors = TrustAnchors::new(read_certificates(&case.trusted_certs));
    let lists = RevocationLists::new(read_lists(case)?, &anchors, SeenNumbers::default());
    let question = Question {
        leaf: &leaf,
        intermediates: &read_certificates(&case.untrusted_intermediates),
        anchors: &anchors,
        purpose: if case.validation_kind == "CLIENT" {
            Purpose::Client
        } else {
            Purpose::Server
        },
        name: &name,
        revocation: if lists.is_empty() {
            RevocationCheck::Off
        } else {
            RevocationCheck::Lists(&lists)
        },
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

/// The suite; nothing where it is not there, which is a failure where all must be (the variable `CI`).
fn read_suite() -> Option<Suite> {
    let path = folder().join("x509-limbo.json");
    match std::fs::read(&path) {
        Ok(text) => Some(serde_json::from_slice(&text).expect("the format of x509-limbo")),
        Err(error) => {
            let text = format!("NOT RUN: {} cannot be read: {error}", path.display());
            say(&text);
            let everything = std::env::var_os("CI").is_some_and(|value| value == "true");
            assert!(!everything, "{text}");
            None
        }
    }
}

/// Says what was run past the test harness, which hides what a test that passes prints.
fn say(text: &str) {
    writeln!(std::io::stderr(), "*** x509-limbo: {text} ***").expect("standard error");
}

/// What came of the cases with one expected result.
#[derive(Default)]
struct Tally {
    cases: usize,
    as_expected: usize,
    excepted: usize,
}

impl Tally {
    fn report(&self, expected: &str) {
        let Self {
            cases,
            as_expected,
            excepted,
        } = self;
        say(&format!(
            "of {cases} cases to be {expected}, {as_expected} are, {excepted} are exceptions, {} are wrong",
            cases - as_expected - excepted
        ));
    }
}

#[test]
fn decides_as_limbo_does() {
    let Some(suite) = read_suite() else { return };
    let (mut accepted, mut refused) = (Tally::default(), Tally::default());
    let mut wrong = Vec::new();
    for case in &suite.testcases {
        let answer = ask(case);
        let expected = case.expected_result == "SUCCESS";
        let tally = if expected {
            &mut accepted
        } else {
            &mut refused
        };
        tally.cases += 1;
        match (answer.is_ok() == expected, exception(&case.id)) {
            (true, None) => tally.as_expected += 1,
            (false, Some(_)) => tally.excepted += 1,
            (false, None) => wrong.push(format!("{}: we say {answer:?}", case.id)),
            (true, Some(Exception { sentence, so, .. })) => wrong.push(format!(
                "{}: as expected, but an exception stands there for \"{sentence}\" ({so})",
                case.id
            )),
        }
    }
    for id in EXCEPTIONS.iter().flat_map(|exception| exception.cases) {
        if !suite.testcases.iter().any(|case| case.id == *id) {
            wrong.push(format!(
                "{id}: an exception for a case that is not in the suite"
            ));
        }
    }
    say(&format!("from {}", folder().display()));
    accepted.report("accepted");
    refused.report("refused");
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn exception(id: &str) -> Option<&'static Exception> {
    EXCEPTIONS
        .iter()
        .find(|exception| exception.cases.contains(&id))
}
