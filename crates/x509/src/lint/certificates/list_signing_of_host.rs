//! A key that signs revocation lists is an authority's, but for indirect lists.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use crate::extension::KeyUse;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "list-signing-of-host",
    about: "A key that signs revocation lists is an authority's, but for indirect lists.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.3",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let signs = extensions
        .key_usage
        .is_some_and(|usage| usage.allows(KeyUse::CrlSign));
    when(
        signs && extensions.authority_if_known() == Some(false),
        || "the key may sign revocation lists, but is not an authority's".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut bad = sample::host();
        bad.key_usage = [KeyUse::CrlSign].into_iter().collect();
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
        assert!(check(&sample::authority_certificate()).is_empty());
    }
}
