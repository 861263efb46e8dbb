//! Taking over an authority that another program kept: `ca import`.
//!
//! The source is read and never written. What it has goes into a new CA directory: key and certificate as
//! they are, ledger line by line, serial, number and contents of the CRL, what was issued. Invariant: the
//! new folder says nothing of a certificate that the source did not say, but for those that it had
//! forgotten; a revocation is never lost.

mod authority;
pub mod confined;
mod file_names;
mod issued;
mod numbers;
mod openssl_source;
pub mod records;
mod replaced;
pub mod report;
mod signers;
pub mod source;

use std::fs::File;
use std::path::{Path, PathBuf};

use trustpack_ca::authority::InvalidAuthority;
use trustpack_judge::limits::MIN_RSA_BITS;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{ReadCertificatesError, ReadKeyError};
use trustpack_keystore::pkcs12::WritePkcs12Error;
use trustpack_x509::time::Timestamp;
use zeroize::Zeroizing;

use self::authority::{CaFiles, TakenAuthority};
use self::confined::{Confined, SourceError};
use self::issued::{Issued, Tally};
use self::numbers::{Crl, NextSerial};
use self::records::{Records, RecordsError};
use self::replaced::Replaced;
use self::report::{ImportReport, ImportWarning, LeftOut};
use self::source::{Found, NamedFiles, RecogniseError, SourceFile, recognise};
use crate::config_text::config_text;
use crate::crl::list_file::InvalidListFile;
use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::entropy::Entropy;
use crate::founding::{Founding, FoundingError};
use crate::ledger_line::Record;

/// What to take over.
#[derive(Debug)]
pub struct ImportOrder<'a> {
    /// The folder of the authority; none where certificate and key are named.
    pub source: Option<&'a Path>,
    /// Files that are read wherever they are, in place of those of the folder.
    pub named: &'a NamedFiles,
    /// What is done about an encrypted key.
    pub key: EncryptedKey<'a>,
}

/// What is done about the CA key if it is encrypted. It stays encrypted in any case.
#[derive(Clone, Copy, Debug)]
pub enum EncryptedKey<'a> {
    /// It is opened with this, to see that it is the right one.
    OpenWith(Option<&'a Password>),
    /// It is taken unopened.
    TakeUnchecked,
}

/// An authority that was taken over.
#[derive(Debug)]
pub struct Imported {
    /// The new CA directory.
    pub directory: CaDirectory,
    /// What was brought, and what not.
    pub report: ImportReport,
}

/// Nothing was taken over, and the new folder was not made.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What the folder is.
    #[error(transparent)]
    Recognise(#[from] RecogniseError),
    /// A file of the source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file that was named, or one that is written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The new folder.
    #[error(transparent)]
    Place(#[from] FoundingError),
    /// The new folder would change the source.
    #[error("{} lies in {}; an import never changes its source", dir.display(), source_folder.display())]
    InSource {
        /// The new folder.
        dir: PathBuf,
        /// The source.
        source_folder: PathBuf,
    },
    /// A file that must be there.
    #[error("{} is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A certificate.
    #[error("{} cannot be used", path.display())]
    Certificate {
        /// The file with it.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadCertificatesError,
    },
    /// The key is encrypted, and no password was given.
    #[error("the CA key {} is encrypted; its password is needed", path.display())]
    PasswordNeeded {
        /// The file with the key.
        path: PathBuf,
    },
    /// The key.
    #[error("the CA key {} cannot be used", path.display())]
    Key {
        /// The file with the key.
        path: PathBuf,
        /// What is wrong with it.
        source: ReadKeyError,
    },
    /// A key that no program of today accepts signatures of.
    #[error(
        "the CA key has {bits} bits; certificates under an RSA key of less than {MIN_RSA_BITS} bits are refused by TLS \
         libraries of today"
    )]
    WeakKey {
        /// The length of its modulus.
        bits: u32,
    },
    /// A name by which no certificate under it can be loaded.
    #[error("the subject of the CA makes what it issues useless: {0}")]
    Name(String),
    /// Key and certificate are no authority.
    #[error(transparent)]
    Authority(#[from] InvalidAuthority),
    /// The ledger.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The CRL.
    #[error("the CRL {} cannot be read", path.display())]
    Crl {
        /// The file with it.
        path: PathBuf,
        /// What is wrong with it.
        source: InvalidListFile,
    },
    /// A file with a number.
    #[error("{} holds {found:?}, which is no hexadecimal number", path.display())]
    Number {
        /// The file.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// The trust store.
    #[error("the trust store cannot be made")]
    TrustStore(#[from] WritePkcs12Error),
}

impl CaDirectory {
    /// Takes over the authority of `order` into the new CA directory `dir`.
    ///
    /// # Errors
    ///
    /// [`ImportError`]; there is no new folder, and the source is as it was in any case.
    pub fn import(
        dir: &Path,
        order: &ImportOrder<'_>,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<Imported, ImportError> {
        let source = order.source.map(Confined::open).transpose()?;
        if let Some(source) = &source
            && source.contains_place(dir)
        {
            return Err(ImportError::InSource {
                dir: dir.to_path_buf(),
                source_folder: source.folder().to_path_buf(),
            });
        }
        let found = recognise(source.as_ref(), order.named)?;
        let reader = Reader(source.as_ref());
        let authority = TakenAuthority::read(&reader, &found, order.key)?;
        let records = Records::of(&reader, &found)?;
        let crl = Crl::read(&reader, &found, &authority.certificate)?;
        let replaced = match (&source, &found.replaced) {
            (Some(source), Some(all)) => Replaced::read(source, all, &authority.certificate)?,
            (None, _) | (_, None) => Replaced::default(),
        };
        let founding = Founding::begin(dir)?;
        let repository = founding.repository()?;
        let tally = match &source {
            Some(source) => {
                replaced.write(source, &founding.aside())?;
                let serials = &records.serials;
                let mut issued = Issued::new(source, &authority, &replaced, repository, serials);
                for place in &found.issued {
                    issued.bring(place)?;
                }
                issued.tally
            }
            None => Tally::default(),
        };
        let used = records.highest_counted.max(tally.highest_counted);
        let serial = NextSerial::of(&reader, &found, &authority.certificate, used, entropy)?;
        let taken = Taken {
            found,
            authority,
            records,
            crl,
            tally,
            replaced,
            serial,
        };
        taken.write(&founding.aside())?;
        let layout = founding.finish()?;
        let report = taken.report(now);
        let TakenAuthority {
            certificate, chain, ..
        } = taken.authority;
        Ok(Imported {
            directory: Self::of_chain(layout, certificate, chain),
            report,
        })
    }
}

/// Everything of the source that goes into the new folder, but for the repository.
struct Taken {
    found: Found,
    authority: TakenAuthority,
    records: Records,
    crl: Crl,
    tally: Tally,
    replaced: Replaced,
    serial: NextSerial,
}

impl Taken {
    fn write(&self, aside: &Path) -> Result<(), ImportError> {
        let added: String = self.tally.unrecorded.iter().map(Record::to_line).collect();
        let digest = self.authority.digest(self.found.digest);
        self.authority.write(
            aside,
            &CaFiles {
                ledger: &|file| self.records.write(&added, file),
                serial: &self.serial.text,
                crl_number: &self.crl.next_number,
                crl: self.crl.list.as_ref(),
                config: config_text(digest, &self.found.crl_urls),
            },
        )
    }

    fn report(&self, now: Timestamp) -> ImportReport {
        let naming_serial = match self.tally.naming_serial {
            0 => None,
            count => Some(ImportWarning::NamesSerial { count }),
        };
        let warnings = self.authority.warnings(now).into_iter();
        let warnings = warnings
            .chain(self.serial.moved.clone())
            .chain(naming_serial);
        ImportReport {
            kind: self.found.kind,
            records: self.records.serials.count(),
            revoked: self.records.revoked,
            added_records: self.tally.unrecorded.len(),
            certificates: self.tally.certificates,
            keys: self.tally.keys,
            chain: self.authority.chain.len(),
            replaced_keys: self.replaced.keys.len(),
            crl: self.crl.list.is_some(),
            crl_number: self.crl.next_number.trim().to_owned(),
            serials: self.serial.serials.clone(),
            key: self.authority.key_state,
            left_out: self.left_out(),
            warnings: warnings.collect(),
        }
    }

    /// Certificates and keys, what has no place in a CA directory, the CRL.
    fn left_out(&self) -> Vec<LeftOut> {
        let not_taken = self.found.not_taken.iter().map(|(path, reason)| LeftOut {
            path: path.clone(),
            reason: (*reason).to_owned(),
        });
        let issued = self.tally.left_out.iter().cloned();
        issued
            .chain(self.replaced.left_out.iter().cloned())
            .chain(not_taken)
            .chain(self.crl.left_out.clone())
            .collect()
    }
}

/// Reads files of the source: in the folder only inside, named ones anywhere.
struct Reader<'a>(Option<&'a Confined>);

impl Reader<'_> {
    fn read(&self, file: &SourceFile) -> Result<Zeroizing<Vec<u8>>, ImportError> {
        let missing = || ImportError::Missing {
            path: file.path().to_path_buf(),
        };
        match (file, self.0) {
            (SourceFile::Named(path), _) => Ok(durable::read(path)?),
            (SourceFile::Inside(path), Some(source)) => source.read(path)?.ok_or_else(missing),
            (SourceFile::Inside(_), None) => Err(missing()),
        }
    }

    fn has(&self, path: &Path) -> bool {
        self.0.is_some_and(|source| source.has(path))
    }

    fn read_small(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, ImportError> {
        Ok(self
            .0
            .map(|source| source.read(path))
            .transpose()?
            .flatten())
    }

    fn open_large(&self, path: &Path) -> Result<Option<File>, ImportError> {
        Ok(self
            .0
            .map(|source| source.open_large(path))
            .transpose()?
            .flatten())
    }
}
