//! The words for roles, levels, origins and states. The same words everywhere: README, console, API, docs.
//!
//! Invariant: no word here is that of another variant of its type.

use std::fmt;

use super::{Engine, Level, Origin, Role, State, Versions};

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Endpoint => "endpoint",
            Self::OwnFile => "own file",
            Self::Application => "application",
            Self::Host => "host",
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Set { level, spot } => write!(f, "{level}, {spot}"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}

impl Engine {
    /// The word for it in a fleet file.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Trustpack => "trustpack",
            Self::Openssl => "openssl",
            Self::Schannel => "schannel",
            Self::Jsse => "jsse",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::EncryptedOnly => "encrypted only",
            Self::Simple => "simple",
            Self::Mutual => "mutual",
            Self::AutoDetect => "auto-detect",
            Self::Refused => "refused",
            Self::Product => "set up by the product",
            Self::Failing => "failing",
        })
    }
}

impl State {
    /// Every state, in the order of legends.
    pub const ALL: [Self; 8] = [
        Self::Mutual,
        Self::Simple,
        Self::EncryptedOnly,
        Self::AutoDetect,
        Self::Open,
        Self::Product,
        Self::Refused,
        Self::Failing,
    ];

    /// The letter for it where there is room for no word: in tables of many applications and on maps.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Open => 'O',
            Self::EncryptedOnly => 'E',
            Self::Simple => 'S',
            Self::Mutual => 'M',
            Self::AutoDetect => 'A',
            Self::Refused => 'R',
            Self::Product => 'P',
            Self::Failing => 'F',
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.lowest == self.highest {
            write!(f, "{} alone", self.lowest)
        } else {
            write!(f, "{} to {}", self.lowest, self.highest)
        }
    }
}
