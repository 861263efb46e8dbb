//! Why a handshake failed, in our own words.
//!
//! The one place where errors of the engine, refusals of the judge and errors of the connection
//! become one enum. Its texts are for the log: they name what was found and never a secret.
//!
//! Long because the enum stands with each thing that is asked of it.
//!
//! Invariant: whatever the engine says, the first failing step in the order of 3.1 of the
//! specification is named if one is known.

mod broken;

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};
use trustpack_judge::question::Purpose;
use trustpack_judge::reason::Step;

use crate::alert::Alert;
use crate::connections::TrustEnded;
use crate::hello::client_hello::Version;
use crate::hello::{Beginning, BrokenHello, FirstBytes};
use crate::limits::MAX_BYTES_WITHOUT_DATA;
use crate::peer::{PeerRefused, Refusal};

/// Why a handshake failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The peer's certificates were refused.
    #[error(transparent)]
    PeerRefused(Box<PeerRefused>),
    /// The peer presented no certificate.
    #[error("the {peer} presented no certificate; one is demanded")]
    NoCertificate {
        /// What the peer is.
        peer: Purpose,
    },
    /// The peer did not prove that it has the key of its certificate.
    #[error("the signature of the handshake does not match the certificate of the peer")]
    NotItsKey,
    /// No version in common.
    #[error("there is no version of TLS that both ends allow")]
    NoCommonVersion,
    /// The client speaks an older version than any that we speak.
    #[error("there is no version of TLS that both ends allow: the client speaks {0} at most")]
    OldClient(Version),
    /// The client's hello has no signature algorithms. TLS 1.3 demands them (RFC 8446 section
    /// 4.2.3), TLS 1.2 means SHA-1 without them (RFC 5246 section 7.4.1.4.1), and 1.1 has none.
    #[error(
        "there is no version of TLS that both ends allow: the client speaks TLS 1.1 or older, or only SHA-1 signatures"
    )]
    OldHello,
    /// Something else that both ends must have in common, and have not.
    #[error("there is no {what} that both ends allow")]
    NothingInCommon {
        /// Cipher suite, group, signature algorithm.
        what: &'static str,
    },
    /// The client takes no signature that the key of this server can make.
    #[error(
        "there is no signature algorithm that both ends allow: the client takes none of the key of this server"
    )]
    NoSignature,
    /// The peer refused us.
    #[error("the peer refused with the alert {0}")]
    PeerAlert(Alert),
    /// The peer does not speak TLS.
    #[error("plain text instead of TLS: the peer began with '{start}'")]
    PlainText {
        /// Its first bytes.
        start: FirstBytes,
    },
    /// What the client sent begins like TLS and is no hello.
    #[error("the client's hello is broken: {0}")]
    BrokenHello(BrokenHello),
    /// The peer closed the connection before the end of the handshake.
    #[error("the peer closed the connection {}", said(*.begun))]
    PeerClosed {
        /// Whether it had said anything.
        begun: Begun,
    },
    /// The handshake took too long.
    #[error("the handshake was not done after {limit:?}: the peer {} {}", did(*.begun), said(*.begun))]
    TimedOut {
        /// How long it may take.
        limit: Duration,
        /// Whether the peer had said anything.
        begun: Begun,
    },
    /// A message is larger than our engine takes. Certificates are all in one message.
    #[error(
        "the peer sent more in one message of the handshake than the 64 KiB that are allowed, as with too many or too large certificates"
    )]
    TooLarge {
        /// What tells the peer: a stream does, and a [`Connection`](crate::connection::Connection) has no words for it.
        told: Option<Alert>,
    },
    /// A client whose first bytes decide what is spoken to it sent none.
    #[error(
        "the client said nothing for {limit:?}; a port that detects TLS is for protocols in which the client speaks first"
    )]
    Silent {
        /// How long it was waited for.
        limit: Duration,
    },
    /// The peer broke the protocol.
    #[error("the peer broke the TLS protocol: {}", broken::protocol(.0))]
    Protocol(rustls::Error),
    /// The peer sends on and on, and never any data.
    #[error(
        "the peer sent more than {MAX_BYTES_WITHOUT_DATA} bytes in records without data, one after the other"
    )]
    WithoutData,
    /// The peer was trusted, and no longer is.
    #[error(transparent)]
    TrustEnded(Box<TrustEnded>),
    /// The peer ended the connection after the handshake without saying so: somebody on the way may have.
    ///
    /// Source: RFC 8446 section 6.1.
    #[error("the peer ended the connection without close_notify; what it said may be cut short")]
    CutShort,
    /// The connection failed.
    #[error("the connection failed: {}", broken::connection(.0))]
    Io(io::Error),
}

/// How a handshake failed, as far as it tells what stands at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Over what was said in TLS, by either end: the peer speaks it.
    InTls,
    /// Over something else that the peer said: what came is no TLS, or breaks it.
    NotTls,
    /// Nothing came any more, and the time was over.
    Silence,
    /// The connection below TLS ended or broke.
    End,
}

/// Whether a peer had begun to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Begun {
    /// Not a byte came.
    Silent,
    /// Something came.
    Speaking,
}

/// The client's hello was not handed to the engine, which does not name the version in its alert.
///
/// Source: RFC 5246 appendix E.1: the alert is to be protocol_version.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the client speaks {0} at most")]
pub(crate) struct OldClient(pub(crate) Version);

/// The client goes on with its hello beyond all limits, and the engine has told nothing.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the client's hello does not end")]
pub(crate) struct EndlessHello;

/// A message of the peer is larger than the engine takes, and the peer is told so.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a message of the handshake is too large")]
pub(crate) struct TooLarge;

/// The peer sends records without data beyond all limits.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the peer sends no data")]
pub(crate) struct NoData;

impl Failure {
    /// How it failed.
    #[must_use]
    pub fn manner(&self) -> Manner {
        match self {
            Self::PeerRefused(_)
            | Self::NoCertificate { .. }
            | Self::NotItsKey
            | Self::NoCommonVersion
            | Self::OldClient(_)
            | Self::OldHello
            | Self::NothingInCommon { .. }
            | Self::NoSignature
            | Self::PeerAlert(_)
            | Self::TooLarge { .. }
            | Self::TrustEnded(_) => Manner::InTls,
            Self::PlainText { .. }
            | Self::BrokenHello(_)
            | Self::WithoutData
            | Self::Protocol(_) => Manner::NotTls,
            Self::TimedOut { .. } | Self::Silent { .. } => Manner::Silence,
            Self::PeerClosed { .. } | Self::CutShort | Self::Io(_) => Manner::End,
        }
    }

    /// The failing step of judgement; `None` if it failed outside of judgement.
    #[must_use]
    pub fn step(&self) -> Option<Step> {
        match self {
            Self::PeerRefused(refused) => Some(match &**refused {
                PeerRefused::Rejected { rejected, .. } => rejected.step(),
                PeerRefused::Unreadable(_) | PeerRefused::TooMany { .. } => Step::Path,
            }),
            Self::NoCertificate { .. } | Self::NotItsKey => Some(Step::Path),
            Self::NoCommonVersion
            | Self::OldClient(_)
            | Self::OldHello
            | Self::NothingInCommon { .. }
            | Self::NoSignature
            | Self::PlainText { .. }
            | Self::BrokenHello(_)
            | Self::TooLarge { .. }
            | Self::WithoutData
            | Self::Protocol(_) => Some(Step::Protocol),
            Self::PeerAlert(alert) => alert.is_about_protocol().then_some(Step::Protocol),
            Self::TrustEnded(ended) => Some(ended.reason.step()),
            Self::PeerClosed { .. }
            | Self::CutShort
            | Self::TimedOut { .. }
            | Self::Silent { .. }
            | Self::Io(_) => None,
        }
    }

    /// What else is wrong, in the order of judgement, each as a sentence.
    #[must_use]
    pub fn later(&self) -> Vec<String> {
        let Self::PeerRefused(refused) = self else {
            return Vec::new();
        };
        match &**refused {
            PeerRefused::Rejected {
                rejected,
                unreadable,
            } => rejected
                .later
                .iter()
                .map(ToString::to_string)
                .chain(unreadable.iter().map(ToString::to_string))
                .collect(),
            PeerRefused::Unreadable(_) | PeerRefused::TooMany { .. } => Vec::new(),
        }
    }

    /// The alert that told the peer; `None` if it was told nothing, or it is not known what.
    ///
    /// [`Self::PeerAlert`] is what the peer told us instead.
    #[must_use]
    pub fn sent(&self) -> Option<Alert> {
        match self {
            Self::PeerRefused(refused) => Some(refused.alert()),
            // Of a server without one our engine takes leave without a word.
            Self::NoCertificate { peer } => match peer {
                Purpose::Client => Some(Alert::CERTIFICATE_REQUIRED),
                Purpose::Server => None,
            },
            Self::NotItsKey => Some(Alert::DECRYPT_ERROR),
            Self::NoCommonVersion | Self::OldClient(_) => Some(Alert::PROTOCOL_VERSION),
            Self::OldHello | Self::NothingInCommon { .. } | Self::NoSignature => {
                Some(Alert::HANDSHAKE_FAILURE)
            }
            // Where TLS is spoken at once the engine answers it, and says that it cannot read it.
            Self::BrokenHello(BrokenHello::Ssl2) => None,
            Self::BrokenHello(broken) => Some(broken.alert()),
            Self::TooLarge { told } => *told,
            Self::Protocol(error) => sent_by_engine(error),
            Self::PeerAlert(_)
            | Self::TrustEnded(_)
            | Self::PlainText { .. }
            // Our engine takes leave of those without a word.
            | Self::WithoutData
            | Self::PeerClosed { .. }
            | Self::CutShort
            | Self::TimedOut { .. }
            | Self::Silent { .. }
            | Self::Io(_) => None,
        }
    }

    /// The alert that a client is to be sent in the clear because the engine tells it nothing: it was never given its
    /// hello, or gives up before it answers. `None` if it tells it, or there is nothing to tell.
    #[must_use]
    pub fn last_words(&self) -> Option<[u8; 7]> {
        match self {
            Self::OldClient(_) | Self::BrokenHello(_) | Self::NoSignature => {
                Some(self.sent()?.in_the_clear())
            }
            Self::PeerRefused(_)
            | Self::NoCertificate { .. }
            | Self::NotItsKey
            | Self::NoCommonVersion
            | Self::OldHello
            | Self::NothingInCommon { .. }
            | Self::PeerAlert(_)
            | Self::PlainText { .. }
            | Self::PeerClosed { .. }
            | Self::CutShort
            | Self::TimedOut { .. }
            | Self::TooLarge { .. }
            | Self::WithoutData
            | Self::Silent { .. }
            | Self::Protocol(_)
            | Self::TrustEnded(_)
            | Self::Io(_) => None,
        }
    }

    /// What an error of the engine means, of a connection whose peer was not judged by a context of ours. `peer` is what
    /// the other side is. For those of a context there is [`crate::connection::Connection::process`].
    #[must_use]
    pub fn of_engine(error: rustls::Error, peer: Purpose) -> Self {
        Self::after(&Refusal::of(peer), error)
    }

    /// What an error of the engine means, after what the judge may have refused.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the engine's enum grows; what has no words of ours is told in its own"
    )]
    pub(crate) fn after(refusal: &Refusal, error: rustls::Error) -> Self {
        if let Some(refused) = refusal.behind(&error) {
            return Self::PeerRefused(Box::new(refused.clone()));
        }
        let peer = refusal.peer();
        match error {
            rustls::Error::NoCertificatesPresented => Self::NoCertificate { peer },
            rustls::Error::AlertReceived(alert) => Self::PeerAlert(alert.into()),
            rustls::Error::InvalidCertificate(CertificateError::BadSignature) => Self::NotItsKey,
            rustls::Error::PeerIncompatible(why) => Self::of_incompatible(why),
            rustls::Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge) => {
                Self::TooLarge { told: None }
            }
            rustls::Error::General(why) if why == NO_SCHEME => Self::NoSignature,
            other => Self::Protocol(other),
        }
    }

    /// What an error of a stream means whose handshake is done. Under TLS 1.3 a client is done before the server has judged
    /// its certificate, and hears of a refusal only then (RFC 8446 section 4.4.4, note).
    pub(crate) fn of_later_io(peer: Purpose, error: io::Error) -> Self {
        // Certificates are judged in the handshake alone.
        let failure = Self::of_io(&Refusal::of(peer), error, Begun::Speaking);
        if let Self::PeerClosed { .. } = failure {
            return Self::CutShort;
        }
        failure
    }

    /// What an error of a stream means that carries TLS: an error of the engine is inside it.
    pub(crate) fn of_io(refusal: &Refusal, error: io::Error, begun: Begun) -> Self {
        let inner = error.get_ref();
        if let Some(ended) = inner.and_then(|inner| inner.downcast_ref::<TrustEnded>()) {
            return Self::TrustEnded(Box::new(ended.clone()));
        }
        if let Some(OldClient(version)) = inner.and_then(|inner| inner.downcast_ref()) {
            return Self::OldClient(*version);
        }
        if let Some(EndlessHello) = inner.and_then(|inner| inner.downcast_ref()) {
            return Self::BrokenHello(BrokenHello::Endless);
        }
        if let Some(TooLarge) = inner.and_then(|inner| inner.downcast_ref()) {
            let told = Some(Alert::DECODE_ERROR);
            return Self::TooLarge { told };
        }
        if let Some(NoData) = inner.and_then(|inner| inner.downcast_ref()) {
            return Self::WithoutData;
        }
        match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(engine) => Self::after(refusal, engine.clone()),
            None if error.kind() == io::ErrorKind::UnexpectedEof => Self::PeerClosed { begun },
            None => Self::Io(error),
        }
    }

    /// A peer whose first bytes are these, and whose handshake has failed, if they are no TLS that is spoken.
    #[must_use]
    pub fn of_first_bytes(first: &FirstBytes) -> Option<Self> {
        match first.beginning() {
            Beginning::Nothing | Beginning::LikeTls => None,
            Beginning::LikeSsl2 => Some(Self::BrokenHello(BrokenHello::Ssl2)),
            Beginning::Unclear | Beginning::Plain => Some(Self::PlainText {
                start: first.clone(),
            }),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the engine's enum grows; what has no words of ours is told in its own"
    )]
    fn of_incompatible(why: PeerIncompatible) -> Self {
        match why {
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled => Self::NoCommonVersion,
            PeerIncompatible::SignatureAlgorithmsExtensionRequired => Self::OldHello,
            PeerIncompatible::NoCipherSuitesInCommon => Self::NothingInCommon {
                what: "cipher suite",
            },
            PeerIncompatible::NoKxGroupsInCommon
            | PeerIncompatible::NamedGroupsExtensionRequired => Self::NothingInCommon {
                what: "group for the key exchange",
            },
            PeerIncompatible::NoSignatureSchemesInCommon
            | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
                Self::NothingInCommon {
                    what: "signature algorithm",
                }
            }
            other => Self::Protocol(other.into()),
        }
    }
}

/// How the engine tells that a client of TLS 1.2 has signatures for this kind of key, and none for its curve.
///
/// Source: rustls 0.23, `server/tls12.rs` (`emit_server_kx`). It has no variant for that, and sends no alert.
const NO_SCHEME: &str = "incompatible signing key";

/// What the engine sends for errors that have no words of ours, where that is one thing.
///
/// Source: rustls 0.23, `conn.rs` (`handle_deframe_error`, `process_msg`) and `common_state.rs`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine's enum grows; of what is not here it is not known what was sent"
)]
fn sent_by_engine(error: &rustls::Error) -> Option<Alert> {
    match error {
        rustls::Error::InvalidMessage(why) => Some(AlertDescription::from(*why).into()),
        rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. } => Some(Alert::UNEXPECTED_MESSAGE),
        rustls::Error::PeerSentOversizedRecord => Some(Alert::RECORD_OVERFLOW),
        rustls::Error::DecryptError => Some(Alert::BAD_RECORD_MAC),
        _ => None,
    }
}

/// Whoever never spoke has not stopped to.
fn did(begun: Begun) -> &'static str {
    match begun {
        Begun::Silent => "stayed",
        Begun::Speaking => "stopped",
    }
}

fn said(begun: Begun) -> &'static str {
    match begun {
        Begun::Silent => "without a word",
        Begun::Speaking => "in the middle of the handshake",
    }
}

#[cfg(test)]
mod tests;
