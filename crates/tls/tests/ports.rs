//! The modes of a port over streams in memory: who is let in how, what is put back, and who is refused for which
//! reason.
//!
//! Long because what is told apart by the first octets stands together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../../material/tests/support/mod.rs"]
mod support;

use std::time::Duration;

use support::{Authority, Host, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use trustpack_settings::endpoint::Role;
use trustpack_tls::client::ClientContext;
use trustpack_tls::handshake::{Begun, Failure};
use trustpack_tls::hello::Beginning;
use trustpack_tls::port::{Arrival, Detected, Port, detect};
use trustpack_tls::server::ServerContext;

/// No test takes as long as this unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// The limit where it is to be reached.
const SHORT: Duration = Duration::from_millis(50);

/// A hello as OpenSSL sends it.
const HELLO: &[u8] = include_bytes!("../../../fuzz/seeds/hello/openssl_13");

/// A server that detects, and its client.
fn contexts() -> (ServerContext, ClientContext) {
    let root = Authority::root("Root");
    let server = Site::new()
        .issued(&root.issue(&Host::named("a.example.com")))
        .trusts(&[&root.certificate])
        .set("upgrade", "1");
    let client = Site::new()
        .trusts(&[&root.certificate])
        .peer("a.example.com")
        .set("tls-target-name-check", "host");
    let (endpoint, material) = server.load(Role::Server).unwrap();
    let server = ServerContext::new(endpoint.startable().unwrap(), &material).unwrap();
    let (endpoint, material) = client.load(Role::Client).unwrap();
    let client = ClientContext::new(endpoint.startable().unwrap(), &material).unwrap();
    (server, client)
}

fn detecting() -> Port {
    Port::AutoDetect(contexts().0)
}

async fn patiently<T>(future: impl Future<Output = T>) -> T {
    let patience = tokio::time::timeout(PATIENCE, future);
    patience.await.expect("the test hangs")
}

/// Why a client is refused that says this and then waits.
async fn refused(port: &Port, words: &[u8]) -> Failure {
    let (mut client, stream) = duplex(64 * 1024);
    let speaking = async {
        client.write_all(words).await.unwrap();
        // Held open: the end of a client is another matter.
        std::future::pending::<()>().await;
    };
    let arrival = tokio::select! {
        () = speaking => unreachable!("it never ends"),
        arrival = patiently(port.take_in(stream, SHORT)) => arrival,
    };
    arrival.expect_err("to be refused")
}

/// A pipe that passes on what the client says in pieces of at most so many bytes: its two ends, and what moves them.
fn pieces(piece: usize) -> (DuplexStream, DuplexStream, impl Future<Output = ()>) {
    // Pipes as deep as those of a system: ends that write at once would otherwise wait for each other.
    let (client, at_client) = duplex(64 * 1024);
    let (server, at_server) = duplex(64 * 1024);
    let moving = async move {
        let (mut from_client, mut to_client) = tokio::io::split(at_client);
        let (mut from_server, mut to_server) = tokio::io::split(at_server);
        let back = async { tokio::io::copy(&mut from_server, &mut to_client).await };
        let forth = async {
            let mut bytes = vec![0; piece];
            loop {
                let count = from_client.read(&mut bytes).await?;
                if count == 0 {
                    return to_server.shutdown().await;
                }
                to_server.write_all(&bytes[..count]).await?;
                // So that each piece is read by itself.
                tokio::task::yield_now().await;
            }
        };
        let (_back, _forth) = tokio::join!(back, forth);
    };
    (client, server, moving)
}

#[tokio::test]
async fn a_tls_client_is_let_in_whatever_the_pieces() {
    let (server, client) = contexts();
    for port in [Port::Secured(server.clone()), Port::AutoDetect(server)] {
        for piece in [1, 7, 64 * 1024] {
            let (theirs, ours, moving) = pieces(piece);
            let calling = async {
                let mut secure = client.connect(theirs, PATIENCE).await.unwrap();
                secure.write_all(b"ping").await.unwrap();
                secure.shutdown().await.unwrap();
                let mut heard = Vec::new();
                secure.read_to_end(&mut heard).await.unwrap();
                assert_eq!(heard, b"pong");
            };
            let serving = async {
                let Arrival::Secure(mut secure) = port.take_in(ours, PATIENCE).await.unwrap()
                else {
                    panic!("it speaks TLS");
                };
                let mut heard = Vec::new();
                secure.read_to_end(&mut heard).await.unwrap();
                assert_eq!(heard, b"ping");
                secure.write_all(b"pong").await.unwrap();
                secure.shutdown().await.unwrap();
            };
            patiently(async { tokio::join!(calling, serving, moving) }).await;
        }
    }
}

#[tokio::test]
async fn a_plain_client_keeps_its_first_bytes() {
    const WORDS: &[u8] = b"hello, world, and everybody in it";
    for port in [Port::Unsecured, detecting()] {
        for piece in [1, 3, 1024] {
            let (mut client, stream) = duplex(piece);
            let speaking = async {
                client.write_all(WORDS).await.unwrap();
                client.shutdown().await.unwrap();
            };
            let listening = async {
                let Arrival::Plain(mut plain) = port.take_in(stream, PATIENCE).await.unwrap()
                else {
                    panic!("it speaks plain text");
                };
                let mut heard = Vec::new();
                plain.read_to_end(&mut heard).await.unwrap();
                assert_eq!(heard, WORDS);
                let first = plain.first_bytes().unwrap();
                assert_eq!(first.beginning(), Beginning::Plain);
            };
            patiently(async { tokio::join!(speaking, listening) }).await;
        }
    }
}

#[tokio::test]
async fn an_unsecured_port_tells_of_a_client_that_speaks_tls() {
    let (mut client, stream) = duplex(1024);
    client.write_all(HELLO).await.unwrap();
    drop(client);
    match Port::Unsecured.take_in(stream, PATIENCE).await.unwrap() {
        Arrival::Plain(mut plain) => {
            assert!(plain.first_bytes().is_none());
            let mut bytes = Vec::new();
            plain.read_to_end(&mut bytes).await.unwrap();
            assert_eq!(bytes, HELLO);
            assert_eq!(plain.first_bytes().unwrap().beginning(), Beginning::LikeTls);
        }
        Arrival::Secure(_) => panic!("the port has no TLS"),
    }
}

#[tokio::test]
async fn a_secured_port_tells_of_a_client_that_speaks_plain_text() {
    let secured = Port::Secured(contexts().0);
    let failure = refused(&secured, b"GET / HTTP/1.1\r\n\r\n").await;
    let text = "plain text instead of TLS: the peer began with 'GET / HTTP/1.1\\r\\n'";
    assert_eq!(failure.to_string(), text);
    let old = refused(&secured, b"\x80\x2e\x01\x03\x01\0\x15\0\0\0\x10").await;
    assert!(old.to_string().contains("SSL 2.0"), "{old}");
}

#[tokio::test]
async fn plain_text_is_refused_once_the_settings_do_not_take_it() {
    let root = Authority::root("Root");
    let site = || {
        Site::new()
            .issued(&root.issue(&Host::named("a.example.com")))
            .trusts(&[&root.certificate])
    };
    let (endpoint, material) = site().load(Role::Server).unwrap();
    let context = ServerContext::new(endpoint.startable().unwrap(), &material).unwrap();
    // As if the port had been opened to plain text before, and the client had come then.
    let failure = refused(&Port::AutoDetect(context), b"hello").await;
    let text = "plain text instead of TLS: the peer began with 'hello'";
    assert_eq!(failure.to_string(), text);
}

#[tokio::test]
async fn what_begins_like_tls_and_is_no_hello_is_refused_with_an_alert() {
    let mut twice = HELLO.to_vec();
    twice[5] = 2;
    for (words, reason, alert) in [
        (&b"\x16garbage"[..], "a record of version 103.97", 70),
        (b"\x16\x03\x01\0\0", "a record of 0 bytes", 10),
        (b"\x16\x03\x01\xff\xff", "a record of 65535 bytes", 22),
        (b"\x15\x03\x01\0\x02\x02\x28", "a record of type 21", 10),
        (b"\x80\x2e\x01\0\x02", "the form of SSL 2.0", 70),
        (&twice, "a handshake message of type 2", 10),
    ] {
        let (mut client, stream) = duplex(64 * 1024);
        client.write_all(words).await.unwrap();
        let port = detecting();
        let hearing = async move {
            let mut heard = Vec::new();
            client.read_to_end(&mut heard).await.unwrap();
            heard
        };
        let (heard, arrival) =
            patiently(async { tokio::join!(hearing, port.take_in(stream, PATIENCE)) }).await;
        assert_eq!(heard, [21, 3, 3, 0, 2, 2, alert]);
        let failure = arrival.expect_err("to be refused");
        assert!(matches!(failure, Failure::BrokenHello(_)), "{failure}");
        assert!(failure.to_string().contains(reason), "{failure}");
    }
}

#[tokio::test]
async fn who_says_too_little_is_closed_at_the_limit() {
    let silent = refused(&detecting(), b"").await;
    let text = "the client said nothing for 50ms; a port that detects TLS is for protocols in which the client speaks first";
    assert_eq!(silent.to_string(), text);
    // The beginning of a hello, and what may be the beginning of one of the old form.
    let (detecting, secured) = (detecting(), Port::Secured(contexts().0));
    for (port, words) in [
        (&detecting, &HELLO[..1]),
        (&detecting, &HELLO[..HELLO.len() - 1]),
        (&detecting, b"\x80"),
        (&secured, &HELLO[..1]),
        (&secured, &HELLO[..5]),
        (&secured, &HELLO[..9]),
        (&secured, &HELLO[..HELLO.len() - 1]),
    ] {
        let failure = refused(port, words).await;
        let begun = Begun::Speaking;
        let Failure::TimedOut {
            limit,
            begun: found,
        } = failure
        else {
            panic!("{failure}");
        };
        assert_eq!((limit, found), (SHORT, begun));
    }
    // A hello that is answered, and then nothing: the limit is one for both.
    let failure = refused(&detecting, HELLO).await;
    assert!(
        failure.to_string().contains("not done after 50ms"),
        "{failure}"
    );
}

/// The limit is one for the whole hello, not for each read of it.
#[tokio::test]
async fn who_says_an_octet_now_and_then_is_closed_at_the_limit() {
    for port in [detecting(), Port::Secured(contexts().0)] {
        let (mut client, stream) = duplex(64 * 1024);
        // All but the last: a whole one would be answered, and that takes long enough.
        let dripping = async {
            for octet in &HELLO[..HELLO.len() - 1] {
                client.write_all(&[*octet]).await.unwrap();
                tokio::time::sleep(SHORT / 5).await;
            }
        };
        let arrival = tokio::select! {
            () = dripping => panic!("it was listened to beyond the limit"),
            arrival = patiently(port.take_in(stream, SHORT)) => arrival,
        };
        let failure = arrival.expect_err("to be refused");
        let begun = Begun::Speaking;
        let Failure::TimedOut {
            limit,
            begun: found,
        } = failure
        else {
            panic!("{failure}");
        };
        assert_eq!((limit, found), (SHORT, begun));
    }
}

#[tokio::test]
async fn who_ends_before_it_is_clear_is_named() {
    for (words, want) in [(&b""[..], Begun::Silent), (&HELLO[..9], Begun::Speaking)] {
        let (mut client, stream) = duplex(1024);
        client.write_all(words).await.unwrap();
        drop(client);
        match patiently(detect(stream, PATIENCE)).await {
            Err(Failure::PeerClosed { begun }) => assert_eq!(begun, want),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_a_hello_says_is_known_before_it_is_answered() {
    let (mut client, stream) = duplex(1024);
    client.write_all(HELLO).await.unwrap();
    match patiently(detect(stream, PATIENCE)).await.unwrap() {
        Detected::Hello(stream) => {
            let name = stream.hello().server_name.as_ref().map(ToString::to_string);
            assert_eq!(name.as_deref(), Some("a.example.com"));
        }
        Detected::Plain(_) => panic!("it is a hello"),
    }
}

/// A hello in records of this size; each says TLS 1.0 in its header, as those of many clients do.
fn in_records(hello: &[u8], size: usize) -> Vec<u8> {
    const HEADER_BYTES: usize = 5;
    let records = hello[HEADER_BYTES..].chunks(size);
    let header = |piece: &[u8]| [22, 3, 1, 0, u8::try_from(piece.len()).unwrap()];
    records
        .flat_map(|piece| [&header(piece)[..], piece].concat())
        .collect()
}

#[tokio::test]
async fn a_hello_in_short_records_is_not_taken_for_one_of_an_old_client() {
    let (server, _) = contexts();
    for port in [Port::Secured(server.clone()), Port::AutoDetect(server)] {
        for size in [1, 2, 3, 5, 6, 7] {
            // The server has answered and waits for a client that says nothing more.
            let failure = refused(&port, &in_records(HELLO, size)).await;
            let waits = matches!(failure, Failure::TimedOut { .. });
            assert!(waits, "{size}: {failure}");
        }
    }
}

#[tokio::test]
async fn a_hello_beyond_all_limits_is_refused_before_it_is_read_on() {
    const DECODE_ERROR: [u8; 7] = [21, 3, 3, 0, 2, 2, 50];
    let message = [&[1, 0, 0x9c, 0x40][..], &[0; 39_999]].concat();
    let hello: Vec<u8> = message
        .chunks(0x4000)
        .flat_map(|piece| {
            let length = u16::try_from(piece.len()).unwrap().to_be_bytes();
            [&[22, 3, 1], &length[..], piece].concat()
        })
        .collect();
    let (server, _) = contexts();
    for (port, text) in [
        (
            Port::Secured(server.clone()),
            "is not complete after 24576 bytes",
        ),
        (Port::AutoDetect(server), "says that it has 40000 bytes"),
    ] {
        let (mut client, stream) = duplex(64 * 1024);
        client.write_all(&hello).await.unwrap();
        let hearing = async move {
            let mut heard = Vec::new();
            client.read_to_end(&mut heard).await.unwrap();
            heard
        };
        let (heard, arrival) =
            patiently(async { tokio::join!(hearing, port.take_in(stream, PATIENCE)) }).await;
        assert_eq!(heard, DECODE_ERROR, "{text}");
        let failure = arrival.expect_err("to be refused");
        assert!(failure.to_string().contains(text), "{failure}");
    }
}

/// The whole of a hello of OpenSSL for TLS 1.2, which says an older version.
fn old_hello(minor: u8) -> Vec<u8> {
    let mut hello = include_bytes!("../../../fuzz/seeds/hello/openssl_12").to_vec();
    hello[10] = minor;
    hello
}

#[tokio::test]
async fn a_client_of_an_old_version_hears_that_of_the_version() {
    const PROTOCOL_VERSION: [u8; 7] = [21, 3, 3, 0, 2, 2, 70];
    let (server, _) = contexts();
    for port in [Port::Secured(server.clone()), Port::AutoDetect(server)] {
        for (minor, version) in [(0, "SSL 3.0"), (1, "TLS 1.0"), (2, "TLS 1.1")] {
            for piece in [1, 64 * 1024] {
                let (mut theirs, ours, moving) = pieces(piece);
                let calling = async {
                    theirs.write_all(&old_hello(minor)).await.unwrap();
                    let mut heard = [0; PROTOCOL_VERSION.len()];
                    theirs.read_exact(&mut heard).await.unwrap();
                    theirs.shutdown().await.unwrap();
                    heard
                };
                let serving = port.take_in(ours, PATIENCE);
                let both = async { tokio::join!(calling, serving, moving) };
                let (heard, refused, ()) = patiently(both).await;
                let failure = refused.expect_err("to be refused");
                let want = format!(
                    "there is no version of TLS that both ends allow: the client speaks {version} at most"
                );
                assert_eq!(failure.to_string(), want);
                assert_eq!(heard, PROTOCOL_VERSION, "{version}");
                let sent = failure.sent().map(|alert| alert.to_string());
                assert_eq!(sent.as_deref(), Some("protocol_version (70)"));
            }
        }
    }
}
