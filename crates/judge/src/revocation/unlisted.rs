//! The trusted CAs about whose certificates no list says anything, before any peer has come.
//!
//! Not whether a list that is there is of use: that is told of the list itself. Invariant: whoever shows a certificate
//! that one of these issued itself is refused by the step "revocation", unless that very certificate is trusted.

use std::collections::{BTreeMap, BTreeSet};

use trustpack_x509::certificate::Certificate;

use super::RevocationLists;
use crate::anchors::{TrustAnchors, is_authority};
use crate::folded_name::FoldedName;
use crate::question::CrlCheck;
use crate::signature::danger_check_key;

/// The CAs among `anchors` of whose name there is no list, each name once, in the order of the names.
///
/// One is passed over when it issued another CA for which there is a list and whose hosts are let in without asking
/// about it: one that is trusted too, or, where the certificate of the peer alone is checked, one of the CAs `known`,
/// which come with peers. So is one with whose key nothing is verified: whoever shows a certificate of it is refused for that, and
/// a list of it would be of no use.
#[must_use]
pub fn find<'a>(
    anchors: &'a TrustAnchors,
    known: &[Certificate],
    lists: &RevocationLists,
    check: CrlCheck,
) -> Vec<&'a Certificate> {
    let come = match check {
        CrlCheck::Leaf => known,
        CrlCheck::Chain => &[],
    };
    let mut issuers: BTreeMap<FoldedName, Vec<FoldedName>> = BTreeMap::new();
    let authorities = anchors.certificates().chain(come);
    for authority in authorities.filter(|one| is_authority(one)) {
        let subject = FoldedName::new(authority.subject());
        let issuer = FoldedName::new(authority.issuer());
        issuers.entry(subject).or_default().push(issuer);
    }
    let mut open: Vec<FoldedName> = lists.by_issuer.keys().cloned().collect();
    let mut passed = BTreeSet::new();
    while let Some(name) = open.pop() {
        let above = issuers.get(&name).into_iter().flatten();
        open.extend(above.filter(|issuer| !passed.contains(*issuer)).cloned());
        passed.insert(name);
    }
    let authorities = anchors.certificates().filter(|one| is_authority(one));
    authorities
        .filter(|authority| danger_check_key(authority.public_key().algorithm()).is_ok())
        .filter(|authority| passed.insert(FoldedName::new(authority.subject())))
        .collect()
}
