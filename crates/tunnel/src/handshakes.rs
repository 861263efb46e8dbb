//! Where handshakes are made whose signatures take long.
//!
//! A signature by RSA takes as long as moving some hundred pieces of data. On the threads that move data it would hold up
//! whatever waits there; on threads of their own the operating system shares the cores between the two. Signatures on
//! elliptic curves take a tenth of that, and changing threads would cost more than it gains.
//!
//! Invariant: a handshake ends with whoever waits for it.

use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use trustpack_tls::handshake::Failure;
use trustpack_x509::public_key::PublicKeyAlgorithm;

/// Makes handshakes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Handshakes {
    /// The threads for those that take long; if there are none, all are made where they are waited for.
    pub(crate) slow: Option<Handle>,
}

impl Handshakes {
    /// Makes a handshake in which we may sign with such a key.
    pub(crate) async fn make<T: Send + 'static>(
        &self,
        own: impl FnOnce() -> Option<PublicKeyAlgorithm>,
        handshake: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<T, Failure> {
        let slow = self.slow.as_ref();
        let Some(threads) = slow.filter(|_| own().as_ref().is_some_and(is_slow)) else {
            return handshake.await;
        };
        let made = AbortOnDropHandle::new(threads.spawn(handshake)).await;
        // It was aborted, or panicked: either way the connection is gone.
        made.unwrap_or_else(|error| Err(Failure::Io(std::io::Error::other(error))))
    }
}

/// Whether signatures with such a key take long.
fn is_slow(key: &PublicKeyAlgorithm) -> bool {
    match key {
        PublicKeyAlgorithm::Rsa { .. } | PublicKeyAlgorithm::Other(_) => true,
        PublicKeyAlgorithm::EcP256
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Ed25519 => false,
    }
}
