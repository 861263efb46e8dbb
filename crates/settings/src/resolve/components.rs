//! What the catalogue says of the applications of a fleet: links and ports that it does not list, and its notes; and
//! ports in clear, of kinds that it knows and of others.
//!
//! Else only kinds that it knows are judged, and only connections that the file writes.
//! Invariant: everything found here is a note, but for options at an object that nothing reads them from.

use super::attach::{Walk, at, attach};
use super::collector::Collector;
use super::site::{Site, Sites};
use crate::catalogue::{Catalogue, Component, Link, LinkPort, catalogue};
use crate::endpoint::{Endpoint, Security, State};
use crate::finding::Finding;
use crate::findings::{
    catalogue_note, cluster_security, link_not_listed, near_component, port_in_clear,
    port_not_listed, port_without_tls,
};
use crate::fleet::{Application, Connection, HaSync, Port};
use crate::place::{Place, PlaceKind, PortId};

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
    let mut of_connections = Walk::new(PlaceKind::Connection, endpoints);
    for site in sites.all() {
        let Some(judged) = &Judged::new(site) else {
            continue;
        };
        collector.add_all(judged.own_notes(catalogue));
        collector.add_all(judged.cluster(sites));
        let name = &judged.application.name.value;
        let own = of_connections.of(name);
        for (nth, connection) in judged.application.connections.iter().enumerate() {
            let server = sites.target(site, nth);
            if let Some(server) = &server.and_then(Judged::new) {
                let place = connection.place(name);
                if at(own, &place).is_some_and(|e| e.security == Security::Tls) {
                    let ends = Ends {
                        client: judged,
                        server,
                        connection,
                        place,
                    };
                    found.extend(ends.findings(catalogue, endpoints));
                }
            }
        }
    }
    attach(found, endpoints, collector);
}

/// An application whose kind the catalogue knows.
struct Judged<'f> {
    application: &'f Application,
    kind: &'static Component,
}

/// Both ends of a secured connection.
struct Ends<'a, 'f> {
    client: &'a Judged<'f>,
    server: &'a Judged<'f>,
    connection: &'f Connection,
    place: Place,
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

    fn port(&self, id: &PortId) -> Option<&Port> {
        self.application.ports.iter().find(|port| port.id == *id)
    }
}

impl Ends<'_, '_> {
    fn findings(&self, catalogue: &Catalogue, endpoints: &[Endpoint]) -> Vec<Finding> {
        let links: Vec<&Link> = catalogue
            .between(self.client.kind, self.server.kind)
            .collect();
        let spot = &self.connection.to.spot;
        let (client, server) = (&self.client.kind.name, &self.server.kind.name);
        let place = || self.place.clone();
        if links.is_empty() {
            return vec![link_not_listed::found(place(), spot, client, server)];
        }
        let fitting: Vec<&Link> = links
            .iter()
            .copied()
            .filter(|link| self.fits(link.port, endpoints))
            .collect();
        if fitting.is_empty() {
            let mut listed: Vec<String> = links.iter().map(|link| link.port.to_string()).collect();
            listed.dedup();
            let port = self.connection.port.as_str();
            return vec![port_not_listed::found(
                place(),
                spot,
                port,
                &listed.join(", "),
            )];
        }
        let mut ids: Vec<&String> = fitting.iter().flat_map(|link| &link.notes).collect();
        ids.sort_unstable();
        ids.dedup();
        let texts = ids.into_iter().filter_map(|id| catalogue.note(id));
        let kinds = format!("{client} to {server}");
        texts
            .map(|text| catalogue_note::found(place(), spot, &kinds, text))
            .collect()
    }

    /// Whether the port of the connection is the one that a link is about.
    fn fits(&self, listed: LinkPort, endpoints: &[Endpoint]) -> bool {
        let id = &self.connection.port;
        let Some(port) = self.server.port(id) else {
            return false;
        };
        match listed {
            LinkPort::Any => true,
            // "the port with ID default, or the one it was renamed to": the first, where none has the ID.
            LinkPort::Default => {
                let default = self.server.port(&PortId::default());
                let first = self.server.application.ports.first();
                default.or(first).is_some_and(|default| default.id == *id)
            }
            LinkPort::Esp => id.as_str() == "ESP",
            LinkPort::HaSync => port.ha_sync == HaSync::Yes || self.is_pair(),
            LinkPort::AutoDetect => {
                let place = port.place(&self.server.application.name.value);
                at(endpoints, &place).is_some_and(|e| e.security == Security::AutoDetect)
            }
            // Each of these is set up by other means than a port of the fleet.
            LinkPort::Https
            | LinkPort::Ldaps
            | LinkPort::Database
            | LinkPort::Sip
            | LinkPort::Product => port.configured_by.is_some(),
        }
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
