//! The names of rules that callers single out, for [`Finding::rule`](super::Finding::rule).
//!
//! Invariant: each is read from the rule itself, so that one which is renamed or gone is noticed when
//! this is compiled.

use super::programs::Inability;
use super::{certificates, extensions, signatures};

/// A digest that no longer protects.
pub const SIGNATURE_DIGEST: &str = signatures::DIGEST;
/// A host name with an underscore.
pub const UNDERSCORE: &str = extensions::UNDERSCORE;
/// A host name with a wildcard.
pub const WILDCARD: &str = extensions::WILDCARD;
/// A wildcard, for programs that match none.
pub const PROGRAM_WILDCARDS: &str = Inability::Wildcards.name();
/// The key identifier of a certificate that seems to have signed itself.
pub const OWN_KEY_ID: &str = certificates::OWN_KEY_ID;
