//! A server on a port whose files are watched, as a service has it, and its clients: all over sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use trustpack_settings::endpoint::Endpoint;
use trustpack_tls::client::ClientContext;
use trustpack_tls::generation::Change;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::keeper::watch::LookNow;
use trustpack_tls::keeper::{Context, Keeper, NotRead, Refreshed};
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;

use crate::support::now;

/// Longer than a handshake takes, or a look at the files.
const LIMIT: Duration = Duration::from_secs(60);

/// What a look at the files comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Identity,
    Trust,
    Stays,
}

/// What the watch tells of a look; `None` is none of these.
fn found(refreshed: &Result<Refreshed, NotRead>) -> Option<Seen> {
    let Ok(refreshed) = refreshed else {
        return None;
    };
    let [(_, result)] = &refreshed.endpoints[..] else {
        return None;
    };
    match result {
        Ok(Change::Identity) => Some(Seen::Identity),
        Ok(Change::Trust { cut: 0, .. }) => Some(Seen::Trust),
        Ok(Change::Nothing | Change::Trust { .. }) => None,
        Err(_) => Some(Seen::Stays),
    }
}

/// A server on a port whose files are watched, until it is dropped.
pub(crate) struct Served {
    pub(crate) context: ServerContext,
    pub(crate) address: SocketAddr,
    asking: UnboundedSender<LookNow>,
    /// What the watch tells of each look, and in full.
    told: Receiver<(Option<Seen>, String)>,
    /// Why a connection failed at the server's end.
    pub(crate) failed: Receiver<String>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Served {
    pub(crate) async fn start(endpoint: &Endpoint) -> Self {
        let source = Source::Fixed(Box::new(endpoint.clone()));
        let reading = source.read(now()).unwrap();
        let material = trustpack_material::load::load(
            endpoint.startable().unwrap(),
            &reading.surroundings(&|_| None, now()),
        );
        let startable = endpoint.startable().unwrap();
        let context = ServerContext::new(startable, &material.unwrap()).unwrap();
        let mut keeper = Keeper::new(source, Arc::new(|_: &str| None));
        let kept = (endpoint.place().clone(), Context::Server(context.clone()));
        keeper.keep(reading, [kept]);

        let (asking, asked) = unbounded_channel();
        let (telling, told) = channel();
        let watching = tokio::spawn(keeper.watch(now, asked, move |refreshed| {
            // Nobody listens any more when the story is over.
            drop(telling.send((found(refreshed), format!("{refreshed:?}"))));
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (failing, failed) = channel();
        let serving = tokio::spawn(serve(listener, context.clone(), failing));
        Self {
            context,
            address,
            asking,
            told,
            failed,
            tasks: vec![watching, serving],
        }
    }

    /// Has the watch look at once.
    pub(crate) fn ask(&self) {
        self.asking.send(LookNow::default()).unwrap();
    }

    /// The watch sees this next.
    #[track_caller]
    pub(crate) fn assert_sees(&self, expected: Seen, what: &str) {
        let (found, told) = self.told.recv_timeout(LIMIT).expect("a look at the files");
        assert_eq!(found, Some(expected), "{what}: {told}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Sends everybody back what they say.
async fn serve(listener: TcpListener, server: ServerContext, failed: Sender<String>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (server, failed) = (server.clone(), failed.clone());
        tokio::spawn(async move {
            if let Err(why) = echo(&server, stream).await {
                drop(failed.send(why));
            }
        });
    }
}

async fn echo(server: &ServerContext, stream: TcpStream) -> Result<(), String> {
    let accepted = server.accept(stream, LIMIT).await;
    let stream = accepted.map_err(|failure| failure.to_string())?;
    let (mut reader, mut writer) = split(stream);
    let copied = copy(&mut reader, &mut writer).await;
    copied.map_err(|error| error.to_string())?;
    writer.shutdown().await.map_err(|error| error.to_string())
}

/// A client of such a server.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) context: ClientContext,
    pub(crate) address: SocketAddr,
}

/// A client's end of a connection.
pub(crate) struct Call(SecureStream<TcpStream>);

impl Caller {
    pub(crate) async fn call(&self) -> Call {
        let stream = TcpStream::connect(self.address).await.unwrap();
        Call(self.context.connect(stream, LIMIT).await.unwrap())
    }
}

impl Call {
    pub(crate) fn stream(&self) -> &SecureStream<TcpStream> {
        &self.0
    }

    /// Sends so many octets that depend on `seed`, and compares what comes back.
    pub(crate) async fn carry(&mut self, octets: usize, seed: usize) {
        let octet = |at: usize| u8::try_from((at * 31 + seed) % 251).unwrap();
        let sent: Vec<u8> = (0..octets).map(octet).collect();
        let mut received = vec![0; octets];
        let (mut reader, mut writer) = split(&mut self.0);
        let sending = async {
            writer.write_all(&sent).await.unwrap();
            writer.flush().await.unwrap();
        };
        let receiving = async {
            reader.read_exact(&mut received).await.unwrap();
        };
        tokio::join!(sending, receiving);
        assert!(received == sent, "other octets came than were sent");
    }

    /// Both ends say that they are done.
    pub(crate) async fn part(mut self) {
        self.0.shutdown().await.unwrap();
        assert_eq!(self.0.read(&mut [0]).await.unwrap(), 0);
    }
}
