//! What will happen at an endpoint, in words: whether it starts, and what becomes of its connection.
//!
//! [`outlook`] says what; here it is told. Not here: whether anybody listens.
//! Invariant: an endpoint is said to work only if nothing that was looked at keeps it, or the other end, from that.

use trustpack_material::outlook::{self, Course};
use trustpack_material::prediction::{Failing, Prediction, errors, not_told};
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::{Endpoint, Security, State};
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
    /// Whether it is known that it does not start.
    pub(super) is_down: bool,
}

/// What will happen at `endpoint`.
pub(super) fn of(
    endpoint: &Endpoint,
    read: &ReadFleet,
    survey: Option<&Survey>,
    now: Timestamp,
) -> Outcome {
    let outlook = outlook::of(endpoint, &read.resolution, survey, now);
    if endpoint.state() == State::Refused
        && let Some(not_read) = written::own_file_not_read(endpoint, &read.fleet)
    {
        return Outcome {
            is_down: false,
            state: outlook.state,
            text: format!("not known, and trustpack refuses it until then: {not_read}"),
        };
    }
    let files = survey.and_then(|survey| survey.examined(endpoint.place()));
    let text = match &outlook.course {
        Course::Refused => refused(endpoint),
        Course::Unknown(why) => why.clone(),
        Course::Serves => {
            let (of_settings, text) = serves(endpoint);
            match files {
                None if of_settings => format!("as far as its settings tell, {text}"),
                Some(_) | None => text.to_owned(),
            }
        }
        Course::Down(_) | Course::Unwanted { .. } => outlook.what_is_wrong().unwrap_or_default(),
        Course::Connects(prediction) => connects(endpoint, prediction.as_ref(), read, survey),
    };
    Outcome {
        is_down: matches!(outlook.course, Course::Down(_)),
        state: outlook.state,
        text,
    }
}

/// Its own settings keep it down.
fn refused(endpoint: &Endpoint) -> String {
    not_told(endpoint).unwrap_or_else(|| format!("it does not start: {}", errors(endpoint)))
}

/// Who gets in at a port that starts, and whether it takes a look at files to know.
fn serves(endpoint: &Endpoint) -> (bool, &'static str) {
    match (endpoint.security(), endpoint.client_certificate()) {
        (Security::Product, _) => (false, "the product decides"),
        (Security::Open | Security::Refused, _) => (false, "clients connect in plain text"),
        (Security::AutoDetect, _) => (
            true,
            "clients connect with TLS or in plain text, as each begins",
        ),
        (Security::Tls, ClientCertificate::NotAsked) => {
            (true, "every client gets in that speaks TLS, whoever it is")
        }
        (Security::Tls, ClientCertificate::Required) => (
            true,
            "clients get in that show a certificate which it accepts",
        ),
    }
}

/// What becomes of a connection.
fn connects(
    endpoint: &Endpoint,
    prediction: Option<&Prediction>,
    read: &ReadFleet,
    survey: Option<&Survey>,
) -> String {
    let port = endpoint.port();
    let server = port.and_then(|port| read.resolution.endpoint(port));
    let Some(prediction) = prediction else {
        return match endpoint.security() {
            Security::Product => "the product decides".to_owned(),
            Security::Open | Security::Tls | Security::AutoDetect | Security::Refused => {
                "not known: nothing is known of its server".to_owned()
            }
        };
    };
    if survey.is_none()
        && let (Prediction::Fails(_) | Prediction::Unknown { .. }, Some(server)) =
            (prediction, server)
        && let Some(not_read) = written::own_file_not_read(server, &read.fleet)
    {
        return format!(
            "not known, as its server {} is not: {not_read}",
            server.place()
        );
    }
    match (prediction, survey) {
        (Prediction::Unknown { why }, _) if endpoint.state() == State::Refused => why.clone(),
        (Prediction::Fails(failing), None) => fails(failing, server),
        (Prediction::Works { .. }, None) => {
            "as far as the settings of both ends tell, it connects; --files DIR looks at their certificates and keys too"
                .to_owned()
        }
        (Prediction::Unknown { why }, None) if endpoint.security() != Security::Product => {
            match server.filter(|server| server.state() == State::Refused) {
                Some(server) => format!("not known: {why}; explain {} for the line and the remedy", server.place()),
                None => format!("the settings of both ends fit; whether it connects is not known: {why}"),
            }
        }
        (Prediction::Open, _) => "it connects in plain text".to_owned(),
        (Prediction::Fails(_) | Prediction::Works { .. } | Prediction::Unknown { .. }, _) => {
            ConnectionJson::new(endpoint.place(), prediction).told()
        }
    }
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
