//! Whom an endpoint trusts.
//!
//! Invariant: everything in the file is an anchor, whatever is said of it.

use std::sync::Arc;

use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_judge::question::Policy;
use trustpack_settings::finding::Finding;
use trustpack_settings::value::{AbsolutePath, Provider};
use trustpack_x509::certificate::Certificate;

use super::shelf::{CertificateFile, Trusted};
use super::{InDer, Loader};
use crate::findings::{
    At, anchor_expired, host_as_anchor, intermediate_as_anchor, key_in_trusted, no_certificate,
    weak,
};

impl<'a> Loader<'a> {
    /// The trusted certificates, if the settings name some.
    pub(super) fn trusted(&mut self, provider: Provider) -> TrustAnchors {
        let setting = &self.settings.trusted_ca;
        let Some(path) = &setting.value else {
            return TrustAnchors::default();
        };
        let at = At::new(self.endpoint, "trusted-ca", &setting.origin);
        let anchors = match provider {
            Provider::Jks | Provider::Pkcs12 => self.trust_store(&at, provider, path),
            Provider::Pem | Provider::Mscapi | Provider::Pkcs11 => self.trusted_pem(&at, path),
        };
        anchors.unwrap_or_default()
    }

    fn trusted_pem(&mut self, at: &At<'a>, path: &AbsolutePath) -> Option<TrustAnchors> {
        let file = self.shelf.certificates(path);
        let file = &self.noted(at, path, &file)?.contents;
        self.note_form("trusted-ca", path, file);
        if file.holds_private_key {
            self.found(key_in_trusted::found(at, path));
        }
        match &file.certificates {
            Ok(trusted) => Some(self.anchors(at, path, trusted)),
            Err(error) => {
                self.found(no_certificate::found(at, path, error));
                None
            }
        }
    }

    /// Notes that a file is DER.
    pub(super) fn note_form(
        &mut self,
        option: &'static str,
        path: &AbsolutePath,
        file: &CertificateFile,
    ) {
        if file.is_der {
            let path = path.clone();
            self.in_der.get_or_insert(InDer { option, path });
        }
    }

    /// The certificates as anchors, with what is wrong with each.
    pub(super) fn anchors(
        &mut self,
        at: &At<'a>,
        path: &AbsolutePath,
        trusted: &Trusted,
    ) -> TrustAnchors {
        let policy = self.policy();
        let judge = || {
            let certificates = trusted.certificates.iter();
            let found = certificates.flat_map(|one| self.judge_anchor(at, path, one, &policy));
            found.map(|finding| self.marked(finding)).collect()
        };
        let accepting = policy.danger_accept_weak;
        let asker = (at.place.clone(), at.spot.cloned(), accepting);
        let found = self.shelf.judged(trusted, asker, judge);
        self.of_trusted = Arc::clone(&found);
        self.shelf.anchors(trusted)
    }

    fn judge_anchor(
        &self,
        at: &At<'a>,
        path: &AbsolutePath,
        certificate: &Certificate,
        policy: &Policy,
    ) -> Vec<Finding> {
        if !is_authority(certificate) {
            return vec![host_as_anchor::found(at, path, certificate)];
        }
        let now = self.surroundings.now;
        let intermediate = || intermediate_as_anchor::found(at, path, certificate);
        let advice = self.advises().then(intermediate).flatten();
        anchor_expired::found(at, path, certificate, now)
            .into_iter()
            .chain(weak::anchor(at, certificate, policy, now))
            .chain(advice)
            .collect()
    }
}
