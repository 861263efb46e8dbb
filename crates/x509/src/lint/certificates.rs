//! Rules about a certificate as a whole.

mod authority_key_id;
mod authority_key_use;
mod common_name_unchecked;
mod extensions_of_authority;
mod issuer_named;
mod key_usage_fits_key;
mod list_signing_of_host;
mod own_key_id;
mod path_length_of_authority;
mod purposes_fit_key_usage;
mod purposes_of_host;
mod serial_number;
mod server_names;
mod subject_alt_name_critical;
mod subject_alt_name_not_critical;
mod subject_key_id_method;
mod subject_key_id_of_authority;
mod subject_key_id_of_host;
mod subject_mail;
mod subject_named;
mod time_form;
mod unique_ids;
mod validity_order;
mod version;

use super::Rule;
use crate::certificate::Certificate;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<Certificate>] = &[
    version::RULE,
    serial_number::RULE,
    time_form::RULE,
    validity_order::RULE,
    unique_ids::RULE,
    issuer_named::RULE,
    subject_named::RULE,
    subject_alt_name_critical::RULE,
    subject_alt_name_not_critical::RULE,
    subject_mail::RULE,
    server_names::RULE,
    path_length_of_authority::RULE,
    authority_key_use::RULE,
    list_signing_of_host::RULE,
    extensions_of_authority::RULE,
    key_usage_fits_key::RULE,
    purposes_fit_key_usage::RULE,
    purposes_of_host::RULE,
    authority_key_id::RULE,
    own_key_id::RULE,
    subject_key_id_of_authority::RULE,
    subject_key_id_of_host::RULE,
    subject_key_id_method::RULE,
    common_name_unchecked::RULE,
];

/// The name of the rule about subject and issuer with one name and two keys.
pub(super) const OWN_KEY_ID: &str = own_key_id::RULE.name;
