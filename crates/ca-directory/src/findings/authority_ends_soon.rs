//! TP6007: CA certificate ends soon.

use trustpack_ca::lifetime::Lifetime;
use trustpack_settings::finding::{Code, Kind, Severity, WhenAccepted};

use crate::check::found::Found;
use crate::check::{CaFinding, Inspected};

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(6007),
    severity: Severity::Warning,
    title: "CA certificate ends soon",
    meaning: "The CA ends before a host certificate of the usual lifetime would, so that every new one is cut to it.",
    example: "a CA that ends in less than 100 days",
    remedy: "run `trustpack ca renew` in time",
    when_accepted: WhenAccepted::Starts,
};

pub(super) fn check(inspected: &Inspected<'_>, found: &mut Found) {
    let (end, now) = (
        inspected.directory.certificate().validity().not_after,
        inspected.now,
    );
    if end < now || now.saturating_add(Lifetime::HOST.duration()) <= end {
        return;
    }
    let message = format!(
        "the CA ends on {end}; a host certificate of {} would end after it",
        Lifetime::HOST
    );
    let path = &inspected.directory.layout().certificate;
    found.add(CaFinding::new(&KIND, path, message));
}
