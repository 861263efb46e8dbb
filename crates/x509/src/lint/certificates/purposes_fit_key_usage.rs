//! What a certificate is for is possible with what its key may do.

use super::super::{Rule, Severity};
use crate::certificate::Certificate;
use crate::extension::{KeyUse, Purpose};
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "purposes-fit-key-usage",
    about: "What a certificate is for is possible with what its key may do.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.12",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let (Some(purposes), Some(usage)) = (&extensions.extended_key_usage, extensions.key_usage)
    else {
        return Vec::new();
    };
    let unknown = extensions.is_unreadable(&rfc5280::ID_CE_KEY_USAGE);
    if unknown || extensions.authority_if_known() != Some(false) {
        return Vec::new();
    }
    purposes
        .iter()
        .filter_map(|purpose| {
            let wanted = wanted(purpose)?;
            let possible = wanted.iter().any(|one| usage.allows(*one));
            let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            (!possible).then(|| {
                let wanted = wanted.join(" or ");
                format!("the certificate is for {purpose}, but its key usage lacks {wanted}")
            })
        })
        .collect()
}

fn wanted(purpose: &Purpose) -> Option<&'static [KeyUse]> {
    match purpose {
        Purpose::ServerAuth => Some(&[
            KeyUse::DigitalSignature,
            KeyUse::KeyEncipherment,
            KeyUse::KeyAgreement,
        ]),
        Purpose::ClientAuth => Some(&[KeyUse::DigitalSignature, KeyUse::KeyAgreement]),
        Purpose::EmailProtection => Some(&[
            KeyUse::DigitalSignature,
            KeyUse::NonRepudiation,
            KeyUse::KeyEncipherment,
            KeyUse::KeyAgreement,
        ]),
        Purpose::OcspSigning => Some(&[KeyUse::DigitalSignature, KeyUse::NonRepudiation]),
        Purpose::Any | Purpose::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let mut bad = sample::host();
        bad.key_usage = [KeyUse::KeyEncipherment].into_iter().collect();
        assert_eq!(check(&sample::read(&bad)).len(), 1, "a client must sign");
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
