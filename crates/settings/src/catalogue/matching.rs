//! Which links of the catalogue a connection between two kinds of components may use.
//!
//! A `[[link]]` matches where the client's component is one of `from` and the server's one of `to`; with
//! `direction = "both"` also the other way round.
//! Invariant: `like:` is followed once; a link that is itself listed with `like:` gives nothing further.

use std::collections::BTreeSet;

use super::{Catalogue, Component, Direction, Link, Selector, Side};

/// Whether `like:` is still to be followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Following {
    Like,
    Nothing,
}

/// Whom a kind is a member of a link with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With {
    Anybody,
    Itself,
}

impl Catalogue {
    /// The links that a connection of a `client` to a `server` may use; none if TLS is not supported there.
    pub fn between<'c>(
        &'c self,
        client: &Component,
        server: &Component,
    ) -> impl Iterator<Item = &'c Link> {
        let servers = self.between.get(client.index);
        let links = servers.and_then(|servers| servers.get(server.index));
        links
            .into_iter()
            .flatten()
            .filter_map(|index| self.links.get(*index))
    }

    /// Whether some link has components of this kind as servers.
    #[must_use]
    pub fn serves(&self, component: &Component) -> bool {
        self.servers.contains(&component.index)
    }

    /// The side of `link` on which `component` is. A side that names it counts before one that takes everybody.
    pub(super) fn side(&self, link: &Link, component: &Component) -> Option<Side> {
        let on = |selectors: &[Selector]| {
            self.is_one_of(selectors, component, Some(component), Following::Nothing)
        };
        let named = |selectors: &[Selector]| on(selectors) && !selectors.contains(&Selector::Any);
        let from = named(&link.from) || (on(&link.from) && !named(&link.to));
        match (from, on(&link.to), link.direction) {
            (true, _, Direction::Client) => Some(Side::Client),
            (true, _, Direction::Both) => Some(Side::EitherOfFrom),
            (false, true, Direction::Client) => Some(Side::Server),
            (false, true, Direction::Both) => Some(Side::EitherOfTo),
            (false, false, _) => None,
        }
    }

    /// The links of every pair of kinds, by client and server.
    pub(super) fn all_pairs(&self) -> Vec<Vec<Vec<usize>>> {
        let kinds = self.components.len();
        let mut pairs = vec![vec![Vec::new(); kinds]; kinds];
        for (index, link) in self.links.iter().enumerate() {
            for (client, server) in self.pairs_of(link) {
                let servers = pairs.get_mut(client);
                if let Some(links) = servers.and_then(|servers| servers.get_mut(server)) {
                    links.push(index);
                }
            }
        }
        pairs
    }

    /// The pairs of kinds that a link is for, clients first.
    fn pairs_of(&self, link: &Link) -> BTreeSet<(usize, usize)> {
        let mut pairs = BTreeSet::new();
        let (from, to) = (self.members(&link.from), self.members(&link.to));
        for (client, with) in &from {
            for (server, with_too) in &to {
                let any = [with, with_too].iter().all(|with| **with == With::Anybody);
                if any || client == server {
                    pairs.insert((*client, *server));
                    if link.direction == Direction::Both {
                        pairs.insert((*server, *client));
                    }
                }
            }
        }
        pairs
    }

    /// The kinds that are meant by one of `selectors`.
    fn members(&self, selectors: &[Selector]) -> Vec<(usize, With)> {
        let member = |component: &Component| {
            if self.is_one_of(selectors, component, None, Following::Like) {
                Some((component.index, With::Anybody))
            } else if selectors.contains(&Selector::Itself) {
                Some((component.index, With::Itself))
            } else {
                None
            }
        };
        self.components.iter().filter_map(member).collect()
    }

    /// The kinds that some link has as servers; of a link with two ends alike also those whose other end is no component.
    pub(super) fn all_servers(&self) -> BTreeSet<usize> {
        let external = |link: &&Link| {
            let mut to = link.to.iter();
            link.direction == Direction::Both && to.any(|to| matches!(to, Selector::External(_)))
        };
        let beside = self.links.iter().filter(external).flat_map(|link| {
            let components = self.components.iter();
            components
                .filter(|one| self.is_one_of(&link.from, one, None, Following::Nothing))
                .map(|one| one.index)
        });
        let kinds = self.components.iter();
        let listed = kinds.filter(|one| {
            let mut clients = self.between.iter();
            clients.any(|servers| {
                servers
                    .get(one.index)
                    .is_some_and(|links| !links.is_empty())
            })
        });
        listed.map(|one| one.index).chain(beside).collect()
    }

    fn fits(
        &self,
        link: &Link,
        client: &Component,
        server: &Component,
        following: Following,
    ) -> bool {
        let one_way = |client, server| {
            self.is_one_of(&link.from, client, Some(server), following)
                && self.is_one_of(&link.to, server, Some(client), following)
        };
        one_way(client, server) || (link.direction == Direction::Both && one_way(server, client))
    }

    /// Whether a component is meant by one of `selectors`; `other` is the component of the other side.
    fn is_one_of(
        &self,
        selectors: &[Selector],
        component: &Component,
        other: Option<&Component>,
        following: Following,
    ) -> bool {
        selectors.iter().any(|selector| match selector {
            Selector::Any => true,
            Selector::Component(name) => component.is_called(name),
            Selector::Family(family) => component.family == *family,
            Selector::Itself => other.is_some_and(|other| other.name == component.name),
            Selector::External(_) => false,
            // "whatever is listed for NAME": this component is a peer of that one.
            Selector::Like(name) => {
                following == Following::Like
                    && self.component(name).is_some_and(|like| {
                        self.links.iter().any(|link| {
                            self.fits(link, like, component, Following::Nothing)
                                || self.fits(link, component, like, Following::Nothing)
                        })
                    })
            }
        })
    }
}

impl Component {
    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}
