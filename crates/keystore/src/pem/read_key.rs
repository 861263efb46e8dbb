//! Reading the private key of a file.
//!
//! Finds the one key, takes its encryption off and hands it to
//! [`PrivateKey`], which judges it. Invariant: an encrypted key is
//! told from a missing one, and a wrong password from a damaged file.

use der::Decode;
use zeroize::Zeroizing;

use super::armor::{self, Block, InvalidPem};
use super::labels;
use crate::limits::{KdfBudget, MAX_KDF_ITERATIONS, MAX_KEY_BYTES};
use crate::password::Password;
use crate::pbe::{self, DecryptError, EncryptedKey, Spelling};
use crate::private_key::{InvalidPrivateKey, PrivateKey};
use crate::shape::{self, Shape};

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
    /// The key is encrypted in the form from before PKCS#8.
    #[error(
        "the private key is encrypted in the traditional form (Proc-Type: 4,ENCRYPTED), which is \
         not read; `openssl pkcs8 -topk8` converts it to PKCS#8"
    )]
    TraditionalEncryption,
    /// The key is encrypted in a way that is not supported.
    #[error("the private key is encrypted with {oid}, which is not supported; PBES2 is")]
    UnsupportedEncryption {
        /// Object identifier of the scheme, the key derivation or the cipher.
        oid: String,
    },
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
/// PKCS#8 may be encrypted with PBES2 or with the schemes of PKCS#12. Certificates beside the key
/// are passed over; so is a password that is not needed.
///
/// # Errors
///
/// [`ReadKeyError::Encrypted`] when a password is needed and there is none; another when the file
/// has no key or several, or the key is damaged, or not of a kind that can be used.
pub fn read_private_key(
    file: &[u8],
    password: Option<&Password>,
) -> Result<PrivateKey, ReadKeyError> {
    if file.len() > MAX_KEY_BYTES {
        return Err(ReadKeyError::TooLarge { bytes: file.len() });
    }
    if shape::is_der(file) {
        return of_shape(shape::of(file), file, password);
    }
    let blocks = armor::blocks(file)?;
    let keys: Vec<&Block> = blocks
        .iter()
        .filter(|block| block.label.ends_with("PRIVATE KEY"))
        .collect();
    match keys.as_slice() {
        [] => Err(ReadKeyError::NoKey {
            found: labels(&blocks),
        }),
        [key] => of_block(key, password),
        several => Err(ReadKeyError::SeveralKeys {
            count: several.len(),
        }),
    }
}

pub(crate) fn of_block(
    block: &Block,
    password: Option<&Password>,
) -> Result<PrivateKey, ReadKeyError> {
    if block.proc_type_encrypted {
        return Err(ReadKeyError::TraditionalEncryption);
    }
    match block.label.as_str() {
        "PRIVATE KEY" => Ok(PrivateKey::from_pkcs8(&block.contents)?),
        "RSA PRIVATE KEY" => Ok(PrivateKey::from_pkcs1(&block.contents)?),
        // The EC PARAMETERS block that OpenSSL writes before it only repeats the curve.
        "EC PRIVATE KEY" => Ok(PrivateKey::from_sec1(&block.contents)?),
        "ENCRYPTED PRIVATE KEY" => decrypt(&block.contents, password),
        // Another program's own form: DSA, OPENSSH and the like.
        other => Err(ReadKeyError::NoKey {
            found: format!("a PEM block of the kind {other:?}"),
        }),
    }
}

pub(crate) fn of_shape(
    shape: Shape,
    der: &[u8],
    password: Option<&Password>,
) -> Result<PrivateKey, ReadKeyError> {
    match shape {
        Shape::Pkcs8 => Ok(PrivateKey::from_pkcs8(der)?),
        Shape::Pkcs1 => Ok(PrivateKey::from_pkcs1(der)?),
        Shape::Sec1 => Ok(PrivateKey::from_sec1(der)?),
        Shape::EncryptedPkcs8 => decrypt(der, password),
        Shape::Pkcs12
        | Shape::Certificate
        | Shape::Crl
        | Shape::Request
        | Shape::Pkcs7
        | Shape::PublicKey
        | Shape::Other => Err(ReadKeyError::NoKey {
            found: shape.noun().to_owned(),
        }),
    }
}

fn decrypt(der: &[u8], password: Option<&Password>) -> Result<PrivateKey, ReadKeyError> {
    let key = EncryptedKey::from_der(der).map_err(|error| ReadKeyError::DamagedEncryption {
        detail: error.to_string(),
    })?;
    let password = password.ok_or(ReadKeyError::Encrypted)?;
    key.open(&Spelling::of(password), &mut KdfBudget::new())
}

impl EncryptedKey<'_> {
    /// Takes the encryption off. A wrong password is sometimes only seen by what comes out.
    pub(crate) fn open(
        &self,
        password: &Spelling,
        budget: &mut KdfBudget,
    ) -> Result<PrivateKey, ReadKeyError> {
        let plain: Zeroizing<Vec<u8>> = pbe::decrypt(
            &self.algorithm,
            self.ciphertext.as_bytes(),
            password,
            budget,
        )?;
        if shape::of(&plain) != Shape::Pkcs8 {
            return Err(ReadKeyError::WrongPassword);
        }
        Ok(PrivateKey::from_pkcs8(&plain)?)
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
