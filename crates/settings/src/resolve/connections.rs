//! The endpoints of connections, of their backups, and of the links between primary and backup.
//!
//! Invariant: each connection gives one endpoint, and one more if its target has a backup.
//!
//! Long because a connection, its way to a backup and the links of a pair are made in one way.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ciphers;
use super::collector::Collector;
use super::ladder::Ladder;
use super::link::{self, PortFacts};
use super::ports::{self, Facts, Gathered};
use super::required::Secured;
use super::site::{Site, Sites};
use crate::endpoint::{Endpoint, Role, Security, Versions};
use crate::finding::Finding;
use crate::findings::{no_common_cipher, no_common_version, unknown_application, unknown_port};
use crate::fleet::{Connection, HaSync};
use crate::level::{self, Kind, LevelValues, Where};
use crate::parse::PathBase;
use crate::place::{ApplicationName, Place, PortId};
use crate::span::{Located, Spot};
use crate::value::{CipherList, ClientCertificate, Shown as _};

/// The endpoints of the connections of `site`.
pub(crate) fn resolve<'f>(
    site: &Site<'f>,
    sites: &Sites<'f>,
    facts: &Facts<'f>,
    collector: &mut Collector<'_>,
) -> Vec<Endpoint> {
    let mut endpoints = Vec::with_capacity(site.application.connections.len());
    let own = &site.application.name.value;
    for (nth, connection) in site.application.connections.iter().enumerate() {
        let place = connection.place(own);
        let values = read(site, connection, &place, collector);
        let target = Target::new(&connection.to, connection, sites.target(site, nth), facts);
        let to_backup = target
            .site()
            .and_then(|target| backup_of(connection, own, target));
        let link = Link {
            site,
            connection,
            values: &values,
            place: &place,
            own: &place,
            target,
        };
        endpoints.push(link.endpoint(sites, collector));
        if let Some(to) = to_backup {
            let target = Target::find(&to, connection, sites, facts);
            let backup = backup_place(own, connection);
            let link = Link {
                site,
                connection,
                values: &values,
                place: &backup,
                own: &place,
                target,
            };
            endpoints.push(link.endpoint(sites, collector));
        }
    }
    let values = LevelValues::default();
    for connection in &implied(site, sites) {
        let place = connection.place(own);
        let target = Target::find(&connection.to, connection, sites, facts);
        let link = Link {
            site,
            connection,
            values: &values,
            place: &place,
            own: &place,
            target,
        };
        endpoints.push(link.endpoint(sites, collector));
    }
    endpoints
}

fn backup_place(own: &ApplicationName, connection: &Connection) -> Place {
    let (target, port) = (connection.to.value.clone(), connection.port.clone());
    Place::Backup {
        application: own.clone(),
        target,
        port,
    }
}

/// The backup of the target of a connection. The backup itself needs no way to the backup.
fn backup_of(
    connection: &Connection,
    own: &ApplicationName,
    target: &Site<'_>,
) -> Option<Located<ApplicationName>> {
    let backup = target.application.backup.as_ref()?;
    (backup.value != *own).then(|| Located::new(backup.value.clone(), connection.to.spot.clone()))
}

fn read(
    site: &Site<'_>,
    connection: &Connection,
    place: &Place,
    collector: &mut Collector<'_>,
) -> LevelValues {
    let at = Where {
        kind: Kind::Connection,
        place,
        base: PathBase::Nowhere,
        provider: site.surroundings().read_as(),
    };
    let values = level::read(&connection.transport, at, collector.acceptances());
    collector.share(&values.findings);
    values
}

/// The links of a pair that the file does not write: to its backup, and to whom it is the backup of, by the
/// `ha-sync` port, else `default`.
fn implied(site: &Site<'_>, sites: &Sites<'_>) -> Vec<Connection> {
    let application = site.application;
    let own = &application.name.value;
    let backup = application
        .backup
        .iter()
        .map(|backup| (&backup.value, &backup.spot));
    let primaries = sites.primaries(own).iter().filter_map(|primary| {
        primary
            .backup
            .as_ref()
            .map(|backup| (&primary.name.value, &backup.spot))
    });
    let mut seen: BTreeSet<(&ApplicationName, &PortId)> = application
        .connections
        .iter()
        .map(|c| (&c.to.value, &c.port))
        .collect();
    let mut links = Vec::new();
    for (partner, spot) in backup
        .chain(primaries)
        .filter(|(partner, _)| *partner != own)
    {
        let Some(port) = sites.get(partner).and_then(ha_port) else {
            continue;
        };
        if seen.insert((partner, port)) {
            links.push(Connection {
                to: Located::new(partner.clone(), Spot::clone(spot)),
                port: port.clone(),
                port_spot: None,
                transport: Vec::new(),
                tunnel: None,
                engine: None,
                configured_by: None,
            });
        }
    }
    links
}

fn ha_port<'f>(site: &Site<'f>) -> Option<&'f PortId> {
    let ports = &site.application.ports;
    ports
        .iter()
        .find(|port| port.ha_sync == HaSync::Yes)
        .or_else(|| ports.iter().find(|port| port.id == PortId::default()))
        .map(|port| &port.id)
}

/// What a connection leads to, as far as the fleet has it.
enum Target<'a> {
    Found {
        site: &'a Site<'a>,
        facts: &'a PortFacts,
    },
    NoApplication {
        name: &'a Located<ApplicationName>,
    },
    NoPort {
        site: &'a Site<'a>,
        name: &'a Located<ApplicationName>,
        port: &'a PortId,
        /// Where the connection names its port, or its target if it names none.
        spot: &'a Spot,
    },
}

impl<'a> Target<'a> {
    fn find<'f: 'a>(
        name: &'a Located<ApplicationName>,
        connection: &'a Connection,
        sites: &'a Sites<'f>,
        facts: &'a Facts<'f>,
    ) -> Self {
        Self::new(name, connection, sites.get(&name.value), facts)
    }

    /// The same of an application that was looked for.
    fn new(
        name: &'a Located<ApplicationName>,
        connection: &'a Connection,
        site: Option<&'a Site<'a>>,
        facts: &'a Facts<'_>,
    ) -> Self {
        let Some(site) = site else {
            return Self::NoApplication { name };
        };
        let port = &connection.port;
        match facts.get(site, port) {
            Some(facts) => Self::Found { site, facts },
            None => Self::NoPort {
                site,
                name,
                port,
                spot: connection.port_spot.as_ref().unwrap_or(&name.spot),
            },
        }
    }

    /// The application, if the fleet has it.
    fn site(&self) -> Option<&'a Site<'a>> {
        match self {
            Self::Found { site, .. } | Self::NoPort { site, .. } => Some(site),
            Self::NoApplication { .. } => None,
        }
    }

    /// The error that it is not there.
    fn error(&self, place: &Place, sites: &Sites<'_>) -> Option<Finding> {
        match self {
            Self::Found { .. } => None,
            Self::NoApplication { name } => {
                let nearest = sites.nearest(&name.value);
                let written = name.value.as_str();
                let place = place.clone();
                Some(unknown_application::found(
                    place, &name.spot, "to", written, nearest,
                ))
            }
            Self::NoPort {
                site,
                name,
                port,
                spot,
            } => {
                let ids: Vec<&str> = site
                    .application
                    .ports
                    .iter()
                    .map(|port| port.id.as_str())
                    .collect();
                let place = place.clone();
                let (target, port) = (name.value.as_str(), port.as_str());
                Some(unknown_port::found(place, spot, target, port, &ids))
            }
        }
    }
}

/// One way from an application to a port.
struct Link<'a, 'f> {
    site: &'a Site<'f>,
    connection: &'a Connection,
    values: &'a LevelValues,
    /// Where the endpoint is.
    place: &'a Place,
    /// Where its parameters are: the connection, also for the endpoint of a backup.
    own: &'a Place,
    target: Target<'a>,
}

impl Link<'_, '_> {
    fn endpoint(&self, sites: &Sites<'_>, collector: &mut Collector<'_>) -> Endpoint {
        let Self {
            site,
            connection,
            place,
            ..
        } = self;
        let mut errors = Gathered::new(site, self.own, self.values);
        errors.add(self.target.error(place, sites), collector);
        let product = connection.configured_by.is_some();
        let (tunnel, engine) = (connection.tunnel.as_deref(), connection.engine.as_deref());
        let (security, client_certificate) = match &self.target {
            _ if product => (Security::Product, ClientCertificate::NotAsked),
            Target::Found { facts, site } => {
                let (security, found) = link::connection(facts, self.values, place);
                errors.add(found, collector);
                errors.share(site.unreachable.iter().cloned());
                (security, facts.client_certificate)
            }
            Target::NoApplication { .. } | Target::NoPort { .. } => {
                (Security::Refused, ClientCertificate::NotAsked)
            }
        };
        let ladder = Ladder::new(match security {
            Security::Product => Vec::new(),
            Security::Open | Security::Tls | Security::AutoDetect | Security::Refused => {
                site.rungs(self.own, self.values)
            }
        });
        let mut endpoint = Endpoint {
            place: (*place).clone(),
            host: site.host_name(),
            role: Role::Client,
            security,
            engine: ports::engine(site, tunnel, engine),
            client_certificate,
            settings: ports::effective(site, self.values, &ladder),
            network: None,
            plain: None,
            peer: None,
            port: None,
            beyond: Vec::new(),
            findings: Vec::new(),
        };
        self.addresses(&mut endpoint);
        if security == Security::Tls {
            self.secured(&mut endpoint, &ladder, &mut errors, collector);
        }
        errors.add(ports::engine_finding(self.own, tunnel, engine), collector);
        endpoint.findings = errors.finish();
        endpoint
    }

    /// Where to listen, where to dial, and whom to expect there.
    fn addresses(&self, endpoint: &mut Endpoint) {
        // One plain listener serves the connection and its backup: it is the connection's.
        if self.place == self.own {
            endpoint.plain = self
                .connection
                .tunnel
                .as_ref()
                .map(|tunnel| Box::new(tunnel.value.clone()));
        }
        let Target::Found { site, facts } = &self.target else {
            return;
        };
        endpoint.port = Some(Arc::clone(&facts.place));
        endpoint.peer.clone_from(&site.peer);
        endpoint.network.clone_from(&facts.network);
    }

    fn secured(
        &self,
        endpoint: &mut Endpoint,
        ladder: &Ladder<'_>,
        errors: &mut Gathered,
        collector: &mut Collector<'_>,
    ) {
        let port = match &self.target {
            Target::Found { facts, .. } => Some(*facts),
            Target::NoApplication { .. } | Target::NoPort { .. } => None,
        };
        let secured = Secured {
            place: self.place,
            role: Role::Client,
            engine: endpoint.engine,
            ladder,
            settings: &endpoint.settings,
            port: port.map(|port| port.place.as_ref()),
            client_certificate: endpoint.client_certificate,
        };
        let beyond = errors.secured(&secured, self.values, self.site, collector);
        if let Some(port) = port {
            let own = endpoint.settings.versions_spoken_by(endpoint.engine);
            let ciphers = endpoint.settings.cipher_list.value.as_ref();
            errors.add(self.versions(own, port), collector);
            errors.add(self.ciphers((own, ciphers), port), collector);
        }
        endpoint.beyond = beyond;
    }

    fn ciphers(&self, own: (Versions, Option<&CipherList>), port: &PortFacts) -> Option<Finding> {
        let other = port.ciphers.as_ref();
        ciphers::nothing_in_common(own, (port.versions, other)).then(|| {
            let shown = |list: Option<&CipherList>| match list {
                Some(list) => list.shown(),
                None => "that its engine has".to_owned(),
            };
            let place = self.place.clone();
            no_common_cipher::found(place, &shown(own.1), &port.place, &shown(other))
        })
    }

    fn versions(&self, own: Versions, port: &PortFacts) -> Option<Finding> {
        // An end that has no version left at all says so itself.
        let possible = |versions: Versions| versions.lowest <= versions.highest;
        let both = possible(own) && possible(port.versions);
        (both && !own.meet(port.versions)).then(|| {
            no_common_version::between(self.place.clone(), own, &port.place, port.versions)
        })
    }
}
