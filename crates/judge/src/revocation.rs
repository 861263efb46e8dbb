//! Revocation lists as the judge uses them: read, verified and indexed once, asked any number of
//! times.
//!
//! [`RevocationLists`] is made of everything a site gives, and shared by all who ask. A list whose
//! issuer is trusted is verified when it is taken in. One whose issuer is only known from the chain
//! of a peer is verified when that issuer was found good, and that is remembered with the list.
//!
//! Pure but for that memory. Invariant: whether a certificate is refused does not depend on who asked
//! before.
//!
//! Source: RFC 5280 section 6.3.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use trustpack_x509::crl::RevocationList;
use trustpack_x509::name::Name;

use self::list::KnownList;
use self::seen::SeenNumbers;
use crate::anchors::TrustAnchors;
use crate::folded_name::FoldedName;

pub mod fault;
pub mod index;
pub mod list;
pub mod outcome;
pub mod reach;
pub mod seen;
pub mod signer;
pub(crate) mod step;
pub mod unlisted;

/// All lists that a site gives, by issuer. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct RevocationLists {
    /// The newest of an issuer first.
    by_issuer: BTreeMap<FoldedName, Vec<Arc<KnownList>>>,
    earlier: SeenNumbers,
}

/// Equal lists answer alike; which numbers were seen before shows in the lists that were refused for them.
impl PartialEq for RevocationLists {
    fn eq(&self, other: &Self) -> bool {
        self.by_issuer == other.by_issuer
    }
}

impl Eq for RevocationLists {}

impl RevocationLists {
    /// Takes in lists, in any order, and verifies those of `anchors`.
    ///
    /// `earlier` has the numbers that were seen before: a list with a lower one is refused where it
    /// would be used. A list that is of no use is kept, so that the refusal can say why.
    #[must_use]
    pub fn new(
        lists: impl IntoIterator<Item = RevocationList>,
        anchors: &TrustAnchors,
        earlier: SeenNumbers,
    ) -> Self {
        let lists = lists
            .into_iter()
            .map(|list| Arc::new(KnownList::after(list, &earlier)))
            .collect::<Vec<_>>();
        Self::of_known(lists, anchors, earlier)
    }

    /// The same of lists that others use too: there is one copy of each.
    #[must_use]
    pub fn of_known(
        lists: impl IntoIterator<Item = Arc<KnownList>>,
        anchors: &TrustAnchors,
        earlier: SeenNumbers,
    ) -> Self {
        let mut by_issuer: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for list in lists {
            let trusted = anchors.with_subject(&list.head().issuer).iter();
            // Finding the key is enough: it is remembered.
            let _known = trusted
                .map(|anchor| anchor.public_key())
                .any(|key| list.is_signed_by(key));
            let of_issuer: &mut Vec<Arc<KnownList>> = by_issuer
                .entry(FoldedName::new(&list.head().issuer))
                .or_default();
            if !of_issuer.contains(&list) {
                of_issuer.push(list);
            }
        }
        for lists in by_issuer.values_mut() {
            lists.sort_by_key(|list| {
                let head = list.head();
                Reverse((head.this_update, head.number.clone()))
            });
        }
        Self { by_issuer, earlier }
    }

    /// Whether there is no list at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_issuer.is_empty()
    }

    /// All lists, ordered by issuer, the newest of each first.
    pub fn lists(&self) -> impl Iterator<Item = &Arc<KnownList>> {
        self.by_issuer.values().flatten()
    }

    /// The lists of an issuer, the newest first.
    pub fn of_issuer(&self, issuer: &Name) -> &[Arc<KnownList>] {
        self.by_issuer
            .get(&FoldedName::new(issuer))
            .map_or(&[], Vec::as_slice)
    }

    /// The highest numbers seen, of these lists as far as they were verified and of earlier ones: what
    /// the next [`Self::new`] is given.
    #[must_use]
    pub fn numbers(&self) -> SeenNumbers {
        let mut numbers = self.earlier.clone();
        self.lists()
            .filter(|list| list.is_verified())
            .for_each(|list| numbers.note(list.head()));
        numbers
    }
}
