//! Reads the text of an option value as what the options table says it is.
//!
//! Not here: which level it stands at, and findings ([`crate::level`]).
//! Invariant: a value that is returned is one the option allows.

mod own;
mod values;

use std::path::Path;

use trustpack_x509::time::Timestamp;

use crate::options::{Behaviour, OptionId, OptionRow, ValueKind};
use crate::secret::{HIDDEN, Secret, may_be_key_material};
use crate::spelling;
use crate::value::allowed_names::{AllowedNames, InvalidAllowedNames};
use crate::value::own_certificate::{Cleaned, InvalidTokenUri, OwnCertificate};
use crate::value::revocation::{CrlCheck, CrlFreshness, InvalidFreshness};
use crate::value::{
    AbsolutePath, CipherList, InvalidPath, LowestVersion, NameCheck, PasswordSource,
    ProtocolVersion, Provider, StoreLocation,
};
use own::{MAX_PATHS, path};

/// Longest piece of a value that a message repeats, in characters; our own limit.
const MAX_QUOTED: usize = 80;

/// Longest value of an option, in octets. Our own limit: a thousand allowed names are some 60,000, and whatever shows the
/// settings shows each value whole.
const MAX_VALUE_BYTES: usize = 256 * 1024;

/// Where relative paths start.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PathBase<'a> {
    /// Nowhere: they are an error.
    Nowhere,
    /// In this folder.
    Folder(&'a Path),
}

/// What decides how a text is read, beside its option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// Where relative paths start.
    pub(crate) base: PathBase<'a>,
    /// The provider of the level that the text stands at.
    pub(crate) provider: Provider,
}

/// A value of any option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Set to nothing.
    Empty,
    /// `0`, `1`, `false`, `true`.
    On(bool),
    Own(OwnCertificate),
    Path(AbsolutePath),
    Provider(Provider),
    StoreLocation(StoreLocation),
    Password(PasswordSource),
    NameCheck(NameCheck),
    Lowest(LowestVersion),
    Highest(ProtocolVersion),
    Ciphers(CipherList),
    CrlCheck(CrlCheck),
    Freshness(CrlFreshness),
    Names(AllowedNames),
    /// The last day, as its midnight.
    Day(Timestamp),
    /// A value that has no effect where it stands, whatever it is.
    Other(Secret),
}

/// A value, and the right spelling if it was written in another case.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) value: Value,
    pub(crate) taken_as: Option<&'static str>,
    /// Whether marks that cannot be seen were taken out.
    pub(crate) cleaned: Cleaned,
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
    Word {
        found: String,
        allowed: String,
        /// The allowed word that was probably meant.
        near: Option<&'static str>,
    },
    #[error("the value is empty; allowed are {allowed}")]
    Empty { allowed: String },
    #[error("the path {path:?} is relative")]
    Relative { path: String },
    #[error("the value has {length} octets; at most {MAX_VALUE_BYTES} are allowed")]
    TooLong { length: usize },
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
    #[error("{found:?} is no thumbprint; with MSCAPI it must have 40 hexadecimal digits")]
    Thumbprint {
        /// As it was written.
        found: String,
        /// What it looks like.
        kind: NoThumbprint,
    },
    #[error(transparent)]
    TokenUri(InvalidTokenUri),
    #[error(
        "nothing stands behind the # of {found:?}; it must be followed by the alias of an entry"
    )]
    EmptyAlias { found: String },
    #[error(transparent)]
    Freshness(InvalidFreshness),
    #[error(transparent)]
    Names(InvalidAllowedNames),
    #[error("{found:?} is no date; it must be a day, such as 2027-03-31")]
    Day { found: String },
}

/// What a text that is no thumbprint looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoThumbprint {
    /// A path of a file.
    Path,
    /// Something else.
    Other,
}

/// Reads `text` as a value of the option `row`.
pub(crate) fn parse(
    row: &OptionRow,
    text: &str,
    context: Context<'_>,
) -> Result<Parsed, InvalidValue> {
    if text.len() > MAX_VALUE_BYTES {
        let length = text.len();
        return Err(InvalidValue::TooLong { length });
    }
    let mut taken_as = None;
    let mut cleaned = Cleaned::NothingInvisible;
    let value = match row.values {
        ValueKind::Switch => Value::On(word(text, &["0", "1"], &mut taken_as)? == "1"),
        ValueKind::Truth => Value::On(word(text, &["false", "true"], &mut taken_as)? == "true"),
        ValueKind::Words(words) => typed(row.id, word(text, words, &mut taken_as)?),
        ValueKind::Path
        | ValueKind::Certificate
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
        ValueKind::Path if row.id == OptionId::CertificateKey => own::key(text, context)?,
        ValueKind::Path if row.id == OptionId::TrustedCa => own::trusted(text, context)?,
        ValueKind::Path => Value::Path(path(text, context.base)?),
        ValueKind::Certificate => {
            let (value, marks) = own::certificate(text, context)?;
            cleaned = marks;
            value
        }
        ValueKind::Password => Value::Password(password(text, context.base)?),
        ValueKind::Ciphers => Value::Ciphers(ciphers(text)?),
        ValueKind::Freshness => Value::Freshness(freshness(text, &mut taken_as)?),
        ValueKind::AllowedNames => Value::Names(text.parse().map_err(InvalidValue::Names)?),
        ValueKind::Date => Value::Day(day(text)?),
    };
    let behaviour = match row.behaviour {
        Behaviour::There => Supported::Yes,
        Behaviour::LaterFor(words) if words.contains(&taken_as.unwrap_or(text)) => {
            Supported::NotYet
        }
        Behaviour::LaterFor(_) => Supported::Yes,
    };
    Ok(Parsed {
        value,
        taken_as,
        cleaned,
        behaviour,
    })
}

fn ciphers(text: &str) -> Result<CipherList, InvalidValue> {
    CipherList::parse(text).ok_or_else(|| InvalidValue::Ciphers {
        found: quoted(text),
    })
}

/// One of its words, in whatever case, or hours.
fn freshness(
    text: &str,
    taken_as: &mut Option<&'static str>,
) -> Result<CrlFreshness, InvalidValue> {
    let written = word(text, &["required", "warn"], taken_as).unwrap_or(text);
    written.parse().map_err(|_| {
        InvalidValue::Freshness(InvalidFreshness {
            found: quoted(text),
        })
    })
}

/// A day. A time of day is refused: which zone it were in would be a question.
fn day(text: &str) -> Result<Timestamp, InvalidValue> {
    /// Characters of `2027-03-31`.
    const LENGTH: usize = 10;
    let day = (text.len() == LENGTH).then(|| text.parse().ok()).flatten();
    day.ok_or_else(|| InvalidValue::Day {
        found: quoted(text),
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
            near: spelling::nearest(text, words.iter().copied().filter(is_good)),
        },
    })
}

/// Versions that are known to be broken, which nobody is told to write.
const BROKEN_VERSIONS: [&str; 3] = ["SSLv3", "TLSv1", "TLSv11"];

fn is_good(word: &&str) -> bool {
    !BROKEN_VERSIONS.contains(word)
}

/// The value that a word of the table means.
fn typed(option: OptionId, word: &'static str) -> Value {
    let typed = match option {
        OptionId::Provider => Provider::from_word(word).map(Value::Provider),
        OptionId::TlsTargetNameCheck => NameCheck::from_word(word).map(Value::NameCheck),
        OptionId::SecProtocol => LowestVersion::from_word(word).map(Value::Lowest),
        OptionId::SecProtocolMax if word.is_empty() => Some(Value::Empty),
        OptionId::SecProtocolMax => ProtocolVersion::from_word(word).map(Value::Highest),
        OptionId::StoreLocation => StoreLocation::from_word(word).map(Value::StoreLocation),
        OptionId::CrlCheck => CrlCheck::from_word(word).map(Value::CrlCheck),
        OptionId::Tls
        | OptionId::TlsMutual
        | OptionId::Upgrade
        | OptionId::Certificate
        | OptionId::CertificateKey
        | OptionId::TrustedCa
        | OptionId::TruststorePassword
        | OptionId::KeystorePassword
        | OptionId::Fips140Enabled
        | OptionId::Crl
        | OptionId::ClientAuth
        | OptionId::CipherList
        | OptionId::SendRoot
        | OptionId::CrlFreshness
        | OptionId::AllowedNames
        | OptionId::DangerAcceptWeak => None,
    };
    typed.unwrap_or_else(|| Value::Other(Secret::new(word)))
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

#[cfg(test)]
mod tests;
