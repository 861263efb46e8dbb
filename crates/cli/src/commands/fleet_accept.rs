//! `trustpack fleet accept`.

use std::io;
use std::path::Path;

use serde::Serialize;
use trustpack_keystore::limited_file;
use trustpack_keystore::placing::{Existing, folder_of};
use trustpack_keystore::writers_lock::WritersLock;
use trustpack_settings::accepting::{self, CannotAccept, Others};
use trustpack_settings::finding::{Code, Finding, Kind, WhenAccepted};
use trustpack_settings::fleet_file::accepting::{self as writing, Change, NewAcceptance};
use trustpack_settings::place::Place;
use trustpack_x509::time::Timestamp;

use super::fleet_arguments::{FleetOption, ReadFleet};
use super::fleet_files::{self, FilesArgs};
use crate::failure::{Answer, Failure, message};
use crate::finding_report::Count;
use crate::output_file::{self, Secrecy};
use crate::session::Session;

/// Record that a finding is known and accepted until a day
///
/// It is written into the fleet file as `[[accept]]`; comments and order stay as they are. Until that day the finding stays
/// visible in `fleet check` and no longer counts. Of a finding that is accepted already, reason and day are changed.
///
/// What is not found cannot be accepted: for a finding of files, name them with --files as for `fleet check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trustpack fleet accept TP5001 Desk/StatServer --reason 'the old desk cannot' --until 2027-03-31
  trustpack fleet accept TP4020 'host db1.example.com' --files hosts --reason 'renewed on Monday' --until 2027-03-31")]
pub(crate) struct FleetAccept {
    /// The code of the finding, as `fleet check` prints it
    #[arg(value_name = "CODE")]
    code: Code,

    /// Its place, as `fleet check` prints it; `:default` may be left out
    #[arg(value_name = "PLACE")]
    place: Place,

    #[command(flatten)]
    fleet: FleetOption,

    #[command(flatten)]
    files: FilesArgs,

    /// Why it is accepted
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,

    /// The last day, such as 2027-03-31
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Timestamp,

    /// Print what would be written, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    file: String,
    change: &'static str,
    written: bool,
    code: String,
    place: String,
    reason: String,
    until: String,
    stays_down: bool,
    errors: usize,
    warnings: usize,
    notes: usize,
    accepted: usize,
}

impl FleetAccept {
    pub(crate) fn run(self, session: &mut Session) -> Result<Answer, Failure> {
        let mut read = self.fleet.read(session.now)?;
        let survey = self.files.survey(&mut read, session.now)?;
        let of_files: Option<Vec<&Finding>> = survey.as_ref().map(|one| one.findings().collect());
        let others = Others {
            of_files: trustpack_material::findings::REGISTER,
            found: of_files.as_deref(),
            at_start: trustpack_tls::findings::REGISTER,
            found_at_start: &read.at_start,
        };
        let found = accepting::judge(
            (&read.fleet, &read.resolution),
            others,
            (self.code, &self.place),
            (self.until, session.now),
        )
        .map_err(cannot_accept)?;
        let stays_down = stays_down(found.kind);
        let new = NewAcceptance {
            code: self.code,
            place: self.place.clone(),
            reason: self.reason.clone(),
            until: self.until,
        };
        let (path, text, change) = edited(&read, &new)?;
        if !self.dry_run {
            write(&read, &path, &text)?;
        }
        let mut after = read.with_text(&path, text, session.now);
        let survey = self.files.survey(&mut after, session.now)?;
        let count = Count::of(fleet_files::findings(&after, survey.as_ref()));
        if self.json {
            let report = self.report(&path, change, stays_down, count);
            session.out.json(&report)?;
        } else {
            self.tell(session, (&path, change), &new)?;
            if stays_down {
                let text = "it stays down: accepting this does not cure it";
                writeln!(session.out, "{}: {text}", self.place)?;
            }
            let counts = if self.dry_run {
                "would be"
            } else {
                "counts now"
            };
            writeln!(session.out, "fleet check {counts}: {count}")?;
        }
        session.out.flush()?;
        Ok(Answer::Done)
    }

    fn tell(
        &self,
        session: &mut Session,
        (path, change): (&str, Change),
        new: &NewAcceptance,
    ) -> Result<(), Failure> {
        if self.dry_run {
            writeln!(session.out, "would be in {path}:")?;
            for line in writing::block(new).lines() {
                writeln!(session.out, "{line}")?;
            }
            writeln!(session.out)?;
            return Ok(());
        }
        let done = match change {
            Change::Added => "accepted",
            Change::Updated => "accepted anew",
        };
        let (code, place, until) = (self.code, &self.place, self.until.date_string());
        writeln!(
            session.out,
            "{code} at {place}: {done} until {until}, in {path}"
        )?;
        Ok(())
    }

    fn report(&self, path: &str, change: Change, stays_down: bool, count: Count) -> Report {
        Report {
            file: path.to_owned(),
            change: match change {
                Change::Added => "added",
                Change::Updated => "updated",
            },
            written: !self.dry_run,
            code: self.code.to_string(),
            place: self.place.to_string(),
            reason: self.reason.clone(),
            until: self.until.date_string(),
            stays_down,
            errors: count.errors,
            warnings: count.warnings,
            notes: count.notes,
            accepted: count.accepted,
        }
    }
}

fn stays_down(kind: &Kind) -> bool {
    use trustpack_settings::finding::Severity;
    kind.severity == Severity::Error && kind.when_accepted == WhenAccepted::StaysDown
}

fn cannot_accept(error: CannotAccept) -> Failure {
    let hint = error.hint();
    let failure = Failure::request(error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The file that the acceptance belongs in, and its text with the acceptance in it.
fn edited(read: &ReadFleet, new: &NewAcceptance) -> Result<(String, String, Change), Failure> {
    let file = accepting::file_for(&read.fleet, new.code, &new.place)
        .and_then(|file| Some((read.texts.get(&file)?, file)));
    let Some((text, file)) = file else {
        let text = format!("no file of the fleet has {}", new.place);
        return Err(Failure::request(message(text)));
    };
    let (text, change) = writing::accept(text, new).map_err(|error| {
        let hint = error.by_hand(new);
        let error = anyhow::Error::new(error).context(format!("{file} was left as it is"));
        Failure::request(error).hint(hint)
    })?;
    Ok((file.to_string(), text, change))
}

/// Puts the new text in the place of the old one, unless somebody else has changed the file since it was read.
fn write(read: &ReadFleet, path: &str, text: &str) -> Result<(), Failure> {
    let file = Path::new(path);
    let not_written = |error: io::Error| {
        Failure::request(anyhow::Error::new(error).context(format!("cannot write {path}")))
    };
    // Until the new file is in place, so that of two that read the same text only one writes.
    let _lock = WritersLock::take(folder_of(file)).map_err(not_written)?;
    let before = read.texts.get(path).map_or(&[][..], String::as_bytes);
    if !limited_file::holds(file, before).map_err(not_written)? {
        let text = format!("{path} was changed by somebody else; nothing was written");
        return Err(Failure::request(message(text)).hint("run the command again"));
    }
    output_file::write(file, text.as_bytes(), Secrecy::Public, Existing::Replace)
}

fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty; say why the finding is accepted".to_owned());
    }
    Ok(text.to_owned())
}

/// A day without a time: an acceptance holds to its end.
fn day(text: &str) -> Result<Timestamp, String> {
    let is_day = text.len() == "2027-03-31".len();
    match text.parse::<Timestamp>() {
        Ok(time) if is_day => Ok(time),
        Ok(_) | Err(_) => Err("it must be a date such as 2027-03-31".to_owned()),
    }
}
