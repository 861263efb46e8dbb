//! The judge's answer.
//!
//! Invariant: an [`Accepted`] cannot be made outside this crate, so whoever holds one knows that
//! every step was passed.

use trustpack_x509::certificate::Certificate;

use crate::reason::{Reason, Step};
use crate::revocation::outcome::{ListNote, RevocationOutcome};

/// Accepted along a path, or rejected for reasons.
pub type Verdict = Result<Accepted, Rejected>;

/// A certificate that was found good, and the path that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Leaf first, anchor last; one element if the leaf is itself an anchor. Never empty.
    path: Vec<Certificate>,
    revocation: Vec<RevocationOutcome>,
}

/// A certificate that was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{first}")]
pub struct Rejected {
    /// Why: the first failure in the order of [`Step`].
    pub first: Reason,
    /// What else is wrong with the same path, in the same order, as far as it could be judged.
    pub later: Vec<Reason>,
    /// The path that was judged, leaf first. It ends in an anchor unless `first` says why it does
    /// not get there.
    pub path: Vec<Certificate>,
    /// What lists say of the certificates of the path, leaf first. Nothing if no lists were asked, or
    /// if the path reaches no anchor, so that nobody vouches for the signer of a list.
    pub revocation: Vec<RevocationOutcome>,
}

impl Accepted {
    pub(crate) fn new(path: Vec<Certificate>, revocation: Vec<RevocationOutcome>) -> Self {
        Self { path, revocation }
    }

    /// What lists say of the certificates of the path, leaf first; nothing if no lists were asked.
    #[must_use]
    pub fn revocation(&self) -> &[RevocationOutcome] {
        &self.revocation
    }

    /// What is unusual about the lists that were used.
    pub fn list_notes(&self) -> impl Iterator<Item = &ListNote> {
        let used = self.revocation.iter().flat_map(|outcome| &outcome.result);
        used.flat_map(|used| &used.notes)
    }

    /// The path, leaf first, anchor last. One certificate if the leaf is itself an anchor.
    #[must_use]
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// The certificate that ends the path because it is trusted itself.
    #[must_use]
    pub fn anchor(&self) -> Option<&Certificate> {
        self.path.last()
    }
}

impl Rejected {
    /// The step at which the certificate failed.
    #[must_use]
    pub fn step(&self) -> Step {
        self.first.step()
    }

    /// All reasons, the first one first.
    pub fn reasons(&self) -> impl Iterator<Item = &Reason> {
        std::iter::once(&self.first).chain(&self.later)
    }
}
