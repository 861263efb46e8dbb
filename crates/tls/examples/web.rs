//! A web service of axum under the settings of a fleet file. It greets its clients by their certificates.
//!
//! `cargo run -p trustpack-tls --features tokio --example web -- fleet.toml app1.example.com Orders:default 127.0.0.1:5000`

#![allow(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program has a terminal and a clock"
)]

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::routing::get;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::sleep;
use trustpack_settings::place::Place;
use trustpack_tls::keeper::Keeper;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::keeper::watch::LookNow;
use trustpack_tls::keeper::words;
use trustpack_tls::limits::HANDSHAKE;
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;
use trustpack_x509::time::Timestamp;

/// Handshakes at once: strangers must not take all memory before anybody knows who they are.
const HANDSHAKES: usize = 256;

/// How long to wait where no connection can be accepted, mostly for descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Clients that were let in, for axum.
pub(crate) struct SecureListener {
    address: SocketAddr,
    let_in: mpsc::Receiver<(ClientStream, SocketAddr)>,
}

/// The stream of a client, whose failures are told: a cut among them. axum keeps them to itself.
pub(crate) struct ClientStream {
    stream: SecureStream<TcpStream>,
    peer: SocketAddr,
}

/// Who a client is, for handlers: the subject of its certificate, if it showed one.
#[derive(Clone, Debug)]
pub(crate) struct Client(Option<String>);

impl SecureListener {
    /// Handshakes go on beside each other, so that a slow client keeps nobody waiting.
    pub(crate) fn new(listener: TcpListener, context: ServerContext) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (admit, let_in) = mpsc::channel(1);
        tokio::spawn(let_them_in(listener, context, admit));
        Ok(Self { address, let_in })
    }
}

type Admit = mpsc::Sender<(ClientStream, SocketAddr)>;

async fn let_them_in(listener: TcpListener, context: ServerContext, admit: Admit) {
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                eprintln!("no connection can be accepted for now: {error}");
                sleep(PAUSE).await;
                continue;
            }
        };
        let (context, admit) = (context.clone(), admit.clone());
        tokio::spawn(async move {
            // Held until axum has taken the client.
            let _permit = permit;
            match context.accept(stream, HANDSHAKE).await {
                Ok(stream) => drop(admit.send((ClientStream { stream, peer }, peer)).await),
                Err(failure) => eprintln!("{peer}: {failure}"),
            }
        });
    }
}

impl Listener for SecureListener {
    type Io = ClientStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.let_in.recv().await {
            Some(client) => client,
            // The runtime is going: its task that accepts has ended.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

impl ClientStream {
    fn telling<T>(
        &mut self,
        poll: impl FnOnce(Pin<&mut SecureStream<TcpStream>>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        poll(Pin::new(&mut self.stream)).map_err(|error| {
            let failure = self.stream.failure(error);
            eprintln!("{}: {failure}", self.peer);
            io::Error::other(failure)
        })
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.telling(|stream| stream.poll_read(context, buffer))
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.telling(|stream| stream.poll_write(context, data))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.telling(|stream| stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.telling(|stream| stream.poll_shutdown(context))
    }
}

impl Connected<IncomingStream<'_, SecureListener>> for Client {
    fn connect_info(stream: IncomingStream<'_, SecureListener>) -> Self {
        let certificate = stream.io().stream.established().peer;
        Self(certificate.map(|certificate| certificate.subject().to_string()))
    }
}

async fn greet(ConnectInfo(Client(name)): ConnectInfo<Client>) -> String {
    let name = name.unwrap_or_else(|| "whoever you are".to_owned());
    format!("in good hands, {name}\n")
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [fleet, host, place, listen] = &arguments[..] else {
        return Err("arguments: FLEET HOST PLACE ADDRESS".into());
    };
    let source = Source::Fleet {
        path: fleet.into(),
        host: host.parse()?,
    };
    let mut keeper = Keeper::new(source, Arc::new(password_of_environment));
    let place: Place = place.parse()?;
    let taken = keeper.take(now(), |newcomers| {
        Ok((newcomers.server(&place)?, newcomers.findings()))
    });
    let (context, findings) = taken.map_err(|error| words::of_error(&error).join("\n"))?;
    // What is doubtful, and does not keep it from serving.
    for finding in &findings {
        eprintln!("{}", words::of_finding(finding));
    }
    // It looks at the files every few seconds, and at once when it gets SIGHUP.
    let (ask, asked) = mpsc::unbounded_channel();
    tokio::spawn(look_at_hangups(signal(SignalKind::hangup())?, ask));
    let tell = |refreshed: &_| {
        for line in words::of_refreshed(refreshed) {
            eprintln!("{line}");
        }
    };
    tokio::spawn(keeper.watch(now, asked, tell));
    let listener = TcpListener::bind(listen).await?;
    eprintln!("ready: {place} listens on {}", listener.local_addr()?);
    serve(listener, context).await
}

async fn look_at_hangups(mut hangups: Signal, ask: mpsc::UnboundedSender<LookNow>) {
    while hangups.recv().await.is_some() && ask.send(LookNow::default()).is_ok() {}
}

/// Serves whoever is let in, for ever.
pub(crate) async fn serve(
    listener: TcpListener,
    context: ServerContext,
) -> Result<(), Box<dyn Error>> {
    let routes = Router::new().route("/", get(greet));
    let service = routes.into_make_service_with_connect_info::<Client>();
    axum::serve(SecureListener::new(listener, context)?, service).await?;
    Ok(())
}

fn password_of_environment(name: &str) -> Option<trustpack_keystore::password::Password> {
    let value = std::env::var(name).ok()?;
    Some(trustpack_keystore::password::Password::new(value))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_unix(since.unwrap_or_default().as_secs())
}
