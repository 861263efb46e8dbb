//! The endpoints of ports.
//!
//! Invariant: each port gives one endpoint, and facts for its clients that agree with it.

use std::net::SocketAddr;
use std::sync::Arc;

use super::ciphers::Allowed;
use super::collector::Collector;
use super::common::OfRole;
use super::ladder::Ladder;
use super::link::{self, PortFacts, PortSecurity};
use super::required::{self, Secured};
use super::settings;
use super::site::Site;
use crate::endpoint::{EffectiveSettings, Endpoint, Engine, Role, Way};
use crate::finding::{Code, Finding, Severity};
use crate::findings::{mode_contradiction, tls_and_upgrade, tunnel_engine};
use crate::fleet::{Host, Platform, Port, Runtime};
use crate::level::{self, Kind, LevelValues, Where};
use crate::options::OptionId;
use crate::parse::PathBase;
use crate::place::{Place, PortId};
use crate::span::{Located, Spot};
use crate::value::{NetworkAddress, PlainAddress};

/// The ports of a fleet.
#[derive(Default)]
pub(crate) struct Facts {
    /// Of each application, by its place in the fleet, in [`order`].
    of_applications: Vec<Vec<(PortId, PortFacts)>>,
}

impl Facts {
    /// The port with this ID of the application at this position.
    pub(crate) fn get(&self, application: usize, id: &PortId) -> Option<&PortFacts> {
        let ports = self.of_applications.get(application)?;
        let index = ports.binary_search_by(|(known, _)| order(known).cmp(&order(id)));
        let index = index.ok()?;
        ports.get(index).map(|(_, facts)| facts)
    }

    fn add(&mut self, site: &Site<'_>, mut ports: Vec<(PortId, PortFacts)>) {
        ports.sort_by(|(left, _), (right, _)| order(left).cmp(&order(right)));
        if self.of_applications.len() <= site.index {
            self.of_applications.resize_with(site.index + 1, Vec::new);
        }
        if let Some(place) = self.of_applications.get_mut(site.index) {
            *place = ports;
        }
    }
}

/// Ports in the order in which they are looked for: most differ in length, which is known without fetching the text.
fn order(id: &PortId) -> (usize, &PortId) {
    (id.as_str().len(), id)
}

/// The endpoints of the ports of `site`; what their clients need to know goes to `facts`.
pub(crate) fn resolve(
    site: &Site<'_>,
    facts: &mut Facts,
    collector: &mut Collector<'_>,
) -> Vec<Endpoint> {
    let mut endpoints = Vec::with_capacity(site.application.ports.len());
    let mut of_ports = Vec::with_capacity(endpoints.capacity());
    for port in &site.application.ports {
        let name = &site.application.name.value;
        let place = port.place(name);
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
        of_ports.push((port.id.clone(), of_port));
        endpoints.push(endpoint);
    }
    facts.add(site, of_ports);
    endpoints
}

fn endpoint(
    site: &Site<'_>,
    port: &Port,
    place: &Place,
    values: &LevelValues,
    collector: &mut Collector<'_>,
) -> (Endpoint, PortFacts) {
    let mut errors = Gathered::new(site, place, values);
    let (tunnel, said) = (port.tunnel.as_ref(), port.engine.as_ref());
    let engine = engine(site, tunnel, said);
    let (security, ladder) = if port.configured_by.is_some() {
        (PortSecurity::Product, Ladder::new(Vec::new()))
    } else {
        let (security, found) = link::port(port, values, place);
        errors.add(found, collector);
        (security, Ladder::new(site.rungs(place, values)))
    };
    let settings = effective(site, values, &ladder);
    let client_certificate = settings.tls_mutual.value;
    let mut beyond = Arc::default();
    match security {
        PortSecurity::Tls | PortSecurity::AutoDetect => {
            let secured = Secured {
                place,
                role: Role::Server,
                engine,
                ladder: &ladder,
                settings: &settings,
                port: None,
                client_certificate,
            };
            beyond = errors.secured(&secured, values, site, collector);
        }
        PortSecurity::Plain => errors.unsecured(engine, place, values, collector),
        PortSecurity::Unclear | PortSecurity::Product => {}
    }
    errors.add(engine_finding(place, tunnel, said), collector);
    let findings = errors.finish();
    let way = Arc::new(Way {
        network: bound_at(site, port),
        port: Some(place.clone()),
        peer: site.peer.clone(),
    });
    let facts = PortFacts {
        place: place.clone(),
        security: seen_by_clients(security, &findings),
        unclear: unclear(values, &findings),
        client_certificate,
        versions: settings.versions_spoken_by(engine),
        ciphers: Allowed::by(engine, settings.cipher_list.value.as_ref()),
        unreachable: site.unreachable.clone(),
        way: Arc::clone(&way),
    };
    let endpoint = Endpoint {
        place: place.clone(),
        host: site.host_name(),
        role: Role::Server,
        security: security.own(),
        engine,
        client_certificate,
        settings,
        way: Some(way),
        plain: tunnel.map(|tunnel| Box::new(tunnel.value.clone())),
        beyond,
        findings,
    };
    (endpoint, facts)
}

/// The settings of an endpoint of `site` with these values of its own.
pub(crate) fn effective(
    site: &Site<'_>,
    values: &LevelValues,
    ladder: &Ladder<'_>,
) -> Arc<EffectiveSettings> {
    let make = || settings::effective(ladder, site.surroundings());
    // One that is set up outside has no levels.
    if site.is_common(values) && !ladder.is_empty() {
        site.common.settings(make)
    } else {
        Arc::new(make())
    }
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

/// Why clients cannot tell what the port speaks: the error that is about that; any other one where it only looks plain.
fn unclear(values: &LevelValues, findings: &[Arc<Finding>]) -> Option<Arc<Finding>> {
    let switches = [OptionId::Tls, OptionId::Upgrade];
    let is_about_it = |finding: &&&Arc<Finding>| {
        let kinds = [&tls_and_upgrade::KIND, &mode_contradiction::KIND];
        let mut unread = switches
            .iter()
            .filter_map(|option| values.slots.get(option));
        kinds.iter().any(|kind| kind.code == finding.code())
            || unread.any(|slot| slot.error.as_ref() == Some(**finding))
    };
    let barring: Vec<_> = findings.iter().filter(|one| one.bars()).collect();
    let about_it = barring.iter().find(is_about_it);
    about_it.or_else(|| barring.first()).copied().cloned()
}

/// The addresses of a host, with a port number; its name if it has none.
fn network(host: &Host, number: u16) -> NetworkAddress {
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

    /// Adds what concerns an endpoint with these values of its own because it is secured; gives what our engine
    /// could not do.
    pub(crate) fn secured(
        &mut self,
        secured: &Secured<'_>,
        values: &LevelValues,
        site: &Site<'_>,
        collector: &mut Collector<'_>,
    ) -> Arc<[String]> {
        let own;
        let own_engine = secured.engine == engine(site, None, None);
        let of_role = if own_engine && site.is_common(values) {
            site.common.of_role(secured, site, collector)
        } else {
            own = OfRole::new(secured, site, collector);
            &own
        };
        self.share(of_role.findings.iter().cloned());
        let mut findings = secured.of_endpoint();
        let has_unknown_host = site.host.is_none() && site.application.host.is_some();
        if has_unknown_host || site.has_unknown_own_file() {
            // Nobody knows what that host or file sets; that it is unknown keeps the endpoint down.
            findings.retain(|finding| !required::is_for_want_of_settings(finding));
        }
        self.add(findings, collector);
        Arc::clone(&of_role.beyond)
    }

    /// Adds what was perhaps to make an endpoint that is open speak TLS.
    pub(crate) fn unsecured(
        &mut self,
        engine: Engine,
        place: &Place,
        values: &LevelValues,
        collector: &mut Collector<'_>,
    ) {
        self.add(required::perhaps_secured(engine, place, values), collector);
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
        fn key(f: &Finding) -> (Severity, &Place, Option<&Spot>, Code, &str) {
            (
                f.severity(),
                &f.place,
                f.spot.as_ref(),
                f.code(),
                &f.message,
            )
        }
        key(left).cmp(&key(right))
    });
    findings.dedup();
}
