//! TP4035: revocation list without a number.

use trustpack_judge::revocation::list::KnownList;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4035),
    severity: Severity::Note,
    title: "revocation list without a number",
    meaning: "A revocation list has no number. It is used, but nobody can tell when somebody passes an older list for it.",
    example: "a list made by openssl ca -gencrl without crlnumber",
    remedy: "have the CA number its lists",
    when_accepted: WhenAccepted::Starts,
};

/// The list has none.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, list: &KnownList) -> Finding {
    at.finding(
        &KIND,
        format!("{}: {list} in {path} has no number", at.option),
    )
}
