//! Stories of refusals: who does not get through, what each side sees, and what the log says.

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

use std::io::ErrorKind;
use std::time::Duration;

use harness::{Log, Running, Service, World, patiently};
use support::{Authority, Host, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use trustpack_settings::endpoint::Role;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tunnel::bind::{BindError, bind};
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::spec::{PlainSides, SpecError, TunnelSpec};

/// A program that is not let through sees a reset and no byte.
async fn program_is_reset(client: &Running) {
    let mut program = client.connect().await;
    // The tunnel may be faster than the program: then the writing fails already.
    drop(program.write_all(b"secret").await);
    let end = patiently(program.read(&mut [0; 1])).await;
    assert_eq!(
        end.expect_err("no orderly end").kind(),
        ErrorKind::ConnectionReset
    );
}

/// A server and a client tunnel, and a service that nobody reaches.
async fn refused(server: &Site, client: impl FnOnce(&Running) -> Site, words: &[&[&str]]) {
    let (log, _guard) = Log::keep();
    let server = Running::start(server, Role::Server, Limits::default()).await;
    let client = Running::start(&client(&server), Role::Client, Limits::default()).await;
    program_is_reset(&client).await;
    for words in words {
        log.line_with(words).await;
    }
    assert_eq!(log.text().lines().count(), 2, "{}", log.text());
}

/// Nobody listens there: a server that reached it would log so.
const NOBODY: &str = "127.0.0.1:1";

fn nobody() -> std::net::SocketAddr {
    NOBODY.parse().unwrap()
}

#[tokio::test]
async fn a_server_of_another_name_gets_nothing() {
    let world = World::new();
    let client = |server: &Running| {
        let mut site = world.client(server.tcp());
        site = site.peer("c.example.com");
        site
    };
    let by_client = [
        "WARN handshake refused step=\"name\"",
        "c.example.com",
        "a.example.com",
    ];
    let by_server = ["WARN handshake refused reason=", "bad_certificate (42)"];
    refused(&world.server(nobody()), client, &[&by_client, &by_server]).await;
}

#[tokio::test]
async fn a_server_of_another_authority_gets_nothing() {
    let world = World::new();
    let other = World::new();
    let client = |server: &Running| other.client(server.tcp());
    let by_client = ["WARN handshake refused step=\"path\"", "CN=Root"];
    refused(&world.server(nobody()), client, &[&by_client]).await;
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused_in_both_versions() {
    let world = World::new();
    for max in ["TLSv12", "TLSv13"] {
        let server = world
            .server(nobody())
            .set("tls-mutual", "1")
            .set("sec-protocol-max", max);
        let by_server = [
            "WARN handshake refused step=\"path\"",
            "presented no certificate",
        ];
        // Under TLS 1.3 the client hears of it only after its handshake, and says so all the same.
        let by_client = ["WARN handshake refused", "the peer refused with the alert"];
        let client = |server: &Running| world.client(server.tcp());
        refused(&server, client, &[&by_server, &by_client]).await;
    }
}

#[tokio::test]
async fn a_client_with_three_faults_has_them_all_in_one_line() {
    let world = World::new();
    let foreign = Authority::root("Foreign");
    let bad = foreign.issue(&Host {
        purposes: vec![trustpack_x509::extension::Purpose::ServerAuth],
        ..Host::named("b.example.com").expired()
    });
    let server = world.server(nobody()).set("tls-mutual", "1");
    let chain = [&bad.certificate, &foreign.certificate];
    let client = |server: &Running| world.client(server.tcp()).identity(&chain, &bad.key);
    let by_server = [
        "WARN handshake refused step=\"path\" reason=",
        "CN=Foreign",
        "later=",
        "2021-01-01",
    ];
    refused(&server, client, &[&by_server]).await;
}

#[tokio::test]
async fn plain_text_at_a_tls_port_is_named() {
    let (log, _guard) = Log::keep();
    let server = World::new().server(nobody());
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    let mut program = server.connect().await;
    program.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let words = [
        "WARN handshake refused step=\"protocol\"",
        "plain text instead of TLS",
        "GET / HTTP/1.1",
    ];
    log.line_with(&words).await;
}

#[tokio::test]
async fn a_plain_server_at_the_other_end_is_named() {
    let (log, _guard) = Log::keep();
    let service = Service::new().await;
    let client = World::new().client(service.address);
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    let speaking = async {
        let mut stream = service.accept().await;
        stream.write_all(b"220 mail.example.com\r\n").await.unwrap();
        stream
    };
    let (_, _stream) = tokio::join!(program_is_reset(&client), speaking);
    log.line_with(&[
        "WARN handshake refused step=\"protocol\"",
        "plain text instead of TLS",
        "220 mail",
    ])
    .await;
}

#[tokio::test]
async fn a_silent_client_is_closed_at_the_limit() {
    let (log, _guard) = Log::keep();
    let limits = Limits {
        handshake: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = Running::start(&World::new().server(nobody()), Role::Server, limits).await;
    let mut program = server.connect().await;
    let end = patiently(program.read(&mut [0; 1])).await;
    assert_eq!(end.unwrap(), 0);
    log.line_with(&[
        "INFO handshake refused",
        "not done after 50ms",
        "without a word",
    ])
    .await;
}

#[tokio::test]
async fn a_service_that_is_down_resets_the_program() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let gone = nobody();
    let server = Running::start(&world.server(gone), Role::Server, Limits::default()).await;
    let client = world.client(server.tcp());
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    program_is_reset(&client).await;
    log.line_with(&["WARN connection ended", &format!("{gone} was not reached")])
        .await;
}

/// A client tunnel that listens there.
fn listening_on(plain: PlainAddress) -> TunnelSpec {
    let mut site = World::new().client(nobody());
    site.plain = Some(plain);
    harness::spec(&site, Role::Client)
}

/// The one reason why none of these is bound.
async fn not_bound(specs: Vec<TunnelSpec>) -> BindError {
    let error = bind(specs, Limits::default()).await;
    let mut failed = error.expect_err("to be refused").failed;
    assert_eq!(failed.len(), 1, "{failed:?}");
    failed.remove(0)
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = Service::new().await;
    let error = not_bound(vec![listening_on(PlainAddress::Tcp(taken.address))]).await;
    assert!(matches!(error, BindError::InUse { .. }), "{error:?}");
    assert!(
        error.to_string().contains(&taken.address.to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_in_use_keeps_only_its_own_tunnel_down() {
    let taken = Service::new().await;
    let mut two_addresses = World::new().server(nobody());
    let both = vec![harness::FREE_PORT.parse().unwrap(), taken.address];
    two_addresses.network = Some(NetworkAddress::Given(both));
    let specs = vec![
        harness::spec(&two_addresses, Role::Server),
        listening_on(harness::FREE_PORT.parse().unwrap()),
    ];
    let binding = bind(specs, Limits::default()).await.unwrap();
    assert_eq!(binding.bound.listening().count(), 1, "{:?}", binding.bound);
    match &binding.failed[..] {
        [BindError::InUse { address, .. }] => {
            assert_eq!(address.to_string(), taken.address.to_string());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_address_of_another_tunnel_of_the_process_is_named_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", folder.path().join("socket").display());
    // Nobody is given this number by the system meanwhile: we have it on another address.
    let held = Service::new().await;
    let address = format!("127.0.0.2:{}", held.address.port());
    for (first, second) in [(address.clone(), address), (socket.clone(), socket)] {
        let specs = [first, second].map(|address| listening_on(address.parse().unwrap()));
        let holder = specs[0].place().clone();
        let binding = bind(specs.into(), Limits::default()).await.unwrap();
        assert_eq!(binding.bound.listening().count(), 1);
        match &binding.failed[..] {
            [BindError::Ours { holder: found, .. }] => assert_eq!(*found, holder),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_file_in_the_place_of_a_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, b"precious").unwrap();
    let plain = PlainAddress::Unix(path.to_str().unwrap().parse().unwrap());
    let error = not_bound(vec![listening_on(plain)]).await;
    assert!(matches!(error, BindError::NotASocket { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
}

#[track_caller]
fn plain_side(address: &str, allowed: bool) {
    let mut site = World::new().client(nobody());
    site.plain = Some(address.parse().unwrap());
    let (endpoint, material) = site.load(Role::Client).unwrap();
    let startable = endpoint.startable().unwrap();
    let spec = TunnelSpec::new(startable, &material, PlainSides::OnThisMachine);
    match spec {
        Ok(_) => assert!(allowed, "{address}"),
        Err(error @ SpecError::PlainSideOutside { .. }) => {
            assert!(!allowed, "{address}");
            let text = error.to_string();
            assert!(text.contains("is not a loopback address"), "{text}");
        }
        Err(error) => panic!("{error}"),
    }
    TunnelSpec::new(startable, &material, PlainSides::DangerAnywhere).unwrap();
}

#[test]
fn plain_sides_stay_on_this_machine() {
    plain_side("127.0.0.1:80", true);
    plain_side("127.8.9.10:80", true);
    plain_side("[::1]:80", true);
    plain_side("[::ffff:127.0.0.1]:80", true);
    plain_side("unix:/run/program.sock", true);
    plain_side("0.0.0.0:80", false);
    plain_side("10.0.0.11:80", false);
    plain_side("[::]:80", false);
    plain_side("[::ffff:10.0.0.11]:80", false);
}
