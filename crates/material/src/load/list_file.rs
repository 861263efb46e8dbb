//! A file of revocation lists, for all who name it.
//!
//! Invariant: those who trust the same share what they see of it.

use std::cell::RefCell;
use std::sync::Arc;

use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::seen::SeenNumbers;

/// A file of revocation lists.
pub(super) struct ListFile {
    found: Vec<Arc<KnownList>>,
    earlier: SeenNumbers,
    /// The lists as those see them who trust these.
    taken_in: RefCell<Vec<(TrustAnchors, RevocationLists)>>,
}

impl ListFile {
    pub(super) fn new(found: Vec<Arc<KnownList>>, earlier: SeenNumbers) -> Self {
        Self {
            found,
            earlier,
            taken_in: RefCell::default(),
        }
    }

    /// The lists, in the order of the file.
    pub(super) fn found(&self) -> &[Arc<KnownList>] {
        &self.found
    }

    /// Whether there is no list in it.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The lists for somebody who trusts these.
    pub(super) fn taken_in(&self, anchors: &TrustAnchors) -> RevocationLists {
        let mut taken_in = self.taken_in.borrow_mut();
        let known = taken_in
            .iter()
            .find(|(others, _)| others.is_shared_with(anchors));
        if let Some((_, lists)) = known {
            return lists.clone();
        }
        let found = self.found.iter().cloned();
        let lists = RevocationLists::of_known(found, anchors, self.earlier.clone());
        taken_in.push((anchors.clone(), lists.clone()));
        lists
    }
}
