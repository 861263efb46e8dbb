//! The certificates that are trusted by themselves.
//!
//! Every CA certificate of the trusted files ends a path. An end-entity certificate in them is
//! trusted as well, but it vouches for nobody: it matches itself alone.
//!
//! Invariant: built once, then only read; looking up an issuer does not depend on how many there
//! are.

use std::collections::BTreeMap;
use std::sync::Arc;

use trustpack_x509::certificate::{Certificate, Version};
use trustpack_x509::name::Name;

use crate::folded_name::FoldedName;

/// The trusted certificates, found by the subject's name. Cloning shares them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustAnchors {
    by_subject: Arc<BTreeMap<FoldedName, Vec<Certificate>>>,
}

impl TrustAnchors {
    /// Takes the certificates of the trusted files, in any order; repetitions are dropped.
    #[must_use]
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut by_subject: BTreeMap<FoldedName, Vec<Certificate>> = BTreeMap::new();
        for certificate in certificates {
            let same_name = by_subject
                .entry(FoldedName::new(certificate.subject()))
                .or_default();
            if !same_name.contains(&certificate) {
                same_name.push(certificate);
            }
        }
        Self {
            by_subject: Arc::new(by_subject),
        }
    }

    /// Whether one of the two is a clone of the other; two that were read apart are not, whatever is in them.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.by_subject, &other.by_subject)
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_subject.is_empty()
    }

    /// All trusted certificates, ordered by subject.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.by_subject.values().flatten()
    }

    /// Whether this very certificate is trusted.
    #[must_use]
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.with_subject(certificate.subject())
            .contains(certificate)
    }

    /// The trusted certificates whose subject is `name`, compared as RFC 5280 section 7.1 has it.
    pub(crate) fn with_subject(&self, name: &Name) -> &[Certificate] {
        self.by_subject
            .get(&FoldedName::new(name))
            .map_or(&[], Vec::as_slice)
    }
}

/// Whether a certificate in a trusted file vouches for others, rather than only for itself.
///
/// Version 3 says so in basicConstraints. Older versions cannot say it: there, as in OpenSSL, a
/// certificate issued by itself counts as a CA (X.509 version 1 roots of old private CAs).
///
/// Source: RFC 5280 section 6.1.4 (k).
#[must_use]
pub fn is_authority(certificate: &Certificate) -> bool {
    match certificate.extensions().basic_constraints {
        Some(constraints) => constraints.ca,
        None => certificate.version() != Version::V3 && certificate.is_self_issued(),
    }
}
