//! The step "revocation": which list speaks about each certificate of a path, and what it says.
//!
//! A list counts if it is about the certificate, fresh enough, and signed by the key that issued the
//! certificate or, where there is no such list, by another key that is certified for the issuer's
//! name. Of several the newest counts.
//!
//! The key that issued the certificate is held to strength with the rest of the path, every other key
//! here. Invariant: a certificate passes only if a list that counts was found and does not name it.
//!
//! Source: RFC 5280 section 6.3.3, without delta and indirect lists and parts of reasons.

use std::collections::BTreeMap;
use std::sync::Arc;

use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::extension::KeyUse;

use super::RevocationLists;
use super::fault::ListFault;
use super::list::KnownList;
use super::outcome::{ListNote, ListUsed, RevocationOutcome};
use super::{reach, signer};
use crate::anchors::is_authority;
use crate::folded_name::{self, FoldedName};
use crate::limits::Budget;
use crate::member::Member;
use crate::question::{CrlCheck, Question, RevocationCheck};
use crate::reason::{Reason, WorkLimit};
use crate::strength::{self, Strength};

/// What lists say about the certificates of a path that ends in an anchor, leaf first; nothing if no
/// lists are asked.
///
/// # Errors
///
/// [`WorkLimit`] if more signatures would have to be verified than are allowed.
pub(crate) fn judge(
    path: &[Member],
    question: &Question<'_>,
    sent: &BTreeMap<FoldedName, Vec<&Certificate>>,
    budget: &mut Budget,
) -> Result<Vec<RevocationOutcome>, WorkLimit> {
    let RevocationCheck::Lists(lists) = question.revocation else {
        return Ok(Vec::new());
    };
    let checked = match question.policy.crl_check {
        CrlCheck::Leaf => 1,
        CrlCheck::Chain => path.len(),
    };
    let mut outcomes = Vec::new();
    let mut at = path;
    while let [certificate, above @ ..] = at
        && let [issuer, ..] = above
        && outcomes.len() < checked
    {
        let mut search = Search {
            lists,
            question,
            sent,
            certificate,
            above,
            budget,
        };
        let result = search.run(issuer)?;
        outcomes.push(RevocationOutcome {
            certificate: certificate.clone(),
            result,
        });
        at = above;
    }
    Ok(outcomes)
}

/// The search for a list that counts for one certificate.
struct Search<'s, 'q> {
    lists: &'q RevocationLists,
    question: &'s Question<'q>,
    sent: &'s BTreeMap<FoldedName, Vec<&'q Certificate>>,
    certificate: &'s Member,
    /// The rest of the path: its issuer first, the anchor last.
    above: &'s [Member],
    budget: &'s mut Budget,
}

/// Who signed a list.
#[derive(Clone, Copy)]
enum Signer<'a> {
    /// The key that issued the certificate.
    Issuer,
    /// Another key of the same name, with this certificate.
    Other(&'a Certificate),
}

impl<'q> Search<'_, 'q> {
    fn run(&mut self, issuer: &Member) -> Result<Result<ListUsed, Reason>, WorkLimit> {
        let lists = self.lists;
        let given = lists.of_issuer(self.certificate.certificate.issuer());
        let mut furthest: Option<(&Arc<KnownList>, ListFault)> = None;
        let mut note = |list, fault: ListFault| {
            let further = |(_, other): &(_, ListFault)| other.progress() < fault.progress();
            if furthest.as_ref().is_none_or(further) {
                furthest = Some((list, fault));
            }
        };
        let mut of_others = Vec::new();
        for list in given {
            if let Some(fault) = list.fault() {
                note(list, fault.clone());
            } else if !self.is_signed_by(list, &issuer.certificate)? {
                of_others.push(list);
            } else if let Err(fault) = signer::check_usage(&issuer.certificate) {
                note(list, fault);
                of_others.push(list);
            } else {
                match self.ask(list, Signer::Issuer) {
                    Ok(answer) => return Ok(answer),
                    Err(fault) => note(list, fault),
                }
            }
        }
        for list in of_others {
            let signer = self.other_signer(list)?;
            match signer.and_then(|signer| self.ask(list, Signer::Other(signer))) {
                Ok(answer) => return Ok(answer),
                Err(fault) => note(list, fault),
            }
        }
        let certificate = self.certificate.clone();
        Ok(Err(match furthest {
            None => Reason::ListMissing { certificate },
            Some((list, fault)) => Reason::ListNotUsed {
                certificate,
                list: Arc::clone(list),
                fault: Box::new(fault),
            },
        }))
    }

    /// What a list that was signed by the right key says about the certificate.
    fn ask(
        &self,
        list: &Arc<KnownList>,
        signer: Signer<'_>,
    ) -> Result<Result<ListUsed, Reason>, ListFault> {
        let head = list.head();
        reach::covers(head, &self.certificate.certificate)?;
        let policy = self.question.policy;
        let stale = reach::freshness(head, self.question.now, policy.crl_freshness)?;
        let mut notes = Vec::new();
        if head.number.is_none() {
            notes.push(ListNote::NoNumber);
        }
        notes.extend(stale.map(ListNote::NotFresh));
        if let Signer::Other(signer) = signer {
            notes.push(ListNote::OtherSigner {
                serial: signer.serial().clone(),
            });
        }
        let list = Arc::clone(list);
        let listed = list.find(self.certificate.certificate.serial());
        Ok(match listed {
            // RFC 5280 section 6.3.3 (k): not on the list any longer.
            Some(listed) if listed.reason != Some(RevocationReason::RemoveFromCrl) => {
                Err(Reason::Revoked {
                    certificate: self.certificate.clone(),
                    listed,
                    list,
                })
            }
            Some(_) | None => Ok(ListUsed { list, notes }),
        })
    }

    /// Another certificate for the issuer's name whose key signed the list and may do so; else why the
    /// list does not count.
    fn other_signer(
        &mut self,
        list: &KnownList,
    ) -> Result<Result<&'q Certificate, ListFault>, WorkLimit> {
        let question = self.question;
        let mut refusal = ListFault::SignerUnknown;
        let name = self.certificate.certificate.issuer();
        for anchor in question.anchors.with_subject(name) {
            let valid = anchor.validity().contains(question.now);
            if is_authority(anchor) && valid && self.is_signed_by(list, anchor)? {
                match signer::check(anchor, self.strength()) {
                    Ok(()) => return Ok(Ok(anchor)),
                    Err(fault) => refusal = fault,
                }
            }
        }
        let sent = self.sent;
        let of_name = sent.get(&FoldedName::new(name));
        for &signer in of_name.into_iter().flatten() {
            // Who is not trusted needs the word itself, not only the absence of a ban.
            let usage = signer.extensions().key_usage;
            let allowed = usage.is_some_and(|usage| usage.allows(KeyUse::CrlSign));
            if allowed && self.is_signed_by(list, signer)? && self.is_certified(signer)? {
                match signer::check(signer, self.strength()) {
                    Ok(()) => return Ok(Ok(signer)),
                    Err(fault) => refusal = fault,
                }
            }
        }
        Ok(Err(refusal))
    }

    /// Whether a certificate that was sent is good: valid now, issued by a CA of this path or by a
    /// trusted one, and not known to be revoked.
    fn is_certified(&mut self, signer: &Certificate) -> Result<bool, WorkLimit> {
        if self
            .above
            .iter()
            .any(|member| member.certificate == *signer)
        {
            return Ok(true);
        }
        let question = self.question;
        let known = signer.extensions().unknown_critical.is_empty();
        if !known || !signer.validity().contains(question.now) {
            return Ok(false);
        }
        let of_path = self.above.iter().map(|member| &member.certificate);
        let of_path = of_path.filter(|issuer| folded_name::same(issuer.subject(), signer.issuer()));
        let anchors = question.anchors.with_subject(signer.issuer());
        let anchors = anchors
            .iter()
            .filter(|anchor| is_authority(anchor) && may_sign_certificates(anchor));
        for issuer in of_path.chain(anchors) {
            self.budget.spend_issuer()?;
            let link = strength::verify(signer, issuer.public_key(), self.strength());
            if link.is_ok() && !self.is_known_revoked(signer, issuer)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether some list of the issuer names the certificate.
    fn is_known_revoked(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<bool, WorkLimit> {
        let lists = self.lists;
        for list in lists.of_issuer(certificate.issuer()) {
            if list.find(certificate.serial()).is_some() && self.is_signed_by(list, issuer)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn strength(&self) -> Strength {
        self.question.policy.strength(self.question.now)
    }

    /// Whether the key of a certificate signed the list; verifying it is paid for.
    fn is_signed_by(
        &mut self,
        list: &KnownList,
        certificate: &Certificate,
    ) -> Result<bool, WorkLimit> {
        let key = certificate.public_key();
        if list.is_new(key) {
            self.budget.spend_issuer()?;
        }
        Ok(list.is_signed_by(key))
    }
}

fn may_sign_certificates(certificate: &Certificate) -> bool {
    let usage = certificate.extensions().key_usage;
    usage.is_none_or(|usage| usage.allows(KeyUse::KeyCertSign))
}
