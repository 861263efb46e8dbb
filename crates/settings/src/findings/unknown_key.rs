//! TP1002: unknown key in the fleet file.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1002),
    severity: Severity::Error,
    title: "unknown key in the fleet file",
    meaning: "An object of the fleet file has a key that means nothing there. It may be a misspelt one that was meant to secure something, so the endpoints of that object are not started. At the top of the file it stops the whole fleet: what follows a misspelt [[application]], such as its [application.security], would count for the application before it.",
    example: "[[application]]\nname = \"Server\"\nhosts = \"a.example.com\"",
    remedy: "remove the key or spell it as one of those allowed there",
    when_accepted: WhenAccepted::StaysDown,
};

/// `allowed` are the keys of this kind of object; `nearest` is the one that was probably meant; `belongs` is where to write
/// the key, if it is one of another kind of object or the name of an option.
pub(crate) fn found(
    place: Place,
    spot: &Spot,
    key: &str,
    allowed: &[&str],
    nearest: Option<&str>,
    belongs: Option<String>,
) -> Finding {
    let message = format!(
        "unknown key {key:?}; allowed here are {}",
        allowed.join(", ")
    );
    let finding = Finding::new(&KIND, place, message).with_spot(spot);
    match (belongs, nearest) {
        (Some(belongs), _) => finding.with_remedy(belongs),
        (None, Some(nearest)) => finding.with_remedy(format!("write {nearest:?}")),
        (None, None) => finding,
    }
}
