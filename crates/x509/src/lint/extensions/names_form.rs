//! Names are of the form that their kind demands.

use super::super::{Rule, Severity};
use crate::dns::{DnsName, InvalidDnsName, WildcardName};
use crate::email::EmailAddress;
use crate::extension::Extensions;
use crate::general_name::GeneralName;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "names-form",
    about: "Names are of the form that their kind demands.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.6",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let descriptions = [
        &extensions.authority_info_access,
        &extensions.subject_info_access,
    ];
    let places = descriptions.into_iter().flatten().flatten();
    let points = [
        &extensions.crl_distribution_points,
        &extensions.freshest_crl,
    ];
    let points = points.into_iter().flatten().flatten();
    let names = [&extensions.subject_alt_names, &extensions.issuer_alt_names];
    names
        .into_iter()
        .flatten()
        .flatten()
        .chain(places.map(|description| &description.location))
        .chain(points.flat_map(|point| point.full_names.iter().chain(&point.list_issuer)))
        .filter_map(|name| Some(format!("the name {name} {}", fault(name)?)))
        .collect()
}

/// What is wrong with a name in itself.
fn fault(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Dns(name) => dns_fault(name),
        GeneralName::Email(address) => address
            .parse::<EmailAddress>()
            .is_err()
            .then(|| "is no mail address; it must be local@domain".to_owned()),
        GeneralName::Uri(uri) => uri_fault(uri),
        GeneralName::IpOctets(octets) => Some(format!(
            "has {} octets; an IP address has 4 or 16",
            octets.len()
        )),
        GeneralName::Directory(name) => name
            .is_empty()
            .then(|| "is empty; a directory name has attributes".to_owned()),
        GeneralName::Ip(_) | GeneralName::Other { .. } => None,
    }
}

fn dns_fault(name: &str) -> Option<String> {
    if name.ends_with('.') {
        return Some("ends with a dot; in certificates names do not".to_owned());
    }
    if name.parse::<WildcardName>().is_ok() {
        return None;
    }
    let error = name.parse::<DnsName>().err()?;
    Some(match error {
        InvalidDnsName::Wildcard { .. } | InvalidDnsName::WildcardPlace { .. } => {
            "has an asterisk elsewhere than as its whole first label".to_owned()
        }
        InvalidDnsName::NumericLastLabel { .. } => {
            "is no host name; an IP address must stand there as one".to_owned()
        }
        InvalidDnsName::Empty
        | InvalidDnsName::TooLong { .. }
        | InvalidDnsName::Character { .. }
        | InvalidDnsName::EmptyLabel { .. }
        | InvalidDnsName::LabelTooLong { .. }
        | InvalidDnsName::Hyphen { .. }
        | InvalidDnsName::International { .. } => "is no host name".to_owned(),
    })
}

/// Schemes whose URIs name a host: RFC 9110 section 4.2, RFC 4516, RFC 1738 section 3.2.
const WITH_HOST: [&str; 5] = ["http", "https", "ldap", "ldaps", "ftp"];

/// RFC 3986 sections 2 and 3: a scheme, and no character that must be escaped; with an authority, a
/// host in it (RFC 5280 section 4.2.1.6).
fn uri_fault(uri: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    let parts = uri.split_once(':').filter(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    let Some((scheme, rest)) = parts else {
        return Some("is no URI; it must begin with a scheme such as http:".to_owned());
    };
    if !uri.bytes().all(allowed) {
        return Some("has a character that a URI must escape".to_owned());
    }
    let scheme = scheme.to_ascii_lowercase();
    let Some(authority) = rest.strip_prefix("//") else {
        let broken = WITH_HOST.contains(&scheme.as_str());
        return broken.then(|| format!("has no host; it must begin with {scheme}://"));
    };
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        // RFC 4516 section 2: an LDAP URI may leave the host to whoever asks.
        return (!scheme.starts_with("ldap")).then(|| "has no host".to_owned());
    }
    authority_fault(authority).map(str::to_owned)
}

/// RFC 3986 section 3.2: user, host and port.
fn authority_fault(authority: &str) -> Option<&'static str> {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<Ipv6Addr>().is_err() {
                return Some("has brackets around what is no IPv6 address");
            }
            (None, port.strip_prefix(':'))
        }
        None => match host.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(host), None),
        },
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Some("has a port that is none");
    }
    let good = host.is_none_or(|host| {
        let name = !host.ends_with('.') && host.parse::<DnsName>().is_ok();
        name || host.parse::<Ipv4Addr>().is_ok()
    });
    (!good).then_some("has a host that is no host name")
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;

    #[test]
    fn fires_on_names_that_are_none() {
        let with = |name: GeneralName| Extensions {
            subject_alt_names: Some(vec![name]),
            ..Extensions::default()
        };
        let dns = |name: &str| with(GeneralName::Dns(name.to_owned()));
        for bad in [
            "",
            " ",
            "a b",
            "10.0.0.1",
            "a/b",
            "host.example.",
            "a*.example",
            "*",
            "*.*.b",
        ] {
            assert!(!check(&dns(bad)).is_empty(), "{bad}");
        }
        for good in [
            "host.example",
            "*.example.com",
            "a_b",
            "xn--bcher-kva.example",
        ] {
            assert!(check(&dns(good)).is_empty(), "{good}");
        }
        let uri = |uri: &str| with(GeneralName::Uri(uri.to_owned()));
        for bad in [
            "",
            "a",
            "/a",
            "1:a",
            "http://",
            "http://a b/",
            "http://a/\u{e9}",
            "http://-a/",
            "http:/a",
            "http://a:b/",
            "http://a:99999/",
            "http://a./",
            "http://[a]/",
        ] {
            assert!(!check(&uri(bad)).is_empty(), "{bad}");
        }
        for good in [
            "http://a.example:80/x?y",
            "urn:a:b",
            "ldap:///cn=a",
            "spiffe://a/b",
            "https://[::1]:443/",
        ] {
            assert!(check(&uri(good)).is_empty(), "{good}");
        }
        assert!(!check(&with(GeneralName::Email("a b@c".to_owned()))).is_empty());
        assert!(!check(&with(GeneralName::IpOctets([1; 5].into()))).is_empty());
        assert!(check(&sample::extensions()).is_empty());
    }
}
