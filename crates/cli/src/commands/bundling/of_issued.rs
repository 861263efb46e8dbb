//! Bundles of certificates that a CA directory issued: their authorities, their keys, where they go, and the record
//! of them.
//!
//! Not of adopted ones. Invariant: the key in a bundle is that of the certificate, and no bundle is made that is not
//! on record.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use trustpack_bundle::bundle::{Bundle, FileStem};
use trustpack_bundle::target::Target;
use trustpack_ca::host::HostName;
use trustpack_ca_directory::directory::{CaDirectory, UnlockedDirectory};
use trustpack_ca_directory::issue::IssuedFiles;
use trustpack_ca_directory::retired;
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::read_private_key;
use trustpack_keystore::placing::Existing;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use super::record::{Record, Recorded};
use super::{Above, BundleArgs, Bundler, Bundles, Delivered, Order, check_password};
use crate::failure::{Failure, message};
use crate::secret_file;

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

/// A folder that is asked for.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Asked {
    order: Order,
    /// The folder that gets it; none for the repository.
    place: Option<PathBuf>,
    /// Who may read the key, if that is on record.
    mode: Option<PrivateMode>,
}

/// Makes the bundles of certificates that one CA directory issued.
#[derive(Debug)]
pub(in crate::commands) struct OfIssued {
    directory: CaDirectory,
    bundler: Bundler,
    /// Who may read keys, where it was said.
    mode: Option<PrivateMode>,
}

/// Told where a bundle of a certificate is missing.
pub(in crate::commands) const CERTIFICATE_IS_THERE: &str =
    "the certificate is there; `trustpack cert bundle SERIAL --for TARGET` makes bundles of it";

/// What is asked for, without where it goes.
pub(in crate::commands) fn orders(asked: &[Asked]) -> Vec<Order> {
    asked.iter().map(|asked| asked.order.clone()).collect()
}

/// What was made before, to be made again.
///
/// # Errors
///
/// When stores had a password and there is none now, or something else than this program made it.
pub(in crate::commands) fn recorded<'a>(
    bundles: impl IntoIterator<Item = &'a Recorded>,
    password: &Password,
) -> Result<Vec<Asked>, Failure> {
    let each = bundles.into_iter().map(|bundle| {
        let target = bundle.target();
        if bundle.password && password.is_empty() {
            let text = format!(
                "the key stores of the bundle for {target} have a password, and none is given now"
            );
            return Err(Failure::request(message(text)).hint(
                "give it with --password-file, or say with --for which bundles are to be made",
            ));
        }
        let order = bundle.order().ok_or_else(|| {
            let text = format!(
                "a bundle is on record for {target:?}, which this version of trustpack cannot make"
            );
            Failure::request(message(text)).hint("say with --for which bundles are to be made")
        })?;
        Ok(Asked {
            order,
            place: bundle.own_place().map(Path::to_path_buf),
            mode: bundle.group.map(PrivateMode::Group0640),
        })
    });
    each.collect()
}

impl IssuedBundleArgs {
    /// What is asked for. Warns once where others may write.
    ///
    /// # Errors
    ///
    /// When the folder that gets it is none.
    pub(in crate::commands) fn asked(&self) -> Result<Vec<Asked>, Failure> {
        if let Some(out) = &self.out {
            secret_file::warn_if_shared(out);
        }
        self.placed(self.bundles.orders())
    }

    /// The same for other targets.
    ///
    /// # Errors
    ///
    /// As for [`IssuedBundleArgs::asked`].
    pub(in crate::commands) fn asked_for(&self, targets: &[Target]) -> Result<Vec<Asked>, Failure> {
        self.placed(self.bundles.orders_for(targets))
    }

    fn placed(&self, orders: Vec<Order>) -> Result<Vec<Asked>, Failure> {
        let place = match &self.out {
            Some(out) => Some(
                std::fs::canonicalize(out)
                    .ok()
                    .filter(|out| out.is_dir())
                    .ok_or_else(|| {
                        let text = format!("{} is no folder", out.display());
                        Failure::request(message(text)).hint("make it first, or name another")
                    })?,
            ),
            None => None,
        };
        let each = orders.into_iter().map(|order| Asked {
            order,
            place: place.clone(),
            mode: None,
        });
        Ok(each.collect())
    }
}

/// Refuses a password with which a target could do nothing, before anything is issued.
///
/// # Errors
///
/// When a target cannot use it.
pub(in crate::commands) fn check(asked: &[Asked], password: &Password) -> Result<(), Failure> {
    check_password(&orders(asked), password)
}

impl OfIssued {
    /// Of what is issued from now on.
    ///
    /// # Errors
    ///
    /// When what the CA directory keeps of its earlier keys cannot be read.
    pub(in crate::commands) fn of_new(
        unlocked: &UnlockedDirectory,
        password: &Password,
        mode: Option<PrivateMode>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let authority = unlocked.authority();
        let directory = unlocked.directory();
        let mut chain = vec![authority.certificate().clone()];
        chain.extend_from_slice(authority.chain());
        let above = above(directory, &chain, authority.crosses().to_vec(), now)?;
        Ok(Self::with(
            directory,
            above,
            password,
            mode,
            now,
            Existing::Refuse,
        ))
    }

    /// Of a certificate that was issued before; a folder that is there is replaced.
    ///
    /// # Errors
    ///
    /// When none of the keys of the CA signed it, or what is kept of them cannot be read.
    pub(in crate::commands) fn of_earlier(
        directory: &CaDirectory,
        certificate: &Certificate,
        password: &Password,
        mode: Option<PrivateMode>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let above = above_now(directory, certificate, now)?;
        Ok(Self::with(
            directory,
            above,
            password,
            mode,
            now,
            Existing::Replace,
        ))
    }

    fn with(
        directory: &CaDirectory,
        above: Above,
        password: &Password,
        mode: Option<PrivateMode>,
        now: Timestamp,
        existing: Existing,
    ) -> Self {
        Self {
            directory: directory.clone(),
            bundler: Bundler {
                above,
                password: password.clone(),
                now,
                existing,
            },
            mode,
        }
    }

    /// The certificates of authorities that will be in the bundles.
    pub(in crate::commands) fn authorities(&self) -> Vec<Certificate> {
        let above = &self.bundler.above;
        above
            .intermediates
            .iter()
            .chain(&above.trusted)
            .cloned()
            .collect()
    }

    /// Makes the bundles of a certificate that was just issued.
    pub(in crate::commands) fn of_issued(
        &self,
        asked: &[Asked],
        issued: &IssuedFiles,
        host: &HostName,
    ) -> Bundles {
        if asked.is_empty() {
            return Bundles::default();
        }
        let key = issued.paths.private_key.as_deref().map(read_key);
        match key.transpose() {
            Ok(key) => self.make(
                asked,
                Delivered {
                    certificate: &issued.certificate,
                    key: key.as_ref(),
                    label: host.label(),
                },
            ),
            Err(error) => Bundles::all_failed(&orders(asked), &error),
        }
    }

    /// Makes bundles, and keeps the record of them.
    pub(in crate::commands) fn make(&self, asked: &[Asked], delivered: Delivered<'_>) -> Bundles {
        self.try_make(asked, delivered).unwrap_or_else(|failure| {
            Bundles::all_failed(&orders(asked), &message(failure.in_one_line()))
        })
    }

    /// The files of a bundle, in memory and not on record.
    ///
    /// # Errors
    ///
    /// When the programs can do nothing with what would be in them.
    pub(in crate::commands) fn bundle(
        &self,
        order: &Order,
        delivered: Delivered<'_>,
    ) -> Result<Bundle, Failure> {
        let stem = FileStem::new(delivered.label).map_err(Failure::request)?;
        let bundle = self.bundler.bundle(order, &stem, delivered);
        bundle.map_err(Failure::request)
    }

    fn try_make(&self, asked: &[Asked], delivered: Delivered<'_>) -> Result<Bundles, Failure> {
        let serial = delivered.certificate.serial();
        let before = Record::update(&self.directory, serial, |record| {
            asked.iter().for_each(|asked| self.put(record, asked));
        })?;
        let repository = &self.directory.layout().repository;
        let mut bundles = Bundles::default();
        for asked in asked {
            let place = asked.place.as_ref().unwrap_or(repository);
            let made = self
                .bundler
                .make(&asked.order, place, self.mode_of(asked), delivered);
            if !made.has_any() {
                let planned = self.recorded(asked);
                Record::update(&self.directory, serial, |record| {
                    record.take_back(&planned, &before);
                })?;
            }
            bundles.extend(made);
        }
        Ok(bundles)
    }

    fn mode_of(&self, asked: &Asked) -> PrivateMode {
        self.mode.or(asked.mode).unwrap_or(PrivateMode::Owner0600)
    }

    fn put(&self, record: &mut Record, asked: &Asked) {
        record.put(self.recorded(asked));
    }

    fn recorded(&self, asked: &Asked) -> Recorded {
        let group = match self.mode_of(asked) {
            PrivateMode::Group0640(group) => Some(group),
            PrivateMode::Owner0600
            | PrivateMode::ReadOnly0400
            | PrivateMode::Account0600(..)
            | PrivateMode::Account0640(..) => None,
        };
        Recorded::new(
            &asked.order,
            asked.place.as_deref(),
            !self.bundler.password.is_empty(),
            group,
            &self.bundler.above,
        )
    }
}

fn read_key(path: &Path) -> anyhow::Result<PrivateKey> {
    let shown = path.display();
    let file = limited_file::read(path, MAX_KEY_FILE, Accepted::RegularFiles)
        .with_context(|| format!("cannot read the key {shown}"))?;
    read_private_key(&file.bytes, None).with_context(|| format!("the key {shown} cannot be used"))
}

/// The authorities of a certificate that was issued before, as they are now.
///
/// # Errors
///
/// When none of the keys of the CA signed it, or what is kept of them cannot be read.
pub(in crate::commands) fn above_now(
    directory: &CaDirectory,
    certificate: &Certificate,
    now: Timestamp,
) -> Result<Above, Failure> {
    let found = directory
        .above_host(certificate)
        .map_err(Failure::request)?;
    let found = found.ok_or_else(|| {
        let text = format!(
            "no key that this CA has, or had, signed the certificate {}",
            certificate.serial()
        );
        Failure::request(message(text)).hint("`trustpack cert adopt` makes bundles of it")
    })?;
    above(directory, &found.chain, found.crosses, now)
}

/// What is above a certificate whose issuer begins the chain. While certificates of an earlier key of a root are
/// still about, a host trusts that key too.
fn above(
    directory: &CaDirectory,
    chain: &[Certificate],
    crosses: Vec<Certificate>,
    now: Timestamp,
) -> Result<Above, Failure> {
    let mut above = Above::of_chain(chain);
    above.crosses = crosses;
    let present = directory.certificate();
    if present.is_self_issued() {
        let earlier = retired::list(directory.layout()).map_err(Failure::request)?;
        let earlier = earlier.iter().rev().map(|key| key.certificate());
        let counts = earlier.filter(|root| root.validity().not_after >= now);
        above.trusted = std::iter::once(present).chain(counts).cloned().collect();
    }
    Ok(above)
}
