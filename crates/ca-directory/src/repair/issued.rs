//! Finding a certificate of a serial among the files of the repository.
//!
//! Invariant: a certificate that is given out was signed by a key of this CA, present or replaced: a file
//! that somebody put there makes no line and no copy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trustpack_keystore::password::Password;
use trustpack_keystore::pem::read_certificates;
use trustpack_keystore::pkcs12;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;

use crate::durable::{self, FileError};
use crate::findings::not_in_ledger::serial_of;
use crate::layout::Layout;
use crate::own_keys::{OwnKeys, SignedBy};
use crate::repository_file::names_in;

/// A certificate that was found.
pub(super) struct FoundCertificate {
    pub(super) certificate: Certificate,
    pub(super) signed_by: SignedBy,
    /// The file with it.
    pub(super) path: PathBuf,
}

/// The names of the files of some serials.
#[derive(Debug, Default)]
pub(super) struct FilesOf(BTreeMap<Serial, Vec<String>>);

impl FilesOf {
    /// The files of all serials that `wanted` says yes to.
    ///
    /// # Errors
    ///
    /// When the repository cannot be read.
    pub(super) fn those(
        layout: &Layout,
        wanted: impl Fn(&Serial) -> bool,
    ) -> Result<Self, FileError> {
        let mut files = Self::default();
        for name in names_in(&layout.repository)? {
            if let Some(serial) = serial_of(&name).filter(&wanted) {
                files.0.entry(serial).or_default().push(name);
            }
        }
        for names in files.0.values_mut() {
            // The copy and the PEM file come before what must be decrypted.
            names.sort_by_key(|name| (name.ends_with(".pfx"), name.clone()));
        }
        Ok(files)
    }

    pub(super) fn serials(&self) -> impl Iterator<Item = &Serial> {
        self.0.keys()
    }

    /// The certificate of a serial in any of its files.
    pub(super) fn certificate(
        &self,
        layout: &Layout,
        keys: &OwnKeys,
        serial: &Serial,
    ) -> Option<FoundCertificate> {
        let names = self.0.get(serial)?;
        names.iter().find_map(|name| {
            let path = layout.repository.join(name);
            let certificates = certificates_in(&path, name)?;
            let of_serial = |certificate: &Certificate| certificate.serial() == serial;
            let certificate = certificates.into_iter().find(of_serial)?;
            let signed_by = keys.signer(&certificate)?;
            Some(FoundCertificate {
                certificate,
                signed_by,
                path,
            })
        })
    }
}

/// The certificates in a file of the repository; none of what cannot be read, or holds keys only.
fn certificates_in(path: &Path, name: &str) -> Option<Vec<Certificate>> {
    if name.ends_with("_priv_key.pem") {
        return None;
    }
    let contents = durable::read(path).ok()?;
    if name.ends_with(".pfx") {
        let store = pkcs12::read(&contents, &Password::empty()).ok()?;
        Some(store.certificates)
    } else {
        read_certificates(&contents).ok()
    }
}
