//! Which findings somebody accepted, at a point in time.
//!
//! Invariant: an acceptance holds for one code at one place, until the end of its last day.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use trustpack_x509::time::Timestamp;

use crate::finding::{Accepted, Code, Finding};
use crate::findings::{acceptance_expired, acceptance_unmatched};
use crate::fleet::Acceptance;
use crate::place::Place;

/// The acceptances of a fleet that hold at a point in time.
#[derive(Clone, Debug, Default)]
pub struct Acceptances(BTreeMap<(Code, Place), Accepted>);

impl Acceptances {
    /// Those of `written` that hold at `now`.
    #[must_use]
    pub fn new(written: &[Acceptance], now: Timestamp) -> Self {
        let holding = written.iter().filter(|acceptance| holds(acceptance, now));
        let accepted = holding.map(|a| {
            let accepted = Accepted {
                reason: a.reason.clone(),
                until: a.until,
            };
            ((a.code, a.place.clone()), accepted)
        });
        Self(accepted.collect())
    }

    /// `finding`, marked as accepted if it is. Also for findings that other crates make.
    #[must_use]
    pub fn mark(&self, mut finding: Finding) -> Finding {
        if !self.0.is_empty() {
            finding.accepted = self
                .0
                .get(&(finding.code(), finding.place.clone()))
                .cloned();
        }
        finding
    }
}

/// Findings about the acceptances themselves. `places` are all that the fleet has.
pub(crate) fn check(
    written: &[Acceptance],
    places: &BTreeSet<Place>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for acceptance in written {
        let Acceptance {
            code,
            place,
            until,
            spot,
            ..
        } = acceptance;
        if !places.contains(place) {
            findings.push(acceptance_unmatched::found(spot, *code, place));
        } else if !holds(acceptance, now) {
            let date = until.date_string();
            findings.push(acceptance_expired::found(place.clone(), spot, *code, &date));
        }
    }
    findings
}

fn holds(acceptance: &Acceptance, now: Timestamp) -> bool {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    now < acceptance.until.saturating_add(DAY)
}
