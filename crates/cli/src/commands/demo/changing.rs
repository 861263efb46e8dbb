//! The proofs that a certificate is replaced and a client revoked while data flows.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::process::Process;
use super::proofs::{Demo, Proof, Running, Seen};
use super::scene::{DESK, HostFiles, ORDERS};
use super::traffic::ClientEvent;
use super::tunnel_log::{ended_because, is_message, presents, refusal};
use crate::failure::{Failure, message};

/// Octets that go there and back at a time.
const PIECE: usize = 4096;

/// Between two of them: data is to flow, and the processors to be left alone.
const PAUSE: Duration = Duration::from_millis(1);

/// What tunnels say when they have read a new list.
const TRUST_CHANGED: &str = "what it trusts has changed; earlier sessions are not resumed";

/// Octets of a connection that only tries whether it comes through.
const TRY: u64 = 2048;

/// How long a connection may take to go on: only reached when something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

impl Demo<'_> {
    /// What happens to connections when certificates change.
    pub(super) async fn prove_changes(&self, running: &mut Running) -> Result<[Proof; 2], Failure> {
        let replaced = self.replaced(running);
        let replaced = self
            .prove(
                "a certificate is replaced under traffic without a break",
                replaced,
            )
            .await?;
        let revoked = self.revoked(running);
        let revoked = self.prove("a client is revoked and cut", revoked).await?;
        Ok([replaced, revoked])
    }

    /// A new certificate of a server, while a connection to it is open.
    async fn replaced(&self, running: &mut Running) -> Result<Seen, Failure> {
        let mut talk = Talk::begin(self.scene.to_orders);
        talk.goes_on().await?;
        let serial = self.renew(ORDERS, &mut running.orders).await?;
        talk.goes_on().await?;
        if let Err(seen) = self.comes_through().await? {
            return Ok(Err(seen));
        }
        Ok(match talk.end().await {
            Ok(octets) => Ok(format!(
                "new connections see {serial}; the one from before went on, {octets} octets each way"
            )),
            Err(error) => Err(format!("the connection from before broke: {error}")),
        })
    }

    /// A client whose certificate is revoked while its connection is open, and which gets another one.
    async fn revoked(&self, running: &mut Running) -> Result<Seen, Failure> {
        let mut talk = Talk::begin(self.scene.to_orders);
        talk.goes_on().await?;
        let dir = self.folder.ca().display().to_string();
        self.command(&["cert", "revoke", "--ca", &dir, DESK, "--crl"])
            .await?;
        talk.breaks().await?;
        let orders = &mut running.orders;
        let reason = orders.line(|line| ended_because(line, "revoked")).await?;
        if self.comes_through().await?.is_ok() {
            return Ok(Err("it was let in again".to_owned()));
        }
        orders
            .line(|line| refusal(line).filter(|text| text.contains("revoked")))
            .await?;
        // It has the new list too; both changes at once would be told as the weightier one.
        let desk = &mut running.desk;
        desk.line(|line| is_message(line, TRUST_CHANGED).then_some(()))
            .await?;
        self.renew(DESK, desk).await?;
        let back = self.comes_through().await?;
        Ok(back.map(|_| format!("cut: {reason}; let in with a new certificate")))
    }

    /// Gives a host a new certificate, and waits until its tunnels present it. Gives its serial number.
    async fn renew(&self, host: &'static str, tunnels: &mut Process) -> Result<String, Failure> {
        let dir = self.folder.ca().display().to_string();
        let files = self.issue_one(&dir, host).await?;
        let serial = files.serial.clone();
        self.use_files(files)?;
        tunnels.line(|line| presents(line, &serial)).await?;
        Ok(serial)
    }

    /// Writes the fleet file anew, with other files of one host.
    fn use_files(&self, files: HostFiles) -> Result<(), Failure> {
        let mut hosts = self
            .hosts
            .lock()
            .map_err(|_| Failure::request(message("a step before this one broke off")))?;
        hosts.retain(|other| other.host != files.host);
        hosts.push(files);
        self.write_fleet(&hosts)
    }

    /// In one step: the tunnels watch it.
    pub(super) fn write_fleet(&self, hosts: &[HostFiles]) -> Result<(), Failure> {
        let conf = self.folder.ca().join("ca_conf");
        let (trusted_ca, crl) = (conf.join("ca_cert.pem"), conf.join("crl.pem"));
        let text = self.scene.fleet(hosts, &trusted_ca, &crl);
        let new = self.folder.root.join("fleet.toml.new");
        std::fs::write(&new, text)
            .and_then(|()| std::fs::rename(&new, self.folder.fleet()))
            .context("cannot write the fleet file")
            .map_err(Failure::request)
    }

    /// Whether a new connection to the server with mutual TLS carries data.
    async fn comes_through(&self) -> Result<Seen, Failure> {
        let end = self.transfer(self.scene.to_orders, TRY).await?;
        Ok(match &end {
            ClientEvent::End { octets, .. } if *octets == TRY => Ok(String::new()),
            ClientEvent::End { .. } | ClientEvent::Progress { .. } | ClientEvent::Broken { .. } => {
                Err(format!("a new connection did not come through: {end:?}"))
            }
        })
    }
}

/// A connection on which data flows all the time. It ends when this is dropped.
struct Talk {
    octets: watch::Receiver<u64>,
    end: CancellationToken,
    task: JoinSet<io::Result<u64>>,
}

impl Talk {
    fn begin(address: SocketAddr) -> Self {
        let (count, octets) = watch::channel(0);
        let end = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(talk(address, count, end.clone()));
        Self { octets, end, task }
    }

    /// Waits until more has come back.
    async fn goes_on(&mut self) -> Result<(), Failure> {
        let before = *self.octets.borrow_and_update();
        let more = self.octets.wait_for(|octets| *octets > before);
        match timeout(PATIENCE, more).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Failure::request(message(
                "a connection that was open does not go on",
            ))),
        }
    }

    /// Waits until it is broken off.
    async fn breaks(mut self) -> Result<(), Failure> {
        match timeout(PATIENCE, self.task.join_next()).await {
            Ok(Some(Ok(Err(_)))) => Ok(()),
            Ok(_) | Err(_) => Err(Failure::request(message(
                "a connection that was to be cut goes on",
            ))),
        }
    }

    /// Ends it in order: how much went each way.
    async fn end(mut self) -> io::Result<u64> {
        self.end.cancel();
        match timeout(PATIENCE, self.task.join_next()).await {
            Ok(Some(Ok(ended))) => ended,
            Ok(Some(Err(_)) | None) | Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

async fn talk(
    address: SocketAddr,
    count: watch::Sender<u64>,
    end: CancellationToken,
) -> io::Result<u64> {
    let mut stream = TcpStream::connect(address).await?;
    let (mut piece, mut back) = ([0_u8; PIECE], [0_u8; PIECE]);
    let mut octets = 0_u64;
    while !end.is_cancelled() {
        for octet in &mut piece {
            *octet = octet.wrapping_mul(5).wrapping_add(1);
        }
        stream.write_all(&piece).await?;
        stream.read_exact(&mut back).await?;
        if back != piece {
            return Err(io::Error::other("other octets came back"));
        }
        octets = octets.saturating_add(u64::try_from(PIECE).unwrap_or(u64::MAX));
        count.send_replace(octets);
        sleep(PAUSE).await;
    }
    stream.shutdown().await?;
    match stream.read(&mut back).await? {
        0 => Ok(octets),
        _ => Err(io::Error::other("more came back than was sent")),
    }
}
