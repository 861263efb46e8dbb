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

use super::Rule;
use crate::name::Name;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<Name>] = &[
    rdn_types::RULE,
    attribute_length::RULE,
    string_type::RULE,
    string_type_old::RULE,
    string_octets::RULE,
    characters::RULE,
    country::RULE,
    blanks::RULE,
    misleading::RULE,
    composed::RULE,
    domain_components::RULE,
    mail_form::RULE,
];
