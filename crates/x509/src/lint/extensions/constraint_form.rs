//! Name constraints are of the form that their kind demands.

use super::super::{Rule, Severity};
use crate::dns::DnsName;
use crate::email::EmailAddress;
use crate::extension::Extensions;
use crate::general_name::GeneralName;

pub(super) const RULE: Rule<Extensions> = Rule {
    name: "constraint-form",
    about: "Name constraints are of the form that their kind demands.",
    severity: Severity::Error,
    clause: "RFC 5280 section 4.2.1.10",
    check,
};

fn check(extensions: &Extensions) -> Vec<String> {
    let constraints = extensions.name_constraints.iter();
    constraints
        .flat_map(|constraints| constraints.permitted.iter().chain(&constraints.excluded))
        .filter_map(|name| Some(format!("the name constraint {name} {}", fault(name)?)))
        .collect()
}

fn fault(name: &GeneralName) -> Option<&'static str> {
    match name {
        GeneralName::Dns(dns) => {
            // A leading dot is not of RFC 5280, but OpenSSL and others take it as "below only".
            let host = dns.strip_prefix('.').unwrap_or(dns);
            (!dns.is_empty() && !is_host(host)).then_some("is no host name")
        }
        GeneralName::Email(mail) => {
            let host = mail.strip_prefix('.').unwrap_or(mail);
            let good = is_host(host) || mail.parse::<EmailAddress>().is_ok();
            (!mail.is_empty() && !good).then_some("is no mail address, host or domain")
        }
        GeneralName::Uri(uri) => {
            let host = uri.strip_prefix('.').unwrap_or(uri);
            (!is_host(host)).then_some("is no host or domain, which is all that stands there")
        }
        GeneralName::Ip(_) => Some("has no mask; it must be an address with its mask"),
        GeneralName::IpOctets(octets) => octets_fault(octets),
        GeneralName::Directory(_) | GeneralName::Other { .. } => None,
    }
}

fn is_host(text: &str) -> bool {
    !text.ends_with('.') && text.parse::<DnsName>().is_ok()
}

/// RFC 5280 section 4.2.1.10: address and mask in the style of RFC 4632, so ones before zeros.
fn octets_fault(octets: &[u8]) -> Option<&'static str> {
    let (_, mask) = octets.split_at_checked(octets.len() / 2)?;
    let bits: Vec<bool> = mask
        .iter()
        .flat_map(|octet| (0..8).rev().map(move |bit| octet & (1 << bit) != 0))
        .collect();
    if !matches!(octets.len(), 8 | 32) {
        Some("has a wrong length; 8 octets are an IPv4 address with its mask, 32 one of IPv6")
    } else if bits.is_sorted_by(|one, next| one >= next) {
        None
    } else {
        Some("has a mask with ones behind a zero")
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::extension::NameConstraints;

    #[test]
    fn fires_and_is_silent() {
        let with = |name: GeneralName| Extensions {
            name_constraints: Some(NameConstraints {
                permitted: vec![name],
                excluded: Vec::new(),
            }),
            ..Extensions::default()
        };
        let octets = |octets: &[u8]| with(GeneralName::IpOctets(octets.into()));
        assert!(!check(&octets(&[10, 0, 0, 0, 255, 0, 255, 0])).is_empty());
        assert!(!check(&octets(&[10, 0, 0, 0, 255])).is_empty());
        assert!(check(&octets(&[10, 0, 0, 0, 255, 128, 0, 0])).is_empty());
        assert!(check(&octets(&[0; 32])).is_empty());
        for (dns, good) in [
            ("", true),
            ("example", true),
            (".example", true),
            ("*.example", false),
        ] {
            let answer = check(&with(GeneralName::Dns(dns.to_owned())));
            assert_eq!(answer.is_empty(), good, "{dns}");
        }
        assert!(!check(&with(GeneralName::Uri("http://a/".to_owned()))).is_empty());
        assert!(check(sample::authority_certificate().extensions()).is_empty());
    }
}
