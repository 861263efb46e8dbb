//! A handshake of a client that is looked at from outside: what the server presented and asked for, whatever became
//! of it.
//!
//! For whoever reports on servers. The handshake is that of any connection of the context, judged by the same judge,
//! but that no earlier session is resumed, since a server presents nothing then. Invariant: what is watched changes
//! nothing: the answers to the engine are those of the context.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::client::ClientContext;
use crate::handshake::Failure;
use crate::stream::SecureStream;

/// A handshake, and what was seen of the server.
#[derive(Debug)]
pub struct Observed<S> {
    /// What became of it.
    pub outcome: Result<SecureStream<S>, Failure>,
    /// What the server presented.
    pub seen: Seen,
}

/// What was seen of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its certificates in DER, its own first, as they were sent; none if it did not come to that.
    pub presented: Vec<Vec<u8>>,
    /// What it asked the client for; `None` if it did not ask, or did not come to that.
    pub wanted: Option<CertificateWanted>,
}

/// A server's question for a certificate of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateWanted {
    /// The names of the CAs that may have issued it, in DER; none if any CA will do.
    ///
    /// Source: RFC 8446 section 4.2.4, RFC 5246 section 7.4.4.
    pub authorities: Vec<Vec<u8>>,
    /// What became of the question.
    pub answer: CertificateShown,
}

/// What a client shows a server that asks for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateShown {
    /// Its certificate.
    Own,
    /// Nothing: it has none.
    Nothing,
    /// Nothing, though it has one: the server takes no signature of its key.
    NoSignature,
}

impl ClientContext {
    /// As [`Self::connect`], with a report on the server.
    ///
    /// `protocols` are those above TLS that are offered (ALPN), for servers that answer others differently.
    pub async fn observe<S>(&self, stream: S, limit: Duration, protocols: &[&str]) -> Observed<S>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let watch = Watch::default();
        let adjust = |config: &mut ClientConfig, verifier: Arc<dyn ServerCertVerifier>| {
            config.resumption = Resumption::disabled();
            config.alpn_protocols = protocols
                .iter()
                .map(|name| name.as_bytes().to_vec())
                .collect();
            config.client_auth_cert_resolver = Arc::new(Watching {
                asked: Arc::clone(&config.client_auth_cert_resolver),
                watch: watch.clone(),
            });
            config
                .dangerous()
                .set_certificate_verifier(Arc::new(Watching {
                    asked: verifier,
                    watch: watch.clone(),
                }));
        };
        let outcome = self
            .connect_begun(self.begin_adjusted(adjust), stream, limit)
            .await;
        let seen = watch.with(|seen| seen.clone());
        Observed { outcome, seen }
    }
}

/// Where the engine's questions are noted.
#[derive(Clone, Debug, Default)]
struct Watch(Arc<Mutex<Seen>>);

impl Watch {
    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        // What is noted is whole after every change, so that a panic elsewhere cannot have broken it.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Hands the engine's questions on to whom the context has for them, and notes them.
#[derive(Debug)]
struct Watching<T: ?Sized> {
    watch: Watch,
    asked: Arc<T>,
}

impl ResolvesClientCert for Watching<dyn ResolvesClientCert> {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        sigschemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let authorities = root_hint_subjects.iter().map(|name| name.to_vec());
        let own = self.asked.resolve(root_hint_subjects, sigschemes);
        let wanted = CertificateWanted {
            authorities: authorities.collect(),
            answer: match &own {
                None => CertificateShown::Nothing,
                // The engine shows nothing then, and does not say so.
                Some(own) if own.key.choose_scheme(sigschemes).is_none() => {
                    CertificateShown::NoSignature
                }
                Some(_) => CertificateShown::Own,
            },
        };
        self.watch.with(|seen| seen.wanted = Some(wanted));
        own
    }

    fn only_raw_public_keys(&self) -> bool {
        self.asked.only_raw_public_keys()
    }

    fn has_certs(&self) -> bool {
        self.asked.has_certs()
    }
}

impl ServerCertVerifier for Watching<dyn ServerCertVerifier> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        let presented = all.map(|one| one.to_vec()).collect();
        self.watch.with(|seen| seen.presented = presented);
        self.asked
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.asked.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.asked.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.asked.supported_verify_schemes()
    }
}
