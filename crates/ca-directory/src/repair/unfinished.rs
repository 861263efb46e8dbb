//! Files that killed commands left under their hidden names: removed.
//!
//! Invariant: nothing goes that ever had a name, or that a command may be writing.

use super::Repair;
use crate::findings::unfinished_file::{self, KIND};

pub(super) fn mend(repair: &mut Repair<'_>) {
    for path in unfinished_file::all(repair.layout(), repair.now) {
        // One that cannot be removed is left, and found again by the check that follows.
        if repair.is_rehearsal() || std::fs::remove_file(&path).is_ok() {
            repair.note(&KIND, &path, "removed");
        }
    }
}
