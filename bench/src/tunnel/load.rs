//! The client of the tunnels, the same for all: what it costs is not counted.
//!
//! It takes every server; whether tunnels judge well is for the tests.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, StreamOwned};
use trustpack_tls::danger::TakesAnything;

use super::backend::{ECHO, SEND, SWALLOW};
use crate::authority::Issued;

/// Threads that shake hands at the same time.
const THREADS: u32 = 4;
/// Octets that are written at once.
const PIECE: usize = 64 * 1024;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) const X25519: &[&dyn SupportedKxGroup] = &[kx_group::X25519];
/// With X25519 for those that do not have the first.
pub(super) const HYBRID: &[&dyn SupportedKxGroup] = &[kx_group::X25519MLKEM768, kx_group::X25519];

pub(super) type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A client without sessions, which shows this certificate if it is asked.
pub(super) fn client(
    groups: &[&'static dyn SupportedKxGroup],
    own: Option<&Issued>,
) -> anyhow::Result<ClientConfig> {
    let provider = CryptoProvider {
        kx_groups: groups.to_vec(),
        ..aws_lc_rs::default_provider()
    };
    let builder = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TakesAnything::default()));
    let mut config = match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let certificate = CertificateDer::from_pem_file(&own.certificate)?;
            let key = PrivateKeyDer::from_pem_file(&own.key)?;
            builder.with_client_auth_cert(vec![certificate], key)?
        }
    };
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// A connection on which one octet went there and back, so that both sides know that it stands.
pub(super) fn open(config: &Arc<ClientConfig>, to: SocketAddr) -> anyhow::Result<Stream> {
    let mut stream = begun(config, to)?;
    stream.write_all(&[ECHO])?;
    ping(&mut stream)?;
    Ok(stream)
}

/// One octet there and back.
pub(super) fn ping(stream: &mut Stream) -> anyhow::Result<()> {
    stream.write_all(b"x")?;
    stream.flush()?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    anyhow::ensure!(&answer == b"x");
    Ok(())
}

fn begun(config: &Arc<ClientConfig>, to: SocketAddr) -> anyhow::Result<Stream> {
    let socket = TcpStream::connect(to).with_context(|| format!("cannot connect to {to}"))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let name = ServerName::try_from("bench.example.com")?;
    let connection = ClientConnection::new(Arc::clone(config), name)?;
    Ok(StreamOwned::new(connection, socket))
}

/// Opens and closes so many connections, some at the same time, each with a handshake of this kind.
pub(super) fn shake(
    configs: &[Arc<ClientConfig>],
    to: SocketAddr,
    count: u32,
    kind: HandshakeKind,
) -> anyhow::Result<()> {
    let each = count / u32::try_from(configs.len())?;
    thread::scope(|scope| {
        let threads: Vec<_> = configs
            .iter()
            .map(|config| scope.spawn(move || (0..each).try_for_each(|_| one(config, to, kind))))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

fn one(config: &Arc<ClientConfig>, to: SocketAddr, kind: HandshakeKind) -> anyhow::Result<()> {
    let mut stream = open(config, to)?;
    let found = stream.conn.handshake_kind();
    anyhow::ensure!(found == Some(kind), "the handshake was {found:?}");
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(())
}

/// One client for each thread.
pub(super) fn threads(config: &ClientConfig) -> Vec<Arc<ClientConfig>> {
    (0..THREADS).map(|_| Arc::new(config.clone())).collect()
}

/// The same, each with a session to resume.
pub(super) fn resuming(
    config: &ClientConfig,
    to: SocketAddr,
) -> anyhow::Result<Vec<Arc<ClientConfig>>> {
    let with_sessions = |_| {
        let mut config = config.clone();
        config.resumption = Resumption::in_memory_sessions(32);
        let config = Arc::new(config);
        one(&config, to, HandshakeKind::Full)?;
        Ok(config)
    };
    (0..THREADS).map(with_sessions).collect()
}

/// Sends so many octets, and waits until the other side has them.
pub(super) fn upload(
    config: &Arc<ClientConfig>,
    to: SocketAddr,
    octets: u64,
) -> anyhow::Result<()> {
    let mut stream = begun(config, to)?;
    stream.write_all(&[SWALLOW])?;
    stream.write_all(&octets.to_be_bytes())?;
    let piece = vec![0x5a; PIECE];
    let mut left = usize::try_from(octets)?;
    while left > 0 {
        let count = left.min(PIECE);
        stream.write_all(piece.get(..count).unwrap_or_default())?;
        left -= count;
    }
    stream.flush()?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    Ok(())
}

/// Takes so many octets.
pub(super) fn download(
    config: &Arc<ClientConfig>,
    to: SocketAddr,
    octets: u64,
) -> anyhow::Result<()> {
    let mut stream = begun(config, to)?;
    stream.write_all(&[SEND])?;
    stream.write_all(&octets.to_be_bytes())?;
    stream.flush()?;
    let mut piece = vec![0; PIECE];
    let mut left = usize::try_from(octets)?;
    while left > 0 {
        let count = stream.read(&mut piece)?;
        anyhow::ensure!(count > 0, "the other side ended too early");
        left = left.saturating_sub(count);
    }
    Ok(())
}

/// The 99th percentile, in milliseconds, of so many octets there and back on an open connection, while others shake
/// hands without a pause.
pub(super) fn echo_under_load(
    config: &ClientConfig,
    to: SocketAddr,
    pings: usize,
) -> anyhow::Result<f64> {
    /// Between one octet and the next.
    const PAUSE: Duration = Duration::from_millis(1);
    let config = Arc::new(config.clone());
    let mut stream = open(&config, to)?;
    let over = AtomicBool::new(false);
    let times = thread::scope(|scope| {
        for _ in 0..THREADS / 2 {
            scope.spawn(|| {
                let mut shaken = Ok(());
                while shaken.is_ok() && !over.load(Ordering::Relaxed) {
                    shaken = one(&config, to, HandshakeKind::Full);
                }
            });
        }
        let times: anyhow::Result<Vec<f64>> = (0..pings)
            .map(|_| {
                thread::sleep(PAUSE);
                let begun = Instant::now();
                ping(&mut stream)?;
                Ok(begun.elapsed().as_secs_f64() * 1000.0)
            })
            .collect();
        over.store(true, Ordering::Relaxed);
        times
    });
    let mut times = times?;
    times.sort_by(f64::total_cmp);
    let at = times.len() * 99 / 100;
    times.get(at).copied().context("nothing was measured")
}
