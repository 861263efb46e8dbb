//! TP4009: end of the chain not known.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::name::Name;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4009),
    severity: Severity::Warning,
    title: "end of the chain not known",
    meaning: "No trusted-ca is set, and the issuer of the last certificate given is not there. It is a root that peers have, or an intermediate that they will miss; that cannot be told here.",
    example: "a server with simple TLS, its certificate alone, and no trusted-ca",
    remedy: "set trusted-ca, or add the issuers up to the root to the files of certificate",
    when_accepted: WhenAccepted::Starts,
};

/// Nothing is trusted here, and the chain does not end in a root.
pub(crate) fn found(at: &At<'_>, last: &Certificate, issuer: &Name) -> Finding {
    let message = format!(
        "the chain ends at {:?}, issued by {:?}, which is not there; without trusted-ca it cannot be known whether peers have it",
        last.subject().to_string(),
        issuer.to_string()
    );
    at.finding(&KIND, message)
}
