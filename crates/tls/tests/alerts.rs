//! Who is refused hears the alert that fits, in both versions and at both ends, and who refuses says which it sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod memory;
#[path = "../../material/tests/support/mod.rs"]
mod support;

use support::{Authority, Host, Issued, List, Site, between};
use trustpack_settings::endpoint::Role;
use trustpack_tls::client::ClientContext;
use trustpack_tls::established::Established;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;
use trustpack_x509::extension::Purpose;

/// The two ends, the server with mutual TLS.
struct World {
    root: Authority,
    server: Site,
    client: Site,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let [host, client] =
            ["a.example.com", "b.example.com"].map(|n| root.issue(&Host::named(n)));
        let trusting = || Site::new().trusts(&[&root.certificate]);
        Self {
            server: trusting().issued(&host).set("tls-mutual", "1"),
            client: trusting()
                .issued(&client)
                .peer("a.example.com")
                .set("tls-target-name-check", "host"),
            root,
        }
    }

    /// The settings of an end.
    fn site(&mut self, role: Role) -> &mut Site {
        match role {
            Role::Server => &mut self.server,
            Role::Client => &mut self.client,
        }
    }

    fn change(mut self, role: Role, change: impl FnOnce(Site) -> Site) -> Self {
        let site = self.site(role);
        *site = change(std::mem::take(site));
        self
    }

    /// With a certificate for an end in place of the good one.
    fn with(self, role: Role, issued: &Issued) -> Self {
        self.change(role, |site| site.issued(issued))
    }

    /// One end must refuse the other with this alert, in both versions; `by` is who refuses.
    #[track_caller]
    fn refuses(mut self, by: Role, alert: &str) {
        for version in ["TLSv12", "TLSv13"] {
            self.client = self.client.set("sec-protocol-max", version);
            let (endpoint, material) = self.server.load(Role::Server).unwrap();
            let server = ServerContext::new(endpoint.startable().unwrap(), &material).unwrap();
            let (endpoint, material) = self.client.load(Role::Client).unwrap();
            let client = ClientContext::new(endpoint.startable().unwrap(), &material).unwrap();
            let outcome = memory::shake(server.connection().unwrap(), client.connection().unwrap());
            let (refusing, hearing) = match by {
                Role::Server => (outcome.server, outcome.client),
                Role::Client => (outcome.client, outcome.server),
            };
            check(&refusing, &hearing, alert);
        }
    }
}

#[track_caller]
fn check(
    refusing: &Result<Established, Failure>,
    hearing: &Result<Established, Failure>,
    alert: &str,
) {
    let refusing = refusing.as_ref().expect_err("to be refused");
    let sent = refusing.sent().map(|alert| alert.to_string());
    assert_eq!(sent.as_deref(), Some(alert), "{refusing}");
    let heard = format!("the peer refused with the alert {alert}");
    assert_eq!(hearing.as_ref().expect_err("an alert").to_string(), heard);
}

const ENDS: [(Role, Role, &str); 2] = [
    (Role::Server, Role::Client, "b.example.com"),
    (Role::Client, Role::Server, "a.example.com"),
];

#[test]
fn a_stranger() {
    for (by, other, name) in ENDS {
        let foreign = Authority::root("Foreign");
        let stranger = foreign.issue(&Host::named(name));
        let chain = [&stranger.certificate, &foreign.certificate];
        World::new()
            .change(other, |site| site.identity(&chain, &stranger.key))
            .refuses(by, "unknown_ca (48)");
    }
}

#[test]
fn who_is_expired_or_not_yet_valid() {
    for (by, other, name) in ENDS {
        for validity in [
            between("2020-01-01", "2021-01-01"),
            between("2090-01-01", "2091-01-01"),
        ] {
            let mut world = World::new();
            // Loaded at a time at which its own end finds nothing wrong with it.
            world.server.now = validity.not_before;
            world.client.now = validity.not_before;
            let host = Host {
                validity,
                ..Host::named(name)
            };
            let issued = world.root.issue(&host);
            world
                .with(other, &issued)
                .refuses(by, "certificate_expired (45)");
        }
    }
}

#[test]
fn who_is_for_something_else() {
    for (by, other, name) in ENDS {
        let purpose = match other {
            Role::Server => Purpose::ClientAuth,
            Role::Client => Purpose::ServerAuth,
        };
        let purposes = vec![purpose];
        let world = World::new();
        let issued = world.root.issue(&Host {
            purposes,
            ..Host::named(name)
        });
        world
            .with(other, &issued)
            .refuses(by, "unsupported_certificate (43)");
    }
}

#[test]
fn who_is_revoked_or_may_be() {
    for (by, other, name) in ENDS {
        for (is_known, alert) in [
            (true, "certificate_revoked (44)"),
            (false, "unknown_ca (48)"),
        ] {
            let world = World::new();
            let issued = world.root.issue(&Host::named(name));
            let revoked = vec![issued.certificate.serial().clone()];
            let list = List {
                revoked,
                ..List::default()
            };
            let list = match is_known {
                true => world.root.list(&list),
                false => Authority::root("Foreign").list(&list),
            };
            world
                .change(by, |site| site.lists(&list))
                .with(other, &issued)
                .refuses(by, alert);
        }
    }
}

#[test]
fn a_server_of_another_name() {
    let world = World::new();
    let issued = world.root.issue(&Host::named("c.example.com"));
    world
        .with(Role::Server, &issued)
        .refuses(Role::Client, "bad_certificate (42)");
}

#[test]
fn a_client_that_is_not_allowed() {
    World::new()
        .change(Role::Server, |site| {
            site.set("allowed-names", "dns:c.example.com")
        })
        .refuses(Role::Server, "access_denied (49)");
}

#[test]
fn a_client_without_a_certificate() {
    let mut world = World::new();
    world
        .client
        .options
        .retain(|(name, _)| !name.starts_with("certificate"));
    world.refuses(Role::Server, "certificate_required (116)");
}
