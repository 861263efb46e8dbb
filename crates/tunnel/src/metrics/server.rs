//! Answers Prometheus: `GET /metrics` over HTTP, one request a connection.
//!
//! No web server: it knows one page, and closes after each answer. Invariant: whoever asks takes a limited time, a limited
//! memory, and one of a few places.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use trustpack_settings::value::PlainAddress;

use super::CONTENT_TYPE;
use crate::bind::{Given, ListenAddress};
use crate::handover::{DoorSocket, Handing, Part};
use crate::limits::ACCEPT_PAUSE;
use crate::socket::Listener;
use crate::socket_file::{Blocked, SocketFile, clear_the_way};

/// Bytes of the head of a request.
///
/// Source: the usual limit of web servers (nginx: `large_client_header_buffers`, 8 KiB each).
pub const MAX_HEAD_BYTES: usize = 8 * 1024;

/// Lines in the head of a request. Source: ours; Prometheus sends six.
const MAX_HEAD_LINES: usize = 64;

/// How long a request and its answer may take.
///
/// Source: Prometheus gives up after 10 s by default (`scrape_timeout`).
pub const ANSWER: Duration = Duration::from_secs(10);

/// Requests at once; for one more the oldest is given up.
///
/// Source: ours; two Prometheus servers and somebody who looks.
pub const MAX_REQUESTS: usize = 8;

/// The page that is asked for.
const PATH: &str = "/metrics";

/// A listener for requests, on no runtime yet.
#[derive(Debug)]
pub struct MetricsListener {
    socket: DoorSocket,
    address: ListenAddress,
    readers: Readers,
    /// Removes the file of a UNIX socket when the listener goes.
    file: Option<SocketFile>,
}

/// The figures cannot be told at an address.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Other machines could read them.
    #[error(
        "{address} is not a loopback address; figures are told on loopback addresses and UNIX sockets, elsewhere only with the switch for that danger"
    )]
    Outside {
        /// The address.
        address: SocketAddr,
    },
    /// Somebody else has it.
    #[error("{address} is in use by another process")]
    InUse {
        /// The address.
        address: String,
    },
    /// There is a file in the place of the socket.
    #[error("{} exists and is no socket; it is left alone", .path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// Something else.
    #[error("{address} cannot be listened on")]
    Io {
        /// The address.
        address: String,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

/// Who may read figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readers {
    /// Programs of this machine.
    OnThisMachine,
    /// Whoever reaches the address: figures name endpoints, and tell who is busy and what fails.
    DangerAnywhere,
}

impl Readers {
    /// Whether a request with these lines is for us. A page of a web site, which a browser of this machine shows, can make
    /// a name of that site lead here; it asks for that name.
    fn may_ask(self, lines: &[httparse::Header<'_>]) -> bool {
        let mut hosts = lines
            .iter()
            .filter(|line| line.name.eq_ignore_ascii_case("host"))
            .map(|line| std::str::from_utf8(line.value).unwrap_or_default());
        match self {
            Self::OnThisMachine => hosts.all(is_this_machine),
            Self::DangerAnywhere => true,
        }
    }
}

/// Whether a host of HTTP is an address or `localhost`, with or without a port.
fn is_this_machine(host: &str) -> bool {
    let host = host.trim();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let is_address = bare.unwrap_or(name).parse::<IpAddr>().is_ok();
    is_address || name.is_empty() || name.eq_ignore_ascii_case("localhost")
}

impl MetricsListener {
    /// Takes an address, or has it from among those that were given; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// [`MetricsError`] when it cannot be had, or is not within this machine.
    pub async fn bind(
        address: &PlainAddress,
        readers: Readers,
        given: &mut Given,
    ) -> Result<Self, MetricsError> {
        let listen = match address {
            PlainAddress::Tcp(at) => {
                let outside = !at.ip().to_canonical().is_loopback();
                if outside && readers == Readers::OnThisMachine {
                    return Err(MetricsError::Outside { address: *at });
                }
                ListenAddress::Tcp(*at)
            }
            PlainAddress::Unix(path) => ListenAddress::Unix(path.as_path().to_owned()),
        };
        let sockets = &mut given.sockets;
        if let Some(found) = sockets.iter().position(|given| given.address == listen) {
            let given = sockets.swap_remove(found);
            return Ok(Self {
                socket: given.socket,
                address: given.address,
                readers,
                file: given.file,
            });
        }
        let failed = |error: io::Error| {
            let address = address.to_string();
            if error.kind() == io::ErrorKind::AddrInUse {
                MetricsError::InUse { address }
            } else {
                MetricsError::Io { address, error }
            }
        };
        match listen {
            ListenAddress::Tcp(at) => {
                let listener = TcpListener::bind(at).await.map_err(failed)?;
                Ok(Self {
                    address: ListenAddress::Tcp(listener.local_addr().map_err(failed)?),
                    socket: DoorSocket::Tcp(listener.into_std().map_err(failed)?),
                    readers,
                    file: None,
                })
            }
            ListenAddress::Unix(path) => {
                clear_the_way(&path)
                    .await
                    .map_err(|blocked| match blocked {
                        Blocked::ByFile => MetricsError::NotASocket { path: path.clone() },
                        Blocked::ByListener => failed(io::ErrorKind::AddrInUse.into()),
                        Blocked::By(error) => failed(error),
                    })?;
                let listener = UnixListener::bind(&path).map_err(failed)?;
                Ok(Self {
                    socket: DoorSocket::Unix(listener.into_std().map_err(failed)?),
                    file: given.custody.made(&path),
                    address: ListenAddress::Unix(path),
                    // No browser comes here, and whoever comes may name whom it likes.
                    readers: Readers::DangerAnywhere,
                })
            }
        }
    }

    /// Lets the socket go to a process that is to take over.
    ///
    /// # Errors
    ///
    /// When the system has no more descriptors.
    pub fn hand(&self, handing: &Handing) -> io::Result<()> {
        let (address, socket) = (self.address().clone(), self.socket.duplicate()?);
        handing.add(Part::Service, address, socket, self.file.as_ref());
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// Answers with `page` until it is dropped.
    ///
    /// # Errors
    ///
    /// When the runtime cannot take the socket.
    pub async fn serve(self, page: impl Fn() -> String + Send + Sync + 'static) -> io::Result<()> {
        let listener = Listener::new(self.socket)?;
        // Dropped before the listener: see `SocketFile`.
        let (_file, readers) = (self.file, self.readers);
        let page = Arc::new(page);
        // In the order in which they came. One that says nothing keeps nobody from the figures: it makes place for who comes.
        let (mut asking, mut order) = (JoinSet::new(), VecDeque::<AbortHandle>::new());
        loop {
            let page = Arc::clone(&page);
            match listener.accept().await {
                Ok((stream, _)) => {
                    while asking.try_join_next().is_some() {}
                    order.retain(|one| !one.is_finished());
                    if order.len() >= MAX_REQUESTS {
                        order.pop_front().iter().for_each(AbortHandle::abort);
                    }
                    order.push_back(asking.spawn(async move {
                        answer(stream, readers, &*page).await;
                    }));
                }
                // Most likely there is no file descriptor left; the tunnels say so.
                Err(_) => sleep(ACCEPT_PAUSE.1).await,
            }
        }
    }
}

/// Answers one request, or closes when that takes too long.
async fn answer<S>(mut stream: S, readers: Readers, page: &(dyn Fn() -> String + Sync))
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let answering = async {
        let head = read_head(&mut stream).await?;
        let response = respond(&head, readers, page);
        stream.write_all(&response).await?;
        stream.shutdown().await
    };
    // Whoever asked may have gone.
    drop(timeout(ANSWER, answering).await);
}

/// The head of a request, or what came of it at the end or at the limit.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while head.len() < MAX_HEAD_BYTES && !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            break;
        }
        head.extend_from_slice(piece.get(..count).unwrap_or_default());
    }
    Ok(head)
}

/// The whole response to a request with this head.
///
/// Source: RFC 9110 and 9112; what is not understood is 400, another method 405, another page 404.
fn respond(head: &[u8], readers: Readers, page: &dyn Fn() -> String) -> Vec<u8> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_HEAD_LINES];
    let mut request = httparse::Request::new(&mut lines);
    let read = request.parse(head);
    let complete = matches!(read, Ok(httparse::Status::Complete(_)));
    let path = request
        .path
        .map(|path| path.split('?').next().unwrap_or_default());
    match (complete, request.method, path) {
        (false, _, _) => refusal("400 Bad Request", ""),
        (true, _, _) if !readers.may_ask(request.headers) => refusal("421 Misdirected Request", ""),
        (true, Some("GET"), Some(PATH)) => response("200 OK", "", CONTENT_TYPE, &page()),
        (true, Some("HEAD"), Some(PATH)) => {
            let mut whole = response("200 OK", "", CONTENT_TYPE, &page());
            let head = whole.windows(4).position(|four| four == b"\r\n\r\n");
            whole.truncate(head.map_or(0, |end| end.saturating_add(4)));
            whole
        }
        (true, Some("GET" | "HEAD"), _) => refusal("404 Not Found", ""),
        (true, _, _) => refusal("405 Method Not Allowed", "Allow: GET, HEAD\r\n"),
    }
}

fn refusal(status: &str, lines: &str) -> Vec<u8> {
    let body = format!("{status}: the figures are at {PATH}\n");
    response(status, lines, "text/plain; charset=utf-8", &body)
}

fn response(status: &str, lines: &str, content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n{lines}Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

impl fmt::Display for MetricsListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            ListenAddress::Tcp(address) => write!(f, "http://{address}{PATH}"),
            ListenAddress::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, status: &str, body: &str) {
        let page = || "figures\n".to_owned();
        let got = respond(head.as_bytes(), Readers::OnThisMachine, &page);
        let got = String::from_utf8(got).expect("text");
        assert!(got.starts_with(&format!("HTTP/1.1 {status}")), "{got}");
        let (_, got_body) = got.split_once("\r\n\r\n").expect("an end of the head");
        assert!(got_body.starts_with(body), "{got}");
    }

    #[test]
    fn one_page_is_known() {
        for host in [
            "127.0.0.1:9469",
            "localhost",
            "LOCALHOST:1",
            "[::1]:9469",
            "[::1]",
            "",
        ] {
            let figures = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n");
            check(&figures, "200", "figures\n");
        }
        for host in [
            "a",
            "a.example.com:9469",
            "127.0.0.1.example.com",
            "localhost.example",
        ] {
            let figures = format!("GET /metrics HTTP/1.1\r\nhost: {host}\r\n\r\n");
            check(&figures, "421", "421 ");
            let head = figures.as_bytes();
            let anywhere = respond(head, Readers::DangerAnywhere, &|| "figures\n".to_owned());
            assert!(anywhere.starts_with(b"HTTP/1.1 200"), "{host}");
        }
        check("GET /metrics?x=1 HTTP/1.0\r\n\r\n", "200", "figures\n");
        check("HEAD /metrics HTTP/1.1\r\n\r\n", "200", "");
        check("GET / HTTP/1.1\r\n\r\n", "404", "404 Not Found: ");
        check("POST /metrics HTTP/1.1\r\n\r\n", "405", "405 ");
        check("GET /metrics HTTP/1.1\r\n", "400", "400 ");
        check("\u{1}\r\n\r\n", "400", "400 ");
        check("", "400", "400 ");
        let many = "a: b\r\n".repeat(MAX_HEAD_LINES + 1);
        check(
            &format!("GET /metrics HTTP/1.1\r\n{many}\r\n"),
            "400",
            "400 ",
        );
    }
}
