//! Handshakes that go on while trust changes.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{spawn, spawn_blocking, yield_now};
use tokio::time::timeout;
use trustpack_tls::client::ClientContext;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;

use crate::support::{Authority, Host, List, Site};
use crate::world::{Clock, Stream, change_server, client, connect, server, shake};

/// Handshakes at once.
const AT_ONCE: usize = 8;

/// Longer than any cut takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Both ends of a handshake that goes on by itself; the second keeps the connection open.
type Ends = (Result<Stream, Failure>, Result<Stream, Failure>);

fn begin(server: &ServerContext, client: &ClientContext) -> tokio::task::JoinHandle<Ends> {
    let (server, client) = (server.clone(), client.clone());
    spawn(async move { shake(&server, &client).await })
}

/// A client is revoked while it shakes hands many times, in full and with its tickets: each time it is refused, or let in and
/// cut, at whatever moment the change came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_slips_through_between_a_handshake_and_a_change() {
    let root = Authority::root("Root");
    let host = root.issue(&Host::named("a.example.com"));
    let caller = root.issue(&Host::named("b.example.com"));
    let clock = Clock::at("2030-01-01");
    let site = || {
        let site = Site::new().issued(&host).set("tls-mutual", "1");
        site.trusts(&[&root.certificate])
    };
    let calling = Site::new().issued(&caller).peer("a.example.com");
    let client = client(&calling.trusts(&[&root.certificate]), &clock);
    let revoking = Arc::new(site().lists(&root.list(&List {
        revoked: vec![caller.certificate.serial().clone()],
        ..List::default()
    })));
    let mut cut = 0;
    for round in 0..60 {
        let server = server(&site(), &clock);
        // It has tickets from here on.
        let first = connect(&server, &client).await;
        let handshakes: Vec<_> = (0..AT_ONCE).map(|_| begin(&server, &client)).collect();
        for _ in 0..round {
            yield_now().await;
        }
        let (serving, revoking) = (server.clone(), Arc::clone(&revoking));
        let change = spawn_blocking(move || change_server(&serving, &revoking));
        change.await.unwrap();
        let words = |why: String| assert!(why.contains("was revoked"), "{round}: {why}");
        words(first.0.cut().await.to_string());
        for handshake in handshakes {
            match handshake.await.unwrap() {
                (Err(refused), _) => words(refused.to_string()),
                (Ok(near), _far) => {
                    let ended = timeout(PATIENCE, near.cut()).await;
                    words(ended.expect("to be cut").to_string());
                    cut += 1;
                }
            }
        }
    }
    assert!(cut > 0, "no handshake was done before its change");
}
