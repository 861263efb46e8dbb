//! TP4032: revocation list of no use.

use trustpack_judge::revocation::fault::ListFault;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::signature::SignatureError;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4032),
    severity: Severity::Error,
    title: "revocation list of no use",
    meaning: "A revocation list is of a kind that is not used: one that only adds to another list, one about certificates of other authorities, one with a critical extension that is not known, one with a signature that no longer protects, or one of a CA with whose key nothing is verified.",
    example: "crl names a delta list",
    remedy: "have the CA make a full list of its own, signed with SHA-256",
    when_accepted: WhenAccepted::Starts,
};

/// The list is of no use whoever signed it.
pub(crate) fn found(
    at: &At<'_>,
    path: &AbsolutePath,
    list: &KnownList,
    fault: &ListFault,
) -> Finding {
    at.finding(&KIND, format!("{}: {list} in {path}: {fault}", at.option))
}

/// Nobody can tell whether the CA of its issuer's name signed the list: this is wrong with its key.
pub(crate) fn unverifiable(
    at: &At<'_>,
    path: &AbsolutePath,
    list: &KnownList,
    weakness: &SignatureError,
) -> Finding {
    let message = format!(
        "{}: {list} in {path} cannot be verified with the key of the CA of this name that is known here: {weakness}",
        at.option
    );
    at.finding(&KIND, message)
        .with_remedy("give the CA a stronger key, and put the list there that it signs with it")
}
