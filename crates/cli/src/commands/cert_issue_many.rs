//! Issuing for many hosts: `cert issue --from hosts.csv`, or many hosts on the command line.
//!
//! What fails is told and stops nothing else. Invariant: a host is said to have its certificate only
//! after that is on disk, and every host that was asked for is in the report, once.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use trustpack_ca_directory::issue::{IssueOrder, IssuedFiles};

use super::bundling::Bundles;
use super::bundling::of_issued::Asked;
use super::issuing::{self, IssuedJson};
use super::issuing_many::{Opened, Untried, Why, issue_all};
use crate::failure::{Answer, Failure};
use crate::output::{Output, Printed};
use crate::session::{self, Session};

/// One host of many.
#[derive(Debug)]
pub(super) struct AskedHost {
    /// As it was typed.
    pub(super) host: String,
    /// Its line in the file of hosts.
    pub(super) line: Option<u64>,
    /// What to issue, or why that is not possible.
    pub(super) order: Result<IssueOrder, NotPossible>,
    /// The folders for programs that it gets.
    pub(super) bundles: Vec<Asked>,
}

/// Why no order can be made of what was asked for.
#[derive(Clone, Debug)]
pub(super) struct NotPossible {
    /// The column of the file of hosts.
    pub(super) column: Option<(usize, &'static str)>,
    /// The sentence for people.
    pub(super) error: String,
}

/// How what was issued is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling<'a> {
    /// All files of each.
    Each,
    /// One line for each; the hosts came from this file.
    Lines(&'a Path),
    /// JSON, at the end; with the file that the hosts came from.
    Json(Option<&'a Path>),
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub(super) issued: Vec<IssuedJson>,
    pub(super) failed: Vec<FailedJson>,
}

#[derive(Debug, Serialize)]
pub(super) struct FailedJson {
    host: String,
    line: Option<u64>,
    column: Option<&'static str>,
    error: String,
}

/// What was issued is written at least so often, and the bar drawn anew.
const REFRESH: Duration = Duration::from_millis(200);

/// Issues for all of `asked`; with what `reopen` opens where the CA changes meanwhile. The answer is no if one of them has no certificate in the end, or no
/// bundle.
pub(super) fn run(
    opened: Opened,
    reopen: &mut dyn FnMut() -> Result<Opened, Failure>,
    asked: Vec<AskedHost>,
    telling: Telling<'_>,
    session: &mut Session,
) -> Result<Answer, Failure> {
    let mut hosts = Vec::new();
    let mut orders = Vec::new();
    let mut teller = Teller::new(telling, asked.len(), session);
    for AskedHost {
        host,
        line,
        order,
        bundles,
    } in asked
    {
        match order {
            Ok(order) => {
                hosts.push((host, line, bundles));
                orders.push(order);
            }
            Err(why) => teller.failed(&host, line, why),
        }
    }
    let now = teller.session.now;
    let ended = issue_all(opened, reopen, orders, now, &mut |carried, outcome| {
        let Some((host, line, bundles)) = hosts.get(carried.index) else {
            return;
        };
        match outcome {
            Ok(issued) => {
                let (bundler, request) = (&carried.opened.bundler, &carried.order.request);
                let made = bundler.of_issued(bundles, &issued, request.host());
                teller.issued(host, &issued, made);
            }
            Err(error) => teller.failed(host, *line, whole(error)),
        }
    });
    if let Err(Untried { orders, why }) = ended {
        let why = NotPossible {
            column: None,
            error: match why {
                Why::Stopped => "not tried: the command was stopped".to_owned(),
                Why::Failed(failure) => failure.in_one_line(),
            },
        };
        let rest = orders.iter().filter_map(|&index| hosts.get(index));
        teller.stopped(rest.map(|(host, line, _)| (host.as_str(), *line)), &why);
    }
    teller.end()
}

/// An error with its causes, in one line.
fn whole(error: impl Into<anyhow::Error>) -> NotPossible {
    NotPossible {
        column: None,
        error: format!("{:#}", error.into()),
    }
}

/// Tells what becomes of each host.
struct Teller<'a> {
    telling: Telling<'a>,
    session: &'a mut Session,
    bar: ProgressBar,
    report: Report,
    asked: usize,
    issued: usize,
    failed: usize,
    /// Whether a bundle of one that was issued is missing.
    without_bundle: bool,
    /// What is to be written beside the bar, and since when.
    unwritten: Output,
    written: Instant,
    /// What is asked for is issued even if nobody can read about it any more.
    unsaid: Option<Failure>,
}

impl<'a> Teller<'a> {
    fn new(telling: Telling<'a>, asked: usize, session: &'a mut Session) -> Self {
        // On standard error, and only if that is a terminal.
        let bar = ProgressBar::new(u64::try_from(asked).unwrap_or(u64::MAX));
        let template = "{bar:40} {pos} of {len}, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            telling,
            session,
            bar,
            report: Report::default(),
            asked,
            issued: 0,
            failed: 0,
            without_bundle: false,
            unwritten: Output::kept(),
            written: Instant::now(),
            unsaid: None,
        }
    }

    fn issued(&mut self, host: &str, issued: &IssuedFiles, bundles: Bundles) {
        self.issued += 1;
        self.bar.inc(1);
        for warning in &issued.warnings {
            let text = format!("warning: {host}: {warning}");
            self.bar.suspend(|| session::say(&text));
        }
        for failure in bundles.failures() {
            self.without_bundle = true;
            let text = format!("error: {host}: {failure}");
            self.bar.suspend(|| session::say(&text));
        }
        let told = match self.telling {
            Telling::Json(_) => {
                self.report
                    .issued
                    .push(IssuedJson::new(host, issued, bundles));
                Ok(())
            }
            Telling::Each => issuing::write_issued(&mut self.unwritten, issued)
                .and_then(|()| bundles.write_lines(&mut self.unwritten)),
            Telling::Lines(_) => write_line(&mut self.unwritten, host, issued)
                .and_then(|()| bundles.write_lines(&mut self.unwritten)),
        };
        let told = told.and_then(|()| {
            if self.written.elapsed() < REFRESH {
                return Ok(());
            }
            self.flush()
        });
        if let Err(error) = told {
            self.unsaid.get_or_insert_with(|| error.into());
        }
    }

    fn failed(&mut self, host: &str, line: Option<u64>, why: NotPossible) {
        let place = match (self.file(), line, why.column) {
            (Some(file), Some(line), Some((number, name))) => {
                format!("{}:{line}: column {number} ({name})", file.display())
            }
            (Some(file), Some(line), None) => format!("{}:{line}: {host}", file.display()),
            (Some(_) | None, _, _) => host.to_owned(),
        };
        let text = format!("error: {place}: {}", why.error);
        self.bar.suspend(|| session::say(&text));
        self.count_failed(host, line, why);
    }

    /// What is wrong for all of the rest is said once.
    fn stopped<'h>(
        &mut self,
        rest: impl Iterator<Item = (&'h str, Option<u64>)>,
        why: &NotPossible,
    ) {
        let text = format!("error: {}", why.error);
        self.bar.suspend(|| session::say(&text));
        for (host, line) in rest {
            self.count_failed(host, line, why.clone());
        }
    }

    fn count_failed(&mut self, host: &str, line: Option<u64>, why: NotPossible) {
        self.failed += 1;
        self.bar.inc(1);
        if matches!(self.telling, Telling::Json(_)) {
            self.report.failed.push(FailedJson {
                host: host.to_owned(),
                line,
                column: why.column.map(|(_, name)| name),
                error: why.error,
            });
        }
    }

    fn file(&self) -> Option<&'a Path> {
        match self.telling {
            Telling::Each => None,
            Telling::Lines(file) => Some(file),
            Telling::Json(file) => file,
        }
    }

    /// Writes what waits, where it does not get mixed up with the bar.
    fn flush(&mut self) -> Printed {
        self.written = Instant::now();
        let (out, unwritten) = (&mut self.session.out, &mut self.unwritten);
        self.bar
            .suspend(|| out.take_from(unwritten).and_then(|()| out.flush()))
    }

    fn end(mut self) -> Result<Answer, Failure> {
        self.bar.finish_and_clear();
        if matches!(self.telling, Telling::Json(_)) {
            self.session.out.json(&self.report)?;
        }
        let flushed = self.flush();
        // Also for whoever sees no bar.
        if self.file().is_some() {
            session::say(&format!(
                "{} of {} certificates issued, {} not",
                self.issued, self.asked, self.failed
            ));
        }
        flushed?;
        match self.unsaid {
            Some(error) => Err(error),
            None if self.failed == 0 && !self.without_bundle => Ok(Answer::Done),
            None => Ok(Answer::No),
        }
    }
}

fn write_line(out: &mut Output, host: &str, issued: &IssuedFiles) -> Printed {
    let certificate = &issued.certificate;
    writeln!(
        out,
        "{}  until {}, serial {}  {}",
        host,
        certificate.validity().not_after,
        certificate.serial(),
        issued.paths.certificate.display()
    )
}
