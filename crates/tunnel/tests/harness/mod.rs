//! What the stories of the tunnel have in common: running tunnels, services behind them, the log.

#![allow(dead_code, reason = "each test program uses its part")]

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;
use trustpack_settings::endpoint::Role;
use trustpack_settings::value::{NetworkAddress, PlainAddress};
use trustpack_tunnel::bind::{Bound, ListenAddress, bind};
use trustpack_tunnel::handover::Custody;
use trustpack_tunnel::lanes::Lanes;
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::run::Stopped;
use trustpack_tunnel::spec::{PlainSides, TunnelSpec};
use trustpack_tunnel::status::Overview;

use crate::support::{Authority, Host, Issued, Site};

/// No story takes as long as this unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const FREE_PORT: &str = "127.0.0.1:0";

/// An authority, and a certificate for each side.
pub(crate) struct World {
    pub(crate) root: Authority,
    pub(crate) host: Issued,
    pub(crate) client: Issued,
}

impl World {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Root");
        let host = root.issue(&Host::named("a.example.com"));
        let client = root.issue(&Host::named("b.example.com"));
        Self { root, host, client }
    }

    /// A server that forwards to this address.
    pub(crate) fn server(&self, to: SocketAddr) -> Site {
        let mut site = Site::new()
            .issued(&self.host)
            .trusts(&[&self.root.certificate]);
        site.network = Some(NetworkAddress::Given(vec![FREE_PORT.parse().unwrap()]));
        site.plain = Some(PlainAddress::Tcp(to));
        site
    }

    /// A client that dials this address and checks the server's name.
    pub(crate) fn client(&self, to: SocketAddr) -> Site {
        let mut site = Site::new()
            .trusts(&[&self.root.certificate])
            .peer("a.example.com")
            .set("tls-target-name-check", "host");
        site.network = Some(NetworkAddress::Given(vec![to]));
        site.plain = Some(PlainAddress::Tcp(FREE_PORT.parse().unwrap()));
        site
    }
}

pub(crate) fn spec(site: &Site, role: Role) -> TunnelSpec {
    let (endpoint, material) = site.load(role).unwrap_or_else(|error| panic!("{error}"));
    let startable = endpoint.startable().unwrap();
    TunnelSpec::new(startable, &material, PlainSides::OnThisMachine).unwrap()
}

/// A tunnel that runs.
pub(crate) struct Running {
    pub(crate) address: ListenAddress,
    pub(crate) stop: CancellationToken,
    pub(crate) custody: Custody,
    pub(crate) overview: Overview,
    task: JoinHandle<Stopped>,
}

impl Running {
    pub(crate) async fn start(site: &Site, role: Role, limits: Limits) -> Self {
        let binding = bind(vec![spec(site, role)], limits).await.unwrap();
        Self::run(binding.bound)
    }

    pub(crate) async fn start_on(lanes: Lanes, site: &Site, role: Role) -> Self {
        let binding = bind(vec![spec(site, role)], Limits::default()).await;
        Self::run(binding.unwrap().bound.on(lanes))
    }

    pub(crate) fn run(bound: Bound) -> Self {
        let address = bound
            .listening()
            .next()
            .expect("an address")
            .address
            .clone();
        let stop = CancellationToken::new();
        let custody = bound.custody();
        let overview = Overview::new(&bound);
        let task = tokio::spawn(bound.run(stop.clone()));
        Self {
            address,
            stop,
            custody,
            overview,
            task,
        }
    }

    pub(crate) fn tcp(&self) -> SocketAddr {
        match &self.address {
            ListenAddress::Tcp(address) => *address,
            ListenAddress::Unix(path) => panic!("{} is no TCP address", path.display()),
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.tcp()).await.unwrap()
    }

    /// Waits until so many connections are open.
    pub(crate) async fn has_open(&self, count: usize) {
        patiently(async {
            while self.overview.open() != count {
                // The tunnels run on this thread: give them a turn.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    pub(crate) async fn stopped(self) -> Stopped {
        self.stop.cancel();
        patiently(self.task).await.unwrap()
    }
}

/// A client tunnel before a server tunnel before this service.
pub(crate) async fn pair(world: &World, to: SocketAddr, limits: Limits) -> (Running, Running) {
    let server = Running::start(&world.server(to), Role::Server, limits).await;
    let client = world.client(server.tcp());
    let client = Running::start(&client, Role::Client, limits).await;
    (server, client)
}

pub(crate) async fn patiently<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("the story hangs")
}

/// A service that is told what to do with each connection.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    listener: TcpListener,
}

impl Service {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind(FREE_PORT).await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, listener }
    }

    pub(crate) async fn accept(&self) -> TcpStream {
        patiently(self.listener.accept()).await.unwrap().0
    }

    /// Sends back what comes, for any number of connections, until the test is over.
    pub(crate) fn echo(self) {
        tokio::spawn(async move {
            while let Ok((stream, _)) = self.listener.accept().await {
                tokio::spawn(echo(stream));
            }
        });
    }
}

pub(crate) async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let (mut read, mut write) = stream.split();
    tokio::io::copy(&mut read, &mut write).await?;
    write.shutdown().await
}

/// A service that never accepts anybody, and whose queue is full: who calls gets no answer.
pub(crate) struct Deaf {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl Deaf {
    pub(crate) async fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(FREE_PORT.parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        let answer = Duration::from_millis(200);
        while let Ok(called) = tokio::time::timeout(answer, TcpStream::connect(address)).await {
            queue.push(called.unwrap());
        }
        Self {
            address,
            _listener: listener,
            _queue: queue,
        }
    }
}

/// Sends something and reads as much back.
pub(crate) async fn says(program: &mut TcpStream, words: &[u8]) {
    patiently(async {
        program.write_all(words).await.unwrap();
        let mut got = vec![0; words.len()];
        program.read_exact(&mut got).await.unwrap();
        assert_eq!(got, words);
    })
    .await;
}

/// Ends it in the way that the other end sees a reset.
pub(crate) fn resets(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

/// Writes until nothing is taken any more: how much was.
pub(crate) async fn fill(stream: &mut TcpStream) -> usize {
    let piece = noise(6, 64 * 1024);
    let mut taken = 0;
    // No byte for so long: the buffers of the sockets and of the tunnels on the way are full.
    while let Ok(count) =
        tokio::time::timeout(Duration::from_millis(500), stream.write(&piece)).await
    {
        taken += count.unwrap();
        assert!(taken < MOST_HELD, "more is held than buffers have");
    }
    taken
}

/// The sockets' own buffers grow to a few MiB each (`tcp_wmem`, `tcp_rmem`); a tunnel holds 64 KiB.
const MOST_HELD: usize = 64 * 1024 * 1024;

/// Bytes that differ everywhere, the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(|| {
        // xorshift64, by Marsaglia.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect()
}

/// Sends everything, ends the sending, and then reads to the end: what came.
pub(crate) async fn send_then_read<S>(stream: &mut S, bytes: &[u8]) -> io::Result<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    patiently(async {
        stream.write_all(bytes).await?;
        stream.shutdown().await?;
        let mut got = Vec::new();
        stream.read_to_end(&mut got).await?;
        Ok(got)
    })
    .await
}

/// The log of this thread, kept for looking at.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Keeps the log until the guard goes.
    pub(crate) fn keep() -> (Self, DefaultGuard) {
        // With a single subscriber `tracing` asks only the thread that comes by first whether a line is
        // wanted: a story without a log would answer for those that have one.
        let listens_everywhere = tracing_subscriber::fmt().with_writer(io::sink).finish();
        drop(tracing::subscriber::set_global_default(listens_everywhere));
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(log.clone())
            .with_ansi(false)
            .with_target(false)
            .without_time()
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The first line that has all of `words`, once it is there.
    pub(crate) async fn line_with(&self, words: &[&str]) -> String {
        let found = || {
            let text = self.text();
            let line = text
                .lines()
                .find(|line| words.iter().all(|word| line.contains(word)));
            line.map(str::to_owned)
        };
        let waiting = async {
            loop {
                if let Some(line) = found() {
                    return line;
                }
                // The tunnels run on this thread: give them a turn.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(line) => line,
            Err(_) => panic!("no line with {words:?} in the log:\n{}", self.text()),
        }
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
