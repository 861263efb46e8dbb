//! Exactly the keys of authorities sign certificates.

use super::super::{Rule, Severity};
use crate::certificate::Certificate;
use crate::extension::KeyUse;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "authority-key-use",
    about: "Exactly the keys of authorities sign certificates.",
    severity: Severity::Error,
    clause: "RFC 5280 sections 4.2.1.3 and 4.2.1.9",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let signs = extensions
        .key_usage
        .map(|usage| usage.allows(KeyUse::KeyCertSign));
    let Some(is_authority) = extensions.authority_if_known() else {
        return Vec::new();
    };
    if extensions.is_unreadable(&rfc5280::ID_CE_KEY_USAGE) {
        return Vec::new();
    }
    let message = match (is_authority, signs) {
        (true, None) => "the certificate of an authority has no key usage",
        (true, Some(false)) => "the key of an authority must be allowed keyCertSign",
        (false, Some(true)) => "only the key of an authority may be allowed keyCertSign",
        (true, Some(true)) | (false, None | Some(false)) => return Vec::new(),
    };
    vec![message.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let (host, authority) = (sample::host(), sample::authority());
        let bad = ToBeSigned {
            key_usage: host.key_usage,
            ..authority.clone()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        let bad = ToBeSigned {
            key_usage: authority.key_usage,
            ..host
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
        assert!(check(&sample::authority_certificate()).is_empty());
    }
}
