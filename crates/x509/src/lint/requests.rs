//! Rules about certification requests.

mod request_extensions;
mod request_secret;

use super::Rule;
use crate::request::CertificationRequest;

/// In the order in which they are reported.
pub(super) const RULES: &[Rule<CertificationRequest>] =
    &[request_extensions::RULE, request_secret::RULE];
