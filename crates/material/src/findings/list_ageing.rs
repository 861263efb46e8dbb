//! TP4034: revocation list past half of its life.

use trustpack_judge::revocation::fault::ListFault;
use trustpack_judge::revocation::list::KnownList;
use trustpack_settings::finding::{Code, Finding, Kind, Severity, WhenAccepted};
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::time::Timestamp;

use crate::findings::At;

/// The kind.
pub static KIND: Kind = Kind {
    code: Code::new(4034),
    severity: Severity::Warning,
    title: "revocation list past half of its life",
    meaning: "More than half of the time is over for which a revocation list holds, or all of it and crl-freshness allows that. What was revoked since is not on it, and if no new list comes, peers are refused in the end.",
    example: "a list of two weeks that is eight days old",
    remedy: "fetch the new list of the CA",
    when_accepted: WhenAccepted::Starts,
};

/// A list that is used; `tolerated` is what crl-freshness allows of it. `None` if it is young.
pub(crate) fn found(
    at: &At<'_>,
    path: &AbsolutePath,
    list: &KnownList,
    tolerated: Option<&ListFault>,
    now: Timestamp,
) -> Option<Finding> {
    let head = list.head();
    let state = match (tolerated, head.next_update) {
        (Some(fault), _) => fault.to_string(),
        (None, Some(next)) if now.since(head.this_update) > next.since(head.this_update) / 2 => {
            format!(
                "the next one is due on {next}, so more than half of its life is over; the time is {now}"
            )
        }
        (None, _) => return None,
    };
    Some(at.finding(&KIND, format!("{}: {list} in {path}: {state}", at.option)))
}
