//! An authority refuses extensions that it does not know.

use super::super::{Rule, Severity};
use crate::extension::extension_name;
use crate::request::CertificationRequest;

pub(super) const RULE: Rule<CertificationRequest> = Rule {
    name: "request-extensions",
    about: "An authority refuses extensions that it does not know.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2",
    check,
};

fn check(request: &CertificationRequest) -> Vec<String> {
    let unknown = request.extensions().unknown.iter();
    unknown
        .map(|one| {
            let name = extension_name(&one.oid);
            format!(
                "the request asks for the extension {name}, which is not known here and refused"
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
        let extension = [
            0x06, 0x03, 0x2a, 0x03, 0x04, 0x04, 0x02, 0x05, 0x00, // 1.2.3.4, NULL
        ];
        let list = sample::wrap(0x30, &sample::wrap(0x30, &extension));
        assert!(!check(&sample::request(&list)).is_empty());
        assert!(check(&sample::request(&sample::KEY_USAGE_ALONE)).is_empty());
    }
}
