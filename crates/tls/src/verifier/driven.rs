//! The connection of a client whose handshake goes on in this thread.
//!
//! Its verifier serves other connections too, and the engine does not tell it which one asks. So whoever drives the
//! engine says so around each step.
//!
//! Invariant: what a verifier leaves here is in the connection that was driven, before that step is over.

use std::cell::RefCell;
use std::sync::Arc;

use trustpack_judge::question::Purpose;

use crate::peer::Refusal;
use crate::sessions::End;
use crate::sessions::client::Visit;

/// A handshake of a client, as far as its verifier has to do with it.
#[derive(Clone, Debug)]
pub(crate) struct Handshake {
    /// Told until when the server is good.
    pub(crate) visit: Arc<Visit>,
    /// Told why it is not.
    pub(crate) refusal: Refusal,
}

thread_local! {
    static DRIVEN: RefCell<Option<Handshake>> = const { RefCell::new(None) };
}

impl Handshake {
    /// Does one step of it.
    pub(crate) fn drive<T>(&self, step: impl FnOnce() -> T) -> T {
        /// Also if the step panics.
        struct Over(Option<Handshake>);
        impl Drop for Over {
            fn drop(&mut self) {
                DRIVEN.set(self.0.take());
            }
        }
        let _over = Over(DRIVEN.replace(Some(self.clone())));
        step()
    }
}

/// Where a refusal of the server is left. With no handshake here it is nobody's, and the engine's own words remain.
pub(super) fn refusal() -> Refusal {
    DRIVEN.with_borrow(|driven| match driven {
        Some(handshake) => handshake.refusal.clone(),
        None => Refusal::of(Purpose::Server),
    })
}

/// The server was found good, until then. With no handshake here nothing is known of its sessions, and they are not
/// resumed.
pub(super) fn judged(end: End) {
    DRIVEN.with_borrow(|driven| {
        if let Some(handshake) = driven {
            handshake.visit.judged(end);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::PeerRefused;
    use crate::sessions::client::Sessions;

    fn handshake() -> Handshake {
        let clock = Arc::new(rustls::time_provider::DefaultTimeProvider);
        Handshake {
            visit: Arc::new(Visit::new(Arc::new(Sessions::new(clock)))),
            refusal: Refusal::of(Purpose::Server),
        }
    }

    #[test]
    fn a_refusal_stays_with_the_handshake_that_was_driven() {
        let (one, other) = (handshake(), handshake());
        let refused = |count| PeerRefused::TooMany { count };
        let leave = |count| refusal().leave(refused(count));
        let (first, second) = one.drive(|| (other.drive(|| leave(1)), leave(2)));
        assert_eq!(other.refusal.behind(&first), Some(&refused(1)));
        assert_eq!(one.refusal.behind(&second), Some(&refused(2)));
        drop(leave(3));
        assert_eq!(one.refusal.behind(&second), Some(&refused(2)));
    }
}
