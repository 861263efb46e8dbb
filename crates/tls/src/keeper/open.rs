//! An endpoint that its settings leave open, and that carries plain text.
//!
//! It cannot become one of TLS while it runs. Invariant: once its settings demand TLS it lets nothing through.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An open endpoint. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct OpenContext {
    closed: Arc<AtomicBool>,
}

/// Plain text was to be carried, and is not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings demand TLS now, which is not set up; until then nothing is let through")]
pub struct TlsDemanded;

impl OpenContext {
    /// Whether a new connection may go through in plain text.
    ///
    /// # Errors
    ///
    /// [`TlsDemanded`] if not.
    pub fn check(&self) -> Result<(), TlsDemanded> {
        if self.closed.load(Ordering::Acquire) {
            Err(TlsDemanded)
        } else {
            Ok(())
        }
    }

    pub(super) fn set(&self, state: Result<(), TlsDemanded>) {
        self.closed.store(state.is_err(), Ordering::Release);
    }
}
