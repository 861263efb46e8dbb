//! `trustpack fleet diff`.
//!
//! Long because what can become of an endpoint is one report, in JSON and in words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;
use trustpack_material::outlook::{self, Course, Outlook};
use trustpack_material::prediction::Prediction;
use trustpack_material::survey::{Survey, of_settings};
use trustpack_settings::endpoint::{Endpoint, Level, Origin, ShownSetting, State};
use trustpack_settings::finding::{Code, Finding, Severity};
use trustpack_settings::findings::own_file;
use trustpack_settings::options::OptionId;
use trustpack_settings::place::Place;
use trustpack_settings::resolve::Resolution;
use trustpack_settings::weakening::weakenings;
use trustpack_x509::time::Timestamp;

use super::fleet_arguments::{self, Named, ReadFleet};
use super::fleet_files::{ConnectionJson, FilesArgs};
use crate::failure::{Answer, Failure};
use crate::finding_report::{self, FindingJson, counted};
use crate::output::{Output, Printed};
use crate::session::Session;

/// Say what changes from one fleet to another in what each endpoint really gets
///
/// Levels are resolved in both: a value that moves to another level and stays the same is no change. An endpoint that
/// would be refused, also one that is new, or that would be in clear, is named first, then each of which less is demanded
/// than before, then every connection that will fail under NEW and did not under OLD or was not there, with the step and
/// whose fault it is, and every port that does not start under NEW, or whose certificate is refused by who checks it, was
/// not so under OLD or was not there, and has no such connection; with --files by the files of the hosts too, and then also those that work under OLD, encrypted or in
/// clear, and of which it cannot be told under NEW. What is wrong with the reading of either fleet, so that endpoints may be
/// missing, and errors of NEW alone that no endpoint has stand before all that.
/// Exit code 1 if there is one of these.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack fleet diff fleet.toml new_fleet.toml
  trustpack fleet diff --files hosts fleet.toml new_fleet.toml")]
pub(crate) struct FleetDiff {
    /// The fleet as it is: a file, or a folder with *.toml files
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The fleet as it is to be
    #[arg(value_name = "NEW")]
    new: PathBuf,

    #[command(flatten)]
    files: FilesArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct DiffJson {
    errors: Vec<ErrorJson>,
    breaks: Vec<BreakJson>,
    less_secure: Vec<WeakerJson>,
    fails: Vec<ConnectionJson>,
    not_starting: Vec<NotStartingJson>,
    unwanted: Vec<UnwantedJson>,
    no_longer_known: Vec<ConnectionJson>,
    changed: Vec<ChangedJson>,
    added: Vec<StateJson>,
    removed: Vec<StateJson>,
}

/// What is wrong with a fleet and is no matter of one endpoint.
#[derive(Debug, Serialize)]
struct ErrorJson {
    /// `old` or `new`.
    fleet: &'static str,
    #[serde(flatten)]
    finding: FindingJson,
}

/// A port that will not start.
#[derive(Debug, Serialize)]
struct NotStartingJson {
    place: String,
    why: String,
    also: Vec<String>,
}

/// A port that starts, and whose certificate is refused by who checks it.
#[derive(Debug, Serialize)]
struct UnwantedJson {
    place: String,
    state: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct BreakJson {
    place: String,
    was: String,
    becomes: String,
    why: Vec<String>,
}

#[derive(Debug, Serialize)]
struct WeakerJson {
    place: String,
    what: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ChangedJson {
    place: String,
    changes: Vec<ChangeJson>,
}

#[derive(Debug, Serialize)]
struct ChangeJson {
    what: String,
    old: String,
    new: String,
}

#[derive(Debug, Serialize)]
struct StateJson {
    place: String,
    state: String,
}

impl FleetDiff {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut old = fleet_arguments::read(&self.old, Named::Argument, session.now)?;
        let mut new = fleet_arguments::read(&self.new, Named::Argument, session.now)?;
        let surveys = [&mut old, &mut new].map(|read| self.survey(read, session.now));
        let [before, after] = surveys;
        let (before, after) = (before?, after?);
        let before = Outlooks::new(&old.resolution, &before, session.now);
        let after = Outlooks::new(&new.resolution, &after, session.now);
        let errors = Errors::new(&old, &new);
        let diff = DiffJson::new(&errors, &before, &after);
        if self.json {
            session.out.json(&diff)?;
        } else {
            errors.write(&mut session.out, &old, &new)?;
            diff.write(&mut session.out)?;
        }
        session.out.flush()?;
        Ok(if diff.is_harmless() {
            Answer::Done
        } else {
            Answer::No
        })
    }
}

/// Errors that are no matter of an endpoint of which the rest of the report tells.
struct Errors<'a> {
    /// The old fleet was not read in full: what of it is missing here may have been there.
    old: Vec<&'a Finding>,
    /// So was the new one, or an object of it has no endpoint that could tell.
    new: Vec<&'a Finding>,
}

impl<'a> Errors<'a> {
    fn new(old: &'a ReadFleet, new: &'a ReadFleet) -> Self {
        let of_reading = |finding: &Finding| finding.place == Place::Fleet;
        let endpoints = new.resolution.endpoints().iter();
        let of_endpoints = endpoints.flat_map(Endpoint::findings);
        let told: BTreeSet<_> = of_endpoints.chain(errors(old)).map(fact).collect();
        let is_new = |finding: &Finding| of_reading(finding) || !told.contains(&fact(finding));
        Self {
            old: errors(old).filter(|one| of_reading(one)).collect(),
            new: errors(new).filter(|one| is_new(one)).collect(),
        }
    }

    fn write(&self, out: &mut Output, old: &ReadFleet, new: &ReadFleet) -> Printed {
        for (found, read, which) in [(&self.old, old, "OLD"), (&self.new, new, "NEW")] {
            if !found.is_empty() {
                let count = counted(found.len(), "error");
                writeln!(
                    out,
                    "{which} has {count}, so that this comparison may lack something:"
                )?;
                finding_report::write(out, found.iter().copied(), &read.texts)?;
            }
        }
        Ok(())
    }
}

/// The errors of a fleet that count.
fn errors(read: &ReadFleet) -> impl Iterator<Item = &Finding> {
    let findings = read.resolution.findings();
    findings.filter(|finding| finding.counts_as(Severity::Error))
}

/// By what a finding is the same as another one.
fn fact(finding: &Finding) -> (Code, &Place, &str) {
    (finding.code(), &finding.place, &finding.message)
}

/// What becomes of connections and ports that did better before.
struct Foretold {
    fails: Vec<ConnectionJson>,
    not_starting: Vec<NotStartingJson>,
    unwanted: Vec<UnwantedJson>,
    no_longer_known: Vec<ConnectionJson>,
}

type Predictions = BTreeMap<Place, Prediction>;

/// What becomes of each endpoint of a fleet.
struct Outlooks<'r> {
    resolution: &'r Resolution,
    connections: &'r Predictions,
    states: BTreeMap<&'r Place, State>,
    /// Of ports of which it is not what their settings say.
    wrong: BTreeMap<&'r Place, Outlook<'r>>,
}

impl FleetDiff {
    /// By the files, or by the settings alone.
    fn survey(&self, read: &mut ReadFleet, now: Timestamp) -> Result<Survey, Failure> {
        let survey = self.files.survey(read, now)?;
        Ok(survey.unwrap_or_else(|| of_settings(&read.resolution, now)))
    }
}

impl<'r> Outlooks<'r> {
    fn new(resolution: &'r Resolution, survey: &'r Survey, now: Timestamp) -> Self {
        let mut outlooks = Self {
            resolution,
            connections: survey.predictions(),
            states: BTreeMap::new(),
            wrong: BTreeMap::new(),
        };
        for endpoint in resolution.endpoints() {
            let outlook = outlook::of(endpoint, resolution, Some(survey), now);
            outlooks.states.insert(endpoint.place(), outlook.state);
            if outlook.what_is_wrong().is_some() {
                outlooks.wrong.insert(endpoint.place(), outlook);
            }
        }
        outlooks
    }

    fn state(&self, endpoint: &Endpoint) -> State {
        let known = self.states.get(endpoint.place());
        known.copied().unwrap_or_else(|| endpoint.state())
    }
}

impl Foretold {
    fn new(old: &Outlooks<'_>, new: &Outlooks<'_>) -> Self {
        let fails = failing(old.connections, new.connections);
        let told: BTreeSet<&Place> = fails
            .iter()
            .filter_map(|(place, _)| new.resolution.endpoint(place)?.port())
            .collect();
        let (mut not_starting, mut unwanted) = (Vec::new(), Vec::new());
        for (place, outlook) in &new.wrong {
            let course = &outlook.course;
            let is_new = match (old.wrong.get(place).map(|old| &old.course), course) {
                // What starts now and is of no use is no worse.
                (Some(Course::Down(_)), _) => false,
                (Some(_), Course::Down(_)) | (None, _) => true,
                (Some(_), _) => false,
            };
            if !is_new || told.contains(place) {
                continue;
            }
            if let Course::Down(failing) = course {
                not_starting.push(NotStartingJson {
                    place: place.to_string(),
                    why: failing.why.clone(),
                    also: failing.later.clone(),
                });
            } else {
                unwanted.push(UnwantedJson {
                    place: place.to_string(),
                    state: outlook.state.to_string(),
                    why: outlook.what_is_wrong().unwrap_or_default(),
                });
            }
        }
        let fails = fails.into_iter();
        Self {
            fails: fails
                .map(|(place, prediction)| ConnectionJson::new(place, prediction))
                .collect(),
            not_starting,
            unwanted,
            no_longer_known: no_longer_known(old.connections, new.connections),
        }
    }
}

/// The connections that fail under the new fleet, and under the old one did not as far as is known, or were not there.
fn failing<'n>(old: &Predictions, new: &'n Predictions) -> Vec<(&'n Place, &'n Prediction)> {
    // Where files were not looked at, it is not known that it worked; that it fails now is new all the same.
    let failed = |place: &Place| match old.get(place) {
        Some(Prediction::Open | Prediction::Works { .. } | Prediction::Unknown { .. }) | None => {
            false
        }
        Some(Prediction::Fails(_)) => true,
    };
    let failing = new.iter().filter(|(_, one)| one.failing().is_some());
    failing.filter(|(place, _)| !failed(place)).collect()
}

/// The connections that work under the old fleet, in plain text too, and of which it cannot be told under the new one.
fn no_longer_known(old: &Predictions, new: &Predictions) -> Vec<ConnectionJson> {
    let worked = |place: &Place| match old.get(place) {
        Some(Prediction::Open | Prediction::Works { .. }) => true,
        Some(Prediction::Fails(_) | Prediction::Unknown { .. }) | None => false,
    };
    let lost = new
        .iter()
        .filter(|(place, one)| matches!(one, Prediction::Unknown { .. }) && worked(place));
    lost.map(|(place, prediction)| ConnectionJson::new(place, prediction))
        .collect()
}

impl DiffJson {
    fn new(errors: &Errors<'_>, before: &Outlooks<'_>, after: &Outlooks<'_>) -> Self {
        let foretold = Foretold::new(before, after);
        let (old, new) = (before.resolution, after.resolution);
        let told = |fleet, found: &[&Finding]| -> Vec<ErrorJson> {
            let found = found.iter().map(|finding| FindingJson::from(*finding));
            found.map(|finding| ErrorJson { fleet, finding }).collect()
        };
        let only = |these: &Outlooks<'_>, others: &Resolution| {
            let alone = these.resolution.endpoints().iter();
            let alone = alone.filter(|e| others.endpoint(e.place()).is_none());
            let state = |one: &Endpoint| StateJson {
                place: one.place().to_string(),
                state: these.state(one).to_string(),
            };
            alone.map(state).collect()
        };
        let both = || {
            let new = new.endpoints().iter();
            new.filter_map(|new| Some((old.endpoint(new.place())?, new)))
        };
        let added = new.endpoints().iter();
        let added = added.filter(|e| old.endpoint(e.place()).is_none());
        let broken = both().filter_map(|(old, new)| breaks(old, new));
        Self {
            errors: [told("old", &errors.old), told("new", &errors.new)]
                .into_iter()
                .flatten()
                .collect(),
            breaks: broken.chain(added.filter_map(added_broken)).collect(),
            less_secure: both().filter_map(|(old, new)| weaker(old, new)).collect(),
            fails: foretold.fails,
            not_starting: foretold.not_starting,
            unwanted: foretold.unwanted,
            no_longer_known: foretold.no_longer_known,
            changed: both()
                .filter_map(|(old, new)| changed(old, new, [before.state(old), after.state(new)]))
                .collect(),
            added: only(after, old),
            removed: only(before, new),
        }
    }

    fn is_harmless(&self) -> bool {
        let connections = self.fails.is_empty() && self.no_longer_known.is_empty();
        let ports = self.breaks.is_empty() && self.not_starting.is_empty();
        let ports = ports && self.unwanted.is_empty();
        self.errors.is_empty() && ports && self.less_secure.is_empty() && connections
    }

    fn write(&self, out: &mut Output) -> Printed {
        for one in &self.breaks {
            writeln!(
                out,
                "{}: breaks: was {}, becomes {}",
                one.place, one.was, one.becomes
            )?;
            for why in &one.why {
                writeln!(out, "  because: {why}")?;
            }
        }
        for one in &self.less_secure {
            writeln!(out, "{}: less secure: {}", one.place, one.what.join("; "))?;
        }
        // What breaks has been told above, with its reasons.
        let told = |place: &String| self.breaks.iter().any(|one| one.place == *place);
        for one in self.fails.iter().filter(|one| !told(one.place())) {
            writeln!(out, "{}", one.in_full())?;
        }
        for one in &self.not_starting {
            writeln!(out, "{}: fails at the start: {}", one.place, one.why)?;
        }
        for one in &self.unwanted {
            writeln!(out, "{}: {}", one.place, one.why)?;
        }
        for one in &self.no_longer_known {
            writeln!(out, "{}; it works under the old fleet", one.in_full())?;
        }
        for one in &self.changed {
            writeln!(out, "{}", one.place)?;
            for change in &one.changes {
                let word = |text: &str| {
                    if text.is_empty() {
                        "-".to_owned()
                    } else {
                        text.to_owned()
                    }
                };
                let (old, new) = (word(&change.old), word(&change.new));
                writeln!(out, "  {}: {old} -> {new}", change.what)?;
            }
        }
        for (word, list) in [("added", &self.added), ("removed", &self.removed)] {
            for one in list {
                writeln!(out, "{}: {word}, {}", one.place, one.state)?;
            }
        }
        self.write_counts(out)
    }

    fn write_counts(&self, out: &mut Output) -> Printed {
        let (breaks, fails) = (self.breaks.len(), self.fails.len());
        let (weaker, changed) = (self.less_secure.len(), self.changed.len());
        let (added, removed) = (self.added.len(), self.removed.len());
        let down = match self.not_starting.len() {
            0 => String::new(),
            1 => "1 port does not start, ".to_owned(),
            count => format!("{count} ports do not start, "),
        };
        let unwanted = match self.unwanted.len() {
            0 => String::new(),
            count => format!("{} refused by clients, ", counted(count, "port")),
        };
        let unknown = match self.no_longer_known.len() {
            0 => String::new(),
            count => format!("{count} no longer known, "),
        };
        writeln!(
            out,
            "{} {}, {weaker} less secure, {} {}, {down}{unwanted}{unknown}{changed} changed, {added} added, {removed} removed",
            counted(breaks, "endpoint"),
            if breaks == 1 { "breaks" } else { "break" },
            counted(fails, "connection"),
            if fails == 1 { "fails" } else { "fail" },
        )
    }
}

impl BreakJson {
    fn new(was: String, new: &Endpoint) -> Self {
        let why = new.findings().filter(|finding| finding.bars());
        Self {
            place: new.place().to_string(),
            was,
            becomes: new.state().to_string(),
            why: why
                .map(|finding| format!("{}: {}", finding.code(), finding.message))
                .collect(),
        }
    }
}

/// That an endpoint which works is refused, or one which is secured is in clear.
fn breaks(old: &Endpoint, new: &Endpoint) -> Option<BreakJson> {
    let secured = |state| matches!(state, State::EncryptedOnly | State::Simple | State::Mutual);
    let (was, becomes) = (old.state(), new.state());
    let refused = was != State::Refused && becomes == State::Refused;
    let broken = refused || (secured(was) && becomes == State::Open);
    broken.then(|| BreakJson::new(was.to_string(), new))
}

/// That an endpoint which was not there is refused.
fn added_broken(new: &Endpoint) -> Option<BreakJson> {
    let refused = new.state() == State::Refused;
    refused.then(|| BreakJson::new("not there".to_owned(), new))
}

/// What less is demanded of an endpoint that works before and after. One that was secured and is in clear breaks.
fn weaker(old: &Endpoint, new: &Endpoint) -> Option<WeakerJson> {
    let works = |one: &Endpoint| one.state() != State::Refused;
    let told = !works(old) || !works(new) || breaks(old, new).is_some();
    let what = weakenings(old, new);
    (!told && !what.is_empty()).then(|| WeakerJson {
        place: new.place().to_string(),
        what: what.iter().map(ToString::to_string).collect(),
    })
}

/// Whether an option is a password that is not the same as before, which listings do not show.
fn is_another_password(option: OptionId, old: &Endpoint, new: &Endpoint) -> bool {
    let (old, new) = (old.settings(), new.settings());
    if option == OptionId::TruststorePassword {
        old.truststore_password.value != new.truststore_password.value
    } else if option == OptionId::KeystorePassword {
        old.keystore_password.value != new.keystore_password.value
    } else {
        false
    }
}

/// The value of an option, if it is known: what an own file says that was not read is not.
fn known(endpoint: &Endpoint, listed: ShownSetting<'_>) -> String {
    let mut findings = endpoint.findings();
    let is_unread = findings.any(|finding| finding.code() == own_file::KIND.code);
    match listed.origin {
        Origin::Set {
            level: Level::Endpoint,
            ..
        } => listed.value,
        Origin::Set { .. } | Origin::Default if is_unread => "not known".to_owned(),
        Origin::Set { .. } | Origin::Default => listed.value,
    }
}

/// What of an endpoint is another value than before, wherever it comes from.
fn changed(old: &Endpoint, new: &Endpoint, states: [State; 2]) -> Option<ChangedJson> {
    let network = |e: &Endpoint| e.network().map(ToString::to_string).unwrap_or_default();
    let plain = |e: &Endpoint| e.plain().map(ToString::to_string).unwrap_or_default();
    let peer = |e: &Endpoint| e.peer().map(ToString::to_string).unwrap_or_default();
    let host = |e: &Endpoint| e.host().map(ToString::to_string).unwrap_or_default();
    let [was, becomes] = states;
    let facts = [
        ("state", was.to_string(), becomes.to_string()),
        ("engine", old.engine().to_string(), new.engine().to_string()),
        ("host", host(old), host(new)),
        ("network", network(old), network(new)),
        ("plain side", plain(old), plain(new)),
        ("name of the server", peer(old), peer(new)),
    ];
    let facts = facts.map(|(what, old, new)| (what.to_owned(), old, new));
    // Both lists are of all options, in the order of the table.
    let (before, after) = (old.settings().shown(), new.settings().shown());
    let settings = before.into_iter().zip(after).map(|(before, after)| {
        let another = is_another_password(before.option, old, new) && before.value == after.value;
        let name = before.option.name().to_owned();
        let value_of_old = known(old, before);
        let value_of_new = known(new, after);
        let shown = if another {
            format!("{value_of_new}, another one")
        } else {
            value_of_new
        };
        (name, value_of_old, shown)
    });
    let changes: Vec<ChangeJson> = facts
        .into_iter()
        .chain(settings)
        .filter(|(_, old, new)| old != new)
        .map(|(what, old, new)| ChangeJson { what, old, new })
        .collect();
    (!changes.is_empty()).then(|| ChangedJson {
        place: new.place().to_string(),
        changes,
    })
}
