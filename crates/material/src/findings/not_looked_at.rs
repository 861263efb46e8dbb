//! TP4036: certificates not readable from here.

use trustpack_keystore::private_key::InvalidPrivateKey;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

use crate::findings::{At, sentence};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4036),
    severity: Severity::Note,
    title: "certificates not readable from here",
    meaning: "The certificates of the endpoint are in a Windows store or in a token, or its private key is of a kind that only its own engine knows: DSA, Ed448, a curve that is not of NIST. What it presents cannot be told from files, and whether its connections work is not known.",
    example: "provider = \"MSCAPI\" and fleet check --files DIR",
    remedy: "look at it on the host itself",
    when_accepted: WhenAccepted::Starts,
};

/// `provider` as it is written.
pub(crate) fn found(place: &Place, provider: &str) -> Finding {
    let message = format!(
        "the certificates are in {provider}, which is not read here; nothing is said of them"
    );
    Finding::new(&KIND, place.clone(), message)
}

/// The key in this file is of a kind that is not read here, as `error` says.
pub(crate) fn key(at: &At<'_>, file: &str, error: &InvalidPrivateKey) -> Finding {
    let why = sentence(error);
    at.finding(
        &KIND,
        format!("in {file} {why} here; nothing is said of its certificate"),
    )
}
