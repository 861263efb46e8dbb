//! A name stands once among the alternative names.

use super::super::{Rule, Severity};
use super::repeated;
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "names-once",
    about: "A name stands once among the alternative names.",
    severity: Severity::Warning,
    clause: "a rule of this program",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let names = extensions.subject_alt_names.as_deref().unwrap_or_default();
    repeated(names)
        .map(|name| format!("the subject alternative name {name} stands there twice"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::general_name::GeneralName;

    #[test]
    fn fires_and_is_silent() {
        let name = GeneralName::Dns("a.example".to_owned());
        let with = |names| Extensions {
            subject_alt_names: Some(names),
            ..Extensions::default()
        };
        assert_eq!(check(&with(vec![name.clone(); 3])).len(), 1);
        assert!(check(&with(vec![name])).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
