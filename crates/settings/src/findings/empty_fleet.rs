//! TP1027: fleet without anything in it.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1027),
    severity: Severity::Warning,
    title: "fleet without anything in it",
    meaning: "The fleet has no host and no application, so there is nothing to check and nothing to run. Perhaps another file was meant.",
    example: "an empty fleet.toml",
    remedy: "name the file or the folder of the fleet, or write its hosts and applications",
    when_accepted: WhenAccepted::StaysDown,
};

/// `paths` are those of the texts that were read.
pub(crate) fn found(paths: &[&str]) -> Finding {
    let named = match paths {
        [one] => format!("{one} has no host and no application"),
        many => format!(
            "none of the {} files has a host or an application",
            many.len()
        ),
    };
    Finding::new(&KIND, Place::Fleet, named)
}
