//! A server judges its clients.
//!
//! Invariant: a client without a certificate does not get in.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustls::DistinguishedName;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_material::peer_rules::PeerRules;

use super::{Signatures, signatures_by};
use crate::limits::MAX_HINT_BYTES;
use crate::peer::{self, Refusal};
use crate::sessions::server::Visit;

/// Who judges the clients of a server.
#[derive(Debug)]
pub(crate) struct ClientJudge {
    rules: PeerRules,
    hints: Vec<DistinguishedName>,
    signatures: Signatures,
}

/// Judges the client of one connection.
#[derive(Debug)]
pub(crate) struct ClientVerifier {
    judge: Arc<ClientJudge>,
    /// Told until when the client is good.
    visit: Arc<Visit>,
    refusal: Refusal,
}

impl ClientJudge {
    pub(crate) fn new(rules: PeerRules, signatures: Signatures) -> Self {
        let hints = hints(rules.anchors());
        Self {
            rules,
            hints,
            signatures,
        }
    }
}

impl ClientVerifier {
    fn refusal(&self) -> Refusal {
        self.refusal.clone()
    }

    pub(crate) fn new(judge: Arc<ClientJudge>, visit: Arc<Visit>, refusal: Refusal) -> Self {
        Self {
            judge,
            visit,
            refusal,
        }
    }
}

/// The names of CAs whose certificates get a client in: those that are trusted, and the issuer of an
/// end-entity certificate that is trusted by itself, since it bears no other name of a CA.
///
/// Source: RFC 8446 section 4.2.4.
fn hints(anchors: &TrustAnchors) -> Vec<DistinguishedName> {
    let names: BTreeSet<&[u8]> = anchors
        .certificates()
        .map(|certificate| {
            if is_authority(certificate) {
                certificate.subject().der()
            } else {
                certificate.issuer().der()
            }
        })
        .collect();
    if names.iter().map(|name| name.len()).sum::<usize>() > MAX_HINT_BYTES {
        return Vec::new();
    }
    names
        .into_iter()
        .map(|name| DistinguishedName::from(name.to_vec()))
        .collect()
}

impl ClientCertVerifier for ClientVerifier {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.judge.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let judged = peer::judge(end_entity, intermediates, &self.judge.rules, now);
        let end = judged.map_err(|refused| self.refusal.leave(refused))?;
        self.visit.note(end);
        Ok(ClientCertVerified::assertion())
    }

    signatures_by!(judge.signatures);
}

#[cfg(test)]
mod tests {
    use trustpack_keystore::pem::read_certificates;
    use trustpack_x509::certificate::Certificate;

    use super::*;

    fn read(file: &[u8]) -> Certificate {
        let read = read_certificates(file).expect("a PEM file");
        read.into_iter().next().expect("a certificate")
    }

    #[test]
    fn a_client_that_is_trusted_by_itself_is_hinted_at_by_its_issuer() {
        let root = read(include_bytes!("../../../judge/tests/fixtures/root.pem"));
        let other = read(include_bytes!(
            "../../../judge/tests/fixtures/other-root.pem"
        ));
        let host = read(include_bytes!(
            "../../../judge/tests/fixtures/host-direct.pem"
        ));
        assert_ne!(host.subject(), host.issuer());
        let check = |trusted: &[&Certificate], want: &[&Certificate]| {
            let anchors = TrustAnchors::new(trusted.iter().map(|one| (*one).clone()));
            let found = hints(&anchors);
            let names: Vec<_> = found.iter().map(|name| name.as_ref().to_vec()).collect();
            let mut want: Vec<_> = want.iter().map(|ca| ca.subject().der().to_vec()).collect();
            want.sort();
            assert_eq!(names, want);
        };
        check(&[&host], &[&root]);
        check(&[&root, &host], &[&root]);
        check(&[&root, &other], &[&root, &other]);
    }
}
