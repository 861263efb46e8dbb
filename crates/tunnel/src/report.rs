//! One line in the log for each connection, when it is over.
//!
//! Written through `tracing`: what failed as a warning, an orderly end as information. The message
//! reads alone, the same values stand beside it as fields; why it ended is always the field `reason`.
//! Texts of peers stand in quotes and escaped.
//!
//! Invariant: a connection is reported exactly once, whatever became of it: by a line of its own or, where many ended
//! before there was anything to judge, by one for them all ([`repeats`]).
//!
//! Long because every end of a connection stands here with its words.

pub mod repeats;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tracing::{info, warn};
use trustpack_settings::endpoint::Role;
use trustpack_settings::place::Place;
use trustpack_tls::alert::Alert;
use trustpack_tls::cause::{Cause, HeaderFault};
use trustpack_tls::connections::TrustEnded;
use trustpack_tls::established::Resumed;
use trustpack_tls::handshake::{Begun, Failure};
use trustpack_tls::keeper::open::TlsDemanded;

use self::repeats::Repeats;
use crate::course::Agreed;
use crate::dial::NotReached;
use crate::proxy_header::InvalidHeader;
use crate::proxying::NoHeader;
use crate::rooms::NoRoom;

/// Who is at the other end of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remote {
    /// Somebody at this address.
    Tcp(SocketAddr),
    /// A program of this machine, through a UNIX socket.
    Unix,
}

/// A connection that is over.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) place: &'a Place,
    /// Which end of TLS this is.
    pub(crate) role: Role,
    /// Which of the two ends is the peer on the network, and which the program.
    pub(crate) ends: Ends,
    /// What the handshake gave, if it succeeded.
    pub(crate) agreed: Option<&'a Agreed>,
    pub(crate) carried: Carried,
}

/// The two ends of a connection, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ends {
    /// On the network.
    pub(crate) peer: Option<Remote>,
    /// On the plain side.
    pub(crate) program: Option<Remote>,
    /// Who passed the connection on, if it said by a PROXY header who really called.
    pub(crate) via: Option<Remote>,
}

/// What became of a connection.
#[derive(Debug)]
pub(crate) struct Carried {
    /// Why it ended.
    pub(crate) end: End,
    /// Bytes of the program at the other end, without TLS.
    pub(crate) bytes_in: u64,
    /// Bytes of the program of this machine, without TLS.
    pub(crate) bytes_out: u64,
    /// What else is to be said of it.
    pub(crate) note: Option<Note>,
}

/// A client that spoke something else than a port is for, or will be for one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// TLS, to a port that is left open.
    TlsAtPlainPort,
    /// Plain text, to a port that takes both: it cannot be closed to plain text yet.
    PlainText,
}

/// Why a connection ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Both sides were done.
    InOrder,
    /// It did not begin with the PROXY header that is demanded.
    NoHeader(NoHeader),
    /// The handshake failed.
    Refused(Failure),
    /// The time for the handshake was over before this process came to it, since it signed for others.
    TooBusy(Duration),
    /// It was to be carried in plain text, and the settings demand TLS that is not set up.
    Shut(TlsDemanded),
    /// The peer refused or ended after the handshake, with an alert: a server under TLS 1.3 that
    /// does not take our certificate says so only then.
    PeerAlert(Alert),
    /// The settings or files have changed, and the peer is no longer trusted.
    TrustEnded(Box<TrustEnded>),
    /// The connection to the peer broke.
    PeerBroke(Failure),
    /// The peer closed it without ending TLS, after the last bytes had gone to it: many programs do once they have their answer.
    PeerLeft,
    /// The connection to a program broke; without TLS, on either side.
    ProgramBroke(io::Error),
    /// Whom the tunnel leads to could not be reached.
    NotReached(NotReached),
    /// There was no room for it, and nobody went in time.
    NoRoom(NoRoom),
    /// Nothing moved for this long.
    Idle(Duration),
    /// The tunnel was stopped and did not wait any longer.
    Cut,
    /// The settings no longer have its tunnel, and it was not waited for any longer.
    TunnelGone,
    /// It was in plain text, and the settings do not allow that any more.
    NoMorePlain,
}

impl End {
    /// Whether both sides saw an orderly end.
    pub(crate) fn is_orderly(&self) -> bool {
        match self {
            Self::InOrder => true,
            Self::NoHeader(_)
            | Self::Refused(_)
            | Self::TooBusy(_)
            | Self::Shut(_)
            | Self::PeerAlert(_)
            | Self::TrustEnded(_)
            | Self::PeerBroke(_)
            | Self::PeerLeft
            | Self::ProgramBroke(_)
            | Self::NotReached(_)
            | Self::NoRoom(_)
            | Self::Idle(_)
            | Self::TunnelGone
            | Self::NoMorePlain
            | Self::Cut => false,
        }
    }

    /// Whether somebody should look at it: a connection did not come about, or broke. A close at the
    /// idle limit is what was asked for; what is cut is named when the tunnel stops; a peer that goes
    /// without a word is a health check or a scan.
    pub(crate) fn is_failure(&self) -> bool {
        match self {
            Self::Refused(Failure::PeerClosed {
                begun: Begun::Silent,
            })
            | Self::NoHeader(NoHeader::Silent) => false,
            Self::NoHeader(_)
            | Self::Refused(_)
            | Self::TooBusy(_)
            | Self::Shut(_)
            | Self::PeerAlert(_)
            | Self::TrustEnded(_)
            | Self::PeerBroke(_)
            | Self::ProgramBroke(_)
            | Self::NoMorePlain
            | Self::TunnelGone
            | Self::NoRoom(_)
            | Self::NotReached(_) => true,
            Self::InOrder | Self::PeerLeft | Self::Idle(_) | Self::Cut => false,
        }
    }

    /// Whether one of them alone is nothing to look at, though it is remembered as a failure: a caller who connects and says
    /// nothing is a check or a scan, and only many of them mean something. A server that says nothing hangs.
    fn is_slight(&self, role: Role) -> bool {
        let silent = |failure: &Failure| {
            matches!(
                failure,
                Failure::TimedOut {
                    begun: Begun::Silent,
                    ..
                }
            )
        };
        role == Role::Server && matches!(self, Self::Refused(failure) if silent(failure))
    }

    /// Whether nobody can say more of it than its cause: a caller went or hung, or its turn did not come, before there was
    /// anything to judge. Of many such a few have a line of their own.
    fn is_half_open(&self) -> bool {
        match self {
            Self::Refused(failure) => matches!(
                failure,
                Failure::PeerClosed { .. }
                    | Failure::TimedOut { .. }
                    | Failure::Silent { .. }
                    | Failure::Io(_)
            ),
            Self::NoHeader(error) => matches!(
                error,
                NoHeader::Silent | NoHeader::Closed | NoHeader::TimedOut { .. }
            ),
            Self::TooBusy(_) => true,
            Self::InOrder
            | Self::Shut(_)
            | Self::PeerAlert(_)
            | Self::TrustEnded(_)
            | Self::PeerBroke(_)
            | Self::PeerLeft
            | Self::ProgramBroke(_)
            | Self::NotReached(_)
            | Self::NoRoom(_)
            | Self::Idle(_)
            | Self::Cut
            | Self::TunnelGone
            | Self::NoMorePlain => false,
        }
    }
}

impl End {
    /// The same as a word of a closed list, in which no peer has a say; nothing for an end in order.
    pub(crate) fn cause(&self) -> Option<Cause> {
        Some(match self {
            Self::InOrder => return None,
            Self::NoHeader(error) => Cause::ProxyHeader(match error {
                NoHeader::Invalid(InvalidHeader::Other { .. })
                | NoHeader::Closed
                | NoHeader::TimedOut { .. }
                | NoHeader::Io(_) => HeaderFault::Missing,
                NoHeader::Invalid(InvalidHeader::Version { .. }) => HeaderFault::Version,
                NoHeader::Invalid(
                    InvalidHeader::LineTooLong
                    | InvalidHeader::Line(_)
                    | InvalidHeader::Command { .. }
                    | InvalidHeader::Family { .. }
                    | InvalidHeader::TooLong { .. }
                    | InvalidHeader::AddressesCut { .. }
                    | InvalidHeader::FactCut { .. }
                    | InvalidHeader::Checksum { .. },
                ) => HeaderFault::Broken,
                NoHeader::Silent => HeaderFault::Silent,
                NoHeader::OfSomebodyElse { .. } => HeaderFault::Unnamed,
            }),
            Self::Refused(failure) => Cause::of_failure(failure),
            Self::TooBusy(_) => Cause::TooBusy,
            Self::Shut(_) => Cause::Shut,
            Self::PeerAlert(alert) => Cause::Alert(alert.number()),
            Self::TrustEnded(ended) => Cause::of_reason(&ended.reason),
            Self::PeerBroke(failure) => Cause::of_later_failure(failure),
            Self::PeerLeft => Cause::PeerBroke,
            Self::ProgramBroke(_) => Cause::ProgramBroke,
            Self::NotReached(error) => Cause::NotReached(error.why),
            Self::NoRoom(_) => Cause::NoRoom,
            Self::Idle(_) => Cause::Idle,
            Self::Cut => Cause::Stopped,
            Self::TunnelGone => Cause::TunnelGone,
            Self::NoMorePlain => Cause::NoMorePlain,
        })
    }
}

/// A line at the level that its end deserves. The levels of `tracing` are part of the place in the
/// code, so that each needs a place of its own.
macro_rules! log_line {
    ($warns:expr, $($line:tt)*) => {
        if $warns {
            warn!($($line)*);
        } else {
            info!($($line)*);
        }
    };
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InOrder => f.write_str("both sides were done"),
            Self::NoHeader(error) => error.fmt(f),
            Self::Refused(failure) => failure.fmt(f),
            Self::TooBusy(limit) => write!(
                f,
                "the handshake was not done after {limit:?}: this process was busy with the signatures of others"
            ),
            Self::Shut(demanded) => demanded.fmt(f),
            Self::TrustEnded(ended) => ended.fmt(f),
            Self::PeerAlert(alert) => write!(f, "the peer refused with the alert {alert}"),
            Self::PeerBroke(Failure::CutShort) => {
                f.write_str("the peer broke off, without ending TLS")
            }
            Self::PeerLeft => f.write_str(
                "the peer closed the connection without ending TLS, after the last data had gone to it",
            ),
            Self::PeerBroke(failure) => write!(f, "the connection to the peer broke: {failure}"),
            Self::ProgramBroke(error) => write!(f, "the connection to the program broke: {error}"),
            Self::NotReached(error) => error.fmt(f),
            Self::NoRoom(no_room) => no_room.fmt(f),
            Self::Idle(limit) => write!(f, "nothing moved for {limit:?}"),
            Self::Cut => f.write_str("cut at the stop"),
            Self::TunnelGone => {
                f.write_str("cut: the settings no longer have this tunnel, and the limit for draining was reached")
            }
            Self::NoMorePlain => f.write_str(
                "cut: it was in plain text, and the settings do not allow that here any more",
            ),
        }
    }
}

/// Characters of a text in a line of the log, at its begin and at its end; what is between is left out.
///
/// Source: ours; the lines of several such texts stay below the 8 KiB at which rsyslog cuts by default, and the end often
/// says what was expected.
const SHOWN: (usize, usize) = (1200, 400);

/// A text that may hold what peers have put into their certificates, which is as long as they like.
pub(crate) fn bounded(text: String) -> String {
    let (first, last) = SHOWN;
    let count = text.chars().count();
    // A little too long is shown whole: to say what is left out takes room too.
    if count <= first.saturating_add(last).saturating_add(100) {
        return text;
    }
    let left_out = count.saturating_sub(first).saturating_sub(last);
    let begin: String = text.chars().take(first).collect();
    let end: String = text.chars().skip(count.saturating_sub(last)).collect();
    format!("{begin} ... ({left_out} characters are left out) ... {end}")
}

impl Report<'_> {
    /// Writes its line, unless it is one of many that are alike: then it is counted there, and told with them.
    pub(crate) fn log(&self, repeats: &Repeats) {
        let carried = &self.carried;
        match (&carried.end, self.agreed) {
            (end, _) if end.is_half_open() => {
                let refused = self.refused();
                let Some(cause) = end.cause() else {
                    return refused.log();
                };
                if let Some(refused) = repeats.note(cause, refused, Instant::now()) {
                    refused.log();
                }
            }
            (End::Refused(_), _) => self.refused().log(),
            (End::PeerAlert(_), Some(agreed)) if carried.bytes_in == 0 => {
                self.log_agreed("handshake refused by the peer", agreed);
            }
            (_, Some(agreed)) => self.log_agreed("connection ended", agreed),
            (end, None) => log_line!(
                end.is_failure(),
                reason = bounded(carried.end.to_string()),
                place = self.place.to_string(),
                role = %self.role,
                cause = self.carried.end.cause().map(display),
                peer = self.ends.peer.map(display),
                program = self.ends.program.map(display),
                via = self.ends.via.map(display),
                bytes_in = carried.bytes_in,
                bytes_out = carried.bytes_out,
                note = carried.note.map(|note| note.to_string()),
                "connection ended"
            ),
        }
    }

    /// What is said of a connection that did not come about.
    fn refused(&self) -> Refused {
        let end = &self.carried.end;
        let failure = match end {
            End::Refused(failure) => Some(failure),
            End::InOrder
            | End::NoHeader(_)
            | End::TooBusy(_)
            | End::Shut(_)
            | End::PeerAlert(_)
            | End::TrustEnded(_)
            | End::PeerBroke(_)
            | End::PeerLeft
            | End::ProgramBroke(_)
            | End::NotReached(_)
            | End::NoRoom(_)
            | End::Idle(_)
            | End::Cut
            | End::TunnelGone
            | End::NoMorePlain => None,
        };
        let later = failure.map(Failure::later).unwrap_or_default();
        Refused {
            warns: end.is_failure() && !end.is_slight(self.role),
            of_handshake: failure.is_some() || matches!(end, End::TooBusy(_)),
            step: failure.and_then(Failure::step).map(|step| step.to_string()),
            reason: bounded(end.to_string()),
            alert_sent: failure
                .and_then(Failure::sent)
                .map(|alert| alert.to_string()),
            later: (!later.is_empty()).then(|| bounded(later.join("; "))),
            place: self.place.to_string(),
            role: self.role,
            cause: end.cause(),
            ends: self.ends,
            times: None,
        }
    }

    fn log_agreed(&self, message: &'static str, agreed: &Agreed) {
        log_line!(
            self.carried.end.is_failure(),
            reason = bounded(self.carried.end.to_string()),
            place = self.place.to_string(),
            role = %self.role,
            cause = self.carried.end.cause().map(display),
            peer = self.ends.peer.map(display),
            program = self.ends.program.map(display),
            via = self.ends.via.map(display),
            subject = agreed.subject.as_deref(),
            version = agreed.version.map(|version| version.to_string()),
            suite = agreed.suite,
            group = agreed.group,
            resumed = agreed.resumed == Resumed::Yes,
            bytes_in = self.carried.bytes_in,
            bytes_out = self.carried.bytes_out,
            "{message}"
        );
    }
}

/// The line of a connection that did not come about.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    warns: bool,
    /// Of its handshake, not of what comes before it.
    of_handshake: bool,
    step: Option<String>,
    reason: String,
    alert_sent: Option<String>,
    later: Option<String>,
    place: String,
    role: Role,
    cause: Option<Cause>,
    ends: Ends,
    /// How many it stands for, if for more than itself.
    times: Option<u64>,
}

impl Refused {
    /// The same for so many, of which it was the last. Many of those that mean nothing alone mean something.
    pub(crate) fn of_many(self, times: u64) -> Self {
        Self {
            warns: true,
            times: Some(times),
            ..self
        }
    }

    pub(crate) fn log(&self) {
        let message = if self.of_handshake {
            "handshake refused"
        } else {
            "connection ended"
        };
        let bytes = (!self.of_handshake).then_some(0_u64);
        log_line!(
            self.warns,
            step = self.step.as_deref(),
            reason = self.reason,
            alert_sent = self.alert_sent.as_deref(),
            later = self.later.as_deref(),
            place = self.place,
            role = %self.role,
            cause = self.cause.map(display),
            peer = self.ends.peer.map(display),
            program = self.ends.program.map(display),
            via = self.ends.via.map(display),
            bytes_in = bytes,
            bytes_out = bytes,
            times = self.times,
            "{message}"
        );
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TlsAtPlainPort => "the client spoke TLS, but the settings leave this port open",
            Self::PlainText => "the client spoke plain text; this port takes TLS too",
        })
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

#[cfg(test)]
mod tests;
