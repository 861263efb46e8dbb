//! What the demo proves, step by step, each by running the program's own commands.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::folder::Folder;
use super::process::{self, Process};
use super::progress::Progress;
use super::scene::{DESK, HostFiles, ORDERS, STATS, Scene};
use super::traffic::{ClientEvent, EchoEvent};
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
type Seen = Result<String, String>;

/// Octets sent where the connection is to be refused; a working one would echo them.
const KNOCK: u64 = 1024;
const MEBIBYTE: u64 = 1024 * 1024;

/// Everything a step needs.
struct Demo<'a> {
    folder: &'a Folder,
    progress: &'a Progress,
    scene: Scene,
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
    progress.step("stop the tunnels");
    for process in [running.desk, running.orders, running.stats, running.echo] {
        process.stop().await?;
    }
    Ok(proofs)
}

/// The processes of the fleet.
struct Running {
    echo: Process,
    stats: Process,
    orders: Process,
    desk: Process,
}

impl Demo<'_> {
    /// What the connections carry, and how.
    async fn prove_traffic(
        &self,
        running: &mut Running,
        octets: u64,
    ) -> Result<[Proof; 3], Failure> {
        let Running { echo, desk, .. } = running;
        let Scene {
            to_stats,
            to_orders,
            echo: open,
            ..
        } = self.scene;
        let simple = self.carried(to_stats, octets, echo, Some(desk));
        let simple = self
            .prove("simple TLS carries data both ways", simple)
            .await?;
        let mutual = self.carried(to_orders, octets, echo, Some(desk));
        let mutual = self
            .prove("mutual TLS carries data both ways", mutual)
            .await?;
        let plain = self.carried(open, MEBIBYTE, echo, None);
        let plain = self
            .prove("the unsecured connection is plain", plain)
            .await?;
        Ok([simple, mutual, plain])
    }

    /// Who is turned away, and why.
    async fn prove_refusals(&self, running: &mut Running) -> Result<[Proof; 3], Failure> {
        let bare = self.client_without_certificate(&mut running.orders);
        let bare = self
            .prove("a client without a certificate is refused", bare)
            .await?;
        let stranger = self.client_of_another_ca(&mut running.orders);
        let stranger = self
            .prove("a client of another CA is refused", stranger)
            .await?;
        let renamed = self.server_of_another_name();
        let renamed = self
            .prove("a server of another name is refused", renamed)
            .await?;
        Ok([bare, stranger, renamed])
    }

    /// Runs one step and times it.
    async fn prove(
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
    async fn command(&self, arguments: &[&str]) -> Result<Vec<String>, Failure> {
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

    /// Makes a CA, three host certificates under it, and the fleet file that names them.
    async fn issue(&self) -> Result<Seen, Failure> {
        let ca = self.folder.ca();
        let dir = ca.display().to_string();
        self.command(&["ca", "create", "--ca", &dir, "Demo CA"])
            .await?;
        let mut hosts = Vec::new();
        for host in [STATS, ORDERS, DESK] {
            hosts.push(self.issue_one(&dir, host).await?);
        }
        let trusted_ca = ca.join("ca_conf").join("ca_cert.pem");
        let text = self.scene.fleet(&hosts, &trusted_ca);
        std::fs::write(self.folder.fleet(), text)
            .context("cannot write the fleet file")
            .map_err(Failure::request)?;
        self.command(&["ca", "check", "--ca", &dir]).await?;
        Ok(Ok("`ca check` finds the CA directory consistent".to_owned()))
    }

    /// Issues one certificate and finds its files in what the command printed.
    async fn issue_one(&self, ca: &str, host: &'static str) -> Result<HostFiles, Failure> {
        let output = self
            .command(&["cert", "issue", "--ca", ca, host, "--json"])
            .await?;
        let issued: serde_json::Value = serde_json::from_str(&output.concat())
            .context("`cert issue --json` did not print JSON")
            .map_err(Failure::request)?;
        let path = |name: &str| {
            let path = issued.pointer(&format!("/issued/0/files/{name}"));
            path.and_then(|path| path.as_str())
                .map(PathBuf::from)
                .ok_or_else(|| {
                    Failure::request(message(format!("`cert issue --json` named no {name}")))
                })
        };
        Ok(HostFiles {
            host,
            certificate: path("certificate")?,
            key: path("key")?,
        })
    }

    async fn check(&self) -> Result<Seen, Failure> {
        let fleet = self.folder.fleet().display().to_string();
        let output = self.command(&["fleet", "check", &fleet]).await?;
        Ok(Ok(format!(
            "`fleet check`: {}",
            output.last().map_or("", String::as_str)
        )))
    }

    async fn start_echo(&self) -> Result<Process, Failure> {
        let listen = self.scene.echo.to_string();
        let mut echo = self.start("echo", &["demo-part", "echo", "--listen", &listen])?;
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
            .line(|line| is_event(line, "ready").then_some(()))
            .await?;
        Ok(tunnels)
    }

    fn start_shown(&self, name: &str, arguments: &[&str]) -> Result<Process, Failure> {
        let shown: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        self.progress.command(&shown);
        self.start(name, arguments)
    }

    fn start(&self, name: &str, arguments: &[&str]) -> Result<Process, Failure> {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        Process::start(name, &arguments, &self.folder.log(name))
    }

    /// Sends data to the echo service through `address`, both ways, and compares hashes at both ends.
    async fn carried(
        &self,
        address: SocketAddr,
        octets: u64,
        echo: &mut Process,
        tunnel: Option<&mut Process>,
    ) -> Result<Seen, Failure> {
        let end = self.transfer(address, octets).await?;
        let ClientEvent::End {
            octets: back,
            sent,
            received,
        } = end
        else {
            return Ok(Err(format!("the connection broke: {end:?}")));
        };
        let far = echo
            .line(|line| {
                serde_json::from_str::<EchoEvent>(line)
                    .ok()
                    .filter(|far| far.received == sent)
            })
            .await?;
        if back != octets || far.octets != octets || sent != received {
            return Ok(Err(format!(
                "{octets} octets were sent and {back} came back, or others"
            )));
        }
        let how = match tunnel {
            None => "no TLS between".to_owned(),
            Some(tunnel) => tunnel.line(|line| closed_connection(line, octets)).await?,
        };
        Ok(Ok(format!(
            "{} MiB each way, SHA-256 equal; {how}",
            octets / MEBIBYTE
        )))
    }

    /// Runs the client program to its end.
    async fn transfer(&self, address: SocketAddr, octets: u64) -> Result<ClientEvent, Failure> {
        let bar = self.progress.bar(octets);
        let (connect, count) = (address.to_string(), octets.to_string());
        let mut client = self.start(
            "client",
            &[
                "demo-part",
                "client",
                "--connect",
                &connect,
                "--octets",
                &count,
            ],
        )?;
        let end = client
            .line(|line| match serde_json::from_str(line) {
                Ok(ClientEvent::Progress { octets }) => {
                    bar.set_position(octets);
                    None
                }
                Ok(end @ (ClientEvent::End { .. } | ClientEvent::Broken { .. })) => Some(end),
                Err(_) => None,
            })
            .await;
        bar.finish_and_clear();
        client.end().await?;
        end
    }

    async fn client_without_certificate(&self, server: &mut Process) -> Result<Seen, Failure> {
        let ca = self.trusted_ca();
        let (knocked, _) = self
            .knock(self.scene.orders, ORDERS, &["--trusted-ca", &ca])
            .await?;
        self.refused_by(server, knocked, "certificate").await
    }

    async fn client_of_another_ca(&self, server: &mut Process) -> Result<Seen, Failure> {
        let other = self.folder.other_ca().display().to_string();
        self.command(&["ca", "create", "--ca", &other, "Another CA"])
            .await?;
        let files = self.issue_one(&other, DESK).await?;
        let (certificate, key) = (
            files.certificate.display().to_string(),
            files.key.display().to_string(),
        );
        let ca = self.trusted_ca();
        let options = [
            "--trusted-ca",
            &ca,
            "--certificate",
            &certificate,
            "--certificate-key",
            &key,
        ];
        let (knocked, _) = self.knock(self.scene.orders, ORDERS, &options).await?;
        self.refused_by(server, knocked, "Another CA").await
    }

    async fn server_of_another_name(&self) -> Result<Seen, Failure> {
        let ca = self.trusted_ca();
        let (knocked, mut client) = self
            .knock(
                self.scene.stats,
                "elsewhere.demo.example",
                &["--trusted-ca", &ca],
            )
            .await?;
        self.refused_by(&mut client, knocked, "elsewhere.demo.example")
            .await
    }

    fn trusted_ca(&self) -> String {
        self.folder
            .ca()
            .join("ca_conf")
            .join("ca_cert.pem")
            .display()
            .to_string()
    }

    /// Knocks at a secured port through a tunnel made by hand. Gives what the client program saw.
    async fn knock(
        &self,
        to: SocketAddr,
        name: &str,
        options: &[&str],
    ) -> Result<(ClientEvent, Process), Failure> {
        let to = to.to_string();
        let mut arguments = vec!["tunnel", "client", "--listen", "127.0.0.1:0", "--to", &to];
        arguments.extend(["--name", name, "--log", "json", "--stop-with-stdin"]);
        arguments.extend(options);
        let mut tunnel = self.start_shown("knock", &arguments)?;
        let listen = tunnel.line(listening_address).await?;
        let seen = self.transfer(listen, KNOCK).await?;
        Ok((seen, tunnel))
    }

    /// Whether nothing came back, and the judging end says why in its log, naming `culprit`.
    async fn refused_by(
        &self,
        judge: &mut Process,
        knocked: ClientEvent,
        culprit: &str,
    ) -> Result<Seen, Failure> {
        let reason = judge
            .line(|line| refusal(line).filter(|text| text.contains(culprit)))
            .await?;
        let back = match knocked {
            ClientEvent::Progress { octets }
            | ClientEvent::End { octets, .. }
            | ClientEvent::Broken { octets, .. } => octets,
        };
        Ok(if back == 0 {
            Ok(reason)
        } else {
            Err(format!("{back} octets came back"))
        })
    }
}

/// A log line of a tunnel, if it is one.
fn log_line(line: &str) -> Option<serde_json::Value> {
    serde_json::from_str(line).ok()
}

fn is_event(line: &str, event: &str) -> bool {
    log_line(line).is_some_and(|log| log.get("event").is_some_and(|found| found == event))
}

fn text_field(log: &serde_json::Value, field: &str) -> Option<String> {
    log.get(field)
        .and_then(|value| value.as_str())
        .map(str::to_owned)
}

/// The address that a tunnel says it listens on.
fn listening_address(line: &str) -> Option<SocketAddr> {
    let log = log_line(line).filter(|_| is_event(line, "listening"))?;
    text_field(&log, "listen")?.parse().ok()
}

/// How the connection that carried so many octets was secured.
fn closed_connection(line: &str, octets: u64) -> Option<String> {
    let log = log_line(line).filter(|_| is_event(line, "closed"))?;
    let carried = log.get("octets_in").and_then(serde_json::Value::as_u64)?;
    (carried == octets).then(|| {
        Some(format!(
            "{}, {}",
            text_field(&log, "version")?,
            text_field(&log, "suite")?
        ))
    })?
}

/// The step and the reason of a refused handshake.
fn refusal(line: &str) -> Option<String> {
    let log = log_line(line).filter(|_| is_event(line, "refused"))?;
    Some(format!(
        "{}: {}",
        text_field(&log, "step")?,
        text_field(&log, "reason")?
    ))
}
