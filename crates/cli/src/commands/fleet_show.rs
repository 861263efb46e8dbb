//! `trustpack fleet show`.

use serde::Serialize;
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::fleet::Application;
use trustpack_x509::dns::DnsName;

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
    network: Option<String>,
    plain: Option<String>,
    connection: Option<ConnectionJson>,
}

impl FleetShow {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let read = self.fleet.read(session.now)?;
        let survey = self.files.survey(&read, session.now)?;
        let report = Report {
            hosts: tree(&read, survey.as_ref()),
        };
        if self.json {
            session.out.json(&report)?;
        } else {
            write(&mut session.out, &report.hosts)?;
        }
        session.out.flush()?;
        let count = Count::of(read.resolution.findings());
        if count.errors > 0 {
            crate::session::warn(format!("{count}; see `trustpack fleet check`"));
        }
        Ok(Answer::Done)
    }
}

/// Hosts with their applications; applications whose host is not there come last, without one.
fn tree(read: &ReadFleet, survey: Option<&Survey>) -> Vec<HostJson> {
    let names = read
        .fleet
        .hosts
        .iter()
        .map(|host| Some(&host.name.value))
        .chain([None]);
    names
        .map(|name| HostJson {
            host: name.map(ToString::to_string),
            applications: read
                .fleet
                .applications
                .iter()
                .filter(|one| host_of(read, one) == name)
                .map(|one| ApplicationJson {
                    application: one.name.value.to_string(),
                    endpoints: read
                        .resolution
                        .endpoints_of(&one.name.value)
                        .map(|endpoint| EndpointJson::new(endpoint, survey))
                        .collect(),
                })
                .collect(),
        })
        .filter(|host| host.host.is_some() || !host.applications.is_empty())
        .collect()
}

/// The host of an application, if the fleet has it.
fn host_of<'a>(read: &'a ReadFleet, application: &'a Application) -> Option<&'a DnsName> {
    let name = &application.host.as_ref()?.value;
    read.fleet.host(name).map(|host| &host.name.value)
}

impl EndpointJson {
    fn new(endpoint: &Endpoint, survey: Option<&Survey>) -> Self {
        let place = endpoint.place();
        let prediction = survey.and_then(|survey| survey.predictions().get(place));
        Self {
            place: endpoint.place().to_string(),
            role: endpoint.role().to_string(),
            state: endpoint.state().to_string(),
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
                writeln!(
                    out,
                    "    {:width$}  {:6}  {:14}  {network}{tunnel}{connection}",
                    endpoint.place, endpoint.role, endpoint.state
                )?;
            }
        }
    }
    Ok(())
}
