//! Private keys as files, written: PKCS#8, PKCS#1, SEC 1, plain and encrypted, PEM and DER.
//!
//! Makes the contents; [`crate::private_file`] puts them on disk, and [`crate::pem`] reads them. Invariant: what is
//! written was read again, and is the same key.

use trustpack_x509::public_key::PublicKeyAlgorithm;
use zeroize::Zeroizing;

use crate::password::Password;
use crate::pbe::{self, EncryptError, Encrypted, traditional};
use crate::pem::stored_key::{Encoding, KeyForm};
use crate::pem::{KEY_ITERATIONS, armor, find_private_key};
use crate::private_key::PrivateKey;

/// Iterations for readers that know nothing newer: as our PKCS#12 files have.
const LEGACY_ITERATIONS: u32 = 100_000;

/// In what form a private key is written.
#[derive(Clone, Copy, Debug)]
pub enum KeyFormat<'a> {
    /// PKCS#8: every program of today, and every kind of key.
    Pkcs8,
    /// PKCS#8 with its own encryption.
    EncryptedPkcs8(Pkcs8Encryption, &'a Password),
    /// PKCS#1: RSA keys for old programs.
    Pkcs1,
    /// PKCS#1 with the traditional encryption of PEM.
    EncryptedPkcs1(OldCipher, &'a Password),
    /// SEC 1: elliptic curve keys for old programs.
    Sec1,
    /// SEC 1 with the traditional encryption of PEM.
    EncryptedSec1(OldCipher, &'a Password),
}

/// How PKCS#8 is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkcs8Encryption {
    /// PBES2 with HMAC-SHA-256 and AES-256.
    Modern,
    /// PBE-SHA1-3DES of PKCS#12: for readers from before about 2010.
    Legacy,
}

/// The ciphers of the traditional form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldCipher {
    /// Triple DES: every program that reads this form knows it.
    TripleDes,
    /// AES-256: programs from 2005 on.
    Aes256,
}

/// Why a private key could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteKeyError {
    /// PKCS#1 has room for RSA keys only.
    #[error("the private key is {found}; only RSA keys have the form PKCS#1")]
    NotRsa {
        /// Its kind.
        found: PublicKeyAlgorithm,
    },
    /// SEC 1 has room for elliptic curve keys only.
    #[error("the private key is {found}; only keys on P-256, P-384 and P-521 have the form SEC 1")]
    NotElliptic {
        /// Its kind.
        found: PublicKeyAlgorithm,
    },
    /// The traditional encryption is written into the headers of PEM.
    #[error("the traditional encryption has no DER form; PEM or PKCS#8 is needed")]
    TraditionalInDer,
    /// An empty password protects nothing.
    #[error("the password is empty; a private key is encrypted with a password or not at all")]
    EmptyPassword,
    /// The operating system gave no random bytes.
    #[error("the private key cannot be encrypted: the operating system gave no random bytes")]
    Random,
    /// It could not be encoded, or not be read again.
    #[error("the private key that was written cannot be read again")]
    Unreadable,
}

/// The contents of a file with the key.
///
/// # Errors
///
/// When the key has no such form, or its password is empty.
pub fn write(
    key: &PrivateKey,
    format: KeyFormat<'_>,
    encoding: Encoding,
) -> Result<Zeroizing<Vec<u8>>, WriteKeyError> {
    let contents = match format {
        KeyFormat::Pkcs8 => plain("PRIVATE KEY", key.expose_pkcs8_der(), encoding),
        KeyFormat::Pkcs1 => plain("RSA PRIVATE KEY", pkcs1(key)?, encoding),
        KeyFormat::Sec1 => plain("EC PRIVATE KEY", &sec1(key)?, encoding),
        KeyFormat::EncryptedPkcs8(encryption, password) => {
            refuse_empty(password)?;
            let der = pkcs8_encrypted(key, encryption, password)?;
            plain("ENCRYPTED PRIVATE KEY", &der, encoding)
        }
        KeyFormat::EncryptedPkcs1(cipher, password) => {
            let label = "RSA PRIVATE KEY";
            traditionally_encrypted(label, pkcs1(key)?, cipher, password, encoding)?
        }
        KeyFormat::EncryptedSec1(cipher, password) => {
            let label = "EC PRIVATE KEY";
            traditionally_encrypted(label, &sec1(key)?, cipher, password, encoding)?
        }
    };
    let again = find_private_key(&contents).and_then(|found| found.open(format.password()));
    match again {
        Ok(again) if again.expose_pkcs8_der() == key.expose_pkcs8_der() => Ok(contents),
        Ok(_) | Err(_) => Err(WriteKeyError::Unreadable),
    }
}

/// Whether keys of this kind have this form at all.
///
/// # Errors
///
/// [`WriteKeyError::NotRsa`], [`WriteKeyError::NotElliptic`].
pub fn check_form(algorithm: &PublicKeyAlgorithm, form: KeyForm) -> Result<(), WriteKeyError> {
    let found = || algorithm.clone();
    match (form, algorithm) {
        (KeyForm::Pkcs8, _)
        | (KeyForm::Pkcs1, PublicKeyAlgorithm::Rsa { .. })
        | (
            KeyForm::Sec1,
            PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::EcP384 | PublicKeyAlgorithm::EcP521,
        ) => Ok(()),
        (KeyForm::Pkcs1, _) => Err(WriteKeyError::NotRsa { found: found() }),
        (KeyForm::Sec1, _) => Err(WriteKeyError::NotElliptic { found: found() }),
    }
}

impl<'a> KeyFormat<'a> {
    fn password(self) -> Option<&'a Password> {
        match self {
            Self::Pkcs8 | Self::Pkcs1 | Self::Sec1 => None,
            Self::EncryptedPkcs8(_, password)
            | Self::EncryptedPkcs1(_, password)
            | Self::EncryptedSec1(_, password) => Some(password),
        }
    }
}

fn pkcs1(key: &PrivateKey) -> Result<&[u8], WriteKeyError> {
    key.expose_pkcs1_der().ok_or_else(|| WriteKeyError::NotRsa {
        found: key.public_key().algorithm().clone(),
    })
}

fn sec1(key: &PrivateKey) -> Result<Zeroizing<Vec<u8>>, WriteKeyError> {
    key.expose_sec1_der()
        .ok_or_else(|| WriteKeyError::NotElliptic {
            found: key.public_key().algorithm().clone(),
        })
}

fn plain(label: &str, der: &[u8], encoding: Encoding) -> Zeroizing<Vec<u8>> {
    match encoding {
        Encoding::Der => Zeroizing::new(der.to_vec()),
        Encoding::Pem => Zeroizing::new(armor::encode(label, der).as_bytes().to_vec()),
    }
}

fn pkcs8_encrypted(
    key: &PrivateKey,
    encryption: Pkcs8Encryption,
    password: &Password,
) -> Result<Vec<u8>, WriteKeyError> {
    let plain = key.expose_pkcs8_der();
    let encrypted: Encrypted = match encryption {
        Pkcs8Encryption::Modern => pbe::encrypt_pbes2(plain, password, KEY_ITERATIONS)?,
        Pkcs8Encryption::Legacy => pbe::encrypt_3des(plain, password, LEGACY_ITERATIONS)?,
    };
    encrypted
        .to_encrypted_key_der()
        .map_err(|_| WriteKeyError::Unreadable)
}

fn traditionally_encrypted(
    label: &str,
    der: &[u8],
    cipher: OldCipher,
    password: &Password,
    encoding: Encoding,
) -> Result<Zeroizing<Vec<u8>>, WriteKeyError> {
    refuse_empty(password)?;
    if encoding == Encoding::Der {
        return Err(WriteKeyError::TraditionalInDer);
    }
    let encrypted = traditional::encrypt(der, password, cipher)?;
    let text = armor::encode_encrypted(label, &encrypted.dek_info, &encrypted.ciphertext);
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

fn refuse_empty(password: &Password) -> Result<(), WriteKeyError> {
    if password.is_empty() {
        return Err(WriteKeyError::EmptyPassword);
    }
    Ok(())
}

impl From<EncryptError> for WriteKeyError {
    fn from(error: EncryptError) -> Self {
        match error {
            EncryptError::Random(_) => Self::Random,
            EncryptError::Encode => Self::Unreadable,
        }
    }
}
