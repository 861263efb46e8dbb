//! A path under way: the certificates from the leaf on.
//!
//! Invariant: it is never empty, and has one link less than certificates.

use trustpack_x509::certificate::Certificate;

use crate::course::LinkOutcome;
use crate::member::{Member, Place};
use crate::reason::Reason;
use crate::strength::Link;

/// The certificates from the leaf on, and how the signatures between them were verified.
pub(super) struct Path<'q> {
    pub(super) certificates: Vec<&'q Certificate>,
    pub(super) links: Vec<Link>,
}

impl<'q> Path<'q> {
    pub(super) fn to_vec(&self) -> Vec<Certificate> {
        let certificates = self.certificates.iter();
        certificates
            .map(|&certificate| certificate.clone())
            .collect()
    }

    pub(super) fn members(&self, trusted: bool) -> Vec<Member> {
        let last = self.certificates.len().saturating_sub(1);
        let place = |index| match index {
            0 => Place::Leaf,
            index if index == last && trusted => Place::Anchor,
            _ => Place::Intermediate,
        };
        let certificates = self.certificates.iter().enumerate();
        certificates
            .map(|(index, &certificate)| Member {
                place: place(index),
                certificate: certificate.clone(),
            })
            .collect()
    }

    /// What became of the signature of each certificate; `dead_end` says why the path ends where it does,
    /// unless it ends in an anchor.
    pub(super) fn outcomes(&self, dead_end: Option<&Reason>) -> Vec<LinkOutcome> {
        let last = match dead_end {
            None => LinkOutcome::Trusted,
            Some(Reason::SignatureWrong { .. }) => LinkOutcome::Refused,
            Some(_) => LinkOutcome::NoIssuer,
        };
        let links = self.links.iter().map(|link| match link {
            Ok(()) => LinkOutcome::Verified,
            Err(_) => LinkOutcome::Refused,
        });
        links.chain([last]).collect()
    }

    /// The last certificate of the path as a member: `place` unless it is the leaf.
    pub(super) fn last(&self, place: Place, certificate: &Certificate) -> Member {
        let place = if self.certificates.len() == 1 {
            Place::Leaf
        } else {
            place
        };
        Member {
            place,
            certificate: certificate.clone(),
        }
    }

    /// Whether a certificate for the same name and key is there: another one leads nowhere new.
    pub(super) fn holds_key_of(&self, other: &Certificate) -> bool {
        self.certificates.iter().any(|certificate| {
            certificate.public_key() == other.public_key()
                && certificate.subject() == other.subject()
        })
    }
}
