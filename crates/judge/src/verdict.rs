//! The judge's answer.
//!
//! Invariant: an [`Accepted`] cannot be made outside this crate, so whoever holds one knows that
//! every step was passed.

use trustpack_x509::certificate::Certificate;

use crate::course::Course;
use crate::reason::{Reason, Step};
use crate::revocation::outcome::ListNote;

/// Accepted along a path, or rejected for reasons.
pub type Verdict = Result<Accepted, Rejected>;

/// A certificate that was found good, and the path that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Leaf first, anchor last; one element if the leaf is itself an anchor. Never empty.
    path: Vec<Certificate>,
    course: Box<Course>,
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
    /// What became of each step and of each signature of the path.
    pub course: Box<Course>,
}

impl Accepted {
    pub(crate) fn new(path: Vec<Certificate>, course: Box<Course>) -> Self {
        Self { path, course }
    }

    /// What became of each step and of each signature of the path.
    #[must_use]
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// What is unusual about the lists that were used.
    pub fn list_notes(&self) -> impl Iterator<Item = &ListNote> {
        let used = self
            .course
            .revocation()
            .iter()
            .flat_map(|outcome| &outcome.result);
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
