//! A server judges its clients.
//!
//! Invariant: a client without a certificate does not get in.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::question::{NameCheck, Purpose};

use super::Signatures;
use crate::limits::MAX_HINT_BYTES;
use crate::peer;

/// Asks the judge about clients.
#[derive(Debug)]
pub(crate) struct ClientVerifier {
    anchors: TrustAnchors,
    hints: Vec<DistinguishedName>,
    signatures: Signatures,
}

impl ClientVerifier {
    pub(crate) fn new(anchors: TrustAnchors, signatures: Signatures) -> Self {
        let names: Vec<&[u8]> = anchors.certificates().map(|c| c.subject().der()).collect();
        let bytes: usize = names.iter().map(|name| name.len()).sum();
        let hints = if bytes > MAX_HINT_BYTES {
            Vec::new()
        } else {
            names
                .into_iter()
                .map(|name| DistinguishedName::from(name.to_vec()))
                .collect()
        };
        Self {
            anchors,
            hints,
            signatures,
        }
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let name = &NameCheck::Off;
        peer::judge(
            end_entity,
            intermediates,
            &self.anchors,
            Purpose::Client,
            name,
            now,
        )?;
        Ok(ClientCertVerified::assertion())
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
