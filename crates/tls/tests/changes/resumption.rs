//! Which sessions are resumed: those of the same generation, until what they rest on ends.

use std::sync::Arc;

use trustpack_judge::reason::Step;
use trustpack_settings::endpoint::Role;
use trustpack_tls::established::Resumed;
use trustpack_tls::generation::Change;
use trustpack_x509::validity::Validity;

use crate::support::{Authority, Host, Issued, List, Site, between, time};
use crate::world::{Clock, change_client, change_server, client, resumed, server, shake};

struct World {
    root: Authority,
    other: Authority,
    host: Issued,
    caller: Issued,
    clock: Arc<Clock>,
}

fn world() -> World {
    let root = Authority::root("Root");
    World {
        other: Authority::root("Other"),
        host: root.issue(&Host::named("a.example.com")),
        caller: root.issue(&Host::named("b.example.com")),
        root,
        clock: Clock::at("2030-01-01"),
    }
}

impl World {
    fn server(&self) -> Site {
        Site::new()
            .issued(&self.host)
            .trusts(&[&self.root.certificate])
            .set("tls-mutual", "1")
    }

    fn client(&self) -> Site {
        Site::new()
            .issued(&self.caller)
            .trusts(&[&self.root.certificate])
            .peer("a.example.com")
    }
}

const VERSIONS: [&str; 2] = ["TLSv12", "TLSv13"];

#[tokio::test]
async fn without_a_change_sessions_are_resumed() {
    let world = world();
    for version in VERSIONS {
        for mutual in ["0", "1"] {
            let site = world.server().set("tls-mutual", mutual);
            let server = server(&site.set("sec-protocol-max", version), &world.clock);
            let client = client(&world.client(), &world.clock);
            assert_eq!(resumed(&server, &client).await, Resumed::No);
            // Again and again: a session made from a session is one too.
            for _ in 0..3 {
                assert_eq!(resumed(&server, &client).await, Resumed::Yes, "{version}");
            }
            assert_eq!(
                change_server(&server, &site_again(&world, version, mutual)),
                Change::Nothing
            );
            assert_eq!(resumed(&server, &client).await, Resumed::Yes, "{version}");
        }
    }
}

fn site_again(world: &World, version: &str, mutual: &str) -> Site {
    let site = world.server().set("tls-mutual", mutual);
    site.set("sec-protocol-max", version)
}

#[tokio::test]
async fn another_certificate_of_the_server_leaves_its_sessions() {
    let world = world();
    for version in VERSIONS {
        let site = world.server().set("sec-protocol-max", version);
        let server = server(&site, &world.clock);
        let client = client(&world.client(), &world.clock);
        assert_eq!(resumed(&server, &client).await, Resumed::No);
        let renewed = world.root.issue(&Host::named("a.example.com"));
        let change = change_server(&server, &site.issued(&renewed));
        assert_eq!(change, Change::Identity);
        assert_eq!(server.generation(), 1);
        assert_eq!(resumed(&server, &client).await, Resumed::Yes, "{version}");
    }
}

#[tokio::test]
async fn each_change_of_trust_of_a_server_ends_its_sessions() {
    let world = world();
    let list = |number| {
        let list = List {
            number,
            ..List::default()
        };
        world.root.list(&list)
    };
    let changes: &[(&str, &dyn Fn(Site) -> Site)] = &[
        ("a CA more", &|site| {
            site.trusts(&[&world.root.certificate, &world.other.certificate])
        }),
        ("a list", &|site| site.lists(&list(1))),
        ("another list", &|site| site.lists(&list(2))),
        ("allowed names", &|site| {
            site.set("allowed-names", "dns:b.example.com")
        }),
        ("a version less", &|site| {
            site.set("sec-protocol-max", "TLSv12")
        }),
        ("suites", &|site| {
            site.set("cipher-list", "ECDHE-ECDSA-AES128-GCM-SHA256")
        }),
        ("the mode", &|site| site.set("tls-mutual", "0")),
    ];
    let server = server(&world.server(), &world.clock);
    let client = client(&world.client(), &world.clock);
    let mut site = world.server();
    for (generation, (what, change)) in (2..).zip(changes) {
        resumed(&server, &client).await;
        assert_eq!(
            resumed(&server, &client).await,
            Resumed::Yes,
            "before {what}"
        );
        site = change(site);
        let cut = 0;
        let want = Change::Trust { generation, cut };
        assert_eq!(change_server(&server, &site), want, "{what}");
        assert_eq!(server.generation(), generation);
        assert_eq!(resumed(&server, &client).await, Resumed::No, "after {what}");
    }
}

#[tokio::test]
async fn a_change_of_trust_of_a_client_ends_its_sessions() {
    let world = world();
    for version in VERSIONS {
        let site = world.server().set("sec-protocol-max", version);
        let server = server(&site, &world.clock);
        let client = client(&world.client(), &world.clock);
        assert_eq!(resumed(&server, &client).await, Resumed::No);
        assert_eq!(resumed(&server, &client).await, Resumed::Yes);
        let trusted = [&world.root.certificate, &world.other.certificate];
        let change = change_client(&client, &world.client().trusts(&trusted));
        let (generation, cut) = (2, 0);
        assert_eq!(change, Change::Trust { generation, cut });
        assert_eq!(resumed(&server, &client).await, Resumed::No, "{version}");
    }
}

#[tokio::test]
async fn a_ticket_of_one_endpoint_is_nothing_to_another() {
    let world = world();
    let [one, other] = [(); 2].map(|()| server(&world.server(), &world.clock));
    let client = client(&world.client(), &world.clock);
    assert_eq!(resumed(&one, &client).await, Resumed::No);
    assert_eq!(resumed(&other, &client).await, Resumed::No);
}

/// A connection at the first date, the next at the second: the peer is refused there for its dates or its list,
/// and not let in with its old session.
#[track_caller]
fn ends(server_site: &Site, client_site: &Site, dates: [&str; 2], refuses: Role, step: Step) {
    let [first, second] = dates;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().unwrap().block_on(async {
        let clock = Clock::at(first);
        let (server, client) = (server(server_site, &clock), client(client_site, &clock));
        assert_eq!(resumed(&server, &client).await, Resumed::No);
        assert_eq!(resumed(&server, &client).await, Resumed::Yes);
        clock.set(second);
        let (near, far) = shake(&server, &client).await;
        let refused = match refuses {
            Role::Server => near.err(),
            Role::Client => far.err(),
        };
        assert_eq!(refused.expect("to be refused").step(), Some(step));
    });
}

#[test]
fn no_session_outlives_the_certificate_of_the_peer() {
    let world = world();
    let short = Host {
        validity: Validity {
            not_after: time("2030-01-01T06:00:00Z"),
            ..between("2020-01-01", "2120-01-01")
        },
        ..Host::named("a.example.com")
    };
    let short = world.root.issue(&short);
    let dates = ["2030-01-01T05:00:00Z", "2030-01-01T06:00:01Z"];
    for version in VERSIONS {
        let (server, client) = (
            world.server().set("sec-protocol-max", version),
            world.client(),
        );
        ends(
            &server,
            &client.issued(&short),
            dates,
            Role::Server,
            Step::Dates,
        );
        let client = world.client();
        ends(
            &server.issued(&short),
            &client,
            dates,
            Role::Client,
            Step::Dates,
        );
    }
}

#[test]
fn no_session_outlives_the_list_it_was_judged_by() {
    let world = world();
    let list = world.root.list(&List {
        next: "2030-01-01T06:00:00Z",
        ..List::default()
    });
    let dates = ["2030-01-01T05:00:00Z", "2030-01-01T06:00:01Z"];
    for version in VERSIONS {
        let (server, client) = (
            world.server().set("sec-protocol-max", version),
            world.client(),
        );
        let (listed, step) = (server.lists(&list), Step::Revocation);
        ends(&listed, &client, dates, Role::Server, step);
        let server = world.server().set("sec-protocol-max", version);
        ends(
            &server,
            &world.client().lists(&list),
            dates,
            Role::Client,
            step,
        );
    }
}
