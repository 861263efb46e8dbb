//! An end of ours that meets one of another make, and has its memory counted, which the other has not.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::time::Duration;

use rustls::{ClientConnection, CommonState, Reader, ServerConnection, Writer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex, split};
use trustpack_mutations::gauge::Gauge;
use trustpack_tls::alert::Alert;
use trustpack_tls::client::ClientContext;
use trustpack_tls::connection::Connection;
use trustpack_tls::established::Established;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;

use crate::memory::{self, End};

/// Longer than any of these takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Who moves the octets of our end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The program that has it.
    Buffers,
    /// Ourselves, over a stream.
    Stream,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Met {
    pub(crate) ours: Result<(), Failure>,
    /// The alert that the other end was sent.
    pub(crate) heard: Option<Alert>,
}

/// A client of ours meets this server.
pub(crate) fn at_client(
    over: Over,
    gauge: &mut Gauge,
    client: &ClientContext,
    hostile: ServerConnection,
) -> Met {
    match over {
        Over::Stream => streamed(gauge, hostile.into(), |near| client.connect(near, LIMIT)),
        Over::Buffers => {
            let end = gauge.part(|| client.connection().unwrap());
            let outcome = memory::shake(hostile, Counted { end, gauge });
            Met::of(outcome.client, outcome.server)
        }
    }
}

/// A server of ours meets this client.
pub(crate) fn at_server(
    over: Over,
    gauge: &mut Gauge,
    server: &ServerContext,
    hostile: ClientConnection,
) -> Met {
    match over {
        Over::Stream => streamed(gauge, hostile.into(), |near| server.accept(near, LIMIT)),
        Over::Buffers => {
            let end = gauge.part(|| server.connection().unwrap());
            let outcome = memory::shake(Counted { end, gauge }, hostile);
            Met::of(outcome.server, outcome.client)
        }
    }
}

impl Met {
    fn of(ours: Result<Established, Failure>, other: Result<Established, Failure>) -> Self {
        let heard = match other {
            Ok(_) => None,
            Err(Failure::PeerAlert(alert)) => Some(alert),
            Err(other) => panic!("{other}"),
        };
        let ours = ours.map(drop);
        Self { ours, heard }
    }
}

/// An end of ours whose work is counted.
struct Counted<'a> {
    end: Connection,
    gauge: &'a mut Gauge,
}

impl End for Counted<'_> {
    fn read_tls(&mut self, octets: &mut &[u8]) -> io::Result<usize> {
        self.gauge.part(|| self.end.read_tls(octets))
    }

    fn process(&mut self) -> Result<(), Failure> {
        self.gauge.part(|| self.end.process().map(drop))
    }

    fn write_tls(&mut self, octets: &mut Vec<u8>) -> io::Result<usize> {
        self.gauge.part(|| self.end.write_tls(octets))
    }

    fn reader(&mut self) -> Reader<'_> {
        self.end.reader()
    }

    fn writer(&mut self) -> Writer<'_> {
        self.end.writer()
    }

    fn state(&self) -> &CommonState {
        self.end.state()
    }
}

fn streamed<F>(
    gauge: &mut Gauge,
    hostile: rustls::Connection,
    shake: impl FnOnce(DuplexStream) -> F,
) -> Met
where
    F: Future<Output = Result<SecureStream<DuplexStream>, Failure>>,
{
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().unwrap().block_on(async {
        let (near, far) = duplex(64 * 1024);
        let mut shake = pin!(shake(near));
        let ours = async {
            let done = poll_fn(|cx| gauge.part(|| shake.as_mut().poll(cx))).await;
            done.map(drop)
        };
        let (ours, heard) = tokio::join!(ours, talk(hostile, far));
        Met { ours, heard }
    })
}

/// Says whatever there is to say, until an alert comes or the other end has gone.
async fn talk(mut end: rustls::Connection, stream: DuplexStream) -> Option<Alert> {
    let (mut reader, mut writer) = split(stream);
    loop {
        let mut octets = Vec::new();
        while end.wants_write() {
            end.write_tls(&mut octets).unwrap();
        }
        // Who takes no more has left word why.
        drop(writer.write_all(&octets).await);
        let mut piece = vec![0; 16 * 1024];
        let count = reader.read(&mut piece).await.unwrap_or_default();
        let mut rest = &piece[..count];
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            end.read_tls(&mut rest).unwrap();
            match end.process_new_packets() {
                Ok(_state) => {}
                Err(rustls::Error::AlertReceived(alert)) => return Some(alert.into()),
                Err(other) => panic!("{other}"),
            }
        }
    }
}
