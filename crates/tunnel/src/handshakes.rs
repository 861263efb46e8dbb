//! Handshakes whose signatures take long, a few at once.
//!
//! A signature by RSA takes as long as moving some hundred pieces of data. If every thread that moves data made one, all
//! that waits there would be held up; so fewer may be made at once than there are threads. Signatures by P-256 and Ed25519,
//! for which the engine has code of its own, take a tenth of that, and are made as they come; by P-384 and P-521 they do not.
//!
//! Invariant: of the threads of a process that was told how many may sign at once, the others move data.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::ready;

use tokio::sync::Semaphore;
use tokio_util::sync::PollSemaphore;
use trustpack_tls::handshake::Failure;
use trustpack_x509::public_key::PublicKeyAlgorithm;

/// Makes handshakes.
#[derive(Clone, Debug)]
pub(crate) struct Handshakes {
    /// A permit for each step that takes long and may be made now.
    slow: Arc<Semaphore>,
}

impl Handshakes {
    /// So many of the slow ones at once.
    pub(crate) fn at_once(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self {
            slow: Arc::new(Semaphore::new(most)),
        }
    }

    /// Makes a handshake in which we may sign with a key of this kind.
    pub(crate) async fn make<T>(
        &self,
        own: Option<PublicKeyAlgorithm>,
        mut handshake: Pin<Box<impl Future<Output = Result<T, Failure>>>>,
    ) -> Result<T, Failure> {
        if !own.as_ref().is_some_and(is_slow) {
            return handshake.await;
        }
        let mut turn = PollSemaphore::new(Arc::clone(&self.slow));
        // Which step is the one that signs is known to the engine alone; while it waits for its peer a handshake keeps
        // nobody else out.
        poll_fn(|cx| {
            let _turn = ready!(turn.poll_acquire(cx));
            handshake.as_mut().poll(cx)
        })
        .await
    }
}

impl Default for Handshakes {
    /// As many as come.
    fn default() -> Self {
        Self::at_once(usize::MAX)
    }
}

/// Whether signatures with such a key take long.
fn is_slow(key: &PublicKeyAlgorithm) -> bool {
    match key {
        PublicKeyAlgorithm::Rsa { .. }
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Other(_) => true,
        PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::Ed25519 => false,
    }
}
