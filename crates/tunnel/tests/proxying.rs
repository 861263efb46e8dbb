//! Stories of PROXY headers: who really called is in the log and is told to the program, and who does not say so where
//! it is demanded gets nothing.

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

use harness::{Log, Running, Service, World, patiently, spec};
use support::Site;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixListener, UnixStream};
use trustpack_settings::endpoint::Role;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tunnel::bind::bind;
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::proxy_header::{
    Accepted, Facts, Header, Presented, Progress, Reader, Route, Verified, Version,
};
use trustpack_tunnel::run::Stopped;
use trustpack_tunnel::senders::Senders;
use trustpack_tunnel::spec::{ProxyHeaders, SpecError};

const TAKES_ANY: ProxyHeaders = ProxyHeaders {
    taken: Some(Accepted::Any),
    from: Senders::ThisMachine,
    sent: None,
};

const SENDS_V2: ProxyHeaders = ProxyHeaders {
    taken: None,
    from: Senders::ThisMachine,
    sent: Some(Version::V2),
};

async fn start(site: &Site, role: Role, limits: Limits, proxy: ProxyHeaders) -> Running {
    let spec = spec(site, role).with_proxy_headers(proxy).unwrap();
    Running::run(bind(vec![spec], limits).await.unwrap().bound)
}

/// A hello that is answered with an alert, after which the caller is still listened to for a moment.
const OLD_HELLO: &[u8] = include_bytes!("../../../fuzz/seeds/hello/openssl_10");

/// The header with which a connection begins, and nothing behind it.
async fn header<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> Header {
    let mut reader = Reader::new(Accepted::Any);
    loop {
        let mut piece = vec![0; reader.room()];
        patiently(stream.read_exact(&mut piece[..1])).await.unwrap();
        if let Progress::Done(header) = reader.push(&piece[..1]).unwrap() {
            return *header;
        }
    }
}

fn route(source: &str, destination: &str) -> Route {
    Route::tcp(source.parse().unwrap(), destination.parse().unwrap())
}

#[tokio::test]
async fn the_log_names_who_really_called() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let server = start(
        &world.server(service.address),
        Role::Server,
        Limits::default(),
        TAKES_ANY,
    )
    .await;
    service.echo();
    // What HAProxy does: a header in clear, and TLS behind it.
    let passing_on = Service::new().await;
    let to = server.tcp();
    let client = Running::start(
        &world.client(passing_on.address),
        Role::Client,
        Limits::default(),
    )
    .await;
    let mut program = client.connect().await;
    let mut from_client = passing_on.accept().await;
    let mut to_server = TcpStream::connect(to).await.unwrap();
    let via = to_server.local_addr().unwrap();
    let line = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n";
    to_server.write_all(line).await.unwrap();
    let passing = tokio::io::copy_bidirectional(&mut from_client, &mut to_server);
    let talking = async {
        program.write_all(b"ping").await.unwrap();
        let mut got = [0; 4];
        program.read_exact(&mut got).await.unwrap();
        drop(program);
    };
    let ((), passed) = patiently(async { tokio::join!(talking, passing) }).await;
    passed.unwrap();
    let via = format!("via={via}");
    log.line_with(&["connection ended", "peer=192.0.2.7:4711", &via])
        .await;
}

#[tokio::test]
async fn who_is_cut_is_named_as_who_really_called() {
    let world = World::new();
    let service = Service::new().await;
    let limits = Limits {
        drain: Duration::ZERO,
        ..Limits::default()
    };
    let server = start(
        &world.server(service.address),
        Role::Server,
        limits,
        TAKES_ANY,
    )
    .await;
    let header = Header {
        route: route("192.0.2.7:4711", "192.0.2.1:443"),
        facts: Facts::default(),
    };
    let mut held = server.connect().await;
    // When what follows it is answered, the header was read.
    let hello_and_more = [&header.to_bytes(Version::V2)[..], OLD_HELLO].concat();
    held.write_all(&hello_and_more).await.unwrap();
    patiently(held.read_exact(&mut [0])).await.unwrap();
    let Stopped::Cut(left) = server.stopped().await else {
        panic!("nothing was cut");
    };
    let named = left[0].caller.to_string();
    assert_eq!(named, "192.0.2.7:4711");
}

#[tokio::test]
async fn who_begins_otherwise_is_refused_by_name() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let limits = Limits {
        handshake: Duration::from_millis(300),
        ..Limits::default()
    };
    let only = ProxyHeaders {
        taken: Some(Accepted::Only(Version::V2)),
        ..ProxyHeaders::default()
    };
    let server = start(&world.server(service.address), Role::Server, limits, only).await;
    for (words, reason) in [
        (&b"\x16\x03\x01\x02\0"[..], "no PROXY header: it began with"),
        (b"PROXY TCP4 ", "of version 1; taken here is 2"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x51\0\0", "family 5"),
        (b"\r\n\r\n", "no complete PROXY header came within 300ms"),
        (b"", "no complete PROXY header came within 300ms"),
    ] {
        let mut caller = server.connect().await;
        caller.write_all(words).await.unwrap();
        let end = patiently(caller.read(&mut [0; 1])).await;
        let end = end.expect_err("no orderly end").kind();
        assert_eq!(end, ErrorKind::ConnectionReset, "{reason}");
        log.line_with(&["WARN connection ended", reason]).await;
    }
    drop(server.connect().await);
    log.line_with(&["INFO connection ended", "without a word"])
        .await;
}

#[tokio::test]
async fn the_program_is_told_who_called_and_what_is_known_of_its_tls() {
    let world = World::new();
    let service = Service::new().await;
    let site = world.server(service.address).set("tls-mutual", "1");
    let server = start(&site, Role::Server, Limits::default(), SENDS_V2).await;
    let client = world.client(server.tcp()).issued(&world.client);
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    for round in 0..2 {
        let mut program = client.connect().await;
        program.write_all(b"data").await.unwrap();
        let mut at_service = service.accept().await;
        let header = header(&mut at_service).await;
        let mut data = [0; 4];
        patiently(at_service.read_exact(&mut data)).await.unwrap();
        assert_eq!(&data, b"data");
        let Route::Tcp {
            source,
            destination,
        } = header.route
        else {
            panic!("{:?}", header.route);
        };
        assert!(source.ip().is_loopback());
        assert_eq!(destination, server.tcp());
        let asked = header.facts.authority.as_deref();
        assert_eq!(asked, Some(&b"a.example.com"[..]));
        let tls = header.facts.tls.expect("facts of TLS");
        assert_eq!(tls.verified, Verified::Yes);
        assert_eq!(tls.common_name.as_deref(), Some(&b"b.example.com"[..]));
        assert_eq!(tls.version.as_deref(), Some(&b"TLSv1.3"[..]));
        let suite = tls.cipher.as_deref().unwrap_or_default();
        assert!(suite.starts_with(b"TLS_AES_"), "{suite:?}");
        let presented = [Presented::Now, Presented::InSession][round];
        assert_eq!(tls.presented, presented);
    }
}

#[tokio::test]
async fn proxy_over_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let plain = |name: &str| PlainAddress::Unix(path(name).to_str().unwrap().parse().unwrap());
    let world = World::new();
    let service = UnixListener::bind(path("service")).unwrap();
    let mut server = world.server("127.0.0.1:1".parse().unwrap());
    server.plain = Some(plain("service"));
    let server = start(&server, Role::Server, Limits::default(), SENDS_V2).await;
    let mut client = world.client(server.tcp());
    client.plain = Some(plain("program"));
    let (log, _guard) = Log::keep();
    let client = start(&client, Role::Client, Limits::default(), TAKES_ANY).await;
    let mut program = UnixStream::connect(path("program")).await.unwrap();
    let header_of_unix = Header {
        route: Route::Unix {
            source: b"/run/real.sock".as_slice().into(),
            destination: Box::default(),
        },
        facts: Facts::default(),
    };
    let bytes = header_of_unix.to_bytes(Version::V2);
    program.write_all(&bytes).await.unwrap();
    program.write_all(b"data").await.unwrap();
    let (mut at_service, _) = patiently(service.accept()).await.unwrap();
    let header = header(&mut at_service).await;
    assert!(matches!(header.route, Route::Tcp { .. }), "{header:?}");
    let mut data = [0; 4];
    patiently(at_service.read_exact(&mut data)).await.unwrap();
    assert_eq!(&data, b"data");
    drop((program, at_service));
    log.line_with(&["connection ended", "program=unix", "via=unix"])
        .await;
    client.stopped().await;
}

#[tokio::test]
async fn a_header_is_handed_on_beyond_a_port_that_is_open() {
    let world = World::new();
    let service = Service::new().await;
    let both = ProxyHeaders {
        taken: Some(Accepted::Any),
        sent: Some(Version::V1),
        ..ProxyHeaders::default()
    };
    let site = world.server(service.address).set("upgrade", "1");
    let server = start(&site, Role::Server, Limits::default(), both).await;
    let mut caller = server.connect().await;
    let lines = b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 443\r\nplain text";
    caller.write_all(lines).await.unwrap();
    let mut at_service = service.accept().await;
    let mut got = vec![0; lines.len()];
    patiently(at_service.read_exact(&mut got)).await.unwrap();
    assert_eq!(got, lines);
}

#[tokio::test]
async fn no_header_goes_to_the_network() {
    let world = World::new();
    let site = world.client("127.0.0.1:1".parse().unwrap());
    let refused = spec(&site, Role::Client).with_proxy_headers(SENDS_V2);
    let error = refused.expect_err("it is a client");
    assert!(matches!(error, SpecError::ProxyToNetwork { .. }), "{error}");
}

#[tokio::test]
async fn who_was_not_named_is_believed_nothing() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let named = ProxyHeaders {
        from: Senders::Networks(["127.0.0.2".parse().unwrap()].into()),
        ..TAKES_ANY
    };
    let site = world.server(service.address).set("upgrade", "1");
    let server = start(&site, Role::Server, Limits::default(), named).await;
    let lines = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\nplain text";
    let mut caller = server.connect().await;
    caller.write_all(lines).await.unwrap();
    let end = patiently(caller.read(&mut [0; 1])).await;
    let end = end.expect_err("no orderly end").kind();
    assert_eq!(end, ErrorKind::ConnectionReset);
    let reason = "PROXY headers are taken from 127.0.0.2/32";
    let line = log.line_with(&["WARN connection ended", reason]).await;
    assert!(!line.contains("192.0.2.7"), "{line}");
    // The one that was named comes through with the same words.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut caller = socket.connect(server.tcp()).await.unwrap();
    caller.write_all(lines).await.unwrap();
    let mut at_service = service.accept().await;
    let mut got = [0; 10];
    patiently(at_service.read_exact(&mut got)).await.unwrap();
    assert_eq!(&got, b"plain text");
}

#[tokio::test]
async fn where_other_machines_call_who_may_send_headers_is_to_be_said() {
    let world = World::new();
    let mut site = world.server("127.0.0.1:1".parse().unwrap());
    let check = |site: &Site, from: Senders, taken: bool| {
        let headers = ProxyHeaders { from, ..TAKES_ANY };
        let made = spec(site, Role::Server).with_proxy_headers(headers);
        match made {
            Ok(_) => assert!(taken),
            Err(SpecError::ProxyFromWhom { .. }) => assert!(!taken),
            Err(other) => panic!("{other}"),
        }
    };
    let named = || Senders::Networks(["10.0.0.0/8".parse().unwrap()].into());
    check(&site, Senders::ThisMachine, true);
    for reached in ["0.0.0.0:0", "[::]:0", "192.0.2.1:443"] {
        let given = vec!["127.0.0.1:0".parse().unwrap(), reached.parse().unwrap()];
        site.network = Some(NetworkAddress::Given(given));
        check(&site, Senders::ThisMachine, false);
        check(&site, named(), true);
        check(&site, Senders::DangerAnyone, true);
    }
}
