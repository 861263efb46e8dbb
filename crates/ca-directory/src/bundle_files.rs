//! The files in which one issued certificate is delivered, and the comparison after writing them.
//!
//! Names and contents; where the order of writing matters, that is the issuing's. Invariant: every
//! file with a private key is written by the one function for such files.

use std::path::{Path, PathBuf};

use trustpack_ca::authority::Authority;
use trustpack_ca::host::HostName;
use trustpack_keystore::new_file::OnDisk;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{
    certificates_to_pem, private_key_to_pem, read_certificates, read_private_key,
};
use trustpack_keystore::pkcs12::{self, Encryption, WritePkcs12Error};
use trustpack_keystore::private_file::PrivateMode;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::certificate::Certificate;
use zeroize::Zeroizing;

use crate::durable::{self, FileError};
use crate::repository_file::{FileKind, HostLabel, RepositoryFile};

/// The files of one certificate, not yet written.
pub(crate) struct BundleFiles<'a> {
    /// The leaf, then the intermediate authorities: what a PEM file holds.
    pem_chain: Vec<Certificate>,
    /// The leaf and every authority above it: what a PKCS#12 file holds.
    full_chain: Vec<Certificate>,
    /// Those that there would be with a key.
    files: [RepositoryFile; 4],
    private: Option<PrivatePart<'a>>,
}

/// What there is only if the key was made here.
struct PrivatePart<'a> {
    key: &'a PrivateKey,
    password: &'a Password,
    mode: PrivateMode,
    pfx: Zeroizing<Vec<u8>>,
}

/// Where the files of one certificate are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedPaths {
    /// The host certificate in PEM; its chain follows under an intermediate CA.
    pub certificate: PathBuf,
    /// The copy that the ledger names.
    pub ledger_copy: PathBuf,
    /// The private key, if it was made here.
    pub private_key: Option<PathBuf>,
    /// Certificate, key and chain as PKCS#12, if there is a key.
    pub pfx: Option<PathBuf>,
}

/// How the PKCS#12 file is compared, which is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompareStore {
    /// What is in it, after decrypting.
    Contents,
    /// Its octets: decrypting triple DES takes longer than all else that is done for a certificate.
    Octets,
}

impl<'a> BundleFiles<'a> {
    pub(crate) fn new(
        certificate: &Certificate,
        authority: &Authority,
        host: &HostName,
        key: Option<(&'a PrivateKey, &'a Password, PrivateMode)>,
    ) -> Result<Self, WritePkcs12Error> {
        let above = std::iter::once(authority.certificate()).chain(authority.chain());
        let full_chain: Vec<Certificate> =
            std::iter::once(certificate).chain(above).cloned().collect();
        // The root is what a peer must have already: sending it proves nothing. The leaf stays, also
        // where its asker gave it the subject of the CA.
        let intermediates = full_chain
            .iter()
            .skip(1)
            .filter(|member| !member.is_self_issued());
        // The crosses are for peers that trust another key of the root.
        let pem_chain = std::iter::once(certificate)
            .chain(intermediates)
            .chain(authority.crosses())
            .cloned()
            .collect();
        let private = match key {
            Some((key, password, mode)) => {
                let pfx = pkcs12::write_key_store(key, &full_chain, password, Encryption::Legacy)?;
                Some(PrivatePart {
                    key,
                    password,
                    mode,
                    pfx: Zeroizing::new(pfx),
                })
            }
            None => None,
        };
        Ok(Self {
            files: RepositoryFile::all_of(certificate.serial(), &HostLabel::of_host(host)),
            pem_chain,
            full_chain,
            private,
        })
    }

    /// Those that are written.
    pub(crate) fn files(&self) -> Vec<RepositoryFile> {
        let has_key = self.private.is_some();
        let mut files = self.files.to_vec();
        files.retain(|file| match file.kind {
            FileKind::LedgerCopy | FileKind::Certificate(_) => true,
            FileKind::PrivateKey(_) | FileKind::Pfx(_) => has_key,
        });
        files
    }

    /// Where they are in `repository`.
    pub(crate) fn paths(&self, repository: &Path) -> IssuedPaths {
        let [ledger_copy, certificate, private_key, pfx] =
            (self.files.each_ref()).map(|file| repository.join(file.to_string()));
        IssuedPaths {
            certificate,
            ledger_copy,
            private_key: self.private.as_ref().map(|_| private_key),
            pfx: self.private.as_ref().map(|_| pfx),
        }
    }

    /// Writes them into `repository`; none may be there. Their entries in the folder are put on disk by
    /// the caller, and `on_disk` says by whom their contents are.
    pub(crate) fn write(&self, repository: &Path, on_disk: OnDisk) -> Result<(), FileError> {
        let paths = self.paths(repository);
        let leaf = certificates_to_pem(self.full_chain.get(..1).unwrap_or_default());
        durable::create_public_for(&paths.ledger_copy, leaf.as_bytes(), on_disk)?;
        let chain = certificates_to_pem(&self.pem_chain);
        durable::create_public_for(&paths.certificate, chain.as_bytes(), on_disk)?;
        if let (Some(private), Some(key), Some(pfx)) =
            (&self.private, &paths.private_key, &paths.pfx)
        {
            let pem = private_key_to_pem(private.key);
            durable::create_private_for(key, pem.as_bytes(), private.mode, on_disk)?;
            durable::create_private_for(pfx, &private.pfx, private.mode, on_disk)?;
        }
        Ok(())
    }

    /// Opens them again; gives the first that does not hold what was written.
    pub(crate) fn first_difference(
        &self,
        repository: &Path,
        store: CompareStore,
    ) -> Result<Option<PathBuf>, FileError> {
        let paths = self.paths(repository);
        let certificates_are = |path: &Path, want: &[Certificate]| -> Result<bool, FileError> {
            Ok(read_certificates(&durable::read(path)?).is_ok_and(|read| read == want))
        };
        if !certificates_are(
            &paths.ledger_copy,
            self.full_chain.get(..1).unwrap_or_default(),
        )? {
            return Ok(Some(paths.ledger_copy));
        }
        if !certificates_are(&paths.certificate, &self.pem_chain)? {
            return Ok(Some(paths.certificate));
        }
        let (Some(private), Some(key), Some(pfx)) = (&self.private, paths.private_key, paths.pfx)
        else {
            return Ok(None);
        };
        let is_ours = |read: &PrivateKey| read.public_key() == private.key.public_key();
        let file = durable::read(&key)?;
        if !read_private_key(&file, None).is_ok_and(|read| is_ours(&read)) {
            return Ok(Some(key));
        }
        let file = durable::read(&pfx)?;
        let same = match store {
            CompareStore::Octets => file.as_slice() == private.pfx.as_slice(),
            CompareStore::Contents => pkcs12::read(&file, private.password).is_ok_and(|read| {
                read.key.as_ref().is_some_and(is_ours) && read.certificates == self.full_chain
            }),
        };
        Ok((!same).then_some(pfx))
    }
}
