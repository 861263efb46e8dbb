//! Which findings somebody accepted, at a point in time.
//!
//! Invariant: an acceptance holds for one code at one place, until the end of its last day.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use trustpack_x509::time::Timestamp;

use crate::finding::{Accepted, Code, Finding};
use crate::findings::{
    REGISTER, acceptance_expired, acceptance_of_nothing, acceptance_of_unknown_code,
    acceptance_unmatched,
};
use crate::fleet::Acceptance;
use crate::place::Place;

/// The acceptances of a fleet that hold at a point in time.
#[derive(Clone, Debug, Default)]
pub struct Acceptances(BTreeMap<(Code, Place), Accepted>);

impl Acceptances {
    /// Those of `written` that hold at `now`.
    #[must_use]
    pub fn new(written: &[Acceptance], now: Timestamp) -> Self {
        let holding = written
            .iter()
            .filter(|acceptance| holds(acceptance.until, now));
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
                .cloned()
                .map(Box::new);
        }
        finding
    }
}

/// Findings about the acceptances themselves. `places` are all that the fleet has, `accepted` is what was
/// found and is accepted.
pub(crate) fn check(
    written: &[Acceptance],
    places: &BTreeSet<Place>,
    accepted: &BTreeSet<(Code, Place)>,
    now: Timestamp,
) -> Vec<Finding> {
    let findings = written.iter().filter_map(|acceptance| {
        let Acceptance {
            code,
            place,
            until,
            spot,
            ..
        } = acceptance;
        let ours = is_ours(*code);
        if ours && !is_registered(*code) {
            Some(acceptance_of_unknown_code::found(spot, *code))
        } else if !places.contains(place) {
            Some(acceptance_unmatched::found(spot, *code, place))
        } else if !holds(*until, now) {
            let date = until.date_string();
            Some(acceptance_expired::found(place.clone(), spot, *code, &date))
        } else if ours && !accepted.contains(&(*code, place.clone())) {
            Some(acceptance_of_nothing::found(spot, *code, place))
        } else {
            None
        }
    });
    findings.collect()
}

/// Whether a code is of the findings that are made here, so that it is known which there are. The others
/// are made by other crates, of files and ciphers.
fn is_ours(code: Code) -> bool {
    const MATERIAL: std::ops::Range<Code> = Code::new(4000)..Code::new(5000);
    const TLS: std::ops::Range<Code> = Code::new(5100)..Code::new(5200);
    const CA_DIRECTORY: std::ops::Range<Code> = Code::new(6000)..Code::new(7000);
    [MATERIAL, TLS, CA_DIRECTORY]
        .iter()
        .all(|others| !others.contains(&code))
}

/// Whether a kind of this crate has the code.
pub(crate) fn is_registered(code: Code) -> bool {
    REGISTER.iter().any(|kind| kind.code == code)
}

/// Whether an acceptance with this last day still holds.
pub(crate) fn holds(until: Timestamp, now: Timestamp) -> bool {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    now < until.saturating_add(DAY)
}
