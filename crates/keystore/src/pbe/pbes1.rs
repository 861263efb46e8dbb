//! PBES1: what keys were encrypted with before PBES2.
//!
//! Read only. Source: RFC 8018 section 6.1, appendix A.3; PBKDF1: section 5.1.

use std::fmt;

use der::asn1::ObjectIdentifier;
use md5::Md5;
use sha1::Sha1;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::{DecryptError, SaltAndCount, Spelling};
use crate::limits::KdfBudget;

const MD5_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.3");
const MD5_RC2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.6");
const SHA1_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.10");
const SHA1_RC2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.11");

/// Bytes of the key and of the vector, which are the two halves of what is derived.
const HALF: usize = 8;

/// A key of PBES1 has 64 bits, whatever the cipher.
const RC2: Cipher = Cipher::Rc2 {
    key_bytes: HALF,
    effective_bits: 64,
};

#[derive(Clone, Copy)]
enum Hash {
    Md5,
    Sha1,
}

/// How something is encrypted.
pub(crate) struct Pbes1<'a> {
    hash: Hash,
    cipher: Cipher,
    parameters: SaltAndCount<'a>,
}

impl<'a> Pbes1<'a> {
    /// `None` if the algorithm is no scheme of PBES1.
    pub(super) fn read(
        algorithm: &AlgorithmIdentifierRef<'a>,
    ) -> Option<Result<Self, DecryptError>> {
        let (hash, cipher) = match algorithm.oid {
            MD5_DES => (Hash::Md5, Cipher::Des),
            MD5_RC2 => (Hash::Md5, RC2),
            SHA1_DES => (Hash::Sha1, Cipher::Des),
            SHA1_RC2 => (Hash::Sha1, RC2),
            _other => return None,
        };
        Some(SaltAndCount::read(algorithm).map(|parameters| Self {
            hash,
            cipher,
            parameters,
        }))
    }

    pub(super) fn decrypt(
        &self,
        ciphertext: &[u8],
        password: &Spelling,
        budget: &mut KdfBudget,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        self.cipher.check_length(ciphertext)?;
        budget.spend(self.parameters.iterations)?;
        let derived = match self.hash {
            Hash::Md5 => self.derive::<Md5>(&password.utf8),
            Hash::Sha1 => self.derive::<Sha1>(&password.utf8),
        };
        let (key, rest) = derived.split_at(HALF);
        let vector = rest.get(..HALF).unwrap_or_default();
        super::decrypted(ciphertext, |buffer| {
            self.cipher.decrypt(key, vector, buffer)
        })
    }

    /// PBKDF1, all of its output.
    fn derive<H: md5::Digest>(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let first = H::new()
            .chain_update(password)
            .chain_update(self.parameters.salt)
            .finalize();
        let mut derived = Zeroizing::new(first.to_vec());
        for _ in 1..self.parameters.iterations {
            let next = H::digest(derived.as_slice());
            derived.copy_from_slice(&next);
        }
        derived
    }
}

impl fmt::Display for Pbes1<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = match self.hash {
            Hash::Md5 => "MD5",
            Hash::Sha1 => "SHA-1",
        };
        let count = self.parameters.iterations;
        write!(
            f,
            "PBES1 with {hash}, {count} iterations, and {}",
            self.cipher
        )
    }
}
