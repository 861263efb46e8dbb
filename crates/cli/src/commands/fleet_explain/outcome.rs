//! What will happen at an endpoint: whether it starts, and what becomes of its connection.
//!
//! Settings of both ends decide, and with `--files` what their files hold. Not here: whether anybody listens.
//! Invariant: an endpoint is said to work only if nothing that was looked at keeps it, or the other end, from that.

use trustpack_material::load::Examined;
use trustpack_material::prediction::{End, Failing, Prediction, not_starting, predict};
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::{Endpoint, Engine, Role, Security, State};
use trustpack_settings::finding::Finding;
use trustpack_settings::value::ClientCertificate;
use trustpack_x509::time::Timestamp;

use super::written;
use crate::commands::fleet_arguments::ReadFleet;
use crate::commands::fleet_files::ConnectionJson;

/// What will happen.
pub(super) struct Outcome {
    /// The state of the endpoint, with that of the other end in it: a connection to a port that is refused is refused.
    pub(super) state: State,
    /// In words.
    pub(super) text: String,
}

/// What will happen at `endpoint`.
pub(super) fn of(
    endpoint: &Endpoint,
    read: &ReadFleet,
    survey: Option<&Survey>,
    now: Timestamp,
) -> Outcome {
    let state = endpoint.state();
    if state == State::Refused {
        let text = match written::own_file_not_read(endpoint, &read.fleet) {
            Some(not_read) => format!("not known, and trustpack refuses it until then: {not_read}"),
            None => refused(endpoint),
        };
        return Outcome { state, text };
    }
    match endpoint.role() {
        Role::Server => of_server(endpoint, survey),
        Role::Client => of_client(endpoint, read, survey, now),
    }
}

/// Its own settings keep it down.
fn refused(endpoint: &Endpoint) -> String {
    let errors = errors(endpoint);
    match endpoint.engine() {
        Engine::Trustpack => format!("it does not start: {errors}"),
        Engine::Openssl | Engine::Schannel | Engine::Jsse => format!(
            "trustpack refuses it: {errors}; what the program, which does its own TLS, makes of such settings is not known"
        ),
    }
}

/// The errors that keep an endpoint down, the first in full.
pub(super) fn errors(endpoint: &Endpoint) -> String {
    let mut errors = endpoint.findings().filter(|finding| finding.bars());
    let Some(first) = errors.next() else {
        return "its settings contradict each other".to_owned();
    };
    let first = in_words(first);
    match errors.count() {
        0 => first,
        1 => format!("{first}; and 1 other error"),
        many => format!("{first}; and {many} other errors"),
    }
}

fn in_words(finding: &Finding) -> String {
    let (code, place) = (finding.code(), &finding.place);
    format!("{} ({code} at {place})", finding.message)
}

fn of_server(endpoint: &Endpoint, survey: Option<&Survey>) -> Outcome {
    let files = survey.and_then(|survey| survey.examined(endpoint.place()));
    let of_settings = "as far as its settings tell, ";
    let mut state = endpoint.state();
    let text = match (not_starting(End { endpoint, files }), endpoint.security()) {
        (Some(failing), _) => {
            state = State::Failing;
            failing.why
        }
        (None, Security::Product) => "the product decides".to_owned(),
        (None, Security::Open | Security::Refused) => "clients connect in plain text".to_owned(),
        (None, Security::AutoDetect) => {
            format!("{of_settings}clients connect with TLS or in plain text, as each begins")
        }
        (None, Security::Tls) => match endpoint.client_certificate() {
            ClientCertificate::NotAsked => {
                format!("{of_settings}every client gets in that speaks TLS, whoever it is")
            }
            ClientCertificate::Required => {
                format!("{of_settings}clients get in that show a certificate which it accepts")
            }
        },
    };
    let unknown = files.and_then(Examined::unknown_key);
    let text = match unknown.filter(|_| state != State::Failing) {
        None => text,
        Some(why) => {
            format!("whether clients get in is not known, since its certificate is not: {why} here")
        }
    };
    let text = match refused_by_all(endpoint, survey).filter(|_| state != State::Failing) {
        None => text,
        Some(finding) => {
            state = State::Failing;
            let why = in_words(finding);
            format!("it starts, and clients that check its certificate refuse it: {why}")
        }
    };
    let text = match files {
        Some(_) => text.replacen(of_settings, "", 1),
        None => text,
    };
    Outcome { state, text }
}

/// What is wrong with the certificate of a server, so that it is of no use to clients; `None` if it works for one.
fn refused_by_all<'s>(endpoint: &Endpoint, survey: Option<&'s Survey>) -> Option<&'s Finding> {
    match endpoint.security() {
        Security::Tls | Security::AutoDetect => {}
        Security::Open | Security::Refused | Security::Product => return None,
    }
    let survey = survey?;
    let mut connections = survey.connections_to(endpoint.place());
    let works = |prediction: &Prediction| matches!(prediction, Prediction::Works { .. });
    if connections.any(|(_, prediction)| works(prediction)) {
        return None;
    }
    survey.examined(endpoint.place())?.refused_by_peers().next()
}

fn of_client(
    endpoint: &Endpoint,
    read: &ReadFleet,
    survey: Option<&Survey>,
    now: Timestamp,
) -> Outcome {
    let own = read.resolution.state_of(endpoint);
    let server = endpoint
        .port()
        .and_then(|port| read.resolution.endpoint(port));
    let surveyed = survey.and_then(|survey| survey.predictions().get(endpoint.place()));
    let end = |endpoint| End {
        endpoint,
        files: None,
    };
    let of_settings = || Some(predict(end(endpoint), end(server?), now));
    let Some(prediction) = surveyed.cloned().or_else(of_settings) else {
        let text = "the product decides".to_owned();
        return Outcome { state: own, text };
    };
    let state = match &prediction {
        Prediction::Fails(_) if own != State::Refused => State::Failing,
        Prediction::Fails(_)
        | Prediction::Open
        | Prediction::Works { .. }
        | Prediction::Unknown { .. } => own,
    };
    let text = match (&prediction, survey) {
        (Prediction::Fails(failing), None) => {
            let not_read = server.and_then(|one| written::own_file_not_read(one, &read.fleet));
            match (not_read, server) {
                (Some(not_read), Some(server)) => {
                    format!("not known, as its server {} is not: {not_read}", server.place())
                }
                (Some(_) | None, _) => fails(failing, server),
            }
        }
        (Prediction::Works { .. }, None) => {
            "as far as the settings of both ends tell, it connects; --files DIR looks at their certificates and keys too"
                .to_owned()
        }
        (Prediction::Unknown { why }, None) if own != State::Product => {
            format!("the settings of both ends fit; whether it connects is not known: {why}")
        }
        (Prediction::Open, _) => "it connects in plain text".to_owned(),
        (Prediction::Fails(_) | Prediction::Works { .. } | Prediction::Unknown { .. }, _) => {
            ConnectionJson::new(endpoint.place(), &prediction).told()
        }
    };
    Outcome { state, text }
}

/// Why nothing connects, as the settings of both ends tell.
fn fails(failing: &Failing, server: Option<&Endpoint>) -> String {
    match server {
        Some(server) if server.state() == State::Refused => format!(
            "nothing connects, since its server {port} is refused: {}; explain {port} for the line and the remedy",
            errors(server),
            port = server.place(),
        ),
        Some(_) | None => format!("nothing connects: {}", failing.why),
    }
}
