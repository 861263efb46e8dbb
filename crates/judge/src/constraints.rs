//! Constraints, the third part of the step "path": who may issue, and how long the path may be.
//!
//! Anchors are held to what they say of themselves, as RFC 5937 allows: an administrator who
//! trusts a constrained CA trusts it as far as that. Name constraints are in a module of their own.

use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::KeyUse;

use crate::anchors::is_authority;
use crate::member::{Member, Place};
use crate::reason::Reason;

/// What is wrong with the right to issue, leaf first.
pub(crate) fn judge(path: &[Member]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    // RFC 5280 section 4.2.1.9: self-issued certificates do not count, and the leaf does not.
    let mut authorities_below = 0;
    for (index, member) in path.iter().enumerate() {
        let unknown = &member.certificate.extensions().unknown_critical;
        if !unknown.is_empty() {
            // RFC 5280 section 4.2: "MUST reject the certificate".
            reasons.push(Reason::UnknownCriticalExtension {
                certificate: member.clone(),
                extensions: unknown.iter().map(ToString::to_string).collect(),
            });
        }
        if index > 0 {
            reasons.extend(judge_issuer(member, authorities_below));
            authorities_below += usize::from(!member.certificate.is_self_issued());
        }
    }
    reasons.extend(explicit_policy(path));
    reasons
}

/// Whether somebody demands an explicit policy of this path, which nobody here can show: policies
/// are not processed. Without the demand they restrict nothing, because any policy is taken.
///
/// Source: the counter `explicit_policy` of RFC 5280 sections 6.1.3 (f), 6.1.4 (h) and (i), 6.1.5
/// (a), (b) and (g), from the anchor down.
fn explicit_policy(path: &[Member]) -> Option<Reason> {
    let mut demand: Option<Demand<'_>> = None;
    for (index, member) in path.iter().enumerate().rev() {
        if let Some(Demand { left: 0, .. }) = demand {
            break;
        }
        // A self-issued CA does not count; the leaf always does.
        if let Some(demand) = &mut demand
            && (index == 0 || !member.certificate.is_self_issued())
        {
            demand.left = demand.left.saturating_sub(1);
        }
        let constraints = member.certificate.extensions().policy_constraints;
        if let Some(skipped) = constraints.and_then(|found| found.require_explicit_policy)
            && demand.as_ref().is_none_or(|earlier| skipped < earlier.left)
        {
            demand = Some(Demand {
                by: member,
                skipped,
                left: skipped,
            });
        }
    }
    demand
        .filter(|demand| demand.left == 0)
        .map(|demand| Reason::ExplicitPolicy {
            certificate: demand.by.clone(),
            skipped: demand.skipped,
        })
}

/// A demand for an explicit policy on the way down a path.
struct Demand<'a> {
    by: &'a Member,
    skipped: u32,
    /// How many more certificates may do without.
    left: u32,
}

fn judge_issuer(issuer: &Member, authorities_below: usize) -> impl Iterator<Item = Reason> {
    let extensions = issuer.certificate.extensions();
    let certificate = || issuer.clone();

    // RFC 5280 section 6.1.4 (k). Old versions cannot say that they are a CA: an administrator can,
    // who trusts them, but not the peer that sends them.
    let is_authority = match issuer.place {
        Place::Anchor => is_authority(&issuer.certificate),
        Place::Leaf | Place::Intermediate => extensions
            .basic_constraints
            .is_some_and(|constraints| constraints.ca),
    };
    let authority = (!is_authority).then(|| Reason::NotAnAuthority {
        certificate: certificate(),
    });
    // RFC 5280 section 6.1.4 (n): only if there is a key usage at all.
    let may_sign = extensions
        .key_usage
        .is_none_or(|usage| usage.allows(KeyUse::KeyCertSign));
    let usage = (!may_sign).then(|| Reason::MayNotSign {
        certificate: certificate(),
    });
    // RFC 5280 section 6.1.4 (l) and (m).
    let length = path_length(&issuer.certificate)
        .filter(|&allowed| authorities_below > usize::from(allowed))
        .map(|allowed| Reason::PathTooLong {
            certificate: certificate(),
            allowed: u32::from(allowed),
            found: authorities_below,
        });
    authority.into_iter().chain(usage).chain(length)
}

fn path_length(certificate: &Certificate) -> Option<u8> {
    certificate
        .extensions()
        .basic_constraints
        .and_then(|constraints| constraints.path_length)
}
