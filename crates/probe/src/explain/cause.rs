//! The causes of failures, whatever they were learnt from.
//!
//! Invariant: a cause says who told, so that the ends are not mixed up.

use trustpack_tls::handshake::{Begun, Failure};
use trustpack_tls::peer::PeerRefused;

use super::trouble::{Trouble, Whose};

/// Why a connection failed, as the end that tells it has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It refused the certificate of the other one.
    Refused(Trouble, Whose),
    /// The certificate of the other one cannot be read, or there are too many.
    Unreadable,
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
    /// The other one refused, with this alert.
    Alert(u8),
    /// The other one speaks no TLS.
    PlainText,
    /// What came begins like TLS and is none.
    BrokenHello,
    /// It closed.
    Closed(Begun),
    /// It stopped to answer.
    TimedOut(Begun),
    /// A client from whom the first word was due said none.
    Silent,
    /// Too large a message.
    TooLarge,
    /// It sends back what it gets.
    Echo,
    /// The protocol was broken.
    Protocol,
    /// Nobody could be reached behind a tunnel.
    NotReached,
    /// The connection broke.
    Broke,
}

impl Cause {
    /// The cause behind a failure of our own engine.
    #[must_use]
    pub fn of_failure(failure: &Failure) -> Self {
        match failure {
            Failure::PeerRefused(refused) => match &**refused {
                PeerRefused::Rejected { rejected, .. } => {
                    let (trouble, whose) = Trouble::of_reason(&rejected.first);
                    Self::Refused(trouble, whose)
                }
                PeerRefused::Unreadable(_) | PeerRefused::TooMany { .. } => Self::Unreadable,
            },
            Failure::NoCertificate { .. } => Self::NoCertificate,
            Failure::NotItsKey => Self::NotItsKey,
            Failure::NoCommonVersion | Failure::OldClient(_) | Failure::OldHello => Self::NoVersion,
            Failure::NothingInCommon { what } if *what == "cipher suite" => Self::NoSuite,
            Failure::NothingInCommon { .. } => Self::NothingInCommon,
            Failure::PeerAlert(alert) => Self::Alert(alert.number()),
            Failure::PlainText { .. } => Self::PlainText,
            Failure::BrokenHello(_) => Self::BrokenHello,
            Failure::PeerClosed { begun } => Self::Closed(*begun),
            Failure::TimedOut { begun, .. } => Self::TimedOut(*begun),
            Failure::TooLarge => Self::TooLarge,
            Failure::Silent { .. } => Self::Silent,
            // A server never sends a client's hello.
            Failure::Protocol(error) if error.to_string().contains("ClientHello") => Self::Echo,
            Failure::Protocol(_) => Self::Protocol,
            Failure::TrustEnded(ended) => {
                let (trouble, whose) = Trouble::of_reason(&ended.reason);
                Self::Refused(trouble, whose)
            }
            Failure::Io(_) => Self::Broke,
        }
    }

    /// The cause that the sentence of a log means; `None` if it is none that is known.
    #[must_use]
    pub fn of_sentence(sentence: &str) -> Option<Self> {
        if let Some((_, alert)) = sentence.split_once("refused with the alert ") {
            let digits = alert.chars().filter(char::is_ascii_digit);
            return digits.collect::<String>().parse().ok().map(Self::Alert);
        }
        let known = SENTENCES.iter().find(|(words, _)| sentence.contains(words));
        match known {
            Some((_, cause)) => Some(*cause),
            None => {
                Trouble::of_sentence(sentence).map(|(trouble, whose)| Self::Refused(trouble, whose))
            }
        }
    }
}

/// How the sentences of the log are told apart: words, and what they mean.
const SENTENCES: &[(&str, Cause)] = &[
    ("presented no certificate", Cause::NoCertificate),
    (
        "does not match the certificate of the peer",
        Cause::NotItsKey,
    ),
    ("there is no version of TLS", Cause::NoVersion),
    ("there is no cipher suite", Cause::NoSuite),
    ("that both ends allow", Cause::NothingInCommon),
    ("plain text instead of TLS", Cause::PlainText),
    ("hello is broken", Cause::BrokenHello),
    (
        "closed the connection without a word",
        Cause::Closed(Begun::Silent),
    ),
    ("closed the connection", Cause::Closed(Begun::Speaking)),
    (
        "the peer stopped without a word",
        Cause::TimedOut(Begun::Silent),
    ),
    ("the peer stopped", Cause::TimedOut(Begun::Speaking)),
    ("said nothing for", Cause::Silent),
    ("more in one message of the handshake", Cause::TooLarge),
    ("certificate of the peer cannot be read", Cause::Unreadable),
    ("certificates; at most", Cause::Unreadable),
    ("broke the TLS protocol", Cause::Protocol),
    ("was not reached", Cause::NotReached),
    ("broke off", Cause::Broke),
    ("broke:", Cause::Broke),
    ("the connection failed", Cause::Broke),
];
