//! The endpoints of a fleet, asked: what was expected, and what was found.
//!
//! Invariant: an endpoint that is not asked stands in the answer all the same, with the reason.

use std::collections::BTreeSet;
use std::path::PathBuf;

use trustpack_material::survey::{self, Survey};
use trustpack_probe::comparison::{AskedAs, Difference, Found, differences};
use trustpack_probe::crowd::{Answer, Answered, ask_all};
use trustpack_probe::demands::Demands;
use trustpack_probe::dial::ProxyHeader;
use trustpack_probe::expected::Expected;
use trustpack_probe::explain::Explanation;
use trustpack_probe::limits::Limits;
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::finding::{Finding, Severity};
use trustpack_settings::findings::{bad_key_value, duplicate_object, missing_key};
use trustpack_settings::place::Place;
use trustpack_tunnel::proxy_header::Version;
use trustpack_x509::dns::DnsName;
use trustpack_x509::time::Timestamp;

use super::super::fleet_arguments::{self, Named, ReadFleet};
use super::super::fleet_files::FilesArgs;
use super::super::tunnel_proxy::AtPlace;
use super::bar;
use super::explaining;
use super::header;
use super::one::Connecting;
use super::plan::{self, Planned};
use crate::failure::{Failure, message};
use crate::finding_report::counted;
use crate::open_files;

/// What the command line says of a fleet.
pub(super) struct FleetProbe {
    pub(super) fleet: PathBuf,
    pub(super) place: Option<Place>,
    pub(super) host: Option<DnsName>,
    pub(super) files: FilesArgs,
    pub(super) at_once: usize,
    pub(super) limits: Limits,
    pub(super) offers: Wanted,
    /// With what connections begin, by the names of ports.
    pub(super) headers: Vec<AtPlace<Version>>,
}

/// How much is asked of each port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What is agreed, and of another engine's port whether it takes older versions than its settings allow.
    Agreed,
    /// `--offers`: everything that it takes.
    Offers,
}

/// A fleet, asked.
pub(super) struct Probed {
    pub(super) rows: Vec<Row>,
    /// What has to be said of the fleet itself.
    pub(super) warnings: Vec<String>,
}

/// One endpoint.
pub(super) struct Row {
    pub(super) place: Place,
    /// Where it is.
    pub(super) service: Option<String>,
    pub(super) expected: Expected,
    pub(super) found: Found,
    pub(super) asked_as: AskedAs,
    pub(super) demands: Demands,
    pub(super) differences: Vec<Difference>,
    pub(super) explanation: Option<Explanation>,
}

/// Files that one question has open: its connection, and what looks its name up.
const FILES_EACH: usize = 2;

/// Files that the process has open beside those: its outputs, what the engine and the runtime have.
const BESIDES: usize = 32;

/// How many services are asked at once, as far as the system allows so many open files; and what is to be said if it does not.
fn within_files(wanted: usize) -> (usize, Option<String>) {
    let allowed = open_files::raise().and_then(|allowed| usize::try_from(allowed).ok());
    let Some(allowed) = allowed else {
        return (wanted, None);
    };
    let at_once = (allowed.saturating_sub(BESIDES) / FILES_EACH).max(1);
    if at_once >= wanted {
        return (wanted, None);
    }
    let warning = format!(
        "no more than {} at once, not {wanted}: this process may have {allowed} files open; raise the hard limit \
         (ulimit -Hn) for more",
        counted(at_once, "service"),
    );
    (at_once, Some(warning))
}

impl FleetProbe {
    /// With what a connection to an endpoint begins: what is said of its port, else of all; of several the last.
    pub(super) fn header(&self, endpoint: &Endpoint) -> Option<ProxyHeader> {
        let port = endpoint
            .port()
            .unwrap_or_else(|| endpoint.place())
            .to_string();
        let last = |named: &dyn Fn(&AtPlace<Version>) -> bool| {
            self.headers.iter().rev().find(|one| named(one))
        };
        let found = last(&|one| one.place.as_ref() == Some(&port));
        let found = found.or_else(|| last(&|one| one.place.is_none()));
        found.map(|one| header(one.value))
    }

    /// Asks the endpoints.
    ///
    /// # Errors
    ///
    /// When the fleet or its files cannot be read, or it has no such place.
    pub(super) fn ask(&self, connecting: &Connecting, now: Timestamp) -> Result<Probed, Failure> {
        let (read, survey) = self.read(now).map_err(Failure::unasked)?;
        let chosen = self.chosen(&read).map_err(Failure::unasked)?;
        let mut warnings = self.without_files(&chosen).map_err(Failure::unasked)?;
        warnings.extend(withheld(&chosen, &survey));
        warnings.extend(mistake(&read).map(|mistake| format!("{mistake}; {SEE}")));
        let plan = plan::plan(&chosen, &read, &survey, self, now).map_err(Failure::unasked)?;
        let (at_once, too_many) = within_files(self.at_once.min(plan.questions.len()));
        warnings.extend(too_many);
        let bar = bar::of_fleet(plan.questions.len());
        let (of_tasks, of_questions) = (bar.clone(), plan.questions);
        let answers = connecting.block_on(ask_all(of_questions, at_once, move || {
            of_tasks.inc(1);
        }));
        bar.finish_and_clear();
        let mut answers = answers.into_iter();
        let rows = plan.endpoints.into_iter().map(|planned| {
            let answer = planned.asked_as.and_then(|_| answers.next().flatten());
            let mut row = Row::new(planned, answer);
            row.explanation = explaining::of(&row, &read, &survey, now);
            row
        });
        Ok(Probed {
            rows: rows.collect(),
            warnings,
        })
    }

    /// The fleet, and what is in the files of its hosts.
    fn read(&self, now: Timestamp) -> Result<(ReadFleet, Survey), Failure> {
        let mut read = fleet_arguments::read(&self.fleet, Named::Option, now)?;
        let survey = match self.files.survey(&mut read, now)? {
            Some(survey) => survey,
            None => survey::of_settings(&read.resolution, now),
        };
        Ok((read, survey))
    }

    /// What is to be said of hosts of whom there are no files.
    fn without_files(&self, chosen: &[&Endpoint]) -> Result<Vec<String>, Failure> {
        let (Some(folder), None) = (&self.files.files, &self.host) else {
            return Ok(Vec::new());
        };
        let hosts: BTreeSet<&DnsName> = chosen.iter().filter_map(|end| end.host()).collect();
        let missing = hosts
            .iter()
            .filter(|host| self.files.of_host(host).is_none());
        let missing: Vec<String> = missing.map(ToString::to_string).collect();
        if !missing.is_empty() && missing.len() == hosts.len() {
            let text = format!(
                "there are no files of a host in {}; looked for {}",
                folder.display(),
                missing.join(", ")
            );
            return Err(Failure::request(message(text)).hint(
                "a tree of files has a folder for each host, and in it the files under their absolute paths; for those of \
                 this machine name it: --host NAME",
            ));
        }
        let words = |host| {
            let folder = folder.display();
            format!(
                "there is no folder of {host} in {folder}: only what its settings say is compared"
            )
        };
        Ok(missing.iter().map(words).collect())
    }

    /// The endpoints that are asked for.
    fn chosen<'r>(&self, read: &'r ReadFleet) -> Result<Vec<&'r Endpoint>, Failure> {
        let all = read.resolution.endpoints().iter();
        let of_host = |end: &&Endpoint| self.host.is_none() || end.host() == self.host.as_ref();
        let chosen = all.filter(of_host).filter(|end| self.is_asked(end));
        let chosen: Vec<&Endpoint> = chosen.collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        let where_asked = match (&self.place, &self.host) {
            (Some(place), _) => format!(" at {place}"),
            (None, Some(host)) => format!(" on {host}"),
            (None, None) => String::new(),
        };
        Err(nothing(&where_asked, read))
    }

    fn is_asked(&self, endpoint: &Endpoint) -> bool {
        match &self.place {
            None | Some(Place::Fleet | Place::CommandLine | Place::Program) => true,
            Some(Place::Host(host)) => endpoint.host() == Some(host),
            Some(Place::Application(name)) => endpoint.place().application() == Some(name),
            Some(
                place @ (Place::Port { .. } | Place::Connection { .. } | Place::Backup { .. }),
            ) => endpoint.place() == place,
        }
    }
}

impl Row {
    /// What was found, beside what was expected.
    pub(super) fn beside(&self) -> String {
        self.found
            .beside(&self.expected, self.asked_as, &self.demands)
    }

    fn new(planned: Planned, answer: Option<Answer>) -> Self {
        let found = match answer {
            None => Found::NotAsked,
            Some(Ok(Answered::Contact(contact))) => Found::Contact(contact),
            Some(Ok(Answered::Listens(address))) => Found::Listens(address),
            Some(Err(why)) => Found::Unreached(why),
        };
        let asked_as = planned.asked_as.unwrap_or(AskedAs::Nobody);
        Self {
            differences: differences(&planned.expected, &found, asked_as, &planned.demands),
            place: planned.place,
            service: planned.service,
            expected: planned.expected,
            found,
            asked_as,
            demands: planned.demands,
            explanation: None,
        }
    }
}

/// Files that this account may not read say nothing of what is to be expected.
fn withheld(chosen: &[&Endpoint], survey: &Survey) -> Option<String> {
    let withheld = chosen
        .iter()
        .filter_map(|end| survey.examined(end.place())?.withheld());
    let files: Vec<String> = withheld.map(ToString::to_string).collect();
    let first = files.first()?;
    let endpoints = counted(files.len(), "endpoint");
    Some(format!(
        "this account may not read {first}: of {endpoints} only what the settings say is compared; run it as the account of \
         the services, or as root"
    ))
}

/// No endpoint is there; a mistake in the file itself may be why.
fn nothing(where_asked: &str, read: &ReadFleet) -> Failure {
    let what = message(format!("the fleet has no endpoint{where_asked}"));
    match mistake(read) {
        Some(mistake) => Failure::request(message(mistake).context(what)).hint(SEE),
        None => Failure::request(what).hint("`trustpack fleet show` lists the endpoints"),
    }
}

/// Who shows all mistakes.
const SEE: &str = "`trustpack fleet check` shows all mistakes of the fleet, and where they are";

/// The first thing that keeps a part of the fleet from being read, so that endpoints may be missing.
fn mistake(read: &ReadFleet) -> Option<String> {
    let mut all = read.resolution.findings();
    let hides = |one: &Finding| match one.place {
        Place::Fleet => true,
        Place::Host(_) | Place::Application(_) => {
            let kinds = [
                &bad_key_value::KIND,
                &missing_key::KIND,
                &duplicate_object::KIND,
            ];
            kinds.contains(&one.kind)
        }
        Place::Port { .. }
        | Place::Connection { .. }
        | Place::Backup { .. }
        | Place::CommandLine
        | Place::Program => false,
    };
    let is_such = |one: &&Finding| hides(one) && one.counts_as(Severity::Error);
    let mistake = all.find(is_such)?;
    Some(match &mistake.spot {
        Some(spot) => format!("{spot}: {}", mistake.message),
        None => mistake.message.clone(),
    })
}
