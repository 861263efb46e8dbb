//! What an endpoint shows of itself and whom it trusts, loaded and checked.
//!
//! Invariant: the key of an [`Identity`] is the key of the first certificate of its chain.

use std::fmt;
use std::sync::Arc;

use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::revocation::RevocationLists;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_x509::certificate::Certificate;

/// The material of one endpoint; the default is that of one that has nothing and trusts nobody.
#[derive(Debug, Default)]
pub struct Material {
    /// Its own certificate, chain and key, if it has one.
    pub identity: Option<Identity>,
    /// Whom it trusts.
    pub anchors: TrustAnchors,
    /// The revocation lists that it asks; `None` if it asks none.
    pub lists: Option<RevocationLists>,
    /// What is doubtful; no errors, except accepted ones, what time alone has broken while the endpoint runs, and what the engine of a
    /// client that is imitated takes.
    pub findings: Vec<Finding>,
}

/// An own certificate with its chain and key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<Certificate>,
    key: Arc<PrivateKey>,
}

/// The material of an endpoint cannot be used. The text says how many errors there are; what they say
/// is for whoever shows the findings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct MaterialError {
    /// The endpoint.
    pub place: Place,
    /// Everything that was found, warnings included; at least one is an error that nobody accepted.
    pub findings: Vec<Finding>,
}

impl Identity {
    /// Joins a chain with its key; `None` if the key is not that of the first certificate.
    #[must_use]
    pub fn new(chain: Vec<Certificate>, key: impl Into<Arc<PrivateKey>>) -> Option<Self> {
        let key = key.into();
        chain
            .first()
            .is_some_and(|leaf| key.matches(leaf))
            .then_some(Self { chain, key })
    }

    /// What is sent: the own certificate first, each next one the issuer of the one before.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }
}

impl MaterialError {
    /// The errors among the findings that keep the endpoint down.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.bars())
    }
}

impl fmt::Display for MaterialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.errors().count();
        let errors = if count == 1 { "error" } else { "errors" };
        write!(
            f,
            "the files of {} cannot be used: {count} {errors}",
            self.place
        )
    }
}
