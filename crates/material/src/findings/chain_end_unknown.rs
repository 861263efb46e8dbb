//! TP4009: end of the chain not known.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};

use crate::chain::{Gap, IssuerHere};
use crate::findings::At;
use crate::findings::chain_incomplete::WITH_ANOTHER_KEY;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4009),
    severity: Severity::Warning,
    title: "end of the chain not known",
    meaning: "The issuer of the last certificate of the chain is neither in the certificate files nor in trusted-ca, or in trusted-ca alone where the program does its own TLS and does not send it from there. It is a root that peers have, or an intermediate that they will miss. It is only a warning where that cannot be told (no trusted-ca is there), where nobody asks for the certificate, and where the files of the peers show that they have the issuer. Else it is the error TP4008.",
    example: "a server with simple TLS, its certificate alone, and no trusted-ca",
    remedy: "add the issuers up to the root to the files of certificate",
    when_accepted: WhenAccepted::Starts,
};

/// The chain does not end in a root.
pub(crate) fn found(at: &At<'_>, gap: &Gap) -> Finding {
    let ends = ends(gap);
    at.finding(
        &KIND,
        format!("{ends}; whether peers have it cannot be known from the files of this end"),
    )
}

/// The same where the peers have what is not there, instead of the error `incomplete`.
pub(crate) fn known_to_peers(incomplete: &Finding, gap: &Gap) -> Finding {
    let ends = ends(gap);
    let message = format!("{ends}; the peers whose files were looked at have it");
    let finding = Finding::new(&KIND, incomplete.place.clone(), message);
    match &incomplete.spot {
        Some(spot) => finding.with_spot(spot),
        None => finding,
    }
}

fn ends(gap: &Gap) -> String {
    let (name, issuer) = (
        gap.last.subject().to_string(),
        gap.last.issuer().to_string(),
    );
    let here = match gap.issuer {
        IssuerHere::NotTaken => ", which is in trusted-ca alone, from where it is not sent",
        IssuerHere::OfAnotherKey => &format!(" {WITH_ANOTHER_KEY}"),
        IssuerHere::Nowhere => ", which is neither in the certificate files nor in trusted-ca",
    };
    format!("the chain ends at {name:?}, issued by {issuer:?}{here}")
}
