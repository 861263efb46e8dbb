//! TP1026: invisible marks in a thumbprint.

use crate::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use crate::place::Place;
use crate::span::Spot;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(1026),
    severity: Severity::Warning,
    title: "invisible marks in a thumbprint",
    meaning: "The thumbprint holds marks that cannot be seen, such as the one that the certificate window of Windows puts before it when it is copied. Trustpack takes them out; other systems find no certificate by such a thumbprint.",
    example: "provider = \"MSCAPI\"\ncertificate = \"\\u200ED0B028AAD0B028AAD0B028AAD0B028AAD0B028AA\"",
    remedy: "type the first digits of the thumbprint anew",
    when_accepted: WhenAccepted::StaysDown,
};

/// `cleaned` is the value without the marks.
pub(crate) fn found(place: Place, spot: &Spot, option: &str, cleaned: &str) -> Finding {
    let message = format!("{option} has invisible marks in it; without them it is {cleaned}");
    Finding::new(&KIND, place, message)
        .with_spot(spot)
        .with_remedy(format!("write {option} = {cleaned:?}"))
}
