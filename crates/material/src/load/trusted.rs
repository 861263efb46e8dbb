//! Whom an endpoint trusts.
//!
//! Invariant: everything in the file is an anchor, whatever is said of it.

use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_keystore::pem;
use trustpack_settings::value::{AbsolutePath, Provider};
use trustpack_x509::certificate::Certificate;

use super::Loader;
use crate::findings::{
    At, anchor_expired, host_as_anchor, intermediate_as_anchor, key_in_trusted, weak,
};
use crate::limits::MAX_CERTIFICATES_BYTES;

impl<'a> Loader<'a> {
    /// The trusted certificates, if the settings name some.
    pub(super) fn trusted(&mut self, provider: Provider) -> TrustAnchors {
        let setting = &self.settings.trusted_ca;
        let Some(path) = &setting.value else {
            return TrustAnchors::default();
        };
        let at = At::new(self.endpoint, "trusted-ca", &setting.origin);
        let certificates = match provider {
            Provider::Jks | Provider::Pkcs12 => self.trust_store(&at, provider, path),
            Provider::Pem | Provider::Mscapi | Provider::Pkcs11 => self.trusted_pem(&at, path),
        };
        let certificates = certificates.unwrap_or_default();
        for certificate in &certificates {
            self.judge_anchor(&at, path, certificate);
        }
        TrustAnchors::new(certificates)
    }

    fn trusted_pem(&mut self, at: &At<'a>, path: &AbsolutePath) -> Option<Vec<Certificate>> {
        let contents = self.read(at, path, MAX_CERTIFICATES_BYTES)?;
        if pem::holds_private_key(&contents.bytes) {
            self.findings.push(key_in_trusted::found(at, path));
        }
        self.certificates_of(at, path, &contents)
    }

    fn judge_anchor(&mut self, at: &At<'a>, path: &AbsolutePath, certificate: &Certificate) {
        let now = self.surroundings.now;
        if is_authority(certificate) {
            self.findings
                .extend(anchor_expired::found(at, path, certificate, now));
            self.findings.extend(weak::anchor(at, certificate));
            if self.advises() {
                self.findings
                    .extend(intermediate_as_anchor::found(at, path, certificate));
            }
        } else {
            self.findings
                .push(host_as_anchor::found(at, path, certificate));
        }
    }
}
