//! Making a new CA directory, all or nothing.
//!
//! How it is put in place is [`crate::founding`]'s. Invariant: what is put in place was opened again and
//! compared.

use std::path::{Path, PathBuf};

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
use crate::durable::{self, FileError};
use crate::entropy::Entropy;
use crate::founding::{FIRST_CRL_NUMBER, Founding, FoundingError, refuse_existing};
use crate::layout;
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
    /// The place.
    #[error(transparent)]
    Place(#[from] FoundingError),
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
        let founding = Founding::begin(dir)?;
        let next_serial = Serial::from_random(entropy.draw());
        build(&founding.aside(), new, &authority, &next_serial)?;
        let directory = Self::of(founding.finish()?, authority.certificate().clone());
        Ok(Created {
            unlocked: UnlockedDirectory::of(directory, authority),
            warnings,
        })
    }
}

/// Writes the CA's own files into `aside`, opens them again and compares.
pub(crate) fn build(
    aside: &Path,
    new: &NewCa,
    authority: &Authority,
    next_serial: &Serial,
) -> Result<(), CreateError> {
    let certificates = [authority.certificate().clone()];
    let above: Vec<_> = authority
        .chain()
        .iter()
        .chain(authority.crosses())
        .cloned()
        .collect();
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
        (layout::CHAIN, certificates_to_pem(&above).into_bytes()),
        (layout::LEDGER, Vec::new()),
        (layout::SERIAL, serial_file::text(next_serial).into_bytes()),
        (layout::CRL_NUMBER, FIRST_CRL_NUMBER.into()),
        (
            layout::CONFIG,
            config_text(new.request.own_digest(), new.request.crl_urls()).into_bytes(),
        ),
    ];
    for (name, contents) in public {
        // A root has no chain.
        if name != layout::CHAIN || !above.is_empty() {
            durable::create_public(&aside.join(name), &contents)?;
        }
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
    if aside.join(layout::CHAIN).exists() {
        let above = || authority.chain().iter().chain(authority.crosses());
        compare(layout::CHAIN, &|file| {
            read_certificates(file).is_ok_and(|read| read.iter().eq(above()))
        })?;
    }
    compare(layout::TRUST_STORE, &|file| {
        pkcs12::read(file, &Password::empty())
            .is_ok_and(|store| store.key.is_none() && store.certificates == certificates)
    })?;
    compare(layout::PRIVATE_KEY, &|file| {
        read_private_key(file, new.key_password.as_ref())
            .is_ok_and(|key| key.matches(authority.certificate()))
    })
}
