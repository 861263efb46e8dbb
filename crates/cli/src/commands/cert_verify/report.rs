//! What the judge said, step by step and certificate by certificate: the document of `--json`.
//!
//! Invariant: nothing is judged here; what passed, failed, was not asked or not reached is in the words of
//! the judge.

use serde::Serialize;
use trustpack_judge::course::{Course, LinkOutcome, StepOutcome};
use trustpack_judge::member::Member;
use trustpack_judge::question::Purpose;
use trustpack_judge::reason::{Reason, Step};
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::verdict::{Rejected, Verdict};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

/// The whole answer.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct Report {
    pub(in crate::commands) subject: String,
    pub(in crate::commands) serial: String,
    pub(in crate::commands) at: String,
    pub(in crate::commands) valid: bool,
    pub(in crate::commands) answers: Vec<Answered>,
}

/// The answer for one purpose.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct Answered {
    pub(in crate::commands) purpose: &'static str,
    pub(in crate::commands) valid: bool,
    /// The first step that failed.
    pub(in crate::commands) failed: Option<String>,
    pub(in crate::commands) steps: Vec<StepShown>,
    pub(in crate::commands) path: Vec<PathShown>,
}

/// One step.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct StepShown {
    pub(in crate::commands) step: String,
    pub(in crate::commands) state: State,
    pub(in crate::commands) reasons: Vec<String>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::commands) enum State {
    Passed,
    Failed,
    /// Nobody asked for it.
    NotAsked,
    /// It could not be judged, since the path leads to no trusted CA.
    NotReached,
}

/// One certificate of the path.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct PathShown {
    pub(in crate::commands) place: &'static str,
    pub(in crate::commands) subject: String,
    pub(in crate::commands) issuer: String,
    pub(in crate::commands) serial: String,
    pub(in crate::commands) not_before: String,
    pub(in crate::commands) not_after: String,
    pub(in crate::commands) key: String,
    pub(in crate::commands) signature_algorithm: String,
    pub(in crate::commands) signature: SignatureState,
    pub(in crate::commands) key_usage: Vec<String>,
    pub(in crate::commands) extended_key_usage: Vec<String>,
    pub(in crate::commands) revocation: RevocationShown,
    pub(in crate::commands) wrong: Vec<WrongShown>,
}

/// What is known of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::commands) enum SignatureState {
    /// With the key of the next certificate of the path.
    Verified,
    /// Nobody looks at the signature of a certificate that is trusted by itself.
    Trusted,
    /// It is wrong, or was not looked at.
    Refused,
    /// The certificate with the key is not there.
    NoIssuer,
    /// It was not looked for: the path is too long already.
    NotFollowed,
}

/// What lists say of a certificate.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct RevocationShown {
    pub(in crate::commands) state: RevocationState,
    pub(in crate::commands) list: Option<ListShown>,
    pub(in crate::commands) revoked_at: Option<String>,
    pub(in crate::commands) reason: Option<&'static str>,
    pub(in crate::commands) notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::commands) enum RevocationState {
    NotRevoked,
    Revoked,
    Unknown,
    NotAsked,
}

/// The list that decided.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct ListShown {
    pub(in crate::commands) issuer: String,
    pub(in crate::commands) number: Option<String>,
    pub(in crate::commands) this_update: String,
    pub(in crate::commands) next_update: Option<String>,
}

/// Something that is wrong with a certificate.
#[derive(Debug, Serialize)]
pub(in crate::commands) struct WrongShown {
    pub(in crate::commands) step: String,
    pub(in crate::commands) reason: String,
}

impl Report {
    pub(in crate::commands) fn new(
        leaf: &Certificate,
        at: Timestamp,
        answers: Vec<Answered>,
    ) -> Self {
        Self {
            subject: leaf.subject().to_string(),
            serial: leaf.serial().to_hex(),
            at: at.to_string(),
            valid: answers.iter().all(|answer| answer.valid),
            answers,
        }
    }
}

/// A verdict, whether yes or no.
struct Seen<'a> {
    path: &'a [Certificate],
    reasons: Vec<&'a Reason>,
    course: &'a Course,
}

impl Answered {
    pub(in crate::commands) fn new(purpose: Purpose, verdict: &Verdict) -> Self {
        let seen = Seen::new(verdict);
        Self {
            purpose: match purpose {
                Purpose::Server => "server",
                Purpose::Client => "client",
            },
            valid: verdict.is_ok(),
            failed: verdict.as_ref().err().map(|no| no.step().to_string()),
            // Whom a server admits is no matter of this command.
            steps: [Step::Path, Step::Name, Step::Dates, Step::Revocation]
                .map(|step| seen.step(step))
                .into(),
            path: (seen.path.iter().enumerate())
                .map(|(index, certificate)| seen.certificate(certificate, index))
                .collect(),
        }
    }
}

impl<'a> Seen<'a> {
    fn new(verdict: &'a Verdict) -> Self {
        let (path, course) = match verdict {
            Ok(accepted) => (accepted.path(), accepted.course()),
            Err(rejected) => (rejected.path.as_slice(), &*rejected.course),
        };
        Self {
            path,
            reasons: verdict
                .as_ref()
                .err()
                .into_iter()
                .flat_map(Rejected::reasons)
                .collect(),
            course,
        }
    }

    fn step(&self, step: Step) -> StepShown {
        let reasons: Vec<_> = self.of_step(step).map(ToString::to_string).collect();
        let state = match self.course.step(step) {
            StepOutcome::Passed => State::Passed,
            StepOutcome::Failed => State::Failed,
            StepOutcome::NotAsked => State::NotAsked,
            StepOutcome::NotReached => State::NotReached,
        };
        StepShown {
            step: step.to_string(),
            state,
            reasons,
        }
    }

    fn of_step(&self, step: Step) -> impl Iterator<Item = &'a Reason> {
        let reasons = self.reasons.iter().copied();
        reasons.filter(move |reason| reason.step() == step)
    }

    /// What is wrong with one certificate of the path.
    fn of_certificate(&self, certificate: &Certificate) -> impl Iterator<Item = &'a Reason> {
        let about = |member: &Member| member.certificate == *certificate;
        let reasons = self.reasons.iter().copied();
        reasons.filter(move |reason| reason.certificate().is_some_and(about))
    }

    fn certificate(&self, certificate: &Certificate, index: usize) -> PathShown {
        let is_last = |reason: &Reason| matches!(reason, Reason::TooManyIntermediates { .. });
        let mut signature = self.signature(index);
        if signature == SignatureState::NoIssuer && self.of_certificate(certificate).any(is_last) {
            signature = SignatureState::NotFollowed;
        }
        let extensions = certificate.extensions();
        let usages = extensions.extended_key_usage.as_deref().unwrap_or_default();
        let place = match index {
            _ if self.signature(index) == SignatureState::Trusted => "trusted",
            0 => "leaf",
            _ => "intermediate",
        };
        PathShown {
            place,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial().to_hex(),
            not_before: certificate.validity().not_before.to_string(),
            not_after: certificate.validity().not_after.to_string(),
            key: certificate.public_key().algorithm().to_string(),
            signature_algorithm: certificate.signature_algorithm().to_string(),
            signature,
            key_usage: extensions.key_usage.map_or_else(Vec::new, |usage| {
                usage.iter().map(|one| one.to_string()).collect()
            }),
            extended_key_usage: usages.iter().map(ToString::to_string).collect(),
            revocation: self.revocation(index),
            wrong: self
                .of_certificate(certificate)
                .map(|reason| WrongShown {
                    step: reason.step().to_string(),
                    reason: reason.to_string(),
                })
                .collect(),
        }
    }

    fn signature(&self, index: usize) -> SignatureState {
        match self.course.links().get(index) {
            Some(LinkOutcome::Verified) => SignatureState::Verified,
            Some(LinkOutcome::Trusted) => SignatureState::Trusted,
            Some(LinkOutcome::Refused) => SignatureState::Refused,
            Some(LinkOutcome::NoIssuer) | None => SignatureState::NoIssuer,
        }
    }

    fn revocation(&self, index: usize) -> RevocationShown {
        let mut shown = RevocationShown {
            state: RevocationState::NotAsked,
            list: None,
            revoked_at: None,
            reason: None,
            notes: Vec::new(),
        };
        let Some(outcome) = self.course.revocation().get(index) else {
            return shown;
        };
        match &outcome.result {
            Ok(used) => {
                shown.state = RevocationState::NotRevoked;
                shown.list = Some(ListShown::new(&used.list));
                shown.notes = used.notes.iter().map(ToString::to_string).collect();
            }
            Err(Reason::Revoked { listed, list, .. }) => {
                shown.state = RevocationState::Revoked;
                shown.list = Some(ListShown::new(list));
                shown.revoked_at = Some(listed.revoked.to_string());
                shown.reason = listed.reason.map(|reason| reason.name());
            }
            Err(reason) => {
                shown.state = RevocationState::Unknown;
                if let Reason::ListNotUsed { list, .. } = reason {
                    shown.list = Some(ListShown::new(list));
                }
            }
        }
        shown
    }
}

impl ListShown {
    fn new(list: &KnownList) -> Self {
        let head = list.head();
        Self {
            issuer: head.issuer.to_string(),
            number: head.number.as_ref().map(ToString::to_string),
            this_update: head.this_update.to_string(),
            next_update: head.next_update.map(|time| time.to_string()),
        }
    }
}
