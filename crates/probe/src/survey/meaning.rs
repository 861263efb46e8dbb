//! What it means that a server takes something.

use std::fmt;

/// How good it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// As it should be.
    Good,
    /// It holds, and should go.
    Old,
    /// It protects no longer.
    Broken,
}

/// A grade, and the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// How good it is.
    pub grade: Grade,
    /// Why, in a few words.
    pub says: &'static str,
}

impl Meaning {
    pub(super) const fn good(says: &'static str) -> Self {
        Self {
            grade: Grade::Good,
            says,
        }
    }

    pub(super) const fn old(says: &'static str) -> Self {
        Self {
            grade: Grade::Old,
            says,
        }
    }

    pub(super) const fn broken(says: &'static str) -> Self {
        Self {
            grade: Grade::Broken,
            says,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Old => "old",
            Self::Broken => "broken",
        })
    }
}
