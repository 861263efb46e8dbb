//! `trustpack fleet show`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use trustpack_material::outlook;
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::fleet::Application;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use super::fleet_arguments::{FleetArgument, ReadFleet};
use super::fleet_files::{ConnectionJson, FilesArgs};
use crate::failure::{Answer, Failure};
use crate::finding_report::Count;
use crate::output::{Output, Printed};
use crate::session::Session;

/// Show the hosts, applications and endpoints of a fleet, and how each endpoint is secured
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack fleet show fleet.toml
  trustpack fleet show --files hosts fleet.toml")]
pub(crate) struct FleetShow {
    #[command(flatten)]
    fleet: FleetArgument,

    #[command(flatten)]
    files: FilesArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    hosts: Vec<HostJson>,
}

#[derive(Debug, Serialize)]
struct HostJson {
    host: Option<String>,
    applications: Vec<ApplicationJson>,
}

#[derive(Debug, Serialize)]
struct ApplicationJson {
    application: String,
    endpoints: Vec<EndpointJson>,
}

#[derive(Debug, Serialize)]
struct EndpointJson {
    place: String,
    role: String,
    state: String,
    /// Of a port that does not start, or whose certificate nobody takes who checks it: why.
    wrong: Option<String>,
    network: Option<String>,
    plain: Option<String>,
    connection: Option<ConnectionJson>,
}

impl FleetShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut read = self.fleet.read(session.now)?;
        let survey = self.files.survey(&mut read, session.now)?;
        let report = Report {
            hosts: tree(&read, survey.as_ref(), session.now),
        };
        if self.json {
            session.out.json(&report)?;
        } else {
            write(&mut session.out, &report.hosts)?;
        }
        session.out.flush()?;
        let count = Count::of(read.resolution.findings().chain(&read.at_start));
        if count.errors > 0 {
            crate::session::warn(format!("{count}; see `trustpack fleet check`"));
        }
        Ok(Answer::Done)
    }
}

/// Hosts with their applications; applications whose host is not there come last, without one.
fn tree(read: &ReadFleet, survey: Option<&Survey>, now: Timestamp) -> Vec<HostJson> {
    let hosts = || read.fleet.hosts.iter().map(|host| &host.name.value);
    let known: BTreeSet<&DnsName> = hosts().collect();
    // Grouped once: a fleet has tens of thousands of each.
    let mut of_host: BTreeMap<Option<&DnsName>, Vec<ApplicationJson>> = BTreeMap::new();
    for application in &read.fleet.applications {
        let host = application.host.as_ref().map(|host| &host.value);
        of_host
            .entry(host.filter(|host| known.contains(host)))
            .or_default()
            .push(ApplicationJson::new(application, read, survey, now));
    }
    let mut tree: Vec<HostJson> = hosts()
        .map(|host| HostJson {
            host: Some(host.to_string()),
            applications: of_host.remove(&Some(host)).unwrap_or_default(),
        })
        .collect();
    tree.extend(of_host.remove(&None).map(|applications| HostJson {
        host: None,
        applications,
    }));
    tree
}

impl ApplicationJson {
    fn new(
        application: &Application,
        read: &ReadFleet,
        survey: Option<&Survey>,
        now: Timestamp,
    ) -> Self {
        let name = &application.name.value;
        let endpoints = read.resolution.endpoints_of(name);
        Self {
            application: name.to_string(),
            endpoints: endpoints
                .map(|endpoint| EndpointJson::new(endpoint, read, survey, now))
                .collect(),
        }
    }
}

impl EndpointJson {
    fn new(endpoint: &Endpoint, read: &ReadFleet, survey: Option<&Survey>, now: Timestamp) -> Self {
        let outlook = outlook::of(endpoint, &read.resolution, survey, now);
        let place = endpoint.place();
        let prediction = survey.and_then(|survey| survey.predictions().get(place));
        Self {
            place: endpoint.place().to_string(),
            role: endpoint.role().to_string(),
            state: outlook.state.to_string(),
            wrong: outlook.what_is_wrong(),
            network: endpoint.network().map(ToString::to_string),
            plain: endpoint.plain().map(ToString::to_string),
            connection: prediction.map(|prediction| ConnectionJson::new(place, prediction)),
        }
    }
}

fn write(out: &mut Output, tree: &[HostJson]) -> Printed {
    let endpoints = tree
        .iter()
        .flat_map(|host| &host.applications)
        .flat_map(|application| &application.endpoints);
    let width = endpoints
        .map(|endpoint| endpoint.place.chars().count())
        .max()
        .unwrap_or_default();
    for host in tree {
        writeln!(out, "{}", host.host.as_deref().unwrap_or("(no such host)"))?;
        for application in &host.applications {
            writeln!(out, "  {}", application.application)?;
            for endpoint in &application.endpoints {
                let network = endpoint.network.as_deref().unwrap_or_default();
                let tunnel = endpoint
                    .plain
                    .as_ref()
                    .map_or_else(String::new, |plain| format!("  tunnel, plain side {plain}"));
                let connection = endpoint.connection.as_ref();
                let connection =
                    connection.map_or_else(String::new, |one| format!("  {}", one.in_short()));
                let wrong = endpoint.wrong.as_ref();
                let wrong = wrong.map_or_else(String::new, |why| format!("  {why}"));
                writeln!(
                    out,
                    "    {:width$}  {:6}  {:14}  {network}{tunnel}{connection}{wrong}",
                    endpoint.place, endpoint.role, endpoint.state
                )?;
            }
        }
    }
    Ok(())
}
