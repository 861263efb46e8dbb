//! Rules about distinguished names.

mod attribute_length;
mod blanks;
mod characters;
mod composed;
mod country;
mod domain_components;
mod mail_form;
mod misleading;
mod rdn_types;
mod string_octets;
mod string_type;
mod string_type_old;

use der::Tag;

use super::Rule;
use crate::name::{Name, ValueType};

/// Whether a value is of one of these types.
fn is_of(found: ValueType, tags: &[Tag]) -> bool {
    tags.iter().any(|tag| found == *tag)
}

/// What a certificate must not have in any of its names: OpenSSL does not load it.
pub(super) const STRING_OCTETS: Rule<Name> = string_octets::RULE;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<Name>] = &[
    rdn_types::RULE,
    attribute_length::RULE,
    string_type::RULE,
    string_type_old::RULE,
    STRING_OCTETS,
    characters::RULE,
    country::RULE,
    blanks::RULE,
    misleading::RULE,
    composed::RULE,
    domain_components::RULE,
    mail_form::RULE,
];
