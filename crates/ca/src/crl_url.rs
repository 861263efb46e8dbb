//! Where the revocation lists of an authority can be fetched.
//!
//! Invariant: a [`CrlUrl`] can stand in a certificate and, as it is, in `ca.conf`, where `openssl ca`
//! reads it.

use std::fmt;
use std::str::FromStr;

use trustpack_x509::general_name::GeneralName;

/// A URL of a revocation list: `http`, `https` or `ldap`, in ASCII, at most 2048 characters.
///
/// Source: RFC 5280 section 4.2.1.13.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CrlUrl(Box<str>);

/// A text is no URL of a revocation list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCrlUrl {
    /// Another scheme, or none.
    #[error(
        "{found:?} is no URL of a revocation list; it must begin with http://, https:// or ldap://"
    )]
    Scheme {
        /// The text.
        found: String,
    },
    /// No host behind the scheme.
    #[error("{found:?} names no host")]
    Host {
        /// The text.
        found: String,
    },
    /// A character that URLs write otherwise, or that `openssl ca` reads as its own.
    #[error("the URL {url:?} contains {found:?}; write it as {escaped}")]
    Character {
        /// The text.
        url: String,
        /// The character.
        found: char,
        /// How it is written.
        escaped: String,
    },
    /// Too long.
    #[error("the URL has {length} characters; at most {MAX_LENGTH} are allowed")]
    TooLong {
        /// Its length.
        length: usize,
    },
}

/// Characters of a URL: our own limit, which browsers and proxies share.
const MAX_LENGTH: usize = 2048;
/// Characters of a refused URL that an error repeats.
const SHOWN: usize = 80;

impl CrlUrl {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether fetching it needs TLS, for which a program may need a revocation list first.
    #[must_use]
    pub fn needs_tls(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl From<&CrlUrl> for GeneralName {
    fn from(url: &CrlUrl) -> Self {
        Self::Uri(url.0.to_string())
    }
}

impl FromStr for CrlUrl {
    type Err = InvalidCrlUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shown: String = text.chars().take(SHOWN).collect();
        if text.len() > MAX_LENGTH {
            return Err(InvalidCrlUrl::TooLong { length: text.len() });
        }
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let scheme = scheme.to_ascii_lowercase();
        if !["http", "https", "ldap"].contains(&scheme.as_str()) {
            return Err(InvalidCrlUrl::Scheme { found: shown });
        }
        if let Some(found) = rest.chars().find(|&c| !is_plain(c)) {
            let mut octets = [0; 4];
            let octets = found.encode_utf8(&mut octets).bytes();
            return Err(InvalidCrlUrl::Character {
                url: shown,
                found,
                escaped: octets.map(|octet| format!("%{octet:02X}")).collect(),
            });
        }
        let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
        // An LDAP URL without a host asks the directory that the client knows (RFC 4516 section 2).
        if host.is_empty() && scheme != "ldap" {
            return Err(InvalidCrlUrl::Host { found: shown });
        }
        Ok(Self(format!("{scheme}://{rest}").into()))
    }
}

/// What may stand in a URL (RFC 3986 section 2) but for the fragment, which is never sent, and for what
/// the configuration files of OpenSSL use: quotes, `$`, and the comma.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~:/?[]@!()*+;=&%".contains(character)
}

impl fmt::Display for CrlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(text: &str, words: &str) {
        let error = text.parse::<CrlUrl>().expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }

    #[test]
    fn takes_what_can_stand_in_both_places() {
        for good in [
            "http://pki.example.com/ca.crl",
            "https://pki.example.com:8443/a%2Cb?x=1",
            "ldap:///CN=CA?certificateRevocationList",
        ] {
            assert_eq!(
                good.parse::<CrlUrl>().map(|u| u.to_string()).as_deref(),
                Ok(good)
            );
        }
        let upper = "HTTP://pki.example.com/".parse::<CrlUrl>();
        assert_eq!(upper.unwrap().as_str(), "http://pki.example.com/");
    }

    #[test]
    fn refuses_the_rest_by_name() {
        refuses("", "must begin with");
        refuses("pki.example.com/ca.crl", "must begin with");
        refuses("file:///etc/passwd", "must begin with");
        refuses("http:///ca.crl", "names no host");
        refuses("http://a/b c", "write it as %20");
        refuses("http://a/b,c", "write it as %2C");
        refuses("http://a/$HOME", "write it as %24");
        refuses("http://a/b\nc", "write it as %0A");
        refuses("http://a/ü", "write it as %C3%BC");
        refuses("http://a/#x", "write it as %23");
        refuses(&format!("http://a/{}", "b".repeat(3000)), "at most 2048");
    }
}
