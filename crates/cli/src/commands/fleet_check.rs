//! `trustpack fleet check`.

use clap::ValueEnum;
use serde::Serialize;
use trustpack_settings::endpoint::{Role, State};
use trustpack_settings::finding::Severity;
use trustpack_settings::resolve::Resolution;

use super::fleet_arguments::FleetArgument;
use super::fleet_files::{self, ConnectionJson, FilesArgs};
use crate::failure::{Answer, Failure};
use crate::finding_limit::Limited;
use crate::finding_report::{self, Count, FindingJson, counted};
use crate::sarif;
use crate::session::Session;

/// Say what is wrong with a fleet
///
/// Every finding has a code, a place, the line that causes it and a remedy. Exit code 1 if there is
/// an error that nobody accepted, with --strict also for a warning.
///
/// With --files, certificates, keys and revocation lists are looked at too, and every connection is judged as its two
/// ends would judge each other in a handshake: whether it works, at which step it fails, and on which date it will
/// stop to work.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack fleet check fleet.toml
  trustpack fleet check --strict --json fleet.d
  trustpack fleet check --min-severity error fleet.toml
  trustpack fleet check --files hosts fleet.toml
  trustpack fleet check --files / --host db1.example.com fleet.toml

What is known and cannot be mended yet is accepted for some time:
  trustpack fleet accept CODE PLACE --reason TEXT --until DATE")]
pub(crate) struct FleetCheck {
    #[command(flatten)]
    fleet: FleetArgument,

    #[command(flatten)]
    files: FilesArgs,

    /// Warnings count as errors
    #[arg(long)]
    strict: bool,

    /// List only findings that are at least so bad; all are counted
    #[arg(long, value_enum, default_value = "note", value_name = "SEVERITY")]
    min_severity: AtLeast,

    /// Show so many findings as text, the worst ones; of the others it says how many there are. JSON and SARIF have all
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: usize,

    /// Print text, JSON, or SARIF for tools that show findings beside the lines
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,

    /// Print JSON; the same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

/// How bad a finding is at least that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AtLeast {
    Error,
    Warning,
    Note,
}

impl From<AtLeast> for Severity {
    fn from(least: AtLeast) -> Self {
        match least {
            AtLeast::Error => Self::Error,
            AtLeast::Warning => Self::Warning,
            AtLeast::Note => Self::Note,
        }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    errors: usize,
    warnings: usize,
    notes: usize,
    accepted: usize,
    /// Connections in plain text.
    plain_text: usize,
    findings: Vec<FindingJson>,
    connections: Option<Vec<ConnectionJson>>,
}

impl FleetCheck {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let read = self.fleet.read(session.now)?;
        let survey = self.files.survey(&read, session.now)?;
        let mut findings = fleet_files::findings(&read, survey.as_ref());
        let count = Count::of(findings.iter().copied());
        let least = Severity::from(self.min_severity);
        // The worst comes first in the order of severities.
        findings.retain(|finding| finding.severity() <= least);
        let endpoints = read.resolution.endpoints().len();
        let plain_text = plain_text(&read.resolution);
        let format = if self.json { Format::Json } else { self.format };
        match format {
            Format::Json => {
                let report = Report {
                    errors: count.errors,
                    warnings: count.warnings,
                    notes: count.notes,
                    accepted: count.accepted,
                    plain_text,
                    findings: findings.iter().map(|one| FindingJson::from(*one)).collect(),
                    connections: survey.as_ref().map(ConnectionJson::all),
                };
                session.out.json(&report)?;
            }
            Format::Sarif => {
                let log = sarif::log(findings, &read.texts);
                session.out.json(&log)?;
            }
            Format::Text => {
                let limited = Limited::new(findings.into_iter(), self.limit);
                let shown = limited.shown.iter().copied();
                finding_report::write(&mut session.out, shown, &read.texts)?;
                for line in limited.left_out() {
                    writeln!(session.out, "{line}")?;
                }
                if let Some(survey) = &survey {
                    fleet_files::write_summary(&mut session.out, survey)?;
                }
                let endpoints = counted(endpoints, "endpoint");
                write!(session.out, "{count} in {endpoints}")?;
                if plain_text > 0 {
                    let connections = counted(plain_text, "connection");
                    write!(session.out, ", {connections} in plain text")?;
                }
                writeln!(session.out)?;
            }
        }
        session.out.flush()?;
        // The program ends now. To give back a large fleet piece by piece takes a tenth of the time of its check.
        std::mem::forget(read);
        let bad = count.errors > 0 || (self.strict && count.warnings > 0);
        Ok(if bad { Answer::No } else { Answer::Done })
    }
}

/// How many connections have no TLS.
fn plain_text(resolution: &Resolution) -> usize {
    let endpoints = resolution.endpoints().iter();
    endpoints
        .filter(|one| one.role() == Role::Client && one.state() == State::Open)
        .count()
}
