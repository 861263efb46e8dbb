//! Bytes that wait, and leave in the order they came.
//!
//! Invariant: one that is empty holds no memory, as most connections are idle most of the time.

/// Bytes that wait.
#[derive(Default)]
pub(crate) struct Rest {
    bytes: Vec<u8>,
    /// How many of them have left.
    gone: usize,
}

impl Rest {
    /// What waits.
    pub(crate) fn waiting(&self) -> &[u8] {
        self.bytes.get(self.gone..).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// Has these wait behind the others.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Has so many bytes wait behind the others, which `fill` makes: it says how many it made.
    pub(crate) fn put_made(&mut self, count: usize, fill: impl FnOnce(&mut [u8]) -> usize) {
        let before = self.bytes.len();
        self.bytes.resize(before.saturating_add(count), 0);
        let made = fill(self.bytes.get_mut(before..).unwrap_or_default());
        self.bytes.truncate(before.saturating_add(made));
    }

    /// So many of the first have left.
    pub(crate) fn leave(&mut self, count: usize) {
        self.gone = self.gone.saturating_add(count);
        if self.is_empty() {
            *self = Self::default();
        }
    }
}
