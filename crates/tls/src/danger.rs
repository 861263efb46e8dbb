//! What a server presents, without a judgement of it: to be looked at, never to be relied on.
//!
//! The connection is used for nothing but this, and ends afterwards. Invariant: what comes out is
//! octets that somebody sent; not even that the server has the key of its certificate is said, as
//! the certificates are kept whatever becomes of the handshake.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use trustpack_judge::question::Purpose;
use trustpack_settings::value::PeerName;

use crate::client::target;
use crate::handshake::{Begun, Failure};
use crate::hello::FirstBytes;
use crate::limits::{FIRST_BYTES, MAX_PRESENTED_BYTES};
use crate::peer::Refusal;
use crate::{cipher_list, engine};

/// What a server presented.
#[derive(Debug)]
pub struct Presented {
    /// Its certificates in DER, its own first, as they were sent.
    pub certificates: Vec<Vec<u8>>,
    /// Why the handshake failed, if it did after the certificates had come: a server that demands a
    /// certificate of its clients ends it so.
    pub failure: Option<Failure>,
}

/// Shakes hands with a server and gives what it presents. `name` is whom the hello asks for; the
/// stream has limits of time of its own.
///
/// # Errors
///
/// [`Failure`] when the handshake failed before certificates came, or more than
/// [`MAX_PRESENTED_BYTES`] were read.
pub fn presented(stream: &mut (impl Read + Write), name: &PeerName) -> Result<Presented, Failure> {
    let seen = Arc::new(TakesAnything::default());
    let mut connection = connection(&seen, name).map_err(of_engine)?;
    let mut stream = Bounded {
        stream,
        first: Vec::new(),
        left: MAX_PRESENTED_BYTES,
    };
    let mut failure = None;
    while connection.is_handshaking() && failure.is_none() {
        failure = connection.complete_io(&mut stream).err();
    }
    if failure.is_none() {
        connection.send_close_notify();
        // The certificates are there; how the server takes the end of the connection is of no interest.
        drop(connection.complete_io(&mut stream));
    }
    let failure = failure.map(|error| stream.meaning(error));
    let certificates = std::mem::take(&mut *seen.certificates());
    match failure {
        Some(failure) if certificates.is_empty() => Err(failure),
        failure => Ok(Presented {
            certificates,
            failure,
        }),
    }
}

fn connection(
    seen: &Arc<TakesAnything>,
    name: &PeerName,
) -> Result<ClientConnection, rustls::Error> {
    let provider = engine::provider(cipher_list::everything());
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<TakesAnything>::clone(seen);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    ClientConnection::new(Arc::new(config), target(Some(name)))
}

fn of_engine(error: rustls::Error) -> Failure {
    Failure::of_engine(error, Purpose::Server)
}

/// A verifier for the engine that takes whatever it is shown, and keeps the certificates.
#[derive(Debug, Default)]
pub struct TakesAnything(Mutex<Vec<Vec<u8>>>);

impl TakesAnything {
    fn certificates(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for TakesAnything {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        *self.certificates() = all.map(|one| one.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    /// Everything that has a name, so that a server with an unusual key answers too.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::ED448,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::ECDSA_SHA1_Legacy,
            SignatureScheme::RSA_PKCS1_SHA1,
        ]
    }
}

/// A stream from which a limited number of bytes is read.
struct Bounded<'a, S> {
    stream: &'a mut S,
    first: Vec<u8>,
    left: usize,
}

impl<S> Bounded<'_, S> {
    /// A peer that does not speak TLS is called that.
    fn meaning(&self, error: io::Error) -> Failure {
        let begun = if self.first.is_empty() {
            Begun::Silent
        } else {
            Begun::Speaking
        };
        Failure::of_first_bytes(&FirstBytes::of(&self.first))
            .unwrap_or_else(|| Failure::of_io(&Refusal::of(Purpose::Server), error, begun))
    }
}

impl<S: Read> Read for Bounded<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        let seen = buffer.get(..read).unwrap_or_default();
        let room = FIRST_BYTES.saturating_sub(self.first.len());
        self.first.extend(seen.iter().take(room));
        self.left = self.left.checked_sub(read).ok_or_else(|| {
            io::Error::other(format!(
                "the server sent more than {MAX_PRESENTED_BYTES} bytes in its handshake"
            ))
        })?;
        Ok(read)
    }
}

impl<S: Write> Write for Bounded<'_, S> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// A peer that says this whatever it hears.
    struct Says(Cursor<Vec<u8>>);

    impl Read for Says {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Says {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            Ok(buffer.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn failure_of(speech: Vec<u8>) -> String {
        let name = PeerName::Dns("host.example".parse().expect("a name"));
        let answer = presented(&mut Says(Cursor::new(speech)), &name);
        answer.expect_err("no server").to_string()
    }

    #[test]
    fn what_is_no_server_is_told() {
        assert!(failure_of(Vec::new()).contains("closed"));
        assert!(failure_of(b"SSH-2.0-x\r\n".to_vec()).contains("SSH-2.0"));
        // Records without content, of which a peer could send any number.
        let endless = [0x16, 3, 3, 0, 0].repeat(100_000);
        assert!(!failure_of(endless).is_empty());
    }
}
