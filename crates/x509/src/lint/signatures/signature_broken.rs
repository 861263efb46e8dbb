//! Nobody trusts signatures over MD2 and MD5.

use super::super::{Rule, Severity, when};
use crate::algorithm::SignatureAlgorithm;

pub(super) const RULE: Rule<SignatureAlgorithm> = Rule {
    name: "signature-broken",
    about: "Nobody trusts signatures over MD2 and MD5.",
    severity: Severity::Error,
    clause: "RFC 6149 section 6; RFC 6151 section 2",
    check,
};

const BROKEN: [&str; 3] = [
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.4",
    "1.2.840.10040.4.3",
];

fn check(algorithm: &SignatureAlgorithm) -> Vec<String> {
    let broken = matches!(algorithm, SignatureAlgorithm::Other(oid) if BROKEN.contains(&&**oid));
    when(broken, || {
        format!("the signature is {algorithm}, which is broken and refused")
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&SignatureAlgorithm::Other(BROKEN[1].into())).is_empty());
        assert!(check(&SignatureAlgorithm::Other("1.3.101.113".into())).is_empty());
        assert!(check(sample::host_certificate().signature_algorithm()).is_empty());
    }
}
