//! `trustpack fleet explain`.

mod facts;
mod files;
mod found;
mod object;
mod outcome;
mod settings;
mod why;
mod without_effect;
mod written;

use std::path::Path;

use serde::Serialize;
use trustpack_material::survey::Survey;
use trustpack_settings::accepting::nearest_place;
use trustpack_settings::endpoint::{Endpoint, Role, Security};
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::place::{Place, PortId};
use trustpack_x509::time::Timestamp;

use self::files::FilesJson;
use self::object::Form;
use self::outcome::Outcome;
use self::settings::{Extent, SettingJson};
use self::without_effect::WithoutEffectJson;
use super::fleet_arguments::{FleetArgument, ReadFleet};
use super::fleet_files::{ConnectionJson, FilesArgs};
use crate::failure::{Answer, Failure, message};
use crate::finding_report::{self, FindingJson};
use crate::output::{Output, Printed};
use crate::session::Session;

/// Say what an endpoint really gets, where each value comes from, and what it hid
///
/// Of a host or an application it says which endpoints it has, and what was found at it. With --files it also says what
/// the files of the endpoint hold, and what becomes of its connections.
#[derive(Debug, clap::Args)]
#[command(
    allow_missing_positional = true,
    after_help = "Examples:
  trustpack fleet explain fleet.toml StatServer
  trustpack fleet explain fleet.toml Desk/StatServer:default
  trustpack fleet explain --fleet fleet.toml --files hosts Desk/StatServer
  trustpack fleet explain fleet.toml 'host db1.example.com'"
)]
pub(crate) struct FleetExplain {
    #[command(flatten)]
    fleet: FleetArgument,

    /// A port `APP:ID`, a connection `APP/TARGET:ID`, or that to its backup `APP/TARGET:ID@backup`;
    /// `:default` may be left out. Or `host NAME`, `application NAME`
    #[arg(value_name = "PLACE", required = true)]
    place: Place,

    #[command(flatten)]
    files: FilesArgs,

    /// Also show the options that are set nowhere, with their defaults
    #[arg(long, conflicts_with = "json")]
    all: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The columns that a sentence takes at most.
const WIDTH: usize = 100;

#[derive(Debug, Serialize)]
struct Explained {
    place: String,
    role: String,
    state: String,
    outcome: String,
    host: Option<String>,
    starts: bool,
    why_not: Option<String>,
    network: Option<String>,
    plain: Option<String>,
    shows: Option<String>,
    server_shows: Option<String>,
    peer: Option<String>,
    versions: Option<String>,
    client_certificate: Option<String>,
    engine: String,
    why: Vec<String>,
    settings: Vec<SettingJson>,
    without_effect: Vec<WithoutEffectJson>,
    files: Option<FilesJson>,
    connections: Option<Vec<ConnectionJson>>,
    findings: Vec<FindingJson>,
    /// Whether the connections have lines of their own: that of a client is told as what happens.
    #[serde(skip)]
    is_server: bool,
}

impl FleetExplain {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let read = self.read(session);
        let mut read = read.map_err(|failure| match self.fleet_as_place() {
            Some(fleet) if !self.fleet.path().exists() => failure.hint(no_place(&fleet)),
            Some(_) | None => failure,
        })?;
        let survey = self.files.survey(&mut read, session.now)?;
        if object::is_there(&read, &self.place) {
            let form = if self.json { Form::Json } else { Form::Text };
            object::explain(&self.place, &read, survey.as_ref(), form, session)?;
            session.out.flush()?;
            return Ok(Answer::Done);
        }
        let Some(endpoint) = self.endpoint(&read) else {
            return Err(self.no_such_place(read.whole(session.now)));
        };
        let findings = found::at(endpoint, &read, survey.as_ref());
        let outcome = outcome::of(endpoint, &read, survey.as_ref(), session.now);
        let mut explained = Explained::new(endpoint, &read, outcome, &findings);
        if let Some(survey) = &survey {
            explained.take_files(endpoint, survey, session.now);
        }
        if self.json {
            session.out.json(&explained)?;
        } else {
            explained.write(self.extent(), &mut session.out)?;
            if !findings.is_empty() {
                writeln!(session.out)?;
                writeln!(session.out, "findings that concern it:")?;
            }
            finding_report::write(&mut session.out, &findings, &read.texts)?;
        }
        session.out.flush()?;
        // The program ends now. To give back a large fleet piece by piece takes a tenth of the time.
        std::mem::forget(read);
        Ok(Answer::Done)
    }

    fn extent(&self) -> Extent {
        if self.all { Extent::All } else { Extent::Set }
    }

    fn read(&self, session: &Session) -> Result<ReadFleet, Failure> {
        let application = match &self.place {
            Place::Port { application, .. }
            | Place::Connection { application, .. }
            | Place::Backup { application, .. } => Some(application),
            Place::Fleet
            | Place::Host(_)
            | Place::Application(_)
            | Place::CommandLine
            | Place::Program => None,
        };
        match application {
            // Files are judged with all ends that use them.
            Some(application) if !self.files.are_asked() => {
                self.fleet.read_for(application, session.now)
            }
            Some(_) | None => self.fleet.read(session.now),
        }
    }

    /// The endpoint at the place; where an application is named that has but one, that one.
    fn endpoint<'r>(&self, read: &'r ReadFleet) -> Option<&'r Endpoint> {
        if let Some(endpoint) = read.resolution.endpoint(&self.place) {
            return Some(endpoint);
        }
        let Place::Port { application, port } = &self.place else {
            return None;
        };
        let mut all = read.resolution.endpoints_of(application);
        match (all.next(), all.next()) {
            (Some(only), None) if *port == PortId::default() => Some(only),
            (Some(_) | None, _) => None,
        }
    }

    fn no_such_place(&self, read: ReadFleet) -> Failure {
        let what = match &self.place {
            Place::Host(_) | Place::Application(_) => self.place.to_string(),
            Place::Fleet
            | Place::Port { .. }
            | Place::Connection { .. }
            | Place::Backup { .. }
            | Place::CommandLine
            | Place::Program => format!("endpoint {}", self.place),
        };
        let failure = Failure::request(message(format!("the fleet has no {what}")));
        if let Some(fleet) = self.fleet_as_place() {
            return failure.hint(no_place(&fleet));
        }
        if let Some(host) = host_as_place(&self.place, &read.fleet) {
            return failure.hint(format!("that is a host: write 'host {host}'"));
        }
        let application = self.place.application();
        let others = application
            .into_iter()
            .flat_map(|name| read.resolution.endpoints_of(name));
        let others: Vec<String> = others
            .map(|endpoint| endpoint.place().to_string())
            .collect();
        if !others.is_empty() {
            return failure.hint(format!("that application has: {}", others.join(", ")));
        }
        match nearest_place(&read.fleet, &read.resolution, &self.place) {
            Some(nearest) => failure.hint(format!("perhaps {nearest:?} was meant")),
            None => failure.hint("`trustpack fleet show` lists the endpoints"),
        }
    }

    /// What was given as the place, if that is a file or folder: the fleet, and the place was forgotten.
    fn fleet_as_place(&self) -> Option<String> {
        let place = self.place.to_string();
        let default = format!(":{}", PortId::default());
        let path = place.strip_suffix(&default).unwrap_or(&place);
        Path::new(path).exists().then(|| path.to_owned())
    }
}

fn no_place(fleet: &str) -> String {
    format!(
        "{fleet} was taken for the place; write the fleet first, then the place: `trustpack fleet explain {fleet} PLACE`"
    )
}

/// The host whose name was given as that of an application.
fn host_as_place<'p>(place: &'p Place, fleet: &Fleet) -> Option<&'p str> {
    let Place::Port { application, .. } = place else {
        return None;
    };
    let name = application.as_str();
    let mut hosts = fleet.hosts.iter();
    hosts
        .any(|host| host.name.value.as_str() == name)
        .then_some(name)
}

impl Explained {
    fn new(endpoint: &Endpoint, read: &ReadFleet, will: Outcome, findings: &[Finding]) -> Self {
        let why_not = endpoint
            .startable()
            .err()
            .map(|refused| refused.to_string());
        let (settings, without_effect) = match endpoint.security() {
            Security::Product => (Vec::new(), Vec::new()),
            Security::Open | Security::Tls | Security::AutoDetect | Security::Refused => (
                settings::of(endpoint, read),
                without_effect::of(endpoint, &read.fleet),
            ),
        };
        let is_down = will.is_down;
        let why_not = why_not.or_else(|| is_down.then(|| will.text.clone()));
        let while_down = |told| facts::while_down(endpoint, is_down, told);
        Self {
            place: endpoint.place().to_string(),
            role: endpoint.role().to_string(),
            state: will.state.to_string(),
            outcome: will.text,
            host: endpoint.host().map(ToString::to_string),
            starts: why_not.is_none(),
            why_not,
            network: endpoint.network().map(ToString::to_string),
            plain: endpoint.plain().map(ToString::to_string),
            shows: while_down(facts::shows(endpoint, &read.fleet)),
            server_shows: facts::of_server(endpoint, read),
            versions: while_down(facts::versions(endpoint, &read.fleet)),
            peer: while_down(facts::peer(endpoint, &read.fleet)),
            client_certificate: {
                let asked = facts::client_certificate(endpoint, read);
                match endpoint.role() {
                    Role::Server if written::own_file_not_read(endpoint, &read.fleet).is_none() => {
                        while_down(asked)
                    }
                    Role::Server | Role::Client => asked,
                }
            },
            engine: facts::engine(endpoint, &read.fleet),
            why: why::sentences(endpoint, read),
            settings,
            without_effect,
            is_server: endpoint.role() == Role::Server,
            files: None,
            connections: None,
            findings: findings.iter().map(FindingJson::from).collect(),
        }
    }

    fn take_files(&mut self, endpoint: &Endpoint, survey: &Survey, now: Timestamp) {
        self.files = FilesJson::of(endpoint, survey, now);
        self.connections = Some(ConnectionJson::at(endpoint, survey));
    }

    fn write(&self, extent: Extent, out: &mut Output) -> Printed {
        writeln!(out, "{}: {}, {}", self.place, self.role, self.state)?;
        let facts = [
            ("what happens", &Some(self.outcome.clone())),
            ("host", &self.host),
            ("network", &self.network),
            ("plain side", &self.plain),
            ("TLS is done by", &Some(self.engine.clone())),
            ("certificate it shows", &self.shows),
            ("certificate of its server", &self.server_shows),
            ("checks of its peer", &self.peer),
            ("takes versions", &self.versions),
            ("certificate of the client", &self.client_certificate),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                write_broken(&format!("  {name}:"), value, out)?;
            }
        }
        for connection in self.connections.iter().flatten().filter(|_| self.is_server) {
            writeln!(out, "  {}", connection.in_full())?;
        }
        writeln!(out)?;
        writeln!(out, "why:")?;
        for sentence in &self.why {
            write_item(sentence, out)?;
        }
        settings::write(&self.settings, extent, out)?;
        without_effect::write(&self.without_effect, out)?;
        match &self.files {
            Some(files) => files.write(out),
            None => Ok(()),
        }
    }
}

/// Writes a sentence as an item of a list.
fn write_item(sentence: &str, out: &mut Output) -> Printed {
    write_broken("  -", sentence, out)
}

/// Writes a text behind its first word, broken where it is wider than most terminals.
fn write_broken(first: &str, text: &str, out: &mut Output) -> Printed {
    let mut line = first.to_owned();
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}")?;
            line = "   ".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(out, "{line}")
}
