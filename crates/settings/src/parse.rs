//! Reads the text of an option value as what the options table says it is.
//!
//! Not here: which level it stands at, and findings ([`crate::level`]).
//! Invariant: a value that is returned is one the option allows.

use std::path::{Path, PathBuf};

use crate::options::{Behaviour, OptionId, OptionRow, ValueKind};
use crate::secret::{HIDDEN, Secret, may_be_key_material};
use crate::value::{
    AbsolutePath, CipherList, InvalidPath, LowestVersion, NameCheck, PasswordSource,
    ProtocolVersion, Provider, Shown,
};

/// Longest piece of a value that a message repeats, in characters; our own limit.
const MAX_QUOTED: usize = 80;
/// Most files that `certificate` may name; a chain has a handful. Our own limit.
const MAX_PATHS: usize = 32;

/// Where relative paths start.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PathBase<'a> {
    /// Nowhere: they are an error.
    Nowhere,
    /// In this folder.
    Folder(&'a Path),
}

/// A value of any option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Set to nothing.
    Empty,
    /// `0`, `1`, `false`, `true`.
    On(bool),
    Paths(Vec<AbsolutePath>),
    Path(AbsolutePath),
    Provider(Provider),
    Password(PasswordSource),
    NameCheck(NameCheck),
    Lowest(LowestVersion),
    Highest(ProtocolVersion),
    Ciphers(CipherList),
    /// The value of an option that this version only knows by its name.
    Other(Secret),
}

/// A value, and the right spelling if it was written in another case.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) value: Value,
    pub(crate) taken_as: Option<&'static str>,
    pub(crate) behaviour: Supported,
}

/// Whether this version can do what the value asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Supported {
    Yes,
    NotYet,
}

/// Why a text is no value of an option.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidValue {
    #[error("{found:?} is not allowed; allowed are {allowed}")]
    Word { found: String, allowed: String },
    #[error("the value is empty; allowed are {allowed}")]
    Empty { allowed: String },
    #[error("the path {path:?} is relative")]
    Relative { path: String },
    #[error(transparent)]
    Path(InvalidPath),
    #[error("one of the paths in {found:?} is empty; separate paths by single commas")]
    EmptyPath { found: String },
    #[error("{count} files are named; at most {MAX_PATHS} are allowed")]
    TooManyPaths { count: usize },
    /// The value is not repeated: it may be a password that happens to start with `env:`.
    #[error("the name after env: is not allowed; allowed are letters, digits and _")]
    Environment,
    #[error("{found:?} names no cipher suite; allowed are names separated by : or blanks")]
    Ciphers { found: String },
}

/// Reads `text` as a value of the option `row`.
pub(crate) fn parse(
    row: &OptionRow,
    text: &str,
    base: PathBase<'_>,
) -> Result<Parsed, InvalidValue> {
    let mut taken_as = None;
    let value =
        match row.values {
            ValueKind::Switch => Value::On(word(text, &["0", "1"], &mut taken_as)? == "1"),
            ValueKind::Truth => Value::On(word(text, &["false", "true"], &mut taken_as)? == "true"),
            ValueKind::Words(words) => typed(row.id, word(text, words, &mut taken_as)?),
            ValueKind::Path
            | ValueKind::Paths
            | ValueKind::Password
            | ValueKind::Ciphers
            | ValueKind::Freshness
            | ValueKind::AllowedNames
            | ValueKind::Date
                if text.is_empty() =>
            {
                // "An empty value counts as set": set to nothing, which hides what a higher level says.
                Value::Empty
            }
            ValueKind::Path => Value::Path(path(text, base)?),
            ValueKind::Paths => Value::Paths(paths(text, base)?),
            ValueKind::Password => Value::Password(password(text, base)?),
            ValueKind::Ciphers => CipherList::parse(text).map(Value::Ciphers).ok_or_else(|| {
                InvalidValue::Ciphers {
                    found: quoted(text),
                }
            })?,
            ValueKind::Freshness | ValueKind::AllowedNames | ValueKind::Date => {
                Value::Other(Secret::new(text))
            }
        };
    let behaviour = match row.behaviour {
        Behaviour::There => Supported::Yes,
        Behaviour::Later if value == Value::Empty => Supported::Yes,
        Behaviour::Later => Supported::NotYet,
        Behaviour::LaterFor(words) if words.contains(&taken_as.unwrap_or(text)) => {
            Supported::NotYet
        }
        Behaviour::LaterFor(_) => Supported::Yes,
    };
    Ok(Parsed {
        value,
        taken_as,
        behaviour,
    })
}

/// The word that `text` is, in its own case or, with `taken_as` set, in another.
fn word(
    text: &str,
    words: &[&'static str],
    taken_as: &mut Option<&'static str>,
) -> Result<&'static str, InvalidValue> {
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Ok(word);
    }
    // An old spelling of the same provider.
    let meant = if text.eq_ignore_ascii_case("MSCAP") {
        "MSCAPI"
    } else {
        text
    };
    if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(meant)) {
        *taken_as = Some(word);
        return Ok(word);
    }
    let named = words
        .iter()
        .map(|word| if word.is_empty() { "nothing" } else { word });
    let allowed = named.collect::<Vec<_>>().join(", ");
    Err(match text {
        "" => InvalidValue::Empty { allowed },
        text => InvalidValue::Word {
            found: quoted(text),
            allowed,
        },
    })
}

/// The value that a word of the table means.
fn typed(option: OptionId, word: &'static str) -> Value {
    let typed = match option {
        OptionId::Provider => Provider::from_word(word).map(Value::Provider),
        OptionId::TlsTargetNameCheck => NameCheck::from_word(word).map(Value::NameCheck),
        OptionId::SecProtocol => LowestVersion::from_word(word).map(Value::Lowest),
        OptionId::SecProtocolMax if word.is_empty() => Some(Value::Empty),
        OptionId::SecProtocolMax => ProtocolVersion::from_word(word).map(Value::Highest),
        OptionId::Tls
        | OptionId::TlsMutual
        | OptionId::Upgrade
        | OptionId::Certificate
        | OptionId::CertificateKey
        | OptionId::TrustedCa
        | OptionId::TruststorePassword
        | OptionId::KeystorePassword
        | OptionId::StoreLocation
        | OptionId::Fips140Enabled
        | OptionId::Crl
        | OptionId::ClientAuth
        | OptionId::CipherList
        | OptionId::SendRoot
        | OptionId::CrlCheck
        | OptionId::CrlFreshness
        | OptionId::AllowedNames
        | OptionId::DangerAcceptWeak => None,
    };
    typed.unwrap_or_else(|| Value::Other(Secret::new(word)))
}

fn path(text: &str, base: PathBase<'_>) -> Result<AbsolutePath, InvalidValue> {
    match text.parse::<AbsolutePath>() {
        Ok(path) => Ok(path),
        Err(InvalidPath::Relative { path }) => match base {
            PathBase::Nowhere => Err(InvalidValue::Relative {
                path: quoted(&path),
            }),
            PathBase::Folder(folder) => {
                let joined: PathBuf = folder.join(&path);
                AbsolutePath::from_folder(joined).map_err(InvalidValue::Path)
            }
        },
        Err(error @ (InvalidPath::Character { .. } | InvalidPath::Empty)) => {
            Err(InvalidValue::Path(error))
        }
    }
}

fn paths(text: &str, base: PathBase<'_>) -> Result<Vec<AbsolutePath>, InvalidValue> {
    let count = text.split(',').count();
    if count > MAX_PATHS {
        return Err(InvalidValue::TooManyPaths { count });
    }
    text.split(',')
        .map(|part| match part.trim() {
            "" => Err(InvalidValue::EmptyPath {
                found: quoted(text),
            }),
            part => path(part, base),
        })
        .collect()
}

fn password(text: &str, base: PathBase<'_>) -> Result<PasswordSource, InvalidValue> {
    if let Some(file) = text.strip_prefix("file:") {
        return path(file, base).map(PasswordSource::File);
    }
    match text.strip_prefix("env:") {
        None => Ok(PasswordSource::Text(Secret::new(text))),
        Some(name) => {
            let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(good) {
                return Err(InvalidValue::Environment);
            }
            Ok(PasswordSource::Environment(name.to_owned()))
        }
    }
}

fn quoted(text: &str) -> String {
    if may_be_key_material(text) {
        return HIDDEN.to_owned();
    }
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Value {
    pub(crate) fn on(&self) -> Option<bool> {
        if let Self::On(on) = self {
            Some(*on)
        } else {
            None
        }
    }

    pub(crate) fn paths(&self) -> Option<Vec<AbsolutePath>> {
        if let Self::Paths(paths) = self {
            Some(paths.clone())
        } else {
            None
        }
    }

    pub(crate) fn path(&self) -> Option<AbsolutePath> {
        if let Self::Path(path) = self {
            Some(path.clone())
        } else {
            None
        }
    }

    pub(crate) fn provider(&self) -> Option<Provider> {
        if let Self::Provider(provider) = self {
            Some(*provider)
        } else {
            None
        }
    }

    pub(crate) fn password(&self) -> Option<PasswordSource> {
        if let Self::Password(password) = self {
            Some(password.clone())
        } else {
            None
        }
    }

    pub(crate) fn name_check(&self) -> Option<NameCheck> {
        if let Self::NameCheck(check) = self {
            Some(*check)
        } else {
            None
        }
    }

    pub(crate) fn lowest(&self) -> Option<LowestVersion> {
        if let Self::Lowest(version) = self {
            Some(*version)
        } else {
            None
        }
    }

    pub(crate) fn highest(&self) -> Option<ProtocolVersion> {
        if let Self::Highest(version) = self {
            Some(*version)
        } else {
            None
        }
    }

    pub(crate) fn ciphers(&self) -> Option<CipherList> {
        if let Self::Ciphers(list) = self {
            Some(list.clone())
        } else {
            None
        }
    }

    /// The value as listings show it.
    pub(crate) fn shown(&self, values: ValueKind) -> String {
        match self {
            Self::Empty => String::new(),
            Self::On(on) if values == ValueKind::Truth => on.to_string(),
            Self::On(on) => u8::from(*on).to_string(),
            Self::Paths(paths) => paths.shown(),
            Self::Path(path) => path.shown(),
            Self::Provider(provider) => provider.shown(),
            Self::Password(password) => password.shown(),
            Self::NameCheck(check) => check.shown(),
            Self::Lowest(version) => version.shown(),
            Self::Highest(version) => version.shown(),
            Self::Ciphers(list) => list.shown(),
            Self::Other(text) => text.expose().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
