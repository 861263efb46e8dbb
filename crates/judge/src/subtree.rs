//! Where a name lies with regard to the subtree that a name constraint gives.
//!
//! Invariant: what cannot be compared is told apart from what lies outside, so that a constraint
//! that is not understood never passes for one that is kept.
//!
//! Source: RFC 5280 section 4.2.1.10 for every kind of name.

use std::net::IpAddr;

use trustpack_x509::dns::{DnsName, WildcardName};
use trustpack_x509::email::EmailAddress;
use trustpack_x509::general_name::GeneralName;

use crate::folded_name::FoldedName;

/// Where a name lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The subtree is for names of another kind.
    OtherKind,
    /// Outside.
    Outside,
    /// A wildcard some of whose hosts lie inside: too much for "permitted", enough for "excluded".
    Partly,
    /// Inside.
    Inside,
    /// One of the two is malformed, or of a kind that is not understood here.
    NotComparable,
}

/// Where `name` lies with regard to `subtree`.
pub(crate) fn relate(name: &GeneralName, subtree: &GeneralName) -> Relation {
    use GeneralName as G;

    match (subtree, name) {
        (G::Dns(subtree), G::Dns(name)) => comparable(relate_dns(name, subtree)),
        (G::Email(subtree), G::Email(name)) => comparable(relate_email(name, subtree)),
        (G::Uri(subtree), G::Uri(name)) => comparable(relate_uri(name, subtree)),
        (G::IpOctets(subtree), G::Ip(name)) => comparable(relate_ip(*name, subtree)),
        (G::Directory(subtree), G::Directory(name)) => {
            inside(FoldedName::new(name).is_within(&FoldedName::new(subtree)))
        }
        // An address where a subtree should be, or an address of an odd length.
        (G::IpOctets(_), G::IpOctets(_)) | (G::Ip(_), G::Ip(_) | G::IpOctets(_)) => {
            Relation::NotComparable
        }
        (G::Other { tag, .. }, G::Other { tag: other, .. }) if tag == other => {
            Relation::NotComparable
        }
        (
            G::Dns(_)
            | G::Email(_)
            | G::Ip(_)
            | G::IpOctets(_)
            | G::Uri(_)
            | G::Directory(_)
            | G::Other { .. },
            _,
        ) => Relation::OtherKind,
    }
}

fn comparable(relation: Option<Relation>) -> Relation {
    relation.unwrap_or(Relation::NotComparable)
}

fn inside(is_inside: bool) -> Relation {
    if is_inside {
        Relation::Inside
    } else {
        Relation::Outside
    }
}

/// "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand
/// side". A subtree with a leading dot is not foreseen there, but OpenSSL's documentation showed
/// it for years: as everywhere it then means one label or more.
fn relate_dns(name: &str, subtree: &str) -> Option<Relation> {
    if subtree.is_empty() {
        return Some(Relation::Inside);
    }
    let (base, below_only) = match subtree.strip_prefix('.') {
        Some(base) => (base.parse::<DnsName>().ok()?, true),
        None => (subtree.parse::<DnsName>().ok()?, false),
    };
    let base = base.as_str();
    if name.starts_with('*') {
        let wildcard = name.parse::<WildcardName>().ok()?;
        let parent = wildcard.as_str().strip_prefix("*.")?;
        return Some(if parent == base || is_below(parent, base) {
            Relation::Inside
        } else if is_below(base, parent) {
            Relation::Partly
        } else {
            Relation::Outside
        });
    }
    let name = ascii_host(name)?;
    let name = name.as_str();
    Some(inside(
        is_below(name, base) || (!below_only && name == base),
    ))
}

/// A mailbox is itself; a host is all mailboxes at it; a domain with a leading dot is all mailboxes
/// at hosts in it. The part before the `@` is compared as it stands.
fn relate_email(name: &str, subtree: &str) -> Option<Relation> {
    if subtree.is_empty() {
        return Some(Relation::Inside);
    }
    let name = name.parse::<EmailAddress>().ok()?;
    let (local, host) = name.as_str().rsplit_once('@')?;
    if subtree.contains('@') {
        let mailbox = subtree.parse::<EmailAddress>().ok()?;
        let (other_local, other_host) = mailbox.as_str().rsplit_once('@')?;
        return Some(inside(
            local == other_local && host.eq_ignore_ascii_case(other_host),
        ));
    }
    relate_host(host, subtree)
}

/// Only the host of the URI counts: "if it does not include an authority component that includes a
/// host name specified as a fully qualified domain name [...] the application MUST reject".
fn relate_uri(name: &str, subtree: &str) -> Option<Relation> {
    if subtree.is_empty() {
        return Some(Relation::Inside);
    }
    let (_, rest) = name.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // What no authority has, some read as its end: a backslash, for one.
    if !authority.bytes().all(is_of_authority) {
        return None;
    }
    let host_and_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, ""));
    if !port.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    relate_host(host, subtree)
}

/// Whether an octet may stand in the authority of a URI, addresses of version 6 aside.
///
/// Source: RFC 3986 section 3.2, and 2.1 to 2.3 for its characters.
fn is_of_authority(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&octet)
}

/// A host is itself; with a leading dot the subtree is all hosts below, and not the domain itself.
fn relate_host(host: &str, subtree: &str) -> Option<Relation> {
    let host = ascii_host(host)?;
    let host = host.as_str();
    Some(match subtree.strip_prefix('.') {
        Some(domain) => inside(is_below(host, ascii_host(domain)?.as_str())),
        None => inside(host == ascii_host(subtree)?.as_str()),
    })
}

/// "An address and a mask in the style of RFC 4632 (CIDR)": a mask with gaps is none.
fn relate_ip(name: IpAddr, subtree: &[u8]) -> Option<Relation> {
    let (address, mask) = subtree.split_at_checked(subtree.len() / 2)?;
    let octets = match name {
        IpAddr::V4(name) => name.octets().to_vec(),
        IpAddr::V6(name) => name.octets().to_vec(),
    };
    if !matches!(subtree.len(), 8 | 32) || !is_prefix_mask(mask) {
        return None;
    }
    if octets.len() != address.len() {
        return Some(Relation::Outside);
    }
    let mut bits = octets.iter().zip(address).zip(mask);
    Some(inside(bits.all(|((name, address), mask)| {
        name & mask == address & mask
    })))
}

/// Whether all ones of a mask stand before all its zeros.
fn is_prefix_mask(mask: &[u8]) -> bool {
    let ended = mask.iter().skip_while(|&&octet| octet == 0xff);
    ended.enumerate().all(|(index, &octet)| match index {
        0 => octet.leading_ones() + octet.trailing_zeros() >= u8::BITS,
        _ => octet == 0,
    })
}

/// A host name as certificates carry it; what is not ASCII is malformed there.
fn ascii_host(text: &str) -> Option<DnsName> {
    if text.is_ascii() {
        text.parse().ok()
    } else {
        None
    }
}

/// Whether `name` has one label or more in front of `base`.
fn is_below(name: &str, base: &str) -> bool {
    name.strip_suffix(base)
        .is_some_and(|front| front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Relation as R;

    #[track_caller]
    fn dns(name: &str, subtree: &str, want: Relation) {
        let of = |text: &str| GeneralName::Dns(text.to_owned());
        assert_eq!(relate(&of(name), &of(subtree)), want);
    }

    #[test]
    fn dns_names() {
        dns("example.com", "example.com", R::Inside);
        dns("A.Example.COM.", "example.com", R::Inside);
        dns("a.b.example.com", "example.com", R::Inside);
        dns("badexample.com", "example.com", R::Outside);
        dns("com", "example.com", R::Outside);
        dns("anything", "", R::Inside);
        dns("example.com", ".example.com", R::Outside);
        dns("a.example.com", ".example.com", R::Inside);
        dns("*.example.com", "example.com", R::Inside);
        dns("*.a.example.com", "example.com", R::Inside);
        dns("*.example.com", "bar.example.com", R::Partly);
        dns("*.example.com", "other.com", R::Outside);
        dns("a*.example.com", "example.com", R::NotComparable);
        dns("a b", "example.com", R::NotComparable);
        dns("a.example.com", "*.example.com", R::NotComparable);
    }

    #[track_caller]
    fn email(name: &str, subtree: &str, want: Relation) {
        let of = |text: &str| GeneralName::Email(text.to_owned());
        assert_eq!(relate(&of(name), &of(subtree)), want);
    }

    #[test]
    fn mail_addresses() {
        email("a@example.com", "a@EXAMPLE.com", R::Inside);
        email("A@example.com", "a@example.com", R::Outside);
        email("a@example.com", "example.com", R::Inside);
        email("a@b.example.com", "example.com", R::Outside);
        email("a@b.example.com", ".example.com", R::Inside);
        email("a@example.com", ".example.com", R::Outside);
        email("no address", "example.com", R::NotComparable);
        email("a@example.com", "x@y@z", R::NotComparable);
    }

    #[track_caller]
    fn uri(name: &str, subtree: &str, want: Relation) {
        let of = |text: &str| GeneralName::Uri(text.to_owned());
        assert_eq!(relate(&of(name), &of(subtree)), want);
    }

    #[test]
    fn uris() {
        uri("https://example.com/a", "example.com", R::Inside);
        uri("https://user@example.com:8443?q", "example.com", R::Inside);
        uri("https://a.example.com", "example.com", R::Outside);
        uri("https://a.example.com", ".example.com", R::Inside);
        uri("https://evil.org/@example.com", "example.com", R::Outside);
        uri("https://evil.org:80@example.com", "example.com", R::Inside);
        uri("https://example.com:80@evil.org", "example.com", R::Outside);
        uri("HTTPS://EXAMPLE.com./", "example.com", R::Inside);
        uri("https://example.com", "", R::Inside);
        for odd in [
            "https://evil.org\\@example.com",
            "https://evil.org\0@example.com",
            "https://evil.org @example.com",
            "https://example.com:evil.org",
            "https://example.com:80:evil.org",
            "https://ex%61mple.com",
            "https://m\u{fc}ller.example.com",
            "https://xn--a.example.com",
            "https:///example.com",
            "https:example.com",
            "//example.com",
            "mailto:a@example.com",
            "",
        ] {
            uri(odd, "example.com", R::NotComparable);
            uri(odd, ".com", R::NotComparable);
        }
        for odd in [
            "https://example.com",
            "example.com:80",
            "*.example.com",
            ".",
        ] {
            uri("https://example.com", odd, R::NotComparable);
        }
        uri("urn:isbn:1", "example.com", R::NotComparable);
        uri("https://10.0.0.1/", "example.com", R::NotComparable);
        uri("https://[::1]/", "example.com", R::NotComparable);
    }

    #[track_caller]
    fn ip(name: &str, subtree: &[u8], want: Relation) {
        let name = GeneralName::Ip(name.parse().expect("an address"));
        assert_eq!(relate(&name, &GeneralName::IpOctets(subtree.into())), want);
    }

    #[test]
    fn addresses() {
        ip("10.1.2.3", &[10, 0, 0, 0, 255, 0, 0, 0], R::Inside);
        ip("11.1.2.3", &[10, 0, 0, 0, 255, 0, 0, 0], R::Outside);
        ip("10.1.2.3", &[0; 8], R::Inside);
        ip("10.127.2.3", &[10, 0, 0, 0, 255, 128, 0, 0], R::Inside);
        ip("10.128.2.3", &[10, 0, 0, 0, 255, 128, 0, 0], R::Outside);
        ip("10.1.2.3", &[10, 0, 0, 0, 255, 0, 255, 0], R::NotComparable);
        ip("10.1.2.3", &[10, 0, 0, 0, 254, 255, 0, 0], R::NotComparable);
        ip("10.1.2.3", &[10, 0, 0], R::NotComparable);
        ip("::1", &[10, 0, 0, 0, 255, 0, 0, 0], R::Outside);
        ip("::1", &[0; 32], R::Inside);
    }

    /// Item 3.3.3: a name of a kind that is not known cannot be shown to keep a limit of that kind.
    #[test]
    fn kinds_that_are_not_understood() {
        let other = |tag| GeneralName::Other {
            tag,
            octets: Box::default(),
        };
        assert_eq!(relate(&other(0), &other(0)), R::NotComparable);
        assert_eq!(relate(&other(0), &other(8)), R::OtherKind);
        assert_eq!(
            relate(&GeneralName::Dns(String::new()), &other(0)),
            R::OtherKind
        );
    }
}
