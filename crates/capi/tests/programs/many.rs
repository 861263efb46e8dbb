//! Thousands of handshakes with OpenSSL's client, done and refused, and memory that stays flat.

use std::fs;

use trustpack_e2e::call::Call;

use crate::support::Build;
use crate::world::{Served, identity, option, pki};

/// What a server may grow by after it is warm, in KiB.
///
/// Source: measured: nothing; a page or two is the allocator's. Of 8,000 handshakes a leak of eight octets each is more.
const MAX_GROWTH_KIB: u64 = 64;

/// Resident memory of a process that is its own, in KiB: page by page. The sums in its `status` are kept for each processor,
/// and those are put together only now and then.
fn resident_kib(process: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap();
    let line = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Anonymous:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What becomes of every handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// The client has no certificate, and must show one.
    Refused,
}

/// Serves `warm` handshakes, and then as many more that memory must not grow by.
#[track_caller]
fn serves(outcome: Outcome, warm: usize, more: usize) {
    let pki = pki();
    let mut options = identity(&pki, "host").to_vec();
    let told = match outcome {
        Outcome::Done => "TLS 1.",
        Outcome::Refused => {
            options.push("tls-mutual=1".to_owned());
            options.push(option("trusted-ca", &pki.certificate("root")));
            "connection: the TLS client presented no certificate"
        }
    };
    // It ends with the test. The client goes without waiting for the last words of a handshake, so that some of those
    // are lost, and not counted.
    let mut server = Served::echo(Build::Shared, 1_000_000, &options);
    // New sessions only, as fast as it can.
    let address = server.address.to_string();
    let client = Call::foreign(
        "openssl",
        ["s_time", "-new", "-time", "100000", "-connect", &address],
    )
    .arg("-CAfile")
    .arg(pki.certificate("root"))
    .discard_output()
    .start();
    let mut handshakes = |count| {
        for _ in 0..count {
            server
                .watched
                .line(|line| line.starts_with(told).then_some(()));
        }
        resident_kib(server.watched.process())
    };
    let (before, after) = (handshakes(warm), handshakes(more));
    drop(client);
    let grown = after.saturating_sub(before);
    assert!(grown <= MAX_GROWTH_KIB, "{before} KiB, then {after} KiB");
}

#[test]
fn three_hundred_handshakes_with_openssl_take_no_memory() {
    serves(Outcome::Done, 100, 200);
}

#[test]
fn three_hundred_refusals_take_no_memory() {
    serves(Outcome::Refused, 100, 200);
}

#[test]
#[ignore = "takes long: ./test --long runs it"]
fn ten_thousand_handshakes_with_openssl_take_no_memory() {
    serves(Outcome::Done, 2_000, 8_000);
}

#[test]
#[ignore = "takes long: ./test --long runs it"]
fn ten_thousand_refusals_take_no_memory() {
    serves(Outcome::Refused, 2_000, 8_000);
}
