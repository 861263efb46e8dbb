//! The pieces of work, and what each is to take of the best of the others.

use std::str::FromStr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::HandshakeKind;
use serde::Serialize;

use super::accounts;
use super::load::{self, HYBRID, X25519};
use super::peers::{Clients, Program, Running};
use crate::authority::Issued;

/// A piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Work {
    Rsa,
    RsaMutual,
    P256,
    P256Mutual,
    Hybrid,
    Resumed,
    Upload,
    Download,
    Idle,
    Echo,
    Crowd,
}

/// The kind of the keys of certificates.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Rsa,
    P256,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// Ours divided by the best of the others.
    OfBest(f64),
    /// Ours.
    AtMost(f64),
}

/// Handshakes of one measurement.
const HANDSHAKES: u32 = 1000;
/// Octets of one transfer.
const OCTETS: u64 = 256 << 20;
/// Connections that wait.
const IDLE: u32 = 1000;
/// Octets there and back.
const PINGS: usize = 1000;
/// Connections that are open while others come: as many as 20,000 file descriptors allow.
const CROWD: u32 = 9000;
/// The same, of a few.
const FEW: u32 = 100;
/// Until a program has given back what it gives back.
const REST: Duration = Duration::from_secs(2);

impl Work {
    pub(super) const ALL: [Self; 11] = [
        Self::Rsa,
        Self::RsaMutual,
        Self::P256,
        Self::P256Mutual,
        Self::Hybrid,
        Self::Resumed,
        Self::Upload,
        Self::Download,
        Self::Idle,
        Self::Echo,
        Self::Crowd,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::RsaMutual => "rsa-mutual",
            Self::P256 => "p256",
            Self::P256Mutual => "p256-mutual",
            Self::Hybrid => "hybrid",
            Self::Resumed => "resumed",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Idle => "idle",
            Self::Echo => "echo",
            Self::Crowd => "crowd",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Rsa => "full handshake, RSA-2048, X25519: processor time, ms",
            Self::RsaMutual => "the same with a client certificate: processor time, ms",
            Self::P256 => "full handshake, P-256, X25519: processor time, ms",
            Self::P256Mutual => "the same with a client certificate: processor time, ms",
            Self::Hybrid => {
                "full handshake, P-256, X25519MLKEM768 (others: X25519): processor time, ms"
            }
            Self::Resumed => "resumed handshake: processor time, ms",
            Self::Upload => "1 GiB from the client: processor time, s",
            Self::Download => "1 GiB to the client: processor time, s",
            Self::Idle => "memory of an idle connection, KiB",
            Self::Echo => "one octet there and back during RSA handshakes, 99th percentile, ms",
            Self::Crowd => {
                "a handshake with 9,000 connections open, divided by the same with 100 open"
            }
        }
    }

    /// The goals of the whole, as ratios to the best of four.
    pub(super) fn goal(self) -> Goal {
        match self {
            Self::Rsa => Goal::OfBest(0.75),
            Self::RsaMutual => Goal::OfBest(0.5),
            Self::P256 => Goal::OfBest(0.58),
            Self::P256Mutual => Goal::OfBest(0.4),
            Self::Hybrid | Self::Resumed | Self::Idle => Goal::OfBest(0.65),
            Self::Upload | Self::Download => Goal::OfBest(0.6),
            Self::Echo => Goal::AtMost(2.0),
            // What differs from run to run.
            Self::Crowd => Goal::AtMost(1.1),
        }
    }

    pub(super) fn key(self) -> Key {
        match self {
            Self::Rsa | Self::RsaMutual | Self::Echo => Key::Rsa,
            Self::P256
            | Self::P256Mutual
            | Self::Hybrid
            | Self::Resumed
            | Self::Upload
            | Self::Download
            | Self::Idle
            | Self::Crowd => Key::P256,
        }
    }

    pub(super) fn clients(self) -> Clients {
        match self {
            Self::RsaMutual | Self::P256Mutual => Clients::WithCertificate,
            Self::Rsa
            | Self::P256
            | Self::Hybrid
            | Self::Resumed
            | Self::Upload
            | Self::Download
            | Self::Idle
            | Self::Echo
            | Self::Crowd => Clients::Anybody,
        }
    }

    /// Does it once: the figure of its title; `None` where a program is not asked.
    pub(super) fn measure(
        self,
        program: Program,
        running: &Running,
        own: &Issued,
    ) -> anyhow::Result<Option<f64>> {
        let groups = if self == Self::Hybrid { HYBRID } else { X25519 };
        let own = (self.clients() == Clients::WithCertificate).then_some(own);
        let config = load::client(groups, own)?;
        let one = Arc::new(config.clone());
        let to = running.address;
        let gibibytes = 2.0_f64.powi(30) / f64::from(u32::try_from(OCTETS)?);
        let figure = match self {
            Self::Rsa | Self::RsaMutual | Self::P256 | Self::P256Mutual | Self::Hybrid => {
                let configs = load::threads(&config);
                milliseconds(running, || {
                    load::shake(&configs, to, HANDSHAKES, HandshakeKind::Full)
                })?
            }
            Self::Resumed => {
                let configs = load::resuming(&config, to)?;
                milliseconds(running, || {
                    load::shake(&configs, to, HANDSHAKES, HandshakeKind::Resumed)
                })?
            }
            Self::Upload => seconds(running, || load::upload(&one, to, OCTETS))? * gibibytes,
            Self::Download => seconds(running, || load::download(&one, to, OCTETS))? * gibibytes,
            Self::Idle => idle(running, &one)?,
            Self::Echo => load::echo_under_load(&config, to, PINGS)?,
            // A thread for each of nine thousand is not what stunnel is for, and only ours has a goal.
            Self::Crowd if program != Program::Trustpack => return Ok(None),
            Self::Crowd => crowded(running, &config, CROWD)? / crowded(running, &config, FEW)?,
        };
        Ok(Some(figure))
    }
}

impl FromStr for Work {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|work| work.name() == text);
        found.ok_or_else(|| format!("there is no work {text:?}"))
    }
}

/// Seconds of processor time that the program takes for this.
fn seconds(running: &Running, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let before = accounts::processor_seconds(running.process())?;
    work()?;
    Ok(accounts::processor_seconds(running.process())? - before)
}

/// Of one of the handshakes that this makes.
fn milliseconds(
    running: &Running,
    work: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<f64> {
    Ok(seconds(running, work)? * 1000.0 / f64::from(HANDSHAKES))
}

fn idle(running: &Running, config: &Arc<rustls::ClientConfig>) -> anyhow::Result<f64> {
    let open: Vec<_> = (0..IDLE)
        .map(|_| load::open(config, running.address))
        .collect::<Result<_, _>>()?;
    thread::sleep(REST);
    let after = accounts::kibibytes(running.process())?;
    drop(open);
    thread::sleep(REST);
    // What a program keeps of an earlier round is its memory of connections all the same.
    Ok((after - running.at_rest_kibibytes) / f64::from(IDLE))
}

/// Milliseconds of processor time of a handshake while so many connections are open.
fn crowded(running: &Running, config: &rustls::ClientConfig, open: u32) -> anyhow::Result<f64> {
    let one = Arc::new(config.clone());
    let open: Vec<_> = (0..open)
        .map(|_| load::open(&one, running.address))
        .collect::<Result<_, _>>()?;
    thread::sleep(REST);
    let configs = load::threads(config);
    let figure = milliseconds(running, || {
        load::shake(&configs, running.address, HANDSHAKES, HandshakeKind::Full)
    })?;
    drop(open);
    thread::sleep(REST);
    Ok(figure)
}
