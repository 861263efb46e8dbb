//! TP5101: cipher not known.

use trustpack_settings::cipher_suites::{self, others};
use trustpack_settings::endpoint::Engine;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5101),
    severity: Severity::Warning,
    title: "cipher not known",
    meaning: "cipher-list names suites that the TLS engine does not have: too weak, or misspelt. The others of the list are used. With another engine than ours these are names that no release of it has ever had.",
    example: "cipher-list = \"AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384\"",
    remedy: "take the names out of cipher-list",
    when_accepted: WhenAccepted::Starts,
};

/// Words of the list that name nothing.
pub(crate) fn found(place: &Place, unknown: &[String]) -> Finding {
    let message = format!(
        "cipher-list: the engine does not have {}; it has {}",
        unknown.join(", "),
        cipher_suites::names()
    );
    Finding::new(&KIND, place.clone(), message)
}

/// Words that name nothing which an engine of somebody else can have.
pub(crate) fn to_another(place: &Place, unknown: &[String], engine: Engine) -> Finding {
    let message = format!(
        "cipher-list: the engine {engine} does not have {}; it has for example {}",
        unknown.join(", "),
        others::names(engine)
    );
    Finding::new(&KIND, place.clone(), message)
}
