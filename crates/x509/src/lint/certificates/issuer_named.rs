//! The issuer has a name.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "issuer-named",
    about: "The issuer has a name.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.1.2.4",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    when(certificate.issuer().is_empty(), || {
        "the issuer has an empty name; an authority needs a subject".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::name::build::NameBuilder;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let issuer = NameBuilder::default().build().expect("an empty name");
        let bad = ToBeSigned {
            issuer,
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
    }
}
