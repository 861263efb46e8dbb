//! What constrains the certificates below stands in those of authorities only.

use super::super::{Rule, Severity};
use crate::certificate::Certificate;
use crate::extension::extension_name;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "extensions-of-authority",
    about: "What constrains the certificates below stands in those of authorities only.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 4.2.1.5, 4.2.1.10, 4.2.1.11 and 4.2.1.14",
    check,
};

const OF_AUTHORITIES: [ObjectIdentifier; 4] = [
    rfc5280::ID_CE_NAME_CONSTRAINTS,
    rfc5280::ID_CE_POLICY_MAPPINGS,
    rfc5280::ID_CE_POLICY_CONSTRAINTS,
    rfc5280::ID_CE_INHIBIT_ANY_POLICY,
];

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    if extensions.authority_if_known() != Some(false) {
        return Vec::new();
    }
    OF_AUTHORITIES
        .iter()
        .filter(|oid| extensions.is_critical(oid).is_some())
        .map(|oid| {
            format!(
                "the extension {} is only for authorities, and this certificate is none",
                extension_name(oid)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let bad = ToBeSigned {
            name_constraints: sample::authority().name_constraints,
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
        assert!(check(&sample::authority_certificate()).is_empty());
    }
}
