//! A key is allowed only what a key of its kind can do.

use super::super::{Rule, Severity};
use crate::certificate::Certificate;
use crate::extension::KeyUse;
use crate::public_key::PublicKeyAlgorithm;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "key-usage-fits-key",
    about: "A key is allowed only what a key of its kind can do.",
    severity: Severity::Error,
    clause: "RFC 3279 section 2.3.1; RFC 8813 section 3; RFC 8410 section 5",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let Some(usage) = certificate.extensions().key_usage else {
        return Vec::new();
    };
    let impossible: &[KeyUse] = match certificate.public_key().algorithm() {
        PublicKeyAlgorithm::Rsa { .. } => &[
            KeyUse::KeyAgreement,
            KeyUse::EncipherOnly,
            KeyUse::DecipherOnly,
        ],
        PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::EcP384 | PublicKeyAlgorithm::EcP521 => {
            &[KeyUse::KeyEncipherment, KeyUse::DataEncipherment]
        }
        PublicKeyAlgorithm::Ed25519 => &[
            KeyUse::KeyEncipherment,
            KeyUse::DataEncipherment,
            KeyUse::KeyAgreement,
            KeyUse::EncipherOnly,
            KeyUse::DecipherOnly,
        ],
        PublicKeyAlgorithm::Other(_) => &[],
    };
    let found = impossible.iter().filter(|one| usage.allows(**one));
    found
        .map(|one| {
            format!(
                "the key usage has {one}, which a key of the kind {} cannot do",
                certificate.public_key().algorithm()
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut bad = sample::host();
        bad.key_usage = [KeyUse::KeyEncipherment].into_iter().collect();
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
