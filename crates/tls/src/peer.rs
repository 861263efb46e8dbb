//! The certificates of a peer, and why they were refused.
//!
//! Between the engine, which hands over octets, and the judge, who wants certificates. A refusal
//! travels through the engine's error as it is and is found again by [`crate::handshake`].
//!
//! Invariant: only the judge refuses a chain; what stands here is about octets that are no
//! certificates.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, OtherError};
use trustpack_judge::verdict::Rejected;
use trustpack_material::peer_rules::PeerRules;
use trustpack_x509::certificate::{Certificate, InvalidCertificate};
use trustpack_x509::time::Timestamp;

use crate::limits::MAX_SENT_CERTIFICATES;

/// Why the certificates of a peer were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerRefused {
    /// The judge refused them.
    #[error("{rejected}")]
    Rejected {
        /// The first reason, the later ones, and the path.
        rejected: Rejected,
        /// Certificates that were sent beside the first and could not be read; one of them may be
        /// the issuer that the judge missed.
        unreadable: Vec<Unreadable>,
    },
    /// The peer's own certificate cannot be read.
    #[error("the certificate of the peer cannot be read: {0}")]
    Unreadable(#[source] InvalidCertificate),
    /// More certificates than are looked at.
    #[error("the peer sent {count} certificates; at most {MAX_SENT_CERTIFICATES} are allowed")]
    TooMany {
        /// How many it sent.
        count: usize,
    },
}

/// A certificate that was sent and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certificate {position} of those sent cannot be read: {error}")]
pub struct Unreadable {
    /// Its position, from 1.
    pub position: usize,
    /// What is wrong.
    pub error: InvalidCertificate,
}

/// Asks the judge about the certificates of a peer, by the rules of this end.
#[expect(
    clippy::result_large_err,
    reason = "made once a handshake, and then boxed by the engine's error"
)]
pub(crate) fn judge(
    leaf: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    rules: &PeerRules,
    now: UnixTime,
) -> Result<(), PeerRefused> {
    let count = others.len() + 1;
    if count > MAX_SENT_CERTIFICATES {
        return Err(PeerRefused::TooMany { count });
    }
    let leaf = Certificate::from_der(leaf).map_err(PeerRefused::Unreadable)?;
    let mut intermediates = Vec::new();
    let mut unreadable = Vec::new();
    for (position, der) in (2..).zip(others) {
        match Certificate::from_der(der) {
            Ok(certificate) => intermediates.push(certificate),
            // It may be a stray that nobody needs; if it is needed the judge misses it.
            Err(error) => unreadable.push(Unreadable { position, error }),
        }
    }
    let now = Timestamp::from_unix(now.as_secs());
    match rules.judge(&leaf, &intermediates, now) {
        Ok(_accepted) => Ok(()),
        Err(rejected) => Err(PeerRefused::Rejected {
            rejected,
            unreadable,
        }),
    }
}

/// The refusal as the engine carries it. The peer gets the alert `certificate_unknown`.
impl From<PeerRefused> for rustls::Error {
    fn from(refused: PeerRefused) -> Self {
        Self::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
    }
}

impl PeerRefused {
    /// The refusal that an error of the engine carries, if it carries one.
    pub(crate) fn carried_by(error: &rustls::Error) -> Option<Self> {
        let rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) = error
        else {
            return None;
        };
        inner.downcast_ref::<Self>().cloned()
    }
}
