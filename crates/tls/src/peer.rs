//! The certificates of a peer, and why they were refused.
//!
//! Between the engine, which hands over octets, and the judge, who wants certificates. A refusal
//! goes through the engine as an error of its own kind, so that the peer gets a fitting alert, and is found
//! again by [`crate::handshake`].
//!
//! Invariant: only the judge refuses a chain; what stands here is about octets that are no
//! certificates.

use std::cell::RefCell;

use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, UnixTime};
use trustpack_judge::reason::Reason;
use trustpack_judge::verdict::Rejected;
use trustpack_material::peer_rules::PeerRules;
use trustpack_x509::certificate::{Certificate, InvalidCertificate};
use trustpack_x509::time::Timestamp;

use crate::alert::Alert;
use crate::limits::MAX_SENT_CERTIFICATES;
use crate::sessions::End;

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
    Unreadable(InvalidCertificate),
    /// More certificates than are looked at.
    #[error("the peer sent {count} certificates; at most {MAX_SENT_CERTIFICATES} are allowed")]
    TooMany {
        /// How many it sent.
        count: usize,
    },
    /// They were refused on another thread than the one that asks why.
    #[error("the certificates of the peer were refused, which was told by the alert {told}")]
    Elsewhere {
        /// What the peer was told.
        told: Alert,
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

/// Asks the judge about the certificates of a peer, by the rules of this end. Says until when they are good.
#[expect(
    clippy::result_large_err,
    reason = "made once a handshake, and then boxed by the engine's error"
)]
pub(crate) fn judge(
    leaf: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    rules: &PeerRules,
    now: UnixTime,
) -> Result<End, PeerRefused> {
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
        Ok(accepted) => Ok(End::earliest(rules.ends(&accepted))),
        Err(rejected) => Err(PeerRefused::Rejected {
            rejected,
            unreadable,
        }),
    }
}

thread_local! {
    /// The last refusal that the engine was told of on this thread, and in which of its words.
    ///
    /// The engine decides the alert by the kind of its error, and only the kind that means nothing in particular
    /// (certificate_unknown) could carry a refusal. So the refusal waits here: the engine judges, fails and hands the
    /// error out in one go, on one thread.
    static LAST: RefCell<Option<(CertificateError, PeerRefused)>> = const { RefCell::new(None) };
}

/// The refusal in words of the engine, which decide the alert. It waits here until the engine has failed.
impl From<PeerRefused> for rustls::Error {
    fn from(refused: PeerRefused) -> Self {
        let kind = kind(refused.alert());
        LAST.set(Some((kind.clone(), refused)));
        Self::InvalidCertificate(kind)
    }
}

impl PeerRefused {
    /// The refusal behind an error of the engine, if there is one. To be asked on the thread on which the error came
    /// out, before another handshake goes on there; else it is [`Self::Elsewhere`].
    pub(crate) fn of_engine(error: &rustls::Error) -> Option<Self> {
        let rustls::Error::InvalidCertificate(found) = error else {
            return None;
        };
        let (told, _) = KINDS.iter().find(|(_, kind)| kind == found)?;
        let last = LAST.take().filter(|(kind, _)| kind == found);
        Some(match last {
            Some((_, refused)) => refused,
            None => Self::Elsewhere { told: *told },
        })
    }

    /// What the peer is told.
    ///
    /// Source: RFC 8446 section 6.2 and RFC 5246 section 7.2.2 for what alerts mean; where they leave it open, what
    /// OpenSSL sends (`ssl_x509err2alert`), so that its users find what they know.
    #[must_use]
    pub fn alert(&self) -> Alert {
        match self {
            Self::Rejected { rejected, .. } => alert_of(&rejected.first),
            Self::Unreadable(_) => Alert::BAD_CERTIFICATE,
            Self::TooMany { .. } => Alert::UNKNOWN_CA,
            Self::Elsewhere { told } => *told,
        }
    }
}

fn alert_of(reason: &Reason) -> Alert {
    match reason {
        Reason::NothingTrusted
        | Reason::TooMuchWork { .. }
        | Reason::IssuerUnknown { .. }
        | Reason::SelfIssuedNotTrusted { .. }
        | Reason::TooManyIntermediates { .. }
        | Reason::NotAnAuthority { .. }
        | Reason::MayNotSign { .. }
        | Reason::PathTooLong { .. }
        | Reason::ListMissing { .. }
        | Reason::ListNotUsed { .. } => Alert::UNKNOWN_CA,
        Reason::SignatureWrong { .. }
        | Reason::NameConstraint(_)
        | Reason::WeakSignature { .. }
        | Reason::KeySize { .. }
        | Reason::NameMismatch(_) => Alert::BAD_CERTIFICATE,
        Reason::UnknownCriticalExtension { .. }
        | Reason::ExplicitPolicy { .. }
        | Reason::UnknownSignature { .. }
        | Reason::UnknownKey { .. }
        | Reason::ExtendedUsage { .. }
        | Reason::Usage { .. } => Alert::UNSUPPORTED_CERTIFICATE,
        Reason::NotYetValid { .. } | Reason::Expired { .. } => Alert::CERTIFICATE_EXPIRED,
        Reason::Revoked { .. } => Alert::CERTIFICATE_REVOKED,
        Reason::NotAllowed { .. } => Alert::ACCESS_DENIED,
    }
}

/// The word of the engine for which it sends each alert; a test holds it to that.
static KINDS: [(Alert, CertificateError); 6] = [
    (Alert::BAD_CERTIFICATE, CertificateError::BadEncoding),
    (
        Alert::UNSUPPORTED_CERTIFICATE,
        CertificateError::InvalidPurpose,
    ),
    (Alert::CERTIFICATE_REVOKED, CertificateError::Revoked),
    (Alert::CERTIFICATE_EXPIRED, CertificateError::Expired),
    (Alert::UNKNOWN_CA, CertificateError::UnknownIssuer),
    (
        Alert::ACCESS_DENIED,
        CertificateError::ApplicationVerificationFailure,
    ),
];

fn kind(alert: Alert) -> CertificateError {
    let found = KINDS.iter().find(|(known, _)| *known == alert);
    found.map_or(CertificateError::BadEncoding, |(_, kind)| kind.clone())
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;

    #[test]
    fn the_engine_sends_the_alert_that_is_meant() {
        for (alert, kind) in &KINDS {
            assert_eq!(Alert::from(AlertDescription::from(kind.clone())), *alert);
        }
    }

    #[test]
    fn a_refusal_is_found_again_once_and_on_its_thread() {
        let refused = PeerRefused::TooMany { count: 101 };
        let error = rustls::Error::from(refused.clone());
        let elsewhere = PeerRefused::Elsewhere {
            told: Alert::UNKNOWN_CA,
        };
        let on_another = std::thread::scope(|scope| {
            let asking = scope.spawn(|| PeerRefused::of_engine(&error));
            asking.join().expect("an answer")
        });
        assert_eq!(on_another.as_ref(), Some(&elsewhere));
        assert_eq!(PeerRefused::of_engine(&error), Some(refused));
        assert_eq!(PeerRefused::of_engine(&error), Some(elsewhere));
        let other = CertificateError::BadSignature;
        assert_eq!(PeerRefused::of_engine(&other.into()), None);
    }
}
