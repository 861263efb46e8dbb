//! Rules about extensions, whoever has them.

mod any_policy_mapped;
mod any_policy_qualifiers;
mod any_purpose_critical;
mod authority_key_id_pair;
mod basic_constraints_critical;
mod constraint_form;
mod critical_advised;
mod critical_forbidden;
mod critical_mark;
mod critical_missing;
mod critical_unusual;
mod distribution_point_fetched;
mod distribution_point_named;
mod key_usage_bits;
mod key_usage_without_agreement;
mod names_compared;
mod names_form;
mod names_once;
mod names_qualified;
mod notice_characters;
mod notice_encoding;
mod notice_normalized;
mod notice_reference;
mod policies_once;
mod policy_constraints_empty;
mod policy_qualifiers;
mod precertificate;
mod purposes_named;
mod readable;
mod time_stamping_alone;
mod underscore;
mod unknown_critical;
mod wildcard;

use const_oid::ObjectIdentifier;

use super::Rule;
use crate::extension::Extensions;
use crate::extension::policies::{NoticeText, PolicyQualifier};

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<Extensions>] = &[
    key_usage_bits::RULE,
    key_usage_without_agreement::RULE,
    purposes_named::RULE,
    any_purpose_critical::RULE,
    time_stamping_alone::RULE,
    authority_key_id_pair::RULE,
    names_form::RULE,
    names_compared::RULE,
    names_once::RULE,
    underscore::RULE,
    names_qualified::RULE,
    wildcard::RULE,
    constraint_form::RULE,
    policies_once::RULE,
    any_policy_qualifiers::RULE,
    any_policy_mapped::RULE,
    policy_constraints_empty::RULE,
    notice_encoding::RULE,
    notice_characters::RULE,
    notice_normalized::RULE,
    notice_reference::RULE,
    policy_qualifiers::RULE,
    distribution_point_named::RULE,
    distribution_point_fetched::RULE,
    precertificate::RULE,
    readable::RULE,
    unknown_critical::RULE,
];

/// Those about what is marked critical: a request does not decide that.
pub(super) const MARKS: &[Rule<Extensions>] = &[
    basic_constraints_critical::RULE,
    critical_missing::RULE,
    critical_forbidden::RULE,
    critical_advised::RULE,
    critical_unusual::RULE,
];

/// The name of the rule about names with underscores.
pub(super) const UNDERSCORE: &str = underscore::RULE.name;
/// The name of the rule about names with wildcards.
pub(super) const WILDCARD: &str = wildcard::RULE.name;

/// The mark of a precertificate, RFC 6962 section 3.1.
const POISON: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.3");
/// Timestamps of logs, RFC 6962 section 3.3.
const TIMESTAMPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2");
/// RFC 8551 section 2.5.2.
const SMIME_CAPABILITIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15");
/// RFC 6960 section 4.2.2.2.1.
const OCSP_NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");

/// What stands in a list more than once, each once.
pub(super) fn repeated<T: Ord>(items: &[T]) -> impl Iterator<Item = &T> {
    let mut sorted: Vec<&T> = items.iter().collect();
    sorted.sort_unstable();
    let mut found: Vec<&T> = sorted
        .windows(2)
        .filter_map(|pair| match pair {
            [one, next] if one == next => Some(*one),
            _ => None,
        })
        .collect();
    found.dedup();
    found.into_iter()
}

/// The texts of notices.
fn notices(extensions: &Extensions) -> impl Iterator<Item = &NoticeText> {
    let policies = extensions.certificate_policies.iter().flatten();
    policies
        .flat_map(|policy| &policy.qualifiers)
        .filter_map(|qualifier| match qualifier {
            PolicyQualifier::Notice { text, .. } => text.as_ref(),
            PolicyQualifier::Statement(_) | PolicyQualifier::Other(_) => None,
        })
}
