//! The own certificate, its chain and its key.
//!
//! Invariant: an identity comes out only if its key is the key of the first certificate.

use std::sync::Arc;

use trustpack_judge::anchors::TrustAnchors;
use trustpack_keystore::pem::ReadKeyError;
use trustpack_keystore::private_key::{InvalidPrivateKey, PrivateKey};
use trustpack_settings::endpoint::Engine;
use trustpack_settings::value::own_certificate::OwnCertificate;
use trustpack_settings::value::{AbsolutePath, Provider, SendRoot};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};

use super::lock::Lock;
use super::shelf::OpenedKey;
use super::{KeyOfOthers, Loader, presents_as};
use crate::chain::{self, Adds, Built, IssuerHere};
use crate::files::Readers;
use crate::findings::{
    At, ca_as_host, chain_end_unknown, chain_incomplete, chain_large, chain_mended, half_identity,
    intermediate_from_trusted, key_locked, key_mismatch, key_world_readable, long_validity,
    no_alt_names, no_certificate, no_key, not_in_validity, not_looked_at, soon_over, usage_missing,
    weak, wildcard_name,
};
use crate::limits::MAX_CHAIN;
use crate::material::Identity;

/// The private key of an own certificate.
pub(super) enum OwnKey {
    /// One that our engine signs with.
    Ours(Arc<PrivateKey>),
    /// One that only the engine of somebody else signs with: its public half.
    OfOthers(PublicKey),
    /// The same of a kind of which nothing more can be read.
    Unknown(InvalidPrivateKey),
}

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
    fn pem_identity(&mut self, at: &At<'a>) -> Option<(Vec<Certificate>, OwnKey)> {
        let settings = self.settings;
        let at_key = self.at_key();
        let key_file = match (
            settings.certificate.value.files().is_empty(),
            &settings.certificate_key.value,
        ) {
            (false, Some(key_file)) => key_file,
            (true, None) => return None,
            (false, None) => {
                self.found(half_identity::no_key(at));
                return None;
            }
            (true, Some(_)) => {
                self.found(half_identity::no_certificate(&at_key));
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
        key: OwnKey,
        trusted: &TrustAnchors,
    ) -> Option<Identity> {
        let public_half = match &key {
            OwnKey::Ours(key) => key.public_key(),
            OwnKey::OfOthers(public_half) => public_half,
            OwnKey::Unknown(kind) => {
                self.unknown_key(at, certificates, kind);
                return None;
            }
        };
        let is_own = |one: &Certificate| public_half.is_same_key(one.public_key());
        let Some(built) = self.sent(certificates, is_own, trusted) else {
            let (at, file) = self.key_file(at);
            let engine = self.endpoint.engine();
            let later = certificates.iter().position(is_own);
            self.found(match later {
                Some(later) => {
                    key_mismatch::not_first(&at, &file, public_half, certificates, later, engine)
                }
                None => key_mismatch::found(&at, &file, public_half, certificates),
            });
            return None;
        };
        self.judge_chain(at, &built, trusted);
        if let Some(own) = built.chain.first() {
            self.judge_own(at, own);
        }
        match key {
            OwnKey::Ours(key) => Identity::new(built.chain, key),
            OwnKey::OfOthers(_) | OwnKey::Unknown(_) => {
                self.key_of_others = Some(KeyOfOthers::Of(built.chain));
                None
            }
        }
    }

    /// What the engine of the endpoint sends; `None` if what it takes for the own certificate is not for the key. `is_own`
    /// says whether one is.
    fn sent(
        &self,
        certificates: &[Certificate],
        is_own: impl Fn(&Certificate) -> bool,
        trusted: &TrustAnchors,
    ) -> Option<Built> {
        let (now, send_root) = (self.surroundings.now, self.settings.send_root.value);
        if self.puts_in_order() {
            let leaf = chain::own(certificates, is_own, now)?;
            return Some(chain::build(certificates, leaf, trusted, send_root, now));
        }
        // An option of ours.
        let send_root = SendRoot::Sent;
        let first = certificates.first().filter(|first| is_own(first))?;
        match self.endpoint.engine() {
            Engine::Openssl => chain::as_it_stands(certificates, trusted, Adds::ToOneAlone, now),
            Engine::Jsse => chain::as_it_stands(certificates, trusted, Adds::Nothing, now),
            // Windows looks for what is above the own certificate itself.
            Engine::Trustpack | Engine::Schannel => {
                Some(chain::build(certificates, first, trusted, send_root, now))
            }
        }
    }

    /// Whether it is our engine that uses the files, and puts them in order.
    fn puts_in_order(&self) -> bool {
        !self.advises() || self.endpoint.engine() == Engine::Trustpack
    }

    /// Which option names the key, and the file that it is in.
    fn key_file(&self, at: &At<'a>) -> (At<'a>, String) {
        match &self.settings.certificate_key.value {
            Some(file) => (self.at_key(), file.to_string()),
            None => (at.clone(), "the key store".to_owned()),
        }
    }

    /// Of a key of a kind that is not read it is known that it belongs to no certificate of the kinds that are. Only other
    /// engines have such keys, and for them the first certificate is the own one.
    fn unknown_key(&mut self, at: &At<'a>, certificates: &[Certificate], kind: &InvalidPrivateKey) {
        let (at, file) = self.key_file(at);
        let is_unknown = |certificate: &Certificate| {
            matches!(
                certificate.public_key().algorithm(),
                PublicKeyAlgorithm::Other(_)
            )
        };
        if certificates.first().is_some_and(is_unknown) {
            self.found(not_looked_at::key(&at, &file, kind));
            self.key_of_others = Some(KeyOfOthers::Unknown(kind.to_string()));
        } else {
            self.found(key_mismatch::of_another_kind(
                &at,
                &file,
                kind,
                certificates,
            ));
        }
    }

    /// Notes what was missing, mended, weak or out of date in the own chain.
    fn judge_chain(&mut self, at: &At<'a>, built: &Built, trusted: &TrustAnchors) {
        let (engine, in_order) = (self.endpoint.engine(), self.puts_in_order());
        if let Some(gap) = &built.gap {
            // Nobody misses what is not presented.
            let is_presented = presents_as(self.endpoint).is_some();
            self.found(if built.path.len() == MAX_CHAIN {
                chain_incomplete::too_long(at, &gap.last)
            } else if !is_presented || trusted.is_empty() {
                chain_end_unknown::found(at, gap)
            } else {
                match gap.issuer {
                    IssuerHere::NotTaken => chain_incomplete::not_sent(at, &gap.last, engine),
                    IssuerHere::OfAnotherKey => {
                        chain_incomplete::of_another_key(at, &gap.last, in_order)
                    }
                    IssuerHere::Nowhere => chain_incomplete::found(at, &gap.last, in_order),
                }
            });
            self.gap = (built.path.len() < MAX_CHAIN).then(|| gap.clone());
        }
        let mended = in_order || engine == Engine::Schannel;
        self.all_found(chain_mended::found(at, built, (!mended).then_some(engine)));
        for intermediate in &built.from_trusted {
            let finding = intermediate_from_trusted::found(at, intermediate, in_order);
            self.found(finding);
        }
        self.all_found(chain_large::found(at, &built.chain));
        let now = self.surroundings.now;
        for certificate in &built.path {
            self.all_found(
                not_in_validity::found(at, certificate, now)
                    .or_else(|| soon_over::found(at, certificate, now)),
            );
            self.all_found(weak::in_own_chain(at, certificate));
        }
    }

    /// Notes what is wrong with the own certificate where it is presented.
    fn judge_own(&mut self, at: &At<'a>, own: &Certificate) {
        let Some(role) = presents_as(self.endpoint) else {
            return;
        };
        self.all_found(match ca_as_host::found(at, own) {
            None => usage_missing::found(at, own, role),
            // What else a CA certificate may not be used for adds nothing.
            found => found,
        });
        if self.advises() {
            self.all_found(no_alt_names::found(at, own));
            self.all_found(wildcard_name::found(at, own));
            self.all_found(long_validity::found(at, own));
        }
    }

    /// The certificates of all files; `None` if one of the files cannot be used.
    fn given(&mut self, at: &At<'a>) -> Option<Vec<Certificate>> {
        let mut all = Some(Vec::new());
        for path in self.settings.certificate.value.files() {
            let file = self.shelf.certificates(path);
            let found = self.noted(at, path, &file).map(|file| &file.contents);
            if let Some(file) = found {
                self.note_form("certificate", path, file);
            }
            match (found.map(|file| &file.certificates), &mut all) {
                (Some(Ok(found)), Some(all)) => all.extend_from_slice(&found.certificates),
                (Some(Ok(_)), None) => {}
                (Some(Err(error)), _) => {
                    self.found(no_certificate::found(at, path, error));
                    all = None;
                }
                (None, _) => all = None,
            }
        }
        all.filter(|all| !all.is_empty())
    }

    /// Says that everybody may read a file with a key.
    pub(super) fn judge_readers(&mut self, at: &At<'a>, path: &AbsolutePath, readers: Readers) {
        match readers {
            Readers::Everyone => self.found(key_world_readable::found(at, path)),
            Readers::Restricted | Readers::Unknown => {}
        }
    }

    fn key(&mut self, at: &At<'a>, path: &AbsolutePath) -> Option<OwnKey> {
        let file = self.shelf.key(path, None);
        let file = self.noted(at, path, &file)?;
        self.judge_readers(at, path, file.readers);
        match &file.contents {
            // Only now is the password looked for: most keys need none.
            Err(ReadKeyError::Encrypted) => match self.password(Lock::Key)? {
                None => self.opened(at, path, &file.contents),
                given @ Some(_) => {
                    let file = self.shelf.key(path, given);
                    let file = self.noted(at, path, &file)?;
                    self.opened(at, path, &file.contents)
                }
            },
            Ok(_) | Err(_) => self.opened(at, path, &file.contents),
        }
    }

    /// The key of a file, or what is wrong with it: it stays locked, or is none.
    pub(super) fn opened(
        &mut self,
        at: &At<'a>,
        path: &AbsolutePath,
        key: &OpenedKey,
    ) -> Option<OwnKey> {
        let error = match key {
            Ok(key) => return Some(OwnKey::Ours(Arc::clone(key))),
            Err(error) => error,
        };
        if let ReadKeyError::Encrypted | ReadKeyError::WrongPassword = error {
            self.found(key_locked::found(at, path, &error.to_string()));
            return None;
        }
        let is_ours = self.endpoint.engine() == Engine::Trustpack;
        if let ReadKeyError::Invalid(InvalidPrivateKey::RsaSize { public_key, .. }) = error {
            // For another engine it is only weak, which its certificate says too.
            if is_ours {
                self.found(no_key::found(at, path, error));
            }
            return Some(OwnKey::OfOthers((**public_key).clone()));
        }
        if let ReadKeyError::Invalid(
            unused @ (InvalidPrivateKey::Algorithm { .. } | InvalidPrivateKey::Curve { .. }),
        ) = error
            && !is_ours
        {
            return Some(OwnKey::Unknown(unused.clone()));
        }
        self.found(no_key::found(at, path, error));
        None
    }
}
