//! Extensions hold what their name promises.

use super::super::{Rule, Severity};
use crate::extension::{Extensions, extension_name};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "readable",
    about: "Extensions hold what their name promises.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let unreadable = extensions.unreadable.iter();
    unreadable
        .map(|one| {
            let name = extension_name(&one.oid);
            format!("the extension {name} is not well formed ({})", one.detail)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::UnreadableExtension;

    #[test]
    fn fires_and_is_silent() {
        let bad = Extensions {
            unreadable: vec![UnreadableExtension {
                oid: super::super::POISON,
                critical: false,
                value: [].into(),
                detail: "nothing".to_owned(),
            }],
            ..Extensions::default()
        };
        assert!(!check(&bad).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
