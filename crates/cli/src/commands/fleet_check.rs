//! `trustpack fleet check`.

use clap::ValueEnum;
use serde::Serialize;
use trustpack_material::survey::Survey;
use trustpack_settings::endpoint::{Role, State};
use trustpack_settings::finding::{Finding, Severity};
use trustpack_settings::resolve::Resolution;

use super::fleet_arguments::{FleetArgument, ReadFleet};
use super::fleet_files::{self, ConnectionsJson, FilesArgs};
use super::fleet_points;
use crate::failure::{Answer, Failure};
use crate::finding_limit::Limited;
use crate::finding_report::{self, Count, FindingsJson, counted};
use crate::output::{Output, Printed};
use crate::sarif;
use crate::session::Session;

/// Say what is wrong with a fleet
///
/// Every finding has a code, a place, the line that causes it and a remedy. Exit code 1 if there is
/// an error that nobody accepted, with --strict also for a warning.
///
/// With --files, certificates, keys and revocation lists are looked at too, and every connection is judged as its two
/// ends would judge each other in a handshake: whether it works, at which step it fails, and on which date it will
/// stop to work. With --host, only what concerns that host is listed and counts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack fleet check fleet.toml
  trustpack fleet check --strict --json fleet.d
  trustpack fleet check --min-severity error fleet.toml
  trustpack fleet check --files hosts fleet.toml
  trustpack fleet check --files hosts --ask-points fleet.toml
  trustpack fleet check --files / --host db1.example.com fleet.toml

What is known and cannot be mended yet is accepted for some time:
  trustpack fleet accept TP5004 Desk/StatServer --reason 'lists come in spring' --until 2027-03-31")]
pub(crate) struct FleetCheck {
    #[command(flatten)]
    fleet: FleetArgument,

    #[command(flatten)]
    files: FilesArgs,

    /// Ask the CRL distribution points that certificates of the fleet name: whether a list comes, and how fast. From this
    /// machine, over HTTP
    #[arg(long, requires = "files")]
    ask_points: bool,

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

#[derive(Serialize)]
struct Report<'a> {
    errors: usize,
    warnings: usize,
    notes: usize,
    accepted: usize,
    /// With `--host`.
    other_hosts: Option<OtherHostsJson>,
    /// Connections in plain text.
    plain_text: usize,
    findings: FindingsJson<'a>,
    connections: Option<ConnectionsJson<'a>>,
}

/// What was found that does not concern the host of `--host`.
#[derive(Debug, Serialize)]
struct OtherHostsJson {
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl FleetCheck {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut read = self.fleet.read(session.now)?;
        let mut survey = self.files.survey(&mut read, session.now)?;
        if let Some(survey) = survey.as_mut().filter(|_| self.ask_points) {
            fleet_points::ask(survey, &read.resolution);
        }
        let findings = fleet_files::findings(&read, survey.as_ref());
        let (mut findings, elsewhere) = self.files.of_asked_host(&read, findings);
        let count = Count::of(findings.iter().copied());
        let least = Severity::from(self.min_severity);
        // The worst comes first in the order of severities.
        findings.retain(|finding| finding.severity() <= least);
        let found = Found {
            count,
            elsewhere,
            plain_text: plain_text(&read.resolution),
            findings,
        };
        let format = if self.json { Format::Json } else { self.format };
        match format {
            Format::Json => {
                let report = Report::new(&found, survey.as_ref());
                session.out.json(&report)?;
            }
            Format::Sarif => {
                let log = sarif::Log::new(&found.findings, &read.texts);
                session.out.json(&log)?;
            }
            Format::Text => self.write(found, &read, survey.as_ref(), &mut session.out)?,
        }
        session.out.flush()?;
        // The program ends now. To give back a large fleet piece by piece takes a tenth of the time of its check.
        std::mem::forget(read);
        let bad = count.errors > 0 || (self.strict && count.warnings > 0);
        Ok(if bad { Answer::No } else { Answer::Done })
    }

    fn write(
        &self,
        mut found: Found<'_>,
        read: &ReadFleet,
        survey: Option<&Survey>,
        out: &mut Output,
    ) -> Printed {
        worst_places_first(&mut found.findings);
        let limited = Limited::new(found.findings.into_iter(), self.limit);
        finding_report::write(out, limited.shown.iter().copied(), &read.texts)?;
        for line in limited.left_out() {
            writeln!(out, "{line}")?;
        }
        if let Some(survey) = survey {
            fleet_files::write_summary(out, survey)?;
        }
        if let Some(elsewhere) = found.elsewhere.filter(|count| *count != Count::default()) {
            writeln!(
                out,
                "not listed and not counted, since they do not concern this host: {elsewhere}"
            )?;
        }
        let endpoints = counted(read.resolution.endpoints().len(), "endpoint");
        write!(out, "{} in {endpoints}", found.count)?;
        if found.plain_text > 0 {
            let connections = counted(found.plain_text, "connection");
            write!(out, ", {connections} in plain text")?;
        }
        writeln!(out)
    }
}

/// What a check has found.
struct Found<'a> {
    count: Count,
    /// What concerns other hosts than the one that was asked for.
    elsewhere: Option<Count>,
    plain_text: usize,
    findings: Vec<&'a Finding>,
}

impl<'a> Report<'a> {
    fn new(found: &'a Found<'_>, survey: Option<&'a Survey>) -> Self {
        Self {
            errors: found.count.errors,
            warnings: found.count.warnings,
            notes: found.count.notes,
            accepted: found.count.accepted,
            other_hosts: found.elsewhere.map(OtherHostsJson::from),
            plain_text: found.plain_text,
            findings: FindingsJson(&found.findings),
            connections: survey.map(ConnectionsJson),
        }
    }
}

impl From<Count> for OtherHostsJson {
    fn from(count: Count) -> Self {
        Self {
            errors: count.errors,
            warnings: count.warnings,
            notes: count.notes,
        }
    }
}

/// Puts the places with errors before those with warnings, and these before the others; at each the order stays.
/// `findings` are those of one place after those of another.
fn worst_places_first(findings: &mut Vec<&Finding>) {
    let how_bad = |finding: &&Finding| (finding.accepted.is_some(), finding.severity());
    let places = findings.chunk_by(|left, right| left.place == right.place);
    let mut places: Vec<_> = places
        .map(|at_place| (at_place.iter().map(how_bad).min(), at_place))
        .collect();
    places.sort_by_key(|(worst, _)| *worst);
    let sorted = places.into_iter().flat_map(|(_, at_place)| at_place);
    *findings = sorted.copied().collect();
}

/// How many connections have no TLS.
fn plain_text(resolution: &Resolution) -> usize {
    let endpoints = resolution.endpoints().iter();
    endpoints
        .filter(|one| one.role() == Role::Client && one.state() == State::Open)
        .count()
}
