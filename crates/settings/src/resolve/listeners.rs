//! Who listens where on each host: no address twice, no tunnel that leads to itself or beyond its host.
//!
//! Not whether an address is free: that only the host knows.
//! Invariant: the work grows with the number of listeners, not with the number of their pairs.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use trustpack_x509::dns::DnsName;

use super::attach;
use super::collector::Collector;
use crate::endpoint::Endpoint;
use crate::finding::Finding;
use crate::findings::same_listener::{self, Meeting, Who};
use crate::findings::{plain_side_elsewhere, tunnel_to_itself};
use crate::fleet::{Fleet, Host};
use crate::place::Place;
use crate::span::{Located, Spot};
use crate::value::{AbsolutePath, NetworkAddress, PlainAddress};

/// What listeners of one host can have in common: a port number or a socket.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shared<'f> {
    Number(u16),
    Socket(&'f AbsolutePath),
}

/// A listener: on which host, at which of its addresses; `None` stands for all that its name has, and for a socket.
struct Listener<'f> {
    host: usize,
    shared: Shared<'f>,
    address: Option<IpAddr>,
    by: By,
    place: Place,
    spot: &'f Spot,
}

/// What listens at a port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Tunnel,
    Program,
}

impl<'f> Listener<'f> {
    /// What those have in common of which one may keep another from listening.
    fn group(&self) -> (usize, Shared<'f>) {
        (self.host, self.shared)
    }

    fn meeting(&self) -> Meeting<'_> {
        Meeting {
            place: &self.place,
            spot: self.spot,
            who: Who::Itself,
        }
    }
}

/// The hosts of a fleet by name, each with its position.
type Hosts<'f> = BTreeMap<&'f DnsName, (usize, &'f Host)>;

/// Checks the listeners of `fleet`; what is found becomes part of its `endpoints`, ordered by place.
pub(crate) fn check(fleet: &Fleet, endpoints: &mut [Endpoint], collector: &mut Collector<'_>) {
    let mut found = Vec::new();
    let hosts = fleet.hosts.iter().enumerate();
    let hosts: Hosts<'_> = hosts
        .map(|(at, host)| (&host.name.value, (at, host)))
        .collect();
    let all = listeners(fleet, &hosts);
    for group in all.chunk_by(|left, right| left.group() == right.group()) {
        for listener in group {
            if let Some(other) = other(group, listener, |_| true) {
                let at = written(listener.shared, listener.address);
                let (own, other) = (listener.meeting(), other.meeting());
                found.push(same_listener::found(&own, &at, &other));
            }
        }
    }
    found.extend(programs(fleet, &hosts, &all));
    for (place, tunnel) in tunnels(fleet) {
        let network = attach::at(endpoints, &place).and_then(Endpoint::network);
        found.extend(plain_side(
            &place,
            &tunnel.value,
            Some(&tunnel.spot),
            network,
        ));
    }
    attach::attach(found, endpoints, collector);
}

/// Every listener of the fleet, ordered by host, what it could share with others, and address.
fn listeners<'f>(fleet: &'f Fleet, hosts: &Hosts<'f>) -> Vec<Listener<'f>> {
    let mut all = Vec::new();
    for application in &fleet.applications {
        let host = application
            .host
            .as_ref()
            .and_then(|name| hosts.get(&name.value));
        let Some((at, host)) = host else { continue };
        let mut add = |shared, address, by, place, spot| {
            all.push(Listener {
                host: *at,
                shared,
                address,
                by,
                place,
                spot,
            });
        };
        let name = &application.name.value;
        for port in &application.ports {
            let Some(number) = port.number else { continue };
            let shared = Shared::Number(number);
            let by = match port.tunnel {
                Some(_) => By::Tunnel,
                None => By::Program,
            };
            if host.addresses.is_empty() {
                add(shared, None, by, port.place(name), &port.spot);
            }
            for address in &host.addresses {
                let address = Some(address.value);
                add(shared, address, by, port.place(name), &port.spot);
            }
        }
        for connection in &application.connections {
            let Some(tunnel) = &connection.tunnel else {
                continue;
            };
            let Some((shared, address)) = plain_listener(&tunnel.value) else {
                continue;
            };
            let place = connection.place(name);
            add(shared, address, By::Tunnel, place, &tunnel.spot);
        }
    }
    // The sort is stable: of those at one address the first of the fleet stays the first.
    all.sort_by_key(|one| (one.host, one.shared, one.address));
    all
}

/// What listens at a plain address has in common with others; `None` if it takes any number that is free.
fn plain_listener(address: &PlainAddress) -> Option<(Shared<'_>, Option<IpAddr>)> {
    match address {
        PlainAddress::Tcp(address) if address.port() == 0 => None,
        PlainAddress::Tcp(address) => Some((Shared::Number(address.port()), Some(address.ip()))),
        PlainAddress::Unix(path) => Some((Shared::Socket(path), None)),
    }
}

/// Tunnels that listen where the program behind another tunnel is to listen: a finding for each of the two.
///
/// Ports without a tunnel are passed over: a program may well have a port of its own and one behind a tunnel that
/// leads there, and two tunnels may lead to one program.
fn programs(fleet: &Fleet, hosts: &Hosts<'_>, all: &[Listener<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for application in &fleet.applications {
        let host = application.host.as_ref();
        let Some((host, _)) = host.and_then(|host| hosts.get(&host.value)) else {
            continue;
        };
        for port in &application.ports {
            let Some(tunnel) = &port.tunnel else { continue };
            let Some((shared, address)) = plain_listener(&tunnel.value) else {
                continue;
            };
            let program = Listener {
                host: *host,
                shared,
                address,
                by: By::Program,
                place: port.place(&application.name.value),
                spot: &tunnel.spot,
            };
            let group = equal(all, &program.group(), Listener::group);
            let Some(other) = other(group, &program, |one| one.by == By::Tunnel) else {
                continue;
            };
            let at = written(shared, address);
            let (tunnel, mut program) = (other.meeting(), program.meeting());
            program.who = Who::Program;
            found.push(same_listener::found(&tunnel, &at, &program));
            found.push(same_listener::found(&program, &at, &tunnel));
        }
    }
    found
}

/// Another listener, one that is `meant`, that gets what this one wants.
fn other<'g, 'f>(
    group: &'g [Listener<'f>],
    listener: &Listener<'_>,
    meant: impl Fn(&Listener<'_>) -> bool,
) -> Option<&'g Listener<'f>> {
    const ANY_V4: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    const ANY_V6: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let is_other = |found: &&'g Listener<'f>| found.place != listener.place && meant(found);
    let at = |address: Option<IpAddr>| {
        let there = equal(group, &address, |one| one.address);
        there.iter().find(&is_other)
    };
    let exact = at(listener.address);
    exact.or_else(|| match listener.address {
        // An unspecified IPv6 address takes IPv4 connections as well, unless a system is set up otherwise.
        Some(ANY_V6) => group.iter().find(&is_other),
        Some(ANY_V4) => group
            .iter()
            .filter(|one| !matches!(one.address, Some(IpAddr::V6(ip)) if !ip.is_unspecified()))
            .find(&is_other),
        Some(IpAddr::V4(_)) | None => at(Some(ANY_V4)).or_else(|| at(Some(ANY_V6))),
        Some(IpAddr::V6(_)) => at(Some(ANY_V6)),
    })
}

/// Those of `ordered` that have this `key`.
fn equal<'g, 'f, K: Ord>(
    ordered: &'g [Listener<'f>],
    key: &K,
    key_of: impl Fn(&Listener<'f>) -> K,
) -> &'g [Listener<'f>] {
    let start = ordered.partition_point(|one| key_of(one) < *key);
    let rest = ordered.get(start..).unwrap_or_default();
    let end = rest.partition_point(|one| key_of(one) == *key);
    rest.get(..end).unwrap_or_default()
}

fn written(shared: Shared<'_>, address: Option<IpAddr>) -> String {
    match (shared, address) {
        (Shared::Number(number), Some(address)) => {
            std::net::SocketAddr::new(address, number).to_string()
        }
        (Shared::Number(number), None) => format!("port {number}"),
        (Shared::Socket(path), _) => format!("unix:{path}"),
    }
}

/// The plain sides of the fleet, each with the place of its endpoint.
fn tunnels(fleet: &Fleet) -> Vec<(Place, &Located<PlainAddress>)> {
    let mut tunnels = Vec::new();
    for application in &fleet.applications {
        let name = &application.name.value;
        let of_ports = application.ports.iter();
        tunnels.extend(of_ports.filter_map(|p| Some((p.place(name), p.tunnel.as_ref()?))));
        let of_connections = application.connections.iter();
        tunnels.extend(of_connections.filter_map(|c| Some((c.place(name), c.tunnel.as_deref()?))));
    }
    tunnels
}

/// What is wrong with the plain side of the tunnel at `place`, which is written at `spot`.
pub(super) fn plain_side(
    place: &Place,
    plain: &PlainAddress,
    spot: Option<&Spot>,
    network: Option<&NetworkAddress>,
) -> Option<Finding> {
    let PlainAddress::Tcp(address) = plain else {
        return None;
    };
    let to_itself = match network {
        Some(NetworkAddress::Given(addresses)) => addresses.contains(address),
        Some(NetworkAddress::Lookup { .. }) | None => false,
    };
    if to_itself {
        Some(tunnel_to_itself::found(place.clone(), spot, plain))
    } else if !address.ip().to_canonical().is_loopback() {
        Some(plain_side_elsewhere::found(place.clone(), spot, plain))
    } else {
        None
    }
}
