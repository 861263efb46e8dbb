//! What a service takes, also what no engine of today speaks: versions, suites, groups, signatures and more, each with
//! what it means.
//!
//! Silence is no refusal: what a service did not answer is asked again, and told as not known if it never does.
//! Hellos of our own ([`hello`]) and the first flight of the answer ([`answer`]): no key is agreed on, so that nothing but
//! what stands in clear is learnt. Each answer names one choice of the server; that is left out of the next hello until
//! the server refuses. Where nobody came to an agreement with it a few of them tell why ([`lack`]). Invariant: one connection
//! at a time, with a pause, and never more than a limit.

pub mod answer;
pub mod asking;
pub mod hello;
pub mod key;
pub mod lack;
pub mod meaning;
pub mod names;
pub mod progress;
mod questions;
pub mod suites;

use std::fmt;

use trustpack_tls::hello::FirstBytes;

use crate::survey::answer::Flight;
use crate::survey::names::{Group, Signature, Version};
use crate::survey::suites::Suite;

/// What a service takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// The versions that it takes, the newest first, each with its suites in the order in which it chose them.
    pub versions: Vec<OfVersion>,
    /// The groups in which it agrees on keys, in the order in which it chose them.
    pub groups: Vec<Group>,
    /// Bits of the number group of suites with DHE, if it has such.
    pub number_group_bits: Option<usize>,
    /// With what it signs handshakes of TLS 1.2.
    pub signatures: Vec<Signature>,
    /// What stands in an answer of TLS 1.2 or older; `None` if it takes none of these.
    pub older: Option<Older>,
    /// Whether a client that names no host, or another one, is shown another certificate.
    pub name: NameEffect,
    /// Whether it takes plain text too.
    pub plain_text: PlainText,
    /// The protocols above TLS that it takes (ALPN), of those that were offered.
    pub protocols: Vec<&'static str>,
    /// Connections that were made.
    pub connections: usize,
    /// Whether the limit of connections ended it.
    pub cut_short: CutShort,
    /// What it did not answer, or was not asked any more.
    pub not_known: Vec<Unknown>,
}

/// Something of which it is not known whether a service takes it, or more of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// A version.
    Version(Version),
    /// More suites of a version that it takes.
    Suites(Version),
    /// Who decides which of its suites is used.
    Decides(Version),
    /// More groups.
    Groups,
    /// The size of its number group.
    NumberGroup,
    /// More signatures.
    Signatures,
    /// Its certificate for whoever names no host.
    Name,
    /// A protocol above TLS.
    Protocol(&'static str),
    /// Plain text.
    PlainText,
}

/// What a service does whose client speaks plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlainText {
    /// It answers with TLS.
    Refused,
    /// It answers in clear that it wants TLS, with these bytes, as some servers of HTTP do.
    SentAway(FirstBytes),
    /// It closes without a word: what takes TLS alone does, and so may a program that does not like empty lines.
    Closed,
    /// It answers, with these bytes.
    Answered(FirstBytes),
    /// It waits for more.
    Waits,
    /// It was not seen.
    #[default]
    NotSeen,
}

/// A version, and its suites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfVersion {
    /// The version.
    pub version: Version,
    /// Its suites, in the order in which the server chose them.
    pub suites: Vec<Suite>,
    /// Who decides which of the common ones is used.
    pub decides: Decides,
}

/// Who decides which suite is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// The server has an order of its own.
    Server,
    /// The server takes the first of the client.
    Client,
    /// Too few to tell.
    NotSeen,
}

/// What an answer of TLS 1.2 or older shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// Whether data is compressed, which lets secrets be guessed (CRIME).
    pub compression: Compression,
    /// Whether renegotiation is protected (RFC 5746).
    pub renegotiation: Protection,
    /// Whether the key is bound to the whole handshake (RFC 7627).
    pub master_secret: Protection,
}

/// Whether data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// Whether something is protected as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// It is.
    There,
    /// It is not.
    Missing,
}

/// What the name that a client asks for (SNI) changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameEffect {
    /// Every client is shown the same certificate.
    Same,
    /// A client that names no host is shown another one.
    Another,
    /// A client that names no host is refused.
    Refused,
    /// It was not seen.
    #[default]
    NotSeen,
}

/// Whether everything was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CutShort {
    /// It was.
    #[default]
    No,
    /// The limit of connections was reached.
    Yes,
}

impl Older {
    fn of(flight: &Flight) -> Self {
        let protection = |there| {
            if there {
                Protection::There
            } else {
                Protection::Missing
            }
        };
        Self {
            compression: match flight.compression {
                0 => Compression::Off,
                _ => Compression::On,
            },
            renegotiation: protection(flight.secure_renegotiation),
            master_secret: protection(flight.extended_master_secret),
        }
    }
}

/// How an answer of HTTP begins. Source: RFC 9112 section 4.
const HTTP: &str = "HTTP/1.";

impl PlainText {
    /// Whether it speaks HTTP, in which only a request has an answer that says something.
    fn is_http(&self) -> bool {
        matches!(self, Self::Answered(start) if start.to_string().starts_with(HTTP))
    }

    /// What an answer to a request of HTTP means that is in order: status 400 and 426 say that it should come with TLS, a
    /// redirection leads it there.
    ///
    /// Source: nginx (`ngx_http_request.c`, 497, told as 400); RFC 9110 sections 15.4 and 15.5.22.
    fn of_request(self) -> Self {
        let Self::Answered(start) = self else {
            return self;
        };
        let text = start.to_string();
        let status = text
            .strip_prefix(HTTP)
            .and_then(|rest| rest.split(' ').nth(1));
        match status {
            Some("400" | "426" | "301" | "302" | "303" | "307" | "308") => Self::SentAway(start),
            Some(_) | None => Self::Answered(start),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "whether {version} is taken"),
            Self::Suites(version) => write!(f, "whether more suites of {version} are taken"),
            Self::Decides(version) => {
                write!(f, "who decides which suite of {version} is used")
            }
            Self::Groups => f.write_str("whether more groups are taken"),
            Self::NumberGroup => f.write_str("how large the group of DHE is"),
            Self::Signatures => f.write_str("whether there are more signatures"),
            Self::Name => f.write_str("what a client sees that names no host"),
            Self::Protocol(name) => write!(f, "whether {name} is agreed"),
            Self::PlainText => f.write_str("whether plain text is taken too"),
        }
    }
}

impl fmt::Display for PlainText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::SentAway(start) => write!(f, "refused with '{start}'"),
            Self::Closed => f.write_str("closed without a word, as what takes TLS alone does"),
            Self::Answered(start) => write!(f, "answered with '{start}'"),
            Self::Waits => f.write_str("not refused: it waits for more"),
            Self::NotSeen => f.write_str("not seen"),
        }
    }
}

impl fmt::Display for NameEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "the same certificate with and without a name",
            Self::Another => "another certificate without a name",
            Self::Refused => "nothing without a name",
            Self::NotSeen => "not seen",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_http_that_wants_tls() {
        let answered = |text: &str| PlainText::Answered(FirstBytes::of(text.as_bytes()));
        let check = |text: &str, want: &str| {
            assert_eq!(answered(text).of_request().to_string(), want);
        };
        check("HTTP/1.1 400 Bad", "refused with 'HTTP/1.1 400 Bad'");
        check("HTTP/1.1 301 Mov", "refused with 'HTTP/1.1 301 Mov'");
        check("HTTP/1.1 200 OK", "answered with 'HTTP/1.1 200 OK'");
        check("500 what?", "answered with '500 what?'");
        assert!(answered("HTTP/1.0 200 OK").is_http());
        assert!(!answered("220 ready").is_http() && !PlainText::Waits.is_http());
        assert_eq!(PlainText::Waits.of_request(), PlainText::Waits);
    }
}
