//! A password in a request is read by everybody who sees the request.

use super::super::{Rule, Severity, when};
use crate::request::CertificationRequest;
use const_oid::ObjectIdentifier;

pub(super) const RULE: Rule<CertificationRequest> = Rule {
    name: "request-secret",
    about: "A password in a request is read by everybody who sees the request.",
    severity: Severity::Warning,
    clause: "RFC 2985 section 5.4.1",
    check,
};

const CHALLENGE_PASSWORD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.7");

fn check(request: &CertificationRequest) -> Vec<String> {
    when(
        request.other_attributes().contains(&CHALLENGE_PASSWORD),
        || {
            "the request has a challengePassword, readable for everybody who gets the request"
                .to_owned()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use der::Encode as _;

    #[test]
    fn fires_and_is_silent() {
        let plain = sample::request(&sample::KEY_USAGE_ALONE);
        assert!(check(&plain).is_empty());
        let secret = [0x0c, 0x01, b'x'];
        let secret = sample::wrap(0x31, &secret);
        let oid = CHALLENGE_PASSWORD.to_der().expect("DER");
        let attribute = sample::wrap(0x30, &[oid, secret].concat());
        assert!(!check(&sample::request_with(&attribute)).is_empty());
    }
}
