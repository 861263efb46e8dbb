//! What becomes of an endpoint: the one answer that every command shows in its own form.
//!
//! By its settings and those of its peer, and by their files where somebody has looked at them. Not here: the words for
//! it, and whether anybody listens.
//! Invariant: an endpoint is shown as failing if it does not start, if its connection fails, or if everybody who looks at
//! its certificate refuses it and nobody else comes.

use trustpack_settings::endpoint::{Endpoint, Engine, Role, Security, ServerCheck, State};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_x509::time::Timestamp;

use crate::load::Examined;
use crate::prediction::{End, Failing, Prediction, doubtful, not_starting, predict};
use crate::survey::Survey;

/// What becomes of an endpoint.
#[derive(Clone, Debug)]
pub struct Outlook<'s> {
    /// In a word.
    pub state: State,
    /// What happens.
    pub course: Course<'s>,
}

/// What happens at an endpoint.
#[derive(Clone, Debug)]
pub enum Course<'s> {
    /// Its own settings have errors: one of ours does not start, and of a port of another engine nothing is known.
    Refused,
    /// It does not start all the same.
    Down(Failing),
    /// A port that starts, as far as is known, and who checks its certificate refuses it.
    Unwanted {
        /// What is wrong with the certificate.
        finding: &'s Finding,
        /// Why it is not known whether it starts.
        doubt: Option<String>,
        /// Who gets in nevertheless.
        others: Others,
    },
    /// A port of which it is not known whether it starts, or what it shows: why.
    Unknown(String),
    /// A port that starts.
    Serves,
    /// A connection; nothing is known of one to a port that is not there.
    Connects(Option<Prediction>),
}

/// Who gets in at a port whose certificate nobody takes who checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nobody.
    Nobody,
    /// Clients that do not check it.
    Unchecking,
    /// Clients in plain text.
    Plain,
}

/// What becomes of an endpoint; `survey` is of its files and those of its peers, or `None` if settings have to do.
#[must_use]
pub fn of<'s>(
    endpoint: &Endpoint,
    resolution: &Resolution,
    survey: Option<&'s Survey>,
    now: Timestamp,
) -> Outlook<'s> {
    match endpoint.role() {
        Role::Server => of_server(endpoint, resolution, survey),
        Role::Client => of_client(endpoint, resolution, survey, now),
    }
}

fn of_server<'s>(
    endpoint: &Endpoint,
    resolution: &Resolution,
    survey: Option<&'s Survey>,
) -> Outlook<'s> {
    let files = survey.and_then(|survey| survey.examined(endpoint.place()));
    let state = endpoint.state();
    if state == State::Refused {
        let course = Course::Refused;
        return Outlook { state, course };
    }
    if let Some(failing) = not_starting(End { endpoint, files }) {
        let (state, course) = (State::Failing, Course::Down(failing));
        return Outlook { state, course };
    }
    if let Some(why) = files.and_then(Examined::unknown_key) {
        let course = Course::Unknown(format!(
            "whether clients get in is not known, since its certificate is not: {why} here"
        ));
        return Outlook { state, course };
    }
    let doubt = doubtful(End { endpoint, files });
    match unwanted(endpoint, resolution, survey) {
        None => Outlook {
            state,
            course: doubt.map_or(Course::Serves, Course::Unknown),
        },
        Some((finding, others)) => Outlook {
            state: match others {
                Others::Nobody => State::Failing,
                Others::Unchecking | Others::Plain => state,
            },
            course: Course::Unwanted {
                finding,
                doubt,
                others,
            },
        },
    }
}

/// What is wrong with the certificate of a port, so that nobody takes it who checks it, and who comes nevertheless; `None`
/// if it works for somebody who does.
fn unwanted<'s>(
    endpoint: &Endpoint,
    resolution: &Resolution,
    survey: Option<&'s Survey>,
) -> Option<(&'s Finding, Others)> {
    let mut others = match endpoint.security() {
        Security::Tls => Others::Nobody,
        Security::AutoDetect => Others::Plain,
        Security::Open | Security::Refused | Security::Product => return None,
    };
    let survey = survey?;
    let is_seen = |place: &Place| survey.examined(place).is_some();
    for (place, prediction) in survey.connections_to(endpoint.place()) {
        let may_work = match prediction {
            Prediction::Works { .. } => true,
            Prediction::Unknown { .. } => is_seen(place),
            Prediction::Open | Prediction::Fails(_) => false,
        };
        if may_work {
            let client = resolution.endpoint(place)?;
            if client.server_check() != Some(ServerCheck::DangerNone) {
                return None;
            }
            others = Others::Unchecking;
        }
    }
    let finding = survey
        .examined(endpoint.place())?
        .refused_by_peers()
        .next()?;
    Some((finding, others))
}

fn of_client<'s>(
    endpoint: &Endpoint,
    resolution: &Resolution,
    survey: Option<&'s Survey>,
    now: Timestamp,
) -> Outlook<'s> {
    let own = resolution.state_of(endpoint);
    // What another engine makes of what we refuse, or of what does not fit, the prediction tells.
    if endpoint.state() == State::Refused && endpoint.engine() == Engine::Trustpack {
        return Outlook {
            state: own,
            course: Course::Refused,
        };
    }
    let port = endpoint.port();
    let server = port.and_then(|port| resolution.endpoint(port));
    let surveyed = survey.and_then(|survey| survey.predictions().get(endpoint.place()));
    let end = |endpoint| End {
        endpoint,
        files: None,
    };
    let of_settings = || Some(predict(end(endpoint), end(server?), now));
    let prediction = surveyed.cloned().or_else(of_settings);
    let fails = matches!(prediction, Some(Prediction::Fails(_)));
    Outlook {
        state: if fails && own != State::Refused {
            State::Failing
        } else {
            own
        },
        course: Course::Connects(prediction),
    }
}

impl Outlook<'_> {
    /// Why an endpoint that its settings do not refuse is not what they say, in a sentence; `None` of a connection, whose
    /// prediction tells, and where nothing is known to be wrong.
    #[must_use]
    pub fn what_is_wrong(&self) -> Option<String> {
        match &self.course {
            Course::Down(failing) => Some(failing.why.clone()),
            Course::Unwanted {
                finding,
                doubt,
                others,
            } => Some(unwanted_text(finding, doubt.as_deref(), *others)),
            Course::Refused | Course::Unknown(_) | Course::Serves | Course::Connects(_) => None,
        }
    }
}

fn unwanted_text(finding: &Finding, doubt: Option<&str>, others: Others) -> String {
    if let Some(doubt) = doubt {
        return format!("{doubt}; clients that check its certificate refuse it");
    }
    let (code, place) = (finding.code(), &finding.place);
    let who = match others {
        Others::Nobody => "it starts, and clients that check its certificate refuse it",
        Others::Unchecking => {
            "clients get in that do not check its certificate; those that check it refuse it"
        }
        Others::Plain => {
            "clients get in that connect in plain text; those that connect with TLS and check its certificate refuse it"
        }
    };
    format!("{who}: {} ({code} at {place})", finding.message)
}
