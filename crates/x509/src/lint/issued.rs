//! Rules of our own about certificates that we are about to sign, beyond those for all.

mod authority_signs_lists;
mod host_key_use;
mod key_identifiers;
mod usual_exponent;

use super::Rule;
use crate::tbs::ToBeSigned;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<ToBeSigned>] = &[
    host_key_use::RULE,
    key_identifiers::RULE,
    authority_signs_lists::RULE,
    usual_exponent::RULE,
];
