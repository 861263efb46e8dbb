//! Rules about public keys.

mod key_octets;
mod key_strength;
mod point_compressed;
mod rsa_exponent;
mod rsa_numbers;

use super::Rule;
use crate::public_key::PublicKey;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<PublicKey>] = &[
    key_strength::RULE,
    rsa_numbers::RULE,
    rsa_exponent::RULE,
    key_octets::RULE,
    point_compressed::RULE,
];

/// What is wrong with the exponent of a key, whoever asks.
pub(super) fn exponent_trouble(key: &PublicKey) -> Vec<String> {
    (rsa_exponent::RULE.check)(key)
}
