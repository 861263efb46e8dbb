//! What peers may send that no peer should: each gets a named reason and an alert, and takes little memory.
//!
//! Long because every kind of hostile peer stands beside the others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod foreign;
mod measured;
#[path = "../memory/mod.rs"]
mod memory;
#[path = "../../../material/tests/support/mod.rs"]
mod support;

use foreign::{TICKETS, flooding, foreign_client, foreign_server, server_config};
use measured::{Met, Over};
use rustls::{ServerConnection, SupportedProtocolVersion, version};
use support::{Authority, Host, Issued, List, Site};
use trustpack_judge::limits::MAX_SELF_ISSUED;
use trustpack_mutations::gauge::within;
use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial, check_error};
use trustpack_settings::endpoint::Role;
use trustpack_tls::cause::Cause;
use trustpack_tls::client::ClientContext;
use trustpack_tls::connection::Connection;
use trustpack_tls::handshake::Failure;
use trustpack_tls::limits::MAX_SENT_CERTIFICATES;
use trustpack_tls::server::ServerContext;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;

/// What a handshake may take, whatever is sent and however much: a few messages of 64 KiB.
const HANDSHAKE_OCTETS: usize = 512 * 1024;

const TRIAL: Trial = Trial {
    memory: Memory {
        per_octet: 0,
        octets: HANDSHAKE_OCTETS,
    },
    rounds: 0,
    seed: 0,
};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

struct World {
    root: Authority,
    host: Issued,
    client: Issued,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let [host, client] =
            ["a.example.com", "b.example.com"].map(|n| root.issue(&Host::named(n)));
        Self { root, host, client }
    }

    fn server(&self) -> Site {
        let site = Site::new().issued(&self.host).set("tls-mutual", "1");
        site.trusts(&[&self.root.certificate])
    }

    fn client(&self) -> Site {
        Site::new()
            .issued(&self.client)
            .trusts(&[&self.root.certificate])
            .peer("a.example.com")
    }

    /// What our end says to a peer that sends these certificates, at each end, in both versions and whoever moves the
    /// octets; and that it takes little memory.
    #[track_caller]
    fn to_peer_with(&self, chain: &[Vec<u8>], issued: &Issued, check: impl Fn(&Failure)) {
        self.meet(chain, issued, |met, over| {
            let failure = met.ours.as_ref().expect_err("to be refused");
            check_error(failure);
            check(failure);
            // The other end hears the alert that ours says it sent, if any.
            assert_eq!(failure.sent(), met.heard, "{over:?}: {failure}");
        });
    }

    /// What becomes of a peer that sends these certificates.
    #[track_caller]
    fn meet(&self, chain: &[Vec<u8>], issued: &Issued, check: impl Fn(&Met, Over)) {
        let (server, client) = (server(&self.server()), client(&self.client()));
        for version in VERSIONS {
            for over in [Over::Buffers, Over::Stream] {
                let what = format!("{over:?}, {version:?}");
                let at_client = within(&what, HANDSHAKE_OCTETS, |gauge| {
                    let hostile = foreign_server(chain, issued, version);
                    measured::at_client(over, gauge, &client, hostile)
                });
                check(&at_client, over);
                let at_server = within(&what, HANDSHAKE_OCTETS, |gauge| {
                    let hostile = foreign_client(chain, issued, version);
                    measured::at_server(over, gauge, &server, hostile)
                });
                check(&at_server, over);
            }
        }
    }
}

fn server(site: &Site) -> ServerContext {
    let (endpoint, material) = site.load(Role::Server).unwrap_or_else(|e| panic!("{e}"));
    ServerContext::new(endpoint.startable().unwrap(), &material).unwrap()
}

fn client(site: &Site) -> ClientContext {
    let (endpoint, material) = site.load(Role::Client).unwrap_or_else(|e| panic!("{e}"));
    ClientContext::new(endpoint.startable().unwrap(), &material).unwrap()
}

#[test]
fn a_certificate_of_a_megabyte() {
    let world = World::new();
    let huge = vec![0x30; 1024 * 1024];
    for chain in [
        vec![huge.clone()],
        vec![world.host.certificate.der().to_vec(), huge],
    ] {
        world.to_peer_with(&chain, &world.host, |failure| {
            assert!(matches!(failure, Failure::TooLarge { .. }), "{failure}");
        });
        world.meet(&chain, &world.host, |met, over| {
            let told = met.heard.map(|alert| alert.to_string());
            match over {
                // Its engine takes leave without a word.
                Over::Buffers => assert_eq!(told, None),
                Over::Stream => assert_eq!(told.as_deref(), Some("decode_error (50)")),
            }
        });
    }
}

#[test]
fn octets_that_are_no_certificate() {
    let world = World::new();
    for octets in [&b"no certificate"[..], &[0x30, 0x80], &[0x30; 60_000]] {
        world.to_peer_with(&[octets.to_vec()], &world.host, |failure| {
            let text = "the certificate of the peer cannot be read";
            assert!(failure.to_string().starts_with(text), "{failure}");
        });
    }
}

/// The certificate of a host with so many others behind it that nobody needs.
fn with_strays(issued: &Issued, all: usize) -> Vec<Vec<u8>> {
    let stray = Authority::root("S").certificate.der().to_vec();
    let own = issued.certificate.der().to_vec();
    std::iter::once(own)
        .chain(std::iter::repeat_n(stray, all - 1))
        .collect()
}

/// What is logged beside the sentence.
fn cause(failure: &Failure) -> String {
    Cause::of_failure(failure).to_string()
}

#[test]
fn a_hundred_certificates_are_looked_at_and_no_more() {
    let world = World::new();
    let most = with_strays(&world.host, MAX_SENT_CERTIFICATES);
    world.meet(&most, &world.host, |met, over| {
        assert!(met.ours.is_ok(), "{over:?}: {:?}", met.ours);
    });
    let more = with_strays(&world.host, MAX_SENT_CERTIFICATES + 1);
    world.to_peer_with(&more, &world.host, |failure| {
        let text = "the peer sent 101 certificates; at most 100 are allowed";
        assert_eq!(failure.to_string(), text);
        assert_eq!(cause(failure), "too-many-certificates");
    });
}

/// A certificate below so many authorities, and all of them, its own first.
fn below(root: &Authority, depth: usize) -> (Issued, Vec<Certificate>) {
    let mut authorities = vec![root.intermediate("1")];
    while authorities.len() < depth {
        let name = (authorities.len() + 1).to_string();
        let next = authorities.last().unwrap().intermediate(&name);
        authorities.push(next);
    }
    let issued = authorities
        .last()
        .unwrap()
        .issue(&Host::named("a.example.com"));
    let above = authorities.iter().rev().map(|ca| ca.certificate.clone());
    let chain = std::iter::once(issued.certificate.clone())
        .chain(above)
        .collect();
    (issued, chain)
}

#[test]
fn a_path_of_a_hundred_certificates() {
    let world = World::new();
    let (issued, chain) = below(&world.root, MAX_SENT_CERTIFICATES - 1);
    let octets: Vec<_> = chain.iter().map(|one| one.der().to_vec()).collect();
    world.to_peer_with(&octets, &issued, |failure| {
        let text = "is 9; at most 8 may stand below a trusted CA";
        assert!(failure.to_string().contains(text), "{failure}");
        assert_eq!(cause(failure), "too-many-intermediates");
    });
    // Our own end does not start with it.
    let chain: Vec<_> = chain.iter().collect();
    let site = world.server().identity(&chain, &issued.key);
    let why = not_started(&site);
    assert!(why.contains("at most 10 are allowed"), "{why}");
}

/// Each certificate bears the name of the trusted one, whose key did not sign it.
#[test]
fn more_changes_of_the_key_of_a_ca_than_are_followed() {
    let world = World::new();
    let mut keys = vec![world.root.intermediate("Root")];
    while keys.len() <= MAX_SELF_ISSUED {
        let next = keys.last().unwrap().intermediate("Root");
        keys.push(next);
    }
    let issued = keys.last().unwrap().issue(&Host::named("a.example.com"));
    let above = keys.iter().rev().map(|key| &key.certificate);
    let chain: Vec<_> = std::iter::once(&issued.certificate).chain(above).collect();
    let octets: Vec<_> = chain.iter().map(|one| one.der().to_vec()).collect();
    world.to_peer_with(&octets, &issued, |failure| {
        let text = "the number of self-issued intermediates";
        assert!(failure.to_string().contains(text), "{failure}");
        assert_eq!(cause(failure), "too-many-intermediates");
    });
    // One change less is followed.
    let issued = keys[MAX_SELF_ISSUED - 1].issue(&Host::named("a.example.com"));
    let own = issued.certificate.der().to_vec();
    let octets = std::iter::once(own).chain(octets.into_iter().skip(2));
    world.meet(&octets.collect::<Vec<_>>(), &issued, |met, over| {
        assert!(met.ours.is_ok(), "{over:?}: {:?}", met.ours);
    });
}

/// Why a server with these files does not start.
#[track_caller]
fn not_started(site: &Site) -> String {
    let error = site.load(Role::Server).expect_err("to be refused");
    let errors = error.errors().map(|finding| finding.message.clone());
    errors.collect::<Vec<_>>().join("; ")
}

#[test]
fn an_own_certificate_of_a_megabyte() {
    // Octets that are 0, in base64.
    let line = "A".repeat(64) + "\n";
    let text = line.repeat(1024 * 1024 / 48);
    let file = format!("-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n");
    // The file, and what it says.
    let octets = 3 * file.len();
    let site = World::new().server().file("/own.pem", file);
    let why = within("own", octets, |gauge| gauge.part(|| not_started(&site)));
    let text = "the certificate has 1048560 octets; at most 102400 are read";
    assert!(why.contains(text), "{why}");
}

/// Records that never come to an end: of each kind, and with as little in each as can be.
fn endless() -> Vec<(&'static str, Vec<u8>)> {
    const OCTETS: usize = 4 * 1024 * 1024;
    let record = |kind: u8, body: &[u8]| {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3], &length[..], body].concat()
    };
    let again = |first: &[u8], then: Vec<u8>| {
        let count = OCTETS / then.len();
        [first, &then.repeat(count)].concat()
    };
    // The largest message that the engine takes: its length is 64 KiB but one.
    let begun = record(22, &[1, 0, 0xff, 0xff]);
    vec![
        (
            "a hello in records of one octet",
            again(&begun, record(22, &[0])),
        ),
        (
            "a hello in large records",
            again(&begun, record(22, &[0; 16_384])),
        ),
        ("empty records", again(&[], record(22, &[]))),
        ("hellos", again(&[], record(22, &[0, 0, 0, 0]))),
        ("changes of the cipher", again(&[], record(20, &[1]))),
        ("warnings", again(&[], record(21, &[1, 0]))),
        ("data", again(&[], record(23, &[0; 100]))),
        ("heartbeats", again(&[], record(24, &[0; 100]))),
        ("no records", again(&[], b"garbage ".to_vec())),
    ]
}

#[test]
fn what_never_ends_is_refused_before_it_takes_memory() {
    let world = World::new();
    let (server, client) = (server(&world.server()), client(&world.client()));
    for (what, octets) in endless() {
        let at_server = |octets: &[u8]| fed(server.connection()?, octets);
        assert!(!TRIAL.one(what, &octets, at_server), "{what} at a server");
        let at_client = |octets: &[u8]| fed(client.connection()?, octets);
        assert!(!TRIAL.one(what, &octets, at_client), "{what} at a client");
    }
}

#[test]
fn tickets_without_end_are_refused() {
    let world = World::new();
    let chain = [world.host.certificate.der().to_vec()];
    let config = server_config(&chain, &world.host, &version::TLS13);
    let mut hostile = ServerConnection::new(flooding(&config, TICKETS)).unwrap();
    let mut ours = client(&world.client()).connection().unwrap();
    let (_, failed) = memory::exchange(&mut hostile, &mut ours);
    let failure = failed.expect("to be given up");
    assert!(matches!(failure, Failure::WithoutData), "{failure}");
    check_error(&failure);
}

/// An end that hears this must say why it hears no more.
fn fed(mut end: Connection, mut octets: &[u8]) -> Result<(), Refusal> {
    while !octets.is_empty() {
        end.read_tls(&mut octets)?;
        end.process()?;
    }
    Ok(())
}

#[test]
fn damaged_hellos_at_a_server_are_named() {
    let world = World::new();
    let server = server(&world.server());
    let trial = Trial {
        rounds: 500,
        seed: 0x5eed_0011,
        ..TRIAL
    };
    let hellos = seeds::of_target("hello");
    let at_server = |octets: &[u8]| fed(server.connection()?, octets);
    // Those of clients that speak TLS 1.2 or 1.3 are answered, and the damage to names and random numbers is not seen.
    trial.of_octets(&hellos, at_server).is_at_least(8, 300);
}

/// Whether a client is let in by a server with these lists, or why not; or why the server does not start.
fn with_lists(world: &World, lists: &str) -> Result<(), String> {
    let site = world.server().lists(lists);
    let (endpoint, material) = site.load(Role::Server).map_err(|error| {
        let errors = error.errors().map(|finding| finding.message.clone());
        errors.collect::<Vec<_>>().join("; ")
    })?;
    let server = ServerContext::new(endpoint.startable().unwrap(), &material).unwrap();
    let client = client(&world.client()).connection().unwrap();
    let outcome = memory::shake(server.connection().unwrap(), client);
    outcome
        .server
        .map(|_| ())
        .map_err(|failure| failure.to_string())
}

#[test]
fn lists_of_every_bad_kind_are_named() {
    let world = World::new();
    let list = |list: List<'_>| world.root.list(&list);
    let good = list(List::default());
    assert_eq!(with_lists(&world, &good), Ok(()));
    let old = list(List {
        next: "2021-01-01",
        ..List::default()
    });
    let newer_with_lower_number = list(List {
        made: "2020-02-01",
        number: 0,
        ..List::default()
    });
    let newer = good + &newer_with_lower_number;
    for (lists, reason) in [
        ("", "the file is empty"),
        (
            "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
            "cannot be read",
        ),
        (
            &Authority::root("Foreign").list(&List::default()),
            "there is no list of its issuer",
        ),
        (&old, "is not used"),
        (&newer, "but a list with the number 01 was seen before"),
    ] {
        let why = with_lists(&world, lists).expect_err("to be refused");
        assert!(why.contains(reason), "{reason}: {why}");
    }
}

/// A list is read once, and kept about as it is: a handshake takes no more for it. Reading it again would take some times
/// what is allowed here.
#[test]
fn a_huge_list_takes_memory_once() {
    const ENTRIES: u32 = 100_000;
    let world = World::new();
    let serial = |number: u32| {
        let mut octets = [0x5a; 16];
        octets[12..].copy_from_slice(&number.to_be_bytes());
        Serial::from_random(octets)
    };
    let huge = world.root.list(&List {
        revoked: (0..ENTRIES).map(serial).collect(),
        ..List::default()
    });
    assert!(huge.len() > 8 * HANDSHAKE_OCTETS, "{}", huge.len());
    let site = world.server().lists(&huge);
    // The file, what it says in octets, and what is looked up in.
    let server = within("reading it", 3 * huge.len(), |gauge| {
        gauge.part(|| server(&site))
    });
    let chain = [world.client.certificate.der().to_vec()];
    for version in VERSIONS {
        for over in [Over::Buffers, Over::Stream] {
            let met = within("a handshake", HANDSHAKE_OCTETS, |gauge| {
                let client = foreign_client(&chain, &world.client, version);
                measured::at_server(over, gauge, &server, client)
            });
            assert!(met.ours.is_ok(), "{:?}", met.ours);
        }
    }
}
