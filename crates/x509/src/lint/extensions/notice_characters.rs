//! The text of a notice has no control characters.

use super::super::{Rule, Severity, when};
use super::notices;
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "notice-characters",
    about: "The text of a notice has no control characters.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.4",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let broken = notices(extensions).any(|notice| notice.text.chars().any(char::is_control));
    when(broken, || {
        "the text of a policy's notice has control characters".to_owned()
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
    use crate::extension::policies::PolicyQualifier;

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
                        refers: false,
                        text: Some(text),
                    }],
                }]),
                ..Extensions::default()
            }
        };

        assert!(!check(&with("a\nb", NoticeEncoding::Utf8)).is_empty());
        assert!(check(&with("a", NoticeEncoding::Utf8)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
