//! How many CAs the certificates of a fleet come from.
//!
//! Invariant: a chain counts by the name at its end, whether its root is there or not.

use trustpack_settings::finding::Finding;

use super::{Survey, names};
use crate::findings::several_authorities;

/// That there is more than one.
pub(super) fn finding(survey: &Survey) -> Option<Finding> {
    let identities = survey
        .examined
        .values()
        .filter_map(|examined| examined.identity.as_ref());
    let ends = identities.filter_map(|identity| identity.chain().last());
    let roots = names(ends.map(|certificate| certificate.issuer().to_string()));
    (roots.len() > 1).then(|| several_authorities::found(&roots))
}
