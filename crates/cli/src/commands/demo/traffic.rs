//! The two plain programs behind the tunnels: an echo service and its client.
//!
//! They know nothing of TLS: that is the point of a tunnel. Both report what they saw as one JSON
//! object a line on standard output.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::Context as _;
use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::session::Session;

/// A plain program of the demo
#[derive(Debug, clap::Subcommand)]
pub(crate) enum DemoPart {
    /// Send back what comes
    Echo {
        /// Address to listen on
        #[arg(long)]
        listen: SocketAddr,
        /// Stop when standard input is closed, as when the program that started this one has ended
        #[arg(long)]
        stop_with_stdin: bool,
    },
    /// Send data, read it back, compare
    Client {
        /// Address to connect to
        #[arg(long)]
        connect: SocketAddr,
        /// Octets to send
        #[arg(long)]
        octets: u64,
    },
}

/// What the client saw.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum ClientEvent {
    /// So many octets have come back.
    Progress {
        /// Octets read so far.
        octets: u64,
    },
    /// The connection has ended.
    End {
        /// Octets that came back.
        octets: u64,
        /// SHA-256 of what was sent.
        sent: String,
        /// SHA-256 of what came back.
        received: String,
    },
    /// The connection broke.
    Broken {
        /// Octets that had come back.
        octets: u64,
        /// The system's reason.
        reason: String,
    },
}

/// What the echo service saw of one connection.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EchoEvent {
    /// Octets that came.
    pub(super) octets: u64,
    /// Their SHA-256.
    pub(super) received: String,
}

/// Octets read and written at a time.
const CHUNK: usize = 64 * 1024;
/// Octets between two reports of progress.
const PROGRESS_STEP: u64 = 1024 * 1024;
/// How long a program waits for the other side before it gives up: only ever reached when something
/// is broken, so it is far above what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

impl DemoPart {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        match self {
            Self::Echo {
                listen,
                stop_with_stdin,
            } => echo(listen, stop_with_stdin, session),
            Self::Client { connect, octets } => client(connect, octets, session),
        }
    }
}

fn echo(
    listen: SocketAddr,
    stop_with_stdin: bool,
    session: &mut Session,
) -> Result<Answer, Failure> {
    let listener = TcpListener::bind(listen)
        .with_context(|| format!("cannot listen on {listen}"))
        .map_err(Failure::request)?;
    writeln!(session.out, "ready")?;
    session.out.flush()?;
    if stop_with_stdin {
        // The end of this thread is the end of the process, whatever the others do.
        std::thread::spawn(move || echo_all(&listener));
        io::copy(&mut io::stdin(), &mut io::sink())
            .context("cannot read standard input")
            .map_err(Failure::request)?;
    } else {
        echo_all(&listener);
    }
    Ok(Answer::Done)
}

fn echo_all(listener: &TcpListener) {
    for stream in listener.incoming() {
        // One thread a connection, and its report in one write: lines of two do not mix.
        std::thread::spawn(move || {
            let event = stream.and_then(|stream| echo_one(&stream));
            let line = match event {
                Ok(event) => serde_json::to_string(&event).unwrap_or_default(),
                Err(error) => format!("broken: {error}"),
            };
            crate::output::print(&line);
        });
    }
}

fn echo_one(mut stream: &TcpStream) -> io::Result<EchoEvent> {
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; CHUNK];
    let mut octets = 0;
    loop {
        let read = stream.read(&mut buffer)?;
        let chunk = buffer.get(..read).unwrap_or_default();
        if chunk.is_empty() {
            stream.shutdown(Shutdown::Write)?;
            return Ok(EchoEvent {
                octets,
                received: hexadecimal(digest),
            });
        }
        digest.update(chunk);
        octets += length(read);
        stream.write_all(chunk)?;
    }
}

fn client(connect: SocketAddr, octets: u64, session: &mut Session) -> Result<Answer, Failure> {
    let stream = TcpStream::connect_timeout(&connect, PATIENCE)
        .with_context(|| format!("cannot connect to {connect}"))
        .map_err(Failure::service)?;
    stream
        .set_read_timeout(Some(PATIENCE))
        .map_err(Failure::request)?;
    stream
        .set_write_timeout(Some(PATIENCE))
        .map_err(Failure::request)?;
    // Other data on every connection, so that what one carried is not taken for what another did.
    let seed = octets ^ (u64::from(connect.port()) << 40);
    let (sent, (received, ended)) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| send(&stream, octets, seed));
        let read = receive(&stream, &mut session.out);
        (writer.join(), read)
    });
    let event = match (sent, ended) {
        (Ok(Ok(sent)), Ok(())) => ClientEvent::End {
            octets: received.0,
            sent,
            received: hexadecimal(received.1),
        },
        (_, Err(error)) => ClientEvent::Broken {
            octets: received.0,
            reason: error.to_string(),
        },
        (Ok(Err(error)), Ok(())) => ClientEvent::Broken {
            octets: received.0,
            reason: error.to_string(),
        },
        (Err(_), Ok(())) => ClientEvent::Broken {
            octets: received.0,
            reason: "the sender panicked".to_owned(),
        },
    };
    let whole = matches!(&event, ClientEvent::End { octets: back, sent, received }
        if *back == octets && sent == received);
    write_event(&mut session.out, &event)?;
    Ok(if whole { Answer::Done } else { Answer::No })
}

/// Sends so many octets, then says that no more will come. Gives their SHA-256.
fn send(mut stream: &TcpStream, octets: u64, seed: u64) -> io::Result<String> {
    let mut digest = Context::new(&SHA256);
    let mut source = Read::take(Noise(seed | 1), octets);
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = source.read(&mut buffer)?;
        let chunk = buffer.get(..read).unwrap_or_default();
        if chunk.is_empty() {
            stream.shutdown(Shutdown::Write)?;
            return Ok(hexadecimal(digest));
        }
        digest.update(chunk);
        stream.write_all(chunk)?;
    }
}

/// Reads to the end. Gives the count and digest of what came, and how it ended.
fn receive(mut stream: &TcpStream, out: &mut Output) -> ((u64, Context), anyhow::Result<()>) {
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; CHUNK];
    let (mut octets, mut reported) = (0, 0);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return ((octets, digest), Ok(())),
            Ok(read) => {
                digest.update(buffer.get(..read).unwrap_or_default());
                octets += length(read);
            }
            Err(error) => return ((octets, digest), Err(error.into())),
        }
        if octets - reported >= PROGRESS_STEP {
            reported = octets;
            if let Err(error) = write_event(out, &ClientEvent::Progress { octets }) {
                return ((octets, digest), Err(error.into()));
            }
        }
    }
}

fn write_event(out: &mut Output, event: &ClientEvent) -> Printed {
    out.json_in_line(event)?;
    writeln!(out)?;
    out.flush()
}

/// Octets without a pattern that a broken copy could keep by chance (xorshift64; no secret).
struct Noise(u64);

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for chunk in buffer.chunks_mut(size_of::<u64>()) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            for (target, octet) in chunk.iter_mut().zip(self.0.to_le_bytes()) {
                *target = octet;
            }
        }
        Ok(buffer.len())
    }
}

fn hexadecimal(digest: Context) -> String {
    digest
        .finish()
        .as_ref()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

fn length(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}
