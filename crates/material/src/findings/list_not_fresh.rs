//! TP4030: revocation list not fresh.

use trustpack_judge::revocation::fault::ListFault;
use trustpack_judge::revocation::list::KnownList;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4030),
    severity: Severity::Error,
    title: "revocation list not fresh",
    meaning: "A revocation list is past the time at which the next one was due, does not say when that is, or is from the future, and crl-freshness does not allow that: peers of its issuer are refused.",
    example: "crl names a list whose next update was due last week",
    remedy: "fetch the new list of the CA; if there is none, have the CA make one",
    when_accepted: WhenAccepted::Starts,
};

/// The list is of no use at this time.
pub(crate) fn found(
    at: &At<'_>,
    path: &AbsolutePath,
    list: &KnownList,
    fault: &ListFault,
) -> Finding {
    at.finding(&KIND, format!("{}: {list} in {path}: {fault}", at.option))
}
