//! Stories of many callers who mean no good, and of one beside them who is not disturbed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;
#[path = "../../material/tests/support/mod.rs"]
mod support;

use std::time::Duration;

use harness::{Log, Running, Service, World, noise, patiently, resets, says, spec};
use support::{Host, Issued};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::{KeySpec, RsaBits};
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::bind::bind;
use trustpack_tunnel::lanes::Lanes;
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::report::repeats::MAX_OWN_LINES;

/// A hello as OpenSSL sends it.
const HELLO: &[u8] = include_bytes!("../../../fuzz/seeds/hello/openssl_13");

/// Callers of each kind.
const CALLERS: usize = 50;

/// What a hostile caller says before it waits, and what the log is to say of it, at a secured port and at one that
/// detects.
fn kinds() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let garbage = |length| {
        let mut bytes = noise(3, length);
        bytes[0] = 22;
        bytes
    };
    let huge = [
        &[22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff],
        &noise(4, 20_000)[..],
    ]
    .concat();
    vec![
        (Vec::new(), "without a word", "said nothing for"),
        (HELLO[..1].to_vec(), "in the middle", "in the middle"),
        (
            HELLO[..HELLO.len() - 1].to_vec(),
            "in the middle",
            "in the middle",
        ),
        (HELLO.to_vec(), "in the middle", "in the middle"),
        (garbage(100), "broke the TLS protocol", "hello is broken"),
        (
            garbage(100_000),
            "broke the TLS protocol",
            "hello is broken",
        ),
        (huge, "64 KiB", "it says that it has 16777215 bytes"),
        (
            b"\x15\x03\x03\0\x02\x02\x28".to_vec(),
            "with the alert handshake_failure",
            "a record of type 21",
        ),
    ]
}

async fn callers_do_not_disturb(upgrade: &str) {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let site = world.server(service.address).set("upgrade", upgrade);
    service.echo();
    let limits = Limits {
        // Long enough for the good one beside all the others.
        handshake: Duration::from_secs(3),
        ..Limits::default()
    };
    let server = Running::start(&site, Role::Server, limits).await;
    let client = Running::start(&world.client(server.tcp()), Role::Client, limits).await;
    let mut good = client.connect().await;
    let mut held = Vec::new();
    for round in 0..CALLERS {
        for (words, _, _) in kinds() {
            held.push(calls(&server, &words).await);
        }
        let data = noise(u64::try_from(round).unwrap(), 10_000);
        good.write_all(&data).await.unwrap();
        let mut back = vec![0; data.len()];
        patiently(good.read_exact(&mut back)).await.unwrap();
        assert!(back == data, "round {round}");
    }
    // A new one is let in while the others still wait.
    let mut another = client.connect().await;
    another.write_all(b"hello").await.unwrap();
    let mut back = [0; 5];
    patiently(another.read_exact(&mut back)).await.unwrap();
    for (_, secured, detecting) in kinds() {
        let reason = if upgrade == "1" { detecting } else { secured };
        log.line_with(&["handshake refused", reason]).await;
    }
    server.has_open(2).await;
    drop((good, another));
    server.stopped().await;
    // Those who only hung are told together, but for a few.
    let text = log.text();
    let refused = text
        .lines()
        .filter(|line| line.contains("handshake refused"));
    let told = refused.map(|line| match line.split_once(" times=") {
        Some((_, times)) => times.parse().unwrap(),
        None => 1,
    });
    assert_eq!(told.sum::<usize>(), held.len(), "{text}");
    let own = |cause: &str| text.matches(&format!("cause={cause} ")).count();
    assert!(own("timeout") == MAX_OWN_LINES + 1, "{text}");
}

/// Says something and holds the connection.
async fn calls(server: &Running, words: &[u8]) -> TcpStream {
    let mut caller = server.connect().await;
    // One that is refused in the middle of its words does not get to the end of them.
    drop(caller.write_all(words).await);
    caller
}

#[tokio::test]
async fn handshake_flood_that_ends_by_resets() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let server = world.server(service.address);
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    for _ in 0..4 * CALLERS {
        let mut caller = calls(&server, HELLO).await;
        // The server has answered, and waits for the rest of the handshake.
        patiently(caller.read_exact(&mut [0])).await.unwrap();
        resets(caller);
    }
    server.has_open(0).await;
    server.stopped().await;
    let text = log.text();
    let refused = text.lines().filter(|line| line.contains("cause=broke"));
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), MAX_OWN_LINES + 1, "{text}");
    let rest = 4 * CALLERS - MAX_OWN_LINES;
    let last = refused.last().unwrap();
    assert!(last.ends_with(&format!(" times={rest}")), "{last}");
}

/// Signs so slowly that the flood cannot be served in [`IN_TIME`], whatever the machine.
const SLOW_KEY: KeySpec = KeySpec::Rsa(RsaBits::B4096);

/// Callers of whom each demands a signature with that key.
const SIGNED_FOR: u64 = 400;

/// How long each of them has for its handshake.
const IN_TIME: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_flood_that_signatures_are_made_for_ends_in_time_and_the_rest_unsigned() {
    let world = World::new();
    let service = Service::new().await;
    let mut site = world.server(service.address);
    service.echo();
    let key = PrivateKey::generate(SLOW_KEY).unwrap();
    let host = Host::named("a.example.com");
    let certificate = world.root.issue_for(&host, &key);
    site = site.issued(&Issued { certificate, key });
    let limits = Limits {
        handshake: IN_TIME,
        ..Limits::default()
    };
    let bound = bind(vec![spec(&site, Role::Server)], limits).await.unwrap();
    let lanes = Lanes::start(1).unwrap();
    let server = Running::run(bound.bound.on(lanes));
    let client = Running::start(&world.client(server.tcp()), Role::Client, Limits::default()).await;
    let mut untouched = client.connect().await;
    says(&mut untouched, b"before").await;
    let mut callers = Vec::new();
    for _ in 0..SIGNED_FOR {
        callers.push(calls(&server, HELLO).await);
    }
    says(&mut untouched, b"meanwhile").await;
    let mut answered = 0;
    for mut caller in callers {
        let mut answer = Vec::new();
        // The end may be a reset: what it says before is what counts.
        drop(patiently(caller.read_to_end(&mut answer)).await);
        answered += u64::from(!answer.is_empty());
    }
    server.has_open(1).await;
    let status = server.overview.status(&server.stop);
    let figures = &status.endpoints[0].figures;
    let count = |cause: &str| figures.refused_handshakes.get(cause).copied();
    let count = |cause| count(cause).unwrap_or_default();
    // Whoever was signed for was waited for; nobody was signed for whose time was over.
    assert_eq!(count("timeout"), answered, "{figures:?}");
    let unsigned = SIGNED_FOR - answered;
    assert_eq!(
        count("too-busy") + count("silent-timeout"),
        unsigned,
        "{figures:?}"
    );
    assert!(count("too-busy") > 0, "{figures:?}");
    let reasons = &status.endpoints[0].last_failures;
    let why = "the handshake was not done after 500ms: this process was busy with the signatures of others";
    assert!(
        reasons.iter().any(|failed| failed.reason == why),
        "{reasons:?}"
    );
    says(&mut untouched, b"after").await;
}

#[tokio::test]
async fn handshake_flood() {
    patiently(callers_do_not_disturb("0")).await;
}

#[tokio::test]
async fn handshake_flood_at_a_port_that_detects() {
    patiently(callers_do_not_disturb("1")).await;
}
