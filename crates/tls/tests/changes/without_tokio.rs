//! Connections whose bytes a program moves itself: sessions are resumed, and who is no longer trusted is cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use trustpack_settings::endpoint::Role;
use trustpack_tls::client::ClientContext;
use trustpack_tls::connection::Connection;
use trustpack_tls::established::Resumed;
use trustpack_tls::generation::Change;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;

use crate::memory;
use crate::support::{Authority, Host, Issued, List, Site};
use crate::world::{Clock, change_server, client, server};

const TODAY: &str = "2024-01-01";

/// Both ends of a connection, and whether they failed.
struct Pair {
    server: Connection,
    client: Connection,
    failed: (Option<Failure>, Option<Failure>),
}

fn connect(server: &ServerContext, client: &ClientContext) -> Pair {
    let (mut server, mut client) = (server.connection().unwrap(), client.connection().unwrap());
    let failed = memory::exchange(&mut server, &mut client);
    Pair {
        server,
        client,
        failed,
    }
}

impl Pair {
    #[track_caller]
    fn resumed(&self) -> Resumed {
        assert!(matches!(self.failed, (None, None)), "{:?}", self.failed);
        let (at_server, at_client) = (self.server.established(), self.client.established());
        assert_eq!(at_server.resumed, at_client.resumed);
        at_client.resumed
    }
}

/// An authority, a server that demands certificates, and the site of a client with a certificate of this name.
struct World {
    root: Authority,
    host: Issued,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let host = root.issue(&Host::named("a.example.com"));
        Self { root, host }
    }

    fn server(&self) -> Site {
        let site = Site::new().issued(&self.host).set("tls-mutual", "1");
        site.trusts(&[&self.root.certificate])
    }

    fn client(&self, issued: &Issued) -> Site {
        let site = Site::new().issued(issued).peer("a.example.com");
        site.trusts(&[&self.root.certificate])
    }
}

#[test]
fn sessions_are_resumed_until_the_client_trusts_otherwise() {
    let (world, clock) = (World::new(), Clock::at(TODAY));
    let issued = world.root.issue(&Host::named("b.example.com"));
    let other = Authority::root("Other");
    let server = server(&world.server(), &clock);
    for version in ["TLSv12", "TLSv13"] {
        let site = || world.client(&issued).set("sec-protocol-max", version);
        let client = client(&site(), &clock);
        assert_eq!(connect(&server, &client).resumed(), Resumed::No);
        // What was resumed is resumed again.
        assert_eq!(connect(&server, &client).resumed(), Resumed::Yes);
        assert_eq!(connect(&server, &client).resumed(), Resumed::Yes);
        let more = site().trusts(&[&world.root.certificate, &other.certificate]);
        let (endpoint, material) = more.load(Role::Client).unwrap();
        let change = client.change(endpoint.startable().unwrap(), &material);
        assert!(matches!(change, Ok(Change::Trust { .. })), "{change:?}");
        assert_eq!(connect(&server, &client).resumed(), Resumed::No);
    }
}

#[test]
fn a_client_that_judges_nobody_resumes_too() {
    let (world, clock) = (World::new(), Clock::at(TODAY));
    let issued = world.root.issue(&Host::named("b.example.com"));
    let server = server(&world.server(), &clock);
    let client = client(&world.client(&issued).set("client-auth", "0"), &clock);
    assert_eq!(connect(&server, &client).resumed(), Resumed::No);
    assert_eq!(connect(&server, &client).resumed(), Resumed::Yes);
}

/// Counts how often somebody is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn who_is_revoked_is_cut_and_its_neighbour_is_not() {
    let (world, clock) = (World::new(), Clock::at(TODAY));
    let issued =
        ["b.example.com", "c.example.com"].map(|name| world.root.issue(&Host::named(name)));
    let server = server(&world.server(), &clock);
    let clients = [0, 1].map(|one: usize| client(&world.client(&issued[one]), &clock));
    let [mut revoked, mut neighbour] = [0, 1].map(|one: usize| connect(&server, &clients[one]));
    let woken = Arc::new(Woken::default());
    revoked
        .server
        .wake_when_cut(&Waker::from(Arc::clone(&woken)));

    let list = world.root.list(&List {
        revoked: vec![issued[0].certificate.serial().clone()],
        ..List::default()
    });
    let change = change_server(&server, &world.server().lists(&list));
    assert!(matches!(change, Change::Trust { cut: 1, .. }), "{change:?}");
    assert_eq!(woken.0.load(Ordering::SeqCst), 1);
    let why = revoked.server.process().expect_err("to be cut");
    assert!(matches!(why, Failure::TrustEnded(_)), "{why}");
    assert!(why.to_string().contains("was revoked"), "{why}");
    assert!(neighbour.server.process().is_ok());
    // Who asks too late to be woken is woken at once.
    revoked
        .server
        .wake_when_cut(&Waker::from(Arc::clone(&woken)));
    assert_eq!(woken.0.load(Ordering::SeqCst), 2);

    let (at_server, _) = connect(&server, &clients[0]).failed;
    let why = at_server.expect("to be refused").to_string();
    assert!(why.contains("was revoked"), "{why}");
    assert_eq!(connect(&server, &clients[1]).resumed(), Resumed::No);
}
