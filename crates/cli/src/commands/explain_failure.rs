//! `trustpack explain-failure`.
//!
//! Invariant: what is not known of the ends is not guessed.

mod telling;

use std::path::{Path, PathBuf};

use trustpack_material::prediction::End;
use trustpack_material::survey::{self, Survey};
use trustpack_probe::explain::ends::Ends;
use trustpack_probe::explain::log_line::LogLine;
use trustpack_settings::endpoint::{Endpoint, Role};
use trustpack_settings::place::Place;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use self::telling::{MAX_EXPLAINED, Telling, log_lines};
use super::fleet_arguments::{self, Named, ReadFleet};
use super::fleet_files::FilesArgs;
use crate::failure::{Answer, Failure, message};
use crate::session::{self, Session};

/// Say why a connection failed, from a line of a tunnel's log
///
/// Takes lines of both forms, text and JSON, and says what is wrong, on which end, and what to do about it: of
/// connections and handshakes that failed, and of tunnels that are not as their settings say. With --fleet it names the
/// options of both ends and where they are written; with --files it also sees in the files why the other end refused.
/// Equal ones are told once, with how often and when, as soon as the log pauses; lines that a probe of the service has left are
/// told as that. Lines that tell of no failure are passed over. Exit code 1: none does; 2: the fleet or its files cannot be
/// read.
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

/// A fleet, and what is in its files.
struct Known {
    read: ReadFleet,
    survey: Survey,
}

impl ExplainFailure {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let known = self.known(session.now).map_err(Failure::unasked)?;
        let mut telling = Telling::new(known, self.json);
        if self.lines.is_empty() {
            telling.take_log(&log_lines()?, session)?;
        } else {
            for (number, line) in (1..).zip(&self.lines) {
                telling.take(number, line, session)?;
            }
        }
        telling.tell(session)?;
        let document = telling.document;
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
        let mut read = fleet_arguments::read(path, Named::Option, now)?;
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
