//! The kinds of findings about CA directories, TP6000 to TP6999: one file each.
//!
//! To add one: a file with a `KIND` and a `check`, and a line in both lists here; one that looks at lines or
//! names has `of_line` or `of_name` instead, one that only a repair can tell another name.

pub mod authority_ends_soon;
pub mod authority_expired;
pub mod copy_differs;
pub mod copy_missing;
pub mod copy_unverified;
pub mod crl_number_behind;
pub mod crl_number_wrong;
pub mod crl_urls_unreadable;
pub mod ended_as_valid;
pub mod file_of_host_unreadable;
pub mod key_mismatch;
pub mod key_not_checked;
pub mod key_unreadable;
pub mod last_break_missing;
pub mod ledger_unreadable;
pub mod list_behind;
pub mod list_missing;
pub mod list_unreadable;
pub mod not_in_ledger;
pub mod permissions;
pub mod revocations_unknown;
pub mod revoked_on_list;
pub mod serial_file_wrong;
pub mod serial_twice;
pub mod serial_went_back;
pub mod subject_twice;
pub mod trust_store_differs;
pub mod trust_store_with_key;
pub mod unfinished_file;

use trustpack_settings::finding::Kind;

use crate::check::Inspected;
use crate::check::found::Found;

/// All kinds, by code; the reference pages come from it.
pub static REGISTER: &[&Kind] = &[
    &key_unreadable::KIND,
    &key_mismatch::KIND,
    &key_not_checked::KIND,
    &trust_store_with_key::KIND,
    &trust_store_differs::KIND,
    &authority_expired::KIND,
    &authority_ends_soon::KIND,
    &permissions::KIND,
    &ledger_unreadable::KIND,
    &serial_twice::KIND,
    &serial_file_wrong::KIND,
    &serial_went_back::KIND,
    &copy_missing::KIND,
    &copy_differs::KIND,
    &not_in_ledger::KIND,
    &crl_number_wrong::KIND,
    &last_break_missing::KIND,
    &revoked_on_list::KIND,
    &crl_number_behind::KIND,
    &ended_as_valid::KIND,
    &subject_twice::KIND,
    &list_missing::KIND,
    &revocations_unknown::KIND,
    &file_of_host_unreadable::KIND,
    &list_unreadable::KIND,
    &list_behind::KIND,
    &unfinished_file::KIND,
    &crl_urls_unreadable::KIND,
    &copy_unverified::KIND,
];

/// The checks of one thing. Those of each line of the ledger, and of each name in the repository, are called
/// where these are read.
pub(crate) const CHECKS: &[fn(&Inspected<'_>, &mut Found)] = &[
    key_unreadable::check,
    key_mismatch::check,
    key_not_checked::check,
    trust_store_with_key::check,
    trust_store_differs::check,
    authority_expired::check,
    authority_ends_soon::check,
    permissions::check,
    serial_twice::check,
    serial_file_wrong::check,
    serial_went_back::check,
    crl_number_wrong::check,
    last_break_missing::check,
    revoked_on_list::check,
    crl_number_behind::check,
    list_missing::check,
    list_unreadable::check,
    list_behind::check,
    ended_as_valid::check,
    subject_twice::check,
    crl_urls_unreadable::check,
    unfinished_file::check,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_in_their_range() {
        let codes: Vec<String> = REGISTER.iter().map(|kind| kind.code.to_string()).collect();
        assert!(codes.is_sorted() && codes.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(codes.iter().all(|code| code.starts_with("TP6")));
    }

    #[test]
    fn every_kind_is_described() {
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
