//! The revocation lists of an endpoint (`crl`).
//!
//! What is said here is what the own files alone show; whether a list is missing for a CA that is not trusted itself is
//! known only with a peer. Invariant: a list of no use is kept with the others, so that a refusal can say why.

use trustpack_judge::anchors::{TrustAnchors, is_authority};
use trustpack_judge::folded_name;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::{RevocationLists, fault::ListFault, reach, unlisted};
use trustpack_judge::signature::{SignatureError, danger_check_key};
use trustpack_settings::options::OptionId;
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::certificate::Certificate;

use super::{Loader, judges};
use crate::findings::{
    At, ca_without_list, list_ageing, list_not_fresh, list_of_no_use, list_rolled_back,
    list_without_number, list_wrong_signer, no_list,
};

impl<'a> Loader<'a> {
    /// The lists, if the settings name some and this end judges anybody. `given` are the certificates of the own
    /// chain, whose issuers lists may be of.
    pub(super) fn lists(
        &mut self,
        anchors: &TrustAnchors,
        given: &[Certificate],
    ) -> Option<RevocationLists> {
        let setting = &self.settings.crl;
        // What looks at files foretells what the engine of the endpoint does; who starts one goes by all that is set.
        let is_read = !self.advises() || self.endpoint.engine().knows(OptionId::Crl);
        let judges = is_read && judges(self.endpoint);
        let path = setting.value.as_ref().filter(|_| judges)?;
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
        let check = self.policy().crl_check;
        let without = unlisted::find(anchors, given, &lists, check);
        self.all_found(ca_without_list::found(&at, path, &without, (&lists, check)));
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
        match signer(list, anchors, given) {
            Signer::Known | Signer::NotHere => {}
            Signer::Unverifiable(weakness) => {
                self.found(list_of_no_use::unverifiable(at, path, list, &weakness));
                return;
            }
            Signer::Another => {
                self.found(list_wrong_signer::found(at, path, list));
                return;
            }
        }
        let now = self.surroundings.now;
        match reach::freshness(list.head(), now, self.policy().crl_freshness) {
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

/// Who signed a list, as far as that is known before a peer comes.
enum Signer {
    /// A CA that is here.
    Known,
    /// None of its name is here; it may come with a peer.
    NotHere,
    /// Perhaps one that is here: nothing is verified with its key, for this reason.
    Unverifiable(SignatureError),
    /// None of those of its name that are here.
    Another,
}

fn signer(list: &KnownList, anchors: &TrustAnchors, given: &[Certificate]) -> Signer {
    let issuer = &list.head().issuer;
    let mut found = Signer::NotHere;
    for authority in anchors.certificates().chain(given) {
        if !is_authority(authority) || !folded_name::same(authority.subject(), issuer) {
            continue;
        }
        let key = authority.public_key();
        if list.is_signed_by(key) {
            return Signer::Known;
        }
        match (danger_check_key(key.algorithm()), &found) {
            (Err(weakness), _) => found = Signer::Unverifiable(weakness),
            (Ok(()), Signer::Unverifiable(_)) => {}
            (Ok(()), Signer::Known | Signer::NotHere | Signer::Another) => found = Signer::Another,
        }
    }
    found
}
