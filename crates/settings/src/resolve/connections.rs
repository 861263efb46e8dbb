//! The endpoints of connections, of their backups, and of the links between primary and backup.
//!
//! Invariant: each connection gives one endpoint, and one more if its target has a backup.
//!
//! Long because a connection, its way to a backup and the links of a pair are made in one way.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ciphers::{self, Allowed};
use super::collector::Collector;
use super::components::{Ends, Kinds};
use super::ladder::Ladder;
use super::link::{self, PortFacts};
use super::ports::{self, Facts, Gathered};
use super::required::Secured;
use super::site::{Site, Sites};
use crate::endpoint::{Endpoint, Origin, Role, Security, Versions};
use crate::finding::Finding;
use crate::findings::{no_common_cipher, no_common_version, unknown_application, unknown_port};
use crate::fleet::{Connection, HaSync};
use crate::level::{self, Kind, LevelValues, Where};
use crate::parse::PathBase;
use crate::place::{ApplicationName, Place, PortId};
use crate::span::{Located, Spot};
use crate::value::ClientCertificate;

/// The endpoints of the connections of `site`.
pub(crate) fn resolve<'f>(
    site: &Site<'f>,
    sites: &Sites<'f>,
    facts: &Facts,
    collector: &mut Collector<'_>,
) -> Vec<Endpoint> {
    let mut endpoints = Vec::with_capacity(site.application.connections.len());
    let own = &site.application.name.value;
    for (nth, connection) in site.application.connections.iter().enumerate() {
        let own_place = connection.place(own);
        let values = read(site, connection, &own_place, collector);
        let position = sites.target(site, nth);
        let as_target = position.and_then(|position| sites.as_target(position));
        let link = |place, target, kinds| Link {
            site,
            connection,
            values: &values,
            place,
            own: &own_place,
            target,
            kinds,
        };
        let to = &connection.to.value;
        let target = Target::new((to, position), connection, sites, facts);
        let kinds = site.kind.zip(as_target.and_then(|target| target.kind));
        endpoints.push(link(&own_place, target, kinds).endpoint(sites, collector));
        // The backup itself needs no way to the backup.
        let backup = as_target.and_then(|target| target.backup());
        if let Some(to) = backup.filter(|(_, position)| *position != Some(site.index)) {
            let target = Target::new(to, connection, sites, facts);
            let place = backup_place(own, connection);
            endpoints.push(link(&place, target, None).endpoint(sites, collector));
        }
    }
    let values = LevelValues::default();
    for connection in &implied(site, sites) {
        let place = connection.place(own);
        let to = &connection.to.value;
        let target = Target::new((to, sites.find(to)), connection, sites, facts);
        let link = Link {
            site,
            connection,
            values: &values,
            place: &place,
            own: &place,
            target,
            kinds: None,
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
        let partner_site = sites.find(partner).and_then(|position| sites.at(position));
        let Some(port) = partner_site.and_then(ha_port) else {
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
        name: &'a ApplicationName,
        spot: &'a Spot,
    },
    NoPort {
        site: &'a Site<'a>,
        name: &'a ApplicationName,
        port: &'a PortId,
        /// Where the connection names its port, or its target if it names none.
        spot: &'a Spot,
    },
}

impl<'a> Target<'a> {
    /// The port that `connection` names, of the application with this name and position.
    fn new<'f: 'a>(
        (name, position): (&'a ApplicationName, Option<usize>),
        connection: &'a Connection,
        sites: &'a Sites<'f>,
        facts: &'a Facts,
    ) -> Self {
        let found = position.and_then(|position| Some((position, sites.at(position)?)));
        let Some((position, site)) = found else {
            let spot = &connection.to.spot;
            return Self::NoApplication { name, spot };
        };
        let port = &connection.port;
        match facts.get(position, port) {
            Some(facts) => Self::Found { site, facts },
            None => Self::NoPort {
                site,
                name,
                port,
                spot: connection.port_spot.as_ref().unwrap_or(&connection.to.spot),
            },
        }
    }

    /// The error that it is not there.
    fn error(&self, place: &Place, sites: &Sites<'_>) -> Option<Finding> {
        match self {
            Self::Found { .. } => None,
            Self::NoApplication { name, spot } => {
                let nearest = sites.nearest(name);
                let (place, written) = (place.clone(), name.as_str());
                Some(unknown_application::found(
                    place, spot, "to", written, nearest,
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
                let (target, port) = (name.as_str(), port.as_str());
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
    /// What its two ends are, if the catalogue knows both and is asked: of a connection that the file writes.
    kinds: Option<Kinds>,
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
            Target::Found { facts, .. } => {
                let (security, found) = link::connection(facts, self.values, place);
                errors.add(found, collector);
                errors.share(facts.unreachable.iter().cloned());
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
            way: None,
            plain: None,
            beyond: Arc::default(),
            findings: Vec::new(),
        };
        self.addresses(&mut endpoint);
        match security {
            Security::Tls => self.secured(&mut endpoint, &ladder, &mut errors, collector),
            Security::Open | Security::AutoDetect => {
                errors.unsecured(endpoint.engine, self.own, self.values, collector);
            }
            Security::Refused | Security::Product => {}
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
        endpoint.way = match &self.target {
            Target::Found { facts, .. } => Some(Arc::clone(&facts.way)),
            Target::NoApplication { .. } | Target::NoPort { .. } => None,
        };
    }

    fn secured(
        &self,
        endpoint: &mut Endpoint,
        ladder: &Ladder<'_>,
        errors: &mut Gathered,
        collector: &mut Collector<'_>,
    ) {
        let (server, port) = match &self.target {
            Target::Found { site, facts } => (Some(*site), Some(*facts)),
            Target::NoApplication { .. } | Target::NoPort { .. } => (None, None),
        };
        let secured = Secured {
            place: self.place,
            role: Role::Client,
            engine: endpoint.engine,
            ladder,
            settings: &endpoint.settings,
            port: port.map(|port| &port.place),
            client_certificate: endpoint.client_certificate,
        };
        let beyond = errors.secured(&secured, self.values, self.site, collector);
        if let Some(port) = port {
            errors.add(self.versions(endpoint, port), collector);
            errors.add(self.ciphers(endpoint, port), collector);
        }
        if let (Some(kinds), Some(server), Some(port)) = (self.kinds, server, port) {
            let ends = Ends {
                client: self.site,
                server,
                kinds,
                connection: self.connection,
                place: self.place,
                port,
            };
            errors.add(ends.findings(), collector);
        }
        endpoint.beyond = beyond;
    }

    fn ciphers(&self, client: &Endpoint, port: &PortFacts) -> Option<Finding> {
        let list = &client.settings.cipher_list;
        let (own, other) = (
            Allowed::by(client.engine, list.value.as_ref()),
            &port.ciphers,
        );
        let spoken = client.settings.versions_spoken_by(client.engine);
        ciphers::nothing_in_common((spoken, &own), (port.versions, other)).then(|| {
            let spot = list.origin.spot();
            no_common_cipher::found(self.place.clone(), &own, spot, &port.place, other)
        })
    }

    fn versions(&self, client: &Endpoint, port: &PortFacts) -> Option<Finding> {
        let settings = &client.settings;
        let (own, other) = (settings.versions_spoken_by(client.engine), port.versions);
        // An end that has no version left at all says so itself.
        let possible = |versions: Versions| versions.lowest <= versions.highest;
        let limit = match &settings.sec_protocol_max.origin {
            highest @ Origin::Set { .. } if own.highest < other.lowest => highest,
            Origin::Set { .. } | Origin::Default => &settings.sec_protocol.origin,
        };
        (possible(own) && possible(other) && !own.meet(other))
            .then(|| no_common_version::between(self.place.clone(), own, limit, &port.place, other))
    }
}
