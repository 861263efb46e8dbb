//! What the settings and files of a fleet let expect of an endpoint.
//!
//! Files that the account of this process may not read are no prediction: then only settings say what is expected.
//! Invariant: where something cannot be known from here, nothing is expected, and it is said why.

use std::fmt;

use trustpack_material::load::Examined;
use trustpack_material::prediction::{End, Prediction, not_told, predict};
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::{Endpoint, Engine, Role, Security, Versions};
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_settings::value::{ClientCertificate, LowestVersion};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::barred::{Effect, barred};
use crate::survey::names::Version;

/// What is expected of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is not asked, and that is no fault.
    NotProbed(NotProbed),
    /// Its settings or files are broken, so that it does not start.
    Down {
        /// Why.
        why: String,
    },
    /// Its settings have an error. What its own engine makes of them is not known.
    Wrong {
        /// The error.
        why: String,
    },
    /// Its TLS is set up outside of the fleet: whatever is found is in order.
    Anything,
    /// Plain text.
    Plain,
    /// A port with TLS.
    Port(Box<PortTls>),
    /// A connection with TLS: what becomes of it.
    Connection(Box<Prediction>),
}

/// Why an endpoint is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotProbed {
    /// Its TLS begins inside the protocol of its program (3.4 of the specification).
    UpgradesInItsProtocol,
    /// One of its ends does not start: the client; or either where TLS begins inside the protocol of its program.
    Down {
        /// Which one.
        role: Role,
        /// Why.
        why: String,
    },
    /// The settings of one of its ends have an error: its TLS begins inside the protocol of its program, or it is a connection that
    /// leads to no port.
    Wrong {
        /// The error.
        why: String,
    },
    /// An error of the server left its address unknown.
    NoAddress,
}

/// What is expected of a port with TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortTls {
    /// The versions that it speaks.
    pub versions: Versions,
    /// Who does its TLS: of others than ours the highest version is not known.
    pub engine: Engine,
    /// The highest version that its settings forbid.
    pub forbidden: Option<Version>,
    /// Whether it takes plain text too.
    pub plain_text: PlainTextToo,
    /// Whether a certificate of the client is demanded.
    pub client: ClientCertificate,
    /// The certificate in its file, if that was looked at.
    pub own: Option<Certificate>,
}

/// Whether an end starts, as far as it was looked at.
enum Start {
    /// Nothing is known to keep it from that.
    Free,
    /// It does not.
    Down { why: String },
    /// What its engine, which is not ours, makes of an error in its settings is not known.
    Wrong { why: String },
}

/// Whether a port with TLS takes plain text too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainTextToo {
    /// It does: the first bytes of a client decide.
    Taken,
    /// It takes TLS alone.
    Refused,
}

impl Expected {
    /// What is expected of an endpoint of a fleet; `survey` is what its files hold, as far as they were looked at.
    #[must_use]
    pub fn of(
        endpoint: &Endpoint,
        resolution: &Resolution,
        survey: &Survey,
        now: Timestamp,
    ) -> Self {
        let port = match endpoint.role() {
            Role::Server => Some(endpoint),
            Role::Client => endpoint.port().and_then(|port| resolution.endpoint(port)),
        };
        if let Some(port) = port.filter(|port| upgrades_in_its_protocol(port)) {
            // Of a connection its client is told first.
            let mut ends = [endpoint, port].into_iter().filter(|end| !is_product(end));
            let stopped = ends.find_map(|end| start(end, survey).not_probed(end.role()));
            return Self::NotProbed(stopped.unwrap_or(NotProbed::UpgradesInItsProtocol));
        }
        let expected = match endpoint.role() {
            Role::Server => of_port(endpoint, survey),
            Role::Client => of_connection(endpoint, port, survey, now),
        };
        match (endpoint.network(), expected) {
            // Why it is down says more than that its address is not known.
            (Some(_), expected) | (None, expected @ Self::NotProbed(_)) => expected,
            (None, _) => Self::NotProbed(not_addressed(endpoint, survey)),
        }
    }
}

/// Why it is not known whom to ask: an error of the connection itself where it leads to no port, else one of the server.
fn not_addressed(endpoint: &Endpoint, survey: &Survey) -> NotProbed {
    let own = match (endpoint.role(), endpoint.port()) {
        (Role::Client, None) => start(endpoint, survey).not_probed(Role::Client),
        (Role::Client, Some(_)) | (Role::Server, _) => None,
    };
    own.unwrap_or(NotProbed::NoAddress)
}

fn upgrades_in_its_protocol(port: &Endpoint) -> bool {
    port.security() == Security::AutoDetect && port.engine() != Engine::Trustpack
}

fn is_product(end: &Endpoint) -> bool {
    end.security() == Security::Product
}

/// Whether an end starts, by its settings and by its files as far as this account may read them.
fn start(endpoint: &Endpoint, survey: &Survey) -> Start {
    let files = seen(survey, endpoint.place());
    let Some(barred) = barred(End { endpoint, files }) else {
        return match (endpoint.engine(), endpoint.startable()) {
            (Engine::Trustpack, Err(why)) => Start::Down {
                why: why.to_string(),
            },
            (Engine::Trustpack, Ok(_)) | (Engine::Openssl | Engine::Schannel | Engine::Jsse, _) => {
                Start::Free
            }
        };
    };
    let why = sentence(&barred.first.finding);
    match barred.first.effect {
        Effect::Down => Start::Down { why },
        Effect::NotKnown => Start::Wrong { why },
    }
}

impl Start {
    /// Of an end of one that is not asked.
    fn not_probed(self, role: Role) -> Option<NotProbed> {
        match self {
            Self::Free => None,
            Self::Down { why } => Some(NotProbed::Down { role, why }),
            Self::Wrong { why } => Some(NotProbed::Wrong { why }),
        }
    }
}

fn of_port(port: &Endpoint, survey: &Survey) -> Expected {
    match start(port, survey) {
        Start::Free => {}
        Start::Down { why } => return Expected::Down { why },
        Start::Wrong { why } => return Expected::Wrong { why },
    }
    match port.security() {
        Security::Open => Expected::Plain,
        Security::Product | Security::Refused => Expected::Anything,
        Security::Tls | Security::AutoDetect => {
            let examined = survey.examined(port.place());
            let engine = port.engine();
            Expected::Port(Box::new(PortTls {
                versions: port.settings().versions_spoken_by(engine),
                engine,
                forbidden: forbidden(port),
                plain_text: match port.security() {
                    Security::AutoDetect => PlainTextToo::Taken,
                    Security::Tls | Security::Open | Security::Product | Security::Refused => {
                        PlainTextToo::Refused
                    }
                },
                client: port.settings().tls_mutual.value,
                own: examined.and_then(|files| files.own_chain().first().cloned()),
            }))
        }
    }
}

/// The highest version that the settings of a port do not allow. Our own engine has none below 1.2, whatever they say.
fn forbidden(port: &Endpoint) -> Option<Version> {
    match (port.engine(), port.settings().sec_protocol.value) {
        (_, LowestVersion::Tls13) => Some(Version::Tls12),
        (Engine::Trustpack, _) | (_, LowestVersion::Unsaid | LowestVersion::Tls12) => {
            Some(Version::Tls11)
        }
        (_, LowestVersion::Tls11) => Some(Version::Tls10),
        (_, LowestVersion::Tls10) => Some(Version::Ssl3),
        (_, LowestVersion::Ssl3 | LowestVersion::Any) => None,
    }
}

/// The files of an endpoint, if they were looked at and this account may read all of them.
#[must_use]
pub fn seen<'s>(survey: &'s Survey, place: &Place) -> Option<&'s Examined> {
    let files = survey.examined(place);
    files.filter(|files| files.withheld().is_none())
}

fn of_connection(
    client: &Endpoint,
    port: Option<&Endpoint>,
    survey: &Survey,
    now: Timestamp,
) -> Expected {
    if is_product(client) || port.is_some_and(is_product) {
        return Expected::Anything;
    }
    match start(client, survey) {
        Start::Down { why } => {
            let role = Role::Client;
            return Expected::NotProbed(NotProbed::Down { role, why });
        }
        Start::Wrong { why } if not_told(client).is_some() => return Expected::Wrong { why },
        // What fails whoever does TLS is foretold.
        Start::Wrong { .. } | Start::Free => {}
    }
    match survey.predictions().get(client.place()) {
        Some(Prediction::Open) => Expected::Plain,
        Some(prediction) => {
            let by_settings = port.and_then(|port| unless_seen(client, port, survey, now));
            let prediction = by_settings.unwrap_or_else(|| prediction.clone());
            Expected::Connection(Box::new(prediction))
        }
        None => Expected::Anything,
    }
}

/// What the settings alone let expect, where this account may not read the files of an end.
fn unless_seen(
    client: &Endpoint,
    port: &Endpoint,
    survey: &Survey,
    now: Timestamp,
) -> Option<Prediction> {
    let withheld = |end: &&Endpoint| {
        survey
            .examined(end.place())
            .is_some_and(|files| files.withheld().is_some())
    };
    let unseen = [port, client].into_iter().find(withheld)?;
    let end = |endpoint| End {
        endpoint,
        files: None,
    };
    Some(match predict(end(client), end(port), now) {
        Prediction::Works { .. } => Prediction::Unknown {
            why: format!(
                "the settings fit; files of the {} may not be read by this account",
                unseen.role()
            ),
        },
        prediction @ (Prediction::Open | Prediction::Fails(_) | Prediction::Unknown { .. }) => {
            prediction
        }
    })
}

fn sentence(finding: &Finding) -> String {
    format!("{}: {}", finding.code(), finding.message)
}

/// What is expected of settings.
pub(crate) const WITHOUT_ERROR: &str = "settings without an error";

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotProbed(why) => why.fmt(f),
            Self::Down { why } => write!(f, "not started: {why}"),
            Self::Wrong { .. } => f.write_str(WITHOUT_ERROR),
            Self::Anything => f.write_str("set up by the product"),
            Self::Plain => f.write_str("plain text"),
            Self::Port(port) => port.fmt(f),
            Self::Connection(prediction) => match &**prediction {
                Prediction::Works { until: Some(stop) } => {
                    write!(f, "works until {}", stop.at.date_string())
                }
                prediction @ (Prediction::Works { until: None }
                | Prediction::Open
                | Prediction::Fails(_)
                | Prediction::Unknown { .. }) => prediction.fmt(f),
            },
        }
    }
}

impl fmt::Display for NotProbed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpgradesInItsProtocol => f.write_str(
                "not probed: it starts in clear and changes to TLS inside its own protocol, which is no fault",
            ),
            Self::Down { role, why } => write!(f, "not probed: its {role} does not start: {why}"),
            Self::Wrong { why } => write!(f, "not probed: its settings have an error: {why}"),
            Self::NoAddress => f.write_str("not probed: its address is not known"),
        }
    }
}

impl fmt::Display for PortTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.engine {
            Engine::Trustpack => write!(f, "{}", self.versions.highest)?,
            Engine::Openssl | Engine::Schannel | Engine::Jsse => write!(f, "{}", self.versions)?,
        }
        f.write_str(match self.client {
            ClientCertificate::Required => ", mutual",
            ClientCertificate::NotAsked => ", simple",
        })?;
        f.write_str(match self.plain_text {
            PlainTextToo::Taken => ", plain text too",
            PlainTextToo::Refused => "",
        })?;
        match &self.own {
            Some(own) => write!(f, ", {}", Served(own)),
            None => Ok(()),
        }
    }
}

/// A certificate in a few words: subject, and its last day.
pub(crate) struct Served<'a>(pub(crate) &'a Certificate);

impl fmt::Display for Served<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subject, end) = (self.0.subject(), self.0.validity().not_after);
        write!(f, "\"{subject}\" until {}", end.date_string())
    }
}
