//! The endpoint that the options of a command line describe, or the own file of a component.
//!
//! An option given as a flag is an endpoint-level setting and goes through the same resolution.
//! Invariant: what is wrong with the options is a finding of the endpoint, as for one of a fleet.

use std::path::Path;
use std::sync::Arc;

use super::ciphers::Allowed;
use super::collector::Collector;
use super::ladder::{Gives, Ladder, Rung};
use super::link::{self, PortFacts, PortSecurity};
use super::listeners;
use super::required::Secured;
use super::settings::{self, Surroundings};
use crate::acceptances::Acceptances;
use crate::component_file::ComponentFile;
use crate::endpoint::{Endpoint, Engine, Level, Role, Security, Versions, Way};
use crate::finding::Finding;
use crate::findings::no_peer_name;
use crate::fleet::{ApplicationRole, Entry, HaSync, Mode, Platform, Port, Runtime};
use crate::level::{self, Kind, LevelValues, Where};
use crate::parse::PathBase;
use crate::place::{Place, PortId};
use crate::span::{Located, Spot};
use crate::value::{
    ClientCertificate, NameCheck, NetworkAddress, PeerName, PlainAddress, ProtocolVersion,
};

/// Who describes an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Describer {
    /// A person, on a command line.
    CommandLine,
    /// A program that calls the library.
    Program,
}

/// What a command line or a program says of an endpoint.
#[derive(Clone, Debug)]
pub struct ByHand<'a> {
    /// Who says it.
    pub by: Describer,
    /// Which side it is.
    pub role: Role,
    /// A server: what to bind. A client: what to dial. `None` if no socket is opened.
    pub network: Option<NetworkAddress>,
    /// The plain side, if a tunnel carries it.
    pub plain: Option<PlainAddress>,
    /// A client: the name to expect of the server.
    pub peer: Option<PeerName>,
    /// The TLS options, as [`Entry::flag`] or [`Entry::option`] makes them.
    pub options: &'a [Entry],
    /// Where relative paths start; an absolute path.
    pub folder: &'a Path,
}

impl ByHand<'_> {
    fn place(&self) -> Place {
        match self.by {
            Describer::CommandLine => Place::CommandLine,
            Describer::Program => Place::Program,
        }
    }
}

/// The endpoint that `request` describes, on this kind of machine. TLS is on without being said.
#[must_use]
pub fn resolve(request: &ByHand<'_>, platform: Platform) -> Endpoint {
    let kind = match request.role {
        Role::Server => Kind::Port,
        Role::Client => Kind::Connection,
    };
    let base = PathBase::Folder(request.folder);
    resolve_level(request, (kind, base), Vec::new(), platform)
}

/// The endpoint that the own file of a component describes, on this kind of machine: its options are those of the
/// endpoint, and TLS is on without being said. `peer` is the name that a client expects of its server. An unclear line
/// is an error of the endpoint, and so is a relative path.
#[must_use]
pub fn resolve_file(
    role: Role,
    peer: Option<PeerName>,
    file: &ComponentFile,
    platform: Platform,
) -> Endpoint {
    let request = ByHand {
        by: Describer::Program,
        role,
        network: None,
        plain: None,
        peer,
        options: &file.entries(),
        folder: Path::new(""),
    };
    let found = file.findings(&Place::Program);
    resolve_level(
        &request,
        (Kind::OwnFile, PathBase::Nowhere),
        found,
        platform,
    )
}

/// The endpoint of one level, of which this was found before.
fn resolve_level(
    request: &ByHand<'_>,
    (kind, base): (Kind, PathBase<'_>),
    found: Vec<Finding>,
    platform: Platform,
) -> Endpoint {
    let place = request.place();
    let acceptances = Acceptances::default();
    let mut collector = Collector::new(&acceptances);
    collector.add_all(found);
    let role = request.role;
    let surroundings = Surroundings {
        runtime: Runtime::Native,
        platform,
        role: ApplicationRole::Server,
    };
    let at = Where {
        kind,
        place: &place,
        base,
        provider: surroundings.read_as(),
    };
    let values = level::read(request.options, at, &acceptances);
    collector.share(&values.findings);
    let ladder = Ladder::new(vec![Rung {
        level: Level::Endpoint,
        place: &place,
        values: &values,
        gives: Gives::Block,
    }]);
    let settings = settings::effective(&ladder, surroundings);
    let security = security((role, &place), &values, &mut collector);
    let client_certificate = match role {
        Role::Server => settings.tls_mutual.value,
        Role::Client if settings.certificate.value.is_none() => ClientCertificate::NotAsked,
        Role::Client => ClientCertificate::Required,
    };
    if security == Security::Tls {
        let secured = Secured {
            place: &place,
            role,
            engine: Engine::Trustpack,
            ladder: &ladder,
            settings: &settings,
            port: None,
            client_certificate,
        };
        collector.add_all(secured.findings());
    }
    look_at_ways(request, settings.name_check.value, &mut collector);
    let mut findings = collector.finish();
    findings.sort_by_key(|finding| finding.severity());
    Endpoint {
        place,
        host: None,
        role,
        security,
        engine: Engine::Trustpack,
        client_certificate,
        settings: Arc::new(settings),
        way: Some(Arc::new(way(request))),
        plain: request.plain.clone().map(Box::new),
        beyond: Arc::default(),
        findings,
    }
}

/// What is wrong with where it listens and leads, and with the name of whom it calls.
fn look_at_ways(request: &ByHand<'_>, check: NameCheck, collector: &mut Collector<'_>) {
    let place = request.place();
    if check == NameCheck::Host && request.peer.is_none() {
        collector.add(no_peer_name::found(place.clone()));
    }
    if let Some(plain) = &request.plain {
        let network = request.network.as_ref();
        collector.add_all(listeners::plain_side(&place, plain, None, network));
    }
}

fn way(request: &ByHand<'_>) -> Way {
    Way {
        network: request.network.clone(),
        port: None,
        peer: request.peer.clone().map(Arc::new),
    }
}

fn security(
    (role, place): (Role, &Place),
    values: &LevelValues,
    collector: &mut Collector<'_>,
) -> Security {
    match role {
        Role::Server => {
            let (security, found) = link::port(&port_by_hand(values), values, place);
            collector.add_all(found);
            security.own()
        }
        Role::Client => {
            let (security, found) = link::connection(&port_of_client(place), values, place);
            collector.add_all(found);
            security
        }
    }
}

/// A server by hand is a port whose mode says that it is secured, unless clients are to decide.
fn port_by_hand(values: &LevelValues) -> Port {
    let spot = Spot::Flag(Arc::from("tls"));
    let secured = Located::new(Mode::Secured, spot.clone());
    Port {
        id: PortId::default(),
        spot,
        number: None,
        mode: (!link::clients_decide(values)).then_some(secured),
        transport: Vec::new(),
        ha_sync: HaSync::No,
        tunnel: None,
        engine: None,
        configured_by: None,
    }
}

/// The port of a client by hand: one that speaks TLS, and of which nothing else is known.
fn port_of_client(place: &Place) -> PortFacts {
    PortFacts {
        place: place.clone(),
        unclear: None,
        security: PortSecurity::Tls,
        client_certificate: ClientCertificate::NotAsked,
        versions: Versions {
            lowest: ProtocolVersion::Tls12,
            highest: ProtocolVersion::Tls13,
        },
        ciphers: Allowed::Anything,
        way: Arc::default(),
        unreachable: Vec::new(),
    }
}
