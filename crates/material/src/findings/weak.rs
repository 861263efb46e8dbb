//! TP4021: weak key or digest.

use trustpack_judge::signature::{self, SignatureError};
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::algorithm::SignatureAlgorithm;
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
    let by_own_key = signature::verify_certificate(certificate, certificate.public_key());
    let weak = match by_own_key {
        Err(error @ SignatureError::KeySize { .. }) => error,
        Err(error @ SignatureError::WeakDigest { .. }) if !certificate.is_self_issued() => error,
        Ok(())
        | Err(
            SignatureError::WeakDigest { .. }
            | SignatureError::Wrong
            | SignatureError::OtherKind { .. }
            | SignatureError::UnknownAlgorithm { .. }
            | SignatureError::UnknownKey { .. },
        ) => return weak_key(at, certificate),
    };
    Some(finding(at, certificate, &weak))
}

/// A trusted CA; `None` if its key is good. Its signature is not judged.
pub(crate) fn anchor(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    weak_key(at, certificate)
}

fn weak_key(at: &At<'_>, certificate: &Certificate) -> Option<Finding> {
    // What is asked is the size of the key: no signature is verified with one that is too small.
    let tried = signature::verify(
        certificate.public_key(),
        &SignatureAlgorithm::Ed25519,
        &[],
        &[],
    );
    match tried {
        Err(error @ SignatureError::KeySize { .. }) => Some(finding(at, certificate, &error)),
        Ok(())
        | Err(
            SignatureError::WeakDigest { .. }
            | SignatureError::Wrong
            | SignatureError::OtherKind { .. }
            | SignatureError::UnknownAlgorithm { .. }
            | SignatureError::UnknownKey { .. },
        ) => None,
    }
}

fn finding(at: &At<'_>, certificate: &Certificate, weak: &SignatureError) -> Finding {
    let name = certificate.subject().to_string();
    at.finding(&KIND, format!("{}: {name:?}: {weak}", at.option))
}
