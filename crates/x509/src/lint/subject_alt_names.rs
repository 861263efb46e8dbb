//! Subject alternative names are of a form that other programs compare.

use super::Violation;
use crate::dns::{DnsName, WildcardName};
use crate::email::EmailAddress;
use crate::general_name::GeneralName;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 5280 section 4.2.1.6";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    tbs.subject_alt_names.iter().find(|name| !is_well_formed(name)).map(|name| Violation {
        clause: CLAUSE,
        message: format!(
            "the subject alternative name {name} is not of a form that other programs compare; allowed are host names, IP addresses, mail addresses and URIs"
        ),
    })
}

fn is_well_formed(name: &GeneralName) -> bool {
    match name {
        GeneralName::Dns(name) => {
            let host = || name.parse::<DnsName>().is_ok();
            let wildcard = || name.parse::<WildcardName>().is_ok();
            !name.ends_with('.') && (host() || wildcard())
        }
        GeneralName::Email(address) => address.parse::<EmailAddress>().is_ok(),
        GeneralName::Uri(uri) => uri.contains("://") && uri.bytes().all(|b| b.is_ascii_graphic()),
        GeneralName::Ip(_) => true,
        GeneralName::IpOctets(_) | GeneralName::Directory(_) | GeneralName::Other { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn fires_on_names_nobody_compares() {
        let with = |name: &str| ToBeSigned {
            subject_alt_names: vec![GeneralName::Dns(name.to_owned())],
            ..sample::host()
        };
        for bad in ["", " ", "a b", "10.0.0.1", "a/b", "host.example."] {
            assert!(check(&with(bad)).is_some(), "{bad}");
        }
        for good in ["host.example", "*.example.com"] {
            assert!(check(&with(good)).is_none(), "{good}");
        }
    }
}
