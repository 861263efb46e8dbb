//! Finding a certificate of a serial among the files of the repository.
//!
//! Invariant: a certificate that is given out was signed by a key of this CA, present or replaced: a file
//! that somebody put there makes no line and no copy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trustpack_judge::signature::danger_verify_certificate;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::read_certificates;
use trustpack_keystore::pkcs12;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::name::Name;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;

use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::findings::not_in_ledger::serial_of;
use crate::layout::Layout;
use crate::repository_file::names_in;
use crate::retired::RetiredKey;

/// The keys of a CA.
pub(super) struct OwnKeys {
    subject: Name,
    present: PublicKey,
    replaced: Vec<PublicKey>,
}

/// Whose key signed a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignedBy {
    /// The one that the CA has.
    Present,
    /// One that was replaced.
    Replaced,
}

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

impl OwnKeys {
    pub(super) fn of(directory: &CaDirectory, retired: &[RetiredKey]) -> Self {
        let key = |key: &RetiredKey| key.certificate().public_key().clone();
        Self {
            subject: directory.certificate().subject().clone(),
            present: directory.certificate().public_key().clone(),
            replaced: retired.iter().map(key).collect(),
        }
    }

    /// Whose key signed it; none for a certificate of somebody else.
    fn signer(&self, certificate: &Certificate) -> Option<SignedBy> {
        if *certificate.issuer() != self.subject {
            return None;
        }
        // SHA-1 is no reason to forget what was issued.
        let signed = |key: &PublicKey| danger_verify_certificate(certificate, key).is_ok();
        if signed(&self.present) {
            Some(SignedBy::Present)
        } else {
            let replaced = self.replaced.iter().any(signed);
            replaced.then_some(SignedBy::Replaced)
        }
    }
}

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
