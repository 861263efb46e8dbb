//! What became of each step and of each signature of a path, said by the judge itself.
//!
//! Whoever shows a verdict takes it from here, and does not guess it from the reasons that are missing.
//! Invariant: a step is passed only where it was asked for, looked at, and nothing was found against it.

use crate::allowed_names::AllowedNames;
use crate::question::{NameCheck, Purpose, Question, RevocationCheck};
use crate::reason::{Reason, Step};
use crate::revocation::outcome::RevocationOutcome;

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutcome {
    /// It was looked at, and nothing is against it.
    Passed,
    /// At least one reason is of this step.
    Failed,
    /// The question does not ask for it.
    NotAsked,
    /// It could not be judged, since nobody trusted vouches for what it needs.
    NotReached,
}

/// What became of the signature of a certificate of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// It was verified with the key of the next certificate of the path.
    Verified,
    /// Nobody looks at it: the certificate is trusted by itself.
    Trusted,
    /// It is wrong, or was not looked at because the algorithm or the key is not accepted.
    Refused,
    /// The certificate with the key is not there.
    NoIssuer,
}

/// How the judgement of a path went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    links: Vec<LinkOutcome>,
    lists: Vec<RevocationOutcome>,
    path: StepOutcome,
    name: StepOutcome,
    dates: StepOutcome,
    revocation: StepOutcome,
    allowed: StepOutcome,
}

impl Course {
    /// What follows from the links of a path and from everything that was found against it. `lists` is
    /// what lists say of its certificates; none if the path was not good enough to ask any.
    pub(crate) fn new(
        question: &Question<'_>,
        links: Vec<LinkOutcome>,
        lists: Option<Vec<RevocationOutcome>>,
        reasons: &[Reason],
    ) -> Self {
        let of = |step: Step| {
            if reasons.iter().any(|reason| reason.step() == step) {
                StepOutcome::Failed
            } else {
                StepOutcome::Passed
            }
        };
        let if_asked = |asked: bool, outcome| {
            if asked {
                outcome
            } else {
                StepOutcome::NotAsked
            }
        };
        let asks_lists = matches!(question.revocation, RevocationCheck::Lists(_));
        let revocation = match lists {
            Some(_) => of(Step::Revocation),
            None => StepOutcome::NotReached,
        };
        let is_limited = match (question.purpose, question.allowed) {
            (Purpose::Server, _) | (Purpose::Client, AllowedNames::Everybody) => false,
            (Purpose::Client, AllowedNames::Only(_)) => true,
        };
        Self {
            links,
            lists: lists.unwrap_or_default(),
            path: of(Step::Path),
            name: if_asked(*question.name != NameCheck::Off, of(Step::Name)),
            dates: of(Step::Dates),
            revocation: if_asked(asks_lists, revocation),
            allowed: if_asked(is_limited, of(Step::AllowedNames)),
        }
    }

    /// What became of a step; the protocol is never asked of this crate.
    #[must_use]
    pub fn step(&self, step: Step) -> StepOutcome {
        match step {
            Step::Protocol => StepOutcome::NotAsked,
            Step::Path => self.path,
            Step::Name => self.name,
            Step::Dates => self.dates,
            Step::Revocation => self.revocation,
            Step::AllowedNames => self.allowed,
        }
    }

    /// What became of the signature of each certificate of the path, leaf first.
    #[must_use]
    pub fn links(&self) -> &[LinkOutcome] {
        &self.links
    }

    /// What lists say of the certificates of the path, leaf first. Nothing if no lists were asked, or if
    /// the path reaches no anchor, so that nobody vouches for the signer of a list.
    #[must_use]
    pub fn revocation(&self) -> &[RevocationOutcome] {
        &self.lists
    }

    /// The path failed, whatever was found: the search for a better one was given up.
    pub(crate) fn give_up(&mut self) {
        self.path = StepOutcome::Failed;
    }
}
