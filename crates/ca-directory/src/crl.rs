//! Making revocation lists from the ledger: one for the key of the CA, one for each key that was
//! replaced, all in one change.
//!
//! The list of every key has all revocations of the CA, whichever key signed the certificate: who reads
//! lists goes by the name of the issuer (RFC 5280 section 6.3.3), so a list with those of one key alone
//! would clear revoked certificates of another. Serial numbers are unique within the name; numbers of
//! lists are common to all keys. Invariants: a number is never given twice and never falls, also after an
//! older folder was put back, since the lists on disk are looked at too; an entry stays until a list was
//! made after its certificate ended.
//!
//! Source: RFC 5280 sections 3.3 and 5.

use std::path::PathBuf;
use std::time::Duration;

use trustpack_ca::authority::Authority;
use trustpack_ca::revocation_list::{ListError, ListRequest, sign};
use trustpack_keystore::pem::read_certificates;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::number::{CrlNumber, InvalidCrlNumber};
use trustpack_x509::time::Timestamp;

use self::due::Due;
use self::entries::{Overrides, Selection};
use self::list_file::write_pem;
use self::numbers::Numbers;
use self::present::Present;
use self::signer::Signer;
use self::warning::ListWarning;
use crate::change::{Change, ChangeError};
use crate::change_kind::ChangeKind;
use crate::directory::CaDirectory;
use crate::durable::{self, FileError};
use crate::layout::Layout;
use crate::ledger::LedgerError;
use crate::recovery::{RecoverError, recover};
use crate::retired::names::KeyId;
use crate::retired::{RetiredError, RetiredKey};

pub mod defaults;
pub mod due;
pub(crate) mod entries;
pub mod list_file;
mod numbers;
pub mod present;
mod signer;
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
    /// The CA in the folder has another key than the one that was opened.
    #[error(
        "{} is of another key now than when this command began: the CA got a new one; run the command again",
        path.display()
    )]
    AuthorityChanged {
        /// The file with the CA certificate.
        path: PathBuf,
    },
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
        let lock = self.lock()?;
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
    refuse_another_key(layout, order)?;
    let signers = Signer::all(layout, order);
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

/// Under the lock: where the CA got a new key since the order was made, its list would be put in the place of that
/// of the new key. A CA that was renewed signs as before.
fn refuse_another_key(layout: &Layout, order: &ListOrder<'_>) -> Result<(), CrlError> {
    let path = &layout.certificate;
    let there = read_certificates(&durable::read(path)?);
    let key = order.authority.certificate().public_key();
    match there.as_deref() {
        Ok([first, ..]) if first.public_key() == key => Ok(()),
        Ok(_) | Err(_) => Err(CrlError::AuthorityChanged { path: path.clone() }),
    }
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
