//! A client judges its server.
//!
//! Invariant: the name that is checked is the one of the settings, never one of the connection.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use trustpack_material::peer_rules::PeerRules;

use super::{Signatures, signatures_by};
use crate::peer;
use crate::sessions::End;

/// Asks the judge about servers.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    rules: PeerRules,
    signatures: Signatures,
    /// What was presented and found good of late, and until when it is: the newest last.
    recent: Mutex<VecDeque<(Presented, End)>>,
}

/// The certificates of a server, its own first.
type Presented = Vec<CertificateDer<'static>>;

/// Servers of one name whose certificates are remembered.
///
/// Source: ours; the machines behind one name that change places within a handshake.
const MAX_RECENT: usize = 16;

impl ServerVerifier {
    pub(crate) fn new(rules: PeerRules, signatures: Signatures) -> Self {
        Self {
            rules,
            signatures,
            recent: Mutex::default(),
        }
    }

    /// Until when the server is good that presented these and was found good a moment ago.
    pub(crate) fn end_of(&self, presented: &[CertificateDer<'_>]) -> Option<End> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = recent.iter().rev();
        known
            .find(|(known, _)| known == presented)
            .map(|(_, end)| *end)
    }

    fn remember(&self, presented: Presented, end: End) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|(known, _)| *known != presented);
        if recent.len() == MAX_RECENT {
            recent.pop_front();
        }
        recent.push_back((presented, end));
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
        let end = peer::judge(end_entity, intermediates, &self.rules, now)?;
        let presented = std::iter::once(end_entity).chain(intermediates);
        let presented = presented.map(|one| one.clone().into_owned()).collect();
        self.remember(presented, end);
        Ok(ServerCertVerified::assertion())
    }

    signatures_by!(signatures);
}
