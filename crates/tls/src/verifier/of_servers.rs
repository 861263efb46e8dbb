//! A client judges its server.
//!
//! Invariant: the name that is checked is the one of the settings, never one of the connection.

use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use trustpack_material::peer_rules::PeerRules;

use super::{Signatures, signatures_by};
use crate::peer;

/// Asks the judge about servers.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    pub(crate) rules: PeerRules,
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
        peer::judge(end_entity, intermediates, &self.rules, now)?;
        Ok(ServerCertVerified::assertion())
    }

    signatures_by!(signatures);
}
