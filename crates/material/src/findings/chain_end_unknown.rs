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
    meaning: "The issuer of the last certificate of the chain is neither in the certificate files nor in trusted-ca. It is a root that peers have, or an intermediate that they will miss. It is only a warning where that cannot be told (no trusted-ca is there), where nobody asks for the certificate, and where the files of the peers show that they have the issuer. Else it is the error TP4008.",
    example: "a server with simple TLS, its certificate alone, and no trusted-ca",
    remedy: "add the issuers up to the root to the files of certificate",
    when_accepted: WhenAccepted::Starts,
};

/// The chain does not end in a root.
pub(crate) fn found(at: &At<'_>, last: &Certificate, issuer: &Name) -> Finding {
    let ends = ends(last, issuer);
    at.finding(
        &KIND,
        format!("{ends}; whether peers have it cannot be known from the files of this end"),
    )
}

/// The same where the peers have what is not there, instead of the error `incomplete`.
pub(crate) fn known_to_peers(incomplete: &Finding, last: &Certificate) -> Finding {
    let ends = ends(last, last.issuer());
    let message = format!("{ends}; the peers whose files were looked at have it");
    let finding = Finding::new(&KIND, incomplete.place.clone(), message);
    match &incomplete.spot {
        Some(spot) => finding.with_spot(spot),
        None => finding,
    }
}

fn ends(last: &Certificate, issuer: &Name) -> String {
    format!(
        "the chain ends at {:?}, issued by {:?}, which is neither in the certificate files nor in trusted-ca",
        last.subject().to_string(),
        issuer.to_string()
    )
}
