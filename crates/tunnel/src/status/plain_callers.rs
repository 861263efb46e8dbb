//! Who still comes in plain text to ports that take TLS too, as plain data: when a port can be closed to them.
//!
//! Invariant: what is told of a port is of this process alone, and for how long that has run stands beside it.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Overview;
use crate::figures::plain_callers::Seen;

/// Who came in plain text, port by port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainReport {
    /// For how long that was looked at, in whole seconds.
    pub watched_seconds: u64,
    /// The ports that take both.
    pub ports: Vec<PortReport>,
}

/// Who came to a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortReport {
    /// The port.
    pub place: String,
    /// Handshakes that succeeded there: who comes in TLS already.
    pub tls_handshakes: u64,
    /// All who came in plain text, together; none if nobody did.
    pub plain: Option<SeenReport>,
    /// Each of them, who came last first.
    pub callers: Vec<CallerReport>,
    /// Those whose names were given up for newer ones, together.
    pub forgotten: Option<SeenReport>,
}

/// Somebody who came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerReport {
    /// The address without the port, or `unix`.
    pub caller: String,
    /// How often and when.
    #[serde(flatten)]
    pub seen: SeenReport,
}

/// How often somebody came, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReport {
    /// How often.
    pub count: u64,
    /// How many seconds ago for the first time.
    pub first_seconds_ago: u64,
    /// How many seconds ago for the last time.
    pub last_seconds_ago: u64,
}

impl Overview {
    /// Who came in plain text to ports that take both, or did when somebody came.
    #[must_use]
    pub fn plain_report(&self) -> PlainReport {
        let now = Instant::now();
        let ports = self.endpoints().filter_map(|known| {
            let figures = &known.spec.figures;
            let callers = figures.plain_callers();
            let all = callers.all();
            if all.is_none() && !known.spec.detects() {
                return None;
            }
            let each = callers.known().into_iter();
            Some(PortReport {
                place: known.spec.place().to_string(),
                tls_handshakes: figures.full.get().saturating_add(figures.resumed.get()),
                plain: all.map(|seen| SeenReport::of(seen, now)),
                callers: each
                    .map(|(caller, seen)| CallerReport {
                        caller: caller.map_or_else(|| "unix".to_owned(), |it| it.to_string()),
                        seen: SeenReport::of(seen, now),
                    })
                    .collect(),
                forgotten: callers.forgotten.map(|seen| SeenReport::of(seen, now)),
            })
        });
        PlainReport {
            watched_seconds: self.running(now).as_secs(),
            ports: ports.collect(),
        }
    }
}

impl SeenReport {
    fn of(seen: Seen, now: Instant) -> Self {
        let ago = |then| Duration::as_secs(&now.saturating_duration_since(then));
        Self {
            count: seen.count,
            first_seconds_ago: ago(seen.first),
            last_seconds_ago: ago(seen.last),
        }
    }
}
