//! Sets of names, as name constraints and profiles give them: reading what people write.
//!
//! Whether a name lies in one is the judge's question. Invariant: a [`Subtree`] can be written as a
//! name constraint, and means there what it says here.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use trustpack_x509::dns::DnsName;
use trustpack_x509::email::EmailAddress;
use trustpack_x509::extension::NameConstraints;
use trustpack_x509::general_name::GeneralName;
use trustpack_x509::name::build::{InvalidAttribute, NameBuilder};

/// All names in a domain, a network, at a mail host, or below a distinguished name: `dns:example.com`,
/// `ip:10.0.0.0/8`, `email:example.com`, `dirname:C=DE,O=Example`.
///
/// Source: RFC 5280 section 4.2.1.10.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subtree(GeneralName);

/// A text names no set of names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubtree {
    /// No kind of name before a colon.
    #[error(
        "{found:?} is no set of names; allowed are dns:DOMAIN, ip:ADDRESS/BITS, email:ADDRESS, \
         email:HOST, email:.DOMAIN and dirname:C=..,O=.."
    )]
    Kind {
        /// The text.
        found: String,
    },
    /// Behind `dns:` stands no domain.
    #[error("{found:?} is no domain; write dns:example.com, which includes all hosts below it")]
    Domain {
        /// The text.
        found: String,
    },
    /// Behind `ip:` stands no network.
    #[error("{found:?} is no network; write ip:10.0.0.0/8, ip:2001:db8::/32 or a single address")]
    Network {
        /// The text.
        found: String,
    },
    /// An address with ones behind its prefix: a slip, since it means a larger network.
    #[error("{found:?} has bits set behind the first {prefix}; the network is {network}/{prefix}")]
    HostBits {
        /// The text.
        found: String,
        /// The length of the prefix.
        prefix: u8,
        /// The address without those bits.
        network: IpAddr,
    },
    /// Behind `email:` stands neither an address nor a host.
    #[error(
        "{found:?} is no mail address, host or domain; write email:a@example.com, \
         email:mail.example.com or email:.example.com"
    )]
    Mail {
        /// The text.
        found: String,
    },
    /// Behind `dirname:` stands an attribute that is none of those.
    #[error(
        "{found:?} is no part of a name; write dirname: and C=, ST=, L=, O=, OU=, CN= between commas"
    )]
    Attribute {
        /// The part.
        found: String,
    },
    /// A value of an attribute cannot stand in a name.
    #[error(transparent)]
    Value(#[from] InvalidAttribute),
    /// A name that cannot be encoded.
    #[error("the name {found:?} cannot be written")]
    Name {
        /// The text.
        found: String,
    },
}

/// Characters of a refused text that an error repeats.
const SHOWN: usize = 80;

impl Subtree {
    /// The form in which a name constraint holds it.
    #[must_use]
    pub fn name(&self) -> &GeneralName {
        &self.0
    }
}

/// The name constraints of these sets; none if both are empty, since an empty constraint must not be
/// issued (RFC 5280 section 4.2.1.10).
#[must_use]
pub fn constraints(permitted: &[Subtree], excluded: &[Subtree]) -> Option<NameConstraints> {
    let names = |subtrees: &[Subtree]| subtrees.iter().map(|subtree| subtree.0.clone()).collect();
    let constraints = NameConstraints {
        permitted: names(permitted),
        excluded: names(excluded),
    };
    (!permitted.is_empty() || !excluded.is_empty()).then_some(constraints)
}

impl FromStr for Subtree {
    type Err = InvalidSubtree;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || InvalidSubtree::Kind { found: shown(text) };
        let (kind, value) = text.split_once(':').ok_or_else(unknown)?;
        let name = match kind.to_ascii_lowercase().as_str() {
            "dns" => domain(value)?,
            "ip" => network(value)?,
            "email" => mail(value)?,
            "dirname" => directory(value)?,
            _ => return Err(unknown()),
        };
        Ok(Self(name))
    }
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A domain without a leading dot: with one, programs disagree about the domain itself.
fn domain(text: &str) -> Result<GeneralName, InvalidSubtree> {
    let name: DnsName = text
        .parse()
        .map_err(|_| InvalidSubtree::Domain { found: shown(text) })?;
    Ok(GeneralName::from(&name))
}

fn network(text: &str) -> Result<GeneralName, InvalidSubtree> {
    let invalid = || InvalidSubtree::Network { found: shown(text) };
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| invalid())?;
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix: u8 = match prefix {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits
            .parse()
            .ok()
            .filter(|prefix| *prefix <= bits)
            .ok_or_else(invalid)?,
        Some(_) => return Err(invalid()),
        None => bits,
    };
    let mask = mask(prefix, octets.len());
    let masked: Vec<u8> = octets.iter().zip(&mask).map(|(o, m)| o & m).collect();
    if masked != octets {
        return Err(InvalidSubtree::HostBits {
            found: shown(text),
            prefix,
            network: address_of(&masked).ok_or_else(invalid)?,
        });
    }
    Ok(GeneralName::IpOctets([masked, mask].concat().into()))
}

/// So many ones, then zeros.
fn mask(prefix: u8, octets: usize) -> Vec<u8> {
    let mut left = u32::from(prefix);
    let octet = |_| {
        let ones = left.min(u8::BITS);
        left -= ones;
        u8::MAX.checked_shl(u8::BITS - ones).unwrap_or(0)
    };
    (0..octets).map(octet).collect()
}

fn address_of(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

fn mail(text: &str) -> Result<GeneralName, InvalidSubtree> {
    let valid = if text.contains('@') {
        text.parse::<EmailAddress>().is_ok()
    } else {
        let host = text.strip_prefix('.').unwrap_or(text);
        host.is_ascii() && !host.ends_with('.') && host.parse::<DnsName>().is_ok()
    };
    if !valid {
        return Err(InvalidSubtree::Mail { found: shown(text) });
    }
    Ok(GeneralName::Email(text.to_owned()))
}

fn directory(text: &str) -> Result<GeneralName, InvalidSubtree> {
    type Set = fn(NameBuilder, &str) -> Result<NameBuilder, InvalidAttribute>;
    let mut builder = NameBuilder::default();
    for part in text.split(',').map(str::trim) {
        let invalid = || InvalidSubtree::Attribute { found: shown(part) };
        let (attribute, value) = part.split_once('=').ok_or_else(invalid)?;
        let set: Set = match attribute {
            "C" => NameBuilder::country,
            "ST" => NameBuilder::state,
            "L" => NameBuilder::locality,
            "O" => NameBuilder::organization,
            "OU" => NameBuilder::organizational_unit,
            "CN" => NameBuilder::common_name,
            _ => return Err(invalid()),
        };
        builder = set(builder, value)?;
    }
    let name = builder
        .build()
        .map_err(|_| InvalidSubtree::Name { found: shown(text) })?;
    Ok(GeneralName::Directory(name))
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn accepts(text: &str, want: &str) {
        let shown = text.parse::<Subtree>().map(|subtree| subtree.to_string());
        assert_eq!(shown, Ok(want.to_owned()));
    }

    #[track_caller]
    fn refuses(text: &str, words: &str) {
        let error = text.parse::<Subtree>().expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }

    #[test]
    fn every_kind_is_read() {
        accepts("dns:Example.com", "DNS:example.com");
        accepts("DNS:com", "DNS:com");
        accepts("ip:10.0.0.0/8", "IP:10.0.0.0/255.0.0.0");
        accepts("ip:10.1.2.3", "IP:10.1.2.3/255.255.255.255");
        accepts("ip:0.0.0.0/0", "IP:0.0.0.0/0.0.0.0");
        accepts("ip:2001:db8::/33", "IP:2001:db8::/ffff:ffff:8000::");
        accepts("email:a@example.com", "email:a@example.com");
        accepts("email:example.com", "email:example.com");
        accepts("email:.example.com", "email:.example.com");
        accepts("dirname:O=Example, C=de", "DirName:C=DE, O=Example");
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        refuses("example.com", "is no set of names");
        refuses("uri:example.com", "is no set of names");
        refuses("dns:", "is no domain");
        refuses("dns:.example.com", "write dns:example.com");
        refuses("dns:*.example.com", "is no domain");
        refuses("dns:a/b", "is no domain");
        refuses("ip:10.0.0.0/33", "is no network");
        refuses("ip:10.0.0.0/", "is no network");
        refuses("ip:10.0.0.0/+8", "is no network");
        refuses("ip:10.1.2.3/8", "the network is 10.0.0.0/8");
        refuses("ip:2001:db8::1/64", "the network is 2001:db8::/64");
        refuses("email:", "is no mail address");
        refuses("email:a@", "is no mail address");
        refuses("dirname:", "is no part of a name");
        refuses("dirname:X=1", "is no part of a name");
        refuses("dirname:C=Germany", "two letters");
        refuses("dirname:O=", "is empty");
    }

    #[test]
    fn no_sets_are_no_constraints() {
        assert_eq!(constraints(&[], &[]), None);
        let one = ["dns:example.com".parse().unwrap()];
        assert!(constraints(&one, &[]).is_some_and(|found| found.excluded.is_empty()));
        assert!(constraints(&[], &one).is_some_and(|found| found.permitted.is_empty()));
    }
}
