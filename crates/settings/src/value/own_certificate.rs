//! Where the own certificate is (`certificate`), in the form that the provider gives it.
//!
//! Not here: whether it is there; that is for whoever reads files and stores.
//! Invariant: a thumbprint is 40 hexadecimal digits, whatever marks it was pasted with.

use std::fmt;
use std::str::FromStr;

use super::{AbsolutePath, Shown};
use crate::secret::{HIDDEN, Secret};

/// The value of `certificate`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OwnCertificate {
    /// Not set, or set to nothing.
    #[default]
    None,
    /// PEM files: the certificate and its chain.
    Files(Vec<AbsolutePath>),
    /// A certificate of the Windows store.
    Thumbprint(Thumbprint),
    /// An entry of a key store, JKS or PKCS#12.
    Entry(StoreEntry),
    /// An object of a PKCS#11 token.
    Token(TokenUri),
}

/// SHA-1 of a certificate, as 40 hexadecimal digits in upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thumbprint(String);

/// A key store, with the name of its entry if it has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreEntry {
    /// The file.
    pub store: AbsolutePath,
    /// The alias behind `#`.
    pub alias: Option<String>,
}

/// A PKCS#11 URI. It may hold a PIN, so it is a secret as a whole.
///
/// Source: RFC 7512.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUri(Secret);

/// What a thumbprint was cleaned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// Of nothing that cannot be seen.
    NothingInvisible,
    /// Of marks that cannot be seen, as copying from a window of Windows leaves them.
    InvisibleMarks,
}

/// A text is no thumbprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no thumbprint; it must have 40 hexadecimal digits")]
pub struct InvalidThumbprint {
    /// The text, cleaned.
    pub found: String,
}

/// A text is no PKCS#11 URI. The text is not repeated: it may hold a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTokenUri {
    /// Another scheme, or none.
    #[error("the value is no PKCS#11 URI; it must begin with pkcs11:")]
    Scheme,
    /// An attribute that is no `name=value`.
    #[error("attribute {number} of the PKCS#11 URI is no name=value")]
    Attribute {
        /// Which, from 1.
        number: usize,
    },
    /// A character that must be written as %XX.
    #[error("attribute {number} of the PKCS#11 URI has a character that must be written as %XX")]
    Character {
        /// Which, from 1.
        number: usize,
    },
    /// An attribute twice.
    #[error("attribute {number} of the PKCS#11 URI is there twice")]
    Repeated {
        /// Which, from 1.
        number: usize,
    },
}

impl OwnCertificate {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// The PEM files; empty with other providers.
    #[must_use]
    pub fn files(&self) -> &[AbsolutePath] {
        match self {
            Self::Files(files) => files,
            Self::None | Self::Thumbprint(_) | Self::Entry(_) | Self::Token(_) => &[],
        }
    }
}

impl Thumbprint {
    /// Reads a thumbprint as people paste it: blanks, colons and either case are taken, and marks that
    /// cannot be seen are taken out.
    ///
    /// # Errors
    ///
    /// [`InvalidThumbprint`] if something else than 40 hexadecimal digits is left.
    pub fn parse(text: &str) -> Result<(Self, Cleaned), InvalidThumbprint> {
        const DIGITS: usize = 40;
        let cleaned = if text.chars().any(is_invisible) {
            Cleaned::InvisibleMarks
        } else {
            Cleaned::NothingInvisible
        };
        let digits: String = text
            .chars()
            .filter(|c| !is_invisible(*c) && !c.is_whitespace() && *c != ':')
            .collect();
        if digits.len() == DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok((Self(digits.to_ascii_uppercase()), cleaned))
        } else {
            Err(InvalidThumbprint { found: digits })
        }
    }

    /// The 40 digits, in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks that text copied from a window carries and nobody sees: directions, joiners, byte order.
///
/// Source: Unicode general category Cf, as far as it occurs in copied text.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
    )
}

impl FromStr for TokenUri {
    type Err = InvalidTokenUri;

    /// The path has its attributes between `;`, the query between `&`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .strip_prefix("pkcs11:")
            .ok_or(InvalidTokenUri::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let attributes = path.split(';').chain(query.split('&'));
        let mut names = Vec::new();
        for (index, attribute) in attributes.filter(|a| !a.is_empty()).enumerate() {
            let number = index + 1;
            let (name, value) = attribute
                .split_once('=')
                .ok_or(InvalidTokenUri::Attribute { number })?;
            let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if name.is_empty() || !name.chars().all(in_name) {
                return Err(InvalidTokenUri::Attribute { number });
            }
            if !is_percent_encoded(value) {
                return Err(InvalidTokenUri::Character { number });
            }
            if names.contains(&name) {
                return Err(InvalidTokenUri::Repeated { number });
            }
            names.push(name);
        }
        Ok(Self(Secret::new(text)))
    }
}

/// Whether a value has only characters that RFC 7512 section 2.3 allows bare, and whole `%XX`.
fn is_percent_encoded(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => bytes
            .get(at + 1..at + 3)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        b if b.is_ascii_alphanumeric() => true,
        b => b"-._~:[]@!$'()*+,=/|&".contains(b),
    })
}

impl TokenUri {
    /// The URI itself, with a PIN that it may hold. Search for callers to audit.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Display for StoreEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{}#{alias}", self.store),
            None => self.store.fmt(f),
        }
    }
}

impl Shown for OwnCertificate {
    fn shown(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Files(files) => {
                let files: Vec<String> = files.iter().map(ToString::to_string).collect();
                files.join(",")
            }
            Self::Thumbprint(thumbprint) => thumbprint.0.clone(),
            Self::Entry(entry) => entry.to_string(),
            Self::Token(uri) => uri.shown(),
        }
    }
}

impl Shown for TokenUri {
    fn shown(&self) -> String {
        let covered = |part: &str| match part.split_once('=') {
            Some(("pin-value", _)) => format!("pin-value={HIDDEN}"),
            Some(_) | None => part.to_owned(),
        };
        match self.0.expose().split_once('?') {
            Some((path, query)) => {
                let query: Vec<String> = query.split('&').map(covered).collect();
                format!("{}?{}", covered_path(path), query.join("&"))
            }
            None => covered_path(self.0.expose()),
        }
    }
}

/// The path of a URI; a PIN that stands there by mistake is covered as well.
fn covered_path(path: &str) -> String {
    let parts: Vec<String> = path
        .split(';')
        .map(|part| match part.split_once("pin-value=") {
            Some((before, _)) => format!("{before}pin-value={HIDDEN}"),
            None => part.to_owned(),
        })
        .collect();
    parts.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "D0B028AAD0B028AAD0B028AAD0B028AAD0B028AA";

    #[track_caller]
    fn thumbprint(text: &str, want: Option<Cleaned>) {
        let got = Thumbprint::parse(text).ok();
        assert_eq!(got.as_ref().map(|(_, cleaned)| *cleaned), want, "{text:?}");
        if let Some((thumbprint, _)) = got {
            assert_eq!(thumbprint.as_str(), PLAIN, "{text:?}");
        }
    }

    #[test]
    fn thumbprints_are_read_as_people_paste_them() {
        thumbprint(PLAIN, Some(Cleaned::NothingInvisible));
        thumbprint(&PLAIN.to_lowercase(), Some(Cleaned::NothingInvisible));
        thumbprint(
            "d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa d0 b0 28 aa",
            Some(Cleaned::NothingInvisible),
        );
        thumbprint(
            "D0:B0:28:AA:D0:B0:28:AA:D0:B0:28:AA:D0:B0:28:AA:D0:B0:28:AA",
            Some(Cleaned::NothingInvisible),
        );
        thumbprint(&format!("\u{200E}{PLAIN}"), Some(Cleaned::InvisibleMarks));
        thumbprint(PLAIN.get(1..).unwrap(), None);
        thumbprint(&PLAIN.replace('A', "G"), None);
        thumbprint("", None);
    }

    #[track_caller]
    fn uri(text: &str, want: Result<&str, InvalidTokenUri>) {
        let got = text.parse::<TokenUri>().map(|uri| uri.shown());
        assert_eq!(got.as_deref().map_err(|error| *error), want, "{text}");
    }

    #[test]
    fn token_uris_are_read_and_their_pin_is_covered() {
        uri("pkcs11:", Ok("pkcs11:"));
        uri(
            "pkcs11:token=HSM%201;object=host;type=cert",
            Ok("pkcs11:token=HSM%201;object=host;type=cert"),
        );
        uri(
            "pkcs11:object=host?pin-value=1234&module-name=p11",
            Ok("pkcs11:object=host?pin-value=(hidden)&module-name=p11"),
        );
        uri(
            "pkcs11:object=host;pin-value=1234",
            Ok("pkcs11:object=host;pin-value=(hidden)"),
        );
        uri("/etc/host.pem", Err(InvalidTokenUri::Scheme));
        uri("pkcs11:host", Err(InvalidTokenUri::Attribute { number: 1 }));
        uri(
            "pkcs11:object=a b",
            Err(InvalidTokenUri::Character { number: 1 }),
        );
        uri(
            "pkcs11:object=a%2",
            Err(InvalidTokenUri::Character { number: 1 }),
        );
        uri(
            "pkcs11:object=a;object=b",
            Err(InvalidTokenUri::Repeated { number: 2 }),
        );
        let secret: TokenUri = "pkcs11:?pin-value=1234".parse().unwrap();
        assert!(!format!("{secret:?}").contains("1234"));
    }
}
