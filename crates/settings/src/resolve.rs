//! Resolution of settings: what each endpoint really gets, and why.
//!
//! Pure: no files, no clock. The one place in the program that looks at levels.
//! Invariant: an error that concerns an endpoint is among the endpoint's findings, so that it does not start.

mod abilities;
mod attach;
pub mod by_hand;
pub(crate) mod ciphers;
mod collector;
mod common;
mod components;
mod connections;
pub mod entries;
mod ladder;
mod levels;
mod link;
mod listeners;
pub mod missed;
mod name_index;
mod own_file;
mod pairs;
mod part;
mod ports;
mod required;
mod settings;
mod site;

use std::collections::BTreeSet;
use std::sync::Arc;

use trustpack_x509::time::Timestamp;

use crate::acceptances::{self, Acceptances};
use crate::endpoint::{Endpoint, State};
use crate::finding::Finding;
use crate::fleet::Fleet;
use crate::place::{ApplicationName, Place, PlaceKind};
use collector::Collector;
use site::Sites;

/// A fleet resolved: its endpoints and everything that was found.
#[derive(Clone, Debug)]
pub struct Resolution {
    endpoints: Vec<Endpoint>,
    findings: Vec<Arc<Finding>>,
    acceptances: Acceptances,
}

/// Resolves every port and connection of `fleet`. `now` decides which acceptances hold.
#[must_use]
pub fn resolve(fleet: &Fleet, now: Timestamp) -> Resolution {
    let acceptances = Acceptances::new(&fleet.acceptances, now);
    let mut collector = Collector::new(&acceptances);
    for finding in fleet.findings() {
        collector.add(finding.clone());
    }
    let sites = Sites::new(fleet, &mut collector);
    let mut endpoints = all_endpoints(&sites, &mut collector);
    listeners::check(fleet, &mut endpoints, &mut collector);
    pairs::check(fleet, &mut endpoints, &mut collector);
    components::check(&sites, &mut endpoints, &mut collector);
    if !fleet.acceptances.is_empty() {
        let places = places(fleet, &endpoints);
        let accepted = collector.accepted();
        collector.add_all(acceptances::check(
            &fleet.acceptances,
            &places,
            &accepted,
            now,
        ));
    }
    Resolution {
        endpoints,
        findings: collector.finish(),
        acceptances,
    }
}

/// Resolves the endpoints of one application. They and their findings are as [`resolve`] gives them; of the rest of the
/// fleet only what decides about them is resolved, so that a single endpoint of a large fleet is known at once.
#[must_use]
pub fn resolve_application(fleet: &Fleet, name: &ApplicationName, now: Timestamp) -> Resolution {
    match part::of(fleet, name) {
        Some(part) => resolve(&part, now),
        None => resolve(fleet, now),
    }
}

/// The endpoints of all applications, ordered by place: all ports, then all connections, then those to backups, each
/// by application.
fn all_endpoints(sites: &Sites<'_>, collector: &mut Collector<'_>) -> Vec<Endpoint> {
    let by_place = |left: &Endpoint, right: &Endpoint| left.place.cmp(&right.place);
    let mut facts = ports::Facts::default();
    let mut endpoints = Vec::new();
    for site in sites.all() {
        let mut ports = ports::resolve(site, &mut facts, collector);
        ports.sort_by(by_place);
        endpoints.append(&mut ports);
    }
    let mut to_backups = Vec::new();
    for site in sites.all() {
        let mut links = connections::resolve(site, sites, &facts, collector);
        links.sort_by(by_place);
        let is_backup = |endpoint: &Endpoint| matches!(endpoint.place, Place::Backup { .. });
        let backups = links.partition_point(|endpoint| !is_backup(endpoint));
        to_backups.extend(links.drain(backups..));
        endpoints.append(&mut links);
    }
    endpoints.append(&mut to_backups);
    endpoints
}

impl Resolution {
    /// Every endpoint, ordered by place.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The endpoint at a place.
    #[must_use]
    pub fn endpoint(&self, place: &Place) -> Option<&Endpoint> {
        attach::at(&self.endpoints, place)
    }

    /// How an endpoint is shown with its other end in mind: a connection to a port that is refused is refused too.
    #[must_use]
    pub fn state_of(&self, endpoint: &Endpoint) -> State {
        let server = endpoint.port().and_then(|port| self.endpoint(port));
        let refused = server.is_some_and(|server| server.state() == State::Refused);
        if refused {
            State::Refused
        } else {
            endpoint.state()
        }
    }

    /// The endpoints of an application, ports first.
    pub fn endpoints_of(&self, application: &ApplicationName) -> impl Iterator<Item = &Endpoint> {
        [PlaceKind::Port, PlaceKind::Connection, PlaceKind::Backup]
            .into_iter()
            .flat_map(|kind| attach::of_kind(&self.endpoints, kind, application))
    }

    /// Everything that was found, each once, ordered by place.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().map(AsRef::as_ref)
    }

    /// What somebody accepted; for findings that are made later, of files and connections.
    #[must_use]
    pub fn acceptances(&self) -> &Acceptances {
        &self.acceptances
    }
}

/// Every place of the fleet.
fn places(fleet: &Fleet, endpoints: &[Endpoint]) -> BTreeSet<Place> {
    let hosts = fleet
        .hosts
        .iter()
        .map(|host| Place::Host(host.name.value.clone()));
    let applications = fleet
        .applications
        .iter()
        .map(|a| Place::Application(a.name.value.clone()));
    hosts
        .chain(applications)
        .chain(endpoints.iter().map(|endpoint| endpoint.place.clone()))
        .collect()
}
