//! The text of a notice is written in composed characters.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::super::{Rule, Severity, when};
use super::notices;
use crate::extension::Extensions;
use crate::extension::policies::NoticeEncoding;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "notice-normalized",
    about: "The text of a notice in UTF-8 is of Unicode normalization form C.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.4",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let form_c = ComposingNormalizerBorrowed::new_nfc();
    let broken = notices(extensions).any(|notice| {
        notice.encoding == NoticeEncoding::Utf8 && !form_c.is_normalized(&notice.text)
    });
    when(broken, || {
        "the text of a policy's notice is not of Unicode normalization form C".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |text: &str| sample::with_notice(false, text, NoticeEncoding::Utf8);
        assert!(!check(&with("cafe\u{301}")).is_empty());
        assert!(check(&with("caf\u{e9}")).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
