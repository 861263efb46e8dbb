//! A line of the log of a tunnel, as text or JSON, and the explanation of the failure that it tells.
//!
//! Why something failed is read from the field `cause`, in which no peer has a say; only lines that have none, as older
//! programs wrote them, are told by their sentences. Invariant: any text is read without fail; what is no such line is
//! `None`.

mod fields;
mod sentences;
mod unclear;

use std::net::{IpAddr, SocketAddr};

use trustpack_settings::endpoint::Role;
use trustpack_settings::finding::Code;
use trustpack_settings::place::Place;
use trustpack_tls::cause::trouble::Trouble;
use trustpack_tls::cause::{Cause, HeaderFault};
use trustpack_tls::handshake::Begun;
use trustpack_x509::time::Timestamp;

use self::fields::Fields;
use super::ends::Ends;
use super::start::{Lead, of_error};
use super::{At, Explanation, Who, other_files, protocol, remedy};
use crate::barred::{Barred, is_echo};

/// Bytes of a line that are read. Of one that is longer it is said that it is.
///
/// Source: ours; the longest reason lists ten names of 255 characters.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// Messages that tell of a failed handshake or of a connection that ended.
const OF_CONNECTIONS: [&str; 3] = [
    "connection ended",
    "handshake refused",
    "handshake refused by the peer",
];

/// Messages that tell of a tunnel that is not as its settings say.
const OF_TUNNELS: [&str; 3] = ["not started", "it stays as it was", "it is shut"];

/// A line about one connection, or about a tunnel that is not as its settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The message.
    pub message: String,
    /// Why it ended, or is not as it should be.
    pub reason: String,
    /// The endpoint; the command line for a tunnel by hand.
    pub place: Option<Place>,
    /// When it was written, if it says so.
    pub time: Option<Timestamp>,
    /// Who was at the other end of the network, if it says so.
    pub peer: Option<IpAddr>,
    role: Option<Role>,
    level: Level,
    about: About,
    extent: Extent,
}

/// How weighty a tunnel found what it wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// Nothing that somebody should look at.
    Info,
    /// Anything else, or not said.
    Other,
}

/// How much of a line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Whole,
    /// It is longer than [`MAX_LINE_BYTES`].
    TooLong,
    /// It ends in the middle, as a disk that is full leaves it.
    Cut,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    /// A connection that ended for this cause.
    Connection(Cause),
    /// One of which it is not known why, with the word for the cause, if there is one, and whether it has a reason, be it
    /// an empty one.
    Unclear {
        word: Option<String>,
        says_why: bool,
    },
    /// A tunnel, with its findings and what is to be done.
    Tunnel {
        findings: Option<Findings>,
        remedy: Option<String>,
    },
}

/// What a tunnel has found, which keeps it from being as its settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Findings {
    /// As it wrote them.
    text: String,
    /// The code of each.
    codes: Vec<Code>,
}

/// Why a line needs no explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harmless {
    /// Both sides were done.
    InOrder,
    /// Somebody looked whether a port is open, as health checks do.
    Check,
    /// The tunnel was told to stop.
    Stopped,
}

impl LogLine {
    /// Reads a line as a tunnel writes it, in either form, also behind what a collector of logs puts before it, or in an
    /// object of its own; `None` if it is none that is explained.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let extent = if line.len() > MAX_LINE_BYTES {
            Extent::TooLong
        } else {
            Extent::Whole
        };
        let end = line.floor_char_boundary(MAX_LINE_BYTES);
        let line = line.get(..end)?.trim();
        let inner = fields::in_object(line);
        let line = fields::without_colours(inner.as_deref().unwrap_or(line).trim());
        let (message, mut fields, extent) = said(&line, extent)?;
        let is_of = |known: &[&str]| known.iter().any(|known| begins_with(&message, known));
        let says_why = fields.contains_key("reason");
        let reason = fields.remove("reason").unwrap_or_default();
        let about = if is_of(&OF_TUNNELS) && says_why {
            About::Tunnel {
                findings: fields.remove("findings").map(Findings::read),
                remedy: fields.remove("remedy"),
            }
        } else {
            let word = fields.remove("cause");
            let told = word.as_deref().and_then(|word| word.parse().ok());
            let in_tls = fields.contains_key("version");
            let told = told.or_else(|| sentences::cause(&reason, in_tls));
            match told.map(|cause| sentences::told_apart(cause, &reason)) {
                Some(cause) => About::Connection(cause),
                None => About::Unclear { word, says_why },
            }
        };
        let place = fields.remove("place").and_then(|place| place_of(&place));
        let role = fields.remove("role").and_then(|role| role_of(&role));
        let peer = fields.remove("peer").and_then(|peer| peer.parse().ok());
        Some(Self {
            time: fields
                .remove("timestamp")
                .and_then(|time| fields::time(&time)),
            peer: peer.map(|peer: SocketAddr| peer.ip()),
            level: match fields.remove("level").as_deref() {
                Some("INFO") => Level::Info,
                Some(_) | None => Level::Other,
            },
            extent,
            role: role.or_else(|| place.as_ref().and_then(role_at)),
            reason,
            place,
            message,
            about,
        })
    }

    /// Which end of TLS wrote it, if it says so.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// Why it needs no explanation, if it needs none.
    #[must_use]
    pub fn harmless(&self) -> Option<Harmless> {
        if let About::Unclear { word: None, .. } = &self.about
            && (IN_ORDER.contains(&&*self.reason) || self.level == Level::Info)
        {
            return Some(Harmless::InOrder);
        }
        let told_by_client = self.role == Some(Role::Client);
        match self.cause() {
            Some(Cause::Stopped) => Some(Harmless::Stopped),
            // The other end had been told last and went without ending TLS, as many programs do that have all they wanted.
            Some(Cause::PeerBroke) if self.level == Level::Info => Some(Harmless::InOrder),
            // A caller who says nothing; a server that says nothing hangs, and is warned of.
            Some(Cause::TimedOut(Begun::Silent)) if self.level == Level::Info => {
                Some(Harmless::Check)
            }
            Some(Cause::ProxyHeader(HeaderFault::Silent)) => Some(Harmless::Check),
            Some(Cause::Closed(Begun::Silent)) if !told_by_client => Some(Harmless::Check),
            Some(_) | None => None,
        }
    }

    /// Why the connection that it tells of failed, if that is known.
    pub(super) fn cause(&self) -> Option<Cause> {
        match &self.about {
            About::Connection(cause) => Some(*cause),
            About::Unclear { .. } | About::Tunnel { .. } => None,
        }
    }

    /// Why it failed, or what is not known of that; `None` if the line tells of no failure.
    #[must_use]
    pub fn explain(&self, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
        if self.harmless().is_some() {
            return None;
        }
        let cause = match &self.about {
            About::Tunnel { findings, remedy } => {
                return Some(self.of_tunnel(ends, findings.as_ref(), remedy.as_deref()));
            }
            About::Unclear { word, says_why } => {
                return unclear::explanation(self, word.as_deref(), *says_why);
            }
            About::Connection(cause) => *cause,
        };
        let told_by = match (self.role, cause) {
            (Some(role), _) => Who::The(role),
            // Older lines of a tunnel by hand say of whom a certificate was demanded.
            (None, Cause::NoCertificate) if self.reason.starts_with("the TLS client") => {
                Who::SERVER
            }
            (None, Cause::NoCertificate) if self.reason.starts_with("the TLS server") => {
                Who::CLIENT
            }
            (None, _) => Who::Here,
        };
        if is_of_old_client(self) {
            return Some(protocol::old_client(&self.reason));
        }
        if matches!(cause, Cause::Alert(_))
            && let Some((judging, rejected)) = ends.refusal(now)
            && judging == told_by.other()
        {
            let first = &rejected.first;
            let what = format!("{judging} refuses the certificate of {told_by}: {first}");
            return Some(remedy::of_refusal(
                Trouble::of_reason(first),
                judging,
                ends,
                &what,
            ));
        }
        let other = other_files::explanation(cause, told_by, ends, now, &self.reason);
        let mut told = other.unwrap_or_else(|| remedy::of(cause, told_by, ends, now, &self.reason));
        if cause == Cause::NoCertificate && told_by != Who::CLIENT {
            told.remedy.push_str(PROBED);
        }
        Some(told)
    }

    fn of_tunnel(
        &self,
        ends: &Ends<'_>,
        findings: Option<&Findings>,
        remedy: Option<&str>,
    ) -> Explanation {
        let Self {
            message, reason, ..
        } = self;
        let told_by = self.role.map_or(Who::Here, Who::The);
        let codes = findings.map_or(&[][..], |findings| &findings.codes);
        // A fleet that has the same says where it stands.
        let has_them = |barred: Barred| {
            let has = |code: &Code| barred.codes().any(|known| known == *code);
            !codes.is_empty() && codes.iter().all(has)
        };
        if ends.down(told_by).is_some_and(has_them)
            && let Some(known) = of_error(told_by, ends, Lead::Error)
        {
            let what = format!("{message}: {reason}: {}", known.what);
            return Explanation { what, ..known };
        }
        let text = findings.map_or_else(String::new, |findings| format!(": {}", findings.text));
        let of_port = codes.iter().filter(|code| is_echo(**code)).count();
        Explanation {
            what: format!("{message}: {reason}{text}"),
            at: match of_port {
                0 => At::End(told_by),
                all if all == codes.len() => At::End(Who::SERVER),
                _some => At::Both,
            },
            remedy: remedy.unwrap_or(MEND).to_owned(),
        }
    }
}

impl Findings {
    fn read(text: String) -> Self {
        // Each begins with its code, or with where it stands in a file.
        let code = |finding: &str| {
            let mut words = finding.splitn(3, ": ").take(2);
            words.find_map(|word| word.parse().ok())
        };
        let codes = text.split("; ").filter_map(code).collect();
        Self { text, codes }
    }
}

/// What to do about findings that say it themselves.
const MEND: &str = "mend what is named; it is tried again as soon as settings or files change";

/// The message and the fields of a line of ours, and how much of it is there.
fn said(line: &str, extent: Extent) -> Option<(String, Fields, Extent)> {
    let messages = [OF_CONNECTIONS, OF_TUNNELS].concat();
    let is_ours =
        |said: &(String, Fields)| messages.iter().any(|known| begins_with(&said.0, known));
    let whole = fields::of_json(line);
    let may_be_cut = whole.is_none();
    let whole = whole.or_else(|| fields::of_text(line, &messages));
    if let Some((message, fields)) = whole.filter(is_ours) {
        // A line of text begins with its time, and a reason stands in each.
        let is_text = may_be_cut && fields.contains_key("timestamp");
        let ends_early = fields::ends_in_cause(line) || !fields.contains_key("reason");
        let is_cut = is_text && (fields::is_cut(line) || ends_early);
        let extent = match extent {
            Extent::Whole if is_cut => Extent::Cut,
            extent @ (Extent::Whole | Extent::TooLong | Extent::Cut) => extent,
        };
        return Some((message, fields, extent));
    }
    if !may_be_cut {
        return None;
    }
    let cut = fields::of_cut_json(line).filter(is_ours);
    let beginning = || Some((unclear::message(line, &messages)?, Fields::new()));
    let (message, fields) = cut.or_else(beginning)?;
    let extent = match extent {
        Extent::TooLong => Extent::TooLong,
        Extent::Whole | Extent::Cut => Extent::Cut,
    };
    Some((message, fields, extent))
}

/// How tunnels tell that a connection ended as it should.
const IN_ORDER: [&str; 2] = ["both sides were done", "in order"];

/// How a server tells of a client without anything of today. What follows is of a closed list of versions.
pub(super) const OLD_CLIENT: &str =
    "there is no version of TLS that both ends allow: the client speaks ";

/// Whether it tells of a client without anything of today.
pub(super) fn is_of_old_client(line: &LogLine) -> bool {
    line.cause() == Some(Cause::NoVersion) && line.reason.starts_with(OLD_CLIENT)
}

/// Whoever asks what a service demands leaves the same line as a client without a certificate.
pub(super) const PROBED: &str =
    "; if somebody probed it (`trustpack probe`), nothing has to be done";

/// Whether a message is this one, or begins with it before a colon.
fn begins_with(message: &str, known: &str) -> bool {
    let rest = message.strip_prefix(known);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn role_of(word: &str) -> Option<Role> {
    [Role::Server, Role::Client]
        .into_iter()
        .find(|role| role.to_string() == word)
}

fn role_at(place: &Place) -> Option<Role> {
    match place {
        Place::Port { .. } => Some(Role::Server),
        Place::Connection { .. } | Place::Backup { .. } => Some(Role::Client),
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::CommandLine
        | Place::Program => None,
    }
}

/// The place of a line. That of a tunnel by hand is written like the name of an application.
fn place_of(text: &str) -> Option<Place> {
    if text == Place::CommandLine.to_string() {
        return Some(Place::CommandLine);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests;
