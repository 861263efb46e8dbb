//! The proofs that connections carry data both ways, and how they are secured.

use std::net::SocketAddr;

use super::proofs::{Demo, MEBIBYTE, Proof, Running, Seen};
use super::scene::Scene;
use super::traffic::{ClientEvent, EchoEvent};
use super::tunnel_log::{Security, closed_connection};
use crate::failure::Failure;

/// A connection of the fleet.
#[derive(Clone, Copy)]
struct Link {
    /// Its place, by which the log names it.
    place: &'static str,
    /// Where its client connects to: the plain side of its tunnel.
    enter: SocketAddr,
    /// Whether it is to be secured.
    secured: bool,
}

impl Demo<'_> {
    /// What the connections carry, and how.
    pub(super) async fn prove_traffic(
        &self,
        running: &mut Running,
        octets: u64,
    ) -> Result<[Proof; 3], Failure> {
        let Scene {
            to_stats,
            to_orders,
            to_open,
            ..
        } = self.scene;
        let link = |place, enter, secured| Link {
            place,
            enter,
            secured,
        };
        let simple = link("Desk/StatServer:default", to_stats, true);
        let simple = self.carried(running, simple, octets);
        let simple = self
            .prove("simple TLS carries data both ways", simple)
            .await?;
        let mutual = link("Desk/OrderServer:default", to_orders, true);
        let mutual = self.carried(running, mutual, octets);
        let mutual = self
            .prove("mutual TLS carries data both ways", mutual)
            .await?;
        let plain = link("Desk/StatServer:open", to_open, false);
        let plain = self.carried(running, plain, MEBIBYTE);
        let plain = self
            .prove("the unsecured connection is plain", plain)
            .await?;
        Ok([simple, mutual, plain])
    }

    /// Sends data to the echo service through `link`, both ways, and compares hashes at both ends.
    async fn carried(
        &self,
        running: &mut Running,
        link: Link,
        octets: u64,
    ) -> Result<Seen, Failure> {
        let Running { echo, desk, .. } = running;
        let end = self.transfer(link.enter, octets).await?;
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
        let security = desk
            .line(|line| closed_connection(line, link.place, octets))
            .await?;
        let (how, as_wanted) = match security {
            Security::Tls(how) => (how, link.secured),
            Security::Plain => ("no TLS".to_owned(), !link.secured),
        };
        let seen = format!("{} MiB each way, SHA-256 equal; {how}", octets / MEBIBYTE);
        Ok(if as_wanted { Ok(seen) } else { Err(seen) })
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
