//! What `key create`, `key convert`, `key show` and `convert_priv_key.sh` share: a private key out of any file, asking
//! for the passwords that it takes, and a description of it.
//!
//! Invariant: nobody is asked for a password that is not needed, and what is shown of a key is public.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use trustpack_keystore::contents::{self, Format, ReadContentsError};
use trustpack_keystore::key_file::{KeyFormat, OldCipher, Pkcs8Encryption};
use trustpack_keystore::limited_file::{self, Accepted};
use trustpack_keystore::password::{Password, Passwords};
use trustpack_keystore::pem::stored_key::{Encoding, KeyForm, StoredKey};
use trustpack_keystore::pem::{self, ReadKeyError};
use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};
use zeroize::Zeroizing;

use crate::contents_file::with_hint;
use crate::failure::{Failure, message};
use crate::password_prompt;
use crate::secret_file;

/// Octets of a file that is read for its key: key stores hold certificates too.
const MAX_FILE: usize = 32 * 1024 * 1024;

/// A file that holds a private key, as it was read.
pub(super) struct KeySource {
    path: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
    kind: SourceKind,
}

/// What kind of file it is.
enum SourceKind {
    Key(StoredKey),
    Store(Format),
}

/// What a file has a key in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundForm {
    Key(KeyForm, Encoding),
    Store(Format),
}

/// What protects a key in a file, its permissions aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Nothing.
    None,
    /// It is encrypted, in this way.
    Encrypted(String),
    /// The password of the store that it is in.
    OfStore,
}

/// Where the password of a key comes from if not from the terminal, and what the option for that is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct PasswordOption<'a> {
    pub(super) file: Option<&'a Path>,
    pub(super) name: &'static str,
}

/// A private key could not be taken out of a file.
#[derive(Debug, thiserror::Error)]
enum TakeKeyError {
    #[error(transparent)]
    Key(#[from] ReadKeyError),
    #[error(transparent)]
    Store(#[from] ReadContentsError),
    #[error("no private key in the {0} file")]
    NoKey(Format),
    #[error("{count} private keys in the {format} file; there must be one")]
    SeveralKeys { count: usize, format: Format },
}

impl KeySource {
    /// Reads the file, and finds out what it is.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let file = limited_file::read(path, MAX_FILE, Accepted::AnySource)
            .with_context(|| format!("cannot read {shown}"))
            .map_err(Failure::request)?;
        let kind = kind_of(&file.bytes)
            .with_context(|| format!("{shown} gives no private key"))
            .map_err(Failure::request)?;
        let source = Self {
            path: path.to_owned(),
            bytes: file.bytes,
            kind,
        };
        // What is encrypted may lie about.
        if source.protection() == Protection::None {
            secret_file::warn_if_open("the key in", path, &file.metadata);
        }
        Ok(source)
    }

    pub(super) fn form(&self) -> FoundForm {
        match &self.kind {
            SourceKind::Key(key) => FoundForm::Key(key.form(), key.encoding()),
            SourceKind::Store(format) => FoundForm::Store(*format),
        }
    }

    /// What protects the key.
    pub(super) fn protection(&self) -> Protection {
        match &self.kind {
            SourceKind::Key(key) => Protection::of_key(key),
            // One that the empty password opens protects nothing.
            SourceKind::Store(_)
                if self
                    .take(&Passwords::none())
                    .is_err_and(|error| error.is_locked()) =>
            {
                Protection::OfStore
            }
            SourceKind::Store(_) => Protection::None,
        }
    }

    /// Opens the key. What the empty password does not open asks for another one.
    ///
    /// # Errors
    ///
    /// When the key cannot be used, or the password is wrong or missing.
    pub(super) fn open(&self, password: PasswordOption<'_>) -> Result<PrivateKey, Failure> {
        self.open_if_possible(password)?.ok_or_else(|| {
            let text = format!("the private key in {} is encrypted", self.path.display());
            let hint = format!("give its password in a file, with {}", password.name);
            Failure::request(message(text)).hint(hint)
        })
    }

    /// The same; `None` if a password is needed, was not given, and nobody can be asked.
    ///
    /// # Errors
    ///
    /// When the key cannot be used, or the password is wrong.
    pub(super) fn open_if_possible(
        &self,
        password: PasswordOption<'_>,
    ) -> Result<Option<PrivateKey>, Failure> {
        let failed = |error: TakeKeyError| {
            let context = format!("{} gives no private key", self.path.display());
            Failure::request(anyhow::Error::new(error).context(context))
        };
        match self.take(&Passwords::none()) {
            Ok(key) => return Ok(Some(key)),
            Err(error) if error.is_locked() => {}
            Err(error) => return Err(failed(error)),
        }
        let passwords = match (password.file, &self.kind) {
            // A key of its own has one password.
            (Some(file), SourceKind::Key(_)) => password_prompt::from_file(file)?.into(),
            (Some(file), SourceKind::Store(_)) => password_prompt::all_from_file(file)?,
            (None, _) => {
                let prompt = format!("Password of {}: ", self.path.display());
                password_prompt::ask(&prompt)?.into_iter().collect()
            }
        };
        if passwords.is_none() {
            return Ok(None);
        }
        let key = self.take(&passwords).map_err(|error| match self.kind {
            SourceKind::Store(_) if error.is_locked() => with_hint(failed(error), &passwords),
            SourceKind::Store(_) | SourceKind::Key(_) => failed(error),
        });
        key.map(Some)
    }

    /// One try; without a password, with the empty one.
    fn take(&self, passwords: &Passwords) -> Result<PrivateKey, TakeKeyError> {
        let first = passwords.first();
        let format = match &self.kind {
            SourceKind::Key(_) => return Ok(pem::read_private_key(&self.bytes, first)?),
            SourceKind::Store(format) => *format,
        };
        let mut keys = contents::read(&self.bytes, passwords)?.keys;
        match (keys.pop(), keys.len()) {
            (None, _) => Err(TakeKeyError::NoKey(format)),
            (Some(found), 0) => Ok(found.key?),
            (Some(_), others) => Err(TakeKeyError::SeveralKeys {
                count: others + 1,
                format,
            }),
        }
    }
}

impl TakeKeyError {
    /// Whether another password may help.
    fn is_locked(&self) -> bool {
        match self {
            Self::Key(error) => {
                matches!(error, ReadKeyError::Encrypted | ReadKeyError::WrongPassword)
            }
            Self::Store(error) => error.is_password(),
            Self::NoKey(_) | Self::SeveralKeys { .. } => false,
        }
    }
}

/// A file of keys, else a store: what is neither is told as a file of keys.
fn kind_of(bytes: &[u8]) -> Result<SourceKind, TakeKeyError> {
    let no_key = match pem::find_private_key(bytes) {
        Ok(key) => return Ok(SourceKind::Key(key)),
        Err(error @ (ReadKeyError::NoKey { .. } | ReadKeyError::TooLarge { .. })) => error,
        Err(error) => return Err(error.into()),
    };
    match contents::read(bytes, &Passwords::none()) {
        Ok(contents) => match contents.format {
            format @ (Format::Pkcs12 | Format::Jks | Format::Jceks) => {
                Ok(SourceKind::Store(format))
            }
            Format::Pem | Format::Der | Format::Pkcs7 => Err(no_key.into()),
        },
        Err(error @ ReadContentsError::Pkcs12(_)) => locked_store(Format::Pkcs12, error),
        Err(error @ ReadContentsError::Jks(_)) => locked_store(Format::Jks, error),
        Err(error @ ReadContentsError::Empty) => Err(error.into()),
        Err(_) => Err(no_key.into()),
    }
}

/// A store that only waits for its password is one.
fn locked_store(format: Format, error: ReadContentsError) -> Result<SourceKind, TakeKeyError> {
    if error.is_password() {
        Ok(SourceKind::Store(format))
    } else {
        Err(error.into())
    }
}

/// The password for a key that is written: from a file, else asked for, twice.
///
/// # Errors
///
/// When there is none, it is empty, or the two differ.
pub(super) fn new_password(option: PasswordOption<'_>) -> Result<Password, Failure> {
    let password = match option.file {
        Some(file) => password_prompt::from_file(file)?,
        None => password_prompt::ask_for_new("Password for the new file: ", || {
            let text = "the private key is to be encrypted, and there is no password for it";
            let hint = format!("give the password in a file, with {}", option.name);
            Failure::request(message(text)).hint(hint)
        })?,
    };
    if password.is_empty() {
        let text =
            "the password is empty; a private key is encrypted with a password or not at all";
        return Err(Failure::request(message(text)));
    }
    Ok(password)
}

/// The ciphers of an encrypted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ciphers {
    /// AES-256.
    Modern,
    /// Triple DES, for old readers.
    Legacy,
}

/// The format of a file with a key in this form.
pub(super) fn key_format(
    form: KeyForm,
    password: Option<&Password>,
    ciphers: Ciphers,
) -> KeyFormat<'_> {
    let old = match ciphers {
        Ciphers::Modern => OldCipher::Aes256,
        Ciphers::Legacy => OldCipher::TripleDes,
    };
    let pkcs8 = match ciphers {
        Ciphers::Modern => Pkcs8Encryption::Modern,
        Ciphers::Legacy => Pkcs8Encryption::Legacy,
    };
    match (form, password) {
        (KeyForm::Pkcs8, None) => KeyFormat::Pkcs8,
        (KeyForm::Pkcs1, None) => KeyFormat::Pkcs1,
        (KeyForm::Sec1, None) => KeyFormat::Sec1,
        (KeyForm::Pkcs8, Some(password)) => KeyFormat::EncryptedPkcs8(pkcs8, password),
        (KeyForm::Pkcs1, Some(password)) => KeyFormat::EncryptedPkcs1(old, password),
        (KeyForm::Sec1, Some(password)) => KeyFormat::EncryptedSec1(old, password),
    }
}

/// A private key, as `--json` shows it: nothing of it is secret.
#[derive(Debug, Serialize)]
pub(super) struct KeyJson {
    path: String,
    key: Option<String>,
    algorithm: Option<&'static str>,
    bits: Option<u32>,
    form: String,
    encoding: Option<String>,
    encrypted: bool,
    encryption: Option<String>,
    key_sha256: Option<String>,
    key_id: Option<String>,
}

impl Protection {
    pub(super) fn of_key(key: &StoredKey) -> Self {
        key.encryption().map_or(Self::None, Self::Encrypted)
    }
}

impl KeyJson {
    /// Without a public half the key is one that was not opened.
    pub(super) fn new(
        path: &Path,
        public: Option<&PublicKey>,
        form: FoundForm,
        protection: Protection,
    ) -> Self {
        let algorithm = public.map(PublicKey::algorithm);
        Self {
            path: path.display().to_string(),
            key: algorithm.map(ToString::to_string),
            algorithm: algorithm.map(algorithm_name),
            bits: algorithm.and_then(bits),
            form: form.structure(),
            encoding: form.encoding(),
            encrypted: protection != Protection::None,
            encryption: protection.how(),
            key_sha256: public.map(PublicKey::fingerprint),
            key_id: public.map(key_id),
        }
    }
}

impl Protection {
    /// How it is encrypted, as far as that can be told.
    fn how(self) -> Option<String> {
        match self {
            Self::None | Self::OfStore => None,
            Self::Encrypted(how) => Some(how),
        }
    }
}

/// The key identifier in hexadecimal, as certificates hold it.
pub(super) fn key_id(key: &PublicKey) -> String {
    let octets = key.key_identifier();
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn algorithm_name(algorithm: &PublicKeyAlgorithm) -> &'static str {
    match algorithm {
        PublicKeyAlgorithm::Rsa { .. } => "rsa",
        PublicKeyAlgorithm::EcP256 => "ecdsa-p256",
        PublicKeyAlgorithm::EcP384 => "ecdsa-p384",
        PublicKeyAlgorithm::EcP521 => "ecdsa-p521",
        PublicKeyAlgorithm::Ed25519 => "ed25519",
        PublicKeyAlgorithm::Other(_) => "other",
    }
}

fn bits(algorithm: &PublicKeyAlgorithm) -> Option<u32> {
    match algorithm {
        PublicKeyAlgorithm::Rsa { bits } => Some(*bits),
        PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::Ed25519 => Some(256),
        PublicKeyAlgorithm::EcP384 => Some(384),
        PublicKeyAlgorithm::EcP521 => Some(521),
        PublicKeyAlgorithm::Other(_) => None,
    }
}

impl FoundForm {
    fn structure(self) -> String {
        match self {
            Self::Key(form, _) => form.to_string(),
            Self::Store(format) => format.to_string(),
        }
    }

    fn encoding(self) -> Option<String> {
        match self {
            Self::Key(_, encoding) => Some(encoding.to_string()),
            Self::Store(_) => None,
        }
    }
}

impl fmt::Display for FoundForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(form, encoding) => write!(f, "{form}, {encoding}"),
            Self::Store(format) => format.fmt(f),
        }
    }
}
