//! What becomes of endpoints as lines for people, for programs that have no words of their own for it.
//!
//! Not for programs: they look at the values. Invariant: whatever stays as it was has a line.

use std::error::Error as _;

use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;

use super::newcomers::ServeError;
use super::{NotRead, Refreshed, Stays};
use crate::context::ContextError;
use crate::generation::Change;

/// What became of a reading.
#[must_use]
pub fn of_refreshed(refreshed: &Result<Refreshed, NotRead>) -> Vec<String> {
    let refreshed = match refreshed {
        Ok(refreshed) => refreshed,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            let cause = cause.unwrap_or_default();
            return vec![format!("everything stays as it was: {error}{cause}")];
        }
    };
    let mut lines = Vec::new();
    for (place, result) in &refreshed.endpoints {
        match result {
            Ok(change) => lines.extend(of_change(refreshed, place, *change)),
            Err(stays) => {
                lines.push(format!("{place} stays as it was: {stays}"));
                lines.extend(of_stays(stays));
            }
        }
    }
    let places = |places: &[Place], what: &str| -> Vec<String> {
        let places = places.iter();
        places.map(|place| format!("{place} {what}")).collect()
    };
    lines.extend(places(&refreshed.mended, "is whole again"));
    lines.extend(places(
        &refreshed.moved,
        "has other addresses now, which takes a restart",
    ));
    lines.extend(refreshed.findings.iter().map(of_finding));
    lines
}

/// Why an endpoint cannot be served.
#[must_use]
pub fn of_error(error: &ServeError) -> Vec<String> {
    let mut lines = vec![error.to_string()];
    match error {
        ServeError::Stays(stays) => lines.extend(of_stays(stays)),
        ServeError::Source(_)
        | ServeError::Unknown { .. }
        | ServeError::NoHost { .. }
        | ServeError::OtherHost { .. } => {
            lines.extend(error.source().map(ToString::to_string));
        }
    }
    lines
}

fn of_change(refreshed: &Refreshed, place: &Place, change: Change) -> Option<String> {
    match change {
        Change::Nothing => None,
        Change::Identity => Some(format!("{place} presents another certificate")),
        Change::Trust { generation, cut } => {
            let parts = refreshed.parts.get(place).into_iter().flatten();
            let parts: Vec<_> = parts.map(ToString::to_string).collect();
            let parts = parts.join("; ");
            Some(format!(
                "what {place} trusts has changed (generation {generation}): {parts}; live connections cut: {cut}"
            ))
        }
    }
}

fn of_stays(stays: &Stays) -> Vec<String> {
    let mut lines: Vec<_> = stays.findings().into_iter().map(of_finding).collect();
    if let Stays::Context(error) = stays
        && let ContextError::Open { place } = &**error
    {
        lines.push(format!(
            "the settings leave {place} open, and it is served with TLS (remedy: take back what opens it: mode, or tls and \
             upgrade; or start this program anew, without TLS there)"
        ));
    }
    lines
}

/// What is doubtful or wrong, with its remedy.
#[must_use]
pub fn of_finding(finding: &Finding) -> String {
    let (code, message, remedy) = (finding.code(), &finding.message, &finding.remedy);
    let at = finding.location().map(|at| format!("{at}: "));
    let at = at.unwrap_or_default();
    format!("{at}{code}: {message} (remedy: {remedy})")
}
