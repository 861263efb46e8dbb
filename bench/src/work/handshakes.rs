//! Full handshakes of mutual TLS in one process, and what endpoints take that name one list.
//!
//! Both ends have the same list and look each other up in it. Sessions are never resumed: a client stops before it has
//! read its tickets.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use rustls::HandshakeKind;
use trustpack_settings::place::Place;
use trustpack_tls::client::ClientContext;
use trustpack_tls::connection::Connection;
use trustpack_tls::keeper::Keeper;
use trustpack_tls::keeper::source::Source;
use trustpack_tls::server::ServerContext;
use trustpack_x509::time::Timestamp;

use crate::memory::Memory;

/// Handshakes whose time is taken.
const HANDSHAKES: u32 = 4000;
/// Handshakes before them.
const WARMING_UP: u32 = 200;
/// The host of the fleet.
pub(crate) const HOST: &str = "bench.example.com";

/// Processor time of a handshake, of both ends together.
pub(super) fn milliseconds_each(fleet: &Path) -> anyhow::Result<f64> {
    let mut keeper = keeper(fleet)?;
    let now = now()?;
    let server = keeper.server(&place("Server:p1")?, now)?;
    let client = keeper.client(&place("Client/Server:p1")?, now)?;
    for _ in 0..WARMING_UP {
        shake(&server, &client)?;
    }
    let before = processor_nanoseconds()?;
    for _ in 0..HANDSHAKES {
        shake(&server, &client)?;
    }
    let spent = processor_nanoseconds()? - before;
    Ok(spent / 1e6 / f64::from(HANDSHAKES))
}

/// Memory of so many endpoints, which are kept current.
pub(super) fn megabytes(fleet: &Path, count: u32) -> anyhow::Result<f64> {
    let before = Memory::now()?;
    let mut keeper = keeper(fleet)?;
    let mut servers = Vec::new();
    for number in 1..=count {
        servers.push(keeper.server(&place(&format!("Server:p{number}"))?, now()?)?);
    }
    let after = Memory::now()?;
    anyhow::ensure!(servers.iter().all(|server| server.generation() == 1));
    Ok((after.resident - before.resident) / 1000.0)
}

fn keeper(fleet: &Path) -> anyhow::Result<Keeper> {
    let source = Source::Fleet {
        path: fleet.to_owned(),
        host: HOST.parse()?,
    };
    Ok(Keeper::new(source, Arc::new(|_name| None)))
}

fn place(text: &str) -> anyhow::Result<Place> {
    text.parse()
        .map_err(|error| anyhow::anyhow!("{text}: {error}"))
}

fn shake(server: &ServerContext, client: &ClientContext) -> anyhow::Result<()> {
    let (mut server, mut client) = (server.connection()?, client.connection()?);
    let mut octets = Vec::new();
    while client.is_handshaking() || server.is_handshaking() {
        hand_over(&mut client, &mut server, &mut octets)?;
        if client.is_handshaking() {
            hand_over(&mut server, &mut client, &mut octets)?;
        }
    }
    let kind = server.state().handshake_kind();
    anyhow::ensure!(kind == Some(HandshakeKind::Full), "{kind:?}");
    Ok(())
}

/// Everything that one end has to say.
fn hand_over(
    from: &mut Connection,
    to: &mut Connection,
    octets: &mut Vec<u8>,
) -> anyhow::Result<()> {
    octets.clear();
    while from.wants_write() {
        from.write_tls(octets)?;
    }
    let mut rest = octets.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest)?;
        to.process()?;
    }
    Ok(())
}

/// What this thread has had of a processor.
///
/// Source: Linux, `Documentation/scheduler/sched-stats.rst`: the first number of schedstat.
fn processor_nanoseconds() -> anyhow::Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let spent = text.split_whitespace().next();
    Ok(spent.context("schedstat is empty")?.parse()?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command line: it reads the clock"
)]
fn now() -> anyhow::Result<Timestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(Timestamp::from_unix(since.as_secs()))
}
