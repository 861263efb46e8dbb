//! A distribution point says where the list is, or who signs it.

use super::super::{Rule, Severity, when};
use crate::extension::Extensions;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "distribution-point-named",
    about: "A distribution point says where the list is, or who signs it.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.13",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let points = [
        &extensions.crl_distribution_points,
        &extensions.freshest_crl,
    ];
    let broken = points.into_iter().flatten().flatten().any(|point| {
        point.full_names.is_empty() && !point.relative_to_issuer && point.list_issuer.is_empty()
    });
    when(broken, || {
        "a distribution point has neither a name nor the issuer of its list".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::distribution_point::DistributionPoint;

    #[test]
    fn fires_and_is_silent() {
        let with = |point| Extensions {
            crl_distribution_points: Some(vec![point]),
            ..Extensions::default()
        };
        assert!(!check(&with(DistributionPoint::default())).is_empty());
        assert!(check(&with(DistributionPoint::at_uri("http://a/"))).is_empty());
        assert!(check(sample::authority_certificate().extensions()).is_empty());
    }
}
