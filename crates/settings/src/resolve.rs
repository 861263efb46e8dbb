//! Resolution of settings: what each endpoint really gets, and why.
//!
//! Pure: no files, no clock. The one place in the program that looks at levels.
//! Invariant: an error that concerns an endpoint is among the endpoint's findings, so that it does not start.

mod abilities;
pub mod by_hand;
mod ciphers;
mod collector;
mod components;
mod connections;
mod ladder;
mod levels;
mod link;
mod listeners;
mod own_file;
mod pairs;
mod ports;
mod required;
mod settings;
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trustpack_x509::time::Timestamp;

use crate::acceptances::{self, Acceptances};
use crate::endpoint::Endpoint;
use crate::finding::Finding;
use crate::fleet::Fleet;
use crate::place::{ApplicationName, Place};
use collector::Collector;
use site::Sites;

/// A fleet resolved: its endpoints and everything that was found.
#[derive(Clone, Debug)]
pub struct Resolution {
    endpoints: Vec<Endpoint>,
    by_place: BTreeMap<Place, usize>,
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
    let mut endpoints = Vec::new();
    let mut facts = BTreeMap::new();
    for site in sites.all() {
        ports::resolve(site, &mut facts, &mut endpoints, &mut collector);
    }
    for site in sites.all() {
        connections::resolve(site, &sites, &facts, &mut endpoints, &mut collector);
    }
    endpoints.sort_by(|left, right| left.place.cmp(&right.place));
    listeners::check(fleet, &mut endpoints, &mut collector);
    pairs::check(fleet, &mut endpoints, &mut collector);
    components::check(fleet, &mut endpoints, &mut collector);
    let by_place: BTreeMap<Place, usize> = endpoints
        .iter()
        .enumerate()
        .map(|(index, e)| (e.place.clone(), index))
        .collect();
    if !fleet.acceptances.is_empty() {
        let places = places(fleet, &by_place);
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
        by_place,
        findings: collector.finish(),
        acceptances,
    }
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
        self.by_place
            .get(place)
            .and_then(|index| self.endpoints.get(*index))
    }

    /// The endpoints of an application, ports first.
    pub fn endpoints_of(&self, application: &ApplicationName) -> impl Iterator<Item = &Endpoint> {
        self.endpoints
            .iter()
            .filter(move |e| e.place.application() == Some(application))
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
fn places(fleet: &Fleet, endpoints: &BTreeMap<Place, usize>) -> BTreeSet<Place> {
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
        .chain(endpoints.keys().cloned())
        .collect()
}
