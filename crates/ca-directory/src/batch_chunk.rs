//! One change that issues certificates: one, or a chunk of a batch.
//!
//! Under the lock: the serial file moves on; the certificates are signed; the plan; their files, which
//! are opened again and compared; all lines of the ledger at once. Invariant: what is given as issued is
//! on disk whole, and its line is in the ledger.

use std::num::NonZeroUsize;

use trustpack_ca::issue::{Issued, Prepared, prepare};
use trustpack_keystore::new_file::OnDisk;
use trustpack_keystore::private_key::{GenerateKeyError, PrivateKey};
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::batch_parallel as parallel;
use crate::bundle_files::{BundleFiles, CompareStore};
use crate::change_plan::{Plan, Planned};
use crate::directory::UnlockedDirectory;
use crate::durable;
use crate::entropy::Entropy;
use crate::founding::make_repository;
use crate::fresh_serials::{DrawnSerials, FreshSerials};
use crate::issue::{HostKey, IssueError, IssueOrder, IssuedFiles};
use crate::journal::{Journal, NumberFile};
use crate::layout::Layout;
use crate::ledger::{Appender, LedgerError};
use crate::ledger_line::Record;
use crate::recovery::{RecoverError, Recovered, recover};
use crate::renewable::Renewable;
use crate::repository_file::{HostLabel, RepositoryFile};

/// From so many certificates on their files are put on disk together: that takes all that is in flight on
/// the file system along, and for a few files it would cost more than it saves.
const TOGETHER_FROM: usize = 8;

/// An order with its key.
pub(crate) struct Ready<'o> {
    pub(crate) order: &'o IssueOrder,
    pub(crate) key: ReadyKey<'o>,
}

/// The key of an order, made if it had to be.
pub(crate) enum ReadyKey<'o> {
    Made(PrivateKey),
    Kept(&'o PrivateKey),
    Elsewhere(&'o PublicKey),
}

/// What came of each order of a chunk, in its order.
pub(crate) type Outcomes = Vec<Result<IssuedFiles, IssueError>>;

/// A certificate that was signed, and its files as they will be written.
struct Signed<'r> {
    issued: Issued,
    files: BundleFiles<'r>,
}

/// Issues a chunk. An error is one of them all: then none was issued.
pub(crate) fn issue_chunk(
    unlocked: &UnlockedDirectory,
    chunk: &[Ready<'_>],
    now: Timestamp,
    entropy: &mut Entropy<'_>,
    threads: NonZeroUsize,
) -> Result<Outcomes, IssueError> {
    let layout = unlocked.directory().layout();
    let lock = unlocked.directory().lock()?;
    recover(layout, &lock)?;
    unlocked.refuse_another_authority()?;
    let drawn = DrawnSerials::draw(unlocked, chunk.len(), entropy)?;
    let renewed = chunk.iter().filter_map(|ready| ready.order.renews.as_ref());
    let renewable = Renewable::read(&layout.ledger, renewed, now)?;
    let prepared = prepare_all(unlocked, chunk, drawn.each(), &renewable, now, threads);
    if prepared.iter().all(Result::is_err) {
        return Ok(refused(prepared));
    }
    let ledger = Appender::open(&layout.ledger)?;
    let serials = drawn.refuse_used(layout, &ledger, |index, serial| {
        let host = chunk.get(index).map(|ready| ready.order.request.host());
        let files = host.map(|host| RepositoryFile::all_of(serial, &HostLabel::of_host(host)));
        files.into_iter().flatten().map(|file| file.to_string())
    })?;
    let journal = Journal::begin(&layout.pending())?;
    let change = Chunk {
        unlocked,
        orders: chunk,
        threads,
    };
    let written = change.write(&journal, prepared, &serials);
    let (outcomes, lines) = match written {
        Ok(written) => written,
        Err(error) => {
            // If this fails too, the next command undoes the change.
            drop(recover(layout, &lock));
            return Err(error);
        }
    };
    match ledger.append(&lines) {
        Ok(()) => {
            // Recorded: whatever stays of the journal, the next command removes.
            drop(journal.end());
            Ok(outcomes)
        }
        Err(error) => settled(outcomes, error, recover(layout, &lock)),
    }
}

/// A chunk that is being written, under the lock.
struct Chunk<'a> {
    unlocked: &'a UnlockedDirectory,
    orders: &'a [Ready<'a>],
    threads: NonZeroUsize,
}

impl Chunk<'_> {
    /// All up to the lines of the ledger, which it gives.
    fn write(
        &self,
        journal: &Journal,
        prepared: Vec<Result<Prepared<'_>, IssueError>>,
        serials: &FreshSerials,
    ) -> Result<(Outcomes, String), IssueError> {
        let layout = self.unlocked.directory().layout();
        make_repository(&layout.repository)?;
        let after = serials.file_after();
        journal.replace_number(NumberFile::Serial, &layout.serial, &after)?;
        let signed = self.sign(prepared);
        let planned: Vec<Planned> = signed.iter().flatten().map(Signed::planned).collect();
        let lines = planned.iter().map(|planned| &*planned.line).collect();
        journal.write_plan(&Plan::Issue(planned))?;
        self.write_files(layout, &signed)?;
        let repository = &layout.repository;
        let outcomes = signed.into_iter().map(|signed| {
            signed.map(|signed| IssuedFiles {
                paths: signed.files.paths(repository),
                certificate: signed.issued.certificate,
                warnings: signed.issued.warnings,
            })
        });
        Ok((outcomes.collect(), lines))
    }

    fn sign(
        &self,
        prepared: Vec<Result<Prepared<'_>, IssueError>>,
    ) -> Vec<Result<Signed<'_>, IssueError>> {
        let authority = self.unlocked.authority();
        let work: Vec<_> = prepared.into_iter().zip(self.orders).collect();
        parallel::map(work, self.threads, |(prepared, ready)| {
            let issued = prepared?.sign()?;
            let order = ready.order;
            let delivered = match &ready.key {
                ReadyKey::Made(key) => Some(key),
                ReadyKey::Kept(key) => Some(*key),
                ReadyKey::Elsewhere(_) => None,
            };
            let delivered =
                delivered.map(|key| (key, &order.bundle_password, order.key_access.mode()));
            let host = order.request.host();
            let files = BundleFiles::new(&issued.certificate, authority, host, delivered)?;
            Ok(Signed { issued, files })
        })
    }

    fn write_files(
        &self,
        layout: &Layout,
        signed: &[Result<Signed<'_>, IssueError>],
    ) -> Result<(), IssueError> {
        let repository = &layout.repository;
        let all: Vec<&Signed<'_>> = signed.iter().flatten().collect();
        let on_disk = if all.len() < TOGETHER_FROM {
            OnDisk::Now
        } else {
            OnDisk::ByCaller
        };
        // On one thread: entries of one folder are made one after the other whoever makes them, and
        // threads that wait for each other there take the cores from those that make keys.
        for signed in &all {
            signed.files.write(repository, on_disk)?;
        }
        match on_disk {
            OnDisk::Now => durable::sync_folder(repository)?,
            OnDisk::ByCaller => durable::sync_file_system(repository)?,
        }
        // Of a chunk the first store is decrypted; the others came out of the same writer.
        let first = std::iter::once(CompareStore::Contents);
        let how = first.chain(std::iter::repeat(CompareStore::Octets));
        let work = all.into_iter().zip(how).collect();
        let compared = parallel::map(work, self.threads, |(signed, store): (&Signed<'_>, _)| {
            signed.files.first_difference(repository, store)
        });
        for difference in compared {
            if let Some(path) = difference? {
                return Err(IssueError::ReadBack { path });
            }
        }
        Ok(())
    }
}

impl Signed<'_> {
    fn planned(&self) -> Planned {
        let certificate = &self.issued.certificate;
        Planned {
            serial: certificate.serial().clone(),
            line: Record::of_issued(certificate).to_line(),
            files: self.files.files(),
        }
    }
}

impl<'o> ReadyKey<'o> {
    pub(crate) fn of(key: &'o HostKey) -> Result<Self, GenerateKeyError> {
        Ok(match key {
            HostKey::Generate(spec) => Self::Made(PrivateKey::generate(*spec)?),
            HostKey::Kept(key) => Self::Kept(key),
            HostKey::Elsewhere(public_key) => Self::Elsewhere(public_key),
        })
    }

    pub(crate) fn public_key(&self) -> &PublicKey {
        match self {
            Self::Made(key) => key.public_key(),
            Self::Kept(key) => key.public_key(),
            Self::Elsewhere(public_key) => public_key,
        }
    }
}

fn prepare_all<'u>(
    unlocked: &'u UnlockedDirectory,
    chunk: &[Ready<'_>],
    serials: &[Serial],
    renewable: &Renewable,
    now: Timestamp,
    threads: NonZeroUsize,
) -> Vec<Result<Prepared<'u>, IssueError>> {
    let work: Vec<_> = chunk.iter().zip(serials).collect();
    parallel::map(work, threads, |(ready, serial)| {
        if let Some(before) = &ready.order.renews {
            renewable.check(before)?;
        }
        let (request, key) = (&ready.order.request, ready.key.public_key());
        Ok(prepare(
            request,
            key,
            unlocked.authority(),
            serial.clone(),
            now,
        )?)
    })
}

fn refused(prepared: Vec<Result<Prepared<'_>, IssueError>>) -> Outcomes {
    let refusals = prepared.into_iter().filter_map(Result::err);
    refusals.map(Err).collect()
}

/// What to answer when adding to the ledger failed. Lines that could not be taken back are there all
/// the same; recovery has looked.
fn settled(
    outcomes: Outcomes,
    error: LedgerError,
    recovered: Result<Option<Recovered>, RecoverError>,
) -> Result<Outcomes, IssueError> {
    // Where recovery failed too the journal stays, and the next command looks again.
    let done = recovered.ok().flatten().unwrap_or_default();
    let is_there = |outcome: &Result<IssuedFiles, IssueError>| match outcome {
        Ok(issued) => done.finished.contains(issued.certificate.serial()),
        Err(_) => true,
    };
    if done.finished.is_empty() || !outcomes.iter().all(is_there) {
        return Err(error.into());
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::create::NewCa;
    use crate::directory::CaDirectory;
    use crate::durable::{Doing, FileError};
    use std::path::Path;
    use trustpack_ca::request::{CaRequest, HostRequest};
    use trustpack_keystore::private_key::spec::KeySpec;

    fn issued(dir: &Path) -> IssuedFiles {
        let now = "2026-11-21T08:00:00Z".parse().unwrap();
        let request = CaRequest::new("CA").unwrap().with_key(KeySpec::EcP256);
        let key_password = None;
        let new = NewCa {
            request,
            key_password,
        };
        let mut entropy = Entropy::new(|| [1; 16]);
        let created = CaDirectory::create(dir, &new, now, &mut entropy).unwrap();
        let host = HostRequest::new("a.example.com".parse().unwrap());
        let order = IssueOrder::new(host, KeySpec::EcP256);
        created.unlocked.issue(&order, now, &mut entropy).unwrap()
    }

    #[test]
    fn the_ledger_decides_when_adding_to_it_failed() {
        let folder = tempfile::tempdir().unwrap();
        let issued = issued(folder.path());
        let serial = issued.certificate.serial().clone();
        let answer = |recovered| {
            let failed = std::io::ErrorKind::StorageFull;
            let error = FileError::new(Doing::Write, Path::new("ca.db"), failed);
            settled(vec![Ok(issued.clone())], error.into(), Ok(recovered)).is_ok()
        };
        let mut recovered = Recovered::default();
        recovered.undone.push(serial.clone());
        assert!(!answer(Some(recovered.clone())));
        recovered.finished.push(serial);
        assert!(answer(Some(recovered)));
        assert!(!answer(None));
    }
}
