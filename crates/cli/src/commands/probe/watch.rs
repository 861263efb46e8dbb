//! A fleet, asked again and again: what changes.
//!
//! Invariant: what was said before is not said again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::fleet::FleetProbe;
use super::side_by_side::{EndpointShown, State, shown, write_differences};
use crate::failure::{Answer, Failure};
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
    loop {
        let now = session::now();
        match probe.ask(now) {
            Ok(probed) => {
                let endpoints = shown(&probed);
                let at = now.to_string();
                for endpoint in &endpoints {
                    let is_news = match &last {
                        None => endpoint.state == State::Different,
                        Some(last) => last.get(&endpoint.place) != Some(endpoint),
                    };
                    if is_news {
                        write(&at, endpoint, json, &mut session.out)?;
                    }
                }
                let by_place = |endpoint: EndpointShown| (endpoint.place.clone(), endpoint);
                last = Some(endpoints.into_iter().map(by_place).collect());
            }
            Err(failure) if last.is_none() => return Err(failure),
            // Somebody may be writing the file.
            Err(failure) => session::warn(failure.in_one_line()),
        }
        session.out.flush()?;
        std::thread::sleep(pause);
    }
}

fn write(at: &str, endpoint: &EndpointShown, json: bool, out: &mut Output) -> Printed {
    if json {
        out.json_in_line(&Change { at, endpoint })?;
        return out.data(b"\n");
    }
    let state = match endpoint.state {
        State::AsExpected => "as expected",
        State::Different => "not as expected",
        State::NotProbed => "not probed",
    };
    let found = endpoint.found.as_deref().unwrap_or_default();
    writeln!(out, "{at} {}: {state}: {found}", endpoint.place)?;
    write_differences(endpoint, out)
}
