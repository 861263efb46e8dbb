//! Why a connection failed, as one word of a closed list: logs of tunnels have it beside the sentence, and whoever explains
//! failures reads it there.
//!
//! A sentence is for people, and has texts of the peer in it; a word has none. Invariant: every word is read back as the
//! cause that it was written for, and no text of a peer has a say in which word it is.

pub mod trouble;

use std::fmt;
use std::io;
use std::str::FromStr;

use rustls::HandshakeType;
use trustpack_judge::reason::Reason;

use self::trouble::{Trouble, Whose};
use crate::handshake::{Begun, Failure};
use crate::peer::PeerRefused;

/// Why a connection failed, as the end that tells it has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It refused the certificate of the other one.
    Refused(Trouble, Whose),
    /// The certificate of the other one cannot be read.
    Unreadable,
    /// The other one sent more certificates than are looked at.
    TooManyCertificates,
    /// The other one presented no certificate.
    NoCertificate,
    /// The other one has not the key of its certificate.
    NotItsKey,
    /// No version in common.
    NoVersion,
    /// No suite in common.
    NoSuite,
    /// Something else that both must have in common.
    NothingInCommon,
    /// The other one takes no signature of the key of the one that tells.
    NoSignature,
    /// The other one refused, with this alert.
    Alert(u8),
    /// The other one speaks no TLS.
    PlainText,
    /// What came begins like TLS and is none.
    BrokenHello,
    /// It closed before TLS was up.
    Closed(Begun),
    /// It stopped to answer before TLS was up.
    TimedOut(Begun),
    /// A client from whom the first word was due said none.
    Silent,
    /// Too large a message.
    TooLarge,
    /// It sends back what it gets.
    Echo,
    /// The protocol was broken.
    Protocol,
    /// The connection broke before TLS was up.
    Broke,
    /// TLS was up, and the other end broke it off.
    PeerBroke,
    /// The connection to the program on the plain side broke.
    ProgramBroke,
    /// Whom a tunnel leads to could not be reached.
    NotReached(Unreached),
    /// The PROXY header that is demanded did not come, or is no good.
    ProxyHeader(HeaderFault),
    /// There are as many connections or callers as there may be, and none of them went in time.
    NoRoom,
    /// The end that tells signed for others until the time for this handshake was over.
    TooBusy,
    /// Nothing moved for too long.
    Idle,
    /// The settings demand TLS, which cannot be set up: nobody is let through.
    Shut,
    /// It was in plain text, and the settings do not allow that any more.
    NoMorePlain,
    /// The settings no longer have the tunnel.
    TunnelGone,
    /// The tunnel was stopped.
    Stopped,
}

/// Why a target could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unreached {
    /// Its name has no address.
    NoAddress,
    /// Nobody listens there.
    NobodyListens,
    /// Nothing came back.
    NoAnswer,
    /// This process may open no more files.
    TooManyFiles,
    /// This process may not connect there.
    Forbidden,
    /// Something else.
    Other,
}

/// What is wrong with a PROXY header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeaderFault {
    /// Something else came, or not all of it.
    Missing,
    /// It has a version that is not taken.
    Version,
    /// It is not as it must be.
    Broken,
    /// The caller went without a word, as a check of the port does.
    Silent,
    /// The caller is none of those that may send one.
    Unnamed,
}

/// The word is none of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no cause of a failure that is known here")]
pub struct UnknownCause;

/// Before the number of an alert.
const ALERT: &str = "alert-";

/// Before the trouble of a certificate that is trusted.
const TRUSTED: &str = "trusted-ca-";

impl Cause {
    /// Those that have a word of their own, whatever the certificate or alert.
    pub const PLAIN: [Self; 39] = [
        Self::Unreadable,
        Self::TooManyCertificates,
        Self::NoCertificate,
        Self::NotItsKey,
        Self::NoVersion,
        Self::NoSuite,
        Self::NothingInCommon,
        Self::NoSignature,
        Self::PlainText,
        Self::BrokenHello,
        Self::Closed(Begun::Silent),
        Self::Closed(Begun::Speaking),
        Self::TimedOut(Begun::Silent),
        Self::TimedOut(Begun::Speaking),
        Self::Silent,
        Self::TooLarge,
        Self::Echo,
        Self::Protocol,
        Self::Broke,
        Self::PeerBroke,
        Self::ProgramBroke,
        Self::NotReached(Unreached::NoAddress),
        Self::NotReached(Unreached::NobodyListens),
        Self::NotReached(Unreached::NoAnswer),
        Self::NotReached(Unreached::TooManyFiles),
        Self::NotReached(Unreached::Forbidden),
        Self::NotReached(Unreached::Other),
        Self::ProxyHeader(HeaderFault::Missing),
        Self::ProxyHeader(HeaderFault::Version),
        Self::ProxyHeader(HeaderFault::Broken),
        Self::ProxyHeader(HeaderFault::Silent),
        Self::ProxyHeader(HeaderFault::Unnamed),
        Self::NoRoom,
        Self::TooBusy,
        Self::Idle,
        Self::Shut,
        Self::NoMorePlain,
        Self::TunnelGone,
        Self::Stopped,
    ];

    /// The cause behind a failure of our own engine.
    #[must_use]
    pub fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::PeerRefused(refused) => match &**refused {
                PeerRefused::Rejected { rejected, .. } => Self::of_reason(&rejected.first),
                PeerRefused::Unreadable(_) => Self::Unreadable,
                PeerRefused::TooMany { .. } => Self::TooManyCertificates,
            },
            Failure::NoCertificate { .. } => Self::NoCertificate,
            Failure::NotItsKey => Self::NotItsKey,
            Failure::NoCommonVersion | Failure::OldClient(_) | Failure::OldHello => Self::NoVersion,
            Failure::NothingInCommon { what } if *what == "cipher suite" => Self::NoSuite,
            Failure::NothingInCommon { what } if *what == "signature algorithm" => {
                Self::NoSignature
            }
            Failure::NothingInCommon { .. } => Self::NothingInCommon,
            Failure::NoSignature => Self::NoSignature,
            Failure::PeerAlert(alert) => Self::Alert(alert.number()),
            Failure::PlainText { .. } => Self::PlainText,
            Failure::BrokenHello(_) => Self::BrokenHello,
            Failure::PeerClosed { begun } => Self::Closed(*begun),
            Failure::TimedOut { begun, .. } => Self::TimedOut(*begun),
            Failure::TooLarge { .. } => Self::TooLarge,
            Failure::Silent { .. } => Self::Silent,
            // A server never sends a client's hello.
            Failure::Protocol(rustls::Error::InappropriateHandshakeMessage {
                got_type: HandshakeType::ClientHello,
                ..
            }) => Self::Echo,
            Failure::Protocol(_) | Failure::WithoutData => Self::Protocol,
            Failure::CutShort => Self::PeerBroke,
            Failure::TrustEnded(ended) => Self::of_reason(&ended.reason),
            Failure::Io(_) => Self::Broke,
        }
    }

    /// The cause behind a reason of the judge.
    #[must_use]
    pub fn of_reason(reason: &Reason) -> Self {
        let (trouble, whose) = Trouble::of_reason(reason);
        Self::Refused(trouble, whose)
    }

    /// The cause behind a failure of a connection on which TLS was up.
    #[must_use]
    pub fn of_later_failure(failure: &Failure) -> Self {
        let cause = Self::of_failure(failure);
        if matches!(cause, Self::Closed(_) | Self::TimedOut(_) | Self::Broke) {
            Self::PeerBroke
        } else {
            cause
        }
    }
}

impl Unreached {
    /// Why connecting has failed.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        let kinds = [
            (io::ErrorKind::ConnectionRefused, Self::NobodyListens),
            (io::ErrorKind::TimedOut, Self::NoAnswer),
            (io::ErrorKind::PermissionDenied, Self::Forbidden),
        ];
        let found = kinds.iter().find(|(kind, _)| *kind == error.kind());
        match found {
            Some((_, why)) => *why,
            None if is_lack_of_files(error) => Self::TooManyFiles,
            None => Self::Other,
        }
    }
}

/// Whether this process or this machine may open no more files.
///
/// Source: `errno.h` of Linux and of the BSDs: ENFILE is 23, EMFILE is 24.
fn is_lack_of_files(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(number) => write!(f, "{ALERT}{number}"),
            Self::Refused(trouble, Whose::Presented) => f.write_str(trouble.word()),
            Self::Refused(trouble, Whose::Trusted) => write!(f, "{TRUSTED}{}", trouble.word()),
            Self::Unreadable => f.write_str("unreadable-certificate"),
            Self::TooManyCertificates => f.write_str("too-many-certificates"),
            Self::NoCertificate => f.write_str("no-certificate"),
            Self::NotItsKey => f.write_str("not-its-key"),
            Self::NoVersion => f.write_str("no-version"),
            Self::NoSuite => f.write_str("no-suite"),
            Self::NothingInCommon => f.write_str("nothing-in-common"),
            Self::NoSignature => f.write_str("no-signature"),
            Self::PlainText => f.write_str("plain-text"),
            Self::BrokenHello => f.write_str("broken-hello"),
            Self::Closed(Begun::Silent) => f.write_str("silent-close"),
            Self::Closed(Begun::Speaking) => f.write_str("closed"),
            Self::TimedOut(Begun::Silent) => f.write_str("silent-timeout"),
            Self::TimedOut(Begun::Speaking) => f.write_str("timeout"),
            Self::Silent => f.write_str("silent-client"),
            Self::TooLarge => f.write_str("too-large"),
            Self::Echo => f.write_str("echo"),
            Self::Protocol => f.write_str("protocol"),
            Self::Broke => f.write_str("broke"),
            Self::PeerBroke => f.write_str("peer-broke"),
            Self::ProgramBroke => f.write_str("program-broke"),
            Self::NotReached(Unreached::NoAddress) => f.write_str("no-address"),
            Self::NotReached(Unreached::NobodyListens) => f.write_str("nobody-listens"),
            Self::NotReached(Unreached::NoAnswer) => f.write_str("no-answer"),
            Self::NotReached(Unreached::TooManyFiles) => f.write_str("too-many-files"),
            Self::NotReached(Unreached::Forbidden) => f.write_str("forbidden"),
            Self::NotReached(Unreached::Other) => f.write_str("not-reached"),
            Self::ProxyHeader(HeaderFault::Missing) => f.write_str("no-proxy-header"),
            Self::ProxyHeader(HeaderFault::Version) => f.write_str("proxy-header-version"),
            Self::ProxyHeader(HeaderFault::Broken) => f.write_str("broken-proxy-header"),
            Self::ProxyHeader(HeaderFault::Silent) => f.write_str("silent-proxy"),
            Self::ProxyHeader(HeaderFault::Unnamed) => f.write_str("unnamed-proxy"),
            Self::NoRoom => f.write_str("no-room"),
            Self::TooBusy => f.write_str("too-busy"),
            Self::Idle => f.write_str("idle"),
            Self::Shut => f.write_str("shut"),
            Self::NoMorePlain => f.write_str("no-more-plain-text"),
            Self::TunnelGone => f.write_str("tunnel-gone"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(word: &str) -> Result<Self, UnknownCause> {
        if let Some(cause) = Self::PLAIN.iter().find(|cause| cause.to_string() == word) {
            return Ok(*cause);
        }
        if let Some(number) = word.strip_prefix(ALERT) {
            return number.parse().map(Self::Alert).map_err(|_| UnknownCause);
        }
        let (word, whose) = match word.strip_prefix(TRUSTED) {
            Some(word) => (word, Whose::Trusted),
            None => (word, Whose::Presented),
        };
        let found = Trouble::ALL.into_iter().find(|one| one.word() == word);
        found
            .map(|trouble| Self::Refused(trouble, whose))
            .ok_or(UnknownCause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        let whose = [Whose::Presented, Whose::Trusted];
        let refused = Trouble::ALL
            .into_iter()
            .flat_map(|trouble| whose.map(|whose| Cause::Refused(trouble, whose)));
        let alerts = [0, 48, 255].map(Cause::Alert);
        let all = refused.chain(Cause::PLAIN).chain(alerts);
        let mut words = std::collections::BTreeSet::new();
        for cause in all {
            let word = cause.to_string();
            assert_eq!(word.parse(), Ok(cause), "{word}");
            assert!(words.insert(word), "{cause:?} has the word of another");
        }
        for unknown in ["", "alert-", "alert-256", "trusted-ca-", "a b"] {
            assert_eq!(unknown.parse::<Cause>(), Err(UnknownCause));
        }
    }

    #[test]
    fn a_lack_of_files_is_told_from_a_refusal() {
        let of = |number| Unreached::of(&io::Error::from_raw_os_error(number));
        assert_eq!(of(24), Unreached::TooManyFiles);
        assert_eq!(of(111), Unreached::NobodyListens);
    }
}
