//! The kinds of findings that this crate makes, one file each, and their register.
//!
//! To add one: a file with its `KIND` and the functions that make findings of it, and a line in
//! [`REGISTER`]. A test holds codes unique and in order.

use crate::finding::Kind;

pub mod acceptance_expired;
pub mod acceptance_of_nothing;
pub mod acceptance_of_unknown_code;
pub mod acceptance_unmatched;
pub mod alias_conflict;
pub mod any_version;
pub mod assigned_twice;
pub mod bad_key_value;
pub mod bad_value;
pub mod beside_block;
pub mod blank_in_transport;
pub mod broken_version;
pub mod catalogue_note;
pub mod clear_to_secure;
pub mod cluster_security;
pub mod component_line;
pub mod duplicate_key;
pub mod duplicate_object;
pub mod empty_fleet;
pub mod everyone_of_store;
pub mod hidden_value;
pub mod incomplete_credentials;
pub mod invisible_marks;
pub mod link_not_listed;
pub mod missing_key;
pub mod mode_contradiction;
pub mod mutual_unchecked;
pub mod name_not_checked;
pub mod near_component;
pub mod near_option;
pub mod near_option_of_ours;
pub mod no_client_certificate;
pub mod no_common_cipher;
pub mod no_common_version;
pub mod no_effect;
pub mod no_fips_engine;
pub mod no_peer_name;
pub mod no_provider;
pub mod no_revocation;
pub mod no_trusted_ca;
pub mod nobody_asked;
pub mod not_yet;
pub mod own_file;
pub mod pair_trust;
pub mod parameter_without_value;
pub mod pem_file;
pub mod plain_side_elsewhere;
pub mod port_in_clear;
pub mod port_not_listed;
pub mod port_unclear;
pub mod port_without_tls;
pub mod relative_path;
pub mod repeated_parameter;
pub mod same_listener;
pub mod secure_to_clear;
pub mod server_not_checked;
pub mod source_not_said;
pub mod split_block;
pub mod syntax;
pub mod tls_and_upgrade;
pub mod too_much;
pub mod tunnel_engine;
pub mod tunnel_to_itself;
pub mod unknown_application;
pub mod unknown_host;
pub mod unknown_key;
pub mod unknown_option;
pub mod unknown_port;
pub mod unreadable_acceptance;
pub mod unused_by_own_file;
pub mod unused_by_source;
pub mod value_case;
pub mod weak_accepted;
pub mod written_twice;
pub mod wrong_case_option;

/// Every kind of this crate, by code.
pub static REGISTER: &[&Kind] = &[
    &syntax::KIND,
    &unknown_key::KIND,
    &bad_key_value::KIND,
    &missing_key::KIND,
    &duplicate_key::KIND,
    &duplicate_object::KIND,
    &too_much::KIND,
    &pem_file::KIND,
    &wrong_case_option::KIND,
    &near_option::KIND,
    &unknown_option::KIND,
    &bad_value::KIND,
    &value_case::KIND,
    &blank_in_transport::KIND,
    &repeated_parameter::KIND,
    &relative_path::KIND,
    &not_yet::KIND,
    &parameter_without_value::KIND,
    &alias_conflict::KIND,
    &acceptance_expired::KIND,
    &acceptance_unmatched::KIND,
    &unreadable_acceptance::KIND,
    &acceptance_of_unknown_code::KIND,
    &acceptance_of_nothing::KIND,
    &invisible_marks::KIND,
    &empty_fleet::KIND,
    &near_component::KIND,
    &component_line::KIND,
    &written_twice::KIND,
    &assigned_twice::KIND,
    &split_block::KIND,
    &beside_block::KIND,
    &unused_by_source::KIND,
    &unused_by_own_file::KIND,
    &hidden_value::KIND,
    &no_effect::KIND,
    &own_file::KIND,
    &source_not_said::KIND,
    &mode_contradiction::KIND,
    &tls_and_upgrade::KIND,
    &tunnel_engine::KIND,
    &no_fips_engine::KIND,
    &cluster_security::KIND,
    &nobody_asked::KIND,
    &near_option_of_ours::KIND,
    &incomplete_credentials::KIND,
    &no_trusted_ca::KIND,
    &no_provider::KIND,
    &clear_to_secure::KIND,
    &secure_to_clear::KIND,
    &unknown_application::KIND,
    &unknown_port::KIND,
    &unknown_host::KIND,
    &no_common_version::KIND,
    &port_unclear::KIND,
    &no_client_certificate::KIND,
    &server_not_checked::KIND,
    &mutual_unchecked::KIND,
    &no_peer_name::KIND,
    &same_listener::KIND,
    &tunnel_to_itself::KIND,
    &plain_side_elsewhere::KIND,
    &everyone_of_store::KIND,
    &pair_trust::KIND,
    &no_common_cipher::KIND,
    &link_not_listed::KIND,
    &port_not_listed::KIND,
    &catalogue_note::KIND,
    &name_not_checked::KIND,
    &any_version::KIND,
    &broken_version::KIND,
    &no_revocation::KIND,
    &weak_accepted::KIND,
    &port_without_tls::KIND,
    &port_in_clear::KIND,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        for pair in REGISTER.windows(2) {
            assert!(pair[0].code < pair[1].code, "{}", pair[1].title);
        }
    }

    #[test]
    fn every_kind_is_explained() {
        for kind in REGISTER {
            for text in [kind.title, kind.meaning, kind.example, kind.remedy] {
                assert!(!text.is_empty(), "{}", kind.code);
            }
            assert!(
                kind.meaning.ends_with('.') && !kind.remedy.ends_with('.'),
                "{}",
                kind.code
            );
        }
    }
}
