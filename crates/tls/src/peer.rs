//! The certificates of a peer, and why they were refused.
//!
//! Between the engine, which hands over octets, and the judge, who wants certificates. A refusal
//! goes through the engine as an error of its own kind, so that the peer gets a fitting alert, and is found
//! again by [`crate::handshake`].
//!
//! Invariant: only the judge refuses a chain; what stands here is about octets that are no
//! certificates.

use std::sync::{Arc, OnceLock};

use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, UnixTime};
use trustpack_judge::question::Purpose;
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
    reason = "made once a handshake, and kept where it is made"
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

/// Where the verifier of one connection leaves why it refused.
///
/// The engine decides the alert by the kind of its error, and only the kind that means nothing in particular
/// (certificate_unknown) could carry a refusal. So the refusal stays here, and the engine gets the kind.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    of: Purpose,
    left: Arc<OnceLock<PeerRefused>>,
}

impl Refusal {
    /// Nothing is refused yet. `of` is what the peer is.
    pub(crate) fn of(of: Purpose) -> Self {
        Self {
            of,
            left: Arc::default(),
        }
    }

    /// What the peer is.
    pub(crate) fn peer(&self) -> Purpose {
        self.of
    }

    /// Leaves a refusal here, and says it in words of the engine, which decide the alert.
    pub(crate) fn leave(&self, refused: PeerRefused) -> rustls::Error {
        let kind = kind(refused.alert());
        // The engine asks about the certificates of a connection once.
        self.left.get_or_init(|| refused);
        rustls::Error::InvalidCertificate(kind)
    }

    /// The refusal behind an error of the engine, if there is one.
    pub(crate) fn behind(&self, error: &rustls::Error) -> Option<&PeerRefused> {
        let rustls::Error::InvalidCertificate(found) = error else {
            return None;
        };
        let refused = self.left.get()?;
        (kind(refused.alert()) == *found).then_some(refused)
    }
}

impl PeerRefused {
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
    fn a_refusal_is_found_again_wherever_it_is_asked_for() {
        let refusal = Refusal::of(Purpose::Client);
        let refused = PeerRefused::TooMany { count: 101 };
        let error = refusal.leave(refused.clone());
        let on_another = std::thread::scope(|scope| {
            let asking = scope.spawn(|| refusal.behind(&error).cloned());
            asking.join().expect("an answer")
        });
        assert_eq!(on_another.as_ref(), Some(&refused));
        assert_eq!(refusal.behind(&error), Some(&refused));
        assert_eq!(Refusal::of(Purpose::Client).behind(&error), None);
        for other in [CertificateError::BadSignature, CertificateError::Revoked] {
            assert_eq!(refusal.behind(&other.into()), None);
        }
    }
}
