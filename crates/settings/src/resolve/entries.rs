//! What becomes of each entry that is written for an endpoint: whether it counts, and if not why.
//!
//! For whoever explains an endpoint. Not the deciding, which is done: its result is read here.
//! Invariant: every entry of the endpoint, its own file, its application and its host is in the list once, and one that
//! is said to count is where the effective value comes from.

mod display;
mod idle;

use std::borrow::Cow;

pub use self::idle::{Idle, idle};
use crate::endpoint::{Endpoint, HiddenBy, Level, Origin, Role, Security, ShownSetting};
use crate::finding::Code;
use crate::findings::{
    blank_in_transport, near_option, parameter_without_value, repeated_parameter, too_much,
    unknown_option, wrong_case_option,
};
use crate::fleet::{Application, Entry, EntryForm, Fleet, OwnFile};
use crate::level::{Kind, without_effect};
use crate::option_name::{Meaning, meaning};
use crate::options::{OptionId, OptionRow};
use crate::place::Place;
use crate::secret::{may_be_key_material, may_be_password};
use crate::span::Spot;

/// An entry, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenEntry {
    /// The level it is written at.
    pub level: Level,
    /// The name as written.
    pub name: String,
    /// The value as written; `None` where it may be a secret.
    pub value: Option<String>,
    /// The option that it sets, or perhaps was to set.
    pub meant: Option<OptionId>,
    /// Where it stands.
    pub spot: Spot,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The effective value is this one.
    Counts,
    /// It does nothing at this endpoint.
    Idle(Idle),
    /// Another value counts; the setting says which ([`crate::endpoint::Setting::hidden`]).
    Hidden(HiddenBy),
    /// It is not read as an option, because of how it is written.
    Broken(Broken),
    /// It has nothing to do with TLS.
    OtherPurpose,
}

/// How an entry is written that is not read as an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A blank stands beside its `;` or `=`.
    Blank,
    /// It has no `=`.
    NoValue,
    /// The same name stands before it.
    Repeated {
        /// Where.
        first: Spot,
    },
    /// More stand before it than are read.
    Beyond,
    /// The same option stands before it under its other name.
    OtherName {
        /// Where.
        first: Spot,
    },
    /// Its name is in the wrong case.
    WrongCase {
        /// The right spelling.
        right: &'static str,
    },
    /// Its name is none of an option, and close to one.
    Near {
        /// That one.
        nearest: &'static str,
    },
    /// Nobody knows its name.
    Unknown,
}

impl Broken {
    /// The kind of finding that tells of it; an alias that repeats its option has none.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        let kind = match self {
            Self::Blank => &blank_in_transport::KIND,
            Self::NoValue => &parameter_without_value::KIND,
            Self::Repeated { .. } => &repeated_parameter::KIND,
            Self::Beyond => &too_much::KIND,
            Self::OtherName { .. } => return None,
            Self::WrongCase { .. } => &wrong_case_option::KIND,
            Self::Near { .. } => &near_option::KIND,
            Self::Unknown => &unknown_option::KIND,
        };
        Some(kind.code)
    }
}

/// Every entry that is written for `endpoint`, an endpoint of `fleet`: the lowest level first, as they stand.
#[must_use]
pub fn of(endpoint: &Endpoint, fleet: &Fleet) -> Vec<WrittenEntry> {
    let reader = Reader {
        endpoint,
        application: endpoint
            .place()
            .application()
            .and_then(|name| fleet.application(name)),
        settings: endpoint.settings().shown(),
    };
    let mut all = Vec::new();
    for level in reader.levels(fleet) {
        all.extend(level.entries.iter().map(|entry| WrittenEntry {
            level: level.level,
            name: entry.name.clone(),
            value: shown(entry),
            meant: meant(&entry.name).map(|row| row.id),
            spot: entry.name_spot.clone(),
            fate: reader.fate(entry, &level),
        }));
    }
    all
}

/// What is written at one level.
struct Written<'f> {
    level: Level,
    kind: Kind,
    entries: Cow<'f, [Entry]>,
}

struct Reader<'f> {
    endpoint: &'f Endpoint,
    application: Option<&'f Application>,
    settings: Vec<ShownSetting<'f>>,
}

impl<'f> Reader<'f> {
    fn levels(&self, fleet: &'f Fleet) -> Vec<Written<'f>> {
        let (own_kind, own) = self.of_endpoint();
        let mut levels = vec![Written {
            level: Level::Endpoint,
            kind: own_kind,
            entries: own.into(),
        }];
        if let Some(application) = self.application {
            if let Some(OwnFile::Read(file)) = fleet.own_files.get(&application.name.value) {
                levels.push(Written {
                    level: Level::OwnFile,
                    kind: Kind::OwnFile,
                    entries: file.entries().into(),
                });
            }
            levels.push(Written {
                level: Level::Application,
                kind: Kind::Application,
                entries: application.security.as_slice().into(),
            });
        }
        if let Some(host) = self.endpoint.host().and_then(|name| fleet.host(name)) {
            levels.push(Written {
                level: Level::Host,
                kind: Kind::Host,
                entries: host.security.as_slice().into(),
            });
        }
        levels
    }

    /// The transport parameters; those of a connection are also those of its backup.
    fn of_endpoint(&self) -> (Kind, &'f [Entry]) {
        let Some(application) = self.application else {
            return (Kind::Connection, &[]);
        };
        match self.endpoint.place() {
            Place::Port { port, .. } => {
                let mut ports = application.ports.iter();
                let port = ports.find(|one| one.id == *port);
                let entries = port.map_or(&[][..], |port| &port.transport);
                (Kind::Port, entries)
            }
            Place::Connection { target, port, .. } | Place::Backup { target, port, .. } => {
                let mut all = application.connections.iter();
                let written = all.find(|one| one.to.value == *target && one.port == *port);
                let entries = written.map_or(&[][..], |one| &one.transport);
                (Kind::Connection, entries)
            }
            Place::Fleet
            | Place::Host(_)
            | Place::Application(_)
            | Place::CommandLine
            | Place::Program => (Kind::Connection, &[]),
        }
    }

    fn fate(&self, entry: &Entry, level: &Written<'_>) -> Fate {
        match &entry.form {
            EntryForm::Blank { .. } => return Fate::Broken(Broken::Blank),
            EntryForm::NoValue => return Fate::Broken(Broken::NoValue),
            EntryForm::Repeated { first } => {
                let first = first.clone();
                return Fate::Broken(Broken::Repeated { first });
            }
            EntryForm::Beyond { .. } => return Fate::Broken(Broken::Beyond),
            EntryForm::Good => {}
        }
        match meaning(&entry.name) {
            Meaning::Option(row) => self.of_option(row, entry, level),
            Meaning::OtherPurpose => Fate::OtherPurpose,
            Meaning::WrongCase(right) => Fate::Broken(Broken::WrongCase { right: right.name }),
            Meaning::Near(nearest) => Fate::Broken(Broken::Near {
                nearest: nearest.name,
            }),
            Meaning::Unknown => Fate::Broken(Broken::Unknown),
        }
    }

    fn of_option(&self, row: &'static OptionRow, entry: &Entry, level: &Written<'_>) -> Fate {
        if self.endpoint.security() == Security::Product {
            return Fate::Idle(Idle::Product);
        }
        if self.shut_by_own_file(level.level) {
            return Fate::Idle(Idle::OwnFile);
        }
        if let Some((here, works)) = without_effect(level.kind, row) {
            return Fate::Idle(Idle::Place { here, works });
        }
        let is_this = |spot: &Spot| *spot == entry.name_spot;
        let counts = || idle(row.id, self.endpoint).map_or(Fate::Counts, Fate::Idle);
        let Some(setting) = self.settings.iter().find(|one| one.option == row.id) else {
            return match self.switched_below(row.id, level.level) {
                Some(first) => first,
                None => counts(),
            };
        };
        match setting.origin {
            Origin::Set { spot, .. } if is_this(spot) => return counts(),
            Origin::Set { .. } | Origin::Default => {}
        }
        let hidden = setting.hidden.iter().find(|hidden| is_this(&hidden.spot));
        match (hidden, same_option(row, entry, level)) {
            (Some(hidden), _) => Fate::Hidden(hidden.by),
            (None, Some(first)) => Fate::Broken(Broken::OtherName { first }),
            // What was counted and can be found nowhere is told as counting, so that nobody takes it for harmless.
            (None, None) => counts(),
        }
    }

    fn shut_by_own_file(&self, level: Level) -> bool {
        let has_own = self.application.is_some_and(|one| one.own_file.is_some());
        has_own && matches!(level, Level::Application | Level::Host)
    }

    /// `tls` and `upgrade` are no settings but decide what an endpoint speaks: of an own file where the port says neither.
    fn switched_below(&self, option: OptionId, level: Level) -> Option<Fate> {
        if level != Level::OwnFile {
            return None;
        }
        if self.endpoint.role() == Role::Client {
            return Some(Fate::Idle(Idle::PortDecides));
        }
        let (_, own) = self.of_endpoint();
        let mut own = own.iter().filter(|entry| entry.form == EntryForm::Good);
        own.any(|entry| entry.name == option.name())
            .then_some(Fate::Hidden(HiddenBy::LowerLevel))
    }
}

/// An entry before this one that sets the same option under its other name.
fn same_option(row: &OptionRow, entry: &Entry, level: &Written<'_>) -> Option<Spot> {
    let before = level
        .entries
        .iter()
        .take_while(|one| one.name_spot != entry.name_spot);
    let mut good = before.filter(|one| one.form == EntryForm::Good);
    let is_same =
        |one: &&Entry| matches!(meaning(&one.name), Meaning::Option(of) if of.id == row.id);
    good.find(is_same).map(|one| one.name_spot.clone())
}

/// The value of an entry, fit for a terminal; `None` where it may be a secret.
fn shown(entry: &Entry) -> Option<String> {
    let value = entry.value.expose();
    let is_open = meant(&entry.name).is_some_and(|row| !row.is_secret());
    // A URI of a token may have its PIN in it.
    let secret = may_be_password(&entry.name)
        || may_be_key_material(value)
        || value.to_ascii_lowercase().contains("pkcs11:");
    (is_open && !secret).then(|| trustpack_x509::name::printable(value))
}

/// The option that a name is, or perhaps was to be. A blank beside it makes it no other one.
fn meant(name: &str) -> Option<&'static OptionRow> {
    match meaning(name.trim()) {
        Meaning::Option(row) => Some(row),
        Meaning::WrongCase(known) | Meaning::Near(known) => Some(known.row),
        Meaning::OtherPurpose | Meaning::Unknown => None,
    }
}
