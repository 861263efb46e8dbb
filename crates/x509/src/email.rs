//! Electronic mail addresses as certificates hold them.

use std::fmt;
use std::str::FromStr;

use crate::shown::shown;

/// A mailbox `local@domain` in ASCII, at most 254 octets.
///
/// Source: RFC 5280 section 4.2.1.6 (rfc822Name), RFC 5321 section 4.5.3.1 for the lengths.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(Box<str>);

/// A text is no mail address that a certificate can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is no mail address; allowed is local@domain in ASCII without blanks, at most {MAX} characters"
)]
pub struct InvalidEmailAddress {
    found: String,
}

/// Octets of a path without its angle brackets: RFC 5321 section 4.5.3.1.3 and its erratum 1690.
const MAX: usize = 254;
/// Octets before the `@`: RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;

impl EmailAddress {
    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let local_ok = |local: &str| {
            !local.is_empty()
                && local.len() <= MAX_LOCAL
                // RFC 5321 section 4.1.2: a dot stands between two other characters.
                && !local.starts_with('.')
                && !local.ends_with('.')
                && !local.contains("..")
                && local
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !br#"()<>[]:;@\,""#.contains(&b))
        };
        let domain_ok = |domain: &str| {
            domain.is_ascii()
                && !domain.ends_with('.')
                && domain
                    .parse::<crate::dns::DnsName>()
                    .is_ok_and(|name| !name.has_underscore())
        };
        match text.rsplit_once('@') {
            Some((local, domain)) if text.len() <= MAX && local_ok(local) && domain_ok(domain) => {
                Ok(Self(text.into()))
            }
            _ => Err(InvalidEmailAddress {
                found: shown(text, 80),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_mailboxes_only() {
        for good in ["ca@example.com", "a.b+c@x.example"] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c.example",
            "a@b@c",
            "a@b..c",
            ".a@b.example",
            "a.@b.example",
            "a..b@c.example",
            "ä@b.example",
            "a\n@b.c",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }
}
