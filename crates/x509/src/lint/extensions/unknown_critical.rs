//! Whoever does not know a critical extension must refuse the certificate.

use super::super::{Rule, Severity};
use crate::extension::{Extensions, extension_name};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "unknown-critical",
    about: "Whoever does not know a critical extension must refuse the certificate.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let unknown = extensions.unknown.iter().filter(|one| one.critical);
    unknown
        .map(|one| {
            let name = extension_name(&one.oid);
            format!("the critical extension {name} is not known here; whoever does not know it must refuse")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::UnknownExtension;

    #[test]
    fn fires_and_is_silent() {
        let with = |critical| Extensions {
            unknown: vec![UnknownExtension {
                oid: super::super::TIMESTAMPS,
                critical,
                value: [].into(),
            }],
            ..Extensions::default()
        };
        assert!(!check(&with(true)).is_empty());
        assert!(check(&with(false)).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
