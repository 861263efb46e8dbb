//! The endpoints of ports.
//!
//! Invariant: each port gives one endpoint, and facts for its clients that agree with it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::collector::Collector;
use super::ladder::Ladder;
use super::levels;
use super::link::{self, PortFacts, PortSecurity};
use super::required::Secured;
use super::settings;
use super::site::Site;
use crate::endpoint::{Endpoint, Engine, Role};
use crate::finding::Finding;
use crate::findings::tunnel_engine;
use crate::fleet::{Host, Platform, Port, Runtime};
use crate::level::{self, Kind, LevelValues, Where};
use crate::parse::PathBase;
use crate::place::{ApplicationName, Place, PortId};
use crate::span::Located;
use crate::value::{NetworkAddress, PlainAddress};

/// The ports of a fleet, by application and ID.
pub(crate) type Facts<'f> = BTreeMap<(&'f ApplicationName, &'f PortId), PortFacts>;

/// Adds the endpoints of the ports of `site`.
pub(crate) fn resolve<'f>(
    site: &Site<'f>,
    facts: &mut Facts<'f>,
    endpoints: &mut Vec<Endpoint>,
    collector: &mut Collector<'_>,
) {
    for port in &site.application.ports {
        let name = &site.application.name.value;
        let place = place(name, port);
        let at = Where {
            kind: Kind::Port,
            place: &place,
            base: PathBase::Nowhere,
            provider: site.surroundings().read_as(),
        };
        let mut values = level::read(&port.transport, at, collector.acceptances());
        collector.share(&values.findings);
        site.lend_to_port(&mut values);
        let (endpoint, of_port) = endpoint(site, port, &place, &values, collector);
        facts.insert((name, &port.id), of_port);
        endpoints.push(endpoint);
    }
}

/// Where a port is in the fleet.
pub(crate) fn place(application: &ApplicationName, port: &Port) -> Place {
    Place::Port {
        application: application.clone(),
        port: port.id.clone(),
    }
}

fn endpoint(
    site: &Site<'_>,
    port: &Port,
    place: &Place,
    values: &LevelValues,
    collector: &mut Collector<'_>,
) -> (Endpoint, PortFacts) {
    let mut errors = Gathered::new(site, place, values);
    let tunnel = port.tunnel.as_ref();
    let engine = engine(site, tunnel, port.engine.as_ref());
    let (security, ladder) = if port.configured_by.is_some() {
        (PortSecurity::Product, Ladder::new(Vec::new()))
    } else {
        let (security, found) = link::port(port, values, place, engine);
        errors.add(found, collector);
        (security, Ladder::new(site.rungs(place, values)))
    };
    let settings = settings::effective(&ladder, site.surroundings());
    let client_certificate = settings.tls_mutual.value;
    let role = Role::Server;
    let mut beyond = Vec::new();
    match security {
        PortSecurity::Tls | PortSecurity::AutoDetect => {
            let (ladder, settings) = (&ladder, &settings);
            let secured = Secured {
                place,
                role,
                engine,
                ladder,
                settings,
                port: None,
                client_certificate,
            };
            errors.secured(&secured, site, collector);
            beyond = secured.beyond();
            beyond.extend(link::auto_detect_beyond(port, security));
        }
        PortSecurity::Plain | PortSecurity::Unclear | PortSecurity::Product => {}
    }
    errors.add(
        engine_finding(place, tunnel, port.engine.as_ref()),
        collector,
    );
    let findings = errors.finish();
    let facts = PortFacts {
        place: place.clone(),
        security: seen_by_clients(security, &findings),
        client_certificate,
        versions: settings.versions_spoken_by(engine),
        ciphers: settings.cipher_list.value.clone(),
        number: port.number,
    };
    let endpoint = Endpoint {
        place: place.clone(),
        host: site.host_name(),
        role,
        security: security.own(),
        engine,
        client_certificate,
        settings,
        network: bound_at(site, port),
        plain: tunnel.map(|tunnel| tunnel.value.clone()),
        peer: None,
        beyond,
        findings,
    };
    (endpoint, facts)
}

/// Where the port is bound, if its host and number are known.
fn bound_at(site: &Site<'_>, port: &Port) -> Option<NetworkAddress> {
    let (host, number) = site.host.zip(port.number)?;
    Some(network(host, number))
}

/// What clients take the port for. One that looks plain because of an error in it may have been meant
/// as secure: nobody sends in clear because of a slip of the pen.
fn seen_by_clients(security: PortSecurity, findings: &[Arc<Finding>]) -> PortSecurity {
    let barred = findings.iter().any(|finding| finding.bars());
    if security == PortSecurity::Plain && barred {
        PortSecurity::Unclear
    } else {
        security
    }
}

/// The addresses of a host, with a port number; its name if it has none.
pub(crate) fn network(host: &Host, number: u16) -> NetworkAddress {
    if host.addresses.is_empty() {
        return NetworkAddress::Lookup {
            name: host.name.value.clone(),
            port: number,
        };
    }
    let addresses = host
        .addresses
        .iter()
        .map(|ip| SocketAddr::new(ip.value, number));
    NetworkAddress::Given(addresses.collect())
}

/// Who does TLS: as said, else the tunnel that carries the endpoint, else what the program brings along.
pub(crate) fn engine(
    site: &Site<'_>,
    tunnel: Option<&Located<PlainAddress>>,
    said: Option<&Located<Engine>>,
) -> Engine {
    match (said, tunnel, site.application.runtime, site.platform()) {
        (Some(said), ..) => said.value,
        (None, Some(_), ..) => Engine::Trustpack,
        (None, None, Runtime::Java, _) => Engine::Jsse,
        (None, None, Runtime::Dotnet, _) | (None, None, Runtime::Native, Platform::Windows) => {
            Engine::Schannel
        }
        (None, None, Runtime::Native, Platform::Unix) => Engine::Openssl,
    }
}

/// A tunnel beside another engine.
pub(crate) fn engine_finding(
    place: &Place,
    tunnel: Option<&Located<PlainAddress>>,
    said: Option<&Located<Engine>>,
) -> Option<Finding> {
    match (tunnel, said) {
        (Some(_), Some(said)) if said.value != Engine::Trustpack => Some(tunnel_engine::found(
            place.clone(),
            &said.spot,
            &said.value.to_string(),
        )),
        (Some(_), Some(_) | None) | (None, _) => None,
    }
}

/// The findings that concern one endpoint, each once.
pub(crate) struct Gathered(Vec<Arc<Finding>>);

impl Gathered {
    /// Those of the file, the host, the application and the endpoint's own parameters.
    pub(crate) fn new(site: &Site<'_>, place: &Place, values: &LevelValues) -> Self {
        let mut gathered = Self(site.errors_for(place));
        gathered.share(values.findings.iter().cloned());
        gathered
    }

    /// Adds new findings, and tells the fleet's list of them.
    pub(crate) fn add(
        &mut self,
        findings: impl IntoIterator<Item = Finding>,
        collector: &mut Collector<'_>,
    ) {
        self.0
            .extend(findings.into_iter().map(|finding| collector.add(finding)));
    }

    /// Adds findings that the fleet's list has already.
    pub(crate) fn share(&mut self, findings: impl IntoIterator<Item = Arc<Finding>>) {
        self.0.extend(findings);
    }

    /// Adds what concerns an endpoint because it is secured.
    pub(crate) fn secured(
        &mut self,
        secured: &Secured<'_>,
        site: &Site<'_>,
        collector: &mut Collector<'_>,
    ) {
        self.share(secured.ladder.errors(secured.role));
        self.add(
            levels::findings(secured.ladder, site, secured.role),
            collector,
        );
        self.add(secured.findings(), collector);
    }

    /// All of them, errors first, then by place and spot.
    pub(crate) fn finish(mut self) -> Vec<Arc<Finding>> {
        sort(&mut self.0);
        self.0
    }
}

/// Puts the findings of an endpoint in order: errors first, then by place and spot; each once.
pub(crate) fn sort(findings: &mut Vec<Arc<Finding>>) {
    findings.sort_by(|left, right| {
        let key = |f: &Arc<Finding>| (f.severity(), f.place.clone(), f.spot.clone(), f.code());
        key(left)
            .cmp(&key(right))
            .then_with(|| left.message.cmp(&right.message))
    });
    findings.dedup();
}
