//! Primary and backup: whether their files trust the same CAs.
//!
//! Invariant: ports are compared by their IDs, as the settings do.

use trustpack_judge::anchors::TrustAnchors;
use trustpack_settings::finding::Finding;
use trustpack_settings::fleet::Fleet;
use trustpack_settings::place::Place;

use super::{Survey, names};
use crate::findings::pair_trusts_others;

/// The pairs that trust different CAs.
pub(super) fn findings(fleet: &Fleet, survey: &Survey) -> Vec<Finding> {
    let mut found = Vec::new();
    for primary in &fleet.applications {
        let Some(backup) = &primary.backup else {
            continue;
        };
        for port in &primary.ports {
            let place = |application| Place::Port {
                application,
                port: port.id.clone(),
            };
            let (here, there) = (
                place(backup.value.clone()),
                place(primary.name.value.clone()),
            );
            if let (Some(own), Some(other)) = (survey.examined(&here), survey.examined(&there)) {
                let (own, other) = (&own.anchors, &other.anchors);
                let (only_here, only_there) = (only_in(own, other), only_in(other, own));
                // Without any, the one or the other has a finding of its own.
                let comparable = !own.is_empty() && !other.is_empty();
                if comparable && !(only_here.is_empty() && only_there.is_empty()) {
                    let finding = pair_trusts_others::found(&here, &there, &only_here, &only_there);
                    found.push(finding);
                }
            }
        }
    }
    found
}

fn only_in(these: &TrustAnchors, others: &TrustAnchors) -> Vec<String> {
    let only = these.certificates().filter(|one| !others.contains(one));
    names(only.map(|certificate| certificate.subject().to_string()))
}
