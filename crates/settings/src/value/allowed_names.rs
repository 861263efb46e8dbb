//! Which client certificates may connect (`allowed-names`).
//!
//! Not here: whether a certificate has a name; that is asked of the certificate.
//! Invariant: a list has at least one entry, and each is one a certificate can have.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use trustpack_x509::dns::DnsName;

use super::Shown;

/// Most entries of a list; our own limit, above what anybody writes by hand.
pub const MAX_ALLOWED_NAMES: usize = 1000;
/// Octets of a SHA-256 value.
const SHA256: usize = 32;

/// The entries; a client whose certificate has any one of them may connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedNames(Vec<AllowedName>);

/// What a certificate must have to be let in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AllowedName {
    /// `dns:`: this name among its subject alternative names.
    Dns(DnsName),
    /// `uri:`: this URI among its subject alternative names.
    Uri(String),
    /// `cn:`: this common name in its subject.
    CommonName(String),
    /// `ou:`: this organizational unit in its subject.
    OrganizationalUnit(String),
    /// `email:`: this address among its subject alternative names.
    Email(String),
    /// `spki:`: SHA-256 of its public key, of the whole SubjectPublicKeyInfo.
    Spki([u8; SHA256]),
}

/// A text is no list of allowed names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAllowedNames {
    /// Too many entries.
    #[error("{count} entries; at most {MAX_ALLOWED_NAMES} are allowed")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// An entry without a known kind.
    #[error(
        "{found:?} has no kind; allowed are dns:, uri:, cn:, ou:, email: and spki:, separated by commas"
    )]
    Kind {
        /// The entry.
        found: String,
    },
    /// An entry without anything behind its kind.
    #[error("nothing stands behind {kind:?}")]
    Empty {
        /// The kind with its colon.
        kind: &'static str,
    },
    /// Not a host name.
    #[error("{found:?} is no host name; a wildcard is not allowed, name the clients")]
    Dns {
        /// What stands behind `dns:`.
        found: String,
    },
    /// Not a URI with a scheme.
    #[error("{found:?} is no URI; it must begin with a scheme such as spiffe://")]
    Uri {
        /// What stands behind `uri:`.
        found: String,
    },
    /// Not an address.
    #[error("{found:?} is no e-mail address")]
    Email {
        /// What stands behind `email:`.
        found: String,
    },
    /// Not 32 octets in base64.
    #[error("{found:?} is no SHA-256 value in base64, which has 44 characters")]
    Spki {
        /// What stands behind `spki:`.
        found: String,
    },
}

const KINDS: [&str; 6] = ["dns:", "uri:", "cn:", "ou:", "email:", "spki:"];

impl AllowedNames {
    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[AllowedName] {
        &self.0
    }
}

impl FromStr for AllowedNames {
    type Err = InvalidAllowedNames;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let count = text.split(',').count();
        if count > MAX_ALLOWED_NAMES {
            return Err(InvalidAllowedNames::TooMany { count });
        }
        let entries: Result<Vec<_>, _> = text.split(',').map(|part| part.trim().parse()).collect();
        entries.map(Self)
    }
}

impl FromStr for AllowedName {
    type Err = InvalidAllowedNames;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = |text: &str| text.to_owned();
        let Some((kind, value)) = KINDS
            .iter()
            .find_map(|kind| Some((*kind, text.strip_prefix(kind)?)))
        else {
            return Err(InvalidAllowedNames::Kind { found: found(text) });
        };
        let value = value.trim();
        if value.is_empty() {
            return Err(InvalidAllowedNames::Empty { kind });
        }
        let found = found(value);
        match kind {
            "dns:" => match value.parse() {
                Ok(name) => Ok(Self::Dns(name)),
                Err(_) => Err(InvalidAllowedNames::Dns { found }),
            },
            "uri:" if has_scheme(value) => Ok(Self::Uri(found)),
            "uri:" => Err(InvalidAllowedNames::Uri { found }),
            "cn:" => Ok(Self::CommonName(found)),
            "ou:" => Ok(Self::OrganizationalUnit(found)),
            "email:" if is_address(value) => Ok(Self::Email(found)),
            "email:" => Err(InvalidAllowedNames::Email { found }),
            _ => {
                let mut digest = [0; SHA256];
                match Base64::decode(value, &mut digest) {
                    Ok(octets) if octets.len() == SHA256 => Ok(Self::Spki(digest)),
                    Ok(_) | Err(_) => Err(InvalidAllowedNames::Spki { found }),
                }
            }
        }
    }
}

/// Whether a text begins with the scheme of a URI.
///
/// Source: RFC 3986 section 3.1.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
            && !rest.is_empty()
            && text.is_ascii()
            && !text.contains(' ')
    })
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.contains('@') && domain.parse::<DnsName>().is_ok()
    })
}

impl fmt::Display for AllowedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{}", name.as_str()),
            Self::Uri(uri) => write!(f, "uri:{uri}"),
            Self::CommonName(name) => write!(f, "cn:{name}"),
            Self::OrganizationalUnit(unit) => write!(f, "ou:{unit}"),
            Self::Email(address) => write!(f, "email:{address}"),
            Self::Spki(digest) => write!(f, "spki:{}", Base64::encode_string(digest)),
        }
    }
}

impl Shown for AllowedNames {
    fn shown(&self) -> String {
        let entries: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        entries.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        let got = text.parse::<AllowedNames>();
        let shown = got.as_ref().ok().map(Shown::shown);
        assert_eq!(shown.as_deref(), want, "{text}: {got:?}");
    }

    #[test]
    fn lists_of_names() {
        const KEY: &str = "spki:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        check("dns:A.example.com", Some("dns:a.example.com"));
        check(
            "dns:a.example.com, cn:Recorder 1,ou:Voice",
            Some("dns:a.example.com,cn:Recorder 1,ou:Voice"),
        );
        check(
            "uri:spiffe://fleet/recorder",
            Some("uri:spiffe://fleet/recorder"),
        );
        check("email:ops@example.com", Some("email:ops@example.com"));
        check(KEY, Some(KEY));
        for text in [
            "",
            "a.example.com",
            "dns:",
            "dns:*.example.com",
            "dns:a,,dns:b",
            "DNS:a",
            "uri:recorder",
            "email:ops",
            "email:a@b@c",
            "spki:47DEQ",
            &format!("{KEY}="),
        ] {
            check(text, None);
        }
        check(&"cn:x,".repeat(2000), None);
    }
}
