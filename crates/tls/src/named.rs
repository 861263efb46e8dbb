//! The host that a client asks a server for (SNI).
//!
//! The engine without buffers of its own does not tell it, but to whom it asks for our certificate: who serves other
//! connections too. So whoever drives the engine looks here around each step, as `verifier::driven` does for clients.
//!
//! Invariant: a name is of the connection that was driven.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

/// The host that the client of one connection asked for, if it named one.
#[derive(Debug, Default)]
pub(crate) struct Named(Option<Box<str>>);

/// Presents the same certificate to everybody, and notes whom a client asked for.
pub(crate) struct Noting(pub(crate) Arc<SingleCertAndKey>);

thread_local! {
    static ASKED: Cell<Option<Box<str>>> = const { Cell::new(None) };
}

impl Named {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Does one step of a handshake.
    pub(crate) fn noting<T>(&mut self, step: impl FnOnce() -> T) -> T {
        ASKED.set(None);
        let done = step();
        if let Some(name) = ASKED.take() {
            self.0 = Some(name);
        }
        done
    }
}

impl ResolvesServerCert for Noting {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        ASKED.set(hello.server_name().map(Box::from));
        self.0.resolve(hello)
    }

    fn only_raw_public_keys(&self) -> bool {
        ResolvesServerCert::only_raw_public_keys(&*self.0)
    }
}

impl fmt::Debug for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Noting").finish_non_exhaustive()
    }
}
