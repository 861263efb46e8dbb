//! What becomes of an endpoint: the one answer that every command shows in its own form.
//!
//! By its settings and those of its peer, and by their files where somebody has looked at them. Not here: the words for
//! it, and whether anybody listens.
//! Invariant: an endpoint is shown as failing if it does not start, if its connection fails, or if everybody who looks at
//! its certificate refuses it and nobody else comes.

use trustpack_judge::reason::Rank;
use trustpack_settings::endpoint::{Endpoint, Engine, Role, Security, ServerCheck, State};
use trustpack_settings::finding::Finding;
use trustpack_settings::resolve::Resolution;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::findings::{chain_incomplete, usage_missing, weak};
use crate::load::Examined;
use crate::prediction::{End, Failing, Fault, Prediction, doubtful, not_starting, predict};
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
        Some(Wanted::NotKnown(finding)) => Outlook {
            state,
            course: Course::Unknown(doubt.unwrap_or_else(|| {
                format!(
                    "whether clients get in that check its certificate is not known: {}",
                    in_words(finding)
                )
            })),
        },
        Some(Wanted::Not(finding, others)) => Outlook {
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

/// What is wrong with the certificate of a port, and who takes it.
enum Wanted<'s> {
    /// Some who check it may: that is not known.
    NotKnown(&'s Finding),
    /// Nobody who checks it, but those who come without that.
    Not(&'s Finding, Others),
}

/// Who may take a certificate all the same that has a finding which our rules refuse: a matter of the finding, and not of
/// the clients that happen to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Takers {
    /// Nobody.
    Nobody,
    /// Who has the rest of the chain.
    WhoHasTheRest,
    /// The programs of some.
    SomePrograms,
}

impl Takers {
    /// Who takes a certificate with this finding; `own` is the certificate.
    fn of(finding: &Finding, own: Option<&Certificate>) -> Self {
        let code = finding.code();
        let is_of_key_usage =
            |own| usage_missing::has_purpose(own, Role::Server) && code == usage_missing::KIND.code;
        if code == chain_incomplete::KIND.code {
            Self::WhoHasTheRest
        } else if code == weak::KIND.code || own.is_some_and(is_of_key_usage) {
            Self::SomePrograms
        } else {
            Self::Nobody
        }
    }
}

/// What becomes of a port whose certificate has something that peers refuse; `None` if it works for one who checks it.
fn unwanted<'s>(
    endpoint: &Endpoint,
    resolution: &Resolution,
    survey: Option<&'s Survey>,
) -> Option<Wanted<'s>> {
    let mut others = match endpoint.security() {
        Security::Tls => Others::Nobody,
        Security::AutoDetect => Others::Plain,
        Security::Open | Security::Refused | Security::Product => return None,
    };
    let survey = survey?;
    let files = survey.examined(endpoint.place())?;
    let takers = |finding: &&Finding| Takers::of(finding, files.own_chain().first());
    let finding = files.refused_by_peers().min_by_key(takers)?;
    let takers = takers(&finding);
    let (mut refused, mut perhaps_taken) = (false, false);
    for (place, prediction) in survey.connections_to(endpoint.place()) {
        let client = resolution.endpoint(place)?;
        // Who does not look at the certificate is not asked about it.
        if client.server_check() == Some(ServerCheck::DangerNone) {
            if let Prediction::Works { .. } | Prediction::Unknown { .. } = prediction {
                others = Others::Unchecking;
            }
            continue;
        }
        match prediction {
            Prediction::Works { .. } => return None,
            Prediction::Unknown { .. } => perhaps_taken = true,
            Prediction::Fails(failing) => refused |= is_refusal(failing),
            Prediction::Open => {}
        }
    }
    let is_known = match takers {
        Takers::Nobody => true,
        Takers::WhoHasTheRest => !perhaps_taken,
        Takers::SomePrograms => refused && !perhaps_taken,
    };
    Some(if is_known {
        Wanted::Not(finding, others)
    } else {
        Wanted::NotKnown(finding)
    })
}

/// Whether a client refuses a port for what only some programs refuse, and does not fail for something of its own.
fn is_refusal(failing: &Failing) -> bool {
    let ranks = [Rank::Strength, Rank::Usages];
    let reason = failing.reason.as_ref();
    failing.fault == Fault::Server && reason.is_some_and(|reason| ranks.contains(&reason.rank()))
}

fn of_client<'s>(
    endpoint: &Endpoint,
    resolution: &Resolution,
    survey: Option<&'s Survey>,
    now: Timestamp,
) -> Outlook<'s> {
    let own = resolution.state_of(endpoint);
    // What another engine makes of what we refuse, or of what does not fit, the prediction tells.
    let port = endpoint.port();
    let server = port.and_then(|port| resolution.endpoint(port));
    let is_told = endpoint.engine() != Engine::Trustpack && server.is_some();
    if endpoint.state() == State::Refused && !is_told {
        return Outlook {
            state: own,
            course: Course::Refused,
        };
    }
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
    let unless = if finding.code() == chain_incomplete::KIND.code {
        ", unless they have what is missing"
    } else {
        ""
    };
    let who = match others {
        Others::Nobody => format!("clients that check its certificate refuse it{unless}"),
        Others::Unchecking => format!(
            "clients get in that do not check its certificate; those that check it refuse it{unless}"
        ),
        Others::Plain => format!(
            "clients get in that connect in plain text; those that connect with TLS and check its certificate refuse it{unless}"
        ),
    };
    match (doubt, others) {
        (Some(doubt), _) => format!("{doubt}; if it does: {who}"),
        (None, Others::Nobody) => format!("it starts, and {who}: {}", in_words(finding)),
        (None, Others::Unchecking | Others::Plain) => format!("{who}: {}", in_words(finding)),
    }
}

fn in_words(finding: &Finding) -> String {
    let (code, place) = (finding.code(), &finding.place);
    format!("{} ({code} at {place})", finding.message)
}
