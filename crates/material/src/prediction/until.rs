//! On which date a connection that works will stop to, if nothing is renewed.
//!
//! Every date that was part of the judgement is tried in turn, by judging again at that moment: another path may
//! hold when one is over. Invariant: the moment that is given fails, and every date before it does not.

use std::collections::BTreeSet;

use trustpack_x509::time::Timestamp;

use super::{End, Judged, Refusal, Stop, handshake};

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
            Err(Refusal { failing, .. }) => return Some(Stop { at, failing }),
        }
        at = dates.pop_first()?;
        judged = handshake(client, server, at);
    }
    None
}

/// The first moments at which something that was judged holds no longer.
fn ends(judged: &Judged) -> impl Iterator<Item = Timestamp> {
    let verdicts = judged.verdicts.iter();
    verdicts.flat_map(|(rules, accepted)| rules.ends(accepted))
}
