//! The host that a certificate is for, as it was typed and as certificates hold it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use trustpack_x509::dns::{DnsName, InvalidDnsName, WildcardName};
use trustpack_x509::general_name::GeneralName;

/// A full host name with the first label as it was typed, which file names carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName {
    name: DnsName,
    label: Box<str>,
}

impl HostName {
    /// The name as certificates hold it.
    #[must_use]
    pub fn name(&self) -> &DnsName {
        &self.name
    }

    /// The first label in the case in which it was typed; the A-label of an international one.
    ///
    /// Letters, digits, hyphens and underscores only, so that it can stand in a file name.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }
}

impl FromStr for HostName {
    type Err = InvalidDnsName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name: DnsName = text.parse()?;
        let typed = text.split('.').next().unwrap_or_default();
        // Only the case may differ: whatever else was typed has been mapped, and that is what counts.
        let label = if typed.eq_ignore_ascii_case(name.first_label()) {
            typed
        } else {
            name.first_label()
        };
        Ok(Self {
            label: label.into(),
            name,
        })
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)
    }
}

/// A name, or that it is an address, and where those go: `with --ip`.
///
/// # Errors
///
/// The sentence for people.
pub fn name_or_address<Name>(text: &str, place: &str) -> Result<Name, String>
where
    Name: FromStr<Err = InvalidDnsName>,
{
    text.parse().map_err(|error: InvalidDnsName| {
        if text.parse::<IpAddr>().is_ok() {
            format!("it is an IP address, not the name of a host; an address goes {place}")
        } else {
            error.to_string()
        }
    })
}

/// An IP address of a host.
///
/// # Errors
///
/// The sentence for people.
pub fn address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| "it is no IP address, such as 10.0.0.7 or 2001:db8::7".to_owned())
}

/// A further domain name of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// One host.
    Host(DnsName),
    /// All hosts of a domain.
    Wildcard(WildcardName),
}

impl From<&Domain> for GeneralName {
    fn from(domain: &Domain) -> Self {
        match domain {
            Domain::Host(name) => Self::from(name),
            Domain::Wildcard(name) => Self::from(name),
        }
    }
}

impl FromStr for Domain {
    type Err = InvalidDnsName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('*') {
            text.parse().map(Self::Wildcard)
        } else {
            text.parse().map(Self::Host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, want: Option<(&str, &str)>) {
        let got = typed.parse::<HostName>().ok();
        let got = got
            .as_ref()
            .map(|host| (host.name().as_str(), host.label()));
        assert_eq!(got, want, "{typed}");
    }

    #[test]
    fn keeps_the_first_label_as_typed() {
        check("Stat1.Example.com", Some(("stat1.example.com", "Stat1")));
        check("stat1", Some(("stat1", "stat1")));
        check(
            "bücher.example",
            Some(("xn--bcher-kva.example", "xn--bcher-kva")),
        );
        check("a/b.example", None);
        check("../x", None);
        check("*.example.com", None);
    }

    #[test]
    fn a_domain_may_be_a_wildcard() {
        assert!(matches!("*.example.com".parse(), Ok(Domain::Wildcard(_))));
        assert!(matches!("a.example.com".parse(), Ok(Domain::Host(_))));
        assert!("*".parse::<Domain>().is_err());
        assert!("a.*.com".parse::<Domain>().is_err());
    }
}
