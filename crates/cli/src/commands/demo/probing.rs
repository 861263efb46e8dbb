//! The proof that what runs is what the fleet file says: the probe asks every endpoint.

use super::proofs::{Demo, Seen};
use super::scene::DESK;
use crate::failure::Failure;

impl Demo<'_> {
    /// Asks the whole fleet, and then as the client that runs on this host, with its own certificate.
    pub(super) async fn probe(&self) -> Result<Seen, Failure> {
        let fleet = self.folder.fleet().display().to_string();
        let all = self.command(&["probe", "--fleet", &fleet]).await?;
        let of_desk = ["probe", "--fleet", &fleet, "--host", DESK];
        let as_client = self.command(&of_desk).await?;
        let last = |lines: Vec<String>| lines.into_iter().rev().find(|line| !line.is_empty());
        Ok(match (last(all), last(as_client)) {
            (Some(all), Some(as_client)) => Ok(format!("{all}; as their client {as_client}")),
            (_, _) => Err("the probe said nothing".to_owned()),
        })
    }
}
