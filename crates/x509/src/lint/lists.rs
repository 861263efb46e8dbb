//! Rules about revocation lists.

mod list_entries;
mod list_entry_later;
mod list_issuer_named;
mod list_key_id;
mod list_marks;
mod list_next;
mod list_not_empty;
mod list_number;
mod list_unknown_critical;
mod list_version;

use super::Rule;
use crate::crl::RevocationList;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<RevocationList>] = &[
    list_version::RULE,
    list_number::RULE,
    list_key_id::RULE,
    list_next::RULE,
    list_issuer_named::RULE,
    list_marks::RULE,
    list_unknown_critical::RULE,
    list_not_empty::RULE,
    list_entries::RULE,
    list_entry_later::RULE,
];
