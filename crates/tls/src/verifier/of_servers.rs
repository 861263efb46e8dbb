//! A client judges its server.
//!
//! The engine resumes a session only with the verifier that it was made with. So one verifier serves all connections
//! of a client, and finds the one that is being driven.
//!
//! Invariant: the name that is checked is the one of the settings, never one of the connection.

use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use trustpack_material::peer_rules::PeerRules;

use super::{Signatures, driven, signatures_by};
use crate::peer::{self, Refusal};

/// Asks the judge about servers.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    rules: PeerRules,
    signatures: Signatures,
}

impl ServerVerifier {
    pub(crate) fn new(rules: PeerRules, signatures: Signatures) -> Self {
        Self { rules, signatures }
    }

    #[expect(clippy::unused_self, reason = "other verifiers have one of their own")]
    fn refusal(&self) -> Refusal {
        driven::refusal()
    }
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
        let judged = peer::judge(end_entity, intermediates, &self.rules, now);
        let end = judged.map_err(|refused| self.refusal().leave(refused))?;
        driven::judged(end);
        Ok(ServerCertVerified::assertion())
    }

    signatures_by!(signatures);
}
