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

/// The endpoints of the connections of an application, those to backups aside.
pub(crate) fn connections_of<'e>(
    endpoints: &'e [Endpoint],
    application: &ApplicationName,
) -> &'e [Endpoint] {
    of_kind(endpoints, PlaceKind::Connection, application)
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
        let passed = before(rest, &finding.place);
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

/// How many of `endpoints` stand before `place`. It is mostly near, so that steps that double are taken first.
fn before(endpoints: &[Endpoint], place: &Place) -> usize {
    let is_before = |endpoint: &Endpoint| endpoint.place < *place;
    let mut step = 1;
    while endpoints.get(step - 1).is_some_and(is_before) {
        step *= 2;
    }
    let near = endpoints.get(step / 2..endpoints.len().min(step));
    step / 2 + near.unwrap_or_default().partition_point(is_before)
}
