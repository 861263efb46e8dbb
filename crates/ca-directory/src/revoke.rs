//! Revoking certificates, putting them on hold, and taking them off it.
//!
//! The ledger is written anew beside itself and takes its place in one step, with the permissions of
//! the old one; OpenSSL's `ca.db.attr` is not touched. Invariant: all that was asked for is in the
//! ledger, or nothing of it; every other line stays octet for octet.

use std::collections::BTreeSet;
use std::path::Path;

use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::change::{Change, ChangeError};
use crate::change_kind::ChangeKind;
use crate::change_target::Target;
use crate::crl::entries::Overrides;
use crate::crl::{self, CrlError, ListOrder, MadeList};
use crate::directory::CaDirectory;
use crate::durable::FileError;
use crate::ledger::cause::Cause;
use crate::ledger::fields::{Line, significant};
use crate::ledger::rewrite::{Replacement, rewrite, with_state};
use crate::ledger::scan::{Block, Place, scan};
use crate::ledger_line::{InvalidLine, Record, Revocation, State};
use crate::recovery::{RecoverError, recover};

/// What is to become of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// They are revoked, or with [`RevocationReason::CertificateHold`] put on hold.
    Revoke {
        /// Why.
        cause: Cause,
        /// When; none for now, and for one on hold the moment when it was put there.
        at: Option<Timestamp>,
    },
    /// They are taken off hold.
    Lift,
}

/// A certificate whose state was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What the ledger said of it before.
    pub before: Record,
    /// What it says now.
    pub state: State,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Revoked {
    /// In the order of the ledger.
    pub certificates: Vec<Changed>,
    /// The lists that were made with it.
    pub lists: Vec<MadeList>,
}

/// No certificate's state was changed.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// No line has the serial.
    #[error("the ledger has no certificate with the serial {serial}{}", note_on(.unreadable))]
    NotInLedger {
        /// The serial.
        serial: Serial,
        /// Lines that cannot be read: it may be one of these.
        unreadable: Vec<usize>,
    },
    /// It was revoked before.
    #[error("the certificate with the serial {serial} was revoked on {} ({})", .revocation.at, .revocation.cause().reason)]
    AlreadyRevoked {
        /// The serial.
        serial: Serial,
        /// When and why.
        revocation: Revocation,
    },
    /// It is on hold.
    #[error("the certificate with the serial {serial} has been on hold since {since}")]
    AlreadyOnHold {
        /// The serial.
        serial: Serial,
        /// When it was put there.
        since: Timestamp,
    },
    /// There is nothing to lift.
    #[error("the certificate with the serial {serial} is not on hold, but {found}")]
    NotOnHold {
        /// The serial.
        serial: Serial,
        /// How it stands.
        found: String,
    },
    /// A reason that belongs into lists of changes only.
    #[error("removeFromCRL is no reason to revoke; a hold is lifted instead")]
    RemoveFromCrl,
    /// A moment that has not come yet.
    #[error("{at} has not come yet; it is {now}")]
    InFuture {
        /// What was asked for.
        at: Timestamp,
        /// The present time.
        now: Timestamp,
    },
    /// Bad only after it was revoked.
    #[error("it cannot be invalid since {since}, which is after the revocation, {at}")]
    InvalidAfterRevocation {
        /// Since when.
        since: Timestamp,
        /// The moment of revocation.
        at: Timestamp,
    },
    /// An interrupted change.
    #[error("an interrupted change cannot be finished or undone")]
    Recover(#[from] RecoverError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The list that was to be made with it.
    #[error(transparent)]
    List(#[from] CrlError),
}

/// Lines that a message names.
const SHOWN_LINES: usize = 5;

fn note_on(unreadable: &[usize]) -> String {
    if unreadable.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = unreadable
        .iter()
        .take(SHOWN_LINES)
        .map(usize::to_string)
        .collect();
    let more = if unreadable.len() > SHOWN_LINES {
        " and more"
    } else {
        ""
    };
    format!("; line {}{more} cannot be read", lines.join(", "))
}

impl CaDirectory {
    /// Changes the state of the certificates with these serials, and with `lists` makes revocation
    /// lists of the ledger as it is then: all of it or nothing. `now` is the present time.
    ///
    /// Waits for another command that is changing the folder.
    ///
    /// # Errors
    ///
    /// [`RevokeError`]; nothing has changed, a number of a list aside.
    /// After [`ChangeError::Unfinished`] it counts as done.
    pub fn revoke(
        &self,
        serials: &BTreeSet<Serial>,
        action: Action,
        lists: Option<&ListOrder<'_>>,
        now: Timestamp,
    ) -> Result<Revoked, RevokeError> {
        action.check(now)?;
        let layout = self.layout();
        let lock = self.lock()?;
        recover(layout, &lock)?;
        let found = find(&layout.ledger, serials)?;
        found.refuse_missing(serials)?;
        let mut replacements = Vec::new();
        let mut overrides = Overrides::new();
        let mut certificates = Vec::new();
        for target in found.targets {
            let state = action.applied_to(&target.record, now)?;
            overrides.insert(target.offset, state.clone());
            replacements.push(target.replaced_by(&state));
            certificates.push(Changed {
                before: target.record,
                state,
            });
        }
        let mut change = Change::begin(layout, &lock, ChangeKind::Revoke)?;
        change.stage_with(Target::Ledger, |out| {
            rewrite(&layout.ledger, &replacements, out)
        })?;
        let lists = match lists {
            Some(order) => crl::make(layout, &mut change, order, &overrides, now)?,
            None => Vec::new(),
        };
        change.commit()?;
        Ok(Revoked {
            certificates,
            lists,
        })
    }
}

impl Changed {
    /// What the ledger says now.
    #[must_use]
    pub fn after(&self) -> Record {
        Record {
            state: self.state.clone(),
            ..self.before.clone()
        }
    }
}

impl Action {
    /// What can be said without knowing the certificate.
    fn check(self, now: Timestamp) -> Result<(), RevokeError> {
        let Self::Revoke { cause, at } = self else {
            return Ok(());
        };
        if cause.reason == RevocationReason::RemoveFromCrl {
            return Err(RevokeError::RemoveFromCrl);
        }
        let moments = [at, cause.invalid_since];
        if let Some(at) = moments.into_iter().flatten().find(|&moment| moment > now) {
            return Err(RevokeError::InFuture { at, now });
        }
        match (cause.invalid_since, at) {
            (Some(since), Some(at)) if since > at => {
                Err(RevokeError::InvalidAfterRevocation { since, at })
            }
            _ => Ok(()),
        }
    }

    /// The state of a certificate after it.
    fn applied_to(self, record: &Record, now: Timestamp) -> Result<State, RevokeError> {
        let serial = || record.serial.clone();
        match (self, &record.state) {
            (Self::Lift, State::Revoked(revocation)) if revocation.is_hold() => Ok(State::Valid),
            (Self::Lift, State::Revoked(revocation)) => Err(RevokeError::NotOnHold {
                serial: serial(),
                found: format!("revoked ({})", revocation.cause().reason),
            }),
            (Self::Lift, State::Valid | State::Expired) => Err(RevokeError::NotOnHold {
                serial: serial(),
                found: "not revoked".to_owned(),
            }),
            (Self::Revoke { cause, at }, State::Revoked(old)) if old.is_hold() => {
                if cause.is_hold() {
                    return Err(RevokeError::AlreadyOnHold {
                        serial: serial(),
                        since: old.at,
                    });
                }
                // X.509 (10/2019) section 9.5.3.2: a hold that becomes a revocation keeps its date.
                Ok(State::Revoked(Revocation::new(
                    at.unwrap_or(old.at),
                    &cause,
                )))
            }
            (Self::Revoke { .. }, State::Revoked(old)) => Err(RevokeError::AlreadyRevoked {
                serial: serial(),
                revocation: old.clone(),
            }),
            (Self::Revoke { cause, at }, State::Valid | State::Expired) => {
                Ok(State::Revoked(Revocation::new(at.unwrap_or(now), &cause)))
            }
        }
    }
}

/// A line whose state is to change.
#[derive(Debug)]
struct FoundLine {
    offset: u64,
    raw: Vec<u8>,
    record: Record,
}

impl FoundLine {
    fn replaced_by(&self, state: &State) -> Replacement {
        Replacement {
            offset: self.offset,
            length: self.raw.len(),
            text: with_state(&self.raw, state),
        }
    }
}

#[derive(Debug, Default)]
struct Findings {
    targets: Vec<FoundLine>,
    /// Numbers of lines, from 1; in a block, from 0.
    unreadable: Vec<usize>,
}

impl Findings {
    fn refuse_missing(&self, serials: &BTreeSet<Serial>) -> Result<(), RevokeError> {
        let found: BTreeSet<&Serial> = self
            .targets
            .iter()
            .map(|target| &target.record.serial)
            .collect();
        match serials.iter().find(|serial| !found.contains(serial)) {
            Some(missing) => Err(RevokeError::NotInLedger {
                serial: missing.clone(),
                unreadable: self.unreadable.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// The lines with these serials.
fn find(ledger: &Path, serials: &BTreeSet<Serial>) -> Result<Findings, FileError> {
    let mut all = Findings::default();
    let wanted = Wanted::of(serials);
    let each = |found: &mut Findings, place: Place, line: Result<Line<'_>, InvalidLine>| match line
    {
        Ok(line) if wanted.has(&line) => found.targets.push(FoundLine {
            offset: place.offset,
            raw: line.raw.to_vec(),
            record: Record::of_line(&line),
        }),
        Ok(_) => {}
        Err(_) => found.unreadable.push(place.line_in_block),
    };
    scan(ledger, each, |block: Block<Findings>| {
        let Findings {
            targets,
            unreadable,
        } = block.gathered;
        all.targets.extend(targets);
        let numbered = unreadable.iter().map(|line| block.lines_before + line + 1);
        all.unreadable.extend(numbered);
        Ok::<(), FileError>(())
    })?;
    Ok(all)
}

/// Serials, ready to be compared with a million lines.
struct Wanted<'a> {
    serials: &'a BTreeSet<Serial>,
    digits: Vec<Vec<u8>>,
}

/// So few serials are compared with each line digit by digit, which takes no memory.
const FEW: usize = 8;

impl<'a> Wanted<'a> {
    fn of(serials: &'a BTreeSet<Serial>) -> Self {
        let hex = serials.iter().map(Serial::to_hex);
        let digits = hex.map(|hex| significant(hex.as_bytes()).to_vec());
        Self {
            serials,
            digits: digits.collect(),
        }
    }

    fn has(&self, line: &Line<'_>) -> bool {
        if self.digits.len() <= FEW {
            self.digits.iter().any(|digits| line.has_serial(digits))
        } else {
            self.serials.contains(&line.serial())
        }
    }
}
