//! On which date a connection that works will stop to, if nothing is renewed.
//!
//! Every date that was part of the judgement is tried in turn, by judging again at that moment: another path may
//! hold when one is over. Invariant: the moment that is given fails, and every date before it does not.

use std::collections::BTreeSet;
use std::time::Duration;

use trustpack_judge::question::Freshness;
use trustpack_judge::verdict::Accepted;
use trustpack_x509::time::Timestamp;

use super::{End, Judged, Stop, handshake};
use crate::peer_rules::PeerRules;

/// Dates that are tried at most.
///
/// Source: ours. A connection has two chains of up to ten certificates, each with a list.
const MAX_DATES: usize = 64;

/// When it stops, and why; `None` if nothing that was judged ends.
pub(super) fn stop(
    client: End<'_>,
    server: End<'_>,
    now: Timestamp,
    judged: Judged,
) -> Option<Stop> {
    let mut dates = BTreeSet::new();
    let mut judged = Ok(judged);
    let mut at = now;
    for _ in 0..MAX_DATES {
        match judged {
            Ok(good) => dates.extend(ends(&good).filter(|date| *date > at)),
            Err(failing) => return Some(Stop { at, failing }),
        }
        at = dates.pop_first()?;
        judged = handshake(client, server, at);
    }
    None
}

/// The first moments at which something that was judged holds no longer.
fn ends(judged: &Judged) -> impl Iterator<Item = Timestamp> {
    judged
        .verdicts
        .iter()
        .flat_map(|(rules, accepted)| of_certificates(accepted).chain(of_lists(rules, accepted)))
        .chain(
            judged
                .verdicts
                .iter()
                .filter_map(|(rules, _)| rules.policy().danger_accept_weak),
        )
}

fn of_certificates(accepted: &Accepted) -> impl Iterator<Item = Timestamp> {
    let path = accepted.path().iter();
    path.map(|certificate| after(certificate.validity().not_after, Duration::ZERO))
}

fn of_lists(rules: &PeerRules, accepted: &Accepted) -> impl Iterator<Item = Timestamp> {
    let freshness = rules.policy().crl_freshness;
    let used = accepted
        .course()
        .revocation()
        .iter()
        .flat_map(|outcome| &outcome.result);
    used.filter_map(move |used| {
        let head = used.list.head();
        match freshness {
            Freshness::Warn => None,
            Freshness::Required => Some(after(head.next_update?, Duration::ZERO)),
            Freshness::Grace(grace) => {
                Some(after(head.next_update.unwrap_or(head.this_update), grace))
            }
        }
    })
}

/// The first moment that is past the last one of a time and its grace.
fn after(last: Timestamp, grace: Duration) -> Timestamp {
    last.saturating_add(grace)
        .saturating_add(Duration::from_secs(1))
}
