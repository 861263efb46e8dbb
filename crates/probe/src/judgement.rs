//! The certificates of a server in the judge's words.
//!
//! Invariant: whether somebody trusts them is never said where nobody was named who is trusted.

use trustpack_judge::allowed_names::AllowedNames;
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::question::{NameCheck, Policy, Purpose, Question, RevocationCheck};
use trustpack_judge::reason::Reason;
use trustpack_judge::verdict::Verdict;
use trustpack_material::peer_rules::PeerRules;
use trustpack_tls::cause::trouble::{Trouble, Whose};
use trustpack_x509::certificate::{Certificate, InvalidCertificate};
use trustpack_x509::time::Timestamp;

/// What a server presented, read.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Its own certificate.
    pub leaf: Certificate,
    /// The others that can be read, in their order.
    pub others: Vec<Certificate>,
    /// Those that cannot: their position from 1, and why.
    pub unreadable: Vec<(usize, InvalidCertificate)>,
}

/// By whose trust certificates were judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// By that of the client.
    Client,
    /// The client judges nobody: as if the last certificate that was sent were trusted, which shows what else is wrong.
    Itself,
}

/// What the judge says.
#[derive(Clone, Debug)]
pub struct Judged {
    /// By whose trust.
    pub basis: Basis,
    /// The answer.
    pub verdict: Verdict,
}

impl Presented {
    /// Reads what was sent.
    ///
    /// # Errors
    ///
    /// If the first one, which is the server's own, cannot be read. `None` if nothing was sent.
    pub fn read(sent: &[Vec<u8>]) -> Option<Result<Self, InvalidCertificate>> {
        let (own, rest) = sent.split_first()?;
        let leaf = match Certificate::from_der(own) {
            Ok(leaf) => leaf,
            Err(error) => return Some(Err(error)),
        };
        let mut presented = Self {
            leaf,
            others: Vec::new(),
            unreadable: Vec::new(),
        };
        for (position, der) in (2..).zip(rest) {
            match Certificate::from_der(der) {
                Ok(certificate) => presented.others.push(certificate),
                Err(error) => presented.unreadable.push((position, error)),
            }
        }
        Some(Ok(presented))
    }

    /// Judges them by the rules of the client; if it does not judge its server, by itself, with this name.
    #[must_use]
    pub fn judge(&self, rules: Option<&PeerRules>, name: &NameCheck, now: Timestamp) -> Judged {
        match rules {
            Some(rules) => Judged {
                basis: Basis::Client,
                verdict: rules.judge(&self.leaf, &self.others, now),
            },
            None => Judged {
                basis: Basis::Itself,
                verdict: self.judge_by_itself(name, now, Policy::default()),
            },
        }
    }

    /// What is wrong with them for a client who checks this name, whomever it trusts.
    #[must_use]
    pub fn faults(
        &self,
        name: &NameCheck,
        danger_accept_weak: Option<Timestamp>,
        now: Timestamp,
    ) -> Vec<Reason> {
        let policy = Policy {
            danger_accept_weak,
            ..Policy::default()
        };
        match self.judge_by_itself(name, now, policy) {
            Ok(_accepted) => Vec::new(),
            Err(rejected) => rejected.reasons().filter(is_its_own).cloned().collect(),
        }
    }

    fn judge_by_itself(&self, name: &NameCheck, now: Timestamp, policy: Policy) -> Verdict {
        let last = self.others.last().unwrap_or(&self.leaf);
        trustpack_judge::judge(&Question {
            leaf: &self.leaf,
            intermediates: &self.others,
            anchors: &TrustAnchors::new([last.clone()]),
            purpose: Purpose::Server,
            name,
            revocation: RevocationCheck::Off,
            allowed: &AllowedNames::Everybody,
            now,
            policy,
        })
    }
}

/// Whether a reason is about what was presented, and the same whoever is trusted. The last certificate is none of them: a
/// client may have a newer one of the same CA.
fn is_its_own(reason: &&Reason) -> bool {
    match Trouble::of_reason(reason) {
        (
            Trouble::NotAllowedByCa
            | Trouble::Weak
            | Trouble::Usage
            | Trouble::Name
            | Trouble::NotYetValid
            | Trouble::Expired,
            Whose::Presented,
        ) => true,
        (
            Trouble::NothingTrusted
            | Trouble::NotTrusted
            | Trouble::TooManyIntermediates
            | Trouble::OtherKey
            | Trouble::Revoked
            | Trouble::NoList
            | Trouble::ListUnusable
            | Trouble::NotAllowed,
            _,
        )
        | (_, Whose::Trusted) => false,
    }
}
