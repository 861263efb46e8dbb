//! Helpers of the tests: a fleet from one text, resolved at a fixed time.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::{self, Resolution};
use trustpack_x509::time::Timestamp;

/// The present of these tests.
pub const NOW: &str = "2026-10-01T12:00:00Z";

/// A secured pair: a client on one host, a server on another, everything as it should be.
pub const GOOD: &str = r#"
[[host]]
name = "a.example.com"
addresses = ["10.0.0.11"]
platform = "unix"
[host.security]
certificate = "/etc/sec/a.pem"
certificate-key = "/etc/sec/a.key"
trusted-ca = "/etc/sec/ca.pem"
tls-target-name-check = "host"

[[host]]
name = "b.example.com"
addresses = ["10.0.0.12", "::1"]
[host.security]
certificate = "/etc/sec/b.pem"
certificate-key = "/etc/sec/b.key"
trusted-ca = "/etc/sec/ca.pem"

[[application]]
name = "Client"
host = "a.example.com"
certificate-source = "host"
[[application.connection]]
to = "Server"
tunnel = "127.0.0.1:14060"

[[application]]
name = "Server"
host = "b.example.com"
certificate-source = "host"
[[application.port]]
number = 4060
mode = "secured"
transport = "tls=1;tls-mutual=1"
tunnel = "127.0.0.1:12060"
"#;

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub fn read(text: &str) -> Fleet {
    fleet_file::read(&[Source {
        path: "fleet.toml",
        text,
    }])
}

pub fn resolve(text: &str) -> Resolution {
    resolve::resolve(&read(text), now())
}

/// [`GOOD`] with one piece of text replaced by another.
#[track_caller]
pub fn good_with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old:?} is not in the text");
    GOOD.replacen(old, new, 1)
}

#[track_caller]
pub fn endpoint<'a>(resolution: &'a Resolution, place: &str) -> &'a Endpoint {
    let place: Place = place.parse().unwrap();
    resolution
        .endpoint(&place)
        .unwrap_or_else(|| panic!("no endpoint {place}"))
}

/// One line for each finding: code, place, position, message.
/// Neither end of [`GOOD`] has a revocation list, which is worth a note; tests about other things leave it out.
pub const NO_LISTS: &str = "TP5004";

pub fn lines<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    findings
        .map(|f| {
            let at = f.location().map(|at| format!(" {}:{}", at.line, at.column));
            let at = at.unwrap_or_default();
            format!("{} {}{at}: {}", f.code(), f.place, f.message)
        })
        .collect()
}

/// The settings of property tests: the same cases in every run, others with `PROPTEST_RNG_SEED=N`. A failure
/// prints the shrunk case, and the seed is printed so that the run can be repeated.
#[expect(
    clippy::print_stdout,
    reason = "a test that fails shows what it printed"
)]
pub fn properties(cases: u32) -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    config.cases = config.cases.max(cases);
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_261_001);
    }
    println!("seed: {:?}", config.rng_seed);
    config
}
