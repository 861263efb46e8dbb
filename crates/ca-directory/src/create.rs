//! Making a new CA directory, all or nothing.
//!
//! Everything is built in a folder aside; one rename that replaces nothing puts it in place. What a
//! killed attempt leaves is removed by the next one. Invariant: a folder that has a CA, or a part
//! of one, is not touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use trustpack_ca::authority::Authority;
use trustpack_ca::issue::{IssueError, NewAuthority, create_authority};
use trustpack_ca::request::CaRequest;
use trustpack_ca::warning::Warning;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{
    EncryptKeyError, certificates_to_pem, private_key_to_encrypted_pem, private_key_to_pem,
    read_certificates, read_private_key,
};
use trustpack_keystore::pkcs12::{self, WritePkcs12Error};
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::{GenerateKeyError, PrivateKey};
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;
use zeroize::Zeroizing;

use crate::config_text::config_text;
use crate::directory::{CaDirectory, UnlockedDirectory};
use crate::durable::{self, Doing, FileError};
use crate::entropy::Entropy;
use crate::layout::{self, Layout, REPOSITORY};
use crate::lock::Lock;
use crate::serial_file;

/// What a new CA directory is made of.
#[derive(Debug)]
pub struct NewCa {
    /// Subject, key, lifetime.
    pub request: CaRequest,
    /// Encrypts the CA key; without one it lies there open, protected by its permissions.
    pub key_password: Option<Password>,
}

/// A CA directory that was made.
#[derive(Debug)]
pub struct Created {
    /// The CA directory, ready to issue.
    pub unlocked: UnlockedDirectory,
    /// What its asker should know.
    pub warnings: Vec<Warning>,
}

/// No CA directory was made, and nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is a CA.
    #[error("{} has a CA already: {subject}, until {not_after}", dir.display())]
    Exists {
        /// The folder.
        dir: PathBuf,
        /// The subject of the CA that is there.
        subject: String,
        /// Its last moment.
        not_after: Timestamp,
    },
    /// There is a part of a CA, or something of the same name.
    #[error("{} is in the way; a CA is made only where there is no file of another", path.display())]
    Occupied {
        /// What is there.
        path: PathBuf,
    },
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// No key.
    #[error(transparent)]
    Key(#[from] GenerateKeyError),
    /// No certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The key could not be encrypted.
    #[error("the CA key cannot be encrypted")]
    Encrypt(#[from] EncryptKeyError),
    /// `ca_cert.pfx` could not be written.
    #[error("the trust store cannot be made")]
    TrustStore(#[from] WritePkcs12Error),
    /// A file reads back as something else than was written.
    #[error("{} does not read back as it was written; is the disk sound?", path.display())]
    ReadBack {
        /// The file.
        path: PathBuf,
    },
}

/// The folder in which a CA is built: beside the place of `ca_conf`, on the same file system.
pub(crate) const ASIDE: &str = ".ca_conf.new";
/// The number of the first CRL, in the form that OpenSSL reads.
const FIRST_CRL_NUMBER: &str = "01\n";

impl CaDirectory {
    /// Makes a CA in `dir`, which is made too if it is not there.
    ///
    /// Takes as long as its key takes to make: some seconds for RSA with 4096 bits.
    ///
    /// # Errors
    ///
    /// [`CreateError`]; the folder is as it was.
    pub fn create(
        dir: &Path,
        new: &NewCa,
        now: Timestamp,
        entropy: &mut Entropy<'_>,
    ) -> Result<Created, CreateError> {
        refuse_existing(dir)?;
        let key = PrivateKey::generate(new.request.key())?;
        let serial = Serial::from_random(entropy.draw());
        let NewAuthority {
            authority,
            warnings,
        } = create_authority(&new.request, key, serial, now)?;
        let made = make_folders(dir)?;
        let placed = place(dir, new, &authority, &Serial::from_random(entropy.draw()));
        if placed.is_err() {
            remove_folders(&made);
        }
        placed?;
        let directory = Self::of(Layout::new(dir), authority.certificate().clone());
        Ok(Created {
            unlocked: UnlockedDirectory::of(directory, authority),
            warnings,
        })
    }
}

/// Under the lock of `dir`: builds the CA aside, makes the repository, puts the CA in place.
fn place(
    dir: &Path,
    new: &NewCa,
    authority: &Authority,
    next_serial: &Serial,
) -> Result<(), CreateError> {
    let lock = Lock::take(dir)?;
    refuse_existing(dir)?;
    clear_leftovers(dir, &lock)?;
    let aside = dir.join(ASIDE);
    let built = build(&aside, new, authority, next_serial).and_then(|()| {
        make_repository(&dir.join(REPOSITORY))?;
        // From here on the CA is there, and whole.
        rename_into_place(&aside, &dir.join(layout::CA_CONF))?;
        Ok(durable::sync_folder(dir)?)
    });
    if built.is_err() {
        // What went wrong is told; that its remains stayed too is seen by the next command.
        drop(clear_leftovers(dir, &lock));
    }
    built
}

/// Makes the repository if it is missing.
pub(crate) fn make_repository(repository: &Path) -> Result<(), FileError> {
    if !repository.is_dir() {
        durable::create_folder(repository, 0o755)?;
        durable::sync_folder_of(repository)?;
    }
    Ok(())
}

/// Removes what a killed attempt left, its private key included.
pub(crate) fn clear_leftovers(dir: &Path, _held: &Lock) -> Result<(), FileError> {
    let aside = dir.join(ASIDE);
    if aside.symlink_metadata().is_ok() && dir.join(layout::CA_CONF).symlink_metadata().is_err() {
        // The attempt may have made the repository; one with something in it was there before.
        drop(fs::remove_dir(dir.join(REPOSITORY)));
    }
    match fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::new(Doing::Remove, &aside, error))
        }
        Err(_) | Ok(()) => Ok(()),
    }
}

fn refuse_existing(dir: &Path) -> Result<(), CreateError> {
    // Where even looking fails something is in the way, or making the folder will say why not.
    let layout = Layout::find(dir).unwrap_or_else(|_| Layout::new(dir));
    if layout.ca_conf.symlink_metadata().is_ok() {
        let certificate = durable::read(&layout.certificate)
            .ok()
            .and_then(|file| read_certificates(&file).ok()?.into_iter().next());
        return Err(match certificate {
            Some(certificate) => CreateError::Exists {
                dir: dir.to_path_buf(),
                subject: certificate.subject().to_string(),
                not_after: certificate.validity().not_after,
            },
            None => CreateError::Occupied {
                path: layout.ca_conf,
            },
        });
    }
    let beside = [
        layout::PRIVATE_KEY,
        layout::LEDGER,
        layout::SERIAL,
        layout::CONFIG,
    ];
    match beside
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.symlink_metadata().is_ok())
    {
        Some(path) => Err(CreateError::Occupied { path }),
        None => Ok(()),
    }
}

/// Makes `dir` and what is missing above it; says what was made, the outermost first. When it fails
/// nothing of that is left.
fn make_folders(dir: &Path) -> Result<Vec<&Path>, FileError> {
    let mut missing: Vec<&Path> = dir
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    missing.reverse();
    for (made, folder) in missing.iter().enumerate() {
        durable::create_folder(folder, 0o755)
            .inspect_err(|_| remove_folders(missing.get(..made).unwrap_or_default()))?;
    }
    Ok(missing)
}

/// Removes folders that were made in vain, the innermost first; one that somebody else has put a
/// file into stays.
fn remove_folders(made: &[&Path]) {
    for folder in made.iter().rev() {
        drop(fs::remove_dir(folder));
    }
}

fn build(
    aside: &Path,
    new: &NewCa,
    authority: &Authority,
    next_serial: &Serial,
) -> Result<(), CreateError> {
    let certificates = [authority.certificate().clone()];
    durable::create_folder(aside, 0o700)?;
    let key = match &new.key_password {
        Some(password) => Zeroizing::new(private_key_to_encrypted_pem(authority.key(), password)?),
        None => private_key_to_pem(authority.key()),
    };
    let key_path = aside.join(layout::PRIVATE_KEY);
    durable::create_private(&key_path, key.as_bytes(), PrivateMode::ReadOnly0400)?;
    let public = [
        (
            layout::CERTIFICATE,
            certificates_to_pem(&certificates).into_bytes(),
        ),
        (
            layout::TRUST_STORE,
            pkcs12::write_trust_store(&certificates)?,
        ),
        (layout::LEDGER, Vec::new()),
        (layout::SERIAL, serial_file::text(next_serial).into_bytes()),
        (layout::CRL_NUMBER, FIRST_CRL_NUMBER.into()),
        (
            layout::CONFIG,
            config_text(new.request.own_digest(), new.request.crl_urls()).into_bytes(),
        ),
    ];
    for (name, contents) in public {
        durable::create_public(&aside.join(name), &contents)?;
    }
    durable::sync_folder(aside)?;
    read_back(aside, new, authority)
}

/// Opens what was written and compares it.
fn read_back(aside: &Path, new: &NewCa, authority: &Authority) -> Result<(), CreateError> {
    let certificates = [authority.certificate().clone()];
    let compare = |name: &str, same: &dyn Fn(&[u8]) -> bool| {
        let path = aside.join(name);
        let contents = durable::read(&path)?;
        if same(&contents) {
            Ok(())
        } else {
            Err(CreateError::ReadBack { path })
        }
    };
    compare(layout::CERTIFICATE, &|file| {
        read_certificates(file).is_ok_and(|read| read == certificates)
    })?;
    compare(layout::TRUST_STORE, &|file| {
        pkcs12::read(file, &Password::empty())
            .is_ok_and(|store| store.key.is_none() && store.certificates == certificates)
    })?;
    compare(layout::PRIVATE_KEY, &|file| {
        read_private_key(file, new.key_password.as_ref())
            .is_ok_and(|key| key.matches(authority.certificate()))
    })
}

/// Renames a folder, replacing nothing.
fn rename_into_place(from: &Path, to: &Path) -> Result<(), CreateError> {
    let renamed = match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system knows the flag. Renaming a folder onto one that is not empty fails
        // anyway, and we hold the lock.
        Err(Errno::INVAL | Errno::NOSYS) => fs::rename(from, to),
        other => other.map_err(io::Error::from),
    };
    match renamed {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(CreateError::Occupied {
            path: to.to_path_buf(),
        }),
        Err(error) => Err(FileError::new(Doing::Rename, to, error).into()),
        Ok(()) => Ok(()),
    }
}
