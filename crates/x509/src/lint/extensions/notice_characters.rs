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
    use crate::extension::policies::NoticeEncoding;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::with_notice(false, "a\nb", NoticeEncoding::Utf8)).is_empty());
        assert!(check(&sample::with_notice(false, "a", NoticeEncoding::Utf8)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
