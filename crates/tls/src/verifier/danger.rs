//! A client that takes any server: `client-auth=0`.
//!
//! Encryption against listeners, and nothing against an impostor. Signatures are still verified, so
//! that the peer at least has the key of the certificate it shows. No judge looks at that key: one of RSA with 1024 bits
//! is taken without `danger-accept-weak`, as whoever would break it can as well show a certificate of their own.

use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::{Signatures, driven, signatures_by};
use crate::peer::Refusal;

/// Accepts every server certificate.
#[derive(Debug)]
pub(crate) struct AnyServer {
    pub(crate) signatures: Signatures,
}

impl AnyServer {
    #[expect(clippy::unused_self, reason = "other verifiers have one of their own")]
    fn refusal(&self) -> Refusal {
        driven::refusal()
    }
}

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    signatures_by!(signatures);
}
