//! The words under which handshakes and connections are counted: few, and the same for ever.
//!
//! Invariant: whatever a peer does, it is counted under one of these words.

use std::fmt;
use std::marker::PhantomData;

use trustpack_judge::reason::Step;
use trustpack_tls::handshake::{Begun, Failure};

use crate::figures::Counter;
use crate::proxying::NoHeader;
use crate::report::End;

/// Words that are counted under.
pub trait Word: Copy + PartialEq + 'static {
    /// All of them, in the order in which they are shown.
    const WORDS: &'static [Self];

    /// As it is shown.
    fn name(self) -> &'static str;
}

/// A counter for each word.
pub(crate) struct Tally<W, const N: usize> {
    counters: [Counter; N],
    of: PhantomData<W>,
}

impl<W, const N: usize> Default for Tally<W, N> {
    fn default() -> Self {
        Self {
            counters: std::array::from_fn(|_| Counter::default()),
            of: PhantomData,
        }
    }
}

impl<W: Word, const N: usize> Tally<W, N> {
    /// Counts one.
    pub(crate) fn count(&self, word: W) {
        let counters = W::WORDS.iter().zip(&self.counters);
        for (_, counter) in counters.filter(|(other, _)| **other == word) {
            counter.add(1);
        }
    }

    /// Every word with its count.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (W, u64)> {
        let counters = self.counters.iter().map(Counter::get);
        W::WORDS.iter().copied().zip(counters)
    }

    pub(crate) fn sum(&self) -> u64 {
        let counts = self.counters.iter().map(Counter::get);
        counts.fold(0, u64::saturating_add)
    }
}

impl<W: Word, const N: usize> fmt::Debug for Tally<W, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts().map(|(word, count)| (word.name(), count));
        f.debug_map().entries(counts).finish()
    }
}

/// Why a handshake did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// No version, suite, group or the like in common, or the peer broke the protocol.
    Protocol,
    /// The peer does not speak TLS.
    PlainText,
    /// No path from the peer's certificate to a trusted CA, or a weak one.
    Path,
    /// The peer presented no certificate.
    NoCertificate,
    /// Another name.
    Name,
    /// Not yet valid, or no more.
    Dates,
    /// Revoked, or it is not known whether.
    Revocation,
    /// Its name is not allowed.
    AllowedNames,
    /// The peer refused us.
    PeerAlert,
    /// The peer went away in the middle.
    PeerClosed,
    /// The peer went away without a word, as a check of the port does.
    SilentClose,
    /// It took too long.
    TimedOut,
    /// The connection failed.
    Connection,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Protocol,
        Self::PlainText,
        Self::Path,
        Self::NoCertificate,
        Self::Name,
        Self::Dates,
        Self::Revocation,
        Self::AllowedNames,
        Self::PeerAlert,
        Self::PeerClosed,
        Self::SilentClose,
        Self::TimedOut,
        Self::Connection,
    ];

    /// Under which word a failure is counted.
    pub(crate) fn of(failure: &Failure) -> Self {
        match failure {
            Failure::PlainText { .. } => Self::PlainText,
            Failure::NoCertificate { .. } => Self::NoCertificate,
            Failure::PeerAlert(_) => Self::PeerAlert,
            Failure::PeerClosed {
                begun: Begun::Silent,
            } => Self::SilentClose,
            Failure::PeerClosed {
                begun: Begun::Speaking,
            } => Self::PeerClosed,
            Failure::TimedOut { .. } | Failure::Silent { .. } => Self::TimedOut,
            Failure::Io(_) | Failure::CutShort => Self::Connection,
            Failure::PeerRefused(_)
            | Failure::NotItsKey
            | Failure::NoCommonVersion
            | Failure::OldClient(_)
            | Failure::OldHello
            | Failure::NothingInCommon { .. }
            | Failure::NoSignature
            | Failure::BrokenHello(_)
            | Failure::TooLarge { .. }
            | Failure::WithoutData
            | Failure::Protocol(_)
            | Failure::TrustEnded(_) => failure.step().map_or(Self::Protocol, Self::of_step),
        }
    }

    fn of_step(step: Step) -> Self {
        match step {
            Step::Protocol => Self::Protocol,
            Step::Path => Self::Path,
            Step::Name => Self::Name,
            Step::Dates => Self::Dates,
            Step::Revocation => Self::Revocation,
            Step::AllowedNames => Self::AllowedNames,
        }
    }
}

impl Word for Refusal {
    const WORDS: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::PlainText => "plain-text",
            Self::Path => "path",
            Self::NoCertificate => "no-certificate",
            Self::Name => "name",
            Self::Dates => "dates",
            Self::Revocation => "revocation",
            Self::AllowedNames => "allowed-names",
            Self::PeerAlert => "peer-alert",
            Self::PeerClosed => "peer-closed",
            Self::SilentClose => "silent-close",
            Self::TimedOut => "timed-out",
            Self::Connection => "connection",
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Both sides were done.
    InOrder,
    /// Its handshake did not come about.
    Refused,
    /// It did not begin with the PROXY header that is demanded.
    NoProxyHeader,
    /// The peer refused it after our part of the handshake.
    PeerAlert,
    /// The peer broke it off.
    PeerBroke,
    /// The program broke it off.
    ProgramBroke,
    /// Whom it leads to was not reached.
    NotReached,
    /// There was no room for it.
    NoRoom,
    /// Nothing moved for too long.
    Idle,
    /// Its peer is no longer trusted, or may not speak plain text any more.
    TrustEnded,
    /// The tunnel was stopped, or the settings no longer have it.
    Stop,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::InOrder,
        Self::Refused,
        Self::NoProxyHeader,
        Self::PeerAlert,
        Self::PeerBroke,
        Self::ProgramBroke,
        Self::NotReached,
        Self::NoRoom,
        Self::Idle,
        Self::TrustEnded,
        Self::Stop,
    ];

    /// Under which word an end is counted.
    pub(crate) fn of(end: &End) -> Self {
        match end {
            End::InOrder => Self::InOrder,
            End::Refused(_) | End::Shut(_) | End::NoHeader(NoHeader::Silent) => Self::Refused,
            End::NoHeader(_) => Self::NoProxyHeader,
            End::PeerAlert(_) => Self::PeerAlert,
            End::TrustEnded(_) | End::NoMorePlain => Self::TrustEnded,
            End::PeerBroke(_) => Self::PeerBroke,
            End::ProgramBroke(_) => Self::ProgramBroke,
            End::NotReached(_) => Self::NotReached,
            End::NoRoom(_) => Self::NoRoom,
            End::Idle(_) => Self::Idle,
            End::Cut | End::TunnelGone => Self::Stop,
        }
    }
}

impl Word for Ending {
    const WORDS: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        match self {
            Self::InOrder => "in-order",
            Self::Refused => "refused",
            Self::NoProxyHeader => "no-proxy-header",
            Self::PeerAlert => "peer-alert",
            Self::PeerBroke => "peer-broke",
            Self::ProgramBroke => "program-broke",
            Self::NotReached => "not-reached",
            Self::NoRoom => "no-room",
            Self::Idle => "idle",
            Self::TrustEnded => "trust-ended",
            Self::Stop => "stop",
        }
    }
}
