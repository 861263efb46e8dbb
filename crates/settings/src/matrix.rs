//! Which applications of a fleet connect to which, and how each link is secured.
//!
//! Not a picture of it ([`crate::map`]). Invariant: every connection of the resolution, those to backups and between
//! backup pairs too, is one link.

use std::collections::{BTreeMap, BTreeSet};

use trustpack_x509::dns::DnsName;

use crate::endpoint::{Endpoint, Role, State};
use crate::fleet::{Application, Fleet};
use crate::place::{ApplicationName, Place, PortId};
use crate::resolve::Resolution;

/// The applications of a fleet and the links between them.
#[derive(Clone, Debug)]
pub struct Matrix<'f> {
    /// The applications, in the order of the fleet; behind them those that connections name and the fleet does not
    /// have, by name.
    pub members: Vec<Member<'f>>,
    /// The hosts on which no application runs, in the order of the fleet.
    pub idle_hosts: Vec<&'f DnsName>,
    /// The links, by client and server, in the order of the members.
    pub links: Vec<Link<'f>>,
}

/// An application.
#[derive(Clone, Debug)]
pub struct Member<'f> {
    /// Its name.
    pub name: &'f ApplicationName,
    /// What the fleet says of it; `None` if only connections name it.
    pub written: Option<&'f Application>,
    /// The host it runs on, if the fleet has it.
    pub host: Option<&'f DnsName>,
    /// Its backup, as an index of the members.
    pub backup: Option<usize>,
    /// Its ports.
    pub ports: Vec<Listener<'f>>,
}

/// A port of an application.
#[derive(Clone, Debug)]
pub struct Listener<'f> {
    /// The endpoint.
    pub endpoint: &'f Endpoint,
    /// How it is secured, or what somebody said that becomes of it.
    pub state: State,
}

/// A connection from one application to a port of another.
#[derive(Clone, Debug)]
pub struct Link<'f> {
    /// Who connects, as an index of the members.
    pub client: usize,
    /// Who listens, as an index of the members.
    pub server: usize,
    /// To which of its ports.
    pub port: &'f PortId,
    /// The endpoint of the client.
    pub endpoint: &'f Endpoint,
    /// How it is secured: as the client's endpoint, but refused where the port is, or what somebody said that becomes of it.
    pub state: State,
}

impl<'f> Matrix<'f> {
    /// The matrix of a fleet and its resolution.
    #[must_use]
    pub fn new(fleet: &'f Fleet, resolution: &'f Resolution) -> Self {
        let mut members: Vec<Member<'f>> = fleet.applications.iter().map(Member::new).collect();
        let mut by_name: BTreeMap<&ApplicationName, usize> = members
            .iter()
            .enumerate()
            .map(|(index, member)| (member.name, index))
            .collect();
        let hosts: BTreeMap<&DnsName, &DnsName> = fleet
            .hosts
            .iter()
            .map(|host| (&host.name.value, &host.name.value))
            .collect();
        for member in &mut members {
            let written = member.written;
            let host = written.and_then(|one| one.host.as_ref());
            member.host = host.and_then(|host| hosts.get(&host.value).copied());
            let backup = written.and_then(|one| one.backup.as_ref());
            member.backup = backup.and_then(|name| by_name.get(&name.value).copied());
        }
        let busy: BTreeSet<&DnsName> = members.iter().filter_map(|member| member.host).collect();
        let hosts = fleet.hosts.iter().map(|host| &host.name.value);
        let idle_hosts = hosts.filter(|host| !busy.contains(host)).collect();
        let missing = missing(resolution, &by_name);
        for name in missing {
            by_name.insert(name, members.len());
            members.push(Member::missing(name));
        }
        let mut links: Vec<Link<'f>> = Vec::new();
        for endpoint in resolution.endpoints() {
            let own = endpoint
                .place()
                .application()
                .and_then(|name| by_name.get(name));
            let Some(&own) = own else { continue };
            match endpoint.role() {
                Role::Server => {
                    if let Some(member) = members.get_mut(own) {
                        let state = endpoint.state();
                        member.ports.push(Listener { endpoint, state });
                    }
                }
                Role::Client => {
                    let link = link(own, endpoint, &by_name, &members, resolution);
                    links.extend(link);
                }
            }
        }
        // Stable: within a pair they keep the order of their places.
        links.sort_by_key(|link| (link.client, link.server));
        Self {
            members,
            idle_hosts,
            links,
        }
    }

    /// The part of it that `names` have to do with: they, and the applications that they connect to or are connected
    /// to by.
    #[must_use]
    pub fn around(self, names: &[ApplicationName]) -> Self {
        let named: Vec<bool> = self
            .members
            .iter()
            .map(|member| names.contains(member.name))
            .collect();
        let is_named = |index: usize| named.get(index).copied().unwrap_or_default();
        let links = self.links.into_iter();
        let links: Vec<Link<'f>> = links
            .filter(|link| is_named(link.client) || is_named(link.server))
            .collect();
        let touched: BTreeSet<usize> = links
            .iter()
            .flat_map(|link| [link.client, link.server])
            .chain((0..self.members.len()).filter(|index| is_named(*index)))
            .collect();
        let index: BTreeMap<usize, usize> = touched.iter().copied().zip(0..).collect();
        let moved = |old: usize| index.get(&old).copied();
        let members = self.members.into_iter().enumerate();
        let members = members.filter(|(old, _)| touched.contains(old));
        let members = members.map(|(_, member)| Member {
            backup: member.backup.and_then(moved),
            ..member
        });
        let links = links.into_iter().filter_map(|link| {
            Some(Link {
                client: moved(link.client)?,
                server: moved(link.server)?,
                ..link
            })
        });
        Self {
            members: members.collect(),
            idle_hosts: Vec::new(),
            links: links.collect(),
        }
    }

    /// The same with what `state` says becomes of each link and port.
    #[must_use]
    pub fn with_states(mut self, state: impl Fn(&Endpoint) -> State) -> Self {
        for link in &mut self.links {
            link.state = state(link.endpoint);
        }
        for port in self.members.iter_mut().flat_map(|member| &mut member.ports) {
            port.state = state(port.endpoint);
        }
        self
    }

    /// How many links there are of each state that there is, in the order of [`State::ALL`].
    #[must_use]
    pub fn counts(&self) -> Vec<(State, usize)> {
        let count = |state| self.links.iter().filter(|link| link.state == state).count();
        let all = State::ALL.into_iter().map(|state| (state, count(state)));
        all.filter(|(_, count)| *count > 0).collect()
    }
}

impl<'f> Member<'f> {
    fn new(application: &'f Application) -> Self {
        Self {
            name: &application.name.value,
            written: Some(application),
            host: None,
            backup: None,
            ports: Vec::new(),
        }
    }

    fn missing(name: &'f ApplicationName) -> Self {
        Self {
            name,
            written: None,
            host: None,
            backup: None,
            ports: Vec::new(),
        }
    }
}

/// The applications that connections name and the fleet does not have.
fn missing<'f>(
    resolution: &'f Resolution,
    known: &BTreeMap<&ApplicationName, usize>,
) -> BTreeSet<&'f ApplicationName> {
    let targets = resolution.endpoints().iter();
    let targets = targets.filter_map(|endpoint| match endpoint.place() {
        Place::Connection { target, .. } | Place::Backup { target, .. } => Some(target),
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Port { .. }
        | Place::CommandLine
        | Place::Program => None,
    });
    targets.filter(|name| !known.contains_key(name)).collect()
}

fn link<'f>(
    client: usize,
    endpoint: &'f Endpoint,
    by_name: &BTreeMap<&ApplicationName, usize>,
    members: &[Member<'f>],
    resolution: &Resolution,
) -> Option<Link<'f>> {
    let (server, port) = match endpoint.place() {
        Place::Connection { target, port, .. } => (*by_name.get(target)?, port),
        Place::Backup { target, port, .. } => {
            let primary = members.get(*by_name.get(target)?)?;
            (primary.backup?, port)
        }
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::Port { .. }
        | Place::CommandLine
        | Place::Program => return None,
    };
    Some(Link {
        client,
        server,
        port,
        endpoint,
        state: resolution.state_of(endpoint),
    })
}
