//! The certificates that the source issued, with their keys where those lie beside them.
//!
//! Each certificate is verified with the CA key before it is taken, or with one that it replaced: those that came along,
//! and those that a cross certificate in the repository names. Invariant: nothing of a certificate that another authority
//! signed, or of a key that belongs to no certificate, comes into the repository.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{
    ReadKeyError, certificates_to_pem, read_certificates, read_private_key,
};
use trustpack_keystore::private_file::PrivateMode;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use zeroize::Zeroizing;

use super::ImportError;
use super::authority::TakenAuthority;
use super::confined::{Confined, SourceError};
use super::file_names::{
    append_end, ends_with, file_label, has_end, is_of_authority, name, replace_end, side_by_side,
};
use super::replaced::Replaced;
use super::report::LeftOut;
use super::signers::{Signer, Signers};
use super::source::IssuedIn;
use crate::check::serials::Serials;
use crate::check::whole_message;
use crate::durable;
use crate::layout::ledger_copy_name;
use crate::ledger_line::Record;
use crate::repository_file::{FileKind, HostLabel, RepositoryFile};

/// Certificates that are brought into a new repository.
pub(super) struct Issued<'a> {
    source: &'a Confined,
    signers: Signers,
    repository: PathBuf,
    /// Serials that the ledger of the source has.
    recorded: &'a Serials,
    copied: BTreeSet<Serial>,
    pub(super) tally: Tally,
}

/// What became of a certificate of the source.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It was brought, or left out and said.
    Told,
    /// It, or what stands behind it, may be of a key that is not known yet.
    Waits,
}

/// Which keys of the CA are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// A cross certificate may tell of another one.
    SomeKeys,
    /// Nothing in this place tells of another one.
    AllKeys,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) certificates: usize,
    pub(super) keys: usize,
    /// Those that no ledger had.
    pub(super) unrecorded: Vec<Record>,
    pub(super) naming_serial: usize,
    pub(super) highest_counted: Option<u64>,
    pub(super) left_out: Vec<LeftOut>,
}

/// A certificate with what lies beside it.
struct Pair {
    certificate: PathBuf,
    key: Option<PathBuf>,
}

impl<'a> Issued<'a> {
    pub(super) fn new(
        source: &'a Confined,
        authority: &'a TakenAuthority,
        replaced: &'a Replaced,
        repository: PathBuf,
        recorded: &'a Serials,
    ) -> Self {
        Self {
            source,
            signers: Signers::new(authority, replaced),
            repository,
            recorded,
            copied: BTreeSet::new(),
            tally: Tally::default(),
        }
    }

    /// Brings what is in one place of the source.
    pub(super) fn bring(&mut self, from: &IssuedIn) -> Result<(), ImportError> {
        let mut waiting = self.pairs(from)?;
        loop {
            let known = self.signers.count();
            let mut still = Vec::new();
            for pair in waiting {
                if self.bring_pair(&pair, Known::SomeKeys)? == Fate::Waits {
                    still.push(pair);
                }
            }
            waiting = still;
            // A cross certificate may have told of another key.
            if self.signers.count() == known {
                break;
            }
        }
        for pair in waiting {
            self.bring_pair(&pair, Known::AllKeys)?;
        }
        match from {
            IssuedIn::Repository(folder) => self.bring_key_stores(folder),
            IssuedIn::Certificates(_)
            | IssuedIn::WithKeys { .. }
            | IssuedIn::HostFolders(_)
            | IssuedIn::SideBySide(_) => Ok(()),
        }
    }

    /// The PKCS#12 files of certificates that were brought, unopened: their passwords are their owners'.
    fn bring_key_stores(&mut self, folder: &Path) -> Result<(), ImportError> {
        for path in self.entries(folder)? {
            let is_store = name(&path).parse().is_ok_and(|file: RepositoryFile| {
                matches!(file.kind, FileKind::Pfx(_)) && self.copied.contains(&file.serial)
            });
            if !is_store {
                continue;
            }
            if let Some(file) = self.read(&path)? {
                let to = self.repository.join(name(&path));
                durable::create_private(&to, &file, PrivateMode::Owner0600)?;
            }
        }
        Ok(())
    }

    /// A file of the source; none if it is not there, or a link that leads out, which is left and said.
    fn read(&mut self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, SourceError> {
        match self.source.read(path) {
            Err(SourceError::Outside(outside)) => {
                self.leave(path, outside.to_string());
                Ok(None)
            }
            read => read,
        }
    }

    /// What is in a folder of the source, likewise.
    fn entries(&mut self, folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
        match self.source.entries(folder) {
            Err(SourceError::Outside(outside)) => {
                self.leave(folder, outside.to_string());
                Ok(Vec::new())
            }
            entries => entries,
        }
    }

    /// What may be certificates, and where their keys would be: whether they are there shows when they are read.
    fn pairs(&mut self, from: &IssuedIn) -> Result<Vec<Pair>, SourceError> {
        let mut entries = |folder: &Path| self.entries(folder);
        let pairs = match from {
            IssuedIn::Certificates(folder) => entries(folder)?
                .into_iter()
                .filter(|path| has_end(path, &["pem", "crt", "cer"]))
                .map(|certificate| Pair {
                    certificate,
                    key: None,
                })
                .collect(),
            IssuedIn::WithKeys { certificates, keys } => entries(certificates)?
                .into_iter()
                .filter(|path| has_end(path, &["pem", "crt", "cer"]))
                .map(|certificate| {
                    let name = certificate.file_stem().unwrap_or_default();
                    Pair {
                        key: Some(append_end(&keys.join(name), ".key")),
                        certificate,
                    }
                })
                .collect(),
            IssuedIn::HostFolders(folder) => entries(folder)?
                .into_iter()
                .map(|host| Pair {
                    certificate: host.join("cert.pem"),
                    key: Some(host.join("key.pem")),
                })
                .collect(),
            IssuedIn::SideBySide(folder) => entries(folder)?
                .into_iter()
                .filter_map(|path| side_by_side(&path, "-key.pem"))
                .map(|(certificate, key)| Pair {
                    certificate,
                    key: Some(key),
                })
                .collect(),
            IssuedIn::Repository(folder) => entries(folder)?
                .into_iter()
                .filter(|path| has_end(path, &["pem"]) && !ends_with(path, "_priv_key.pem"))
                .map(|certificate| {
                    let key = replace_end(&certificate, "_cert.pem", "_priv_key.pem");
                    Pair { key, certificate }
                })
                .collect(),
        };
        Ok(pairs)
    }

    fn bring_pair(&mut self, pair: &Pair, known: Known) -> Result<Fate, ImportError> {
        let Some((certificate, behind)) = self.read_pair(pair)? else {
            return Ok(Fate::Told);
        };
        let Some(signer) = self.signers.signer_of(&certificate).cloned() else {
            return Ok(self.leave_unsigned(&certificate, &pair.certificate, known));
        };
        let serial = certificate.serial();
        if !serial.is_conforming() {
            let text = format!("its serial is {serial}, which no ledger can have");
            self.leave(&pair.certificate, text);
            return Ok(Fate::Told);
        }
        let named = file_label(&pair.certificate);
        let behind = if named.is_some() { behind } else { Vec::new() };
        // A cross certificate does not wait, since others wait for its key.
        let waits = known == Known::SomeKeys && !certificate.is_self_issued();
        if waits && !behind.iter().all(|one| self.signers.are_or_signed(one)) {
            return Ok(Fate::Waits);
        }
        self.copy(&certificate)?;
        self.signers.learn(&certificate);
        let host = named
            .clone()
            .unwrap_or_else(|| HostLabel::of_certificate(&certificate));
        let has_key = match &pair.key {
            Some(key) => self.bring_key(&certificate, key, &host)?,
            None => false,
        };
        // In a repository like ours also that of a certificate whose key was made elsewhere.
        if named.is_some() || has_key {
            let behind = self.own_of(&behind, &pair.certificate);
            self.bring_sent(&certificate, behind, &signer, &host)?;
        }
        Ok(Fate::Told)
    }

    /// The certificate of a pair, and what stands behind it in its file; none where nothing is to be brought.
    fn read_pair(
        &mut self,
        pair: &Pair,
    ) -> Result<Option<(Certificate, Vec<Certificate>)>, ImportError> {
        if is_of_authority(&pair.certificate) {
            return Ok(None);
        }
        let Some(file) = self.read(&pair.certificate)? else {
            if let Some(key) = &pair.key
                && self.read(key)?.is_some()
            {
                self.leave(key, "its certificate is not there, or was left out");
            }
            return Ok(None);
        };
        let all = match read_certificates(&file) {
            Ok(all) => all,
            Err(error) => {
                self.leave(&pair.certificate, whole_message(&error));
                return Ok(None);
            }
        };
        let pair = all.split_first();
        let pair = pair.filter(|(first, _)| !self.signers.are_of(first));
        Ok(pair.map(|(first, rest)| (first.clone(), rest.to_vec())))
    }

    /// Says of a certificate that no known key signed why it stays, unless a key that signed it may become known.
    fn leave_unsigned(&mut self, certificate: &Certificate, path: &Path, known: Known) -> Fate {
        let text = match (self.signers.doubt(certificate), known) {
            (Some(error), _) => format!("whether this CA signed it cannot be told: {error}"),
            (None, Known::SomeKeys) => return Fate::Waits,
            (None, Known::AllKeys) => match self.signers.not_by_a_known_key(certificate) {
                Some(why) => format!("it {why}"),
                None => "this CA did not sign it".to_owned(),
            },
        };
        self.leave(path, text);
        Fate::Told
    }

    /// Those of the CA and above it; what else stands there would be sent to every peer.
    fn own_of(&mut self, behind: &[Certificate], path: &Path) -> Vec<Certificate> {
        let (own, others): (Vec<_>, Vec<_>) = behind
            .iter()
            .partition(|one| self.signers.are_or_signed(one));
        for other in others {
            let why = self.signers.not_by_a_known_key(other);
            let why = why.unwrap_or_else(|| "is none of this CA, nor of one above it".to_owned());
            let text = format!("the certificate of {} behind it {why}", other.subject());
            self.leave(path, text);
        }
        own.into_iter().cloned().collect()
    }

    /// The copy that the ledger names; once, also where the source has several.
    fn copy(&mut self, certificate: &Certificate) -> Result<(), ImportError> {
        let serial = certificate.serial();
        if !self.copied.insert(serial.clone()) {
            return Ok(());
        }
        let pem = certificates_to_pem(std::slice::from_ref(certificate));
        let path = self.repository.join(ledger_copy_name(serial));
        durable::create_public(&path, pem.as_bytes())?;
        let tally = &mut self.tally;
        tally.certificates += 1;
        tally.highest_counted = tally.highest_counted.max(serial.counting_value());
        let names = certificate.extensions().authority_key_id.as_ref();
        tally.naming_serial += usize::from(names.is_some_and(|id| id.serial.is_some()));
        if !self.recorded.contains(serial) {
            tally.unrecorded.push(Record::of_issued(certificate));
        }
        Ok(())
    }

    /// The key, as it is; says whether it was brought.
    fn bring_key(
        &mut self,
        certificate: &Certificate,
        path: &Path,
        label: &HostLabel,
    ) -> Result<bool, ImportError> {
        let Some(file) = self.read(path)? else {
            return Ok(false);
        };
        let ours = match read_private_key(&file, Some(&Password::empty())) {
            Ok(key) if key.matches(certificate) => true,
            // It lies beside the certificate under its name; the password is its owner's.
            Err(ReadKeyError::Encrypted | ReadKeyError::WrongPassword) => true,
            Ok(_) => {
                self.leave(path, "it is the key of no certificate beside it");
                false
            }
            Err(error) => {
                self.leave(path, whole_message(&error));
                false
            }
        };
        let [_, _, key_file, _] = RepositoryFile::all_of(certificate.serial(), label);
        let key = self.repository.join(key_file.to_string());
        if !ours || key.exists() {
            return Ok(false);
        }
        durable::create_private(&key, &file, PrivateMode::Owner0600)?;
        self.tally.keys += 1;
        Ok(true)
    }

    /// The certificate with what its host sends behind it: what the source had there, else those above it.
    fn bring_sent(
        &self,
        certificate: &Certificate,
        behind: Vec<Certificate>,
        signer: &Signer,
        label: &HostLabel,
    ) -> Result<(), ImportError> {
        let [_, sent_file, _, _] = RepositoryFile::all_of(certificate.serial(), label);
        let path = self.repository.join(sent_file.to_string());
        if path.exists() {
            return Ok(());
        }
        let above = std::iter::once(&signer.certificate).chain(&signer.chain);
        let above = above.filter(|above| !above.is_self_issued());
        let mut sent = vec![certificate.clone()];
        match behind.is_empty() {
            true => sent.extend(above.cloned()),
            false => sent.extend(behind),
        }
        let pem = certificates_to_pem(&sent);
        Ok(durable::create_public(&path, pem.as_bytes())?)
    }

    fn leave(&mut self, path: &Path, reason: impl Into<String>) {
        self.tally.left_out.push(LeftOut {
            path: path.to_path_buf(),
            reason: reason.into(),
        });
    }
}
