//! What becomes of running tunnels when their settings and files change: as lines of the log, and as the answer to
//! whoever asked for it.

use std::error::Error as _;

use tracing::{info, warn};
use trustpack_settings::finding::{Finding, Severity};
use trustpack_settings::place::Place;
use trustpack_tls::generation::Change;
use trustpack_tls::keeper::arranging::{Arrangement, Hindrance};
use trustpack_tls::keeper::{NotRead, Refreshed, Stays};
use trustpack_tunnel::control::{Answer, EndpointReloaded, Hindered, Outcome, Reloaded};
use trustpack_tunnel::status::Overview;
use trustpack_x509::time::Timestamp;

use super::tunnel_service::log_finding;

/// The message for an endpoint of which less is demanded.
const LESS_SECURED: &str = "less is demanded of its traffic from now on";

/// The message for an endpoint that carried plain text, is to do TLS and cannot.
const SHUT: &str = "it is shut: it is to do TLS and cannot, and lets nobody through";

/// One line for each endpoint that has changed, or could not.
pub(super) fn log(refreshed: &Result<Refreshed, NotRead>, overview: &Overview) {
    let refreshed = match refreshed {
        Ok(refreshed) => refreshed,
        Err(error) => {
            let cause = error.source().map(ToString::to_string);
            warn!(
                reason = error.to_string(),
                cause, "settings and files could not be read again; everything stays as it was"
            );
            return;
        }
    };
    if is_nothing(refreshed) {
        info!("settings and files were read again; nothing has changed");
    }
    for place in &refreshed.mended {
        info!(
            place = place.to_string(),
            "its settings and files are whole again"
        );
    }
    for (place, result) in &refreshed.endpoints {
        match result {
            Ok(change) => log_change(refreshed, place, *change, overview),
            Err(stays) => log_stays(place, stays),
        }
    }
    for place in &refreshed.moved {
        warn!(
            place = place.to_string(),
            remedy = "restart to take the new addresses",
            "it still listens and leads where it did"
        );
    }
    for place in &refreshed.new {
        warn!(
            place = place.to_string(),
            remedy = "restart to start it",
            "it has a tunnel now and is not carried yet"
        );
    }
    for (place, arrangement) in &refreshed.arranged {
        log_arrangement(place, arrangement);
    }
    refreshed.findings.iter().for_each(log_finding);
}

/// Whether there is nothing else to say.
fn is_nothing(refreshed: &Refreshed) -> bool {
    let unchanged = |result: &Result<Change, Stays>| matches!(result, Ok(Change::Nothing));
    let mut results = refreshed.endpoints.iter().map(|(_, result)| result);
    results.all(unchanged)
        && refreshed.moved.is_empty()
        && refreshed.new.is_empty()
        && refreshed.arranged.is_empty()
        && refreshed.mended.is_empty()
        && refreshed.findings.is_empty()
}

fn log_change(refreshed: &Refreshed, place: &Place, change: Change, overview: &Overview) {
    const TRUST: &str = "what it trusts has changed; earlier sessions are not resumed";
    let parts = refreshed.parts.get(place).map_or(&[][..], Vec::as_slice);
    let what: Vec<_> = parts.iter().map(ToString::to_string).collect();
    let presented = overview.certificate(place);
    let (place, what) = (place.to_string(), what.join("; "));
    match change {
        Change::Nothing => {}
        Change::Identity => {
            let presented = presented.as_ref();
            info!(
                place,
                subject = presented.map(|certificate| certificate.subject.as_str()),
                serial = presented.map(|certificate| certificate.serial.as_str()),
                not_after = presented
                    .map(
                        |certificate| Timestamp::from_unix(certificate.not_after_unix).to_string()
                    ),
                "presents another certificate from now on"
            );
        }
        Change::Trust { generation, cut } if parts.iter().any(|part| part.weakens()) => {
            warn!(place, generation, cut, what, "{TRUST}");
        }
        Change::Trust { generation, cut } => info!(place, generation, cut, what, "{TRUST}"),
    }
}

fn log_arrangement(place: &Place, arrangement: &Arrangement) {
    let place = place.to_string();
    match arrangement {
        Arrangement::Started {
            listen,
            to,
            security,
        } => {
            for listen in listen {
                info!(place, listen, to, security, "listening");
            }
        }
        Arrangement::Moved { listen, to } => {
            let listen = listen.join(", ");
            info!(place, listen, to, "listens and leads so from now on");
        }
        Arrangement::Secured {
            security,
            before,
            weaker,
            cut,
        } => {
            if *weaker {
                warn!(place, security, before, cut, "{LESS_SECURED}");
            } else {
                info!(
                    place,
                    security, before, cut, "it is secured otherwise from now on"
                );
            }
        }
        Arrangement::Stopped { open } => info!(
            place,
            open, "stopped: the settings no longer have it on this host"
        ),
        Arrangement::NotStarted(hindrance) => log_hindrance(&place, hindrance, "not started"),
        Arrangement::Stays(hindrance) => log_hindrance(&place, hindrance, "it stays as it was"),
        Arrangement::Shut(hindrance) => log_hindrance(&place, hindrance, SHUT),
    }
}

fn log_hindrance(place: &str, hindrance: &Hindrance, message: &'static str) {
    let findings = lines_of(hindrance.findings.iter());
    warn!(
        place,
        reason = hindrance.reason,
        findings = (!findings.is_empty()).then(|| findings.join("; ")),
        remedy = hindrance.remedy,
        "{message}"
    );
}

fn log_stays(place: &Place, stays: &Stays) {
    let findings = finding_lines(stays);
    warn!(
        place = place.to_string(),
        reason = stays.to_string(),
        findings = (!findings.is_empty()).then(|| findings.join("; ")),
        "{}",
        if is_shut(stays) {
            SHUT
        } else {
            "it stays as it was"
        }
    );
}

/// Whether nobody is let through until it is mended.
fn is_shut(stays: &Stays) -> bool {
    match stays {
        Stays::Open(_) => true,
        Stays::Gone
        | Stays::FleetBroken { .. }
        | Stays::Settings(_)
        | Stays::Material(_)
        | Stays::Context(_)
        | Stays::Doubtful { .. } => false,
    }
}

/// The answer to whoever asked.
pub(super) fn answer(refreshed: Result<Refreshed, NotRead>) -> Answer {
    let refreshed = match refreshed {
        Ok(refreshed) => refreshed,
        Err(error) => {
            let causes = anyhow::Error::new(error);
            return Answer::Refused {
                reason: format!(
                    "settings and files could not be read again; everything stays as it was: {causes:#}"
                ),
            };
        }
    };
    // What is told below is not unchanged.
    let arranged = |place: &Place| refreshed.arranged.iter().any(|(other, _)| other == place);
    let endpoints = refreshed
        .endpoints
        .iter()
        .filter(|(place, result)| !(matches!(result, Ok(Change::Nothing)) && arranged(place)))
        .map(|(place, result)| EndpointReloaded {
            place: place.to_string(),
            outcome: outcome(result),
        });
    let arranged = refreshed
        .arranged
        .iter()
        .map(|(place, arrangement)| EndpointReloaded {
            place: place.to_string(),
            outcome: outcome_of_arrangement(arrangement),
        });
    Answer::Reloaded(Reloaded {
        endpoints: endpoints.chain(arranged).collect(),
        moved: refreshed.moved.iter().map(Place::to_string).collect(),
        findings: refreshed.findings.iter().filter_map(warning_line).collect(),
    })
}

fn outcome(result: &Result<Change, Stays>) -> Outcome {
    match result {
        Ok(Change::Nothing) => Outcome::Unchanged,
        Ok(Change::Identity) => Outcome::NewCertificate,
        Ok(Change::Trust { generation, cut }) => Outcome::NewTrust {
            generation: *generation,
            cut: *cut,
        },
        Err(stays) => {
            let hindered = Hindered {
                reason: stays.to_string(),
                findings: finding_lines(stays),
                remedy: None,
            };
            if is_shut(stays) {
                Outcome::Shut(hindered)
            } else {
                Outcome::Stays(hindered)
            }
        }
    }
}

fn outcome_of_arrangement(arrangement: &Arrangement) -> Outcome {
    match arrangement.clone() {
        Arrangement::Started { listen, .. } => Outcome::Started { listen },
        Arrangement::Moved { listen, to } => Outcome::Moved { listen, to },
        Arrangement::Secured {
            security,
            before,
            cut,
            weaker: _,
        } => Outcome::Secured {
            security,
            before,
            cut,
        },
        Arrangement::Stopped { open } => Outcome::Stopped { open },
        Arrangement::NotStarted(hindrance) => Outcome::NotStarted(hindered(hindrance)),
        Arrangement::Stays(hindrance) => Outcome::Stays(hindered(hindrance)),
        Arrangement::Shut(hindrance) => Outcome::Shut(hindered(hindrance)),
    }
}

fn hindered(hindrance: Hindrance) -> Hindered {
    Hindered {
        findings: lines_of(hindrance.findings.iter()),
        reason: hindrance.reason,
        remedy: hindrance.remedy,
    }
}

/// The errors behind it, each with its code and remedy.
fn finding_lines(stays: &Stays) -> Vec<String> {
    lines_of(stays.findings().into_iter())
}

/// A warning with its place; a note is for the log.
fn warning_line(finding: &Finding) -> Option<String> {
    let lines = lines_of(std::iter::once(finding));
    match finding.severity() {
        Severity::Error | Severity::Warning => {
            let line = lines.into_iter().next()?;
            Some(format!("{}: {}: {line}", finding.place, finding.severity()))
        }
        Severity::Note => None,
    }
}

/// Each with its place in a file, its code and remedy.
fn lines_of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    let findings = findings.map(|finding| {
        let (code, message) = (finding.code(), &finding.message);
        let at = finding.location().map(|at| format!("{at}: "));
        let at = at.unwrap_or_default();
        format!("{at}{code}: {message} (remedy: {})", finding.remedy)
    });
    findings.collect()
}
