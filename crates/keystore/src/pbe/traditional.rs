//! The traditional encryption of PEM blocks, from before PKCS#8: `Proc-Type: 4,ENCRYPTED` and `DEK-Info`.
//!
//! One round of MD5 turns the password into a key, so that it protects little. Source: RFC 1421 sections 4.6.1.1 and
//! 4.6.1.3 for the headers, OpenSSL's `EVP_BytesToKey` for the key, which everybody does alike.

use std::fmt;
use trustpack_x509::shown::shown;

use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::{DecryptError, EncryptError};
use crate::key_file::OldCipher;
use crate::password::Password;
use crate::random;

/// Bytes of the vector that are the salt of the key too.
const SALT: usize = 8;

/// The ciphers as `DEK-Info` names them.
const CIPHERS: [(&str, Cipher); 5] = [
    ("DES-CBC", Cipher::Des),
    ("DES-EDE3-CBC", Cipher::TripleDes),
    ("AES-128-CBC", Cipher::Aes128),
    ("AES-192-CBC", Cipher::Aes192),
    ("AES-256-CBC", Cipher::Aes256),
];

/// How a block is encrypted, as its `DEK-Info` says. Its `Display` form is for people.
pub(crate) struct Traditional {
    cipher: Cipher,
    vector: Vec<u8>,
}

/// A block to write.
pub(crate) struct Encrypted {
    /// The value of `DEK-Info`.
    pub(crate) dek_info: String,
    pub(crate) ciphertext: Vec<u8>,
}

impl Traditional {
    /// Reads the value of a `DEK-Info` header.
    pub(crate) fn read(dek_info: &str) -> Result<Self, DecryptError> {
        let (name, vector) = dek_info
            .split_once(',')
            .ok_or_else(|| malformed(dek_info))?;
        let name = name.trim();
        let cipher = CIPHERS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, cipher)| *cipher)
            .ok_or_else(|| DecryptError::Unsupported {
                oid: shown(name, 40),
            })?;
        let vector = from_hex(vector.trim())
            .filter(|vector| vector.len() == cipher.block_bytes())
            .ok_or_else(|| malformed(dek_info))?;
        Ok(Self { cipher, vector })
    }

    pub(crate) fn decrypt(
        &self,
        ciphertext: &[u8],
        password: &Password,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        self.cipher.check_length(ciphertext)?;
        let key = self.key(password);
        super::decrypted(ciphertext, |buffer| {
            self.cipher.decrypt(&key, &self.vector, buffer)
        })
    }

    /// `EVP_BytesToKey` with MD5 and one round: each block hashes the one before it, the password and the salt.
    fn key(&self, password: &Password) -> Zeroizing<Vec<u8>> {
        let wanted = self.cipher.key_bytes();
        // Sized for whole blocks: a vector that grows would leave copies of the key behind.
        let mut key = Zeroizing::new(Vec::with_capacity(wanted + 16));
        let mut block = Zeroizing::new([0; 16]);
        let mut hash = Md5::new();
        while key.len() < wanted {
            hash.update(password.expose());
            hash.update(self.vector.get(..SALT).unwrap_or_default());
            *block = hash.finalize_reset().into();
            key.extend(block.iter());
            hash.update(*block);
        }
        key.truncate(wanted);
        key
    }
}

/// Encrypts a block.
pub(crate) fn encrypt(
    plain: &[u8],
    password: &Password,
    cipher: OldCipher,
) -> Result<Encrypted, EncryptError> {
    let (name, cipher) = match cipher {
        OldCipher::TripleDes => ("DES-EDE3-CBC", Cipher::TripleDes),
        OldCipher::Aes256 => ("AES-256-CBC", Cipher::Aes256),
    };
    let random: [u8; 16] = random::bytes()?;
    let vector: Vec<u8> = random.into_iter().take(cipher.block_bytes()).collect();
    let scheme = Traditional { cipher, vector };
    let ciphertext = cipher
        .encrypt(&scheme.key(password), &scheme.vector, plain)
        .ok_or(EncryptError::Encode)?;
    let vector = scheme.vector.iter().map(|byte| format!("{byte:02X}"));
    Ok(Encrypted {
        dek_info: format!("{name},{}", vector.collect::<String>()),
        ciphertext,
    })
}

fn malformed(dek_info: &str) -> DecryptError {
    let shown: String = dek_info.chars().take(60).collect();
    DecryptError::Malformed {
        detail: format!("DEK-Info: {shown:?}"),
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|n| u8::try_from(n).ok())
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(16 * nibble(high)? + nibble(low)?),
            _odd => None,
        })
        .collect()
}

impl fmt::Display for Traditional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the traditional form with MD5 and {}", self.cipher)
    }
}
