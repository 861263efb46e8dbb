//! What the catalogue says of the applications of a fleet: links and ports that it does not list, and its notes; and
//! ports in clear, of kinds that it knows and of others.
//!
//! Else only kinds that it knows are judged, and only connections that the file writes.
//! Invariant: everything found here is a note, but for options at an object that nothing reads them from.

use super::attach::{Walk, at, attach};
use super::collector::Collector;
use super::link::{PortFacts, PortSecurity};
use super::site::{Site, Sites};
use crate::catalogue::{Catalogue, Component, Link, LinkPort, catalogue};
use crate::endpoint::{Endpoint, State};
use crate::finding::Finding;
use crate::findings::{
    catalogue_note, cluster_security, link_not_listed, near_component, port_in_clear,
    port_not_listed, port_without_tls,
};
use crate::fleet::{Application, Connection, HaSync, Port};
use crate::place::{Place, PlaceKind};

/// The note that says which of two objects carries the options.
const NODE_NOT_CLUSTER: &str = "cobrowse-scs";

/// Judges a fleet by the catalogue; what is found becomes part of its `endpoints`, ordered by place.
pub(crate) fn check(sites: &Sites<'_>, endpoints: &mut [Endpoint], collector: &mut Collector<'_>) {
    let catalogue = catalogue();
    let mut found = Vec::new();
    let mut of_ports = Walk::new(PlaceKind::Port, endpoints);
    for site in sites.all() {
        if site.kind.is_none() {
            collector.add_all(near(site.application, catalogue));
        }
        let own = of_ports.of(&site.application.name.value);
        found.extend(open_ports(site, catalogue, own));
    }
    for judged in sites.all().filter_map(Judged::new) {
        collector.add_all(judged.own_notes(catalogue));
        collector.add_all(judged.cluster(sites));
    }
    attach(found, endpoints, collector);
}

/// An application whose kind the catalogue knows.
struct Judged<'f> {
    application: &'f Application,
    kind: &'static Component,
}

/// What the catalogue knows the client and the server of a connection as.
pub(crate) type Kinds = (&'static Component, &'static Component);

/// Both ends of a secured connection.
pub(crate) struct Ends<'a> {
    pub(crate) client: &'a Site<'a>,
    pub(crate) server: &'a Site<'a>,
    pub(crate) kinds: Kinds,
    pub(crate) connection: &'a Connection,
    /// Where its endpoint is.
    pub(crate) place: &'a Place,
    pub(crate) port: &'a PortFacts,
}

/// That a kind is probably misspelt.
fn near(application: &Application, catalogue: &Catalogue) -> Option<Finding> {
    let written = application.component.as_ref()?;
    let nearest = catalogue.nearest(&written.value)?;
    let place = Place::Application(application.name.value.clone());
    Some(near_component::found(
        place,
        &written.spot,
        &written.value,
        nearest,
    ))
}

/// Ports in clear, of those that an application has: one kind of note where it is known to secure such ports.
fn open_ports(site: &Site<'_>, catalogue: &Catalogue, own: &[Endpoint]) -> Vec<Finding> {
    let name = &site.application.name.value;
    let can = site.kind.filter(|kind| catalogue.serves(kind));
    let places = site
        .application
        .ports
        .iter()
        .map(|port| (port.place(name), port));
    places
        // One that an error keeps down may have been meant as secure.
        .filter(|(place, _)| at(own, place).is_some_and(|e| e.state() == State::Open))
        .map(|(place, port)| match can {
            Some(kind) => port_without_tls::found(place, &port.spot, &kind.name),
            None => port_in_clear::found(place, &port.spot),
        })
        .collect()
}

impl<'f> Judged<'f> {
    /// The application, if the catalogue knows its kind.
    fn new(site: &Site<'f>) -> Option<Self> {
        let application = site.application;
        site.kind.map(|kind| Self { application, kind })
    }

    fn place(&self) -> Place {
        Place::Application(self.application.name.value.clone())
    }

    fn own_notes(&self, catalogue: &Catalogue) -> Vec<Finding> {
        let ids = self.kind.notes.iter().filter(|id| *id != NODE_NOT_CLUSTER);
        let texts = ids.filter_map(|id| catalogue.note(id));
        let note = |text| {
            catalogue_note::found(
                self.place(),
                &self.application.name.spot,
                &self.kind.name,
                text,
            )
        };
        texts.map(note).collect()
    }

    /// Options at the object of a cluster, where those of its nodes are read. An object that neither listens nor
    /// connects, beside others of its kind that do, is that of a cluster.
    fn cluster(&self, sites: &Sites<'_>) -> Option<Finding> {
        let one = self.application;
        let noted = self.kind.notes.iter().any(|id| id == NODE_NOT_CLUSTER);
        let idle = |a: &Application| a.ports.is_empty() && a.connections.is_empty();
        if !noted || !idle(one) {
            return None;
        }
        let option = one.security.first()?;
        let mut others = sites
            .all()
            .filter_map(Judged::new)
            .filter(|other| other.kind.name == self.kind.name);
        let node = others.find(|other| !idle(other.application))?;
        let node = &node.application.name.value;
        Some(cluster_security::found(
            self.place(),
            &option.name_spot,
            node,
        ))
    }
}

impl Ends<'_> {
    /// What the catalogue says of the connection.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let catalogue = catalogue();
        let (client, server) = self.kinds;
        let links = || catalogue.between(client, server);
        let spot = &self.connection.to.spot;
        let place = || self.place.clone();
        if links().next().is_none() {
            let (client, server) = (&client.name, &server.name);
            return vec![link_not_listed::found(place(), spot, client, server)];
        }
        let fitting: Vec<&Link> = links().filter(|link| self.fits(link.port)).collect();
        if fitting.is_empty() {
            let mut listed: Vec<String> = links().map(|link| link.port.to_string()).collect();
            listed.dedup();
            let port = self.connection.port.as_str();
            let listed = listed.join(", ");
            return vec![port_not_listed::found(place(), spot, port, &listed)];
        }
        let mut ids: Vec<&String> = fitting.iter().flat_map(|link| &link.notes).collect();
        ids.sort_unstable();
        ids.dedup();
        let texts = ids.into_iter().filter_map(|id| catalogue.note(id));
        let kinds = format!("{} to {}", client.name, server.name);
        texts
            .map(|text| catalogue_note::found(place(), spot, &kinds, text))
            .collect()
    }

    /// Whether the port of the connection is the one that a link is about.
    fn fits(&self, listed: LinkPort) -> bool {
        let id = &self.connection.port;
        match listed {
            LinkPort::Any => true,
            // "the port with ID default, or the one it was renamed to": the first, where none has the ID.
            LinkPort::Default => {
                id.is_default() || {
                    let ports = &self.server.application.ports;
                    let renamed = ports.iter().all(|port| !port.id.is_default());
                    renamed && ports.first().is_some_and(|first| first.id == *id)
                }
            }
            LinkPort::Esp => id.as_str() == "ESP",
            LinkPort::HaSync => {
                let has = |port: &Port| port.ha_sync == HaSync::Yes;
                self.port().is_some_and(has) || self.is_pair()
            }
            LinkPort::AutoDetect => self.port.security == PortSecurity::AutoDetect,
            // Each of these is set up by other means than a port of the fleet.
            LinkPort::Https
            | LinkPort::Ldaps
            | LinkPort::Database
            | LinkPort::Sip
            | LinkPort::Product => self.port().is_some_and(|port| port.configured_by.is_some()),
        }
    }

    /// The port that the connection leads to.
    fn port(&self) -> Option<&Port> {
        let mut ports = self.server.application.ports.iter();
        ports.find(|port| port.id == self.connection.port)
    }

    fn is_pair(&self) -> bool {
        let backup_of = |one: &Application, other: &Application| {
            one.backup
                .as_ref()
                .is_some_and(|backup| backup.value == other.name.value)
        };
        let (client, server) = (self.client.application, self.server.application);
        backup_of(client, server) || backup_of(server, client)
    }
}
