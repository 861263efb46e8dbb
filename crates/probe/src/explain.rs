//! Why connections failed: what is wrong, on which end, and what to do about it.
//!
//! From a contact of the probe or a line of a log, with what is known of both ends: their settings, and their files as far
//! as they were looked at. The causes are few ([`trustpack_tls::cause::Cause`]), whatever they were learnt from, and each has its
//! remedy in one place.
//!
//! Invariant: an explanation names the end whose settings or files have to be changed, or says that it is not known.

pub mod alert;
mod ambiguous_alert;
pub mod caller;
mod client;
mod common;
pub mod compared;
pub mod contact;
pub mod ends;
pub mod gathering;
mod lacking;
mod limited;
pub mod log_line;
mod other_files;
mod protocol;
mod remedy;
mod start;

use std::fmt;

use trustpack_settings::endpoint::Role;

/// What is wrong, where, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What is wrong, with the values: lower case, no period.
    pub what: String,
    /// Where something has to be changed.
    pub at: At,
    /// What to do.
    pub remedy: String,
}

/// Where something has to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// At one end.
    End(Who),
    /// At either: they do not fit together.
    Either,
    /// At both: what is to be done says what at which.
    Both,
    /// Neither: between them.
    Between,
    /// Neither: nothing is wrong.
    Neither,
    /// It is not known where.
    NotKnown,
}

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// By its role.
    The(Role),
    /// The one that tells; which role it has is not known.
    Here,
    /// The other one.
    There,
}

impl Who {
    /// The client.
    pub const CLIENT: Self = Self::The(Role::Client);
    /// The server.
    pub const SERVER: Self = Self::The(Role::Server);

    /// The other end.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::The(Role::Client) => Self::The(Role::Server),
            Self::The(Role::Server) => Self::The(Role::Client),
            Self::Here => Self::There,
            Self::There => Self::Here,
        }
    }

    /// Its role, if that is known.
    #[must_use]
    pub fn role(self) -> Option<Role> {
        match self {
            Self::The(role) => Some(role),
            Self::Here | Self::There => None,
        }
    }
}

impl Explanation {
    /// Of two faults the first, and as its remedy also what is wrong once that is mended.
    #[must_use]
    pub fn and_then(self, next: &Self) -> Self {
        Self {
            remedy: format!("{}; when that is mended, {next}", self.remedy),
            ..self
        }
    }

    /// Where, and the remedy: the sentence without what is wrong, for whoever has said that.
    #[must_use]
    pub fn advice(&self) -> String {
        let Self {
            what: _,
            at,
            remedy,
        } = self;
        match at {
            At::End(_) | At::Either => format!("on {at}: {remedy}"),
            At::Between => format!("{at}: {remedy}"),
            At::Both | At::Neither => remedy.clone(),
            At::NotKnown => format!("where it is to be mended is not known: {remedy}"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = match self.at {
            At::End(_) | At::Either | At::Both | At::Between | At::NotKnown => "; ",
            At::Neither => ": ",
        };
        write!(f, "{}{between}{}", self.what, self.advice())
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End(who) => who.fmt(f),
            Self::Either => f.write_str("either end"),
            Self::Both => f.write_str("both ends"),
            Self::Between => f.write_str("between them"),
            Self::Neither => f.write_str("neither end"),
            Self::NotKnown => f.write_str("not known"),
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::The(role) => write!(f, "the {role}"),
            Self::Here => f.write_str("this end"),
            Self::There => f.write_str("the other end"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_faults_both_are_told() {
        let fault = |what: &str, at, remedy: &str| Explanation {
            what: what.to_owned(),
            at,
            remedy: remedy.to_owned(),
        };
        let first = || fault("it has no file", At::End(Who::CLIENT), "put one there");
        for (at, sentence) in [
            (
                At::End(Who::SERVER),
                "its certificate is over; on the server: renew it",
            ),
            (At::Both, "its certificate is over; renew it"),
            (At::Neither, "its certificate is over: renew it"),
        ] {
            let next = fault("its certificate is over", at, "renew it");
            let both = first().and_then(&next);
            assert_eq!(
                both.to_string(),
                format!(
                    "it has no file; on the client: put one there; when that is mended, {sentence}"
                )
            );
            // Where to begin is where the first one is.
            assert_eq!((both.what, both.at), (first().what, first().at));
        }
    }
}
