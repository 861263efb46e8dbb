//! Rules about the kind of a signature.

mod signature_broken;
mod signature_digest;
mod signature_known;
mod signature_parameters;

use super::Rule;
use crate::algorithm::SignatureAlgorithm;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<SignatureAlgorithm>] = &[
    signature_digest::RULE,
    signature_broken::RULE,
    signature_parameters::RULE,
    signature_known::RULE,
];

/// The name of the rule about digests that no longer protect.
pub(super) const DIGEST: &str = signature_digest::RULE.name;
