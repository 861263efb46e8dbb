//! `--files` and `--host`: whose files a command about a fleet looks at, and what they let work.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};
use trustpack_keystore::password::Password;
use trustpack_material::files::tree::HostTree;
use trustpack_material::files::{Files, SystemFiles};
use trustpack_material::prediction::{Failing, Prediction, Stage};
use trustpack_material::survey::{HostFiles, Sources, Survey, survey};
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::finding::{Code, Finding, Severity};
use trustpack_settings::place::{ApplicationName, Place};
use trustpack_settings::resolve::Resolution;
use trustpack_settings::span::Spot;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use super::fleet_arguments::ReadFleet;
use crate::failure::{Failure, message};
use crate::finding_report::{Count, counted};
use crate::output::{Output, Printed};
use crate::session;

/// Whose files are looked at.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FilesArgs {
    /// Also look at the files that the settings name: DIR/HOST stands for the root of each host; with --host, DIR
    /// itself does where it has no such folder, as in --files /
    #[arg(long, value_name = "DIR")]
    pub(super) files: Option<PathBuf>,

    /// The one host whose files are looked at
    #[arg(long, value_name = "NAME", requires = "files")]
    pub(super) host: Option<DnsName>,
}

/// What becomes of a connection, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct ConnectionJson {
    place: String,
    works: Option<bool>,
    prediction: &'static str,
    why: Option<String>,
    fails_at: Option<String>,
    at_fault: Option<String>,
    also: Vec<String>,
    until: Option<String>,
    then: Option<Box<ConnectionEndJson>>,
}

/// How a connection that works comes to its end.
#[derive(Debug, Serialize)]
struct ConnectionEndJson {
    fails_at: String,
    at_fault: String,
    why: String,
}

impl FilesArgs {
    /// The files of a host, if they are to be looked at and there are any.
    pub(super) fn of_host(&self, name: &DnsName) -> Option<Box<dyn Files>> {
        match self.files_of(name, self.files.as_deref()?) {
            HostFiles::There(files) => Some(files),
            HostFiles::Missing | HostFiles::NotAsked => None,
        }
    }

    /// Whether files are to be looked at.
    pub(super) fn are_asked(&self) -> bool {
        self.files.is_some()
    }

    /// Looks at the files, if that was asked for: first at the own files of applications, which are settings too.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or no such host in the fleet.
    pub(super) fn survey(
        &self,
        read: &mut ReadFleet,
        now: Timestamp,
    ) -> Result<Option<Survey>, Failure> {
        let Some(folder) = &self.files else {
            return Ok(None);
        };
        if !folder.is_dir() {
            let text = format!("there is no folder {}", folder.display());
            return Err(Failure::request(message(text)).hint(
                "a tree of files has a folder for each host, and in it the files under their absolute paths",
            ));
        }
        if let Some(host) = &self.host
            && read.fleet.host(host).is_none()
        {
            let text = format!("the fleet has no host {host}");
            return Err(
                Failure::request(message(text)).hint("`trustpack fleet show` lists the hosts")
            );
        }
        read.read_own_files(&|name| self.of_host(name), now);
        let variable = |name: &str| {
            let value = session::environment(name)?;
            value.into_string().ok().map(Password::new)
        };
        let host = |name: &DnsName| self.files_of(name, folder);
        let sources = Sources {
            host: &host,
            variable: &variable,
            now,
        };
        Ok(Some(survey(&read.fleet, &read.resolution, sources)))
    }

    /// Those of `findings` that concern the one host that was asked for, and how many others there are; all of them if
    /// no host was.
    pub(super) fn of_asked_host<'f>(
        &self,
        read: &ReadFleet,
        findings: Vec<&'f Finding>,
    ) -> (Vec<&'f Finding>, Option<Count>) {
        let Some(host) = &self.host else {
            return (findings, None);
        };
        let concerned = OfHost::new(host, read);
        let (here, elsewhere): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| concerned.by(&finding.place));
        (here, Some(Count::of(elsewhere)))
    }

    fn files_of(&self, name: &DnsName, folder: &Path) -> HostFiles {
        match &self.host {
            Some(host) if host != name => HostFiles::NotAsked,
            Some(_) if folder == Path::new("/") => HostFiles::There(Box::new(SystemFiles)),
            Some(_) => {
                let in_tree = HostTree::new(folder, name);
                let tree = if in_tree.is_there() {
                    in_tree
                } else {
                    HostTree::at(folder)
                };
                HostFiles::There(Box::new(tree))
            }
            None => {
                let tree = HostTree::new(folder, name);
                if tree.is_there() {
                    HostFiles::There(Box::new(tree))
                } else {
                    HostFiles::Missing
                }
            }
        }
    }
}

/// What of a fleet has to do with one host.
struct OfHost<'r> {
    host: &'r DnsName,
    applications: BTreeSet<&'r ApplicationName>,
    resolution: &'r Resolution,
}

impl<'r> OfHost<'r> {
    fn new(host: &'r DnsName, read: &'r ReadFleet) -> Self {
        let all = read.fleet.applications.iter();
        let here = all.filter(|one| one.host.as_ref().is_some_and(|of| of.value == *host));
        Self {
            host,
            applications: here.map(|one| &one.name.value).collect(),
            resolution: &read.resolution,
        }
    }

    /// The fleet as a whole concerns each host, and a connection both ends of it.
    fn by(&self, place: &Place) -> bool {
        let is_here = |name| self.applications.contains(name);
        match place {
            Place::Fleet | Place::CommandLine | Place::Program => true,
            Place::Host(name) => name == self.host,
            Place::Application(name) => is_here(name),
            Place::Port { application, .. } => is_here(application),
            Place::Connection { application, .. } | Place::Backup { application, .. } => {
                let port = self.resolution.endpoint(place).and_then(Endpoint::port);
                let server = port.and_then(Place::application);
                is_here(application) || server.is_some_and(is_here)
            }
        }
    }
}

/// The findings of the settings and those of the files, by place; at each the worst first, then by where they stand.
pub(super) fn findings<'a>(read: &'a ReadFleet, survey: Option<&'a Survey>) -> Vec<&'a Finding> {
    let of_files = survey.into_iter().flat_map(Survey::findings);
    let of_settings = read.resolution.findings().chain(&read.at_start);
    let mut all: Vec<&Finding> = of_settings.chain(of_files).collect();
    // Either list has its places in order, which a stable sort sees; only then is each place put in order.
    all.sort_by(|left, right| left.place.cmp(&right.place));
    for at_place in all.chunk_by_mut(|left, right| left.place == right.place) {
        at_place.sort_by(|left, right| in_order(left).cmp(&in_order(right)));
    }
    all
}

/// By place; at each what counts before what is accepted, and the worst first.
pub(super) fn in_order(finding: &Finding) -> (&Place, bool, Severity, &Option<Spot>, Code) {
    let accepted = finding.accepted.is_some();
    let severity = finding.severity();
    (
        &finding.place,
        accepted,
        severity,
        &finding.spot,
        finding.code(),
    )
}

/// Every connection of a fleet, each made when it is written.
pub(super) struct ConnectionsJson<'a>(pub(super) &'a Survey);

impl Serialize for ConnectionsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let predictions = self.0.predictions().iter();
        serializer.collect_seq(
            predictions.map(|(place, prediction)| ConnectionJson::new(place, prediction)),
        )
    }
}

impl ConnectionJson {
    /// What becomes of the connection at an endpoint; of a port, of every connection to it.
    pub(super) fn at(endpoint: &Endpoint, survey: &Survey) -> Vec<Self> {
        let own = survey.predictions().get_key_value(endpoint.place());
        let to_it = survey.connections_to(endpoint.place());
        own.into_iter()
            .chain(to_it)
            .map(|(place, prediction)| Self::new(place, prediction))
            .collect()
    }

    /// The place, in words.
    pub(super) fn place(&self) -> &String {
        &self.place
    }

    /// What becomes of the connection at a place.
    pub(super) fn new(place: &Place, prediction: &Prediction) -> Self {
        let mut json = Self {
            place: place.to_string(),
            works: None,
            prediction: word(prediction),
            why: None,
            fails_at: None,
            at_fault: None,
            also: Vec::new(),
            until: None,
            then: None,
        };
        match prediction {
            Prediction::Open => json.works = Some(true),
            Prediction::Works { until } => {
                json.works = Some(true);
                json.until = until.as_ref().map(|stop| stop.at.to_string());
                json.then = until
                    .as_ref()
                    .map(|stop| Box::new(ConnectionEndJson::from(&stop.failing)));
            }
            Prediction::Fails(failing) => {
                json.works = Some(false);
                json.fails_at = Some(failing.stage.to_string());
                json.at_fault = Some(failing.fault.to_string());
                json.why = Some(failing.why.clone());
                json.also.clone_from(&failing.later);
            }
            Prediction::Unknown { why } => json.why = Some(why.clone()),
        }
        json
    }

    /// In a few words, for a line with other things.
    pub(super) fn in_short(&self) -> String {
        match (&self.fails_at, &self.until) {
            (Some(step), _) => format!("fails at {step}"),
            (None, Some(until)) => format!("works until {until}"),
            (None, None) => self.prediction.to_owned(),
        }
    }

    /// In a sentence or two, with the place.
    pub(super) fn in_full(&self) -> String {
        format!("{}: {}", self.place, self.told())
    }

    /// The same without the place.
    pub(super) fn told(&self) -> String {
        match (&self.fails_at, &self.at_fault, &self.why, &self.then) {
            (Some(step), Some(fault), Some(why), _) => {
                format!("fails at {step}, at fault: {fault}: {why}")
            }
            (_, _, _, Some(then)) => format!(
                "{}; then it fails at {}, at fault: {}: {}",
                self.in_short(),
                then.fails_at,
                then.at_fault,
                then.why
            ),
            (_, _, Some(why), None) => format!("{}: {why}", self.prediction),
            (_, _, None, None) => self.prediction.to_owned(),
        }
    }
}

impl From<&Failing> for ConnectionEndJson {
    fn from(failing: &Failing) -> Self {
        Self {
            fails_at: failing.stage.to_string(),
            at_fault: failing.fault.to_string(),
            why: failing.why.clone(),
        }
    }
}

fn word(prediction: &Prediction) -> &'static str {
    match prediction {
        Prediction::Open => "plain text",
        Prediction::Works { .. } => "works",
        Prediction::Fails(_) => "fails",
        Prediction::Unknown { .. } => "not known",
    }
}

/// What keeps connections from starting, how many there are of each kind, and which of those that work ends first.
pub(super) fn write_summary(out: &mut Output, survey: &Survey) -> Printed {
    let predictions = survey.predictions();
    let mut first: Option<(&Place, &Prediction, Timestamp)> = None;
    let mut not_started: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (place, prediction) in predictions {
        match prediction {
            // What fails later has a finding that says so.
            Prediction::Fails(failing) if failing.stage == Stage::Start => {
                let why = format!("{failing} (at fault: {})", failing.fault);
                not_started.entry(why).or_default().push(place.to_string());
            }
            Prediction::Works { until: Some(stop) } => {
                if first.is_none_or(|(_, _, at)| stop.at < at) {
                    first = Some((place, prediction, stop.at));
                }
            }
            Prediction::Open
            | Prediction::Works { until: None }
            | Prediction::Fails(_)
            | Prediction::Unknown { .. } => {}
        }
    }
    for (why, places) in not_started {
        writeln!(out, "{}: {why}", listed(&places))?;
    }
    if let Some((place, prediction, _)) = first {
        let line = format!("the first to end is {place}: {prediction}");
        writeln!(out, "{}", line)?;
    }
    let count = |kind: &str| predictions.values().filter(|one| word(one) == kind).count();
    writeln!(
        out,
        "connections: {} working, {} failing, {} in plain text, {} not known",
        count("works"),
        count("fails"),
        count("plain text"),
        count("not known")
    )
}

/// The first places, and how many others there are.
fn listed(places: &[String]) -> String {
    /// Connections that are named in a line; one port may have thousands.
    const MAX_NAMED: usize = 5;
    let named = places.iter().take(MAX_NAMED).cloned();
    let more = places.len().saturating_sub(MAX_NAMED);
    let more = (more > 0).then(|| format!("and {}", counted(more, "other")));
    named.chain(more).collect::<Vec<_>>().join(", ")
}
