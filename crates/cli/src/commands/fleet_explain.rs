//! `trustpack fleet explain`.

mod why;

use serde::Serialize;
use trustpack_settings::endpoint::{
    Endpoint, Engine, Origin, Role, Security, ServerCheck, ShownSetting, State,
};
use trustpack_settings::fleet::Fleet;
use trustpack_settings::options::{Endpoints, Grouping, OptionId};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_settings::value::{ClientCertificate, Provider};

use super::fleet_arguments::FleetOption;
use super::fleet_files::{self, ConnectionJson, FilesArgs};
use crate::failure::{Answer, Failure, message};
use crate::finding_report::{self, FindingJson};
use crate::output::{Output, Printed};
use crate::session::Session;

/// Say what an endpoint really gets, where each value comes from, and what it hid
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack fleet explain --fleet fleet.toml StatServer
  trustpack fleet explain --fleet fleet.toml Desk/StatServer:default
  trustpack fleet explain --fleet fleet.toml --files hosts Desk/StatServer")]
pub(crate) struct FleetExplain {
    /// A port `APP:ID`, a connection `APP/TARGET:ID`, or that to its backup `APP/TARGET:ID@backup`;
    /// `:default` may be left out
    #[arg(value_name = "PLACE")]
    place: Place,

    #[command(flatten)]
    fleet: FleetOption,

    #[command(flatten)]
    files: FilesArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Explained {
    place: String,
    role: String,
    state: String,
    host: Option<String>,
    starts: bool,
    why_not: Option<String>,
    /// Whether the reason matters to it: where another engine does TLS, it does not matter what ours could not do.
    #[serde(skip)]
    kept_down: bool,
    network: Option<String>,
    plain: Option<String>,
    peer: Option<String>,
    client_certificate: Option<String>,
    engine: String,
    why: Vec<String>,
    settings: Vec<SettingJson>,
    connections: Option<Vec<ConnectionJson>>,
    findings: Vec<FindingJson>,
}

#[derive(Debug, Serialize)]
struct SettingJson {
    option: String,
    value: String,
    from: String,
    hidden: Vec<String>,
    #[serde(skip)]
    kind: SettingKind,
}

/// Under which heading a setting is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SettingKind {
    /// It is taken with the credentials block.
    Credentials,
    /// It is set somewhere, and resolved by itself.
    Other,
    /// Nobody has set it.
    Default,
}

impl FleetExplain {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        // Files are judged with all ends that use them.
        let read = if self.files.are_asked() {
            self.fleet.read(session.now)?
        } else {
            self.fleet.read_for(&self.place, session.now)?
        };
        let Some(endpoint) = read.resolution.endpoint(&self.place) else {
            return Err(self.no_such_place(&read.resolution));
        };
        let survey = self.files.survey(&read, session.now)?;
        let findings = fleet_files::findings_at(endpoint, survey.as_ref());
        let mut explained = Explained::new(endpoint, &read.fleet);
        explained.connections = survey.map(|survey| ConnectionJson::at(endpoint, &survey));
        explained.findings = findings.iter().map(FindingJson::from).collect();
        if self.json {
            session.out.json(&explained)?;
        } else {
            explained.write(&mut session.out)?;
            if !findings.is_empty() {
                writeln!(session.out, "\nfindings that concern it:")?;
            }
            finding_report::write(&mut session.out, &findings, &read.texts)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }
}

impl FleetExplain {
    fn no_such_place(&self, resolution: &Resolution) -> Failure {
        let failure =
            Failure::request(message(format!("the fleet has no endpoint {}", self.place)));
        let application = self.place.application();
        let others = application
            .into_iter()
            .flat_map(|name| resolution.endpoints_of(name));
        let others: Vec<String> = others
            .map(|endpoint| endpoint.place().to_string())
            .collect();
        if others.is_empty() {
            return failure.hint("`trustpack fleet show` lists the endpoints");
        }
        failure.hint(format!("that application has: {}", others.join(", ")))
    }
}

impl Explained {
    fn new(endpoint: &Endpoint, fleet: &Fleet) -> Self {
        let why_not = endpoint
            .startable()
            .err()
            .map(|refused| refused.to_string());
        let provider = endpoint.settings().provider.value;
        let here = |setting: &ShownSetting<'_>| {
            has_effect(setting.option, endpoint.role())
                && (*setting.origin != Origin::Default || is_read(setting.option, provider))
        };
        let shown = endpoint.settings().shown().into_iter().filter(here);
        let settings = shown.map(|setting| SettingJson {
            kind: SettingKind::of(&setting),
            option: setting.option.name().to_owned(),
            value: setting.value,
            from: setting.origin.to_string(),
            hidden: setting
                .hidden
                .iter()
                .map(|hidden| format!("{} of the {}, {}", hidden.shown, hidden.level, hidden.spot))
                .collect(),
        });
        Self {
            place: endpoint.place().to_string(),
            role: endpoint.role().to_string(),
            state: endpoint.state().to_string(),
            host: endpoint.host().map(ToString::to_string),
            starts: why_not.is_none(),
            why_not,
            kept_down: endpoint.engine() == Engine::Trustpack || endpoint.state() == State::Refused,
            network: endpoint.network().map(ToString::to_string),
            plain: endpoint.plain().map(ToString::to_string),
            peer: peer(endpoint),
            client_certificate: client_certificate(endpoint),
            engine: engine(endpoint).to_owned(),
            why: why::sentences(endpoint, fleet),
            settings: settings.collect(),
            connections: None,
            findings: Vec::new(),
        }
    }

    fn write(&self, out: &mut Output) -> Printed {
        writeln!(out, "{}: {}, {}", self.place, self.role, self.state)?;
        let facts = [
            ("host", &self.host),
            ("network", &self.network),
            ("plain side", &self.plain),
            ("TLS is done by", &Some(self.engine.clone())),
            ("checks of its peer", &self.peer),
            ("certificate of the client", &self.client_certificate),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                writeln!(out, "  {name}: {value}")?;
            }
        }
        if let Some(why) = self.why_not.as_ref().filter(|_| self.kept_down) {
            writeln!(out, "  does not start: {why}")?;
        }
        for connection in self.connections.iter().flatten() {
            writeln!(out, "  {}", connection.in_full())?;
        }
        writeln!(out, "\nwhy:")?;
        for sentence in &self.why {
            writeln!(out, "  - {}", sentence)?;
        }
        if self.state == State::Open.to_string() {
            writeln!(out, "  - plain text: the settings below have no effect")?;
        }
        self.write_settings(out, SettingKind::Credentials, "credentials, taken together")?;
        self.write_settings(
            out,
            SettingKind::Other,
            "other options that are set, one by one",
        )?;
        let defaults = self.settings.iter();
        let defaults: Vec<String> = defaults
            .filter(|setting| setting.kind == SettingKind::Default)
            .map(|setting| match setting.value.as_str() {
                "" => format!("no {}", setting.option),
                value => format!("{} {value}", setting.option),
            })
            .collect();
        if !defaults.is_empty() {
            writeln!(out, "\ndefaults: {}", defaults.join(", "))?;
        }
        Ok(())
    }

    fn write_settings(&self, out: &mut Output, kind: SettingKind, heading: &str) -> Printed {
        let shown = || self.settings.iter().filter(|setting| setting.kind == kind);
        if shown().next().is_none() {
            return Ok(());
        }
        writeln!(out, "\n{heading}:")?;
        let widest = |width: usize, text: &String| width.max(text.chars().count());
        let option = shown().map(|s| &s.option).fold(0, widest);
        let value = shown().map(|s| &s.value).fold(0, widest).min(MAX_VALUE);
        for setting in shown() {
            let shown = if setting.value.is_empty() {
                "-"
            } else {
                &setting.value
            };
            if shown.chars().count() > value {
                writeln!(out, "  {:option$}  {shown}", setting.option)?;
                writeln!(out, "  {:option$}  from {}", "", setting.from)?;
            } else {
                writeln!(
                    out,
                    "  {:option$}  {shown:value$}  {}",
                    setting.option, setting.from
                )?;
            }
            for hidden in &setting.hidden {
                writeln!(out, "  {:option$}  hides {hidden}", "")?;
            }
        }
        Ok(())
    }
}

impl SettingKind {
    fn of(setting: &ShownSetting<'_>) -> Self {
        match (setting.option.row().grouping, setting.origin) {
            (Grouping::Block, _) => Self::Credentials,
            (Grouping::WithBlock | Grouping::Alone, Origin::Default) => Self::Default,
            (Grouping::WithBlock | Grouping::Alone, Origin::Set { .. }) => Self::Other,
        }
    }
}

/// Who does TLS at an endpoint, in words.
fn engine(endpoint: &Endpoint) -> &'static str {
    if endpoint.security() == Security::Product {
        return "the product, set up outside of the fleet";
    }
    match endpoint.engine() {
        Engine::Trustpack => "trustpack",
        Engine::Openssl => "the program itself, judged as OpenSSL (engine openssl)",
        Engine::Schannel => "the program itself, with what Windows has (engine schannel)",
        Engine::Jsse => "the program itself, with what Java has (engine jsse)",
    }
}

/// The widest value that keeps the column behind it aligned.
const MAX_VALUE: usize = 40;

/// What a client demands of its server; nothing of a server, or without TLS.
fn peer(endpoint: &Endpoint) -> Option<String> {
    if !speaks_tls(endpoint) {
        return None;
    }
    Some(match endpoint.server_check()? {
        ServerCheck::DangerNone => "nothing: encryption only".to_owned(),
        ServerCheck::Chain => {
            "that a trusted CA issued its certificate, for whatever name".to_owned()
        }
        ServerCheck::ChainAndName(name) => {
            format!("that a trusted CA issued its certificate, for {name}")
        }
        ServerCheck::NameMissing => {
            "that a trusted CA issued its certificate, for a name that is not known".to_owned()
        }
    })
}

/// Whether the server of the link demands a certificate; nothing of an endpoint without TLS.
fn client_certificate(endpoint: &Endpoint) -> Option<String> {
    speaks_tls(endpoint).then(|| match endpoint.client_certificate() {
        ClientCertificate::Required => "demanded by the server".to_owned(),
        ClientCertificate::NotAsked => "not asked for".to_owned(),
    })
}

fn speaks_tls(endpoint: &Endpoint) -> bool {
    match endpoint.security() {
        Security::Tls | Security::AutoDetect => true,
        Security::Open | Security::Refused | Security::Product => false,
    }
}

/// Whether credentials of this kind are looked for with an option; the others are shown only where they are set.
fn is_read(option: OptionId, provider: Option<Provider>) -> bool {
    if option == OptionId::StoreLocation {
        provider == Some(Provider::Mscapi)
    } else if option == OptionId::TruststorePassword {
        matches!(provider, Some(Provider::Jks | Provider::Pkcs12))
    } else {
        true
    }
}

/// Whether an option does anything at an endpoint of this kind.
fn has_effect(option: OptionId, role: Role) -> bool {
    match option.row().endpoints {
        Endpoints::Both => true,
        Endpoints::Ports => role == Role::Server,
        Endpoints::Connections => role == Role::Client,
    }
}
