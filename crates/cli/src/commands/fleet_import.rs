//! `trustpack fleet import`.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context as _;
use serde::Serialize;
use trustpack_keystore::limited_file::{self, Accepted, Contents};
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::import::{
    Export, Imported, MAX_EXPORT_BYTES, OwnFileOf, PassedOver, Report, import,
};
use trustpack_settings::resolve::resolve;
use trustpack_settings::secret::may_be_password;
use trustpack_settings::value::AbsolutePath;

use crate::failure::{Answer, Failure};
use crate::finding_report::Count;
use crate::output::{self, Output, Printed};
use crate::output_file::{self, Secrecy};
use crate::session::{self, Session};

/// Make a fleet file of what a configuration system exports
///
/// Reads hosts, applications, ports and connections with their TLS options from CSV or JSON; the page
/// reference/import of the documentation describes both. What cannot be taken is passed over and told, with its line. The fleet file goes to standard output
/// and what is told to standard error, or with --out the file is written and what is told goes to standard output.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack fleet import export.csv > fleet.toml
  trustpack fleet import objects.json more.csv --out fleet.toml --json
  trustpack fleet import export.csv --out fleet.toml --own-file LCA@stat1.example.com=/opt/lca/lca.cfg")]
pub(crate) struct FleetImport {
    /// Exports: CSV or JSON, as their contents say
    #[arg(value_name = "EXPORT", required = true)]
    exports: Vec<PathBuf>,

    /// An application that reads its options from a file of its own, and the path of that on its host; with the host,
    /// the application is added if the exports lack it. May be given several times
    #[arg(long = "own-file", value_name = "APPLICATION[@HOST]=PATH")]
    own_files: Vec<OwnFileArgument>,

    /// The fleet file to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace the fleet file if it is there
    #[arg(long, requires = "out")]
    replace: bool,

    /// Print what was taken and what was not as JSON
    #[arg(long, requires = "out")]
    json: bool,
}

/// `APPLICATION[@HOST]=PATH`.
#[derive(Clone, Debug)]
struct OwnFileArgument(OwnFileOf);

/// A text says no own file of an application.
#[derive(Clone, Debug, thiserror::Error)]
enum InvalidOwnFile {
    #[error("no path is named; write APPLICATION=PATH or APPLICATION@HOST=PATH")]
    NoPath,
    #[error("{0}")]
    Part(String),
}

#[derive(Debug, Serialize)]
struct ReportJson {
    file: String,
    hosts: usize,
    applications: usize,
    ports: usize,
    connections: usize,
    options: usize,
    passed_over: Vec<PassedOverJson>,
    not_listed: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Debug, Serialize)]
struct PassedOverJson {
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    what: String,
    why: String,
    times: usize,
}

/// What is passed over that is listed for a person; `--json` has all of it.
const MAX_SHOWN: usize = 50;

impl FleetImport {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        if let Some(out) = &self.out {
            output_file::check(out, output_file::existing(self.replace))?;
        }
        let exports = self.read()?;
        let exports: Vec<Export<'_>> = exports
            .iter()
            .map(|(path, contents)| Export {
                path,
                octets: &contents.bytes,
            })
            .collect();
        let own_files: Vec<OwnFileOf> = self.own_files.iter().map(|own| own.0.clone()).collect();
        let Imported { fleet, report } = import(&exports, &own_files).map_err(|error| {
            Failure::request(error)
                .hint("the page reference/import of the documentation describes what is read")
        })?;
        let count = count(&fleet, session);
        let Some(out) = &self.out else {
            session.out.data(fleet.as_bytes())?;
            session.out.flush()?;
            let told = output::text(|told| tell(told, &report, count))?;
            session::say_lines(told.trim_end());
            return Ok(Answer::Done);
        };
        let file = out.display().to_string();
        let secrecy = secrecy(&fleet);
        output_file::write(
            out,
            fleet.as_bytes(),
            secrecy,
            output_file::existing(self.replace),
        )?;
        if self.json {
            let json = ReportJson::new(file, report, count);
            session.out.json(&json)?;
        } else {
            writeln!(session.out, "{}", file)?;
            tell(&mut session.out, &report, count)?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    fn read(&self) -> Result<Vec<(String, Contents)>, Failure> {
        let read = |path: &PathBuf| {
            let contents = limited_file::read(path, MAX_EXPORT_BYTES, Accepted::AnySource)
                .with_context(|| format!("cannot read the export {}", path.display()))?;
            Ok((path.display().to_string(), contents))
        };
        let read = self.exports.iter().map(read);
        read.collect::<Result<_, anyhow::Error>>()
            .map_err(Failure::request)
    }
}

/// What `fleet check` will say of the fleet file.
fn count(fleet: &str, session: &Session) -> Count {
    let source = Source {
        path: "fleet.toml",
        text: fleet,
    };
    let resolution = resolve(&fleet_file::read(&[source]), session.now);
    Count::of(resolution.findings())
}

/// A fleet file with a password is for its owner alone.
fn secrecy(fleet: &str) -> Secrecy {
    // Whatever is spelt like one; a comment that happens to be so does no harm.
    if fleet.lines().any(may_be_password) {
        Secrecy::Private
    } else {
        Secrecy::Public
    }
}

/// What was taken and what was not, for a person.
fn tell(out: &mut Output, report: &Report, count: Count) -> Printed {
    for passed in report.passed_over.iter().take(MAX_SHOWN) {
        let PassedOver {
            spot,
            what,
            why,
            times,
        } = passed;
        let times = match times {
            1 => String::new(),
            times => format!(" ({times} times)"),
        };
        let line = format!("passed over: {spot}: {what}: {why}{times}");
        writeln!(out, "{}", line)?;
    }
    let more = report.passed_over.len().saturating_sub(MAX_SHOWN) + report.not_listed;
    if more > 0 {
        writeln!(out, "passed over: {more} more; --json lists them")?;
    }
    let taken = [
        counted(report.hosts, "host"),
        counted(report.applications, "application"),
        counted(report.ports, "port"),
        counted(report.connections, "connection"),
        counted(report.options, "option"),
    ];
    writeln!(out, "taken: {}", taken.join(", "))?;
    writeln!(out, "fleet check finds {count} in it")
}

fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

impl ReportJson {
    fn new(file: String, report: Report, count: Count) -> Self {
        Self {
            file,
            hosts: report.hosts,
            applications: report.applications,
            ports: report.ports,
            connections: report.connections,
            options: report.options,
            not_listed: report.not_listed,
            passed_over: report
                .passed_over
                .into_iter()
                .map(PassedOverJson::from)
                .collect(),
            errors: count.errors,
            warnings: count.warnings,
            notes: count.notes,
        }
    }
}

impl From<PassedOver> for PassedOverJson {
    fn from(passed: PassedOver) -> Self {
        let at = passed.spot.location();
        Self {
            file: at.map(|at| at.file.to_string()),
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            what: passed.what,
            why: passed.why,
            times: passed.times,
        }
    }
}

impl FromStr for OwnFileArgument {
    type Err = InvalidOwnFile;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        fn part<T: FromStr<Err: ToString>>(text: &str) -> Result<T, InvalidOwnFile> {
            text.parse()
                .map_err(|error: T::Err| InvalidOwnFile::Part(error.to_string()))
        }
        let (object, path) = text.split_once('=').ok_or(InvalidOwnFile::NoPath)?;
        // No name of an application has an @ in it.
        let (application, host) = match object.split_once('@') {
            Some((application, host)) => (application, Some(part(host)?)),
            None => (object, None),
        };
        Ok(Self(OwnFileOf {
            application: part(application)?,
            host,
            path: part::<AbsolutePath>(path)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Result<(&str, Option<&str>, &str), &str>) {
        match (text.parse::<OwnFileArgument>(), want) {
            (Ok(OwnFileArgument(own)), Ok((application, host, path))) => {
                assert_eq!(own.application.as_str(), application);
                assert_eq!(own.host.as_ref().map(|host| host.as_str()), host);
                assert_eq!(own.path.to_string(), path);
            }
            (Err(error), Err(want)) => assert!(error.to_string().contains(want), "{error}"),
            (got, want) => panic!("{text}: {got:?}, not {want:?}"),
        }
    }

    #[test]
    fn own_files_name_application_host_and_path() {
        check("LCA=/opt/lca.cfg", Ok(("LCA", None, "/opt/lca.cfg")));
        check(
            "LCA@a.example=C:\\x=y",
            Ok(("LCA", Some("a.example"), "C:\\x=y")),
        );
        check("LCA", Err("no path is named"));
        check("LCA=lca.cfg", Err("is relative"));
        check("=/a", Err("name"));
        check("LCA@a b=/a", Err("a b"));
    }
}
