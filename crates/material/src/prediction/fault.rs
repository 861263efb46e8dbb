//! Whose settings or files have to be changed, for each reason of the judge.
//!
//! Invariant: what the presenting end shows is its own fault, what the judging end lacks is that one's; what only does not fit is that
//! of both.

use trustpack_judge::member::Place;
use trustpack_judge::reason::{Rank, Reason, Step};
use trustpack_settings::endpoint::Role;

use super::{End, Failing, Fault, Stage};
use crate::findings::chain_incomplete;
use crate::load::Examined;

/// Who is at fault.
pub(super) fn of(reason: &Reason, judging: End<'_>, presenting: End<'_>) -> Fault {
    let is_anchor = reason
        .certificate()
        .is_some_and(|member| member.place == Place::Anchor);
    let judges = match reason {
        reason if reason.is_of_another_key() => return Fault::Both,
        // A chain with a gap is the fault of whoever sends it, whatever the other one trusts.
        Reason::IssuerUnknown { .. } | Reason::SelfIssuedNotTrusted { .. } => !has_gap(presenting),
        Reason::NothingTrusted | Reason::ListMissing { .. } | Reason::ListNotUsed { .. } => true,
        Reason::TooMuchWork { .. }
        | Reason::TooManyIntermediates { .. }
        | Reason::SignatureWrong { .. }
        | Reason::NotAnAuthority { .. }
        | Reason::MayNotSign { .. }
        | Reason::PathTooLong { .. }
        | Reason::UnknownCriticalExtension { .. }
        | Reason::ExplicitPolicy { .. }
        | Reason::NameConstraint(_)
        | Reason::WeakSignature { .. }
        | Reason::UnknownSignature { .. }
        | Reason::KeySize { .. }
        | Reason::UnknownKey { .. }
        | Reason::ExtendedUsage { .. }
        | Reason::Usage { .. }
        | Reason::NameMismatch(_)
        | Reason::NotYetValid { .. }
        | Reason::Expired { .. }
        | Reason::Revoked { .. } => is_anchor,
        Reason::NotAllowed { .. } => return Fault::Both,
    };
    let at_fault = if judges { judging } else { presenting };
    match at_fault.endpoint.role() {
        Role::Server => Fault::Server,
        Role::Client => Fault::Client,
    }
}

/// A certificate is demanded, and there is none.
pub(super) fn no_certificate(role: Role) -> Failing {
    Failing {
        stage: Stage::Judgement(Step::Path),
        fault: match role {
            Role::Server => Fault::Server,
            Role::Client => Fault::Client,
        },
        why: format!("the {role} presents no certificate; one is demanded"),
        later: Vec::new(),
        reason: None,
    }
}

fn has_gap(presenting: End<'_>) -> bool {
    let mut findings = presenting.files.into_iter().flat_map(Examined::findings);
    findings.any(|finding| finding.code() == chain_incomplete::KIND.code)
}

impl Failing {
    /// Whether it is the links up to a trusted CA that fail.
    pub(crate) fn is_of_trust(&self) -> bool {
        self.reason
            .as_ref()
            .is_some_and(|reason| reason.rank() == Rank::Links)
    }
}
