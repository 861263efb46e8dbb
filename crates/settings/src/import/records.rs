//! What an export says, one thing at a time, whichever shape it has.
//!
//! Invariant: a record says one thing of one object, and knows where that stands.

use std::fmt;

use super::quoted;
use crate::secret::Secret;
use crate::span::Spot;

/// One thing that an export says.
pub(super) struct Record {
    pub(super) object: Object,
    pub(super) said: Said,
    pub(super) spot: Spot,
}

/// Of what, by names that nobody has looked at yet.
#[derive(Clone)]
pub(super) enum Object {
    Host {
        name: String,
    },
    Application {
        name: String,
    },
    Port {
        application: String,
        id: String,
    },
    Connection {
        application: String,
        to: String,
        port: String,
    },
}

/// What.
pub(super) enum Said {
    /// That it is there.
    Exists,
    /// One of its own properties.
    Attribute { name: String, value: Secret },
    /// An option in a section.
    Option {
        section: String,
        name: String,
        value: Secret,
    },
}

impl Said {
    /// A property.
    pub(super) fn attribute(name: &str, value: &str) -> Self {
        Self::Attribute {
            name: name.to_owned(),
            value: Secret::new(value),
        }
    }
}

/// As messages name it.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { name } => write!(f, "the host {}", quoted(name)),
            Self::Application { name } => write!(f, "the application {}", quoted(name)),
            // Without an ID it is the port "default".
            Self::Port { application, id } if id.is_empty() => {
                write!(f, "the default port of {}", quoted(application))
            }
            Self::Port { application, id } => {
                write!(f, "the port {} of {}", quoted(id), quoted(application))
            }
            Self::Connection {
                application,
                to,
                port,
            } => {
                let (application, to, port) = (quoted(application), quoted(to), quoted(port));
                write!(f, "the connection of {application} to {to}, port {port}")
            }
        }
    }
}
