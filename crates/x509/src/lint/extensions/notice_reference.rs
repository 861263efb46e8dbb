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
    use crate::extension::policies::NoticeEncoding;

    #[test]
    fn fires_and_is_silent() {
        assert!(!check(&sample::with_notice(true, "a", NoticeEncoding::Utf8)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
