//! Searching the ledger: by serial, subject, state, end of validity, and by what the issued
//! certificates say.
//!
//! Reads, and needs no lock. Invariant: a line that is wrong is told and hides no other, and what is
//! found comes in the order of the ledger.

use std::fmt;
use std::str::FromStr;

use trustpack_x509::serial::Serial;
use trustpack_x509::shown::shown;
use trustpack_x509::time::Timestamp;

use self::copies::{AltNamePattern, Copies, Fit, UnreadableCopy, Verified};
use self::pattern::SubjectPattern;
use crate::directory::CaDirectory;
use crate::durable::FileError;
use crate::ledger::LedgerError;
use crate::ledger::cause::Cause;
use crate::ledger::fields::{Line, LineState, significant};
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::{InvalidLine, Record, State};

pub mod copies;
pub mod pattern;

/// How a certificate stands at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It counts.
    Valid,
    /// Its time is over.
    Expired,
    /// It was revoked, for good.
    Revoked,
    /// It was revoked for a time: certificateHold.
    OnHold,
}

/// What is looked for; what is `None` or empty is not asked. All that is asked must be so.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// This serial.
    pub serial: Option<Serial>,
    /// A subject like this.
    pub subject: Option<SubjectPattern>,
    /// One of these.
    pub standings: Vec<Standing>,
    /// Valid now, and not after this moment any more.
    pub ends_by: Option<Timestamp>,
    /// A subject alternative name like this, or the common name, in the copy of the certificate.
    pub alt_name: Option<AltNamePattern>,
    /// The serial or the subject, or, where it is a name, an alternative name.
    pub anything: Option<Anything>,
    /// Which of the copies that are opened are verified.
    pub verified: Verified,
}

/// A text that may be a serial, a part of a subject, or an alternative name.
#[derive(Clone, Debug)]
pub struct Anything {
    /// The text as a serial, if it can be one.
    pub serial: Option<Serial>,
    /// The text as a subject.
    pub subject: SubjectPattern,
    /// The text as an alternative name, if the copies are to be opened.
    pub alt_name: Option<AltNamePattern>,
}

/// One answer of a search.
#[derive(Debug)]
pub enum Hit {
    /// A certificate that was looked for.
    Found {
        /// The line of the ledger, counted from 1.
        line: usize,
        /// What the ledger says.
        record: Record,
        /// How it stands now.
        standing: Standing,
    },
    /// A line that cannot be read, so that nobody knows.
    Line(LedgerError),
    /// A copy that had to be looked into and cannot be read, or is not as it was issued, so that nobody knows.
    Copy(UnreadableCopy),
    /// A copy by which a certificate was found, though it cannot be verified.
    Doubtful(UnreadableCopy),
}

/// A text names no standing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no state; allowed are valid, expired, revoked, on-hold")]
pub struct UnknownStanding {
    found: String,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Valid, Self::Expired, Self::Revoked, Self::OnHold];

    /// How a certificate of the ledger stands at `now`.
    #[must_use]
    pub fn of(record: &Record, now: Timestamp) -> Self {
        match &record.state {
            State::Revoked(revocation) => Self::of_revoked(revocation.cause()),
            State::Expired => Self::Expired,
            State::Valid => Self::of_time(record.expiry, now),
        }
    }

    pub(crate) fn of_line(line: &Line<'_>, now: Timestamp) -> Self {
        match line.state {
            LineState::Revoked(revocation) => Self::of_revoked(revocation.cause),
            LineState::Expired => Self::Expired,
            LineState::Valid => Self::of_time(line.expiry, now),
        }
    }

    fn of_revoked(cause: Cause) -> Self {
        if cause.is_hold() {
            Self::OnHold
        } else {
            Self::Revoked
        }
    }

    /// RFC 5280 section 4.1.2.5: the last moment of the validity still counts.
    fn of_time(expiry: Timestamp, now: Timestamp) -> Self {
        if expiry < now {
            Self::Expired
        } else {
            Self::Valid
        }
    }

    /// The word for it on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::OnHold => "on-hold",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Standing {
    type Err = UnknownStanding;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownStanding {
                found: shown(text, 40),
            })
    }
}

impl CaDirectory {
    /// Gives all that `query` asks for at the time `now`, in the order of the ledger, to `each`, until
    /// that gives an error.
    ///
    /// # Errors
    ///
    /// [`FileError`] when the ledger cannot be read; that of `each`.
    pub fn search<E: From<FileError>>(
        &self,
        query: &Query,
        now: Timestamp,
        mut each: impl FnMut(Hit) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = &self.layout().ledger;
        let asked = Asked::new(query, now, Copies::of(self, query.verified));
        let gather =
            |hits: &mut Vec<BlockHit>, place: Place, line: Result<Line<'_>, InvalidLine>| {
                let answer = match line {
                    Ok(line) => {
                        let found =
                            || Answer::Found(Record::of_line(&line), Standing::of_line(&line, now));
                        match asked.fits(&line) {
                            Fit::No => return,
                            Fit::Yes => found(),
                            Fit::Doubtful(copy) => {
                                hits.push((place.line_in_block, found()));
                                Answer::Doubtful(copy)
                            }
                            Fit::Unknown(copy) => Answer::Copy(copy),
                        }
                    }
                    Err(wrong) => Answer::Wrong(wrong),
                };
                hits.push((place.line_in_block, answer));
            };
        scan(path, gather, |block: Block<Vec<BlockHit>>| {
            for (line, answer) in block.gathered {
                let line = block.lines_before + line + 1;
                each(match answer {
                    Answer::Found(record, standing) => Hit::Found {
                        line,
                        record,
                        standing,
                    },
                    Answer::Copy(unreadable) => Hit::Copy(unreadable),
                    Answer::Doubtful(copy) => Hit::Doubtful(copy),
                    Answer::Wrong(source) => Hit::Line(LedgerError::Line {
                        path: path.display().to_string(),
                        line,
                        source,
                    }),
                })?;
            }
            Ok(())
        })
    }
}

type BlockHit = (usize, Answer);

enum Answer {
    Found(Record, Standing),
    Copy(UnreadableCopy),
    Doubtful(UnreadableCopy),
    Wrong(InvalidLine),
}

/// A query made ready for a million lines.
struct Asked<'a> {
    query: &'a Query,
    serial: Option<Digits>,
    anything: Option<(Option<Digits>, &'a Anything)>,
    now: Timestamp,
    copies: Copies<'a>,
}

/// The digits of a serial, without zeros in front.
struct Digits(Vec<u8>);

impl Digits {
    fn of(serial: &Serial) -> Self {
        Self(significant(serial.to_hex().as_bytes()).to_vec())
    }
}

impl<'a> Asked<'a> {
    fn new(query: &'a Query, now: Timestamp, copies: Copies<'a>) -> Self {
        let anything = query.anything.as_ref();
        Self {
            query,
            serial: query.serial.as_ref().map(Digits::of),
            anything: anything.map(|any| (any.serial.as_ref().map(Digits::of), any)),
            now,
            copies,
        }
    }

    /// What is cheap is asked first; a copy is opened only when all else fits.
    fn fits(&self, line: &Line<'_>) -> Fit {
        let query = self.query;
        let cheap = self
            .serial
            .as_ref()
            .is_none_or(|digits| line.has_serial(&digits.0))
            && (query.standings.is_empty()
                || query.standings.contains(&Standing::of_line(line, self.now)))
            && query.ends_by.is_none_or(|end| {
                line.expiry <= end && Standing::of_line(line, self.now) == Standing::Valid
            })
            && query
                .subject
                .as_ref()
                .is_none_or(|subject| subject.fits(line.subject));
        if !cheap {
            return Fit::No;
        }
        let mut by_name = None;
        if let Some((digits, any)) = &self.anything {
            let in_ledger = digits
                .as_ref()
                .is_some_and(|digits| line.has_serial(&digits.0))
                || any.subject.fits(line.subject);
            if !in_ledger {
                let Some(name) = &any.alt_name else {
                    return Fit::No;
                };
                by_name = Some(self.copies.have(line, name));
            }
        }
        match (by_name, &query.alt_name) {
            (None | Some(Fit::Yes), Some(name)) => self.copies.have(line, name),
            (None, None) => Fit::Yes,
            (Some(fit), _) => fit,
        }
    }
}
