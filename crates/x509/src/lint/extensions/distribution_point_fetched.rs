//! A revocation list can be fetched from where it is said to be.

use super::super::{Rule, Severity, when};
use crate::extension::Extensions;
use crate::extension::distribution_point::DistributionPoint;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "distribution-point-fetched",
    about: "A revocation list can be fetched from where it is said to be.",
    severity: Severity::Warning,
    clause: "RFC 5280 sections 4.2.1.13 and 8",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let points = extensions.crl_distribution_points.iter().flatten();
    let uris: Vec<&str> = points.flat_map(DistributionPoint::uris).collect();
    if extensions.crl_distribution_points.is_none() {
        return Vec::new();
    }
    let fetched = |uri: &&str| uri.starts_with("http:") || uri.starts_with("ldap:");
    let circular = uris.iter().filter(|uri| uri.starts_with("https:")).map(|uri| {
        format!("the distribution point {uri} needs a TLS certificate itself, so that programs may wait for each other; use http")
    });
    let unreachable = when(!uris.iter().any(fetched), || {
        "no distribution point has an http or ldap URI, by which programs fetch the list".to_owned()
    });
    circular.chain(unreachable).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |uri: &str| Extensions {
            crl_distribution_points: Some(vec![DistributionPoint::at_uri(uri)]),
            ..Extensions::default()
        };
        assert_eq!(check(&with("https://a/")).len(), 2);
        assert_eq!(check(&with("file:/a")).len(), 1);
        assert!(check(&with("http://a/")).is_empty());
        assert!(check(sample::authority_certificate().extensions()).is_empty());
    }
}
