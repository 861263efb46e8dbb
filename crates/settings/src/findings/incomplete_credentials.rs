//! TP2020: credentials incomplete.

use crate::endpoint::Level;
use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(2020),
    severity: Severity::Error,
    title: "credentials incomplete",
    meaning: "A secured endpoint lacks something it cannot do without: a port its certificate and key, a port with mutual TLS and a client its trusted authorities.",
    example: "a port with tls=1 and no certificate at any level",
    remedy: "add the options that are missing at the level of the others, or all of them at the host",
    when_accepted: WhenAccepted::StaysDown,
};

/// `level` is where the rest of the block stands, if any of it is set.
pub(crate) fn found(place: Place, missing: &[&str], level: Option<Level>) -> Finding {
    let names = missing.join(", ");
    match level {
        // There are no levels there: the options themselves are what is missing.
        _ if place.is_by_hand() => {
            let hyphens = if place == Place::CommandLine {
                "--"
            } else {
                ""
            };
            let options: Vec<String> = missing
                .iter()
                .map(|name| format!("{hyphens}{name}"))
                .collect();
            let options = options.join(", ");
            Finding::new(&KIND, place, format!("not given: {options}"))
                .with_remedy(format!("add {options}"))
        }
        Some(level) => {
            let message = format!(
                "not set: {names}; the rest of the credentials stands at the level of the {level}"
            );
            Finding::new(&KIND, place, message)
                .with_remedy(format!("set {names} at the level of the {level}"))
        }
        None => Finding::new(&KIND, place, format!("not set at any level: {names}"))
            .with_remedy(format!("set {names} at the level of the host")),
    }
}
