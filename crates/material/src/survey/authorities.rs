//! How many CAs the certificates of a fleet come from.
//!
//! Invariant: a chain counts by the name at its end, whether its root is there or not. Where a file lacks the
//! rest of its chain, the certificates of the other hosts say where it leads.

use std::collections::{BTreeMap, BTreeSet};

use trustpack_judge::anchors::TrustAnchors;
use trustpack_settings::finding::Finding;

use super::{Survey, names};
use crate::findings::several_authorities;
use crate::load::Examined;

/// That there is more than one.
pub(super) fn finding(survey: &Survey) -> Option<Finding> {
    let issuers = Issuers::new(survey);
    let examined = survey.examined.values();
    let owns = examined.filter_map(|examined| examined.own_chain().first());
    let roots = names(owns.map(|certificate| issuers.top(certificate.issuer().to_string())));
    (roots.len() > 1).then(|| several_authorities::found(&roots))
}

/// Who issued whom, as far as the files of the fleet tell.
struct Issuers(BTreeMap<String, String>);

impl Issuers {
    fn new(survey: &Survey) -> Self {
        let mut above = BTreeMap::new();
        let mut roots = BTreeSet::new();
        let chains = survey.examined.values().flat_map(Examined::own_chain);
        let trusted = survey.trusted.iter().flat_map(TrustAnchors::certificates);
        for certificate in chains.chain(trusted) {
            let subject = certificate.subject().to_string();
            let issuer = certificate.issuer().to_string();
            if subject == issuer {
                roots.insert(subject);
            } else {
                above.insert(subject, issuer);
            }
        }
        // One that others have crossed is a root all the same.
        above.retain(|subject, _| !roots.contains(subject));
        Self(above)
    }

    /// The name above which nothing is known.
    fn top(&self, name: String) -> String {
        let mut seen = BTreeSet::new();
        let mut top = name;
        while let Some(issuer) = self.0.get(&top) {
            // Two that vouch for each other.
            if !seen.insert(std::mem::replace(&mut top, issuer.clone())) {
                break;
            }
        }
        top
    }
}
