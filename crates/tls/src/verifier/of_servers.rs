//! A client judges its server.
//!
//! Invariant: the name that is checked is the one of the settings, never one of the connection.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::question::{NameCheck, Purpose};

use super::Signatures;
use crate::peer;

/// Asks the judge about servers.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    pub(crate) anchors: TrustAnchors,
    pub(crate) name: NameCheck,
    pub(crate) signatures: Signatures,
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let (anchors, name) = (&self.anchors, &self.name);
        peer::judge(
            end_entity,
            intermediates,
            anchors,
            Purpose::Server,
            name,
            now,
        )?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signatures.verify_12(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signatures.verify_13(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.schemes()
    }
}
