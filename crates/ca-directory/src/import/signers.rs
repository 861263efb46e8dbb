//! The keys of the CA whose certificates are brought: the present one, those that it replaced, and those that a cross
//! certificate names.
//!
//! Invariant: each is the CA's by its own word: it came as one, or one of them signed it under the name of the CA.

use std::path::PathBuf;

use trustpack_judge::folded_name;
use trustpack_judge::signature::SignatureError;
use trustpack_x509::certificate::Certificate;

use super::authority::TakenAuthority;
use super::replaced::Replaced;
use crate::own_keys::{Issued, is_signed_by, issued_by_any};

/// All of them.
pub(super) struct Signers {
    /// The present one first.
    known: Vec<Signer>,
    /// Where the folders of those that were replaced belong, if the source is one that has such.
    place: Option<PathBuf>,
}

/// A key of the CA: its certificate, and those above that.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) certificate: Certificate,
    pub(super) chain: Vec<Certificate>,
}

impl Signers {
    pub(super) fn new(authority: &TakenAuthority, replaced: &Replaced) -> Self {
        let present = Signer {
            certificate: authority.certificate.clone(),
            chain: authority.chain.clone(),
        };
        let older = replaced.keys.iter().map(|key| Signer {
            certificate: key.certificate.clone(),
            chain: key.chain.clone(),
        });
        Self {
            known: std::iter::once(present).chain(older).collect(),
            place: replaced.place.clone(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// Whether it is the certificate of one of them.
    pub(super) fn are_of(&self, certificate: &Certificate) -> bool {
        self.known.iter().any(|own| own.certificate == *certificate)
    }

    /// The one that signed it.
    pub(super) fn signer_of(&self, certificate: &Certificate) -> Option<&Signer> {
        self.known
            .iter()
            .find(|signer| is_signed_by(certificate, &signer.certificate))
    }

    /// Why it cannot be told whether one of them signed it; none where it can.
    pub(super) fn doubt(&self, certificate: &Certificate) -> Option<SignatureError> {
        match issued_by_any(certificate, self.known.iter().map(|own| &own.certificate)) {
            Issued::Unknown(error) => Some(error),
            Issued::Yes | Issued::No => None,
        }
    }

    /// What is said of a certificate that none of them signed, if it says that this CA issued it: another authority may have
    /// the same name, or the source lacks a key.
    pub(super) fn not_by_a_known_key(&self, certificate: &Certificate) -> Option<String> {
        let mut own = self.known.iter().map(|own| own.certificate.subject());
        if !own.any(|own| folded_name::same(certificate.issuer(), own)) {
            return None;
        }
        let known =
            "names this CA as its issuer, and no key signed it that is known to be this CA's";
        Some(match &self.place {
            Some(place) => format!(
                "{known}; if the CA replaced the key that did, put its folder in {} back, or the cross certificates in the \
                 repository, and import into a new folder",
                place.display()
            ),
            None => known.to_owned(),
        })
    }

    /// Takes the key of a cross certificate: this CA says that it was its own.
    pub(super) fn learn(&mut self, certificate: &Certificate) {
        let mut own = self.known.iter().map(|own| own.certificate.public_key());
        if !own.any(|own| own == certificate.public_key()) && self.is_cross(certificate) {
            self.known.push(Signer {
                certificate: certificate.clone(),
                chain: Vec::new(),
            });
        }
    }

    /// Whether it is one of the CA or above it.
    pub(super) fn are_or_signed(&self, certificate: &Certificate) -> bool {
        let mut known = self
            .known
            .iter()
            .flat_map(|signer| std::iter::once(&signer.certificate).chain(&signer.chain));
        known.any(|known| known == certificate) || self.is_cross(certificate)
    }

    /// Whether the CA certified a key under its own name.
    fn is_cross(&self, certificate: &Certificate) -> bool {
        certificate.is_self_issued()
            && certificate.extensions().is_authority()
            && self.signer_of(certificate).is_some()
    }
}
