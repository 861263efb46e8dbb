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

/// A listener: at which of its host's addresses; `None` stands for all that its name has, and for a socket.
struct Listener<'f> {
    by: By,
    place: Place,
    spot: &'f Spot,
    address: Option<IpAddr>,
}

/// What listens at a port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Tunnel,
    Program,
}

impl Listener<'_> {
    fn meeting(&self) -> Meeting<'_> {
        Meeting {
            place: &self.place,
            spot: self.spot,
            who: Who::Itself,
        }
    }
}

type ByAddress<'f> = BTreeMap<Option<IpAddr>, Vec<Listener<'f>>>;
type ByHost<'f> = BTreeMap<(&'f DnsName, Shared<'f>), ByAddress<'f>>;

/// Checks the listeners of `fleet`; what is found becomes part of its `endpoints`, ordered by place.
pub(crate) fn check(fleet: &Fleet, endpoints: &mut [Endpoint], collector: &mut Collector<'_>) {
    let mut found = Vec::new();
    let all = listeners(fleet);
    for ((_, shared), group) in &all {
        for (address, listeners) in group {
            for listener in listeners {
                if let Some(other) = other(group, listener, |_| true) {
                    let at = written(*shared, *address);
                    let (own, other) = (listener.meeting(), other.meeting());
                    found.push(same_listener::found(&own, &at, &other));
                }
            }
        }
    }
    found.extend(programs(fleet, &all));
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

/// Every listener of the fleet, by host and what it could share with others.
fn listeners(fleet: &Fleet) -> ByHost<'_> {
    let hosts: BTreeMap<&DnsName, &Host> = fleet.hosts.iter().map(|h| (&h.name.value, h)).collect();
    let mut all = ByHost::new();
    for application in &fleet.applications {
        let host = application
            .host
            .as_ref()
            .and_then(|name| hosts.get(&name.value));
        let Some(host) = host else { continue };
        let mut add = |shared, address, by, place: Place, spot| {
            let group = all.entry((&host.name.value, shared)).or_default();
            let listener = Listener {
                by,
                place,
                spot,
                address,
            };
            group.entry(address).or_default().push(listener);
        };
        let name = &application.name.value;
        for port in &application.ports {
            let Some(number) = port.number else { continue };
            let shared = Shared::Number(number);
            let by = match port.tunnel {
                Some(_) => By::Tunnel,
                None => By::Program,
            };
            let place = || port.place(name);
            if host.addresses.is_empty() {
                add(shared, None, by, place(), &port.spot);
            }
            for address in &host.addresses {
                add(shared, Some(address.value), by, place(), &port.spot);
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
fn programs(fleet: &Fleet, all: &ByHost<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for application in &fleet.applications {
        let Some(host) = &application.host else {
            continue;
        };
        for port in &application.ports {
            let Some(tunnel) = &port.tunnel else { continue };
            let Some((shared, address)) = plain_listener(&tunnel.value) else {
                continue;
            };
            let Some(group) = all.get(&(&host.value, shared)) else {
                continue;
            };
            let program = Listener {
                by: By::Program,
                place: port.place(&application.name.value),
                spot: &tunnel.spot,
                address,
            };
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
    group: &'g ByAddress<'f>,
    listener: &Listener<'_>,
    meant: impl Fn(&Listener<'_>) -> bool,
) -> Option<&'g Listener<'f>> {
    const ANY_V4: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    const ANY_V6: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let is_other = |found: &&'g Listener<'f>| found.place != listener.place && meant(found);
    let at = |address: Option<IpAddr>| group.get(&address).into_iter().flatten().find(&is_other);
    let exact = at(listener.address);
    exact.or_else(|| match listener.address {
        // An unspecified IPv6 address takes IPv4 connections as well, unless a system is set up otherwise.
        Some(ANY_V6) => group.values().flatten().find(&is_other),
        Some(ANY_V4) => group
            .iter()
            .filter(|(address, _)| !matches!(address, Some(IpAddr::V6(ip)) if !ip.is_unspecified()))
            .flat_map(|(_, listeners)| listeners)
            .find(&is_other),
        Some(IpAddr::V4(_)) | None => at(Some(ANY_V4)).or_else(|| at(Some(ANY_V6))),
        Some(IpAddr::V6(_)) => at(Some(ANY_V6)),
    })
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
