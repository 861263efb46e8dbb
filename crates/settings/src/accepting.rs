//! Whether a finding can be accepted, and in which file of the fleet that is written.
//!
//! Not the writing ([`crate::fleet_file::accepting`]), and not which acceptances hold ([`crate::acceptances`]).
//! Invariant: what is accepted was found.

use std::collections::BTreeSet;
use std::sync::Arc;

use trustpack_x509::time::Timestamp;

use crate::acceptances;
use crate::finding::{Code, Finding, Kind};
use crate::fleet::{Acceptance, Fleet};
use crate::place::Place;
use crate::resolve::Resolution;
use crate::span::Spot;
use crate::spelling;

/// Most other codes or places that a refusal names; our own limit, so that it can be read.
const MAX_NAMED: usize = 8;

/// A finding cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAccept {
    /// No finding has the code.
    #[error("no finding of a fleet has the code {code}")]
    UnknownCode {
        /// The code.
        code: Code,
        /// The codes that were found at the place.
        there: Vec<Code>,
    },
    /// The fleet has no such place.
    #[error("the fleet has no place {place}")]
    UnknownPlace {
        /// The place.
        place: Place,
        /// A place that is probably meant.
        nearest: Option<String>,
    },
    /// There is no such finding at the place.
    #[error("{code} is not found at {place}")]
    NotFound {
        /// The code.
        code: Code,
        /// The place.
        place: Place,
        /// The codes that were found there.
        there: Vec<Code>,
        /// Where the code was found, some of them.
        elsewhere: Vec<Place>,
    },
    /// It is a finding of files, and nobody looked at them.
    #[error(
        "{code} is a finding of files, and none were looked at, so it cannot be seen at {place}"
    )]
    NotLookedAt {
        /// The code.
        code: Code,
        /// The place.
        place: Place,
    },
    /// The last day is over.
    #[error("the last day {} is over; it must be {} or later", .until.date_string(), .today.date_string())]
    Over {
        /// The last day asked for.
        until: Timestamp,
        /// The present.
        today: Timestamp,
    },
}

impl CannotAccept {
    /// What would be right, if that can be guessed.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownCode { there, .. } => there_hint(there),
            Self::UnknownPlace { nearest, .. } => Some(nearest.as_ref().map_or_else(
                || "`trustpack fleet show` lists the places".to_owned(),
                |nearest| format!("perhaps {nearest:?} was meant"),
            )),
            Self::NotFound {
                code,
                there,
                elsewhere,
                ..
            } => {
                let elsewhere = (!elsewhere.is_empty())
                    .then(|| format!("{code} is found at {}", listed(elsewhere)));
                let hints: Vec<String> = elsewhere.into_iter().chain(there_hint(there)).collect();
                (!hints.is_empty()).then(|| hints.join("; "))
            }
            Self::NotLookedAt { .. } => Some(
                "name the files as for `fleet check`: --files DIR, or --files / --host NAME on a host"
                    .to_owned(),
            ),
            Self::Over { .. } => None,
        }
    }
}

/// What other crates than this one find in a fleet.
#[derive(Clone, Copy, Debug)]
pub struct Others<'a> {
    /// The kinds of findings of files.
    pub of_files: &'a [&'a Kind],
    /// What was found in the files; `None` if nobody looked at them.
    pub found: Option<&'a [&'a Finding]>,
    /// The kinds of findings of the engine that would run an endpoint.
    pub at_start: &'a [&'a Kind],
    /// What that engine says.
    pub found_at_start: &'a [Finding],
}

/// Judges whether the finding `code` at `place` of a fleet can be accepted until the end of the day `until`. Gives that
/// finding, of perhaps several of the same code at the same place.
///
/// # Errors
///
/// When the last day is over, when no finding has the code, when the fleet has no such place, when it is a finding of
/// files and nobody looked at them, or when there is no such finding.
pub fn judge<'a>(
    (fleet, resolution): (&Fleet, &'a Resolution),
    others: Others<'a>,
    (code, place): (Code, &Place),
    (until, now): (Timestamp, Timestamp),
) -> Result<&'a Finding, CannotAccept> {
    if !acceptances::holds(until, now) {
        return Err(CannotAccept::Over { until, today: now });
    }
    let of_files = others.found.unwrap_or_default().iter().copied();
    let of_settings = || resolution.findings().chain(others.found_at_start);
    let all = || of_settings().chain(of_files.clone());
    let found = all().find(|finding| finding.code() == code && finding.place == *place);
    if let Some(finding) = found {
        return Ok(finding);
    }
    let there: BTreeSet<Code> = all()
        .filter(|finding| finding.place == *place)
        .map(Finding::code)
        .collect();
    let there: Vec<Code> = there.into_iter().take(MAX_NAMED).collect();
    let is_one = |kinds: &[&Kind]| kinds.iter().any(|kind| kind.code == code);
    let (is_of_files, is_at_start) = (is_one(others.of_files), is_one(others.at_start));
    if !is_of_files && !is_at_start && !acceptances::is_registered(code) {
        return Err(CannotAccept::UnknownCode { code, there });
    }
    if !has_place(fleet, resolution, place) {
        let nearest = nearest_place(fleet, resolution, place);
        let place = place.clone();
        return Err(CannotAccept::UnknownPlace { place, nearest });
    }
    let place = place.clone();
    if is_of_files && others.found.is_none() {
        return Err(CannotAccept::NotLookedAt { code, place });
    }
    let elsewhere: BTreeSet<&Place> = all()
        .filter(|finding| finding.code() == code)
        .map(|finding| &finding.place)
        .collect();
    Err(CannotAccept::NotFound {
        code,
        place,
        there,
        elsewhere: elsewhere.into_iter().take(MAX_NAMED).cloned().collect(),
    })
}

/// The file of a fleet in which an acceptance belongs: where there is one of this code and place; else where its object
/// is, unless acceptances stand in other files alone; then in the last of those.
#[must_use]
pub fn file_for(fleet: &Fleet, code: Code, place: &Place) -> Option<Arc<str>> {
    let file = |acceptance: &Acceptance| file_of(&acceptance.spot);
    let written = || fleet.acceptances.iter().rev();
    let same = written().find(|a| a.code == code && a.place == *place);
    if let Some(file) = same.and_then(file) {
        return Some(file);
    }
    let of_object = object_spot(fleet, place).and_then(file_of);
    let beside_object = written().any(|a| file(a) == of_object);
    if of_object.is_some() && (beside_object || fleet.acceptances.is_empty()) {
        return of_object;
    }
    written().find_map(file).or(of_object)
}

fn file_of(spot: &Spot) -> Option<Arc<str>> {
    spot.location().map(|at| Arc::clone(&at.file))
}

fn object_spot<'f>(fleet: &'f Fleet, place: &Place) -> Option<&'f Spot> {
    if let Place::Host(name) = place {
        return fleet.host(name).map(|host| &host.name.spot);
    }
    let application = fleet.application(place.application()?)?;
    Some(&application.name.spot)
}

fn has_place(fleet: &Fleet, resolution: &Resolution, place: &Place) -> bool {
    match place {
        Place::Fleet | Place::CommandLine | Place::Program => false,
        Place::Host(name) => fleet.host(name).is_some(),
        Place::Application(name) => fleet.application(name).is_some(),
        Place::Port { .. } | Place::Connection { .. } | Place::Backup { .. } => {
            resolution.endpoint(place).is_some()
        }
    }
}

/// A place of the fleet that is probably meant: one whose name is near, in whatever case, else an application whose
/// name is.
#[must_use]
pub fn nearest_place(fleet: &Fleet, resolution: &Resolution, place: &Place) -> Option<String> {
    let hosts = fleet.hosts.iter();
    let hosts = hosts.map(|host| Place::Host(host.name.value.clone()));
    let applications = fleet.applications.iter();
    let applications = applications.map(|a| Place::Application(a.name.value.clone()));
    let endpoints = resolution.endpoints().iter().map(|e| e.place().clone());
    let all = hosts.chain(applications).chain(endpoints);
    let names: Vec<String> = all.map(|place| place.to_string()).collect();
    let written = place.to_string();
    let other_case = names
        .iter()
        .find(|name| name.eq_ignore_ascii_case(&written));
    if let Some(found) = other_case {
        return Some(found.clone());
    }
    if let Some(nearest) = spelling::nearest(&written, names.iter().map(String::as_str)) {
        return Some(nearest.to_owned());
    }
    let applications = fleet.applications.iter();
    let applications = applications.map(|application| application.name.value.as_str());
    spelling::nearest(place.application()?.as_str(), applications).map(str::to_owned)
}

fn there_hint(there: &[Code]) -> Option<String> {
    (!there.is_empty()).then(|| format!("found there: {}", listed(there)))
}

fn listed<T: ToString>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}
