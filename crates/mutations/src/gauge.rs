//! How much memory parts of a test take, of whatever else goes on in it: one end of a conversation whose other end is in the
//! same program.
//!
//! Invariant: what a part leaves behind counts in the later ones, as it does for whoever keeps it.

use std::sync::PoisonError;

use crate::trial::{MEMORY, TRIES, TURN};

/// Counts the memory of parts.
#[derive(Debug, Default)]
pub struct Gauge {
    /// What earlier parts have left behind.
    held: usize,
    most: usize,
}

impl Gauge {
    /// Does one part.
    pub fn part<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let done = work();
        let more = MEMORY.peak_usage().saturating_sub(before);
        self.most = self.most.max(self.held.saturating_add(more));
        self.held = (self.held + MEMORY.current_usage()).saturating_sub(before);
        done
    }

    /// The most memory that was in use.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most
    }
}

/// Does it, and again while it took more than is allowed: the test program's other threads are counted too. What came of it
/// last.
///
/// # Panics
///
/// When it takes more each time.
#[track_caller]
pub fn within<T>(what: &str, octets: usize, mut work: impl FnMut(&mut Gauge) -> T) -> T {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut measured = || {
        let mut gauge = Gauge::default();
        (work(&mut gauge), gauge.most())
    };
    let (mut done, mut most) = measured();
    for _ in 1..TRIES {
        if most > octets {
            (done, most) = measured();
        }
    }
    assert!(
        most <= octets,
        "{what}: {most} octets of memory; {octets} are allowed"
    );
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_counts_and_what_others_take_does_not() {
        let work = |gauge: &mut Gauge| {
            let first = gauge.part(|| vec![1_u8; 300_000]);
            let _others = std::hint::black_box(vec![1_u8; 2_000_000]);
            gauge.part(|| drop(std::hint::black_box(vec![1_u8; 200_000])));
            first.len()
        };
        assert_eq!(within("kept", 600_000, work), 300_000);
        let more = std::panic::catch_unwind(|| within("kept", 450_000, work));
        assert!(more.is_err());
    }
}
