//! TP4033: revocation list rolled back.

use trustpack_judge::revocation::fault::ListFault;
use trustpack_judge::revocation::list::KnownList;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::crl::number::CrlNumber;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4033),
    severity: Severity::Error,
    title: "revocation list rolled back",
    meaning: "A revocation list has a lower number than one of the same issuer that was made before it, or that this process, or with --state one before it, has seen. Numbers only rise: the CA was restored from an old copy, or somebody passes an old list for a new one.",
    example: "a list of today with the number 7, and one of last week with the number 9",
    remedy: "have the CA make a list with a number above all earlier ones",
    when_accepted: WhenAccepted::Starts,
};

/// An older list of its issuer has a higher number.
pub(crate) fn found(
    at: &At<'_>,
    path: &AbsolutePath,
    list: &KnownList,
    fault: &ListFault,
) -> Finding {
    at.finding(&KIND, format!("{}: {list} in {path}: {fault}", at.option))
}

/// The fault, and the higher number that was seen: another endpoint may have a copy that was renewed first.
pub(crate) fn seen(
    at: &At<'_>,
    path: &AbsolutePath,
    list: &KnownList,
    (fault, seen): (&ListFault, &CrlNumber),
) -> Finding {
    found(at, path, list, fault).with_remedy(format!(
        "put the list with the number {seen} of that CA, or a later one, into {path} too; if the CA was restored from an old \
         copy, have it make a list with a higher number"
    ))
}
