//! A notice has a text and refers to nothing.

use super::super::{Rule, Severity, when};
use crate::extension::Extensions;
use crate::extension::policies::PolicyQualifier;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "notice-reference",
    about: "A notice has a text and refers to nothing.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.4",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let policies = extensions.certificate_policies.iter().flatten();
    let broken = policies
        .flat_map(|policy| &policy.qualifiers)
        .any(|qualifier| matches!(qualifier, PolicyQualifier::Notice { refers: true, .. }));
    when(broken, || {
        "a policy's notice refers to a text of an organization by number, which nobody follows"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::policies::ANY_POLICY;
    use crate::extension::policies::CertificatePolicy;
    use crate::extension::policies::NoticeEncoding;
    use crate::extension::policies::NoticeText;

    #[test]
    fn fires_and_is_silent() {
        let with = |text: &str, encoding| {
            let text = NoticeText {
                text: text.to_owned(),
                encoding,
            };
            Extensions {
                certificate_policies: Some(vec![CertificatePolicy {
                    oid: ANY_POLICY,
                    qualifiers: vec![PolicyQualifier::Notice {
                        refers: true,
                        text: Some(text),
                    }],
                }]),
                ..Extensions::default()
            }
        };

        assert!(!check(&with("a", NoticeEncoding::Utf8)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
