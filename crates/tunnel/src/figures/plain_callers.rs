//! Who still comes in plain text to a port that takes TLS too.
//!
//! Callers are told apart by their address without the port. Invariant: at most [`MAX_PLAIN_CALLERS`] are known by
//! name; of those forgotten for newer ones the number is kept.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use crate::report::Remote;

/// Callers that are known by name, for each tunnel.
///
/// Source: ours; more than can be looked after one by one. At some 100 bytes each, 100 KiB.
pub const MAX_PLAIN_CALLERS: usize = 1000;

/// Callers in plain text.
#[derive(Debug, Default)]
pub(crate) struct PlainCallers {
    known: BTreeMap<Option<IpAddr>, Seen>,
    /// Those that were forgotten, together.
    pub(crate) forgotten: Option<Seen>,
}

/// How often somebody came, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) count: u64,
    pub(crate) first: Instant,
    pub(crate) last: Instant,
}

impl PlainCallers {
    /// Somebody came.
    pub(crate) fn note(&mut self, caller: Remote, now: Instant) {
        let address = match caller {
            Remote::Tcp(address) => Some(address.ip().to_canonical()),
            Remote::Unix => None,
        };
        if let Some(seen) = self.known.get_mut(&address) {
            *seen = seen.and(Seen::once(now));
            return;
        }
        if self.known.len() >= MAX_PLAIN_CALLERS {
            self.forget_one();
        }
        self.known.insert(address, Seen::once(now));
    }

    /// Forgets who did not come for the longest time.
    fn forget_one(&mut self) {
        let longest = self.known.iter().min_by_key(|(_, seen)| seen.last);
        let Some((address, seen)) = longest.map(|(address, seen)| (*address, *seen)) else {
            return;
        };
        self.known.remove(&address);
        self.forgotten = Some(self.forgotten.map_or(seen, |forgotten| forgotten.and(seen)));
    }

    /// Those that are known by name, who came last first; without an address those through a UNIX socket.
    pub(crate) fn known(&self) -> Vec<(Option<IpAddr>, Seen)> {
        let mut known: Vec<_> = self.known.iter().map(|(who, seen)| (*who, *seen)).collect();
        known.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.last));
        known
    }

    /// All of them together; none if nobody came.
    pub(crate) fn all(&self) -> Option<Seen> {
        let known = self.known.values().copied();
        known.chain(self.forgotten).reduce(Seen::and)
    }
}

impl Seen {
    fn once(now: Instant) -> Self {
        Self {
            count: 1,
            first: now,
            last: now,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_comes_is_counted_and_memory_is_bounded() {
        let mut callers = PlainCallers::default();
        let begin = Instant::now();
        assert_eq!(callers.all(), None);
        for number in 0..3000_u16 {
            let [high, low] = number.to_be_bytes();
            let at = begin + Duration::from_secs(u64::from(number));
            for port in [1, 2] {
                callers.note(Remote::Tcp(([10, 0, high, low], port).into()), at);
            }
        }
        let known = callers.known();
        assert_eq!(known.len(), MAX_PLAIN_CALLERS);
        let (newest, seen) = known.first().expect("one");
        assert_eq!(*newest, Some(IpAddr::from([10, 0, 11, 183])));
        assert_eq!(seen.count, 2);
        let all = callers.all().expect("many");
        assert_eq!(all.count, 6000);
        assert_eq!(all.first, begin);
        assert_eq!(all.last, begin + Duration::from_secs(2999));
        assert_eq!(callers.forgotten.map(|seen| seen.count), Some(4000));
    }
}
