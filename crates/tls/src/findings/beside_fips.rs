//! TP5103: a suite beside FIPS.

use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::place::Place;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(5103),
    severity: Severity::Warning,
    title: "suite beside FIPS",
    meaning: "cipher-list has the word FIPS, which says nothing about TLS 1.3. The suites of TLS 1.3 stay where the list names none of them, and one of them is not in FIPS 140.",
    example: "cipher-list = \"FIPS\"",
    remedy: "bar the suite in cipher-list with !, or name the suites of TLS 1.3",
    when_accepted: WhenAccepted::Starts,
};

/// This suite stays.
pub(crate) fn found(place: &Place, suite: &str) -> Finding {
    let message = format!(
        "cipher-list: FIPS says nothing about TLS 1.3, so {suite} stays, which FIPS 140 does not have; \"!{suite}\" bars it"
    );
    Finding::new(&KIND, place.clone(), message)
}
