//! Reading the private key of a file.
//!
//! Finds the one key; [`StoredKey`] takes its encryption off and [`PrivateKey`] judges it. Invariant: an encrypted
//! key is told from a missing one, and a wrong password from a damaged file.

use super::armor::{self, InvalidPem};
use super::labels;
use super::stored_key::{Foreign, StoredKey};
use crate::limits::{MAX_KDF_ITERATIONS, MAX_KEY_BYTES};
use crate::password::Password;
use crate::pbe::DecryptError;
use crate::private_key::{InvalidPrivateKey, PrivateKey};
use crate::shape;

/// Why a private key could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadKeyError {
    /// The file is too large.
    #[error("the file has {bytes} bytes; a file with a private key may have {MAX_KEY_BYTES}")]
    TooLarge {
        /// Bytes of the file.
        bytes: usize,
    },
    /// A marker or a block is damaged.
    #[error(transparent)]
    Pem(#[from] InvalidPem),
    /// There is no private key.
    #[error("no private key in the file: it holds {found}")]
    NoKey {
        /// What there is instead.
        found: String,
    },
    /// There is more than one private key.
    #[error("{count} private keys in the file; there must be one")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// The key is encrypted and there was no password.
    #[error("the private key is encrypted; its password is needed")]
    Encrypted,
    /// The key is encrypted in a way that is not supported.
    #[error(
        "the private key is encrypted with {oid}, which is not supported; AES, DES and RC2 by PBES2, PBES1, the \
         schemes of PKCS#12 and the traditional form are"
    )]
    UnsupportedEncryption {
        /// Name or object identifier of the scheme, the key derivation or the cipher.
        oid: String,
    },
    /// What was encrypted is an encrypted key again.
    #[error("the private key was encrypted twice; take the outer encryption off first")]
    EncryptedTwice,
    /// What a PEM block holds is PEM again.
    #[error("line {line}: the PEM block holds PEM again: it was encoded twice")]
    EncodedTwice {
        /// Line of its `BEGIN` marker, from 1.
        line: usize,
    },
    /// A PEM block is labelled as a private key and holds something else.
    #[error("line {line}: the PEM block {label:?} holds {found}; its label is wrong")]
    Mislabelled {
        /// Line of its `BEGIN` marker, from 1.
        line: usize,
        /// Its label.
        label: String,
        /// What it holds.
        found: &'static str,
    },
    /// A form of another program.
    #[error("the private key is in {0}; PKCS#8, PKCS#1 and SEC 1 are read")]
    Foreign(Foreign),
    /// The description of the encryption is damaged.
    #[error("the encrypted private key is damaged ({detail})")]
    DamagedEncryption {
        /// What the decoder says.
        detail: String,
    },
    /// Testing the password would take too long.
    #[error(
        "the private key asks for more than {MAX_KDF_ITERATIONS} iterations over its password, the \
         most that are done"
    )]
    TooCostly,
    /// The password does not open the key.
    #[error("the password does not open the private key")]
    WrongPassword,
    /// The key cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidPrivateKey),
}

/// The private key of a file: PKCS#8, PKCS#1 or SEC 1, in PEM with any text around it, or in DER.
///
/// It may be encrypted; where no password was given the empty one is tried. Certificates beside the key are passed
/// over; so is a password that is not needed.
///
/// # Errors
///
/// [`ReadKeyError::Encrypted`] when a password is needed and there is none; another when the file
/// has no key or several, or the key is damaged, or not of a kind that can be used.
pub fn read_private_key(
    file: &[u8],
    password: Option<&Password>,
) -> Result<PrivateKey, ReadKeyError> {
    let key = find_private_key(file)?;
    match password {
        None if key.is_encrypted() => match key.open(Some(&Password::empty())) {
            Err(ReadKeyError::WrongPassword) => Err(ReadKeyError::Encrypted),
            opened => opened,
        },
        password => key.open(password),
    }
}

/// The one private key of a file, not opened.
///
/// # Errors
///
/// As [`read_private_key`], as far as it can be told without opening.
pub fn find_private_key(file: &[u8]) -> Result<StoredKey, ReadKeyError> {
    if file.len() > MAX_KEY_BYTES {
        return Err(ReadKeyError::TooLarge { bytes: file.len() });
    }
    if shape::is_der(file) {
        return StoredKey::of_der(shape::of(file), file);
    }
    let blocks = armor::blocks(file)?;
    let mut before = None;
    let mut keys = Vec::new();
    for block in &blocks {
        if block.label.ends_with("PRIVATE KEY") {
            keys.push((block, before));
        }
        before = Some(block);
    }
    match keys.as_slice() {
        [] => Err(ReadKeyError::NoKey {
            found: labels(&blocks),
        }),
        [(key, before)] => StoredKey::of_block(key, *before),
        several => Err(ReadKeyError::SeveralKeys {
            count: several.len(),
        }),
    }
}

impl From<DecryptError> for ReadKeyError {
    fn from(error: DecryptError) -> Self {
        match error {
            DecryptError::Unsupported { oid } => Self::UnsupportedEncryption { oid },
            DecryptError::Malformed { detail } => Self::DamagedEncryption { detail },
            DecryptError::TooCostly(_) => Self::TooCostly,
            DecryptError::WrongPassword => Self::WrongPassword,
        }
    }
}

/// The structure around what is encrypted is damaged.
impl From<der::Error> for ReadKeyError {
    fn from(error: der::Error) -> Self {
        Self::DamagedEncryption {
            detail: error.to_string(),
        }
    }
}
