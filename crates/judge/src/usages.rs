//! Usages, the last part of the step "path": may the key be used for what it is used for.

use trustpack_x509::extension::{KeyUse, Purpose as Usage};

use crate::member::Member;
use crate::question::Purpose;
use crate::reason::Reason;

/// Which usages are missing, leaf first.
pub(crate) fn judge(path: &[Member], purpose: Purpose) -> Vec<Reason> {
    let mut reasons: Vec<_> = path.first().and_then(judge_key_usage).into_iter().collect();
    reasons.extend(
        path.iter()
            .filter_map(|member| judge_extended(member, purpose)),
    );
    reasons
}

/// The leaf signs the handshake, in TLS 1.3 and in every suite of TLS 1.2 that is offered.
///
/// Source: RFC 8446 section 4.4.2.2, RFC 5246 section 7.4.2 for ECDHE.
fn judge_key_usage(leaf: &Member) -> Option<Reason> {
    let usage = leaf.certificate.extensions().key_usage?;
    (!usage.allows(KeyUse::DigitalSignature)).then(|| Reason::Usage {
        certificate: leaf.clone(),
        found: usage.iter().map(|key_use| key_use.to_string()).collect(),
    })
}

/// An extended key usage limits whom it stands in; in a CA it limits all below, as is the practice
/// of every verifier though RFC 5280 section 4.2.1.12 speaks of end entities. None is no limit.
fn judge_extended(member: &Member, purpose: Purpose) -> Option<Reason> {
    let found = member
        .certificate
        .extensions()
        .extended_key_usage
        .as_ref()?;
    let needed = match purpose {
        Purpose::Server => Usage::ServerAuth,
        Purpose::Client => Usage::ClientAuth,
    };
    let allowed = found
        .iter()
        .any(|usage| *usage == needed || *usage == Usage::Any);
    (!allowed).then(|| Reason::ExtendedUsage {
        certificate: member.clone(),
        needed: purpose,
        found: found.iter().map(ToString::to_string).collect(),
    })
}
