//! TP4021: weak key or digest.

use trustpack_judge::question::Policy;
use trustpack_judge::signature::{self, SignatureError};
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4021),
    severity: Severity::Error,
    title: "weak key or digest",
    meaning: "A certificate of the own chain is signed with SHA-1 or older, or has an RSA key below 2048 bits; or a trusted CA has such a key, and danger-accept-weak of this end does not take it at this time. Peers that are ours, and this end for what it trusts, refuse it; whether a program that does its TLS itself does is not known. Our own engine does not sign with an RSA key below 2048 bits; OpenSSL does where its security level is 0 or 1, which is not known from here, and Java and Windows do.",
    example: "a host certificate with an RSA key of 1024 bits",
    remedy: "issue a new certificate with a stronger key and SHA-256; until then danger-accept-weak of whoever judges takes SHA-1 and RSA keys from 1024 bits in the peer's chain, its trusted CA included",
    when_accepted: WhenAccepted::Starts,
};

/// A certificate of the own chain; `None` if key and signature are good. The signature of a root is not judged.
pub(crate) fn in_own_chain(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    let digest = signature::check_algorithm(certificate.signature_algorithm()).err();
    let weak = digest.filter(|error| {
        matches!(error, SignatureError::WeakDigest { .. }) && !certificate.is_self_issued()
    });
    let weak = weak.or_else(|| weak_key(certificate))?;
    let finding = finding(at, certificate, &weak);
    Some(match takes_no_day(&weak, certificate) {
        true => finding.with_remedy(format!("{STRONGER}; danger-accept-weak takes none like it")),
        false => finding,
    })
}

/// A trusted CA; `None` if its key is good enough for these rules. Its signature is not judged.
pub(crate) fn anchor(
    at: &At<'_>,
    certificate: &Certificate,
    policy: &Policy,
    now: Timestamp,
) -> Option<Finding> {
    let weak = weakness_of_anchor(certificate, policy, now)?;
    let finding = finding(at, certificate, &weak);
    Some(if takes_no_day(&weak, certificate) {
        finding.with_remedy(format!("{STRONGER}; danger-accept-weak takes none like it"))
    } else if policy.danger_accept_weak.is_some() {
        let over = "the day until which danger-accept-weak takes this one is over";
        finding.with_remedy(format!("{STRONGER}; {over}"))
    } else {
        finding
    })
}

/// What is wrong with the key of a trusted CA by these rules, if something is.
pub(crate) fn weakness_of_anchor(
    certificate: &Certificate,
    policy: &Policy,
    now: Timestamp,
) -> Option<SignatureError> {
    let accepted = policy.accepts_key(certificate.public_key(), now);
    weak_key(certificate).filter(|_| !accepted)
}

/// What helps whatever is accepted.
const STRONGER: &str = "issue a new certificate with a stronger key and SHA-256";

/// Whether `danger-accept-weak` takes this on no day.
fn takes_no_day(weak: &SignatureError, certificate: &Certificate) -> bool {
    match weak {
        SignatureError::WeakDigest { algorithm } => algorithm.digest() != Some(Digest::Sha1),
        SignatureError::KeySize { .. }
        | SignatureError::UnknownKey { .. }
        | SignatureError::Wrong
        | SignatureError::OtherKind { .. }
        | SignatureError::UnknownAlgorithm { .. } => {
            signature::danger_check_key(certificate.public_key().algorithm()).is_err()
        }
    }
}

fn weak_key(certificate: &Certificate) -> Option<SignatureError> {
    let key = signature::check_key(certificate.public_key().algorithm()).err();
    key.filter(|error| matches!(error, SignatureError::KeySize { .. }))
}

fn finding(at: &At<'_>, certificate: &Certificate, weak: &SignatureError) -> Finding {
    let name = certificate.subject().to_string();
    at.finding(&KIND, format!("{}: {name:?}: {weak}", at.option))
}
