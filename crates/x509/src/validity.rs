//! The period in which a certificate is valid.

use std::fmt;
use std::time::Duration;

use crate::time::Timestamp;

/// From when until when a certificate is valid; both moments belong to the period.
///
/// A certificate read from elsewhere may have them in the wrong order: then it is never valid.
///
/// Source: RFC 5280 section 4.1.2.5 ("inclusive").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// Whether `moment` lies in the period.
    #[must_use]
    pub fn contains(self, moment: Timestamp) -> bool {
        self.not_before <= moment && moment <= self.not_after
    }

    /// How long the period is; both ends count, so it is one second longer than their distance.
    #[must_use]
    pub fn duration(self) -> Duration {
        if self.not_after < self.not_before {
            return Duration::ZERO;
        }
        self.not_after.since(self.not_before).saturating_add(Duration::from_secs(1))
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.not_before, self.not_after)
    }
}
