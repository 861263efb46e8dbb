//! A web service of axum under the settings of a fleet file.
//!
//! `cargo run -p trustpack-tls --features tokio --example web -- fleet.toml app1.example.com Orders:default 127.0.0.1:5000`

#![expect(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program has a terminal and a clock"
)]

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use trustpack_settings::place::Place;
use trustpack_tls::keeper::Keeper;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::limits::HANDSHAKE;
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;
use trustpack_x509::time::Timestamp;

/// Clients that were let in, for axum.
struct SecureListener {
    address: SocketAddr,
    let_in: mpsc::Receiver<(SecureStream<TcpStream>, SocketAddr)>,
}

/// Handshakes that are done and wait to be served.
const WAITING: usize = 64;

impl SecureListener {
    /// Handshakes go on beside each other, so that a slow client keeps nobody waiting.
    async fn bind(address: &str, context: ServerContext) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (admit, let_in) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let (context, admit) = (context.clone(), admit.clone());
                tokio::spawn(async move {
                    match context.accept(stream, HANDSHAKE).await {
                        Ok(secure) => drop(admit.send((secure, peer)).await),
                        Err(failure) => eprintln!("{peer}: {failure}"),
                    }
                });
            }
        });
        Ok(Self { address, let_in })
    }
}

impl Listener for SecureListener {
    type Io = SecureStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.let_in.recv().await {
            Some(client) => client,
            // Nobody accepts any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fleet, host, place, listen] = &arguments[..] else {
        return Err("arguments: FLEET HOST PLACE ADDRESS".into());
    };
    let source = Source::Fleet {
        path: fleet.into(),
        host: host.parse()?,
    };
    let mut keeper = Keeper::new(source, Arc::new(|_: &str| None));
    let place: Place = place.parse()?;
    let context = keeper.server(&place, now())?;
    let (_ask, asked) = mpsc::unbounded_channel();
    tokio::spawn(keeper.watch(now, asked, |refreshed| eprintln!("{refreshed:?}")));

    let routes = Router::new().route("/", get(async || "in good hands\n"));
    let listener = SecureListener::bind(listen, context).await?;
    axum::serve(listener, routes).await?;
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_unix(since.unwrap_or_default().as_secs())
}
