//! How far a survey is, for somebody who waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many connections were made so far.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicUsize>);

impl Progress {
    /// So many.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
