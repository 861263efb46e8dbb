//! What was written: hosts, applications, ports and connections of a fleet, as its file says them.
//!
//! Not what is true: no level is looked at here, and option values are texts
//! ([`crate::resolve`] makes endpoints of them).
//! Invariant: names of hosts and applications, port IDs of an application and places of connections are unique.

use std::collections::BTreeMap;
use std::net::IpAddr;

use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use crate::component_file::ComponentFile;
use crate::endpoint::Engine;
use crate::finding::{Code, Finding};
use crate::place::{ApplicationName, Place, PortId};
use crate::secret::Secret;
use crate::span::{Located, Spot};
use crate::value::{AbsolutePath, PlainAddress};

/// A fleet as written, with what was found while reading it.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// Its hosts, in the order of the files.
    pub hosts: Vec<Host>,
    /// Its applications, in the order of the files.
    pub applications: Vec<Application>,
    /// Findings that somebody accepted.
    pub acceptances: Vec<Acceptance>,
    /// The own files of applications that say one, as far as somebody looked for them. One that is missing here is
    /// unknown, which is an error of its application.
    pub own_files: BTreeMap<ApplicationName, OwnFile>,
    /// What was found while reading. Kept with the fleet so that no endpoint starts past an error in its file.
    pub(crate) findings: Vec<Finding>,
    /// Errors of hosts whose names cannot be read: no application can name such a host, so they concern no endpoint.
    pub(crate) unnamed: Vec<Finding>,
}

/// A host.
#[derive(Clone, Debug)]
pub struct Host {
    /// The name clients check.
    pub name: Located<DnsName>,
    /// What tunnels bind and dial; if empty the name is looked up.
    pub addresses: Vec<Located<IpAddr>>,
    /// Its operating system.
    pub platform: Platform,
    /// Its `[security]`.
    pub security: Vec<Entry>,
}

/// An application.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its name.
    pub name: Located<ApplicationName>,
    /// What kind of component it is, by the catalogue or free.
    pub component: Option<Located<String>>,
    /// The host it runs on; `None` if that was missing or unreadable, which is an error.
    pub host: Option<Located<DnsName>>,
    /// Its backup.
    pub backup: Option<Located<ApplicationName>>,
    /// What it runs in.
    pub runtime: Runtime,
    /// Whether it is a server or used by a person.
    pub role: ApplicationRole,
    /// The account its service runs under.
    pub account: Option<Located<String>>,
    /// Which level its credentials come from, if said.
    pub certificate_source: Option<Located<CertificateSource>>,
    /// The file on its host that it takes its options from, instead of the levels above its endpoints.
    pub own_file: Option<Located<AbsolutePath>>,
    /// Its `[security]`.
    pub security: Vec<Entry>,
    /// Its listening ports.
    pub ports: Vec<Port>,
    /// Its connections.
    pub connections: Vec<Connection>,
}

/// What is known of the own file of an application.
#[derive(Clone, Debug)]
pub enum OwnFile {
    /// What it says.
    Read(ComponentFile),
    /// It could not be read.
    Unread {
        /// Why, in words.
        why: String,
    },
}

/// A listening port.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its ID.
    pub id: PortId,
    /// Where it is defined.
    pub spot: Spot,
    /// Its number; `None` if that was missing or unreadable, which is an error.
    pub number: Option<u16>,
    /// Its mode, if said.
    pub mode: Option<Located<Mode>>,
    /// Its transport parameters.
    pub transport: Vec<Entry>,
    /// Whether a backup pair is linked by it.
    pub ha_sync: HaSync,
    /// The plain side, if a tunnel carries it.
    pub tunnel: Option<Located<PlainAddress>>,
    /// Who does TLS there, if said.
    pub engine: Option<Located<Engine>>,
    /// Set if its TLS is set up outside: the free text.
    pub configured_by: Option<Located<String>>,
}

/// A connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// To which application.
    pub to: Located<ApplicationName>,
    /// To which of its ports.
    pub port: PortId,
    /// Where that is written; `None` if it is not, and `default` is meant.
    pub port_spot: Option<Spot>,
    /// Its transport parameters.
    pub transport: Vec<Entry>,
    /// Where the plain side listens, if a tunnel carries it. This and what follows is rare, and boxed: a fleet has ten
    /// connections for each application.
    pub tunnel: Option<Box<Located<PlainAddress>>>,
    /// Who does TLS there, if said.
    pub engine: Option<Box<Located<Engine>>>,
    /// Set if its TLS is set up outside: the free text.
    pub configured_by: Option<Box<Located<String>>>,
}

/// An option as written: its name and its value, which is a secret until its option is known to be none.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub name_spot: Spot,
    /// The value as written.
    pub value: Secret,
    /// Where the value stands.
    pub value_spot: Spot,
    /// Whether it counts.
    pub form: EntryForm,
}

/// Whether an entry counts, and if not why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryForm {
    /// It counts.
    Good,
    /// A blank stands before or after its `;` or `=`; `mended` is the whole string without them, secrets hidden.
    Blank {
        /// The string as it should be.
        mended: String,
    },
    /// It has no `=`.
    NoValue,
    /// An entry of the same name stands before it.
    Repeated {
        /// Where that is.
        first: Spot,
    },
    /// As many as are allowed stand before it: neither it nor what follows is read.
    Beyond {
        /// How many there are in all.
        count: usize,
    },
}

/// The operating system of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// UNIX.
    Unix,
    /// Windows.
    Windows,
}

/// What an application runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Machine code.
    Native,
    /// Java.
    Java,
    /// .NET.
    Dotnet,
}

/// Whether an application is a server or used by a person; on Windows it decides the certificate store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationRole {
    /// A server.
    Server,
    /// Used by a person.
    Gui,
}

/// Which level an application's credentials come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateSource {
    /// The host: the application level gives no credentials.
    Host,
    /// The application: the host level gives none.
    Application,
}

/// The mode of a port: writes a transport parameter that is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is written.
    Unsecured,
    /// `tls=1`.
    Secured,
    /// `upgrade=1`.
    AutoDetect,
}

/// Whether a port links a backup pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HaSync {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// A finding that somebody accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Which kind of finding.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// Why.
    pub reason: String,
    /// The last day it holds, as its midnight.
    pub until: Timestamp,
    /// Where it is written.
    pub spot: Spot,
}

impl Fleet {
    /// What was found while reading the texts, as found; resolution repeats it with the acceptances applied.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.unnamed.iter().chain(&self.findings)
    }

    /// The host of this name.
    #[must_use]
    pub fn host(&self, name: &DnsName) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name.value == *name)
    }

    /// The application of this name.
    #[must_use]
    pub fn application(&self, name: &ApplicationName) -> Option<&Application> {
        self.applications
            .iter()
            .find(|application| application.name.value == *name)
    }
}

impl Port {
    /// Where it is in the fleet, as a port of this application.
    pub(crate) fn place(&self, application: &ApplicationName) -> Place {
        Place::Port {
            application: application.clone(),
            port: self.id.clone(),
        }
    }
}

impl Connection {
    /// Where it is in the fleet, as a connection of this application.
    pub(crate) fn place(&self, application: &ApplicationName) -> Place {
        Place::Connection {
            application: application.clone(),
            target: self.to.value.clone(),
            port: self.port.clone(),
        }
    }
}

impl Entry {
    /// An entry that counts, as an option of the command line gives it.
    #[must_use]
    pub fn flag(name: &str, value: &str) -> Self {
        Self::by_hand(name, value, Spot::Flag(name.into()))
    }

    /// An entry that counts, as an option that a program gives.
    #[must_use]
    pub fn option(name: &str, value: &str) -> Self {
        Self::by_hand(name, value, Spot::Option(name.into()))
    }

    fn by_hand(name: &str, value: &str, spot: Spot) -> Self {
        Self {
            name: name.to_owned(),
            name_spot: spot.clone(),
            value: Secret::new(value),
            value_spot: spot,
            form: EntryForm::Good,
        }
    }
}
