//! The first proofs: an authority, certificates, and a fleet file without errors.

use std::path::PathBuf;

use anyhow::Context as _;

use super::proofs::{Demo, Seen};
use super::scene::{DESK, HostFiles, ORDERS, STATS};
use crate::failure::{Failure, message};

impl Demo<'_> {
    /// Makes a CA, three host certificates under it, a list of revoked ones, and the fleet file that names them.
    pub(super) async fn issue(&self) -> Result<Seen, Failure> {
        let ca = self.folder.ca();
        let dir = ca.display().to_string();
        self.command(&["ca", "create", "--ca", &dir, "Demo CA"])
            .await?;
        let mut hosts = Vec::new();
        for host in [STATS, ORDERS, DESK] {
            hosts.push(self.issue_one(&dir, host).await?);
        }
        self.command(&["crl", "create", "--ca", &dir]).await?;
        self.write_fleet(&hosts)?;
        if let Ok(mut known) = self.hosts.lock() {
            *known = hosts;
        }
        self.command(&["ca", "check", "--ca", &dir]).await?;
        Ok(Ok("`ca check` finds the CA directory consistent".to_owned()))
    }

    /// Issues one certificate and finds its files in what the command printed.
    pub(super) async fn issue_one(
        &self,
        ca: &str,
        host: &'static str,
    ) -> Result<HostFiles, Failure> {
        let output = self
            .command(&["cert", "issue", "--ca", ca, host, "--json"])
            .await?;
        let issued: serde_json::Value = serde_json::from_str(&output.concat())
            .context("`cert issue --json` did not print JSON")
            .map_err(Failure::request)?;
        let text = |name: &str| {
            let text = issued.pointer(&format!("/issued/0/{name}"));
            text.and_then(|text| text.as_str())
                .map(str::to_owned)
                .ok_or_else(|| {
                    Failure::request(message(format!("`cert issue --json` named no {name}")))
                })
        };
        Ok(HostFiles {
            host,
            serial: text("serial")?,
            certificate: PathBuf::from(text("files/certificate")?),
            key: PathBuf::from(text("files/key")?),
        })
    }

    pub(super) async fn check(&self) -> Result<Seen, Failure> {
        let fleet = self.folder.fleet().display().to_string();
        let output = self.command(&["fleet", "check", &fleet]).await?;
        Ok(Ok(format!(
            "`fleet check`: {}",
            output.last().map_or("", String::as_str)
        )))
    }
}
