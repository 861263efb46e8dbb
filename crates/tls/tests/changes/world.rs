//! Two ends over a pipe in memory, with a clock that the tests set.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use trustpack_settings::endpoint::Role;
use trustpack_tls::client::ClientContext;
use trustpack_tls::established::Resumed;
use trustpack_tls::generation::Change;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;

use crate::support::{Site, time};

pub(crate) type Stream = SecureStream<DuplexStream>;

/// A clock that stands until it is set.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) fn at(date: &str) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(time(date).unix())))
    }

    pub(crate) fn set(&self, date: &str) {
        self.0.store(time(date).unix(), Ordering::SeqCst);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = Duration::from_secs(self.0.load(Ordering::SeqCst));
        Some(UnixTime::since_unix_epoch(seconds))
    }
}

pub(crate) fn server(site: &Site, clock: &Arc<Clock>) -> ServerContext {
    let (endpoint, material) = site.load(Role::Server).unwrap();
    let endpoint = endpoint.startable().unwrap();
    ServerContext::with_clock(endpoint, &material, Arc::<Clock>::clone(clock)).unwrap()
}

pub(crate) fn client(site: &Site, clock: &Arc<Clock>) -> ClientContext {
    let (endpoint, material) = site.load(Role::Client).unwrap();
    let endpoint = endpoint.startable().unwrap();
    ClientContext::with_clock(endpoint, &material, Arc::<Clock>::clone(clock)).unwrap()
}

pub(crate) fn change_server(server: &ServerContext, site: &Site) -> Change {
    let (endpoint, material) = site.load(Role::Server).unwrap();
    server
        .change(endpoint.startable().unwrap(), &material)
        .unwrap()
}

pub(crate) fn change_client(client: &ClientContext, site: &Site) -> Change {
    let (endpoint, material) = site.load(Role::Client).unwrap();
    client
        .change(endpoint.startable().unwrap(), &material)
        .unwrap()
}

/// A handshake on both ends.
pub(crate) async fn shake(
    server: &ServerContext,
    client: &ClientContext,
) -> (Result<Stream, Failure>, Result<Stream, Failure>) {
    /// More than a handshake and a word; nothing waits for the limit.
    const LIMIT: Duration = Duration::from_secs(60);
    let (near, far) = duplex(64 * 1024);
    tokio::join!(server.accept(near, LIMIT), client.connect(far, LIMIT))
}

/// Both ends of a connection that comes about, after a word each way: the client has its tickets then.
pub(crate) async fn connect(server: &ServerContext, client: &ClientContext) -> (Stream, Stream) {
    let (near, far) = shake(server, client).await;
    let (mut near, mut far) = (near.unwrap(), far.unwrap());
    speak(&mut near, &mut far).await;
    (near, far)
}

pub(crate) async fn speak(near: &mut Stream, far: &mut Stream) {
    let mut word = [0; 4];
    near.write_all(b"ping").await.unwrap();
    near.flush().await.unwrap();
    far.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"ping");
    far.write_all(b"pong").await.unwrap();
    far.flush().await.unwrap();
    near.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"pong");
}

/// Whether the next connection resumes a session; both ends must say the same.
pub(crate) async fn resumed(server: &ServerContext, client: &ClientContext) -> Resumed {
    let (near, far) = connect(server, client).await;
    let resumed = near.established().resumed;
    assert_eq!(far.established().resumed, resumed);
    resumed
}

/// Why a client is not let in whose server changes to this between the server's flight and the client's, and whether the
/// client takes its session for an earlier one.
pub(crate) async fn changed_meanwhile(
    server: &ServerContext,
    client: &ClientContext,
    after: &Site,
) -> (Failure, Resumed) {
    const LIMIT: Duration = Duration::from_secs(60);
    let client = client.clone();
    let (near, mut far) = duplex(64 * 1024);
    let accepting = tokio::spawn({
        let server = server.clone();
        async move { server.accept(near, LIMIT).await.map(|_stream| ()) }
    });
    // The other end of the pipe to the client, through our hands.
    let (ours, theirs) = duplex(64 * 1024);
    let connecting = tokio::spawn(async move { client.connect(theirs, LIMIT).await });
    let (mut from_client, mut to_client) = tokio::io::split(ours);
    let mut octets = vec![0; 64 * 1024];
    let hello = from_client.read(&mut octets).await.unwrap();
    far.write_all(&octets[..hello]).await.unwrap();
    let answer = far.read(&mut octets).await.unwrap();
    // The server has begun; what it trusts changes before the client says who it is.
    change_server(server, after);
    to_client.write_all(&octets[..answer]).await.unwrap();
    let carrying = tokio::spawn(async move {
        let (mut from_server, mut to_server) = tokio::io::split(far);
        let forth = tokio::io::copy(&mut from_client, &mut to_server);
        let back = tokio::io::copy(&mut from_server, &mut to_client);
        drop(tokio::join!(forth, back));
    });
    let failure = accepting.await.unwrap().expect_err("to be refused");
    // Not by the judge, who was asked before the change or went by what was trusted then.
    assert!(matches!(failure, Failure::TrustEnded(_)), "{failure}");
    let resumed = connecting.await.unwrap().unwrap().resumed();
    carrying.abort();
    (failure, resumed)
}
