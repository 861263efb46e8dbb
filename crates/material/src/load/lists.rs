//! The revocation lists of an endpoint (`crl`).
//!
//! What is said here is what the file alone shows; whether a list is missing for a certificate of a peer is known
//! only with that peer. Invariant: a list of no use is kept with the others, so that a refusal can say why.

use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_judge::folded_name;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::reach;
use trustpack_judge::revocation::{RevocationLists, fault::ListFault};
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::certificate::Certificate;

use super::{Loader, judges};
use crate::findings::{
    At, list_ageing, list_not_fresh, list_of_no_use, list_rolled_back, list_without_number,
    list_wrong_signer, no_list,
};
use crate::peer_rules;

impl<'a> Loader<'a> {
    /// The lists, if the settings name some and this end judges anybody. `given` are the certificates of the own
    /// chain, whose issuers lists may be of.
    pub(super) fn lists(
        &mut self,
        anchors: &TrustAnchors,
        given: &[Certificate],
    ) -> Option<RevocationLists> {
        let setting = &self.settings.crl;
        let path = setting.value.as_ref().filter(|_| judges(self.endpoint))?;
        let at = At::new(self.endpoint, "crl", &setting.origin);
        let file = self.shelf.lists(path);
        let lists = match &self.noted(&at, path, &file)?.contents {
            Ok(found) if found.is_empty() => {
                self.found(no_list::empty(&at, path));
                return None;
            }
            Ok(found) => found.taken_in(anchors),
            Err(error) => {
                self.found(no_list::unreadable(&at, path, error));
                return None;
            }
        };
        for list in lists.lists() {
            let newest = lists.of_issuer(&list.head().issuer).first();
            // Of several of one issuer the newest counts; what is wrong with an older one harms nobody.
            if newest.is_some_and(|newest| newest == list) {
                self.judge_list(&at, path, list, anchors, given);
            }
        }
        self.judge_order(&at, path, &lists);
        Some(lists)
    }

    fn judge_list(
        &mut self,
        at: &At<'a>,
        path: &AbsolutePath,
        list: &KnownList,
        anchors: &TrustAnchors,
        given: &[Certificate],
    ) {
        match list.fault() {
            Some(fault @ ListFault::RolledBack { seen, .. }) => {
                self.found(list_rolled_back::seen(at, path, list, (fault, seen)));
                return;
            }
            Some(fault) => {
                self.found(list_of_no_use::found(at, path, list, fault));
                return;
            }
            None => {}
        }
        if is_of_another_key(list, anchors, given) {
            self.found(list_wrong_signer::found(at, path, list));
            return;
        }
        let now = self.surroundings.now;
        let policy = peer_rules::freshness(self.settings.crl_freshness.value);
        match reach::freshness(list.head(), now, policy) {
            Err(fault) => self.found(list_not_fresh::found(at, path, list, &fault)),
            Ok(tolerated) => {
                self.all_found(list_ageing::found(at, path, list, tolerated.as_ref(), now));
            }
        }
        if self.advises() && list.head().number.is_none() {
            self.found(list_without_number::found(at, path, list));
        }
    }

    /// A list that is newer than another of its issuer and has a lower number.
    fn judge_order(&mut self, at: &At<'a>, path: &AbsolutePath, lists: &RevocationLists) {
        for list in lists.lists() {
            let others = lists.of_issuer(&list.head().issuer).iter();
            let older = others.filter(|other| other.head().this_update < list.head().this_update);
            let higher = older
                .filter_map(|other| other.head().number.as_ref())
                .filter(|number| list.head().number.as_ref().is_some_and(|own| own < *number))
                .max();
            if let (Some(seen), Some(number)) = (higher, &list.head().number) {
                let fault = ListFault::RolledBack {
                    number: number.clone(),
                    seen: seen.clone(),
                };
                self.found(list_rolled_back::found(at, path, list, &fault));
            }
        }
    }
}

/// Whether there are CAs of the name of a list's issuer, and none of their keys signed it. Of a CA that is not
/// here nothing is known: it may come with a peer.
fn is_of_another_key(list: &KnownList, anchors: &TrustAnchors, given: &[Certificate]) -> bool {
    let issuer = &list.head().issuer;
    let mut of_name = anchors
        .certificates()
        .chain(given)
        .filter(|certificate| {
            is_authority(certificate) && folded_name::same(certificate.subject(), issuer)
        })
        .peekable();
    of_name.peek().is_some() && !of_name.any(|one| list.is_signed_by(one.public_key()))
}
