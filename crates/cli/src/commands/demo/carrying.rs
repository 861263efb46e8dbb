//! The proofs that connections carry data both ways, and how they are secured.

use std::net::SocketAddr;

use super::process::Process;
use super::proofs::{Demo, MEBIBYTE, Proof, Running, Seen};
use super::scene::Scene;
use super::traffic::{ClientEvent, EchoEvent};
use super::tunnel_log::closed_connection;
use crate::failure::Failure;

impl Demo<'_> {
    /// What the connections carry, and how.
    pub(super) async fn prove_traffic(
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
    pub(super) async fn transfer(
        &self,
        address: SocketAddr,
        octets: u64,
    ) -> Result<ClientEvent, Failure> {
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
}
