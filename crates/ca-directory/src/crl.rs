//! Making revocation lists from the ledger: one for the key of the CA, one for each key that was
//! replaced, all in one change.
//!
//! Every key signs the list of its own certificates; numbers are common to all keys. Invariants: a
//! number is never given twice and never falls, also after an older folder was put back, since the
//! lists on disk are looked at too; an entry stays until a list was made after its certificate ended.
//!
//! Source: RFC 5280 sections 3.3 and 5.

use std::path::PathBuf;
use std::time::Duration;

use trustpack_ca::authority::Authority;
use trustpack_ca::revocation_list::{ListError, ListRequest, sign};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::{CrlNumber, InvalidCrlNumber};
use trustpack_x509::time::Timestamp;

use self::due::Due;
use self::entries::{Overrides, Part, Selection};
use self::list_file::write_pem;
use self::present::Present;
use self::warning::ListWarning;
use crate::change::{Change, ChangeError};
use crate::change_target::{ChangeKind, KeyId, RetiredFile, Target};
use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::journal::NumberFile;
use crate::layout::Layout;
use crate::ledger::LedgerError;
use crate::lock::Lock;
use crate::recovery::{RecoverError, recover};
use crate::retired::{RetiredError, RetiredKey};

pub mod defaults;
pub mod due;
pub(crate) mod entries;
pub mod list_file;
pub mod present;
pub mod warning;

/// What lists to make, and how.
#[derive(Debug)]
pub struct ListOrder<'a> {
    /// The authority of the folder.
    pub authority: &'a Authority,
    /// Those of its keys that were replaced whose lists are to be made too.
    pub retired: &'a [(RetiredKey, Authority)],
    /// How long a list is good.
    pub lifetime: Duration,
    /// What is signed over; none for what is usual for the key.
    pub digest: Option<Digest>,
    /// Whether also those are made that are not due.
    pub when: When,
}

/// Which lists are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// All.
    Always,
    /// Those that are missing, past half of their life, or not what the ledger says now.
    IfDue,
}

/// Whose list it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListKey {
    /// That of the CA's present key.
    Current,
    /// That of a key that was replaced.
    Retired(KeyId),
}

/// A list, or why none was made.
#[derive(Clone, Debug)]
pub struct MadeList {
    /// Whose it is.
    pub key: ListKey,
    /// Its file.
    pub path: PathBuf,
    /// What came of it.
    pub outcome: Outcome,
    /// What its asker should know.
    pub warnings: Vec<ListWarning>,
}

/// What came of making a list.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was made.
    Made {
        /// The list.
        list: RevocationList,
        /// How many certificates are on it.
        entries: usize,
        /// Why, if only what is due was to be made.
        due: Option<Due>,
    },
    /// It was not due.
    NotDue {
        /// The list that is there.
        present: RevocationList,
        /// From when on a new one will be due.
        from: Timestamp,
    },
}

/// No list was made.
#[derive(Debug, thiserror::Error)]
pub enum CrlError {
    /// An interrupted change.
    #[error("an interrupted change cannot be finished or undone")]
    Recover(#[from] RecoverError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The ledger.
    #[error(
        "no list can be made of a ledger with a line that cannot be read: it may be a revocation"
    )]
    Ledger(#[from] LedgerError),
    /// A key that was replaced.
    #[error(transparent)]
    Retired(#[from] RetiredError),
    /// Nobody knows which lines belong to a key that was replaced.
    #[error("the ledger has no line with the serial {serial}, the last of the replaced key {key}")]
    LastLineMissing {
        /// The serial of that line.
        serial: String,
        /// The key.
        key: KeyId,
    },
    /// The file with the next number.
    #[error("{} holds no number of a list", path.display())]
    Number {
        /// The file.
        path: PathBuf,
        /// What is there instead.
        source: InvalidCrlNumber,
    },
    /// Counting has come to its end.
    #[error("numbers of lists have come to their end, at {last}")]
    NumbersExhausted {
        /// The last number.
        last: CrlNumber,
    },
    /// The authority refused, or could not sign.
    #[error(transparent)]
    List(#[from] ListError),
    /// The change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// Nobody takes the entries any more; only inside this program.
    #[error("making the list was given up")]
    Stopped,
}

impl CaDirectory {
    /// Makes the lists of an order from the ledger, all or none. `now` is the present time.
    ///
    /// Waits for another command that is changing the folder.
    ///
    /// # Errors
    ///
    /// [`CrlError`]; no list has changed, a number aside. After [`ChangeError::Unfinished`] it counts
    /// as done.
    pub fn make_lists(
        &self,
        order: &ListOrder<'_>,
        now: Timestamp,
    ) -> Result<Vec<MadeList>, CrlError> {
        let layout = self.layout();
        let lock = Lock::take(&layout.ca_conf)?;
        recover(layout, &lock)?;
        let mut change = Change::begin(layout, &lock, ChangeKind::Crl)?;
        let lists = make(layout, &mut change, order, &Overrides::new(), now)?;
        let made = |list: &MadeList| matches!(list.outcome, Outcome::Made { .. });
        if lists.iter().any(made) {
            change.commit()?;
        }
        Ok(lists)
    }
}

/// Makes the lists of an order as part of a change, which gives some lines another state.
pub(crate) fn make(
    layout: &Layout,
    change: &mut Change<'_>,
    order: &ListOrder<'_>,
    overrides: &Overrides,
    now: Timestamp,
) -> Result<Vec<MadeList>, CrlError> {
    let signers = Signer::all(layout, order)?;
    let mut maker = Maker {
        layout,
        change,
        order,
        overrides,
        now,
        next: Numbers::read(layout)?,
    };
    signers.iter().map(|signer| maker.make(signer)).collect()
}

/// A key, and what it signs.
struct Signer<'a> {
    key: ListKey,
    authority: &'a Authority,
    part: Part,
    path: PathBuf,
}

impl<'a> Signer<'a> {
    /// The key of the CA and those that it had before, as far as the order names them.
    fn all(layout: &Layout, order: &ListOrder<'a>) -> Result<Vec<Self>, CrlError> {
        let parts = parts(layout)?;
        let mut all = vec![Self {
            key: ListKey::Current,
            authority: order.authority,
            part: parts
                .last()
                .map_or(Part { after: 0, to: None }, |&(_, part)| Part {
                    after: part.to.unwrap_or(part.after),
                    to: None,
                }),
            path: layout.crl.clone(),
        }];
        for (key, authority) in order.retired {
            if let Some((_, part)) = parts.iter().find(|(id, _)| id == key.id()) {
                all.push(Self {
                    key: ListKey::Retired(key.id().clone()),
                    authority,
                    part: *part,
                    path: key.path(RetiredFile::Crl),
                });
            }
        }
        Ok(all)
    }

    fn target(&self) -> Target {
        match &self.key {
            ListKey::Current => Target::Crl,
            ListKey::Retired(id) => Target::Retired(id.clone(), RetiredFile::Crl),
        }
    }
}

/// The lines of the ledger that belong to each key that was replaced, the oldest first.
fn parts(layout: &Layout) -> Result<Vec<(KeyId, Part)>, CrlError> {
    let keys = crate::retired::list(layout)?;
    let serials: Vec<_> = keys
        .iter()
        .filter_map(RetiredKey::last_serial)
        .cloned()
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = entries::lines_of(&layout.ledger, &serials)?.into_iter();
    let mut after = 0;
    let mut parts = Vec::new();
    for key in keys {
        let to = match key.last_serial() {
            None => after,
            Some(serial) => lines
                .next()
                .flatten()
                .ok_or_else(|| CrlError::LastLineMissing {
                    serial: serial.to_hex(),
                    key: key.id().clone(),
                })?,
        };
        parts.push((
            key.id().clone(),
            Part {
                after,
                to: Some(to),
            },
        ));
        after = after.max(to);
    }
    Ok(parts)
}

struct Maker<'a, 'c> {
    layout: &'a Layout,
    change: &'a mut Change<'c>,
    order: &'a ListOrder<'a>,
    overrides: &'a Overrides,
    now: Timestamp,
    next: Numbers,
}

impl Maker<'_, '_> {
    fn make(&mut self, signer: &Signer<'_>) -> Result<MadeList, CrlError> {
        let present = Present::read(&signer.path, signer.authority)?;
        let mut warnings = present.warnings(self.now);
        let selection = Selection {
            ledger: &self.layout.ledger,
            part: signer.part,
            overrides: self.overrides,
            previous: present.this_update(),
        };
        let due = match self.order.when {
            When::Always => None,
            When::IfDue => match due::look(&present, &selection, self.now)? {
                Ok(due) => Some(due),
                Err((list, from)) => {
                    return Ok(MadeList {
                        key: signer.key.clone(),
                        path: signer.path.clone(),
                        outcome: Outcome::NotDue {
                            present: list,
                            from,
                        },
                        warnings,
                    });
                }
            },
        };
        // It may be as large as the new one.
        drop(present);
        let end = signer.authority.certificate().validity().not_after;
        if end < self.now {
            warnings.push(ListWarning::AuthorityEnded { end });
        }
        let request = ListRequest {
            number: self.next.take(self.change)?,
            this_update: self.now,
            next_update: self.now.saturating_add(self.order.lifetime),
            digest: self.order.digest,
        };
        warnings.extend(self.next.warning());
        let mut count = 0;
        let signed = selection.entries(|entries| {
            sign(signer.authority, &request, entries.inspect(|_| count += 1))
        })??;
        warnings.extend(signed.warnings.into_iter().map(ListWarning::Signature));
        self.change
            .stage_with(signer.target(), |file| write_pem(&signed.list, file))?;
        Ok(MadeList {
            key: signer.key.clone(),
            path: signer.path.clone(),
            outcome: Outcome::Made {
                list: signed.list,
                entries: count,
                due,
            },
            warnings,
        })
    }
}

/// The numbers of lists.
struct Numbers {
    next: CrlNumber,
    /// What the file says, where a list on disk has a number that is not below it.
    behind: Option<(CrlNumber, CrlNumber)>,
}

impl Numbers {
    /// The next number: that of the file, or the one after the highest list on disk.
    fn read(layout: &Layout) -> Result<Self, CrlError> {
        let path = &layout.crl_number;
        let written = match durable::read_if_there(path)? {
            Some(contents) => {
                let text = String::from_utf8_lossy(&contents);
                let number = text.trim().parse().map_err(|source| CrlError::Number {
                    path: path.clone(),
                    source,
                })?;
                Some(number)
            }
            None => None,
        };
        let mut files = vec![layout.crl.clone()];
        let retired = crate::retired::list(layout)?;
        files.extend(retired.iter().map(|key| key.path(RetiredFile::Crl)));
        let mut highest: Option<CrlNumber> = None;
        for file in files {
            let list = list_file::read(&file)?.and_then(Result::ok);
            highest = highest.max(list.and_then(|list| list.number().cloned()));
        }
        let after = match highest {
            Some(last) => {
                let next = last.next();
                Some(next.ok_or(CrlError::NumbersExhausted { last })?)
            }
            None => None,
        };
        let next = written.clone().max(after);
        let next = next.unwrap_or_else(|| CrlNumber::from_u64(1));
        let behind = written
            .filter(|written| *written < next)
            .map(|written| (written, next.clone()));
        Ok(Self { next, behind })
    }

    /// Takes the next number; the file says the one after it before this one is used.
    fn take(&mut self, change: &mut Change<'_>) -> Result<CrlNumber, CrlError> {
        let number = self.next.clone();
        self.next = number.next().ok_or_else(|| CrlError::NumbersExhausted {
            last: number.clone(),
        })?;
        change.move_number(NumberFile::CrlNumber, &format!("{}\n", self.next))?;
        Ok(number)
    }

    /// Said once.
    fn warning(&mut self) -> Option<ListWarning> {
        self.behind
            .take()
            .map(|(written, used)| ListWarning::NumberBehind { written, used })
    }
}
