//! The files of a whole fleet: what is wrong with them, and which connections they let work.
//!
//! Every endpoint is looked at by itself, then every connection with both its ends. Not here: what the settings
//! alone show, which is for the resolution of the fleet.
//! Invariant: each finding is there once, however many endpoints meet it.

mod authorities;
mod gaps;
mod links;
mod pairs;
pub mod points;

use std::collections::{BTreeMap, BTreeSet};

use trustpack_judge::anchors::TrustAnchors;
use trustpack_keystore::password::Password;
use trustpack_settings::endpoint::{Endpoint, Security, State};
use trustpack_settings::finding::{Code, Finding};
use trustpack_settings::fleet::Fleet;
use trustpack_settings::place::{ApplicationName, Place};
use trustpack_settings::resolve::Resolution;
use trustpack_settings::span::Spot;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use crate::files::Files;
use crate::findings::host_not_there;
use crate::load::shelf::Shelf;
use crate::load::{Examined, Surroundings, examine_with};
use crate::prediction::{End, Prediction, predict};

/// The files of one host, as far as there are any.
pub enum HostFiles {
    /// Here they are.
    There(Box<dyn Files>),
    /// There should be some, and there are none.
    Missing,
    /// Nobody asked for this host.
    NotAsked,
}

/// What a survey needs from outside.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The files of a host.
    pub host: &'a dyn Fn(&DnsName) -> HostFiles,
    /// The value of an environment variable, for passwords given as `env:NAME`.
    pub variable: &'a dyn Fn(&str) -> Option<Password>,
    /// The present time.
    pub now: Timestamp,
}

/// What was found in the files of a fleet.
#[derive(Debug, Default)]
pub struct Survey {
    examined: BTreeMap<Place, Examined>,
    /// Whom anybody trusts, each file of a host once.
    trusted: Vec<TrustAnchors>,
    predictions: BTreeMap<Place, Prediction>,
    to_ports: BTreeMap<Place, Vec<Place>>,
    findings: BTreeMap<Key, Finding>,
}

type Key = (Place, Option<Spot>, Code, String);

/// Looks at the files of every secured endpoint whose host has some, and predicts every connection.
#[must_use]
pub fn survey(fleet: &Fleet, resolution: &Resolution, sources: Sources<'_>) -> Survey {
    let mut survey = Survey::default();
    let mut by_host: BTreeMap<&DnsName, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in resolution.endpoints().iter().filter(|one| has_files(one)) {
        if let Some(host) = endpoint.host() {
            by_host.entry(host).or_default().push(endpoint);
        }
    }
    let accounts = accounts(fleet);
    for host in &fleet.hosts {
        let name = &host.name.value;
        let Some(endpoints) = by_host.remove(name) else {
            continue;
        };
        match (sources.host)(name) {
            HostFiles::There(files) => {
                survey.look_at(&accounts, resolution, &endpoints, &*files, sources);
            }
            HostFiles::Missing => survey.add(resolution, host_not_there::found(name)),
            HostFiles::NotAsked => {}
        }
    }
    survey.predict(resolution, sources.now);
    survey.settle_gaps(resolution, sources.now);
    let found = points::findings(fleet, resolution, &survey)
        .into_iter()
        .chain(pairs::findings(fleet, &survey))
        .chain(authorities::finding(&survey));
    for finding in found.collect::<Vec<_>>() {
        survey.add(resolution, finding);
    }
    survey
}

/// A survey of a fleet of whose files none was looked at: what becomes of every connection as far as settings tell.
#[must_use]
pub fn of_settings(resolution: &Resolution, now: Timestamp) -> Survey {
    let mut survey = Survey::default();
    survey.predict_all(resolution, now);
    survey
}

fn has_files(endpoint: &Endpoint) -> bool {
    match endpoint.security() {
        Security::Tls | Security::AutoDetect | Security::Refused => true,
        Security::Open | Security::Product => false,
    }
}

impl Survey {
    /// Everything that was found in files, each once, ordered by place.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values()
    }

    /// What becomes of each connection, by its place. After a look at files, none is said to work unless both its
    /// ends were looked at.
    #[must_use]
    pub fn predictions(&self) -> &BTreeMap<Place, Prediction> {
        &self.predictions
    }

    /// What becomes of the connections to a port.
    pub fn connections_to(&self, port: &Place) -> impl Iterator<Item = (&Place, &Prediction)> {
        let places = self.to_ports.get(port).into_iter().flatten();
        places.filter_map(|place| self.predictions.get_key_value(place))
    }

    /// The files of an endpoint, if they were looked at.
    #[must_use]
    pub fn examined(&self, place: &Place) -> Option<&Examined> {
        self.examined.get(place)
    }

    fn look_at(
        &mut self,
        accounts: &BTreeMap<&ApplicationName, &str>,
        resolution: &Resolution,
        endpoints: &[&Endpoint],
        files: &dyn Files,
        sources: Sources<'_>,
    ) {
        let surroundings = Surroundings {
            files,
            variable: sources.variable,
            now: sources.now,
            acceptances: resolution.acceptances(),
            lists: None,
        };
        let shelf = Shelf::new(files);
        for endpoint in endpoints {
            let application = endpoint.place().application();
            let account = application.and_then(|name| accounts.get(name));
            let account = account.and_then(|name| shelf.account(name));
            let examined = examine_with(endpoint, account.as_ref(), &surroundings, &shelf);
            for finding in examined.own_findings() {
                self.keep(finding.clone());
            }
            self.examined.insert(endpoint.place().clone(), examined);
        }
        let (trusted, found) = shelf.into_trusted();
        self.trusted.extend(trusted);
        for finding in found.iter().flat_map(|found| found.iter()) {
            self.keep(finding.clone());
        }
    }

    fn predict(&mut self, resolution: &Resolution, now: Timestamp) {
        self.predict_all(resolution, now);
        self.doubt_what_was_not_seen(resolution);
        let found: Vec<Finding> = self
            .predictions
            .iter()
            .filter(|(place, _)| {
                // An error of the settings has said so.
                let client = resolution.endpoint(place);
                client.is_some_and(|client| client.state() != State::Refused)
            })
            .filter_map(|(place, prediction)| links::finding(place, prediction))
            .chain(links::distribution_points(resolution, self))
            .collect();
        for finding in found {
            self.add(resolution, finding);
        }
    }

    fn predict_all(&mut self, resolution: &Resolution, now: Timestamp) {
        let end = |endpoint| End {
            endpoint,
            files: self.examined.get(endpoint.place()),
        };
        let connections = resolution.endpoints().iter().filter_map(|client| {
            let server = resolution.endpoint(client.port()?)?;
            Some((
                client.place().clone(),
                predict(end(client), end(server), now),
            ))
        });
        self.predictions = connections.collect();
        for client in resolution.endpoints() {
            if let Some(port) = client.port() {
                let to_port = self.to_ports.entry(port.clone()).or_default();
                to_port.push(client.place().clone());
            }
        }
    }

    /// That a connection works is not known where the files of an end were not looked at.
    fn doubt_what_was_not_seen(&mut self, resolution: &Resolution) {
        for client in resolution.endpoints() {
            let Some(server) = client.port().and_then(|port| resolution.endpoint(port)) else {
                continue;
            };
            let unseen = [server, client]
                .into_iter()
                .find(|end| !self.examined.contains_key(end.place()));
            if let Some(unseen) = unseen
                && let Some(prediction) = self.predictions.get_mut(client.place())
                && matches!(prediction, Prediction::Works { .. })
            {
                *prediction = Prediction::Unknown {
                    why: not_seen(unseen),
                };
            }
        }
    }

    fn add(&mut self, resolution: &Resolution, finding: Finding) {
        self.keep(resolution.acceptances().mark(finding));
    }

    fn keep(&mut self, finding: Finding) {
        self.findings.entry(key(&finding)).or_insert(finding);
    }

    fn forget(&mut self, finding: &Finding) {
        self.findings.remove(&key(finding));
    }
}

fn key(finding: &Finding) -> Key {
    (
        finding.place.clone(),
        finding.spot.clone(),
        finding.code(),
        finding.message.clone(),
    )
}

fn not_seen(end: &Endpoint) -> String {
    let role = end.role();
    match end.host() {
        Some(host) => {
            format!("the settings fit, but the files of the {role}, on {host}, were not looked at")
        }
        None => {
            format!("the settings fit, but the {role} is on no host whose files can be looked at")
        }
    }
}

/// The accounts that programs run under, where the fleet says so.
fn accounts(fleet: &Fleet) -> BTreeMap<&ApplicationName, &str> {
    let accounts = fleet.applications.iter().filter_map(|application| {
        let account = application.account.as_ref()?;
        Some((&application.name.value, account.value.as_str()))
    });
    // Of two applications of one name the first counts.
    accounts.rev().collect()
}

/// The names of these, each once.
fn names(of: impl Iterator<Item = String>) -> Vec<String> {
    let names: BTreeSet<String> = of.map(|name| format!("{name:?}")).collect();
    names.into_iter().collect()
}
