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

/// Where the credentials of an endpoint stand that lacks some of them.
pub(crate) struct Rest {
    /// The level that gives the others, if any does.
    pub(crate) level: Option<Level>,
    /// The level that `certificate-source` keeps from giving any, and what it has of those that are missing.
    pub(crate) shut: Option<(Level, Vec<&'static str>)>,
    /// Whether the application has an own file, beside which application and host do not count.
    pub(crate) own_file: bool,
}

pub(crate) fn found(place: Place, missing: &[&str], rest: &Rest) -> Finding {
    let names = missing.join(", ");
    // There are no levels by hand: the options themselves are what is missing.
    if place.is_by_hand() {
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
        return Finding::new(&KIND, place, format!("not given: {options}"))
            .with_remedy(format!("add {options}"));
    }
    let shut = rest.shut.as_ref().filter(|(_, has)| !has.is_empty());
    let passed_over = shut.map_or_else(String::new, |(level, has)| {
        let verb = if has.len() == 1 { "is" } else { "are" };
        format!(
            "; certificate-source is {:?}, so {} of the {level} {verb} passed over",
            source_against(*level),
            has.join(", ")
        )
    });
    match rest.level {
        Some(level) => {
            let message = format!(
                "not set: {names}; the rest of the credentials stands at the level of the {level}{passed_over}"
            );
            Finding::new(&KIND, place, message)
                .with_remedy(format!("set {names} at the level of the {level}"))
        }
        None => {
            let counts = if shut.is_some() { " that counts" } else { "" };
            let message = format!("not set at any level{counts}: {names}{passed_over}");
            Finding::new(&KIND, place, message).with_remedy(remedy(&names, missing.len(), rest))
        }
    }
}

/// Where to set what is set nowhere: at a level that counts, or where it is by another certificate source.
fn remedy(names: &str, missing: usize, rest: &Rest) -> String {
    if rest.own_file {
        return format!(
            "set {names} in the own file of the application; beside it the host does not count"
        );
    }
    let Some((shut, has)) = &rest.shut else {
        return format!("set {names} at the level of the host");
    };
    let open = source_against(*shut);
    let set = format!("set {names} at the level of the {open}");
    if has.len() == missing {
        format!("{set}, or certificate-source to \"{shut}\"")
    } else {
        set
    }
}

/// The certificate source that shuts a level out, which is also the level that counts instead.
fn source_against(shut: Level) -> &'static str {
    match shut {
        Level::Host => "application",
        Level::Endpoint | Level::OwnFile | Level::Application => "host",
    }
}
