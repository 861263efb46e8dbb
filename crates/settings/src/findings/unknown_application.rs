//! TP3003: unknown application.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(3003),
    severity: Severity::Error,
    title: "unknown application",
    meaning: "A connection or a backup names an application that the fleet does not have, or an application names itself as its backup.",
    example: "to = \"MesageServer\"",
    remedy: "name an application of the fleet",
    when_accepted: WhenAccepted::StaysDown,
};

/// `key` is what names it: `to`, `backup`.
pub(crate) fn found(
    place: Place,
    spot: &Spot,
    key: &str,
    name: &str,
    nearest: Option<&str>,
) -> Finding {
    let message = format!("{key}: there is no application {name:?}");
    let finding = Finding::new(&KIND, place, message).with_spot(spot);
    match nearest {
        Some(nearest) => finding.with_remedy(format!("write {nearest:?} if that was meant")),
        None => finding,
    }
}

/// An application that is to be its own backup.
pub(crate) fn own_backup(place: Place, spot: &Spot) -> Finding {
    let message = "backup: the application is its own backup";
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy("name another application as its backup, or none")
}
