//! Kinds of names that TLS programs do not compare.

use super::super::{Rule, Severity};
use crate::extension::Extensions;
use crate::general_name::GeneralName;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "names-compared",
    about: "Kinds of names that TLS programs do not compare.",
    severity: Severity::Note,
    clause: "RFC 9525 section 2",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let names = extensions.subject_alt_names.iter().flatten();
    names
        .filter(|name| match name {
            GeneralName::Dns(_)
            | GeneralName::Email(_)
            | GeneralName::Ip(_)
            | GeneralName::IpOctets(_) => false,
            GeneralName::Uri(uri) => !uri.starts_with("http"),
            GeneralName::Directory(_) | GeneralName::Other { .. } => true,
        })
        .map(|name| format!("the subject alternative name {name} is of a kind that programs for TLS do not compare"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |names| Extensions {
            subject_alt_names: Some(names),
            ..Extensions::default()
        };
        let other = GeneralName::Other {
            tag: 0,
            octets: [1].into(),
        };
        assert!(!check(&with(vec![other])).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
