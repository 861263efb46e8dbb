//! The own certificate, its chain and its key.
//!
//! Invariant: an identity comes out only if its key is the key of the first certificate.

use trustpack_judge::anchors::TrustAnchors;
use trustpack_keystore::pem::{self, ReadKeyError};
use trustpack_keystore::private_key::PrivateKey;
use trustpack_settings::value::own_certificate::OwnCertificate;
use trustpack_settings::value::{AbsolutePath, Provider};
use trustpack_x509::certificate::Certificate;

use super::{Loader, Lock, presents_as};
use crate::chain;
use crate::files::{FileContents, Readers};
use crate::findings::{
    At, ca_as_host, chain_end_unknown, chain_incomplete, chain_mended, half_identity,
    intermediate_from_trusted, key_locked, key_mismatch, key_world_readable, long_validity,
    no_alt_names, no_certificate, no_key, not_in_validity, soon_over, usage_missing, weak,
    wildcard_name,
};
use crate::limits::{MAX_CERTIFICATES_BYTES, MAX_KEY_BYTES};
use crate::material::Identity;

impl<'a> Loader<'a> {
    /// The own identity, if the settings name one, and every certificate that was given for it.
    pub(super) fn identity(
        &mut self,
        provider: Provider,
        trusted: &TrustAnchors,
    ) -> (Option<Identity>, Vec<Certificate>) {
        let settings = self.settings;
        let at = At::new(self.endpoint, "certificate", &settings.certificate.origin);
        let found = match (provider, &settings.certificate.value) {
            (Provider::Jks | Provider::Pkcs12, OwnCertificate::Entry(entry)) => {
                self.key_entry(&at, provider, entry)
            }
            (_, _) => self.pem_identity(&at),
        };
        let Some((certificates, key)) = found else {
            return (None, Vec::new());
        };
        let identity = self.built(&at, &certificates, key, trusted);
        (identity, certificates)
    }

    /// Certificates and key of PEM files, if both are set and can be read.
    fn pem_identity(&mut self, at: &At<'a>) -> Option<(Vec<Certificate>, PrivateKey)> {
        let settings = self.settings;
        let at_key = self.at_key();
        let key_file = match (
            settings.certificate.value.files().is_empty(),
            &settings.certificate_key.value,
        ) {
            (false, Some(key_file)) => key_file,
            (true, None) => return None,
            (false, None) => {
                self.findings.push(half_identity::no_key(at));
                return None;
            }
            (true, Some(_)) => {
                self.findings.push(half_identity::no_certificate(&at_key));
                return None;
            }
        };
        let certificates = self.given(at);
        let key = self.key(&at_key, key_file);
        Some((certificates?, key?))
    }

    fn at_key(&self) -> At<'a> {
        let origin = &self.settings.certificate_key.origin;
        At::new(self.endpoint, "certificate-key", origin)
    }

    /// The chain in order, with what was wrong with it.
    fn built(
        &mut self,
        at: &At<'a>,
        certificates: &[Certificate],
        key: PrivateKey,
        trusted: &TrustAnchors,
    ) -> Option<Identity> {
        let send_root = self.settings.send_root.value;
        let built = chain::build(
            certificates,
            &key,
            trusted,
            send_root,
            self.surroundings.now,
        );
        let Some(built) = built else {
            let (at, file) = match &self.settings.certificate_key.value {
                Some(file) => (&self.at_key(), file.to_string()),
                None => (at, "the key store".to_owned()),
            };
            let finding = key_mismatch::found(at, &file, key.public_key(), certificates);
            self.findings.push(finding);
            return None;
        };
        self.judge_chain(at, &built);
        if let Some(own) = built.chain.first() {
            self.judge_own(at, own);
        }
        Identity::new(built.chain, key)
    }

    /// Notes what was missing, mended, weak or out of date in the own chain.
    fn judge_chain(&mut self, at: &At<'a>, built: &chain::Built) {
        if let (Some(issuer), Some(last)) = (&built.missing_issuer, built.chain.last()) {
            self.findings.push(match self.settings.trusted_ca.value {
                Some(_) => chain_incomplete::found(at, last, issuer),
                None => chain_end_unknown::found(at, last, issuer),
            });
        }
        self.findings.extend(chain_mended::found(
            at,
            built.reordered,
            built.duplicates,
            &built.strays,
        ));
        for intermediate in &built.from_trusted {
            self.findings
                .push(intermediate_from_trusted::found(at, intermediate));
        }
        let now = self.surroundings.now;
        for certificate in &built.chain {
            self.findings.extend(
                not_in_validity::found(at, certificate, now)
                    .or_else(|| soon_over::found(at, certificate, now)),
            );
            self.findings.extend(weak::in_own_chain(at, certificate));
        }
    }

    /// Notes what is wrong with the own certificate where it is presented.
    fn judge_own(&mut self, at: &At<'a>, own: &Certificate) {
        let Some(role) = presents_as(self.endpoint) else {
            return;
        };
        self.findings.extend(match ca_as_host::found(at, own) {
            None => usage_missing::found(at, own, role),
            // What else a CA certificate may not be used for adds nothing.
            found => found,
        });
        if self.advises() {
            self.findings.extend(no_alt_names::found(at, own));
            self.findings.extend(wildcard_name::found(at, own));
            self.findings.extend(long_validity::found(at, own));
        }
    }

    /// The certificates of all files; `None` if one of the files cannot be used.
    fn given(&mut self, at: &At<'a>) -> Option<Vec<Certificate>> {
        let mut all = Some(Vec::new());
        for path in self.settings.certificate.value.files() {
            let certificates = self
                .read(at, path, MAX_CERTIFICATES_BYTES)
                .and_then(|contents| self.certificates_of(at, path, &contents));
            match (&mut all, certificates) {
                (Some(all), Some(certificates)) => all.extend(certificates),
                (_, None) => all = None,
                (None, Some(_)) => {}
            }
        }
        all.filter(|all| !all.is_empty())
    }

    /// The certificates of a PEM file.
    pub(super) fn certificates_of(
        &mut self,
        at: &At<'a>,
        path: &AbsolutePath,
        contents: &FileContents,
    ) -> Option<Vec<Certificate>> {
        match pem::read_certificates(&contents.bytes) {
            Ok(certificates) => Some(certificates),
            Err(error) => {
                self.findings.push(no_certificate::found(at, path, &error));
                None
            }
        }
    }

    /// Says that everybody may read a file with a key.
    pub(super) fn judge_readers(
        &mut self,
        at: &At<'a>,
        path: &AbsolutePath,
        contents: &FileContents,
    ) {
        match contents.readers {
            Readers::Everyone => self.findings.push(key_world_readable::found(at, path)),
            Readers::Restricted | Readers::Unknown => {}
        }
    }

    fn key(&mut self, at: &At<'a>, path: &AbsolutePath) -> Option<PrivateKey> {
        let contents = self.read(at, path, MAX_KEY_BYTES)?;
        self.judge_readers(at, path, &contents);
        let key = match pem::read_private_key(&contents.bytes, None) {
            // Only now is the password looked for: most keys need none.
            Err(ReadKeyError::Encrypted) => {
                let password = self.password(Lock::Key)?;
                pem::read_private_key(&contents.bytes, password.as_ref())
            }
            other => other,
        };
        match key {
            Ok(key) => Some(key),
            Err(error @ (ReadKeyError::Encrypted | ReadKeyError::WrongPassword)) => {
                self.findings
                    .push(key_locked::found(at, path, &error.to_string()));
                None
            }
            Err(error) => {
                self.findings.push(no_key::found(at, path, &error));
                None
            }
        }
    }
}
