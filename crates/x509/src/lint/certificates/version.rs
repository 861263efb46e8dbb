//! A certificate is of version 3, since key identifiers and constraints are extensions.

use super::super::{Rule, Severity, when};
use crate::certificate::{Certificate, Version};

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "version",
    about: "A certificate is of version 3, since key identifiers and constraints are extensions.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 4.1.2.1 and 4.2",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    when(certificate.version() != Version::V3, || {
        format!(
            "the version is {:?}; only V3 has the extensions that a certificate needs",
            certificate.version()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::super::super::sample::Odd;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::odd(Odd::Version1)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
