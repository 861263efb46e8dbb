//! The programs to copy from, as a client sees them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[expect(dead_code, reason = "its main is for a command line")]
#[path = "../examples/echo.rs"]
mod echo;
#[path = "../../material/tests/support/mod.rs"]
mod support;
#[expect(dead_code, reason = "its main is for a command line")]
#[path = "../examples/web.rs"]
mod web;

use std::net::SocketAddr;
use std::time::Duration;

use support::{Authority, Host, Issued, List, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use trustpack_settings::endpoint::Role;
use trustpack_tls::client::ClientContext;
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;

const LIMIT: Duration = Duration::from_secs(60);

struct World {
    root: Authority,
    caller: Issued,
    host: Issued,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        Self {
            caller: root.issue(&Host::named("caller.example.com")),
            host: root.issue(&Host::named("a.example.com")),
            root,
        }
    }

    fn site(&self) -> Site {
        Site::new()
            .issued(&self.host)
            .trusts(&[&self.root.certificate])
            .set("tls-mutual", "1")
    }

    fn server(&self) -> ServerContext {
        let (endpoint, material) = self.site().load(Role::Server).unwrap();
        ServerContext::new(endpoint.startable().unwrap(), &material).unwrap()
    }

    /// A connection, with the certificate of the caller or without one.
    async fn call(&self, address: SocketAddr, as_: Option<&Issued>) -> SecureStream<TcpStream> {
        let site = Site::new()
            .trusts(&[&self.root.certificate])
            .peer("a.example.com");
        let site = match as_ {
            Some(issued) => site.issued(issued),
            None => site,
        };
        let (endpoint, material) = site.load(Role::Client).unwrap();
        let client = ClientContext::new(endpoint.startable().unwrap(), &material).unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        client.connect(stream, LIMIT).await.unwrap()
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn the_echo_service_serves_refuses_and_cuts() {
    let world = World::new();
    let context = world.server();
    let (listener, address) = listen().await;
    let serving = context.clone();
    let service = tokio::spawn(async move { drop(echo::serve(listener, serving).await) });

    let mut good = world.call(address, Some(&world.caller)).await;
    good.write_all(b"word").await.unwrap();
    good.shutdown().await.unwrap();
    let mut heard = Vec::new();
    // An end without close_notify would be an error.
    good.read_to_end(&mut heard).await.unwrap();
    assert_eq!(heard, b"word");

    let mut nobody = world.call(address, None).await;
    let error = nobody.read(&mut [0]).await.expect_err("to be refused");
    let failure = nobody.failure(error).to_string();
    assert!(failure.contains("certificate_required"), "{failure}");

    let mut live = world.call(address, Some(&world.caller)).await;
    let mut octet = [0];
    live.write_all(b"x").await.unwrap();
    live.read_exact(&mut octet).await.unwrap();
    let lists = world.root.list(&List {
        revoked: vec![world.caller.certificate.serial().clone()],
        ..List::default()
    });
    let (endpoint, material) = world.site().lists(&lists).load(Role::Server).unwrap();
    let change = context.change(endpoint.startable().unwrap(), &material);
    change.unwrap();
    // The end of the stream or a reset, but nothing more.
    assert_eq!(
        live.read(&mut octet).await.ok().filter(|read| *read > 0),
        None
    );
    assert!(!service.is_finished());
    service.abort();
}

#[tokio::test]
async fn the_web_service_knows_its_clients() {
    let world = World::new();
    let (listener, address) = listen().await;
    let context = world.server();
    let service = tokio::spawn(async move { drop(web::serve(listener, context).await) });
    let mut client = world.call(address, Some(&world.caller)).await;
    let request = b"GET / HTTP/1.1\r\nHost: a.example.com\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("in good hands, O=Tests, CN=caller.example.com"),
        "{answer}"
    );
    assert!(!service.is_finished());
    service.abort();
}
