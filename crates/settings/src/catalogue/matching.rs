//! Which links of the catalogue a connection between two kinds of components may use.
//!
//! A `[[link]]` matches where the client's component is one of `from` and the server's one of `to`; with
//! `direction = "both"` also the other way round.
//! Invariant: `like:` is followed once; a link that is itself listed with `like:` gives nothing further.

use std::collections::BTreeMap;

use super::{Catalogue, Component, Direction, Link, Selector, Side};

/// Whether `like:` is still to be followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Following {
    Like,
    Nothing,
}

impl Catalogue {
    /// The links that a connection of a `client` to a `server` may use; none if TLS is not supported there.
    pub fn between<'c>(
        &'c self,
        client: &Component,
        server: &Component,
    ) -> impl Iterator<Item = &'c Link> {
        let index = |component: &Component| self.by_name.get(&component.name).copied();
        let links = index(client)
            .zip(index(server))
            .and_then(|pair| self.between.get(&pair));
        links
            .into_iter()
            .flatten()
            .filter_map(|index| self.links.get(*index))
    }

    /// Whether some link has components of this kind as servers.
    #[must_use]
    pub fn serves(&self, component: &Component) -> bool {
        let Some(server) = self.by_name.get(&component.name) else {
            return false;
        };
        self.between.keys().any(|(_, to)| to == server)
            || self.links.iter().any(|link| {
                link.direction == Direction::Both
                    && self.is_one_of(&link.from, component, None, Following::Nothing)
                    && link.to.iter().any(|to| matches!(to, Selector::External(_)))
            })
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

    /// The links of every pair of kinds.
    pub(super) fn all_pairs(&self) -> BTreeMap<(usize, usize), Vec<usize>> {
        let mut pairs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (client_index, client) in self.components.iter().enumerate() {
            for (server_index, server) in self.components.iter().enumerate() {
                for (index, link) in self.links.iter().enumerate() {
                    if self.fits(link, client, server, Following::Like) {
                        let pair = (client_index, server_index);
                        pairs.entry(pair).or_default().push(index);
                    }
                }
            }
        }
        pairs
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
