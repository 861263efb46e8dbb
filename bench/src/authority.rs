//! Authorities to work with: a CA directory, with a ledger of any length.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::ground::Ground;
use crate::ledger_file::Ledger;
use crate::process::{self, Run};

/// The usual kind of key of an authority.
pub(crate) const USUAL_KEY: &str = "rsa-3072";

/// A CA directory of its own.
pub(crate) struct BenchAuthority<'g> {
    ground: &'g Ground,
    folder: PathBuf,
}

/// The files of a host, as PEM.
pub(crate) struct Issued {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl<'g> BenchAuthority<'g> {
    /// Makes an authority with a key of this kind.
    pub(crate) fn new(ground: &'g Ground, key: &str) -> anyhow::Result<Self> {
        let authority = Self {
            ground,
            folder: ground.new_folder()?,
        };
        authority.trustpack(&["ca", "create", "Bench", "--key", key])?;
        Ok(authority)
    }

    /// Makes an authority with a key of this kind, and this ledger.
    pub(crate) fn with_ledger(
        ground: &'g Ground,
        key: &str,
        ledger: Ledger,
    ) -> anyhow::Result<Self> {
        let authority = Self::new(ground, key)?;
        let path = authority.ledger();
        // It is empty, and the generator replaces nothing.
        std::fs::remove_file(&path)?;
        ledger.write(&path)?;
        Ok(authority)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder().join("ca_conf/ca.db")
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder().join("ca_conf/ca_cert.pem")
    }

    /// Issues a certificate for a host, with a key of this kind: the files of both.
    pub(crate) fn issue(&self, host: &str, key: &str) -> anyhow::Result<Issued> {
        self.trustpack(&["cert", "issue", host, "--key", key])?;
        let short = host.split('.').next().unwrap_or(host);
        let folder = self.folder.join("repository");
        let found = |ending: &str| -> anyhow::Result<PathBuf> {
            let ending = format!("_{short}_{ending}");
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.to_string_lossy().ends_with(&ending) {
                    return Ok(path);
                }
            }
            anyhow::bail!("there is no file of {host} in {}", folder.display())
        };
        Ok(Issued {
            certificate: found("cert.pem")?,
            key: found("priv_key.pem")?,
        })
    }

    /// Runs our program in the folder.
    pub(crate) fn trustpack(&self, arguments: &[&str]) -> anyhow::Result<Run> {
        process::run(self.folder(), self.ground.trustpack(), arguments)
    }

    /// Runs `openssl` in the folder.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> anyhow::Result<Run> {
        process::run(self.folder(), Path::new("openssl"), arguments)
    }

    /// The serials of so many lines, which lie evenly in the ledger.
    pub(crate) fn serials(&self, count: usize) -> anyhow::Result<Vec<String>> {
        let path = self.ledger();
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        let all: Vec<&[u8]> = text.split(|octet| *octet == b'\n').collect();
        let chosen = all.iter().step_by((all.len() / count).max(1)).take(count);
        chosen
            .map(|line| {
                let serial = line.split(|octet| *octet == b'\t').nth(3);
                let serial = serial.context("a line of the ledger has no serial")?;
                Ok(String::from_utf8_lossy(serial).into_owned())
            })
            .collect()
    }
}

/// A file for `cert issue --from`, with so many hosts.
pub(crate) fn hosts(count: u32) -> String {
    let hosts = (1..=count).map(|number| format!("host{number:06}.example.com\n"));
    std::iter::once("host\n".to_owned()).chain(hosts).collect()
}
