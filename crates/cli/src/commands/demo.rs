//! `trustpack demo`: a small fleet secured end to end, on one machine, with real files, processes
//! and traffic.
//!
//! It only runs the program's own commands and looks at what comes of them, so that what it proves
//! is true of them. Invariant: no process that it started outlives it.

mod carrying;
mod changing;
mod folder;
mod issuing;
mod ports;
mod probing;
mod process;
mod progress;
mod proofs;
mod refusing;
mod report;
mod scene;
pub(super) mod traffic;
mod tunnel_log;

use std::path::PathBuf;

use crate::failure::{Answer, Failure, message};
use crate::session::{HangupSignals, Session, StopSignals};

/// Secure a small fleet on this machine, send data through it, and show what is refused
///
/// Makes a certificate authority, certificates for three hosts and a fleet file with a simple TLS, a
/// mutual TLS and an unsecured connection; checks the fleet; runs the tunnels of all hosts with an
/// echo service and its client behind them, each a process of its own on a free port; sends data both
/// ways and compares hashes; shows who is turned away; replaces a certificate and revokes another while data flows; and at last
/// probes the fleet. The files stay for you to try.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack demo
  trustpack demo --dir /tmp/look --mebibytes 8")]
pub(crate) struct Demo {
    /// Folder to work in; one that an earlier demo made is replaced, any other must be empty
    #[arg(long, value_name = "DIR", default_value = "trustpack-demo")]
    dir: PathBuf,

    /// Mebibytes to send through each secured connection, and back
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    mebibytes: u64,
}

impl Demo {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let folder = folder::prepare(&self.dir)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Failure::request)?;
        let progress = progress::Progress::new();
        let proven = runtime.block_on(async {
            let mut signals = StopSignals::listen();
            let mut hangups = HangupSignals::listen();
            tokio::select! {
                proven = proofs::prove_all(&folder, self.mebibytes, &progress) => proven,
                signal = signals.received() => Err(stopped(signal)),
                () = hangups.received() => Err(stopped("SIGHUP")),
            }
        });
        // Dropping the future above has killed every process that it started and that still ran.
        drop(runtime);
        process::wait_for_all();
        progress.clear();
        let proven = proven?;
        report::write(&mut session.out, &proven, &folder)?;
        Ok(if proven.iter().all(proofs::Proof::holds) {
            Answer::Done
        } else {
            Answer::No
        })
    }
}

fn stopped(signal: &str) -> Failure {
    Failure::request(message(format!(
        "stopped by {signal}; every process of the demo is gone"
    )))
}
