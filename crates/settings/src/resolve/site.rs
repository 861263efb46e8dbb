//! An application where it runs: with its host, what both levels set, and the errors that concern all of
//! its endpoints.
//!
//! Invariant: each level is read once, however many endpoints look at it.
//!
//! Long because an application with its levels, and the index of all of them, are read together.

use std::collections::BTreeMap;
use std::sync::Arc;

use trustpack_x509::dns::DnsName;

use super::collector::Collector;
use super::common::Common;
use super::ladder::{Gives, Rung, block_options};
use super::name_index::NameIndex;
use super::own_file;
use super::settings::Surroundings;
use crate::catalogue::{Component, catalogue};
use crate::endpoint::Level;
use crate::finding::{Finding, Severity};
use crate::findings::{
    unknown_application, unknown_host, unreadable_acceptance, unused_by_own_file,
};
use crate::fleet::{
    Application, ApplicationRole, CertificateSource, Connection, Fleet, Host, Platform, Runtime,
};
use crate::level::{self, Kind, LevelValues, Where};
use crate::options::OptionId;
use crate::parse::PathBase;
use crate::place::{ApplicationName, Place};
use crate::spelling::Guesses;
use crate::value::PeerName;

/// A host with what it sets.
struct HostLevel<'f> {
    host: &'f Host,
    place: Place,
    values: Arc<LevelValues>,
}

/// An application with its levels.
pub(crate) struct Site<'f> {
    pub(crate) application: &'f Application,
    /// Which of the fleet's applications it is.
    pub(crate) index: usize,
    pub(crate) place: Place,
    pub(crate) host: Option<&'f Host>,
    /// The name clients check, if its host is known.
    pub(crate) peer: Option<Arc<PeerName>>,
    host_name: Option<Arc<DnsName>>,
    /// What the catalogue knows it as.
    pub(crate) kind: Option<&'static Component>,
    values: LevelValues,
    /// What its own file says, if it has one that was read.
    own: Option<LevelValues>,
    host_place: Option<Place>,
    host_values: Arc<LevelValues>,
    /// Errors that concern every endpoint of it.
    shared: Vec<Arc<Finding>>,
    /// Errors in the file, by the place they stand at.
    reading: Arc<BTreeMap<Place, Vec<Arc<Finding>>>>,
    /// What its endpoints have in common that set nothing themselves.
    pub(crate) common: Common,
    /// Errors that leave its addresses unknown to its clients.
    pub(crate) unreachable: Vec<Arc<Finding>>,
}

/// The position of an application that the fleet does not have.
const NOWHERE: u32 = u32::MAX;

/// What connections to an application need to know of it. These are close together, since half a million connections
/// lead anywhere.
#[derive(Clone, Copy)]
pub(crate) struct AsTarget<'f> {
    /// What the catalogue knows it as.
    pub(crate) kind: Option<&'static Component>,
    /// Its backup by name, and at which position that is; [`NOWHERE`] if it is not there.
    backup: Option<(&'f ApplicationName, u32)>,
}

impl<'f> AsTarget<'f> {
    /// Its backup by name, and its position if the fleet has it.
    pub(crate) fn backup(&self) -> Option<(&'f ApplicationName, Option<usize>)> {
        let (name, position) = self.backup?;
        Some((name, known(position)))
    }
}

/// Every application of a fleet.
pub(crate) struct Sites<'f> {
    sites: Vec<Site<'f>>,
    by_name: BTreeMap<&'f ApplicationName, usize>,
    names: NameIndex<'f>,
    /// Of each application, by its position, the positions of those that it connects to; [`NOWHERE`] for one that is not
    /// there.
    targets: Vec<Vec<u32>>,
    /// Of each application, by its position, what connections to it need beside its ports.
    as_targets: Vec<AsTarget<'f>>,
    guesses: Guesses,
    /// The applications that name each one as their backup.
    primaries: BTreeMap<&'f ApplicationName, Vec<&'f Application>>,
}

impl<'f> Sites<'f> {
    /// Reads the levels of `fleet`.
    pub(crate) fn new(fleet: &'f Fleet, collector: &mut Collector<'_>) -> Self {
        let reading = Arc::new(reading_errors(fleet, collector));
        let hosts: BTreeMap<&DnsName, HostLevel<'f>> = fleet
            .hosts
            .iter()
            .map(|host| (&host.name.value, host_level(host, collector)))
            .collect();
        let by_name: BTreeMap<&'f ApplicationName, usize> = fleet
            .applications
            .iter()
            .enumerate()
            .map(|(index, application)| (&application.name.value, index))
            .collect();
        let names = by_name.keys().map(|name| name.as_str()).collect::<Vec<_>>();
        let sites: Vec<Site<'f>> = fleet
            .applications
            .iter()
            .enumerate()
            .map(|(index, application)| {
                let mut site = Site::new((index, application), &hosts, &reading, collector);
                site.read_own_file(fleet, collector);
                site.check_backup(&by_name, &names, collector);
                site
            })
            .collect();
        let mut primaries: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for application in &fleet.applications {
            if let Some(backup) = &application.backup {
                primaries
                    .entry(&backup.value)
                    .or_default()
                    .push(application);
            }
        }
        let names = NameIndex::new(fleet.applications.iter().map(|a| a.name.value.as_str()));
        let as_target = |site: &Site<'f>| AsTarget {
            kind: site.kind,
            backup: site
                .application
                .backup
                .as_ref()
                .map(|backup| (&backup.value, position(&backup.value, &names))),
        };
        Self {
            as_targets: sites.iter().map(as_target).collect(),
            sites,
            targets: targets(fleet, &names),
            names,
            guesses: Guesses::new(),
            by_name,
            primaries,
        }
    }

    /// The applications that `name` is the backup of.
    pub(crate) fn primaries(&self, name: &ApplicationName) -> &[&'f Application] {
        self.primaries
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// All of them, ordered by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Site<'f>> {
        self.by_name
            .values()
            .filter_map(|index| self.sites.get(*index))
    }

    /// Where the one of this name is.
    pub(crate) fn find(&self, name: &ApplicationName) -> Option<usize> {
        self.names.positions(name.as_str()).next()
    }

    /// The one at this position.
    pub(crate) fn at(&self, position: usize) -> Option<&Site<'f>> {
        self.sites.get(position)
    }

    /// What connections need to know of the application at this position.
    pub(crate) fn as_target(&self, position: usize) -> Option<AsTarget<'f>> {
        self.as_targets.get(position).copied()
    }

    /// The position of the target of a connection of `site`, the one at this place among them.
    pub(crate) fn target(&self, site: &Site<'_>, nth: usize) -> Option<usize> {
        known(*self.targets.get(site.index)?.get(nth)?)
    }

    /// The name of an application that is probably meant by `written`.
    pub(crate) fn nearest(&self, written: &ApplicationName) -> Option<&str> {
        let known = self.by_name.keys().map(|name| name.as_str());
        self.guesses.nearest(written.as_str(), known)
    }
}

/// Where the targets of all connections are.
fn targets(fleet: &Fleet, names: &NameIndex<'_>) -> Vec<Vec<u32>> {
    let target = |connection: &Connection| position(&connection.to.value, names);
    let of = |application: &Application| application.connections.iter().map(target).collect();
    fleet.applications.iter().map(of).collect()
}

/// The position of an application, or [`NOWHERE`].
fn position(name: &ApplicationName, names: &NameIndex<'_>) -> u32 {
    let found = names.positions(name.as_str()).next();
    found.map_or(NOWHERE, |at| u32::try_from(at).unwrap_or(NOWHERE))
}

/// A position that is one.
fn known(position: u32) -> Option<usize> {
    let is_there = position != NOWHERE;
    is_there.then(|| usize::try_from(position).ok())?
}

fn surroundings(application: &Application, host: Option<&Host>) -> Surroundings {
    Surroundings {
        runtime: application.runtime,
        platform: host.map_or(Platform::Unix, |host| host.platform),
        role: application.role,
    }
}

fn reading_errors(
    fleet: &Fleet,
    collector: &mut Collector<'_>,
) -> BTreeMap<Place, Vec<Arc<Finding>>> {
    let mut errors: BTreeMap<Place, Vec<Arc<Finding>>> = BTreeMap::new();
    // An acceptance that cannot be read accepts nothing, which is all the harm it does.
    let concerns_endpoints = |f: &&Finding| {
        f.severity() == Severity::Error && f.code() != unreadable_acceptance::KIND.code
    };
    for finding in fleet.findings.iter().filter(concerns_endpoints) {
        let shared = collector.add(finding.clone());
        errors
            .entry(finding.place.clone())
            .or_default()
            .push(shared);
    }
    errors
}

fn host_level<'f>(host: &'f Host, collector: &mut Collector<'_>) -> HostLevel<'f> {
    let place = Place::Host(host.name.value.clone());
    let acceptances = collector.acceptances();
    let surroundings = Surroundings {
        runtime: Runtime::Native,
        platform: host.platform,
        role: ApplicationRole::Server,
    };
    let at = Where {
        kind: Kind::Host,
        place: &place,
        base: PathBase::Nowhere,
        provider: surroundings.read_as(),
    };
    let values = level::read(&host.security, at, acceptances);
    collector.share(&values.findings);
    HostLevel {
        host,
        place,
        values: Arc::new(values),
    }
}

impl<'f> Site<'f> {
    fn new(
        (index, application): (usize, &'f Application),
        hosts: &BTreeMap<&DnsName, HostLevel<'f>>,
        reading: &Arc<BTreeMap<Place, Vec<Arc<Finding>>>>,
        collector: &mut Collector<'_>,
    ) -> Self {
        let place = Place::Application(application.name.value.clone());
        let level = application
            .host
            .as_ref()
            .and_then(|name| hosts.get(&name.value));
        let surroundings = surroundings(application, level.map(|level| level.host));
        let at = Where {
            kind: Kind::Application,
            place: &place,
            base: PathBase::Nowhere,
            provider: surroundings.read_as(),
        };
        let values = level::read(&application.security, at, collector.acceptances());
        collector.share(&values.findings);
        let peer = level.map(|level| Arc::new(PeerName::Dns(level.host.name.value.clone())));
        let (host_name, component) = (application.host.as_ref(), application.component.as_ref());
        let mut site = Self {
            application,
            index,
            peer,
            kind: component.and_then(|written| catalogue().component(&written.value)),
            host_name: host_name.map(|host| Arc::new(host.value.clone())),
            host: level.map(|level| level.host),
            host_place: level.map(|level| level.place.clone()),
            host_values: level
                .map(|level| Arc::clone(&level.values))
                .unwrap_or_default(),
            place,
            values,
            own: None,
            shared: Vec::new(),
            reading: Arc::clone(reading),
            common: Common::default(),
            unreachable: Vec::new(),
        };
        let places = [
            Some(&Place::Fleet),
            site.host_place.as_ref(),
            Some(&site.place),
        ];
        let errors = places
            .into_iter()
            .flatten()
            .filter_map(|place| reading.get(place));
        site.shared = errors.flatten().cloned().collect();
        site.check_host(hosts, collector);
        site
    }

    /// The system it runs on.
    pub(crate) fn platform(&self) -> Platform {
        self.host.map_or(Platform::Unix, |host| host.platform)
    }

    /// The host it says it runs on.
    pub(crate) fn host_name(&self) -> Option<Arc<DnsName>> {
        self.host_name.clone()
    }

    /// Whether it has an own file of which nobody knows what it says.
    pub(crate) fn has_unknown_own_file(&self) -> bool {
        self.application.own_file.is_some() && self.own.is_none()
    }

    /// What its endpoints run in and on.
    pub(crate) fn surroundings(&self) -> Surroundings {
        surroundings(self.application, self.host)
    }

    /// The errors that concern an endpoint of it from outside: of the file, the host and the application.
    pub(crate) fn errors_for(&self, endpoint: &Place) -> Vec<Arc<Finding>> {
        let own = self.reading.get(endpoint).into_iter().flatten();
        self.shared.iter().chain(own).cloned().collect()
    }

    /// The levels of an endpoint of it that sets `values` itself.
    pub(crate) fn rungs<'a>(&'a self, place: &'a Place, values: &'a LevelValues) -> Vec<Rung<'a>> {
        let mut rungs = vec![Rung {
            level: Level::Endpoint,
            place,
            values,
            gives: Gives::Block,
        }];
        if self.application.own_file.is_some() {
            rungs.extend(self.own.as_ref().map(|own| Rung {
                level: Level::OwnFile,
                place: &self.place,
                values: own,
                gives: Gives::Block,
            }));
            return rungs;
        }
        rungs.push(Rung {
            level: Level::Application,
            place: &self.place,
            values: &self.values,
            gives: self.gives(CertificateSource::Application),
        });
        if let Some(place) = &self.host_place {
            rungs.push(Rung {
                level: Level::Host,
                place,
                values: &self.host_values,
                gives: self.gives(CertificateSource::Host),
            });
        }
        rungs
    }

    /// Whether an endpoint with these values of its own has the same settings as any other that sets nothing: it
    /// only says whether it is secured. An own file may say that too, and is then hidden.
    pub(crate) fn is_common(&self, values: &LevelValues) -> bool {
        values.slots.is_empty() || (self.own.is_none() && values.say_only_whether())
    }

    fn gives(&self, level: CertificateSource) -> Gives {
        match &self.application.certificate_source {
            Some(source) if source.value != level => Gives::NoBlock,
            Some(_) | None => Gives::Block,
        }
    }

    fn check_host(
        &mut self,
        hosts: &BTreeMap<&DnsName, HostLevel<'f>>,
        collector: &mut Collector<'_>,
    ) {
        if self.host.is_some() {
            return;
        }
        if let Some(name) = &self.application.host {
            let known = hosts.keys().map(|known| known.as_str());
            let nearest = collector.guesses().nearest(name.value.as_str(), known);
            let place = self.place.clone();
            let finding = unknown_host::found(place, &name.spot, name.value.as_str(), nearest);
            self.shared.push(collector.add(finding));
        }
        // Without a host its clients do not know where to go, whatever the reason.
        self.unreachable.clone_from(&self.shared);
    }

    /// Whether a port speaks TLS may stand in the application's own file as well; what the port says itself wins.
    pub(crate) fn lend_to_port(&self, values: &mut LevelValues) {
        for option in [OptionId::Tls, OptionId::Upgrade] {
            if let Some(slot) = self.own.as_ref().and_then(|own| own.slots.get(&option)) {
                values.slots.entry(option).or_insert_with(|| slot.clone());
            }
        }
    }

    fn read_own_file(&mut self, fleet: &Fleet, collector: &mut Collector<'_>) {
        let Some(file) = &self.application.own_file else {
            return;
        };
        let place = || self.place.clone();
        let known = fleet.own_files.get(&self.application.name.value);
        let provider = self.surroundings().read_as();
        let (own, errors) = own_file::read(file, known, &self.place, provider, collector);
        self.own = own;
        self.shared.extend(errors);
        for (level, values) in [
            (Level::Application, &self.values),
            (Level::Host, self.host_values.as_ref()),
        ] {
            let unused: Vec<&str> = values.slots.keys().map(|option| option.name()).collect();
            // The first of them in the file stands for all.
            let first = values.slots.values().map(|slot| &slot.spot).min();
            if let Some(first) = first {
                let unused = (level, &*unused);
                collector.add(unused_by_own_file::found(
                    place(),
                    first,
                    unused,
                    &file.spot,
                ));
            }
        }
    }

    fn check_backup(
        &mut self,
        by_name: &BTreeMap<&'f ApplicationName, usize>,
        names: &[&str],
        collector: &mut Collector<'_>,
    ) {
        let Some(backup) = &self.application.backup else {
            return;
        };
        let (name, place) = (&backup.value, self.place.clone());
        let finding = if *name == self.application.name.value {
            unknown_application::own_backup(place, &backup.spot)
        } else if !by_name.contains_key(name) {
            let names = names.iter().copied();
            let nearest = collector.guesses().nearest(name.as_str(), names);
            unknown_application::found(place, &backup.spot, "backup", name.as_str(), nearest)
        } else {
            return;
        };
        self.shared.push(collector.add(finding));
    }

    /// The options of the block that `level` sets and its certificate source keeps from counting.
    pub(crate) fn unused_block(&self, level: Level) -> Vec<&'static str> {
        let (values, source) = match level {
            Level::Application => (&self.values, CertificateSource::Application),
            Level::Host => (self.host_values.as_ref(), CertificateSource::Host),
            Level::Endpoint | Level::OwnFile => return Vec::new(),
        };
        if self.gives(source) == Gives::Block {
            return Vec::new();
        }
        block_options()
            .filter(|o| values.set(*o).is_some())
            .map(OptionId::name)
            .collect()
    }
}
