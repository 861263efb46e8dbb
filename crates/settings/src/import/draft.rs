//! The fleet that an export describes, while it is put together.
//!
//! Invariant: an object in the draft has a name that a fleet file takes, and each of its keys and options once.

use std::collections::{BTreeMap, BTreeSet};

use trustpack_x509::dns::DnsName;

use super::attributes::{self, Kind, Literal};
use super::records::{Object, Record, Said};
use super::{Skipped, quoted};
use crate::place::{ApplicationName, PortId};
use crate::secret::{PEM_MARKER, Secret};
use crate::span::Spot;

/// Most options of one `[security]`: fewer than a table of a fleet file may have.
const MAX_OPTIONS: usize = 250;

/// The fleet so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) hosts: Ordered<DnsName, Body>,
    pub(super) applications: Ordered<ApplicationName, ApplicationDraft>,
}

/// An application with its ends.
#[derive(Default)]
pub(super) struct ApplicationDraft {
    pub(super) body: Body,
    pub(super) ports: Ordered<PortId, Body>,
    pub(super) connections: Ordered<(ApplicationName, PortId), Body>,
}

/// Keys and options of an object.
#[derive(Default)]
pub(super) struct Body {
    pub(super) keys: Ordered<&'static str, Literal>,
    /// What stands in its list: no object has two.
    listed: BTreeSet<String>,
    pub(super) security: Ordered<String, Secret>,
}

/// Values by key, in the order in which they came.
pub(super) struct Ordered<K, V> {
    index: BTreeMap<K, usize>,
    items: Vec<V>,
    keys: Vec<K>,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self {
            index: BTreeMap::new(),
            items: Vec::new(),
            keys: Vec::new(),
        }
    }
}

impl<K: Ord + Clone, V> Ordered<K, V> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.keys.iter().zip(&self.items)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let index = self.index.get(key)?;
        self.items.get_mut(*index)
    }

    fn insert(&mut self, key: K, value: V) {
        self.index.insert(key.clone(), self.items.len());
        self.items.push(value);
        self.keys.push(key);
    }
}

impl Draft {
    pub(super) fn has_application(&self, name: &ApplicationName) -> bool {
        self.applications.index.contains_key(name)
    }

    /// Adds what `record` says.
    pub(super) fn take(&mut self, record: Record, skipped: &mut Skipped) {
        let Record { object, said, spot } = record;
        let kind = match &object {
            Object::Host { .. } => Kind::Host,
            Object::Application { .. } => Kind::Application,
            Object::Port { .. } => Kind::Port,
            Object::Connection { .. } => Kind::Connection,
        };
        match self.body(&object) {
            Ok(body) => body.take(&object, kind, said, &spot, skipped),
            Err(why) => skipped.add(object.to_string(), why, &spot),
        }
    }

    /// The keys and options of an object, which is made if it is new.
    fn body(&mut self, object: &Object) -> Result<&mut Body, String> {
        match object {
            Object::Host { name } => {
                let name: DnsName = parsed(name)?;
                Ok(of(&mut self.hosts, name))
            }
            Object::Application { name } => self.application(name).map(|a| &mut a.body),
            Object::Port { application, id } => {
                let id = port_id(id)?;
                Ok(of(&mut self.application(application)?.ports, id))
            }
            Object::Connection {
                application,
                to,
                port,
            } => {
                let key = (parsed(to)?, port_id(port)?);
                Ok(of(&mut self.application(application)?.connections, key))
            }
        }
    }

    fn application(&mut self, name: &str) -> Result<&mut ApplicationDraft, String> {
        let name: ApplicationName = parsed(name)?;
        Ok(of(&mut self.applications, name))
    }
}

/// The value of `key`, made if it is not there.
fn of<K: Ord + Clone, V: Default>(all: &mut Ordered<K, V>, key: K) -> &mut V {
    let index = *all.index.entry(key.clone()).or_insert_with(|| {
        all.items.push(V::default());
        all.keys.push(key);
        all.items.len() - 1
    });
    #[expect(
        clippy::indexing_slicing,
        reason = "the index is of an item that is never taken out"
    )]
    &mut all.items[index]
}

fn parsed<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    if text.contains(PEM_MARKER) {
        return Err(PEM.to_owned());
    }
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn port_id(text: &str) -> Result<PortId, String> {
    if text.is_empty() {
        return Ok(PortId::default());
    }
    parsed(text)
}

impl Body {
    fn take(
        &mut self,
        object: &Object,
        kind: Kind,
        said: Said,
        spot: &Spot,
        skipped: &mut Skipped,
    ) {
        match said {
            Said::Exists => {}
            Said::Attribute { name, value } => {
                let what = || format!("{} of {object}", quoted(&name));
                if value.expose().contains(PEM_MARKER) {
                    skipped.add(what(), PEM, spot);
                    return;
                }
                match attributes::key(kind, &name, value.expose()) {
                    Ok((key, literal)) => {
                        if let Err(why) = self.key(key, literal) {
                            skipped.add(what(), why, spot);
                        }
                    }
                    Err(why) => skipped.add(what(), why, spot),
                }
            }
            Said::Option {
                section,
                name,
                value,
            } => {
                if let Err(why) = self.option(kind, &section, &name, value) {
                    // Of other sections not each option is told.
                    let what = if section == SECURITY {
                        format!("the option {} of {object}", quoted(&name))
                    } else {
                        format!("the section {} of {object}", quoted(&section))
                    };
                    skipped.add(what, why, spot);
                }
            }
        }
    }

    fn key(&mut self, key: &'static str, literal: Literal) -> Result<(), String> {
        match (self.keys.get_mut(&key), literal) {
            (None, Literal::List(list)) => {
                let new = |one: &String| self.listed.insert(one.clone());
                let list = list.into_iter().filter(new).collect();
                self.keys.insert(key, Literal::List(list));
            }
            (None, literal @ (Literal::Text(_) | Literal::Bare(_))) => {
                self.keys.insert(key, literal);
            }
            (Some(Literal::List(list)), Literal::List(more)) => {
                list.extend(
                    more.into_iter()
                        .filter(|one| self.listed.insert(one.clone())),
                );
            }
            (Some(_), _) => return Err("it is said already; the first one counts".to_owned()),
        }
        Ok(())
    }

    fn option(
        &mut self,
        kind: Kind,
        section: &str,
        name: &str,
        value: Secret,
    ) -> Result<(), String> {
        if section != SECURITY {
            let why = if section.trim().eq_ignore_ascii_case(SECURITY) {
                "names of sections are case-sensitive; only [security] has TLS options"
            } else {
                "only [security] has TLS options"
            };
            return Err(why.to_owned());
        }
        match kind {
            Kind::Host | Kind::Application => {}
            Kind::Port | Kind::Connection => {
                return Err("a port and a connection have their options in transport".to_owned());
            }
        }
        if name.is_empty() {
            return Err("it has no name".to_owned());
        }
        if name.contains(PEM_MARKER) || value.expose().contains(PEM_MARKER) {
            return Err(PEM.to_owned());
        }
        if self.security.get_mut(&name.to_owned()).is_some() {
            return Err("it is said already; the first one counts".to_owned());
        }
        if self.security.len() >= MAX_OPTIONS {
            return Err(format!("there are more than {MAX_OPTIONS} options"));
        }
        self.security.insert(name.to_owned(), value);
        Ok(())
    }
}

const SECURITY: &str = "security";
const PEM: &str =
    "a certificate or a key stands in it; a fleet file names such files by their paths";
