//! What this program does besides contests: a ledger for whoever wants one, and work of the contests that needs a
//! process of its own, so that its memory and its processor time can be told from those of the harness.
//!
//! Invariant: standard output is figures, numbers with blanks between them, in the order of the contest.

use std::io::Write as _;
use std::path::PathBuf;

use crate::ledger_file::Ledger;

pub(crate) mod handshakes;
mod index;
mod keys;
mod signatures;

/// A piece of work.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Work {
    /// Write a large ledger, always the same for the same numbers
    Ledger {
        /// The file; it must not be there
        file: PathBuf,
        #[command(flatten)]
        ledger: Ledger,
    },
    /// Compare tunnels with HAProxy, nginx, hitch and stunnel
    Tunnel(crate::tunnel::Arguments),
    /// Make RSA-2048 keys on all cores; for the case issue-rsa
    #[command(hide = true)]
    Keys {
        /// How many
        count: usize,
    },
    /// Load and verify a revocation list, and look serials up in it; for the case crl-index
    #[command(hide = true)]
    Index {
        /// The list, DER
        list: PathBuf,
        /// The certificate of the authority, PEM
        certificate: PathBuf,
    },
    /// Shake hands with itself under a fleet file of the case handshake-crl
    #[command(hide = true)]
    Handshakes {
        /// The fleet file
        fleet: PathBuf,
    },
    /// Sign with an RSA key; for the case rsa-signature
    #[command(hide = true)]
    Signatures,
    /// Start the first endpoints of a fleet file of the case handshake-crl
    #[command(hide = true)]
    Endpoints {
        /// The fleet file
        fleet: PathBuf,
        /// How many
        count: u32,
    },
}

impl Work {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        match self {
            Self::Tunnel(arguments) => arguments.run(),
            Self::Ledger { file, ledger } => ledger.write(file),
            Self::Keys { count } => keys::make(*count),
            Self::Index { list, certificate } => say(&index::measure(list, certificate)?),
            Self::Handshakes { fleet } => say(&[handshakes::milliseconds_each(fleet)?]),
            Self::Signatures => say(&[signatures::milliseconds_each()?]),
            Self::Endpoints { fleet, count } => say(&[handshakes::megabytes(fleet, *count)?]),
        }
    }
}

fn say(figures: &[f64]) -> anyhow::Result<()> {
    let figures: Vec<String> = figures.iter().map(ToString::to_string).collect();
    writeln!(std::io::stdout(), "{}", figures.join(" "))?;
    Ok(())
}

/// The figures that it has said.
pub(crate) fn figures(said: &str) -> anyhow::Result<Vec<f64>> {
    let figures = said.split_whitespace().map(str::parse);
    Ok(figures.collect::<Result<_, _>>()?)
}
