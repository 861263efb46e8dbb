//! The ciphers that files are encrypted with, under a key and vector that somebody derived.
//!
//! Old ones are here because files exist that use them. Invariant: what was decrypted is in the buffer of the
//! caller, who wipes it; no other copy is made.

use std::fmt;

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockModeDecrypt, BlockModeEncrypt, InnerIvInit as _, KeyInit as _, KeyIvInit,
    StreamCipher as _,
};

use super::DecryptError;

/// Blocks of DES and RC2, in bytes.
const DES_BLOCK: usize = 8;
/// Blocks of AES, in bytes.
const AES_BLOCK: usize = 16;

/// A cipher; those with blocks in CBC mode with the padding of PKCS#7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Des,
    /// Three keys of eight bytes.
    TripleDes,
    /// Effective bits and bytes of the key, which only differ in odd files.
    Rc2 {
        key_bytes: usize,
        effective_bits: usize,
    },
    Rc4 {
        key_bytes: usize,
    },
    Aes128,
    Aes192,
    Aes256,
}

impl Cipher {
    pub(super) fn key_bytes(self) -> usize {
        match self {
            Self::Des => 8,
            Self::TripleDes | Self::Aes192 => 24,
            Self::Rc2 { key_bytes, .. } | Self::Rc4 { key_bytes } => key_bytes,
            Self::Aes128 => 16,
            Self::Aes256 => 32,
        }
    }

    /// Bytes of a block and of the initialization vector; 0 for a stream cipher.
    pub(super) fn block_bytes(self) -> usize {
        match self {
            Self::Des | Self::TripleDes | Self::Rc2 { .. } => DES_BLOCK,
            Self::Rc4 { .. } => 0,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => AES_BLOCK,
        }
    }

    /// Says that a ciphertext was cut off, before a password is tried on it.
    pub(super) fn check_length(self, ciphertext: &[u8]) -> Result<(), DecryptError> {
        let block = self.block_bytes();
        let whole =
            block == 0 || (!ciphertext.is_empty() && ciphertext.len().is_multiple_of(block));
        if whole {
            return Ok(());
        }
        Err(DecryptError::Malformed {
            detail: format!(
                "its {} encrypted bytes are no whole number of blocks of {block}",
                ciphertext.len()
            ),
        })
    }

    /// Decrypts in place and says how many bytes of plain text there are; `None` if the padding is wrong, which
    /// is all that a wrong password shows.
    pub(super) fn decrypt(self, key: &[u8], vector: &[u8], buffer: &mut [u8]) -> Option<usize> {
        match self {
            Self::Des => open::<cbc::Decryptor<des::Des>>(key, vector, buffer),
            Self::TripleDes => open::<cbc::Decryptor<des::TdesEde3>>(key, vector, buffer),
            Self::Aes128 => open::<cbc::Decryptor<aes::Aes128>>(key, vector, buffer),
            Self::Aes192 => open::<cbc::Decryptor<aes::Aes192>>(key, vector, buffer),
            Self::Aes256 => open::<cbc::Decryptor<aes::Aes256>>(key, vector, buffer),
            Self::Rc2 { effective_bits, .. } => {
                let rc2 = rc2::Rc2::new_with_eff_key_len(key, effective_bits);
                let plain = cbc::Decryptor::inner_iv_slice_init(rc2, vector)
                    .ok()?
                    .decrypt_padded::<Pkcs7>(buffer)
                    .ok()?;
                Some(plain.len())
            }
            Self::Rc4 { .. } => {
                rc4::Rc4::new_from_slice(key).ok()?.apply_keystream(buffer);
                Some(buffer.len())
            }
        }
    }

    /// Encrypts; `None` for the ciphers that nothing is written with, or a key of another length.
    pub(super) fn encrypt(self, key: &[u8], vector: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::TripleDes => seal::<cbc::Encryptor<des::TdesEde3>>(key, vector, plain),
            Self::Aes256 => seal::<cbc::Encryptor<aes::Aes256>>(key, vector, plain),
            Self::Des | Self::Rc2 { .. } | Self::Rc4 { .. } | Self::Aes128 | Self::Aes192 => None,
        }
    }
}

fn open<Mode: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    vector: &[u8],
    buffer: &mut [u8],
) -> Option<usize> {
    let plain = Mode::new_from_slices(key, vector)
        .ok()?
        .decrypt_padded::<Pkcs7>(buffer)
        .ok()?;
    Some(plain.len())
}

fn seal<Mode: KeyIvInit + BlockModeEncrypt>(
    key: &[u8],
    vector: &[u8],
    plain: &[u8],
) -> Option<Vec<u8>> {
    let mode = Mode::new_from_slices(key, vector).ok()?;
    Some(mode.encrypt_padded_vec::<Pkcs7>(plain))
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Des => f.write_str("DES-CBC"),
            Self::TripleDes => f.write_str("DES-EDE3-CBC"),
            Self::Rc2 { effective_bits, .. } => write!(f, "RC2-CBC of {effective_bits} bits"),
            Self::Rc4 { key_bytes } => write!(f, "RC4 of {} bits", 8 * key_bytes),
            Self::Aes128 => f.write_str("AES-128-CBC"),
            Self::Aes192 => f.write_str("AES-192-CBC"),
            Self::Aes256 => f.write_str("AES-256-CBC"),
        }
    }
}
