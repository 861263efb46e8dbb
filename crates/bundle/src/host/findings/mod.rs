//! The kinds of findings about what is installed on a host, TP7000 to TP7999: one file each.
//!
//! To add one: a file with a `KIND`, and a line in both lists here; [`check`](crate::host::check) finds it.

pub mod ends_soon;
pub mod exchangeable;
pub mod key_mismatch;
pub mod key_missing;
pub mod key_open;
pub mod leads_nowhere;
pub mod next_refused;
pub mod not_in_validity;
pub mod not_readable;
pub mod not_understood;
pub mod nothing_trusted;

use trustpack_settings::finding::Kind;

/// All kinds, by code; the reference pages come from it.
pub static REGISTER: &[&Kind] = &[
    &not_readable::KIND,
    &key_open::KIND,
    &exchangeable::KIND,
    &key_mismatch::KIND,
    &not_in_validity::KIND,
    &ends_soon::KIND,
    &nothing_trusted::KIND,
    &not_understood::KIND,
    &leads_nowhere::KIND,
    &key_missing::KIND,
    &next_refused::KIND,
];
