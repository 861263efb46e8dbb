//! What is remembered of revocation lists from one reading of files to the next.
//!
//! The highest numbers, so that a list that somebody put back is found. And lists as they were read from their files:
//! a list of a million certificates takes a third of a second to read, and most readings find it unchanged.
//!
//! Invariant: a list is taken from here only if the system says of its file what it said when that was read, and the
//! file had been left alone long enough for that to mean something.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::time::Timestamp;

use crate::files::permissions::Permissions;
use crate::files::watched::Stamp;
use crate::files::{Files, Readers};

/// Lists that were seen before.
#[derive(Debug)]
pub struct ListMemory {
    numbers: SeenNumbers,
    now: Timestamp,
    before: Remembered,
    /// What this reading has named.
    named: Mutex<Remembered>,
}

type Remembered = BTreeMap<AbsolutePath, Arc<RememberedFile>>;

/// A file of lists as it was read.
#[derive(Debug)]
pub(super) struct RememberedFile {
    stamp: Stamp,
    pub(super) readers: Readers,
    pub(super) permissions: Vec<Permissions>,
    pub(super) lists: Vec<Arc<KnownList>>,
}

impl ListMemory {
    /// For a reading at `now`, after lists with these numbers were seen: one with a lower number is refused.
    #[must_use]
    pub fn new(numbers: SeenNumbers, now: Timestamp) -> Self {
        Self {
            numbers,
            now,
            before: Remembered::new(),
            named: Mutex::default(),
        }
    }

    /// Nothing was seen before.
    #[must_use]
    pub fn nothing() -> Self {
        Self::new(SeenNumbers::default(), Timestamp::from_unix(0))
    }

    /// For the next reading. Of files that this one has not named nothing is remembered.
    #[must_use]
    pub fn next(&self, numbers: SeenNumbers, now: Timestamp) -> Self {
        Self {
            before: self.named(|named| named.clone()),
            ..Self::new(numbers, now)
        }
    }

    /// Takes in what another reading has named and this one has not.
    pub fn add(&self, other: &Self) {
        let others = other.named(|named| named.clone());
        self.named(|named| {
            for (path, file) in others {
                named.entry(path).or_insert(file);
            }
        });
    }

    pub(super) fn numbers(&self) -> &SeenNumbers {
        &self.numbers
    }

    /// A file as it was read before, if it is the same still and its lists are not behind the numbers.
    pub(super) fn find(
        &self,
        path: &AbsolutePath,
        files: &dyn Files,
    ) -> Result<Arc<RememberedFile>, Unknown> {
        let stamp = files.stamp(path.as_path());
        let known = self.named(|named| named.get(path).or_else(|| self.before.get(path)).cloned());
        let behind = |list: &Arc<KnownList>| list.is_behind(&self.numbers);
        match known {
            Some(file) if Some(&file.stamp) == stamp.as_ref() && !file.lists.iter().any(behind) => {
                self.named(|named| named.insert(path.clone(), Arc::clone(&file)));
                Ok(file)
            }
            Some(_) | None => Err(Unknown { stamp }),
        }
    }

    fn named<T>(&self, change: impl FnOnce(&mut Remembered) -> T) -> T {
        // Whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.named.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file that has to be read, and what the system said of it before.
pub(super) struct Unknown {
    stamp: Option<Stamp>,
}

impl Unknown {
    /// Remembers what was read of it. A file that was just changed is not remembered: the next change may come within
    /// the same tick of the clock of its disk, and could not be told from this one.
    pub(super) fn remember(
        self,
        memory: &ListMemory,
        path: &AbsolutePath,
        (readers, permissions): (Readers, &[Permissions]),
        lists: &[Arc<KnownList>],
    ) {
        let Some(stamp) = self.stamp.filter(|stamp| stamp.is_settled(memory.now)) else {
            return;
        };
        let file = RememberedFile {
            stamp,
            readers,
            permissions: permissions.to_vec(),
            lists: lists.to_vec(),
        };
        memory.named(|named| named.insert(path.clone(), Arc::new(file)));
    }
}
