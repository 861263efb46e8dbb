//! Password-based encryption of keys and certificates.
//!
//! Read: PBES2 and PBES1 (RFC 8018), the schemes of PKCS#12 (RFC 7292 appendix C), and the traditional encryption of
//! PEM blocks. Written: PBES2 with AES-256, the PKCS#12 scheme with triple DES for old readers, and traditional PEM.
//! Invariant: no key is derived before the file's [`KdfBudget`] has paid for it.

mod cipher;
mod names;
mod pbes1;
mod pbes2;
pub(crate) mod pkcs12_kdf;
mod pkcs12_pbe;
mod prf;
pub(crate) mod traditional;

use std::fmt;

use der::asn1::{AnyRef, OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use self::pbes1::Pbes1;
use self::pbes2::Pbes2;
pub(crate) use self::pbes2::{encrypt_pbes2, mac_key};
use self::pkcs12_pbe::Pkcs12Pbe;
pub(crate) use self::pkcs12_pbe::encrypt_3des;
use crate::limits::{KdfBudget, KdfTooCostly};
use crate::password::Password;
use crate::random::NoRandomBytes;

/// A password in the two spellings that the schemes take.
pub(crate) struct Spelling {
    /// PBES2 (RFC 8018 section 3 leaves the encoding open; everybody takes UTF-8).
    utf8: Zeroizing<Vec<u8>>,
    /// PKCS#12: UTF-16, big-endian, with a final NUL (RFC 7292 appendix B.1).
    pub(crate) utf16: Zeroizing<Vec<u8>>,
}

impl Spelling {
    pub(crate) fn of(password: &Password) -> Self {
        let text = password.expose();
        // Sized once: a vector that grows would leave copies of the password behind.
        let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        utf16.extend(text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
        Self {
            utf8: Zeroizing::new(text.as_bytes().to_vec()),
            utf16,
        }
    }

    /// No password at all, which in PKCS#12 is not the empty one: it lacks the final NUL.
    pub(crate) fn absent() -> Self {
        Self {
            utf8: Zeroizing::default(),
            utf16: Zeroizing::default(),
        }
    }
}

/// Why something encrypted could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecryptError {
    #[error("it is encrypted with {oid}, which is not supported")]
    Unsupported { oid: String },
    #[error("the description of its encryption is damaged ({detail})")]
    Malformed { detail: String },
    #[error(transparent)]
    TooCostly(#[from] KdfTooCostly),
    #[error("the password is wrong")]
    WrongPassword,
}

/// Why something could not be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EncryptError {
    #[error(transparent)]
    Random(#[from] NoRandomBytes),
    #[error("the encrypted contents cannot be encoded")]
    Encode,
}

/// Something encrypted, and how.
pub(crate) struct Encrypted {
    /// The `AlgorithmIdentifier` in DER.
    pub(crate) algorithm: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
}

/// `EncryptedPrivateKeyInfo` of RFC 5208 section 6.
#[derive(Sequence)]
pub(crate) struct EncryptedKey<'a> {
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) ciphertext: &'a OctetStringRef,
}

impl Encrypted {
    /// As the DER of an encrypted private key.
    pub(crate) fn to_encrypted_key_der(&self) -> der::Result<Vec<u8>> {
        EncryptedKey {
            algorithm: AlgorithmIdentifierRef::from_der(&self.algorithm)?,
            ciphertext: OctetStringRef::new(&self.ciphertext)?,
        }
        .to_der()
    }
}

/// A way of encrypting, as an `AlgorithmIdentifier` describes it. Its `Display` form is for people.
pub(crate) enum Scheme<'a> {
    Pbes1(Pbes1<'a>),
    Pbes2(Pbes2<'a>),
    Pkcs12(Pkcs12Pbe<'a>),
}

/// `PBEParameter` of RFC 8018 appendix A.3, and `pkcs-12PbeParams` of RFC 7292 appendix C, which is the same.
#[derive(Clone, Copy)]
struct SaltAndCount<'a> {
    salt: &'a [u8],
    iterations: u64,
}

#[derive(Sequence)]
struct SaltAndCountFields<'a> {
    salt: &'a OctetStringRef,
    iterations: UintRef<'a>,
}

impl<'a> Scheme<'a> {
    /// Reads the description; costs nothing.
    pub(crate) fn read(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<Self, DecryptError> {
        if algorithm.oid == pbes2::PBES2 {
            return Pbes2::read(algorithm).map(Self::Pbes2);
        }
        if let Some(scheme) = Pbes1::read(algorithm) {
            return scheme.map(Self::Pbes1);
        }
        match Pkcs12Pbe::read(algorithm) {
            Some(scheme) => scheme.map(Self::Pkcs12),
            None => Err(DecryptError::Unsupported {
                oid: names::name(algorithm.oid),
            }),
        }
    }

    /// Takes the encryption off.
    ///
    /// A wrong password is only likely to be noticed: what comes out must still be parsed, and garbage
    /// then means a wrong password too.
    pub(crate) fn decrypt(
        &self,
        ciphertext: &[u8],
        password: &Spelling,
        budget: &mut KdfBudget,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        match self {
            Self::Pbes1(scheme) => scheme.decrypt(ciphertext, password, budget),
            Self::Pbes2(scheme) => scheme.decrypt(ciphertext, password, budget),
            Self::Pkcs12(scheme) => scheme.decrypt(ciphertext, password, budget),
        }
    }
}

impl fmt::Display for Scheme<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbes1(scheme) => scheme.fmt(f),
            Self::Pbes2(scheme) => scheme.fmt(f),
            Self::Pkcs12(scheme) => scheme.fmt(f),
        }
    }
}

/// Takes the encryption off: [`Scheme::read`] and [`Scheme::decrypt`].
pub(crate) fn decrypt(
    algorithm: &AlgorithmIdentifierRef<'_>,
    ciphertext: &[u8],
    password: &Spelling,
    budget: &mut KdfBudget,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    Scheme::read(algorithm)?.decrypt(ciphertext, password, budget)
}

impl<'a> SaltAndCount<'a> {
    fn read(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<Self, DecryptError> {
        let parameters = algorithm.parameters.unwrap_or(AnyRef::NULL);
        let read: SaltAndCountFields<'a> = parameters.decode_as()?;
        Ok(Self {
            salt: read.salt.as_bytes(),
            iterations: iterations(read.iterations)?,
        })
    }
}

/// A number of iterations, at least one.
fn iterations(number: UintRef<'_>) -> Result<u64, DecryptError> {
    match saturated(number) {
        0 => Err(DecryptError::Malformed {
            detail: "0 iterations".to_owned(),
        }),
        iterations => Ok(iterations),
    }
}

/// A number, or the largest one where the number is larger: that is refused as too costly, and not as damage.
fn saturated(number: UintRef<'_>) -> u64 {
    number.as_bytes().iter().fold(0, |sum: u64, byte| {
        sum.checked_mul(256)
            .map_or(u64::MAX, |sum| sum | u64::from(*byte))
    })
}

/// The plain text that decrypting a copy of the ciphertext in place gives.
fn decrypted(
    ciphertext: &[u8],
    decrypt: impl FnOnce(&mut [u8]) -> Option<usize>,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let length = decrypt(&mut buffer).ok_or(DecryptError::WrongPassword)?;
    buffer.truncate(length);
    Ok(buffer)
}

impl From<der::Error> for DecryptError {
    fn from(error: der::Error) -> Self {
        Self::Malformed {
            detail: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
