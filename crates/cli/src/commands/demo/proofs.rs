//! What the demo proves, step by step, each by running the program's own commands.

use std::future::Future;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::process::{self, Process};
use super::progress::Progress;
use super::scene::{DESK, HostFiles, ORDERS, STATS, Scene};
use super::tunnel_log::is_message;
use crate::failure::{Failure, message};

/// One thing that was to be shown.
pub(super) struct Proof {
    /// What was to be shown.
    pub(super) what: &'static str,
    /// What was seen; the first word of nothing that did not happen.
    pub(super) seen: String,
    /// How long it took.
    pub(super) took: Duration,
    holds: bool,
}

impl Proof {
    /// Whether it was as it should be.
    pub(super) fn holds(&self) -> bool {
        self.holds
    }
}

/// What a step saw, or why what it saw is not as it should be.
pub(super) type Seen = Result<String, String>;

/// Octets in a mebibyte.
pub(super) const MEBIBYTE: u64 = 1024 * 1024;

/// Everything a step needs.
pub(super) struct Demo<'a> {
    pub(super) folder: &'a Folder,
    pub(super) progress: &'a Progress,
    pub(super) scene: Scene,
    /// What each host has now.
    pub(super) hosts: Mutex<Vec<HostFiles>>,
}

/// Runs every step in order.
///
/// # Errors
///
/// When a step cannot be carried out, so that nothing can be said.
pub(super) async fn prove_all(
    folder: &Folder,
    mebibytes: u64,
    progress: &Progress,
) -> Result<Vec<Proof>, Failure> {
    let demo = Demo {
        folder,
        progress,
        scene: Scene::new()?,
        hosts: Mutex::default(),
    };
    let mut proofs = vec![
        demo.prove("a CA and certificates for 3 hosts", demo.issue())
            .await?,
        demo.prove("the fleet file has no error", demo.check())
            .await?,
    ];
    let mut running = Running {
        echo: demo.start_echo().await?,
        stats: demo.start_tunnels(STATS).await?,
        orders: demo.start_tunnels(ORDERS).await?,
        desk: demo.start_tunnels(DESK).await?,
    };
    proofs.extend(
        demo.prove_traffic(&mut running, mebibytes * MEBIBYTE)
            .await?,
    );
    proofs.extend(demo.prove_refusals(&mut running).await?);
    proofs.extend(demo.prove_changes(&mut running).await?);
    // Last, so that it is the fleet as it is by now that is found to be what its file says.
    let found = demo.prove("the probe finds what the settings say", demo.probe());
    proofs.push(found.await?);
    progress.step("stop the tunnels");
    for process in [running.desk, running.orders, running.stats, running.echo] {
        process.stop().await?;
    }
    Ok(proofs)
}

/// The processes of the fleet.
pub(super) struct Running {
    pub(super) echo: Process,
    pub(super) stats: Process,
    pub(super) orders: Process,
    pub(super) desk: Process,
}

impl Demo<'_> {
    /// Runs one step and times it.
    pub(super) async fn prove(
        &self,
        what: &'static str,
        step: impl Future<Output = Result<Seen, Failure>>,
    ) -> Result<Proof, Failure> {
        self.progress.step(what);
        let started = Instant::now();
        let seen = step.await?;
        let took = started.elapsed();
        Ok(match seen {
            Ok(seen) => Proof {
                what,
                seen,
                took,
                holds: true,
            },
            Err(seen) => Proof {
                what,
                seen,
                took,
                holds: false,
            },
        })
    }

    /// Runs a command that must succeed, and gives what it wrote.
    pub(super) async fn command(&self, arguments: &[&str]) -> Result<Vec<String>, Failure> {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        self.progress.command(&arguments);
        let finished = process::run(&arguments).await?;
        if finished.succeeded {
            return Ok(finished.output);
        }
        let text = format!("`trustpack {}` failed", arguments.join(" "));
        Err(Failure::request(
            message(finished.output.join("\n")).context(text),
        ))
    }

    async fn start_echo(&self) -> Result<Process, Failure> {
        let listen = self.scene.echo.to_string();
        let mut echo = self.start(
            "echo",
            &[
                "demo-part",
                "echo",
                "--listen",
                &listen,
                "--stop-with-stdin",
            ],
        )?;
        echo.line(|line| (line == "ready").then_some(())).await?;
        Ok(echo)
    }

    /// Starts the tunnels of a host and waits until they listen.
    async fn start_tunnels(&self, host: &str) -> Result<Process, Failure> {
        let fleet = self.folder.fleet().display().to_string();
        let mut tunnels = self.start_shown(
            host,
            &[
                "tunnel",
                "run",
                "--fleet",
                &fleet,
                "--host",
                host,
                "--log",
                "json",
                "--stop-with-stdin",
            ],
        )?;
        tunnels
            .line(|line| is_message(line, "ready").then_some(()))
            .await?;
        Ok(tunnels)
    }

    pub(super) fn start_shown(&self, name: &str, arguments: &[&str]) -> Result<Process, Failure> {
        let shown: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        self.progress.command(&shown);
        self.start(name, arguments)
    }

    pub(super) fn start(&self, name: &str, arguments: &[&str]) -> Result<Process, Failure> {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        Process::start(name, &arguments, &self.folder.log(name))
    }
}
