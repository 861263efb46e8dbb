//! `trustpack explain-failure`.
//!
//! Invariant: of a log of any length only one line is held at a time, unless a document of all was asked for.

use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use trustpack_material::prediction::End;
use trustpack_material::survey::{self, Survey};
use trustpack_probe::explain::ends::Ends;
use trustpack_probe::explain::log_line::{LogLine, MAX_LINE_BYTES};
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::place::Place;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use super::fleet_arguments::{self, ReadFleet};
use super::fleet_files::FilesArgs;
use crate::failure::{Answer, Failure, message};
use crate::output::{Output, Printed};
use crate::session::{self, Session};

/// Say why a connection failed, from a line of a tunnel's log
///
/// Takes lines of both forms, text and JSON, and says what is wrong, on which end, and what to do about it: of
/// connections and handshakes that failed, and of tunnels that are not as their settings say. With --fleet it names the
/// options of both ends and where they are written; with --files it also sees in the files why the other end refused.
/// Lines that tell of no failure are passed over. Exit code 1: none does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  journalctl -u trustpack | trustpack explain-failure --fleet fleet.toml
  trustpack explain-failure '{\"message\":\"handshake refused\",\"reason\":\"the peer refused with the alert unknown_ca (48)\"}'")]
pub(crate) struct ExplainFailure {
    /// Lines of the log; standard input is read without any
    #[arg(value_name = "LOGLINE")]
    lines: Vec<String>,

    /// The fleet of the tunnel: a file, or a folder with *.toml files
    #[arg(long, value_name = "PATH")]
    fleet: Option<PathBuf>,

    /// Also look at the files that the settings name: DIR/HOST stands for the root of each host
    #[arg(long, value_name = "DIR", requires = "fleet")]
    files: Option<PathBuf>,

    /// The one host whose files are looked at; its real ones, unless --files says where they are
    #[arg(long, value_name = "NAME", requires = "fleet")]
    host: Option<DnsName>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Explanations that one document holds; in text each is forgotten when it is printed.
///
/// Source: ours; some hundred megabytes.
const MAX_EXPLAINED: usize = 100_000;

/// The document of `--json`.
#[derive(Debug, Default, Serialize)]
struct Document {
    explained: Vec<Explained>,
    passed_over: usize,
    /// Explanations beyond those that a document holds.
    left_out: usize,
    #[serde(skip)]
    told: usize,
}

#[derive(Debug, Serialize)]
struct Explained {
    /// Which of the lines, from 1.
    line: usize,
    place: Option<String>,
    /// Whether the fleet has that place; not known without a fleet.
    in_fleet: Option<bool>,
    reason: String,
    what: String,
    at: String,
    remedy: String,
    #[serde(skip)]
    sentence: String,
}

/// A fleet, and what is in its files.
struct Known {
    read: ReadFleet,
    survey: Survey,
}

impl ExplainFailure {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let known = self.known(session.now)?;
        let mut document = Document::default();
        if self.lines.is_empty() {
            let mut input = std::io::stdin().lock();
            let mut number = 0;
            while let Some(line) = next(&mut input).map_err(Failure::request)? {
                number += 1;
                self.take(number, &line, known.as_ref(), &mut document, session)?;
            }
        } else {
            for (number, line) in (1..).zip(&self.lines) {
                self.take(number, line, known.as_ref(), &mut document, session)?;
            }
        }
        if self.json {
            session.out.json(&document)?;
        }
        session.out.flush()?;
        if document.left_out > 0 {
            session::warn(format!(
                "{} explanations are left out: a document holds {MAX_EXPLAINED}; without --json all are printed",
                document.left_out
            ));
        }
        if document.told == 0 {
            let text = "no line tells of a connection that failed";
            let hint = if self.lines.iter().any(|line| Path::new(line).is_file()) {
                "a file is read from standard input: trustpack explain-failure <FILE"
            } else {
                "lines of `trustpack tunnel` are read, in both forms of --log"
            };
            return Err(Failure::request(message(text)).hint(hint));
        }
        Ok(Answer::Done)
    }

    fn known(&self, now: Timestamp) -> Result<Option<Known>, Failure> {
        let Some(path) = &self.fleet else {
            return Ok(None);
        };
        let mut read = fleet_arguments::read(path, now)?;
        let files = FilesArgs {
            files: match (&self.files, &self.host) {
                (None, Some(_)) => Some(PathBuf::from("/")),
                (files, _) => files.clone(),
            },
            host: self.host.clone(),
        };
        let survey = match files.survey(&mut read, now)? {
            Some(survey) => survey,
            None => survey::of_settings(&read.resolution, now),
        };
        Ok(Some(Known { read, survey }))
    }

    /// Explains a line, and says it at once: the log may go on.
    fn take(
        &self,
        number: usize,
        text: &str,
        known: Option<&Known>,
        document: &mut Document,
        session: &mut Session,
    ) -> Result<(), Failure> {
        let line = LogLine::read(text);
        let ends = line
            .as_ref()
            .zip(known)
            .map(|(line, known)| known.ends(line));
        let ends = ends.unwrap_or_default();
        let told = line.and_then(|line| {
            let explanation = line.explain(&ends, session.now)?;
            Some((line, explanation))
        });
        let Some((line, explanation)) = told else {
            document.passed_over += 1;
            return Ok(());
        };
        document.told += 1;
        if self.json && document.explained.len() >= MAX_EXPLAINED {
            document.left_out += 1;
            return Ok(());
        }
        let explained = Explained {
            line: number,
            in_fleet: line
                .place
                .as_ref()
                .zip(known)
                .map(|(place, known)| known.has(place)),
            place: line.place.map(|place| place.to_string()),
            reason: line.reason,
            sentence: explanation.to_string(),
            what: explanation.what,
            at: explanation.at.to_string(),
            remedy: explanation.remedy,
        };
        if self.json {
            document.explained.push(explained);
            return Ok(());
        }
        explained.write(&mut session.out)?;
        session.out.flush()?;
        Ok(())
    }
}

impl Known {
    fn has(&self, place: &Place) -> bool {
        *place == Place::CommandLine || self.read.resolution.endpoint(place).is_some()
    }

    /// The ends that a line is about. A port knows its client only if there is no other.
    fn ends(&self, line: &LogLine) -> Ends<'_> {
        let resolution = &self.read.resolution;
        let Some(own) = line
            .place
            .as_ref()
            .and_then(|place| resolution.endpoint(place))
        else {
            return Ends::default();
        };
        match own.role() {
            Role::Client => Ends {
                client: Some(self.end(own)),
                server: own
                    .port()
                    .and_then(|port| resolution.endpoint(port))
                    .map(|port| self.end(port)),
            },
            Role::Server => {
                let all = resolution.endpoints().iter();
                let mut clients = all.filter(|end| end.port() == Some(own.place()));
                let client = match (clients.next(), clients.next()) {
                    (Some(only), None) => Some(self.end(only)),
                    (Some(_) | None, _) => None,
                };
                Ends {
                    client,
                    server: Some(self.end(own)),
                }
            }
        }
    }

    fn end<'a>(&'a self, endpoint: &'a Endpoint) -> End<'a> {
        End {
            endpoint,
            files: self.survey.examined(endpoint.place()),
        }
    }
}

impl Explained {
    fn write(&self, out: &mut Output) -> Printed {
        match &self.place {
            Some(place) if self.in_fleet == Some(false) => writeln!(
                out,
                "{place} (which the fleet does not have): {}",
                self.sentence
            ),
            Some(place) => writeln!(out, "{place}: {}", self.sentence),
            None => writeln!(out, "{}", self.sentence),
        }
    }
}

/// The next line, as much of it as is looked at; what is beyond is read and thrown away.
fn next(input: &mut impl std::io::BufRead) -> std::io::Result<Option<String>> {
    let mut octets = Vec::new();
    let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
    let count = input.by_ref().take(most).read_until(b'\n', &mut octets)?;
    if count > 0 && octets.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    Ok((count > 0).then(|| String::from_utf8_lossy(&octets).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_line_is_no_line() {
        let long = "a".repeat(3 * MAX_LINE_BYTES);
        let text = format!("{long}\nlast");
        let mut input = text.as_bytes();
        let mut lines = Vec::new();
        while let Some(line) = next(&mut input).expect("memory does not fail") {
            lines.push(line.len());
        }
        assert_eq!(lines, [MAX_LINE_BYTES, 4]);
    }
}
