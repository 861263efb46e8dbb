//! Nobody uses the unique identifiers of version 2.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "unique-ids",
    about: "Nobody uses the unique identifiers of version 2.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.8",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    when(certificate.has_unique_ids(), || {
        "the certificate has a unique identifier of its issuer or subject, which must not be used"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::super::super::sample::Odd;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::odd(Odd::UniqueId)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
