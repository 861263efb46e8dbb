//! TP4021: weak key or digest.

use trustpack_judge::signature::{self, SignatureError};
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4021),
    severity: Severity::Error,
    title: "weak key or digest",
    meaning: "A certificate of the own chain is signed with SHA-1 or older, or has an RSA key below 2048 bits; or a trusted CA has such a key. Peers, and this end for what it trusts, refuse it.",
    example: "a host certificate with an RSA key of 1024 bits",
    remedy: "issue a new certificate with a stronger key and SHA-256",
    when_accepted: WhenAccepted::Starts,
};

/// A certificate of the own chain; `None` if key and signature are good. The signature of a root is not judged.
pub(crate) fn in_own_chain(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    let digest = signature::check_algorithm(certificate.signature_algorithm()).err();
    let weak = digest.filter(|error| {
        matches!(error, SignatureError::WeakDigest { .. }) && !certificate.is_self_issued()
    });
    weak.map_or_else(
        || anchor(at, certificate),
        |error| Some(finding(at, certificate, &error)),
    )
}

/// A trusted CA; `None` if its key is good. Its signature is not judged.
pub(crate) fn anchor(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    let key = signature::check_key(certificate.public_key().algorithm()).err();
    let weak = key.filter(|error| matches!(error, SignatureError::KeySize { .. }))?;
    Some(finding(at, certificate, &weak))
}

fn finding(at: &At<'_>, certificate: &Certificate, weak: &SignatureError) -> Finding {
    let name = certificate.subject().to_string();
    at.finding(&KIND, format!("{}: {name:?}: {weak}", at.option))
}
