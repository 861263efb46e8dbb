//! A key store as programs have it: entries with names, each a key with its chain or a certificate
//! that is trusted.
//!
//! The same for every format: [`crate::contents`] reads one, [`crate::store::write`] writes one. Not
//! the files: names of files, permissions and passwords are the callers'. Invariant: no two entries
//! have the same name, also where a program takes capital letters for small ones, as Java does.

pub mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use trustpack_x509::certificate::Certificate;

use crate::contents::{CertificateRole, Contents, FoundCertificate, FoundKey};
use crate::pem::ReadKeyError;
use crate::private_key::PrivateKey;

/// The name of an entry: 1 to 255 characters, none of them a control character.
///
/// Source: RFC 2985 section 5.5.1 for the length of a friendly name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alias(Box<str>);

/// Most characters of an alias.
const MAX_ALIAS: usize = 255;

/// A text is no name of an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAlias {
    /// It is empty or too long.
    #[error("the alias has {found} characters; it must have 1 to {MAX_ALIAS}")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// It has a character that would break lines or end the text.
    #[error("the alias {found:?} has a control character or a blank at an end")]
    Character {
        /// The text.
        found: String,
    },
}

/// One entry.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub alias: Alias,
    /// What it is.
    pub holds: Holds,
}

/// What an entry is.
#[derive(Debug)]
pub enum Holds {
    /// A private key and its certificates, its own first; perhaps none.
    Key {
        /// The key.
        key: PrivateKey,
        /// Its certificates.
        chain: Vec<Certificate>,
    },
    /// A certificate that is trusted.
    Trusted(Certificate),
}

/// The entries of a key store, in their order.
#[derive(Debug, Default)]
pub struct Store {
    entries: Vec<Entry>,
    /// Each name as it is compared, with the last number that was put behind it.
    names: BTreeMap<String, u32>,
}

/// There is an entry of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is an entry {alias:?} already; aliases differ by more than capital letters")]
pub struct AliasTaken {
    alias: String,
}

/// A private key of a file could not be opened or used, and so cannot be an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("private key {number} of the file cannot be taken over")]
pub struct UnfitKey {
    /// Its number in the file, from 1.
    number: usize,
    /// Why.
    source: ReadKeyError,
}

impl Alias {
    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest name to what a file calls an entry; nothing where no character is left.
    #[must_use]
    pub fn near(text: &str) -> Option<Self> {
        let harmless = text
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_ALIAS);
        harmless.collect::<String>().trim().parse().ok()
    }

    /// Whether both name one entry: small and capital letters are the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }

    /// The form in which two are compared.
    fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    /// A name for a certificate: its common name, else its thumbprint.
    #[must_use]
    pub fn of_certificate(certificate: &Certificate) -> Self {
        let name = certificate.subject().common_name();
        name.and_then(|name| {
            name.trim()
                .chars()
                .take(MAX_SHORT)
                .collect::<String>()
                .parse()
                .ok()
        })
        .unwrap_or_else(|| Self(certificate.thumbprint().into()))
    }

    /// The same with a number behind it.
    fn numbered(&self, number: u32) -> Self {
        let short: String = self.0.chars().take(MAX_SHORT).collect();
        Self(format!("{short} ({number})").into())
    }
}

/// Characters of a name that leave room for a number behind it.
const MAX_SHORT: usize = 240;

impl FromStr for Alias {
    type Err = InvalidAlias;

    fn from_str(text: &str) -> Result<Self, InvalidAlias> {
        let found = text.chars().count();
        if !(1..=MAX_ALIAS).contains(&found) {
            return Err(InvalidAlias::Length { found });
        }
        if text.chars().any(char::is_control) || text.trim() != text {
            return Err(InvalidAlias::Character {
                found: text.to_owned(),
            });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Entry {
    /// The certificate by which people know the entry.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        match &self.holds {
            Holds::Key { chain, .. } => chain.first(),
            Holds::Trusted(certificate) => Some(certificate),
        }
    }

    /// All its certificates.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        match &self.holds {
            Holds::Key { chain, .. } => chain,
            Holds::Trusted(certificate) => std::slice::from_ref(certificate),
        }
    }

    /// Its private key.
    #[must_use]
    pub fn key(&self) -> Option<&PrivateKey> {
        match &self.holds {
            Holds::Key { key, .. } => Some(key),
            Holds::Trusted(_) => None,
        }
    }
}

impl Store {
    /// A store without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was found in a file, as entries: each key with its chain, and each certificate that is in
    /// none. An entry without a name is named after its certificate.
    ///
    /// Revocation lists and requests are no entries, and stay behind.
    ///
    /// # Errors
    ///
    /// When a key could not be opened.
    pub fn from_contents(contents: Contents) -> Result<Self, UnfitKey> {
        let mut store = Self::new();
        for (index, found) in contents.keys.into_iter().enumerate() {
            let FoundKey {
                key, alias, chain, ..
            } = found;
            let key = key.map_err(|source| UnfitKey {
                number: index + 1,
                source,
            })?;
            let alias = alias
                .and_then(|alias| Alias::near(&alias))
                .or_else(|| chain.first().map(Alias::of_certificate))
                .unwrap_or_else(|| Alias("key".into()));
            store.add_numbered(alias, Holds::Key { key, chain });
        }
        for found in contents.certificates {
            let FoundCertificate {
                certificate,
                alias,
                role,
            } = found;
            match role {
                CertificateRole::OfKey => {}
                CertificateRole::Trusted | CertificateRole::Unsaid => {
                    let alias = alias
                        .and_then(|alias| Alias::near(&alias))
                        .unwrap_or_else(|| Alias::of_certificate(&certificate));
                    store.add_numbered(alias, Holds::Trusted(certificate));
                }
            }
        }
        Ok(store)
    }

    /// The entries in their order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes the entries out.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Whether a private key is in it.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.entries.iter().any(|entry| entry.key().is_some())
    }

    /// The entry of a name, small and capital letters being the same.
    #[must_use]
    pub fn get(&self, alias: &Alias) -> Option<&Entry> {
        self.entries.get(self.position(alias)?)
    }

    fn position(&self, alias: &Alias) -> Option<usize> {
        let folded = alias.folded();
        self.entries
            .iter()
            .position(|entry| entry.alias.folded() == folded)
    }

    /// Adds an entry behind the others.
    ///
    /// # Errors
    ///
    /// When there is one of this name.
    pub fn add(&mut self, entry: Entry) -> Result<(), AliasTaken> {
        let folded = entry.alias.folded();
        if self.names.contains_key(&folded) {
            return Err(AliasTaken {
                alias: entry.alias.to_string(),
            });
        }
        self.names.insert(folded, 1);
        self.entries.push(entry);
        Ok(())
    }

    /// Adds an entry, with a number behind its name if there is one of this name.
    pub fn add_numbered(&mut self, alias: Alias, holds: Holds) {
        let folded = alias.folded();
        let mut free = alias.clone();
        if let Some(last) = self.names.get(&folded).copied() {
            let numbered =
                (last.saturating_add(1)..).map(|number| (number, alias.numbered(number)));
            let found = numbered
                .into_iter()
                .find(|(_, alias)| !self.names.contains_key(&alias.folded()));
            if let Some((number, alias)) = found {
                self.names.insert(folded, number);
                free = alias;
            }
        }
        self.names.insert(free.folded(), 1);
        self.entries.push(Entry { alias: free, holds });
    }

    /// Takes the entry of this name out.
    pub fn remove(&mut self, alias: &Alias) -> Option<Entry> {
        let at = self.position(alias)?;
        self.names.remove(&alias.folded());
        Some(self.entries.remove(at))
    }
}

/// An entry that is to be written, borrowed.
#[derive(Clone, Copy)]
pub(crate) enum EntryView<'a> {
    Key {
        alias: &'a str,
        key: &'a PrivateKey,
        chain: &'a [Certificate],
    },
    Trusted {
        alias: &'a str,
        certificate: &'a Certificate,
    },
}

impl Entry {
    pub(crate) fn view(&self) -> EntryView<'_> {
        let alias = self.alias.as_str();
        match &self.holds {
            Holds::Key { key, chain } => EntryView::Key { alias, key, chain },
            Holds::Trusted(certificate) => EntryView::Trusted { alias, certificate },
        }
    }
}
