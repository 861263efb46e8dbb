//! The open connections of a process: looked at when one comes, goes, or is cut, and by who asks.
//!
//! Invariant: a connection is on the roll as long as its [`Entry`] lives.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use trustpack_settings::place::Place;

use crate::course::Course;
use crate::report::Remote;

/// A connection that is open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenConnection {
    /// The endpoint that carries it.
    pub place: Place,
    /// Who called.
    pub caller: Remote,
}

/// The open connections.
#[derive(Debug, Default)]
pub(crate) struct Roll(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    next: u64,
    open: BTreeMap<u64, Line>,
}

/// An open connection as it stands on the roll.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) connection: OpenConnection,
    /// When it came.
    pub(crate) since: Instant,
    pub(crate) course: Arc<Course>,
}

impl Roll {
    /// The open connections, the oldest first.
    pub(crate) fn open(&self) -> Vec<OpenConnection> {
        let connections = |lines: &mut Lines| {
            let lines = lines.open.values();
            lines.map(|line| line.connection.clone()).collect()
        };
        self.with(connections)
    }

    /// The oldest of them, at most so many, and how many there are.
    pub(crate) fn oldest(&self, most: usize) -> (Vec<Line>, usize) {
        self.with(|lines| {
            let oldest = lines.open.values().take(most).cloned().collect();
            (oldest, lines.open.len())
        })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.with(|lines| lines.open.len())
    }

    fn with<T>(&self, change: impl FnOnce(&mut Lines) -> T) -> T {
        // The roll is whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection's entry in the roll; taken off on drop.
#[derive(Debug)]
pub(crate) struct Entry {
    roll: Arc<Roll>,
    number: u64,
    /// Who called, as far as this machine sees.
    pub(crate) caller: Remote,
    /// How far it has come.
    pub(crate) course: Arc<Course>,
}

impl Entry {
    pub(crate) fn new(roll: &Arc<Roll>, connection: OpenConnection) -> Self {
        let (caller, course) = (connection.caller, Arc::<Course>::default());
        let line = Line {
            connection,
            since: Instant::now(),
            course: Arc::clone(&course),
        };
        let number = roll.with(|lines| {
            let number = lines.next;
            lines.next = number.wrapping_add(1);
            lines.open.insert(number, line);
            number
        });
        Self {
            roll: Arc::clone(roll),
            number,
            caller,
            course,
        }
    }

    /// Puts down who really called, once whoever passed the connection on has said so.
    pub(crate) fn is_of(&self, caller: Remote) {
        self.roll.with(|lines| {
            if let Some(line) = lines.open.get_mut(&self.number) {
                line.connection.caller = caller;
            }
        });
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.roll.with(|lines| lines.open.remove(&self.number));
    }
}

impl fmt::Display for OpenConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from {}", self.place, self.caller)
    }
}
