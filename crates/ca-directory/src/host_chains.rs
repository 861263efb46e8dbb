//! The files that hosts send, after their CA got another key: each host certificate with the crosses by
//! which peers that trust any one of the keys accept it.
//!
//! Only of a root: peers of an intermediate CA trust what is above. Invariant: a file that holds anything
//! but the certificate and what this CA put behind it is not touched.

use std::collections::BTreeSet;

use trustpack_keystore::pem::{certificates_to_pem, read_certificates};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::certify::CertifyError;
use crate::change::Change;
use crate::change_target::Target;
use crate::directory::CaDirectory;
use crate::durable::{self, Doing, FileError};
use crate::ledger_line::State;
use crate::own_keys::is_signed_by;
use crate::renew::stage;
use crate::repository_file::{FileKind, HostLabel, RepositoryFile};
use crate::retired::{self, Crosses, RetiredError};

/// A key of the CA with the crosses to the one that followed it.
pub(crate) struct Generation {
    pub(crate) certificate: Certificate,
    /// None for the newest.
    pub(crate) crosses: Option<Crosses>,
}

/// What became of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refreshed {
    pub(crate) changed: usize,
    /// Those that somebody has changed.
    pub(crate) left: usize,
}

/// What stands above a host certificate.
#[derive(Clone, Debug)]
pub struct AboveHost {
    /// The authority that signed it, and those above that, the nearest first.
    pub chain: Vec<Certificate>,
    /// What goes behind them, so that peers with another key of the authority find a path.
    pub crosses: Vec<Certificate>,
}

impl CaDirectory {
    /// What stands above a certificate that this CA signed, as it is now; none where none of its keys signed it.
    ///
    /// # Errors
    ///
    /// [`RetiredError`] when what is kept of a replaced key cannot be read.
    pub fn above_host(&self, host: &Certificate) -> Result<Option<AboveHost>, RetiredError> {
        let retired = retired::list(self.layout())?;
        let older = retired.iter().map(|key| Generation {
            certificate: key.certificate().clone(),
            crosses: key.crosses().cloned(),
        });
        let present = Generation {
            certificate: self.certificate().clone(),
            crosses: None,
        };
        let generations: Vec<Generation> = older.chain([present]).collect();
        let Some(own) = signer(host, &generations) else {
            return Ok(None);
        };
        let (certificate, above) = match retired.get(own) {
            Some(key) => (key.certificate(), key.chain()),
            None => (self.certificate(), self.chain()),
        };
        let chain = std::iter::once(certificate).chain(above);
        Ok(way(own, &generations).map(|crosses| AboveHost {
            chain: chain.cloned().collect(),
            crosses,
        }))
    }
}

/// Prepares the files of all certificates that still count, or may again. `generations` are the keys, the oldest first.
pub(crate) fn refresh(
    directory: &CaDirectory,
    change: &mut Change<'_>,
    generations: &[Generation],
    now: Timestamp,
) -> Result<Refreshed, CertifyError> {
    let mut counted = BTreeSet::new();
    directory.for_each_record::<CertifyError>(|record| {
        // A hold may be lifted, and then the host needs the file.
        let counts = match &record.state {
            State::Valid => true,
            State::Revoked(revocation) => revocation.is_hold(),
            State::Expired => false,
        };
        if counts && record.expiry >= now {
            counted.insert(record.serial);
        }
        Ok(())
    })?;
    let mut refreshed = Refreshed::default();
    for (serial, label) in host_files(directory)? {
        if !counted.contains(&serial) {
            continue;
        }
        let target = Target::HostCertificate(serial, label);
        let path = target.path(directory.layout());
        let file = durable::read(&path)?;
        let Ok(there) = read_certificates(&file) else {
            refreshed.left += 1;
            continue;
        };
        match sent(&there, generations) {
            Some(sent) if sent == there => {}
            Some(sent) => {
                stage(change, target, certificates_to_pem(&sent).as_bytes())?;
                refreshed.changed += 1;
            }
            None => refreshed.left += 1,
        }
    }
    Ok(refreshed)
}

/// The host files of the repository: serial and label of `<serial>_<label>_cert.pem`.
fn host_files(directory: &CaDirectory) -> Result<Vec<(Serial, HostLabel)>, FileError> {
    let repository = &directory.layout().repository;
    let error = |source| FileError::new(Doing::Read, repository, source);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(repository).map_err(error)? {
        let name = entry.map_err(error)?.file_name();
        let file = name.to_str().and_then(|name| name.parse().ok());
        if let Some(RepositoryFile {
            serial,
            kind: FileKind::Certificate(label),
        }) = file
        {
            files.push((serial, label));
        }
    }
    files.sort();
    Ok(files)
}

/// What a host sends: its certificate, and the way to the newest key, or, if that signed it, the way to the
/// oldest. Not both: Java, which takes what it gets for one path, accepts neither then. None for a file with
/// something else in it, or a certificate that none of the keys signed.
fn sent(there: &[Certificate], generations: &[Generation]) -> Option<Vec<Certificate>> {
    let (host, behind) = there.split_first()?;
    let known = |certificate: &Certificate| {
        generations.iter().any(|generation| {
            let crosses = generation.crosses.as_ref();
            *certificate == generation.certificate
                || crosses.is_some_and(|crosses| {
                    [&crosses.new_by_old, &crosses.old_by_new].contains(&certificate)
                })
        })
    };
    let own = signer(host, generations)?;
    if !behind.iter().all(known) {
        return None;
    }
    let way = way(own, generations)?;
    Some(std::iter::once(host.clone()).chain(way).collect())
}

/// Which of the keys signed it.
fn signer(host: &Certificate, generations: &[Generation]) -> Option<usize> {
    generations
        .iter()
        .position(|generation| is_signed_by(host, &generation.certificate))
}

/// The crosses that go behind what key `own` signed.
fn way(own: usize, generations: &[Generation]) -> Option<Vec<Certificate>> {
    let (before, after) = generations.split_at_checked(own)?;
    let newer = after
        .iter()
        .filter_map(|generation| Some(&generation.crosses.as_ref()?.old_by_new));
    let older = before
        .iter()
        .rev()
        .filter_map(|generation| Some(&generation.crosses.as_ref()?.new_by_old));
    Some(match after.len() {
        1 => older.cloned().collect(),
        _ => newer.cloned().collect(),
    })
}
