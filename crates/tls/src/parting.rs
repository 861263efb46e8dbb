//! The alert with which our end leaves a connection that it cuts.
//!
//! After the handshake the engine has one word for the end, close_notify: everything is said. A peer that believes it takes
//! what was cut for whole (RFC 8446 section 6.1). So the suites here encipher another alert in its place, where whoever
//! ends the connection asks for that.
//!
//! Invariant: nothing but a close_notify that is enciphered within [`saying`] becomes another alert.

use std::cell::Cell;
use std::sync::LazyLock;

use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::cipher::{
    AeadKey, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, OutboundChunks,
    OutboundOpaqueMessage, OutboundPlainMessage, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::{
    AlertDescription, ConnectionTrafficSecrets, ContentType, Error, SupportedCipherSuite,
    Tls12CipherSuite, Tls13CipherSuite,
};

use crate::alert::Alert;
use crate::cipher_list;

thread_local! {
    static LAST_WORD: Cell<Option<Alert>> = const { Cell::new(None) };
}

/// Has the engine end a connection: it says this instead of close_notify.
pub(crate) fn saying<T>(alert: Alert, end: impl FnOnce() -> T) -> T {
    /// Also if the engine panics.
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            LAST_WORD.set(None);
        }
    }
    let _over = Over;
    LAST_WORD.set(Some(alert));
    end()
}

/// A suite of the engine that can say more at the end.
pub(crate) fn able(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    /// Made once, as the engine has suites for ever.
    static ABLE: LazyLock<Vec<SupportedCipherSuite>> =
        LazyLock::new(|| cipher_list::everything().into_iter().map(made).collect());
    let found = ABLE.iter().find(|able| able.suite() == suite.suite());
    found.copied().unwrap_or(suite)
}

fn made(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    match suite {
        SupportedCipherSuite::Tls12(suite) => {
            let aead_alg: &'static Able<_> = Box::leak(Box::new(Able(suite.aead_alg)));
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                aead_alg,
                ..*suite
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            let aead_alg: &'static Able<_> = Box::leak(Box::new(Able(suite.aead_alg)));
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                aead_alg,
                ..*suite
            })))
        }
    }
}

fn common(of: &CipherSuiteCommon) -> CipherSuiteCommon {
    CipherSuiteCommon { ..*of }
}

/// An algorithm whose enciphering side can say more at the end.
struct Able<A: ?Sized + 'static>(&'static A);

struct Encrypter(Box<dyn MessageEncrypter>);

impl Tls12AeadAlgorithm for Able<dyn Tls12AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Encrypter(self.0.encrypter(key, iv, extra)))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.0.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv, explicit)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

impl Tls13AeadAlgorithm for Able<dyn Tls13AeadAlgorithm> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Encrypter(self.0.encrypter(key, iv)))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.0.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

impl MessageEncrypter for Encrypter {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let Some(alert) = last_word(&message) else {
            return self.0.encrypt(message, number);
        };
        let said = OutboundPlainMessage {
            payload: OutboundChunks::Single(&alert.fatal()),
            ..message
        };
        self.0.encrypt(said, number)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.0.encrypted_payload_len(payload_len)
    }
}

/// What is to be said in place of this message, if it is a close_notify and something else is.
fn last_word(message: &OutboundPlainMessage<'_>) -> Option<Alert> {
    if message.typ != ContentType::Alert {
        return None;
    }
    let close_notify = u8::from(AlertDescription::CloseNotify);
    let is_close_notify = message.payload.to_vec().get(1) == Some(&close_notify);
    LAST_WORD.get().filter(|_| is_close_notify)
}
