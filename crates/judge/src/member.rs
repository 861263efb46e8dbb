//! A certificate in its place in a path, as reasons name it.
//!
//! Invariant: holds the whole certificate, so that whoever reports a reason can say of it what its
//! audience needs.

use std::fmt;

use trustpack_x509::certificate::Certificate;

/// A certificate in its place in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its place.
    pub place: Place,
    /// The certificate itself.
    pub certificate: Certificate,
}

/// Where in a path a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The certificate that is judged.
    Leaf,
    /// Between the leaf and the anchor, or where the anchor should be.
    Intermediate,
    /// Trusted by itself, and above another certificate.
    Anchor,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.place {
            Place::Leaf => "certificate",
            Place::Intermediate => "intermediate certificate",
            Place::Anchor => "trusted certificate",
        };
        let (subject, serial) = (self.certificate.subject(), self.certificate.serial());
        if subject.is_empty() {
            write!(f, "the {place} with serial {serial}")
        } else {
            write!(f, "the {place} \"{subject}\" with serial {serial}")
        }
    }
}
