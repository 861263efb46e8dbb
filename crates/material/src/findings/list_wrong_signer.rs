//! TP4031: revocation list not signed by its issuer.

use trustpack_judge::revocation::list::KnownList;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4031),
    severity: Severity::Error,
    title: "revocation list not signed by its issuer",
    meaning: "There is a trusted CA, or one of the own chain, of the name that a revocation list has as its issuer, but its key did not sign the list. It is the list of another CA of the same name, of an older key, or forged.",
    example: "the list of the CA before it got a new key",
    remedy: "put the list there that the CA signs with its present key",
    when_accepted: WhenAccepted::Starts,
};

/// None of the CAs of the name of its issuer signed the list.
pub(crate) fn found(at: &At<'_>, path: &AbsolutePath, list: &KnownList) -> Finding {
    let message = format!(
        "{}: {list} in {path} was not signed by the CA of this name that is known here",
        at.option
    );
    at.finding(&KIND, message)
}
