//! Who is asked as whom: each endpoint of a fleet with what is expected of it.
//!
//! A port is asked by somebody without a certificate, a connection by its own client, with its files where they are.
//! Invariant: the questions stand in the order of the endpoints that are asked.

use std::collections::BTreeMap;

use trustpack_material::load::shelf::Shelf;
use trustpack_material::load::{Surroundings, load_to_imitate};
use trustpack_material::survey::Survey;
use trustpack_probe::callers::Callers;
use trustpack_probe::comparison::AskedAs;
use trustpack_probe::crowd::{Introduction, More, Question, What};
use trustpack_probe::demands::Demands;
use trustpack_probe::expected::Expected;
use trustpack_settings::endpoint::{Endpoint, Engine, Role, Security};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_settings::value::PeerName;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use super::super::fleet_arguments::ReadFleet;
use super::super::tunnel_service;
use super::fleet::{FleetProbe, Wanted};
use super::offers::random;
use crate::failure::Failure;

/// Everything that is to be asked.
pub(super) struct Plan {
    pub(super) endpoints: Vec<Planned>,
    pub(super) questions: Vec<Question>,
}

/// One endpoint.
pub(super) struct Planned {
    pub(super) place: Place,
    pub(super) service: Option<String>,
    pub(super) expected: Expected,
    /// As whom it is asked; nothing if it is not.
    pub(super) asked_as: Option<AskedAs>,
    /// What its clients demand of the certificate.
    pub(super) demands: Demands,
}

/// The clients that can be imitated, by their places.
type Clients = BTreeMap<Place, Callers>;

/// # Errors
///
/// When the engine refuses settings that the resolution has let pass.
pub(super) fn plan(
    chosen: &[&Endpoint],
    read: &ReadFleet,
    survey: &Survey,
    probe: &FleetProbe,
    now: Timestamp,
) -> Result<Plan, Failure> {
    let mut clients = clients(chosen, read, probe, now);
    let by_port = by_port(&read.resolution);
    let mut plan = Plan {
        endpoints: Vec::new(),
        questions: Vec::new(),
    };
    for endpoint in chosen {
        let expected = Expected::of(endpoint, &read.resolution, survey, now);
        let mut planned = Planned {
            place: endpoint.place().clone(),
            service: endpoint.network().map(ToString::to_string),
            asked_as: None,
            demands: match endpoint.role() {
                Role::Client => Demands::of_client(endpoint, now),
                Role::Server => {
                    let clients = by_port.get(endpoint.place());
                    Demands::of_port(endpoint, clients.map_or(&[], Vec::as_slice), now)
                }
            },
            expected,
        };
        if let (Some(to), false) = (endpoint.network(), is_left_out(&planned.expected)) {
            let (callers, asked_as) = match clients.remove(endpoint.place()) {
                Some(callers) => (callers, AskedAs::Client),
                // Without its files it is nobody: it shows nothing, and trusts nobody.
                None => (stranger(endpoint)?, AskedAs::Nobody),
            };
            let limits = if endpoint.security() == Security::Open {
                probe.limits.for_plain()
            } else {
                probe.limits
            };
            plan.questions.push(Question {
                to: to.clone(),
                callers: callers.with_header(probe.header(endpoint)),
                limits,
                introduction: Introduction {
                    name: asked_name(endpoint),
                    random: random(),
                },
                what: what(endpoint, &planned.expected, probe.offers),
            });
            planned.asked_as = Some(asked_as);
        }
        plan.endpoints.push(planned);
    }
    Ok(plan)
}

fn is_left_out(expected: &Expected) -> bool {
    match expected {
        Expected::NotProbed(_) => true,
        Expected::Wrong { .. }
        | Expected::Down { .. }
        | Expected::Anything
        | Expected::Plain
        | Expected::Port(_)
        | Expected::Connection(_) => false,
    }
}

/// What is asked of an endpoint. To a program that speaks plain text by its settings a hello is garbage: it is spoken to only
/// where everything is asked.
fn what(endpoint: &Endpoint, expected: &Expected, offers: Wanted) -> What {
    match (endpoint.security(), offers) {
        (Security::Open, Wanted::Agreed) => What::Listening,
        (
            Security::Open
            | Security::Tls
            | Security::AutoDetect
            | Security::Refused
            | Security::Product,
            _,
        ) => What::Handshake(more(endpoint, expected, offers)),
    }
}

/// The connections of a fleet by the ports that they lead to.
fn by_port(resolution: &Resolution) -> BTreeMap<&Place, Vec<&Endpoint>> {
    let mut by_port: BTreeMap<&Place, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in resolution.endpoints() {
        if let Some(port) = endpoint.port() {
            by_port.entry(port).or_default().push(endpoint);
        }
    }
    by_port
}

/// What else is asked of a port with TLS.
fn more(endpoint: &Endpoint, expected: &Expected, offers: Wanted) -> More {
    match (expected, offers) {
        (Expected::Port(_), Wanted::Offers) => More::Offers,
        (Expected::Anything, Wanted::Offers) if endpoint.role() == Role::Server => More::Offers,
        // Ours has none of the older ones; and a hello that is refused is a line in its log.
        (Expected::Port(port), Wanted::Agreed) if port.engine != Engine::Trustpack => {
            port.forbidden.map_or(More::Nothing, More::AtMost)
        }
        (
            Expected::Port(_)
            | Expected::NotProbed(_)
            | Expected::Wrong { .. }
            | Expected::Down { .. }
            | Expected::Anything
            | Expected::Plain
            | Expected::Connection(_),
            Wanted::Agreed | Wanted::Offers,
        ) => More::Nothing,
    }
}

/// Somebody who asks for the name of the host, as clients do; for a connection with the versions and suites of its client, if our
/// engine has such.
fn stranger(endpoint: &Endpoint) -> Result<Callers, Failure> {
    if endpoint.role() == Role::Client
        && let Ok(callers) = Callers::of_settings(endpoint)
    {
        return Ok(callers);
    }
    Callers::nobody(asked_name(endpoint).as_ref()).map_err(Failure::request)
}

/// Whom clients of an endpoint ask for.
fn asked_name(endpoint: &Endpoint) -> Option<PeerName> {
    match endpoint.role() {
        Role::Server => endpoint.host().cloned().map(PeerName::Dns),
        Role::Client => endpoint.peer().cloned(),
    }
}

/// The clients whose files are there and can be used.
fn clients(chosen: &[&Endpoint], read: &ReadFleet, probe: &FleetProbe, now: Timestamp) -> Clients {
    let mut by_host: BTreeMap<&DnsName, Vec<&Endpoint>> = BTreeMap::new();
    for endpoint in chosen.iter().filter(|end| end.role() == Role::Client) {
        if let Some(host) = endpoint.host() {
            by_host.entry(host).or_default().push(endpoint);
        }
    }
    let mut clients = Clients::new();
    for (host, endpoints) in by_host {
        let Some(files) = probe.files.of_host(host) else {
            continue;
        };
        let surroundings = Surroundings {
            files: &*files,
            variable: &tunnel_service::variable,
            now,
            acceptances: read.resolution.acceptances(),
            lists: None,
        };
        let shelf = Shelf::new(&*files);
        for endpoint in endpoints {
            // What keeps a client from starting is among the findings, and so in what is expected.
            let Ok(startable) = endpoint.startable() else {
                continue;
            };
            let Ok(material) = load_to_imitate(startable, &surroundings, &shelf) else {
                continue;
            };
            if let Ok(callers) = Callers::of_client(startable, &material, now) {
                let port = endpoint.port();
                let port = port.and_then(|port| read.resolution.endpoint(port));
                let callers = match port {
                    Some(port) => callers.to(port),
                    None => callers,
                };
                clients.insert(endpoint.place().clone(), callers);
            }
        }
    }
    clients
}
