//! The schemes of PKCS#12, which stand in PKCS#8 files too.
//!
//! All are read; the one with triple DES is written for old readers. Source: RFC 7292 appendix C.

use std::fmt;

use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::pkcs12_kdf::{self, Use};
use super::{DecryptError, EncryptError, Encrypted, SaltAndCount, Spelling};
use crate::limits::KdfBudget;
use crate::password::Password;
use crate::random;

const SHA1_RC4_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.1");
const SHA1_RC4_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.2");
const SHA1_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const SHA1_2DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4");
const SHA1_RC2_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
const SHA1_RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");

/// One of the keys of triple DES, in bytes.
const DES_KEY: usize = 8;

/// A key or a vector.
type Secret = Zeroizing<Vec<u8>>;

/// How many keys of triple DES are derived: of two, the first is used again as the third.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    AsTheCipherTakes,
    TwoForThree,
}

/// How something is encrypted.
pub(crate) struct Pkcs12Pbe<'a> {
    cipher: Cipher,
    keys: Keys,
    parameters: SaltAndCount<'a>,
}

/// `pkcs-12PbeParams`, as it is written.
#[derive(Sequence)]
struct Parameters<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

fn rc2(key_bytes: usize) -> Cipher {
    Cipher::Rc2 {
        key_bytes,
        effective_bits: 8 * key_bytes,
    }
}

impl<'a> Pkcs12Pbe<'a> {
    /// `None` if the algorithm is no scheme of PKCS#12.
    pub(super) fn read(
        algorithm: &AlgorithmIdentifierRef<'a>,
    ) -> Option<Result<Self, DecryptError>> {
        let (cipher, keys) = match algorithm.oid {
            SHA1_3DES => (Cipher::TripleDes, Keys::AsTheCipherTakes),
            SHA1_2DES => (Cipher::TripleDes, Keys::TwoForThree),
            SHA1_RC2_128 => (rc2(16), Keys::AsTheCipherTakes),
            SHA1_RC2_40 => (rc2(5), Keys::AsTheCipherTakes),
            SHA1_RC4_128 => (Cipher::Rc4 { key_bytes: 16 }, Keys::AsTheCipherTakes),
            SHA1_RC4_40 => (Cipher::Rc4 { key_bytes: 5 }, Keys::AsTheCipherTakes),
            _other => return None,
        };
        Some(SaltAndCount::read(algorithm).map(|parameters| Self {
            cipher,
            keys,
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
        // The key of triple DES is two outputs of SHA-1, the vector one.
        budget.spend(self.parameters.iterations.saturating_mul(3))?;
        let (key, vector) = self.secrets(password)?;
        super::decrypted(ciphertext, |buffer| {
            self.cipher.decrypt(&key, &vector, buffer)
        })
    }

    /// Key and vector.
    fn secrets(&self, password: &Spelling) -> Result<(Secret, Secret), DecryptError> {
        let SaltAndCount { salt, iterations } = self.parameters;
        // The budget has refused what does not fit.
        let iterations = u32::try_from(iterations).map_err(|_| DecryptError::Malformed {
            detail: format!("{iterations} iterations"),
        })?;
        let derive = |purpose, length| {
            let hash = &SHA1_FOR_LEGACY_USE_ONLY;
            pkcs12_kdf::derive(hash, purpose, &password.utf16, salt, iterations, length)
        };
        let key = match self.keys {
            Keys::AsTheCipherTakes => derive(Use::Key, self.cipher.key_bytes()),
            Keys::TwoForThree => {
                let two = derive(Use::Key, 2 * DES_KEY);
                let mut key = Zeroizing::new(Vec::with_capacity(3 * DES_KEY));
                key.extend(two.iter().chain(two.iter().take(DES_KEY)));
                key
            }
        };
        Ok((key, derive(Use::Vector, self.cipher.block_bytes())))
    }
}

/// Encrypts with pbeWithSHAAnd3-KeyTripleDES-CBC, for readers that know nothing newer.
pub(crate) fn encrypt_3des(
    plain: &[u8],
    password: &Password,
    iterations: u32,
) -> Result<Encrypted, EncryptError> {
    let salt: [u8; 8] = random::bytes()?;
    let scheme = Pkcs12Pbe {
        cipher: Cipher::TripleDes,
        keys: Keys::AsTheCipherTakes,
        parameters: SaltAndCount {
            salt: &salt,
            iterations: iterations.into(),
        },
    };
    let encode = |_| EncryptError::Encode;
    let (key, vector) = scheme
        .secrets(&Spelling::of(password))
        .map_err(|_| EncryptError::Encode)?;
    let ciphertext = scheme
        .cipher
        .encrypt(&key, &vector, plain)
        .ok_or(EncryptError::Encode)?;
    let parameters = Parameters {
        salt: OctetStringRef::new(&salt).map_err(encode)?,
        iterations,
    };
    let parameters = parameters.to_der().map_err(encode)?;
    let algorithm = AlgorithmIdentifierRef {
        oid: SHA1_3DES,
        parameters: Some(AnyRef::from_der(&parameters).map_err(encode)?),
    };
    Ok(Encrypted {
        algorithm: algorithm.to_der().map_err(encode)?,
        ciphertext,
    })
}

impl fmt::Display for Pkcs12Pbe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.parameters.iterations;
        write!(
            f,
            "the PKCS#12 scheme with SHA-1, {count} iterations, and {}",
            self.cipher
        )?;
        match self.keys {
            Keys::AsTheCipherTakes => Ok(()),
            Keys::TwoForThree => f.write_str(" of two keys"),
        }
    }
}
