//! Connections in plain text of one context, and their end when its settings do not allow plain text any more.
//!
//! Not here: connections of TLS, which the engine's own context cuts. Invariant: where plain text is not allowed, no
//! connection in plain text begins, and none that goes on carries another byte.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use trustpack_tls::handshake::Failure;

use crate::alarm::Alarm;

/// The connections in plain text of a context.
#[derive(Debug)]
pub(crate) struct Plain(Mutex<Roll>);

#[derive(Debug)]
struct Roll {
    allowed: Allowed,
    /// Whom to wake; some may have gone.
    alarms: Vec<Weak<Alarm>>,
    /// When it has so many, those that have gone are taken out.
    full: usize,
}

/// Whether connections may be in plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Yes,
    No,
}

/// A connection would be in plain text, or was, and the settings do not allow that any more.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the settings do not allow plain text here any more")]
pub(crate) struct PlainEnded;

/// How many there are at first before it is looked who has gone.
///
/// Source: ours; the list is never longer than twice what is there, or this.
const FEW: usize = 64;

impl Plain {
    pub(crate) fn new(allowed: Allowed) -> Self {
        Self(Mutex::new(Roll {
            allowed,
            alarms: Vec::new(),
            full: FEW,
        }))
    }

    /// Lets a connection in plain text begin; its alarm is raised when it is to end.
    ///
    /// # Errors
    ///
    /// [`PlainEnded`] where plain text is not allowed.
    pub(crate) fn enter(&self, alarm: &Arc<Alarm>) -> Result<(), PlainEnded> {
        let mut roll = self.roll();
        match roll.allowed {
            Allowed::No => return Err(PlainEnded),
            Allowed::Yes => {}
        }
        if roll.alarms.len() >= roll.full {
            roll.alarms.retain(|alarm| alarm.strong_count() > 0);
            roll.full = roll.alarms.len().saturating_mul(2).max(FEW);
        }
        roll.alarms.push(Arc::downgrade(alarm));
        Ok(())
    }

    /// Allows plain text from now on, or cuts whoever uses it; how many those are.
    pub(crate) fn set(&self, allowed: Allowed) -> usize {
        let alarms = {
            let mut roll = self.roll();
            roll.allowed = allowed;
            match allowed {
                Allowed::Yes => return 0,
                Allowed::No => std::mem::take(&mut roll.alarms),
            }
        };
        // Without the lock: a function of the program may be called.
        let living = alarms.iter().filter_map(Weak::upgrade);
        living.map(|alarm| alarm.end_plain()).count()
    }

    fn roll(&self) -> MutexGuard<'_, Roll> {
        // It is whole after each change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PlainEnded {
    /// Whether this is behind an error of the wire.
    pub(crate) fn is_behind(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl From<PlainEnded> for Failure {
    fn from(ended: PlainEnded) -> Self {
        Self::Io(io::Error::other(ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_there_is_cut_and_nobody_comes_after() {
        let plain = Plain::new(Allowed::Yes);
        let (stays, goes) = (Arc::<Alarm>::default(), Arc::<Alarm>::default());
        assert!(plain.enter(&stays).is_ok());
        assert!(plain.enter(&goes).is_ok());
        drop(goes);
        assert!(!stays.has_plain_ended());
        assert_eq!(plain.set(Allowed::No), 1);
        assert!(stays.has_plain_ended());
        assert!(plain.enter(&Arc::default()).is_err());
        assert_eq!(plain.set(Allowed::No), 0);
    }

    #[test]
    fn who_has_gone_is_forgotten() {
        let plain = Plain::new(Allowed::Yes);
        for _ in 0..10 * FEW {
            assert!(plain.enter(&Arc::default()).is_ok());
        }
        assert!(plain.roll().alarms.len() <= FEW);
    }
}
