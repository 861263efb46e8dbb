//! The proofs that whoever should not get in does not, each with the reason in the log.

use std::net::SocketAddr;

use super::process::Process;
use super::proofs::{Demo, Proof, Running, Seen};
use super::scene::{DESK, ORDERS};
use super::traffic::ClientEvent;
use super::tunnel_log::{listening_address, refusal};
use crate::failure::Failure;

/// Octets sent where the connection is to be refused; a working one would echo them.
const KNOCK: u64 = 1024;

impl Demo<'_> {
    /// Who is turned away, and why.
    pub(super) async fn prove_refusals(
        &self,
        running: &mut Running,
    ) -> Result<[Proof; 3], Failure> {
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
        // Its own CA goes with it: an end without a whole chain does not even start.
        let own_ca = self.folder.other_ca().join("ca_conf").join("ca_cert.pem");
        let certificate = format!("{},{}", files.certificate.display(), own_ca.display());
        let key = files.key.display().to_string();
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
