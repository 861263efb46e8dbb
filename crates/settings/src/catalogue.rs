//! The catalogue: kinds of components, and the links between them on which TLS is supported.
//!
//! Its data is `data/components.toml`, a part of the program; the head of that file says what its words mean.
//! Not here: what a fleet makes of it ([`crate::resolve`]).
//! Invariant: every name that a link or a component refers to is in the catalogue; a test holds it to that.

mod matching;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

/// The catalogue.
#[derive(Debug)]
pub struct Catalogue {
    components: Vec<Component>,
    links: Vec<Link>,
    notes: BTreeMap<String, String>,
    /// Names and aliases, each with the index of its component.
    by_name: BTreeMap<String, usize>,
    /// The links that a connection from one kind to another may use, by the indexes of both kinds.
    between: Vec<Vec<Vec<usize>>>,
    /// The indexes of the kinds that some link has as servers.
    servers: BTreeSet<usize>,
}

/// A kind of component.
#[derive(Debug, PartialEq, Eq)]
pub struct Component {
    /// Which of the catalogue's kinds it is.
    index: usize,
    /// Its name.
    pub name: String,
    /// The family it belongs to.
    pub family: String,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// The notes on it, by their IDs.
    pub notes: Vec<String>,
}

/// A link on which TLS is available, simple or mutual.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    /// The clients.
    pub from: Vec<Selector>,
    /// The servers.
    pub to: Vec<Selector>,
    /// On which port.
    pub port: LinkPort,
    /// Whether clients and servers may change places.
    pub direction: Direction,
    /// The first release with it, if stated: of the client, as its documents have it.
    pub from_version: Option<String>,
    /// The first release of the server with it, if stated.
    pub to_version: Option<String>,
    /// The notes on it, by their IDs.
    pub notes: Vec<String>,
}

/// Which components a side of a link is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// This kind.
    Component(String),
    /// Every kind of this family.
    Family(String),
    /// Every kind.
    Any,
    /// Another instance of the same kind.
    Itself,
    /// Whatever is listed for this kind.
    Like(String),
    /// Something that is no component.
    External(String),
}

/// Which port of the server a link is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPort {
    /// Any secured port.
    Any,
    /// The port with the ID `default`, or the one it was renamed to.
    Default,
    /// The port with the ID `ESP`.
    Esp,
    /// The port between primary and backup.
    HaSync,
    /// It starts in clear and is upgraded inside that system's own protocol.
    AutoDetect,
    /// TLS of HTTPS.
    Https,
    /// TLS of LDAPS.
    Ldaps,
    /// TLS of the database.
    Database,
    /// Set up by the product's own options for SIP.
    Sip,
    /// Set up by the product's own options.
    Product,
}

/// Which side of a link a component is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It is one of `from`, and they are the clients.
    Client,
    /// It is one of `to`, and they are the servers.
    Server,
    /// It is one of `from`, and either side may be the client.
    EitherOfFrom,
    /// It is one of `to`, and either side may be the client.
    EitherOfTo,
}

/// Whether the sides of a link may change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `from` is the client.
    Client,
    /// Either side may be the client.
    Both,
}

/// The catalogue of this program.
#[must_use]
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| Catalogue::read(include_str!("../data/components.toml")));
    &CATALOGUE
}

impl Catalogue {
    /// Every kind of component, in the order of the file: by name.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The kind with this name or alias, in this case.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.by_name
            .get(name)
            .and_then(|index| self.components.get(*index))
    }

    /// The kind whose name or alias is probably meant by `written`.
    #[must_use]
    pub fn nearest(&self, written: &str) -> Option<&str> {
        let names = || self.by_name.keys().map(String::as_str);
        names()
            .find(|name| name.eq_ignore_ascii_case(written))
            .or_else(|| crate::spelling::nearest(written, names()))
    }

    /// The text of a note.
    #[must_use]
    pub fn note(&self, id: &str) -> Option<&str> {
        self.notes.get(id).map(String::as_str)
    }

    /// The links that name a component: itself, its family or every component, with the side it is on.
    pub fn links_of<'c>(
        &'c self,
        component: &'c Component,
    ) -> impl Iterator<Item = (Side, &'c Link)> {
        self.links
            .iter()
            .filter_map(|link| Some((self.side(link, component)?, link)))
    }

    /// Every link, in the order of the file.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }
}

impl LinkPort {
    /// The word of the catalogue for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Default => "default",
            Self::Esp => "ESP",
            Self::HaSync => "ha-sync",
            Self::AutoDetect => "auto-detect",
            Self::Https => "https",
            Self::Ldaps => "ldaps",
            Self::Database => "database",
            Self::Sip => "sip",
            Self::Product => "product",
        }
    }

    const ALL: [Self; 10] = [
        Self::Any,
        Self::Default,
        Self::Esp,
        Self::HaSync,
        Self::AutoDetect,
        Self::Https,
        Self::Ldaps,
        Self::Database,
        Self::Sip,
        Self::Product,
    ];

    /// The port that `word` means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|port| port.word() == word)
    }
}

impl fmt::Display for LinkPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any secured port",
            Self::Default => "the default port",
            Self::Esp => "the port ESP",
            Self::HaSync => "the port between primary and backup",
            Self::AutoDetect => "an auto-detect port",
            Self::Https => "HTTPS",
            Self::Ldaps => "LDAPS",
            Self::Database => "the TLS of the database",
            Self::Sip => "the product's own options for SIP",
            Self::Product => "the product's own options",
        })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component(name) => f.write_str(name),
            Self::Family(name) => write!(f, "every component of {name}"),
            Self::Any => f.write_str("every component"),
            Self::Itself => f.write_str("another instance of itself"),
            Self::Like(name) => write!(f, "whatever is listed for {name}"),
            Self::External(kind) => write!(f, "{kind} (no component)"),
        }
    }
}

#[cfg(test)]
mod tests;
