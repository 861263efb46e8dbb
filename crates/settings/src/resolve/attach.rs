//! Findings that are made when all endpoints are there, and the endpoints they concern.
//!
//! Invariant: the endpoints are ordered by place, before and after.

use super::collector::Collector;
use super::ports;
use crate::endpoint::Endpoint;
use crate::finding::Finding;
use crate::place::{ApplicationName, Place, PlaceKind};

/// The endpoint at a place.
pub(crate) fn at<'e>(endpoints: &'e [Endpoint], place: &Place) -> Option<&'e Endpoint> {
    let index = endpoints
        .binary_search_by(|endpoint| endpoint.place.cmp(place))
        .ok()?;
    endpoints.get(index)
}

/// The endpoints of one kind that an application has.
pub(crate) fn of_kind<'e>(
    endpoints: &'e [Endpoint],
    kind: PlaceKind,
    application: &ApplicationName,
) -> &'e [Endpoint] {
    let key = Some((kind, application));
    let start = endpoints.partition_point(|e| e.place.of_application() < key);
    let rest = endpoints.get(start..).unwrap_or_default();
    let count = rest
        .iter()
        .take_while(|e| e.place.of_application() == key)
        .count();
    rest.get(..count).unwrap_or_default()
}

/// Endpoints of one kind, application by application in the order of their names.
pub(crate) struct Walk<'e> {
    kind: PlaceKind,
    rest: &'e [Endpoint],
}

impl<'e> Walk<'e> {
    pub(crate) fn new(kind: PlaceKind, endpoints: &'e [Endpoint]) -> Self {
        Self {
            kind,
            rest: endpoints,
        }
    }

    /// Those of an application that comes after all that were asked for before.
    pub(crate) fn of(&mut self, application: &ApplicationName) -> &'e [Endpoint] {
        let key = Some((self.kind, application));
        let start = before(self.rest, |e| e.place.of_application() < key);
        let rest = self.rest.get(start..).unwrap_or_default();
        let is_own = |e: &&Endpoint| e.place.of_application() == key;
        let count = rest.iter().take_while(is_own).count();
        let (own, rest) = rest.split_at_checked(count).unwrap_or_default();
        self.rest = rest;
        own
    }
}

/// Adds each of `found` to the endpoint at its place, and to the fleet's list. One at a place without an endpoint
/// is dropped.
pub(crate) fn attach(
    mut found: Vec<Finding>,
    endpoints: &mut [Endpoint],
    collector: &mut Collector<'_>,
) {
    // Both are ordered by place, so that one walk finds all.
    found.sort_by(|left, right| left.place.cmp(&right.place));
    let mut rest = endpoints;
    let mut found = found.into_iter().peekable();
    while let Some(finding) = found.next() {
        let passed = before(rest, |endpoint| endpoint.place < finding.place);
        rest = rest.split_at_mut_checked(passed).unwrap_or_default().1;
        let Some(endpoint) = rest
            .first_mut()
            .filter(|endpoint| endpoint.place == finding.place)
        else {
            continue;
        };
        endpoint.findings.push(collector.add(finding));
        let more = found
            .peek()
            .is_some_and(|next| next.place == endpoint.place);
        if !more {
            ports::sort(&mut endpoint.findings);
        }
    }
}

/// How many of `endpoints` stand before a place. It is mostly near, so that steps that double are taken first.
fn before(endpoints: &[Endpoint], is_before: impl Fn(&Endpoint) -> bool) -> usize {
    let mut step = 1;
    while endpoints.get(step - 1).is_some_and(&is_before) {
        step *= 2;
    }
    let near = endpoints.get(step / 2..endpoints.len().min(step));
    step / 2 + near.unwrap_or_default().partition_point(is_before)
}
