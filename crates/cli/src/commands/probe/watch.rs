//! A fleet or one service, asked again and again: what changes.
//!
//! Invariant: what was said before is not said again, be it of an endpoint or of a fleet that cannot be read.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use trustpack_probe::dial::Unreached;

use super::fleet::FleetProbe;
use super::one::{Connecting, Ready};
use super::report::Essence;
use super::side_by_side::{EndpointShown, State, shown, write_differences};
use super::text;
use crate::failure::{Answer, Failure};
use crate::finding_report::counted;
use crate::output::{Output, Printed};
use crate::session::{self, Session};

/// One endpoint that is not as it was, on a line of `--json`.
#[derive(Debug, Serialize)]
struct Change<'a> {
    at: &'a str,
    #[serde(flatten)]
    endpoint: &'a EndpointShown,
}

/// Asks until it is stopped. At first everything that differs is said, then what has changed.
///
/// # Errors
///
/// When the fleet cannot be read at the start, or nothing can be printed.
pub(super) fn run(
    probe: &FleetProbe,
    pause: Duration,
    json: bool,
    session: &mut Session,
) -> Result<Answer, Failure> {
    let mut last: Option<BTreeMap<String, EndpointShown>> = None;
    let mut told: Option<String> = None;
    let connecting = Connecting::start()?;
    loop {
        let now = session::now();
        let warning = match probe.ask(&connecting, now) {
            Ok(probed) => {
                let by_place = |endpoint: EndpointShown| (endpoint.place.clone(), endpoint);
                let present: BTreeMap<_, _> = shown(&probed).into_iter().map(by_place).collect();
                if last.is_none() {
                    session::say(&format!(
                        "{} watched, every {} s; changes are printed",
                        counted(present.len(), "endpoint"),
                        pause.as_secs()
                    ));
                }
                let at = now.to_string();
                for endpoint in changes(last.as_ref(), &present) {
                    let before = last.as_ref().and_then(|last| last.get(&endpoint.place));
                    write(&at, &endpoint, before, json, &mut session.out)?;
                }
                last = Some(present);
                (!probed.warnings.is_empty()).then(|| probed.warnings.join("; "))
            }
            Err(failure) if last.is_none() => return Err(failure),
            // Somebody may be writing the file.
            Err(failure) => Some(failure.in_one_line()),
        };
        session.out.flush()?;
        match warning {
            Some(warning) if told.as_ref() != Some(&warning) => {
                session::warn(&warning);
                told = Some(warning);
            }
            Some(_) => {}
            None => told = None,
        }
        std::thread::sleep(pause);
    }
}

/// A service that cannot be reached, on a line of `--json`.
#[derive(Debug, Serialize)]
struct Away<'a> {
    at: &'a str,
    service: &'a str,
    works: bool,
    why: &'a str,
}

/// What was told of one service.
#[derive(PartialEq, Eq)]
enum Told {
    Away,
    There(Essence),
}

impl Told {
    fn essence(&self) -> Option<&Essence> {
        match self {
            Self::Away => None,
            Self::There(essence) => Some(essence),
        }
    }
}

/// Asks one service until it is stopped. At first it is said how it is, then what has changed.
///
/// # Errors
///
/// When the options or files cannot be used at the start, or nothing can be printed.
pub(super) fn run_one(
    ready: &Ready,
    pause: Duration,
    json: bool,
    session: &mut Session,
) -> Result<Answer, Failure> {
    let mut last: Option<Told> = None;
    let mut warned: Option<String> = None;
    loop {
        let now = session::now();
        let out = &mut session.out;
        match ready.probe(now) {
            Ok(report) => {
                let told = Told::There(report.essence());
                if last.as_ref() != Some(&told) {
                    if json {
                        out.json_in_line(&report)?;
                        out.data(b"\n")?;
                    } else {
                        text::write_answer(&report, last.as_ref().and_then(Told::essence), out)?;
                    }
                }
                (last, warned) = (Some(told), None);
            }
            Err(failure) if failure.is(|_: &Unreached| true) => {
                if last != Some(Told::Away) {
                    let (at, service) = (now.to_string(), ready.service());
                    write_away(&at, &service, &failure.in_one_line(), json, out)?;
                }
                (last, warned) = (Some(Told::Away), None);
            }
            Err(failure) if last.is_none() => return Err(failure),
            // Somebody may be writing the files.
            Err(failure) => {
                let warning = failure.in_one_line();
                if warned.as_ref() != Some(&warning) {
                    session::warn(&warning);
                    warned = Some(warning);
                }
            }
        }
        session.out.flush()?;
        std::thread::sleep(pause);
    }
}

fn write_away(at: &str, service: &str, why: &str, json: bool, out: &mut Output) -> Printed {
    if !json {
        return writeln!(out, "{at} {service}: {why}");
    }
    out.json_in_line(&Away {
        at,
        service,
        works: false,
        why,
    })?;
    out.data(b"\n")
}

/// What is to be said of the endpoints as they are now.
fn changes(
    last: Option<&BTreeMap<String, EndpointShown>>,
    present: &BTreeMap<String, EndpointShown>,
) -> Vec<EndpointShown> {
    let Some(last) = last else {
        let differs = |one: &&EndpointShown| one.state == State::Different;
        return present.values().filter(differs).cloned().collect();
    };
    let gone = last
        .iter()
        .filter(|(place, _)| !present.contains_key(*place))
        .map(|(_, endpoint)| endpoint.gone());
    let changed = present
        .iter()
        .filter(|(place, now)| {
            last.get(*place)
                .is_none_or(|before| now.differs_from(before))
        })
        .map(|(_, endpoint)| endpoint.clone());
    gone.chain(changed).collect()
}

fn write(
    at: &str,
    endpoint: &EndpointShown,
    before: Option<&EndpointShown>,
    json: bool,
    out: &mut Output,
) -> Printed {
    if json {
        out.json_in_line(&Change { at, endpoint })?;
        return out.data(b"\n");
    }
    // Of one that was not asked it is said why.
    let found = endpoint.found.as_deref().unwrap_or(&endpoint.expected);
    let state = match endpoint.state {
        State::AsExpected => format!("as expected: {found}"),
        State::Different => format!("not as expected: {found}"),
        State::NotProbed => endpoint.expected.clone(),
    };
    writeln!(out, "{at} {}: {state}", endpoint.place)?;
    if before.is_some_and(|before| endpoint.shows_another_certificate(before)) {
        writeln!(out, "  its server shows another certificate than before")?;
    }
    write_differences(endpoint, out)
}
