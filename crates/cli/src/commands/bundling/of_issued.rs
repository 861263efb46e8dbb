//! Bundles of certificates that a CA directory issued: their authorities, their keys, where they go.
//!
//! Not of adopted ones. Invariant: the key in a bundle is that of the certificate.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use trustpack_ca::authority::Authority;
use trustpack_ca::host::HostName;
use trustpack_ca_directory::directory::UnlockedDirectory;
use trustpack_ca_directory::issue::{IssuedFiles, KeyAccess};
use trustpack_ca_directory::retired;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::read_private_key;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::time::Timestamp;

use super::{Above, BundleArgs, Bundler, Bundles, Delivered};
use crate::failure::{Failure, message};

/// For which programs bundles are made, and where.
#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::commands) struct IssuedBundleArgs {
    #[command(flatten)]
    pub(in crate::commands) bundles: BundleArgs,

    /// Folder that gets the folders of --for, it must be there; the repository of the CA if not said
    #[arg(long, value_name = "DIR", requires = "targets")]
    out: Option<PathBuf>,
}

/// Octets of a key file: far above those that we write.
const MAX_KEY_FILE: usize = 1024 * 1024;

impl IssuedBundleArgs {
    /// Refuses what no bundle could be made with, before anything is issued.
    ///
    /// # Errors
    ///
    /// When a target cannot use the password, or there is no such folder.
    pub(in crate::commands) fn check(&self, password: &Password) -> Result<(), Failure> {
        self.bundles.check(password)?;
        match &self.out {
            Some(out) if !out.is_dir() => {
                let text = format!("{} is no folder", out.display());
                Err(Failure::request(message(text)).hint("make it first, or name another"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What makes the bundles; nothing if none are asked for.
    ///
    /// # Errors
    ///
    /// When what the CA directory keeps of its earlier keys cannot be read.
    pub(in crate::commands) fn bundler(
        &self,
        unlocked: &UnlockedDirectory,
        password: &Password,
        access: KeyAccess,
        now: Timestamp,
    ) -> Result<Option<Bundler>, Failure> {
        if !self.bundles.any() {
            return Ok(None);
        }
        let above = above(unlocked, now)?;
        self.bundles.check_certificates(&above.intermediates)?;
        self.bundles.check_certificates(&above.trusted)?;
        let repository = &unlocked.directory().layout().repository;
        Ok(Some(Bundler {
            arguments: self.bundles.clone(),
            above,
            password: password.clone(),
            mode: access.mode(),
            place: self.out.as_ref().unwrap_or(repository).clone(),
            now,
        }))
    }
}

impl Bundler {
    /// Makes the bundles of a certificate that was just issued.
    pub(in crate::commands) fn of_issued(&self, issued: &IssuedFiles, host: &HostName) -> Bundles {
        let key = issued.paths.private_key.as_deref().map(read_key);
        match key.transpose() {
            Ok(key) => self.make(Delivered {
                certificate: &issued.certificate,
                key: key.as_ref(),
                label: host.label(),
            }),
            Err(error) => self.failed(&error),
        }
    }
}

fn read_key(path: &Path) -> anyhow::Result<PrivateKey> {
    let shown = path.display();
    let file = limited_file::read(path, MAX_KEY_FILE, Accepted::RegularFiles)
        .with_context(|| format!("cannot read the key {shown}"))?;
    read_private_key(&file.bytes, None).with_context(|| format!("the key {shown} cannot be used"))
}

/// The authorities of what is issued now. While certificates of an earlier key are still about, a host trusts
/// that key too.
fn above(unlocked: &UnlockedDirectory, now: Timestamp) -> Result<Above, Failure> {
    let authority: &Authority = unlocked.authority();
    let mut chain = vec![authority.certificate().clone()];
    chain.extend_from_slice(authority.chain());
    let mut above = Above::of_chain(&chain);
    above.crosses = authority.crosses().to_vec();
    if authority.certificate().is_self_issued() {
        let earlier = retired::list(unlocked.directory().layout()).map_err(Failure::request)?;
        let earlier = earlier.iter().rev().map(|key| key.certificate());
        let counts = earlier.filter(|root| root.validity().not_after >= now);
        above.trusted.extend(counts.cloned());
    }
    Ok(above)
}
