//! The places of a fleet that findings, acceptances and commands name.
//!
//! Written `APP:port`, `APP/TARGET:port`, `APP/TARGET:port@backup`, `host NAME`,
//! `application NAME`; `:default` may be left out when reading.
//! Invariant: the written form of a place reads back as that place.
//!
//! Long because writing, reading and comparing a place must know the same parts.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use trustpack_x509::dns::DnsName;

use crate::value::shown;

/// The ID a port has if none is said.
pub const DEFAULT_PORT: &str = "default";
/// Longest name of an application or port, in characters; our own limit, against names that fill a screen.
pub const MAX_NAME: usize = 255;

/// The name of an application: 1 to 255 characters without `/`, `:`, `@` and control characters,
/// no blank at its ends, not starting with `host ` or `application `.
#[derive(Clone, Debug, Eq)]
pub struct ApplicationName(Arc<str>);

/// The ID of a port; the same characters as in [`ApplicationName`].
#[derive(Clone, Debug, Eq)]
pub struct PortId(Arc<str>);

/// A place of a fleet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The fleet as a whole, or a part of its file that belongs to no object.
    Fleet,
    /// A host.
    Host(DnsName),
    /// An application.
    Application(ApplicationName),
    /// A listening port of an application.
    Port {
        /// Whose port.
        application: ApplicationName,
        /// Which.
        port: PortId,
    },
    /// A connection of an application to a port of another.
    Connection {
        /// Whose connection.
        application: ApplicationName,
        /// To which application.
        target: ApplicationName,
        /// To which of its ports.
        port: PortId,
    },
    /// The endpoint of a connection to the backup of its target.
    Backup {
        /// Whose connection.
        application: ApplicationName,
        /// The target as the connection names it; the backup is of that.
        target: ApplicationName,
        /// To which port.
        port: PortId,
    },
    /// The endpoint that the options of a command line describe.
    CommandLine,
    /// The endpoint that a program describes which calls the library, by options or by the file of a component.
    Program,
}

/// A text is no name of an application or port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing there.
    #[error("the name is empty; it must have 1 to {MAX_NAME} characters")]
    Empty,
    /// Too long.
    #[error("the name has {length} characters; at most {MAX_NAME} are allowed")]
    TooLong {
        /// Its length in characters.
        length: usize,
    },
    /// A character that the written form of places needs for itself, or that cannot be seen.
    #[error(
        "the name {name:?} contains {found:?}; `/`, `:`, `@` and control characters are not allowed"
    )]
    Character {
        /// The name.
        name: String,
        /// The first such character.
        found: char,
    },
    /// A blank at an end.
    #[error("the name {name:?} starts or ends with a blank")]
    Blank {
        /// The name.
        name: String,
    },
    /// Reads as another kind of place.
    #[error("the name {name:?} starts with {word:?}, which names another kind of place")]
    Reserved {
        /// The name.
        name: String,
        /// The word it starts with.
        word: &'static str,
    },
}

/// A text is no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is no place; allowed are APP:port, APP/TARGET:port, APP/TARGET:port@backup, `host NAME` and `application NAME`"
)]
pub struct InvalidPlace {
    found: String,
    source: Option<InvalidName>,
}

const HOST: &str = "host ";
const APPLICATION: &str = "application ";
const BACKUP: &str = "@backup";

/// Compares two texts. Most that are equal are one and the same, and need not be fetched from memory.
fn compared(left: &Arc<str>, right: &Arc<str>) -> Ordering {
    if Arc::ptr_eq(left, right) {
        Ordering::Equal
    } else {
        left.cmp(right)
    }
}

impl Ord for ApplicationName {
    fn cmp(&self, other: &Self) -> Ordering {
        compared(&self.0, &other.0)
    }
}

impl PartialOrd for ApplicationName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ApplicationName {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Ord for PortId {
    fn cmp(&self, other: &Self) -> Ordering {
        compared(&self.0, &other.0)
    }
}

impl PartialOrd for PortId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PortId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl ApplicationName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PortId {
    /// The ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the one that a port has if none is said.
    pub(crate) fn is_default(&self) -> bool {
        self.as_str() == DEFAULT_PORT
    }
}

impl Default for PortId {
    fn default() -> Self {
        // Most ports have this one: it is there once.
        static DEFAULT: LazyLock<Arc<str>> = LazyLock::new(|| DEFAULT_PORT.into());
        Self(Arc::clone(&DEFAULT))
    }
}

impl FromStr for ApplicationName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        check_name(text)?;
        for word in [HOST, APPLICATION] {
            if text.starts_with(word) {
                return Err(InvalidName::Reserved {
                    name: text.to_owned(),
                    word,
                });
            }
        }
        Ok(Self(text.into()))
    }
}

impl FromStr for PortId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == DEFAULT_PORT {
            return Ok(Self::default());
        }
        check_name(text)?;
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ApplicationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Place {
    /// Whether no fleet has it: somebody describes it by its options.
    pub(crate) fn is_by_hand(&self) -> bool {
        matches!(self, Self::CommandLine | Self::Program)
    }

    /// The application the place belongs to, if it is an application or a part of one.
    #[must_use]
    pub fn application(&self) -> Option<&ApplicationName> {
        match self {
            Self::Application(application)
            | Self::Port { application, .. }
            | Self::Connection { application, .. }
            | Self::Backup { application, .. } => Some(application),
            Self::Fleet | Self::Host(_) | Self::CommandLine | Self::Program => None,
        }
    }
}

/// What a place of an application is; in the order in which places of these kinds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PlaceKind {
    Application,
    Port,
    Connection,
    Backup,
}

impl Place {
    /// What it is of which application. Places of applications are ordered by this first.
    pub(crate) fn of_application(&self) -> Option<(PlaceKind, &ApplicationName)> {
        let kind = match self {
            Self::Application(_) => PlaceKind::Application,
            Self::Port { .. } => PlaceKind::Port,
            Self::Connection { .. } => PlaceKind::Connection,
            Self::Backup { .. } => PlaceKind::Backup,
            Self::Fleet | Self::Host(_) | Self::CommandLine | Self::Program => return None,
        };
        Some((kind, self.application()?))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fleet => f.write_str("fleet"),
            Self::Host(name) => write!(f, "{HOST}{}", name.as_str()),
            Self::Application(name) => write!(f, "{APPLICATION}{name}"),
            Self::Port { application, port } => write!(f, "{application}:{port}"),
            Self::Connection {
                application,
                target,
                port,
            } => {
                write!(f, "{application}/{target}:{port}")
            }
            Self::Backup {
                application,
                target,
                port,
            } => {
                write!(f, "{application}/{target}:{port}{BACKUP}")
            }
            Self::CommandLine => f.write_str("command line"),
            Self::Program => f.write_str("this program"),
        }
    }
}

/// Reads a place of a fleet file; [`Place::Fleet`], [`Place::CommandLine`] and [`Place::Program`] have no readable form.
impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |source| InvalidPlace {
            found: shown::start_of(text),
            source,
        };
        if let Some(name) = text.strip_prefix(HOST) {
            return name.parse().map(Self::Host).map_err(|_| invalid(None));
        }
        if let Some(name) = text.strip_prefix(APPLICATION) {
            return name
                .parse()
                .map(Self::Application)
                .map_err(|e| invalid(Some(e)));
        }
        let (rest, backup) = match text.strip_suffix(BACKUP) {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (objects, port) = match rest.split_once(':') {
            Some((objects, port)) => (objects, port.parse().map_err(|e| invalid(Some(e)))?),
            None => (rest, PortId::default()),
        };
        let name = |text: &str| {
            text.parse::<ApplicationName>()
                .map_err(|e| invalid(Some(e)))
        };
        match (objects.split_once('/'), backup) {
            (None, false) => Ok(Self::Port {
                application: name(objects)?,
                port,
            }),
            (None, true) => Err(invalid(None)),
            (Some((application, target)), backup) => {
                let (application, target) = (name(application)?, name(target)?);
                Ok(if backup {
                    Self::Backup {
                        application,
                        target,
                        port,
                    }
                } else {
                    Self::Connection {
                        application,
                        target,
                        port,
                    }
                })
            }
        }
    }
}

fn check_name(text: &str) -> Result<(), InvalidName> {
    let name = || text.to_owned();
    if text.is_empty() {
        return Err(InvalidName::Empty);
    }
    // No character is shorter than an octet.
    if text.len() > MAX_NAME {
        let length = text.chars().count();
        if length > MAX_NAME {
            return Err(InvalidName::TooLong { length });
        }
    }
    if let Some(found) = text
        .chars()
        .find(|c| matches!(c, '/' | ':' | '@') || c.is_control())
    {
        return Err(InvalidName::Character {
            name: name(),
            found,
        });
    }
    if text.trim().len() != text.len() {
        return Err(InvalidName::Blank { name: name() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        let place = text.parse::<Place>().ok();
        assert_eq!(
            place.as_ref().map(ToString::to_string).as_deref(),
            want,
            "{text}"
        );
        if let Some(place) = place {
            assert_eq!(place.to_string().parse(), Ok(place), "{text}: reads back");
        }
    }

    #[test]
    fn item_2_7_4_places_are_written_and_read() {
        check("StatServer:default", Some("StatServer:default"));
        check("StatServer", Some("StatServer:default"));
        check(
            "Stat Server/Message Server",
            Some("Stat Server/Message Server:default"),
        );
        check("A/B:ESP@backup", Some("A/B:ESP@backup"));
        check("A/B@backup", Some("A/B:default@backup"));
        check("host Stat1.example.com", Some("host stat1.example.com"));
        check("application A", Some("application A"));
    }

    #[test]
    fn item_2_7_4_other_texts_are_no_places() {
        for text in [
            "", ":", "A@backup", "A/B/C", "A:b:c", "host ", "host a b", " A", "A/", "/B", "A\n",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn an_application_cannot_be_named_like_a_host_place() {
        assert_eq!(
            "host a".parse::<ApplicationName>(),
            Err(InvalidName::Reserved {
                name: "host a".to_owned(),
                word: "host "
            })
        );
    }
}
