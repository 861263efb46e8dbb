//! A certificate without an extended key usage is good for everything.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use const_oid::db::rfc5280;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "purposes-of-host",
    about: "A certificate without an extended key usage is good for everything.",
    severity: Severity::Note,
    clause: "RFC 5280 section 4.2.1.12",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let extensions = certificate.extensions();
    let open = extensions.extended_key_usage.is_none()
        && !extensions.is_unreadable(&rfc5280::ID_CE_EXT_KEY_USAGE)
        && extensions.authority_if_known() == Some(false);
    when(open, || {
        "the certificate has no extended key usage, so that it is good for every purpose".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let bad = ToBeSigned {
            extended_key_usage: Vec::new(),
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
        assert!(check(&sample::authority_certificate()).is_empty());
    }
}
