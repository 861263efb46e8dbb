//! The text of a notice is UTF-8, at most 200 characters of it.

use super::super::{Rule, Severity};
use super::notices;
use crate::extension::Extensions;
use crate::extension::policies::NoticeEncoding;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "notice-encoding",
    about: "The text of a notice is UTF-8, at most 200 characters of it.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.4; RFC 6818 section 3",
    check,
};

/// RFC 5280 section 4.2.1.4: SIZE (1..200).
const MAX_CHARACTERS: usize = 200;

fn check(extensions: &Extensions) -> Vec<String> {
    notices(extensions)
        .filter_map(|notice| match notice.encoding {
            NoticeEncoding::Ia5 => {
                Some("the text of a policy's notice is an IA5String; it should be a UTF8String".to_owned())
            }
            NoticeEncoding::Visible | NoticeEncoding::Bmp => {
                Some("the text of a policy's notice is of an old string type; it should be a UTF8String".to_owned())
            }
            NoticeEncoding::Utf8 => {
                let length = notice.text.chars().count();
                let good = (1..=MAX_CHARACTERS).contains(&length);
                (!good).then(|| {
                    format!("the text of a policy's notice has {length} characters; 1 to {MAX_CHARACTERS} are allowed")
                })
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::with_notice(false, "a", NoticeEncoding::Ia5)).is_empty());
        assert!(
            !check(&sample::with_notice(
                false,
                &"a".repeat(201),
                NoticeEncoding::Utf8
            ))
            .is_empty()
        );
        assert!(check(&sample::with_notice(false, "a", NoticeEncoding::Utf8)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
