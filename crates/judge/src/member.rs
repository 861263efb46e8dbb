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

impl Member {
    /// As `Display`, for a certificate above which no other can follow: it is no intermediate then.
    pub(crate) fn as_end(&self) -> impl fmt::Display {
        fmt::from_fn(|f| match self.place {
            Place::Intermediate => self.write(f, "CA certificate"),
            Place::Leaf | Place::Anchor => fmt::Display::fmt(self, f),
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, kind: &str) -> fmt::Result {
        let (subject, serial) = (self.certificate.subject(), self.certificate.serial());
        if subject.is_empty() {
            write!(f, "the {kind} with serial {serial}")
        } else {
            write!(f, "the {kind} \"{subject}\" with serial {serial}")
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.place {
            Place::Leaf => "certificate",
            Place::Intermediate => "intermediate certificate",
            Place::Anchor => "trusted certificate",
        };
        self.write(f, kind)
    }
}
