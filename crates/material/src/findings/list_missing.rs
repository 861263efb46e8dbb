//! TP4104: revocation list missing for the issuer of the peer.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

use crate::prediction::Failing;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4104),
    severity: Severity::Error,
    title: "revocation list missing for the issuer of the peer",
    meaning: "The end checks revocation (crl), and its file has no list of a CA that issued a certificate of the chain of its peer: whether that was revoked is not known, so it is refused.",
    example: "crl names the list of the root, and the peer has a certificate of an intermediate CA",
    remedy: "add the list of that CA to the file of crl, or check the certificate of the peer alone (crl-check = \"leaf\")",
    when_accepted: WhenAccepted::Starts,
};

/// There is no list of an issuer.
pub(crate) fn found(place: &Place, failing: &Failing) -> Finding {
    Finding::new(&KIND, place.clone(), failing.to_string())
        .with_remedy(format!("{} (at fault: {})", KIND.remedy, failing.fault))
}
