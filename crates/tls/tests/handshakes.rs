//! Handshakes between our own client and server, in memory: who gets in, and why the others do not.
//!
//! Long because both roles and every step of judgement stand side by side.

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

use memory::Outcome;
use support::{Authority, Host, Issued, Site};
use trustpack_judge::reason::Step;
use trustpack_keystore::pem;
use trustpack_settings::endpoint::Role;
use trustpack_settings::value::ProtocolVersion;
use trustpack_tls::client::ClientContext;
use trustpack_tls::context::ContextError;
use trustpack_tls::established::{Established, Resumed};
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;
use trustpack_x509::extension::Purpose;

fn server(site: &Site) -> Result<ServerContext, ContextError> {
    let (endpoint, material) = site.load(Role::Server).unwrap_or_else(|e| panic!("{e}"));
    ServerContext::new(endpoint.startable().unwrap(), &material)
}

fn client(site: &Site) -> Result<ClientContext, ContextError> {
    let (endpoint, material) = site.load(Role::Client).unwrap_or_else(|e| panic!("{e}"));
    ClientContext::new(endpoint.startable().unwrap(), &material)
}

fn shake(server_site: &Site, client_site: &Site) -> Outcome {
    let server = server(server_site).unwrap().connection().unwrap();
    let client = client(client_site).unwrap().connection().unwrap();
    memory::shake(server, client)
}

#[track_caller]
fn accepted(server: &Site, client: &Site) -> (Established, Established) {
    let outcome = shake(server, client);
    match (outcome.server, outcome.client) {
        (Ok(server), Ok(client)) => (server, client),
        (server, client) => panic!("server: {server:?}, client: {client:?}"),
    }
}

/// One side refuses at `step`, with a reason that has all of `words`; the other hears an alert.
#[track_caller]
fn refuses(
    by: Result<Established, Failure>,
    heard: Result<Established, Failure>,
    step: Step,
    words: &[&str],
) {
    let failure = by.expect_err("to be refused");
    assert_eq!(failure.step(), Some(step), "{failure}");
    for word in words {
        assert!(failure.to_string().contains(word), "{failure}");
    }
    match heard {
        Err(Failure::PeerAlert(alert)) => assert_eq!(failure.sent(), Some(alert), "{failure}"),
        other => panic!("the other side has {other:?}"),
    }
}

#[track_caller]
fn client_refuses(server: &Site, client: &Site, step: Step, words: &[&str]) {
    let outcome = shake(server, client);
    refuses(outcome.client, outcome.server, step, words);
}

#[track_caller]
fn server_refuses(server: &Site, client: &Site, step: Step, words: &[&str]) {
    let outcome = shake(server, client);
    refuses(outcome.server, outcome.client, step, words);
}

struct World {
    root: Authority,
    foreign: Authority,
    host: Issued,
    client: Issued,
}

fn world() -> World {
    let root = Authority::root("Root");
    let foreign = Authority::root("Foreign");
    let host = root.issue(&Host::named("a.example.com"));
    let client = root.issue(&Host::named("b.example.com"));
    World {
        root,
        foreign,
        host,
        client,
    }
}

impl World {
    fn server(&self) -> Site {
        Site::new()
            .issued(&self.host)
            .trusts(&[&self.root.certificate])
    }

    fn mutual_server(&self) -> Site {
        self.server().set("tls-mutual", "1")
    }

    fn client(&self) -> Site {
        Site::new()
            .trusts(&[&self.root.certificate])
            .peer("a.example.com")
            .set("tls-target-name-check", "host")
    }
}

#[test]
fn both_versions_are_spoken() {
    let world = world();
    for (max, want) in [
        ("", ProtocolVersion::Tls13),
        ("TLSv12", ProtocolVersion::Tls12),
    ] {
        let server = world.server().set("sec-protocol-max", max);
        let (by_server, by_client) = accepted(&server, &world.client());
        for facts in [&by_server, &by_client] {
            assert_eq!(facts.version, Some(want));
            assert_eq!(facts.resumed, Resumed::No);
        }
        assert_eq!(by_client.peer.as_ref(), Some(&world.host.certificate));
        assert_eq!(by_server.peer, None);
    }
}

#[test]
fn the_hybrid_group_is_preferred() {
    let world = world();
    let (facts, _) = accepted(&world.server(), &world.client());
    assert_eq!(facts.group, Some("X25519MLKEM768"));
    assert_eq!(facts.suite, Some("TLS_AES_128_GCM_SHA256"));
}

#[test]
fn rsa_keys_work_in_both_versions() {
    let world = world();
    let key = include_bytes!("../../keystore/tests/fixtures/rsa_pkcs8.pem");
    let key = pem::read_private_key(key, None).unwrap();
    let certificate = world.root.issue_for(&Host::named("a.example.com"), &key);
    for max in ["TLSv12", "TLSv13"] {
        let server = Site::new()
            .identity(&[&certificate], &key)
            .trusts(&[&world.root.certificate])
            .set("sec-protocol-max", max);
        accepted(&server, &world.client());
    }
}

#[test]
fn mutual_tls_lets_known_clients_in() {
    let world = world();
    for max in ["TLSv12", "TLSv13"] {
        let client = world
            .client()
            .issued(&world.client)
            .set("sec-protocol-max", max);
        let (by_server, _) = accepted(&world.mutual_server(), &client);
        assert_eq!(by_server.peer.as_ref(), Some(&world.client.certificate));
    }
}

#[test]
fn a_server_without_mutual_tls_does_not_ask() {
    let world = world();
    let (by_server, _) = accepted(&world.server(), &world.client().issued(&world.client));
    assert_eq!(by_server.peer, None);
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    let world = world();
    for max in ["TLSv12", "TLSv13"] {
        let client = world.client().set("sec-protocol-max", max);
        server_refuses(
            &world.mutual_server(),
            &client,
            Step::Path,
            &["presented no certificate"],
        );
    }
}

#[test]
fn a_client_of_another_authority_is_refused() {
    let world = world();
    let stranger = world.foreign.issue(&Host::named("b.example.com"));
    for max in ["TLSv12", "TLSv13"] {
        let client = Site::new()
            .identity(&[&stranger.certificate], &stranger.key)
            .file(
                "/ca.pem",
                pem::certificates_to_pem(&[
                    world.root.certificate.clone(),
                    world.foreign.certificate.clone(),
                ]),
            )
            .set("trusted-ca", "/ca.pem")
            .set("sec-protocol-max", max);
        server_refuses(&world.mutual_server(), &client, Step::Path, &["CN=Foreign"]);
    }
}

#[test]
fn an_expired_client_is_refused() {
    let world = world();
    let expired = world.root.issue(&Host::named("b.example.com").expired());
    let client = world.client().issued(&expired);
    server_refuses(
        &world.mutual_server(),
        &client,
        Step::Dates,
        &["2021-01-01"],
    );
}

#[test]
fn a_server_of_another_authority_is_refused() {
    let world = world();
    let client = Site::new()
        .trusts(&[&world.foreign.certificate])
        .peer("a.example.com");
    for max in ["TLSv12", "TLSv13"] {
        let server = world.server().set("sec-protocol-max", max);
        client_refuses(&server, &client, Step::Path, &["CN=Root"]);
    }
}

#[test]
fn a_server_of_another_name_is_refused_if_names_are_checked() {
    let world = world();
    let client = || {
        Site::new()
            .trusts(&[&world.root.certificate])
            .peer("c.example.com")
    };
    let checking = client().set("tls-target-name-check", "host");
    let words = ["c.example.com", "a.example.com"];
    client_refuses(&world.server(), &checking, Step::Name, &words);
    accepted(&world.server(), &client());
}

#[test]
fn an_expired_server_is_refused() {
    let world = world();
    let expired = world.root.issue(&Host::named("a.example.com").expired());
    let server = Site::new()
        .issued(&expired)
        .trusts(&[&world.root.certificate]);
    client_refuses(&server, &world.client(), Step::Dates, &["2021-01-01"]);
}

#[test]
fn of_three_faults_the_first_is_named_and_the_others_listed() {
    let world = world();
    let bad = world.root.issue(&Host {
        purposes: vec![Purpose::ClientAuth],
        ..Host::named("c.example.com").expired()
    });
    let server = Site::new().issued(&bad).trusts(&[&world.root.certificate]);
    let failure = shake(&server, &world.client())
        .client
        .expect_err("to be refused");
    assert_eq!(failure.step(), Some(Step::Path));
    assert!(failure.to_string().contains("serverAuth"), "{failure}");
    let later = failure.later();
    assert_eq!(later.len(), 2, "{later:?}");
    assert!(
        later[0].contains("a.example.com") && later[1].contains("2021-01-01"),
        "{later:?}"
    );
}

#[test]
fn without_authentication_any_server_will_do() {
    let world = world();
    let stranger = world.foreign.issue(&Host::named("c.example.com").expired());
    let server = Site::new()
        .issued(&stranger)
        .trusts(&[&world.foreign.certificate]);
    for max in ["TLSv12", "TLSv13"] {
        let client = Site::new()
            .set("client-auth", "0")
            .set("sec-protocol-max", max);
        accepted(&server, &client);
    }
}

#[test]
fn an_intermediate_is_sent_with_the_leaf() {
    let root = Authority::root("Root");
    let sub = root.intermediate("Sub");
    let host = sub.issue(&Host::named("a.example.com"));
    let server = Site::new()
        .identity(
            &[&root.certificate, &sub.certificate, &host.certificate],
            &host.key,
        )
        .trusts(&[&root.certificate]);
    let client = Site::new()
        .trusts(&[&root.certificate])
        .peer("a.example.com");
    accepted(&server, &client);
}

#[test]
fn ends_without_a_common_version_say_so() {
    let world = world();
    let server = world.server().set("sec-protocol-max", "TLSv12");
    let client = world.client().set("sec-protocol", "TLSv13");
    let failure = shake(&server, &client).server.expect_err("to be refused");
    assert_eq!(failure.step(), Some(Step::Protocol), "{failure}");
    assert!(matches!(failure, Failure::NoCommonVersion), "{failure:?}");
}

#[test]
fn ends_without_a_common_suite_say_so() {
    let world = world();
    let server = world
        .server()
        .set("cipher-list", "AES128")
        .set("sec-protocol-max", "TLSv12");
    let client = world
        .client()
        .set("cipher-list", "AES256")
        .set("sec-protocol-max", "TLSv12");
    server_refuses(&server, &client, Step::Protocol, &["cipher suite"]);
}

#[test]
fn the_cipher_list_decides_the_suite() {
    let world = world();
    for (list, want) in [
        (
            "TLS_CHACHA20_POLY1305_SHA256:DEFAULT@SECLEVEL=2",
            "TLS_CHACHA20_POLY1305_SHA256",
        ),
        // The order of the server, whatever the client has first.
        (
            "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:DEFAULT",
            "TLS_AES_256_GCM_SHA384",
        ),
        ("AES128:TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"),
    ] {
        let (facts, _) = accepted(&world.server().set("cipher-list", list), &world.client());
        assert_eq!(facts.suite, Some(want), "{list}");
    }
}

#[test]
fn what_cannot_work_makes_no_context() {
    let world = world();
    for (list, max, version) in [
        ("RC4", "TLSv12", "TLS 1.2"),
        ("RC4", "", "TLS 1.2"),
        ("TLS_AES_128_GCM_SHA256", "", "TLS 1.2"),
        (
            "ECDHE:!TLS_AES_128_GCM_SHA256:!TLS_AES_256_GCM_SHA384:!TLS_CHACHA20_POLY1305_SHA256",
            "",
            "TLS 1.3",
        ),
    ] {
        let site = world.server().set("cipher-list", list);
        match server(&site.set("sec-protocol-max", max)) {
            Err(ContextError::NoCipher(finding)) => {
                assert_eq!(finding.code().to_string(), "TP5102");
                let wanted = format!("no suite for {version}, ");
                assert!(finding.message.contains(&wanted), "{}", finding.message);
            }
            other => panic!("{list}: {other:?}"),
        }
    }
    let only_13 = world
        .server()
        .set("cipher-list", "TLS_AES_128_GCM_SHA256")
        .set("sec-protocol", "TLSv13");
    for (site, codes) in [
        (only_13, &[][..]),
        (
            world.server().set("cipher-list", "RC4:AES256"),
            &["TP5101"][..],
        ),
        (world.server().set("cipher-list", "FIPS"), &["TP5103"][..]),
        (
            world
                .server()
                .set("cipher-list", "FIPS")
                .set("sec-protocol-max", "TLSv12"),
            &[][..],
        ),
    ] {
        let context = server(&site).unwrap();
        let found: Vec<_> = context
            .findings()
            .iter()
            .map(|f| f.code().to_string())
            .collect();
        assert_eq!(found, codes);
    }
    let (endpoint, material) = world.server().load(Role::Server).unwrap();
    let wrong_role = ClientContext::new(endpoint.startable().unwrap(), &material);
    assert!(matches!(wrong_role, Err(ContextError::Role { .. })));
}
