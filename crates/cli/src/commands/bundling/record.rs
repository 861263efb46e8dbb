//! Which bundles were made of a certificate: `<serial>_bundles.json` beside its other files in the repository.
//!
//! So that `cert renew` makes the same of its successor, and a new key or certificate of the CA can say which
//! folders lack it. Invariant: a bundle is on record before it is made; one that could not be made is taken off again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::placing::Existing;
use trustpack_keystore::writers_lock::WritersLock;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;

use super::{Above, Order, PfxEncryption, Role};
use crate::failure::Failure;
use crate::output_file::{self, Secrecy};

/// What was made of one certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::commands) struct Record {
    bundles: Vec<Recorded>,
}

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::commands) struct Recorded {
    target: String,
    /// The folder that got the folder; none for the repository, which may be moved.
    place: Option<PathBuf>,
    role: Role,
    account: Option<String>,
    pfx_encryption: Option<PfxEncryption>,
    /// Whether its stores have a password of their own.
    pub(in crate::commands) password: bool,
    /// The group that may read its key, if any.
    pub(in crate::commands) group: Option<u32>,
    /// SHA-256 of the authorities in it.
    above: BTreeSet<String>,
}

const END: &str = "_bundles.json";
/// Octets of a record: each target with every key that a CA can have had fits many times.
const MAX_FILE: usize = 256 * 1024;

impl Record {
    /// The record of a certificate; an empty one if nothing was made of it.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be read.
    pub(in crate::commands) fn read(
        directory: &CaDirectory,
        serial: &Serial,
    ) -> Result<Self, Failure> {
        let path = path(directory, serial);
        if path.symlink_metadata().is_err() {
            return Ok(Self::default());
        }
        let shown = path.display();
        let read = || -> anyhow::Result<Self> {
            let file = limited_file::read(&path, MAX_FILE, Accepted::RegularFiles)?;
            Ok(serde_json::from_slice(&file.bytes)?)
        };
        read()
            .with_context(|| {
                format!("{shown}, which says for which programs bundles were made, cannot be read")
            })
            .map_err(|error| {
                Failure::request(error)
                    .hint("move the file away, and say with --for which are to be made")
            })
    }

    /// Changes it on disk, while no other command changes one; gives what it was before.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written.
    pub(in crate::commands) fn update(
        directory: &CaDirectory,
        serial: &Serial,
        change: impl FnOnce(&mut Self),
    ) -> Result<Self, Failure> {
        let repository = &directory.layout().repository;
        let _lock = WritersLock::take(repository)
            .with_context(|| format!("cannot lock {}", repository.display()))
            .map_err(Failure::request)?;
        let before = Self::read(directory, serial)?;
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            after.write(directory, serial)?;
        }
        Ok(before)
    }

    fn write(&self, directory: &CaDirectory, serial: &Serial) -> Result<(), Failure> {
        let mut text = serde_json::to_vec_pretty(self).map_err(Failure::request)?;
        text.push(b'\n');
        let path = path(directory, serial);
        output_file::write(&path, &text, Secrecy::Public, Existing::Replace)
    }

    /// Puts a bundle on record, in place of the same one from before.
    pub(in crate::commands) fn put(&mut self, bundle: Recorded) {
        self.bundles.retain(|one| !one.is_same_folder(&bundle));
        self.bundles.push(bundle);
    }

    /// Puts in the place of a bundle that was not made what there was before.
    pub(in crate::commands) fn take_back(&mut self, bundle: &Recorded, before: &Self) {
        self.bundles.retain(|one| one != bundle);
        let earlier = before.bundles.iter().find(|one| one.is_same_folder(bundle));
        let is_free = !self.bundles.iter().any(|one| one.is_same_folder(bundle));
        self.bundles.extend(earlier.filter(|_| is_free).cloned());
    }

    pub(in crate::commands) fn bundles(&self) -> &[Recorded] {
        &self.bundles
    }
}

impl Recorded {
    /// What is made with an order.
    pub(in crate::commands) fn new(
        order: &Order,
        place: Option<&Path>,
        password: bool,
        group: Option<u32>,
        above: &Above,
    ) -> Self {
        Self {
            target: order.target.name().to_owned(),
            place: place.map(Path::to_path_buf),
            role: order.role,
            account: order.account.as_ref().map(ToString::to_string),
            pfx_encryption: order.encryption,
            password,
            group,
            above: above.fingerprints(),
        }
    }

    /// The order by which the same can be made again; none for a target or account that this program does not know.
    pub(in crate::commands) fn order(&self) -> Option<Order> {
        let account = self.account.as_deref().map(str::parse);
        Some(Order {
            target: self.target.parse().ok()?,
            role: self.role,
            account: account.transpose().ok()?,
            encryption: self.pfx_encryption,
        })
    }

    /// The folder that got the folder.
    pub(in crate::commands) fn place<'a>(&'a self, repository: &'a Path) -> &'a Path {
        self.place.as_deref().unwrap_or(repository)
    }

    fn is_same_folder(&self, other: &Self) -> bool {
        self.target == other.target && self.place == other.place
    }

    /// The same as it is on record.
    pub(in crate::commands) fn own_place(&self) -> Option<&Path> {
        self.place.as_deref()
    }

    /// The target as it is on record.
    pub(in crate::commands) fn target(&self) -> &str {
        &self.target
    }

    /// Whether it lacks an authority that it would have today.
    pub(in crate::commands) fn lacks(&self, above: &Above) -> bool {
        !above.fingerprints().is_subset(&self.above)
    }
}

impl Above {
    fn fingerprints(&self) -> BTreeSet<String> {
        [&self.intermediates, &self.crosses, &self.trusted]
            .into_iter()
            .flatten()
            .map(Certificate::sha256_fingerprint)
            .collect()
    }
}

/// The serials of all certificates that have a record, in their order.
pub(in crate::commands) fn serials(directory: &CaDirectory) -> Result<BTreeSet<Serial>, Failure> {
    let repository = &directory.layout().repository;
    let entries = match std::fs::read_dir(repository) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => {
            let context = format!("cannot read {}", repository.display());
            return Err(Failure::request(anyhow::Error::new(error).context(context)));
        }
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names
        .filter_map(|name| name.strip_suffix(END)?.parse().ok())
        .collect())
}

fn path(directory: &CaDirectory, serial: &Serial) -> PathBuf {
    directory
        .layout()
        .repository
        .join(format!("{}{END}", serial.to_hex()))
}
