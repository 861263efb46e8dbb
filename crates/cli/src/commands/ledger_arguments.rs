//! What `cert list` and `cert find` share: what to look for, and how it is shown.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::durable::FileError;
use trustpack_ca_directory::ledger_line::{Record, State};
use trustpack_ca_directory::search::copies::{AltNamePattern, UnreadableCopy, Verified};
use trustpack_ca_directory::search::pattern::SubjectPattern;
use trustpack_ca_directory::search::{Hit, Query, Standing};
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::successors::Successors;
use crate::failure::{Answer, Failure};
use crate::output::{Output, OutputError, Printed};
use crate::session::{self, Session};
use crate::table::Table;

/// Which certificates of the ledger.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct LedgerArgs {
    /// The CA directory
    #[arg(
        long = "ca",
        value_name = "DIR",
        default_value = ".",
        env = "TRUSTPACK_CA"
    )]
    pub(super) dir: PathBuf,

    /// Only in this state: valid, expired, revoked, on-hold; several between commas
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    state: Vec<Standing>,

    /// Only with this serial number, hexadecimal
    #[arg(long, value_name = "HEX", value_parser = serial)]
    serial: Option<Serial>,

    /// Only with this in the subject; with * and ? it must be the whole value of an attribute, such
    /// as the common name, or, from / on, the whole subject
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,

    /// Only those that are valid, and end within so many days; those with a successor, a valid certificate of
    /// the same subject that ends later, are marked
    #[arg(long, value_name = "DAYS")]
    expiring_within: Option<u32>,

    /// Only with this alternative name: host name, address or mail address, also with * and ?. Opens
    /// the copy of every certificate that fits otherwise
    #[arg(long, alias = "host", value_name = "NAME")]
    san: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A serial number as people have it: hexadecimal, with colons too, as OpenSSL shows it.
pub(super) fn serial(text: &str) -> Result<Serial, String> {
    let digits = text.replace(':', "");
    let digits = digits.strip_prefix("0x").unwrap_or(&digits);
    digits
        .parse()
        .map_err(|error: <Serial as std::str::FromStr>::Err| error.to_string())
}

/// How many certificates were shown, and how many could not be looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    pub(super) found: usize,
    unreadable: usize,
}

impl Shown {
    /// An answer is complete only if everything could be looked at.
    pub(super) fn answer(self) -> Answer {
        if self.unreadable == 0 {
            Answer::Done
        } else {
            Answer::No
        }
    }
}

/// Rows of a table that are written at once.
const ROWS_AT_ONCE: usize = 1000;
/// Warnings about lines that cannot be read; of more only the number is said.
const SHOWN_WARNINGS: usize = 10;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl LedgerArgs {
    /// What is looked for.
    pub(super) fn query(&self, session: &Session) -> Query {
        Query {
            serial: self.serial.clone(),
            subject: self.subject.as_deref().map(SubjectPattern::new),
            standings: self.state.clone(),
            ends_by: self
                .expiring_within
                .map(|days| session.now.saturating_add(DAY * days)),
            alt_name: self.san.as_deref().map(AltNamePattern::new),
            anything: None,
            verified: Verified::default(),
        }
    }

    /// Shows what a query finds, as it is found.
    pub(super) fn show(
        &self,
        directory: &CaDirectory,
        query: &Query,
        session: &mut Session,
    ) -> Result<Shown, Failure> {
        let now = session.now;
        let mut shown = Shown::default();
        let marks = Marks::read(self.expiring_within.is_some(), directory, now)?;
        let mut list = Listing::new(self.json, &marks, &mut session.out);
        directory.search(query, now, |hit| match hit {
            Hit::Found {
                line,
                record,
                standing,
            } => {
                shown.found += 1;
                list.add(line, &record, standing).map_err(Stopped::Output)
            }
            Hit::Line(error) => shown.warn(&mut list, &error),
            Hit::Copy(error) => shown.warn(&mut list, &error),
            Hit::Doubtful(error) => {
                session::warn(in_one_line(&error));
                Ok(())
            }
        })?;
        list.end().map_err(Stopped::Output)?;
        session.out.flush()?;
        if shown.unreadable > SHOWN_WARNINGS {
            let more = shown.unreadable - SHOWN_WARNINGS;
            session::warn(format!("{more} more could not be read"));
        }
        Ok(shown)
    }
}

impl Shown {
    fn warn(
        &mut self,
        list: &mut Listing<'_>,
        error: &dyn std::error::Error,
    ) -> Result<(), Stopped> {
        self.unreadable += 1;
        let text = in_one_line(error);
        if self.unreadable <= SHOWN_WARNINGS {
            session::warn(&text);
        }
        list.unreadable(text);
        Ok(())
    }
}

/// The error with its causes.
fn in_one_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Tells of copies that are not as they were issued, where a search found nothing: what is looked for may be one of them.
/// Those that have the name now the search has told.
pub(super) fn warn_of_changed(
    directory: &CaDirectory,
    query: &Query,
    now: Timestamp,
) -> Result<(), Failure> {
    let others = Query {
        verified: Verified::TheOthers,
        ..query.clone()
    };
    let mut changed = 0;
    let searched = directory.search(&others, now, |hit| {
        if let Hit::Copy(error @ UnreadableCopy::NotSigned { .. }) = hit {
            changed += 1;
            if changed <= SHOWN_WARNINGS {
                session::warn(in_one_line(&error));
            }
        }
        Ok::<_, FileError>(())
    });
    searched.map_err(Failure::request)?;
    if changed > SHOWN_WARNINGS {
        let more = changed - SHOWN_WARNINGS;
        session::warn(format!("{more} more are not as they were issued"));
    }
    Ok(())
}

/// Why the ledger was not shown to its end.
enum Stopped {
    Ledger(FileError),
    Output(OutputError),
}

impl From<FileError> for Stopped {
    fn from(error: FileError) -> Self {
        Self::Ledger(error)
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Ledger(error) => Self::request(error),
            Stopped::Output(error) => error.into(),
        }
    }
}

/// What is to be known of certificates beside their lines.
struct Marks {
    /// If they were asked for.
    successors: Option<Successors>,
    crosses: BTreeSet<Serial>,
}

impl Marks {
    fn read(successors: bool, directory: &CaDirectory, now: Timestamp) -> Result<Self, Failure> {
        // Lines that cannot be read are told when they are listed.
        let successors = successors.then(|| Successors::read(directory, now, |_| ()));
        Ok(Self {
            successors: successors.transpose()?,
            crosses: directory.cross_serials().map_err(Failure::request)?,
        })
    }

    fn successor(&self, record: &Record) -> Option<&Serial> {
        self.successors.as_ref()?.of(record)
    }
}

/// Certificates on their way out, a table or JSON.
struct Listing<'a> {
    out: &'a mut Output,
    marks: &'a Marks,
    form: Form,
    /// What could not be read, for JSON; no more than are warned of by themselves are kept.
    unreadable: Vec<String>,
}

enum Form {
    Table(Table),
    Json { first: bool },
}

/// One certificate, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct CertificateJson<'a> {
    serial: String,
    state: &'static str,
    not_after: String,
    revoked_at: Option<String>,
    reason: Option<&'static str>,
    invalid_since: Option<String>,
    subject: &'a str,
    line: usize,
}

/// The same in a list.
#[derive(Debug, Serialize)]
struct ListedJson<'a> {
    #[serde(flatten)]
    certificate: CertificateJson<'a>,
    successor: Option<String>,
    cross: bool,
}

impl<'a> Listing<'a> {
    fn new(json: bool, marks: &'a Marks, out: &'a mut Output) -> Self {
        let headings = ["serial", "state", "ends", "subject"];
        Self {
            out,
            marks,
            form: if json {
                Form::Json { first: true }
            } else {
                Form::Table(Table::new(&headings))
            },
            unreadable: Vec::new(),
        }
    }

    fn add(&mut self, line: usize, record: &Record, standing: Standing) -> Printed {
        let successor = self.marks.successor(record);
        let cross = self.marks.crosses.contains(&record.serial);
        match &mut self.form {
            Form::Table(table) => {
                table.row(vec![
                    record.serial.to_hex(),
                    marked(record, standing, successor, cross),
                    record.expiry.to_string(),
                    record.subject.to_string(),
                ]);
                if table.waiting() >= ROWS_AT_ONCE {
                    table.write(self.out)?;
                }
                Ok(())
            }
            Form::Json { first } => {
                let begin = if *first {
                    "{\"certificates\":[\n"
                } else {
                    ",\n"
                };
                *first = false;
                self.out.data(begin.as_bytes())?;
                let one = ListedJson {
                    certificate: CertificateJson::new(line, record, standing),
                    successor: successor.map(Serial::to_hex),
                    cross,
                };
                self.out.json_in_line(&one)
            }
        }
    }

    fn unreadable(&mut self, text: String) {
        if self.unreadable.len() < SHOWN_WARNINGS {
            self.unreadable.push(text);
        }
    }

    fn end(mut self) -> Printed {
        match &mut self.form {
            Form::Table(table) if table.waiting() > 0 => table.write(self.out),
            Form::Table(_) => Ok(()),
            Form::Json { first } => {
                let begin = if *first { "{\"certificates\":[" } else { "\n" };
                self.out.data(begin.as_bytes())?;
                self.out.data(b"],\"unreadable\":")?;
                self.out.json_in_line(&self.unreadable)?;
                self.out.data(b"}\n")
            }
        }
    }
}

impl<'a> CertificateJson<'a> {
    pub(super) fn new(line: usize, record: &'a Record, standing: Standing) -> Self {
        let revocation = match &record.state {
            State::Revoked(revocation) => Some(revocation),
            State::Valid | State::Expired => None,
        };
        let cause = revocation.map(|revocation| revocation.cause());
        Self {
            serial: record.serial.to_hex(),
            state: standing.name(),
            not_after: record.expiry.to_string(),
            revoked_at: revocation.map(|revocation| revocation.at.to_string()),
            reason: cause.map(|cause| cause.reason.name()),
            invalid_since: cause
                .and_then(|cause| cause.invalid_since)
                .map(|at| at.to_string()),
            subject: &record.subject,
            line,
        }
    }
}

/// The state, and what else is to be known: `valid (has a successor)`, `valid (cross certificate of the CA)`.
fn marked(record: &Record, standing: Standing, successor: Option<&Serial>, cross: bool) -> String {
    let state = state_text(record, standing);
    match (cross, successor) {
        (true, _) => format!("{state} (cross certificate of the CA)"),
        (false, Some(_)) => format!("{state} (has a successor)"),
        (false, None) => state,
    }
}

/// `valid`, or `revoked (superseded)`.
pub(super) fn state_text(record: &Record, standing: Standing) -> String {
    let reason = match &record.state {
        State::Revoked(revocation) => revocation.cause().reason,
        State::Valid | State::Expired => RevocationReason::Unspecified,
    };
    if standing == Standing::Revoked && reason != RevocationReason::Unspecified {
        format!("{standing} ({reason})")
    } else {
        standing.to_string()
    }
}
