//! The keys of a CA, present and replaced: whether one of them signed a certificate, and which.
//!
//! Invariant: a certificate is the CA's own if it bears the CA's name and one of its keys signed it; what a file says
//! of itself, or what it is called, makes none. Where a signature is of a kind that nobody here verifies, that is the
//! answer, and not that somebody changed the certificate.

use std::collections::BTreeSet;
use std::sync::Arc;

use trustpack_judge::folded_name;
use trustpack_judge::signature::{SignatureError, danger_verify_certificate};
use trustpack_keystore::pem::read_certificates;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;

use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::ledger::fields::{Line, text_of};
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::InvalidLine;
use crate::retired::{self, RetiredError, RetiredKey};

/// The keys of a CA: those that it says were its own.
#[derive(Debug)]
pub(crate) struct OwnKeys {
    present: Certificate,
    replaced: Vec<Certificate>,
}

/// Which keys were a CA's own is not known: what is kept of one that was replaced cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct UnknownKeys(Arc<RetiredError>);

/// Whose key signed a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignedBy {
    /// The one that the CA has.
    Present,
    /// One that was replaced.
    Replaced,
}

/// Whether a CA issued a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issued {
    /// It bears the name of the CA, and a key of it signed it.
    Yes,
    /// It is another authority's, or was changed.
    No,
    /// It bears the name of the CA, and its signature is of a kind that is not verified here.
    Unknown(SignatureError),
}

/// Whether the key of this authority signed it, under its name.
pub(crate) fn is_signed_by(certificate: &Certificate, authority: &Certificate) -> bool {
    issued_by(certificate, authority) == Issued::Yes
}

/// The same with what cannot be told.
pub(crate) fn issued_by(certificate: &Certificate, authority: &Certificate) -> Issued {
    // Whoever made the CA's certificate anew may have written its name with another type of string.
    if !folded_name::same(certificate.issuer(), authority.subject()) {
        return Issued::No;
    }
    // SHA-1 is no reason to forget what was issued.
    match danger_verify_certificate(certificate, authority.public_key()) {
        Ok(()) => Issued::Yes,
        Err(SignatureError::Wrong | SignatureError::OtherKind { .. }) => Issued::No,
        Err(
            error @ (SignatureError::WeakDigest { .. }
            | SignatureError::UnknownAlgorithm { .. }
            | SignatureError::KeySize { .. }
            | SignatureError::UnknownKey { .. }),
        ) => Issued::Unknown(error),
    }
}

/// What several keys say: one that signed it decides, then one that may have.
pub(crate) fn issued_by_any<'a>(
    certificate: &Certificate,
    authorities: impl IntoIterator<Item = &'a Certificate>,
) -> Issued {
    let mut all = Issued::No;
    for authority in authorities {
        match issued_by(certificate, authority) {
            Issued::Yes => return Issued::Yes,
            unknown @ Issued::Unknown(_) => all = unknown,
            Issued::No => {}
        }
    }
    all
}

impl From<RetiredError> for UnknownKeys {
    fn from(error: RetiredError) -> Self {
        Self(Arc::new(error))
    }
}

impl OwnKeys {
    /// Those of a CA directory. Of a replaced key whose folder is gone a cross certificate still says that it was the
    /// CA's.
    ///
    /// # Errors
    ///
    /// [`RetiredError`] when what is kept of a replaced key cannot be read.
    pub(crate) fn of(directory: &CaDirectory) -> Result<Self, RetiredError> {
        let replaced = retired::list(directory.layout())?;
        let certificate = |key: &RetiredKey| key.certificate().clone();
        let mut keys = Self {
            present: directory.certificate().clone(),
            replaced: replaced.iter().map(certificate).collect(),
        };
        let mut crosses = crosses(directory);
        // The key that signed one may be that of another.
        while let Some(next) = crosses
            .iter()
            .position(|cross| keys.signer(cross).is_some())
        {
            let cross = crosses.swap_remove(next);
            let is_known = |own: &Certificate| own.public_key() == cross.public_key();
            if !keys.all().any(is_known) {
                keys.replaced.push(cross);
            }
        }
        Ok(keys)
    }

    fn all(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(&self.present).chain(&self.replaced)
    }

    /// Whose key signed it; none for a certificate of somebody else, or where it cannot be told.
    pub(crate) fn signer(&self, certificate: &Certificate) -> Option<SignedBy> {
        if is_signed_by(certificate, &self.present) {
            return Some(SignedBy::Present);
        }
        let mut replaced = self.replaced.iter();
        replaced
            .any(|own| is_signed_by(certificate, own))
            .then_some(SignedBy::Replaced)
    }

    /// Whether one of them signed it.
    pub(crate) fn issued(&self, certificate: &Certificate) -> Issued {
        issued_by_any(certificate, self.all())
    }
}

/// The certificates in the repository by which the CA certified a key under its own name; none where that cannot be
/// read, which is said elsewhere.
fn crosses(directory: &CaDirectory) -> Vec<Certificate> {
    let layout = directory.layout();
    let subject = directory.certificate().subject();
    let shown = subject.oneline();
    let each = |own: &mut BTreeSet<Serial>, _: Place, line: Result<Line<'_>, InvalidLine>| {
        let line = line.ok().filter(|line| text_of(line.subject) == shown);
        own.extend(line.map(|line| line.serial()));
    };
    let mut serials = BTreeSet::new();
    let scanned = scan(&layout.ledger, each, |block: Block<BTreeSet<Serial>>| {
        serials.extend(block.gathered);
        Ok::<(), FileError>(())
    });
    if scanned.is_err() {
        return Vec::new();
    }
    let copies = serials.iter().filter_map(|serial| {
        let file = durable::read(&layout.ledger_copy(serial)).ok()?;
        read_certificates(&file).ok()?.into_iter().next()
    });
    copies
        .filter(|copy| copy.is_self_issued() && copy.extensions().is_authority())
        .collect()
}

impl CaDirectory {
    /// Whether this CA issued a certificate, with its present key or one that was replaced. Of the copies in the
    /// repository only the serial is known before. The replaced keys are those that were there when it was first asked.
    ///
    /// # Errors
    ///
    /// [`UnknownKeys`] when what is kept of a replaced key cannot be read.
    pub fn issued(&self, certificate: &Certificate) -> Result<Issued, UnknownKeys> {
        if is_signed_by(certificate, self.certificate()) {
            return Ok(Issued::Yes);
        }
        Ok(self.own_keys()?.issued(certificate))
    }
}
