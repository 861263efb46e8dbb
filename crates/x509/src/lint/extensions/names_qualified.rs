//! Names are complete, so that they mean the same host everywhere.

use super::super::{Rule, Severity};
use crate::extension::Extensions;
use crate::general_name::GeneralName;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "names-qualified",
    about: "Names are complete, so that they mean the same host everywhere.",
    severity: Severity::Warning,
    clause: "RFC 5280 section 4.2.1.6; RFC 1034 section 3.5",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let places = extensions.authority_info_access.iter().flatten();
    let points = extensions.crl_distribution_points.iter().flatten();
    let names = extensions.subject_alt_names.iter().flatten();
    names
        .chain(places.map(|description| &description.location))
        .chain(points.flat_map(|point| &point.full_names))
        .filter(|name| host_of(name).is_some_and(|host| !host.contains('.')))
        .map(|name| {
            format!("the name {name} has no domain, so that it means another host elsewhere")
        })
        .collect()
}

/// The host name that a name holds; none where that is an address, or may be left out.
fn host_of(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::Dns(name) => Some(name),
        GeneralName::Email(address) => address.rsplit('@').next(),
        GeneralName::Uri(uri) => {
            let (_, rest) = uri.split_once("://")?;
            let authority = rest.split(['/', '?', '#']).next()?;
            let host = authority.rsplit('@').next()?;
            let host = host.split(':').next()?;
            (!host.is_empty() && !host.starts_with('[')).then_some(host)
        }
        GeneralName::Ip(_)
        | GeneralName::IpOctets(_)
        | GeneralName::Directory(_)
        | GeneralName::Other { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_and_is_silent() {
        let with = |name| Extensions {
            subject_alt_names: Some(vec![name]),
            ..Extensions::default()
        };
        let text = str::to_owned;
        for bad in [
            GeneralName::Dns(text("stat1")),
            GeneralName::Email(text("a@b")),
            GeneralName::Uri(text("http://pki/x.y")),
        ] {
            assert!(!check(&with(bad)).is_empty());
        }
        for good in [
            GeneralName::Dns(text("a.b")),
            GeneralName::Uri(text("ldap:///cn=a")),
            GeneralName::Uri(text("http://[::1]/")),
            GeneralName::Uri(text("urn:x")),
        ] {
            assert!(check(&with(good)).is_empty());
        }
        assert!(check(&sample::extensions()).is_empty());
    }
}
