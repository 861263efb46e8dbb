//! Password-based encryption of keys and certificates.
//!
//! PBES2 (RFC 8018) is read in all forms of the `pkcs5` crate and written with AES-256; the schemes
//! of PKCS#12 (RFC 7292 appendix C) are read, and the one with triple DES is written for old
//! readers. Invariant: no key is derived before the file's [`KdfBudget`] has paid for it.

pub(crate) mod pkcs12_kdf;

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyIvInit};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Sequence};
use pkcs5::pbes2::{Kdf, PBES2_OID, Parameters};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use self::pkcs12_kdf::Use;
use crate::limits::{KdfBudget, KdfTooCostly, MAX_SCRYPT_BYTES};
use crate::password::Password;
use crate::random::{self, NoRandomBytes};

/// Source: RFC 7292 appendix C.
const SHA1_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
/// Source: as above.
const SHA1_2DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.4");
/// Source: as above.
const SHA1_RC2_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
/// Source: as above.
const SHA1_RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");

/// Block and initialization vector of DES and RC2, in bytes.
const DES_BLOCK: usize = 8;

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

/// `pkcs-12PbeParams` of RFC 7292 appendix C.
#[derive(Sequence)]
struct Pkcs12Parameters<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

/// Takes the encryption off.
///
/// A wrong password is only likely to be noticed: what comes out must still be parsed, and garbage
/// then means a wrong password too.
pub(crate) fn decrypt(
    algorithm: &AlgorithmIdentifierRef<'_>,
    ciphertext: &[u8],
    password: &Spelling,
    budget: &mut KdfBudget,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    if algorithm.oid == PBES2_OID {
        return decrypt_pbes2(algorithm, ciphertext, password, budget);
    }
    let Some(cipher) = Pkcs12Cipher::of(algorithm.oid) else {
        return Err(DecryptError::Unsupported {
            oid: algorithm.oid.to_string(),
        });
    };
    let parameters: Pkcs12Parameters<'_> = algorithm
        .parameters
        .unwrap_or(AnyRef::NULL)
        .decode_as()
        .map_err(|error: der::Error| DecryptError::Malformed {
            detail: error.to_string(),
        })?;
    // The key of triple DES is two outputs of SHA-1, the vector one.
    budget.spend(3 * u64::from(parameters.iterations))?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let plain = cipher.decrypt(&mut buffer, &parameters, password)?;
    buffer.truncate(plain);
    Ok(buffer)
}

fn decrypt_pbes2(
    algorithm: &AlgorithmIdentifierRef<'_>,
    ciphertext: &[u8],
    password: &Spelling,
    budget: &mut KdfBudget,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let parameters = algorithm.parameters.unwrap_or(AnyRef::NULL);
    let parameters = Parameters::try_from(parameters).map_err(|error| DecryptError::Malformed {
        detail: error.to_string(),
    })?;
    match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) => budget.spend(u64::from(pbkdf2.iteration_count))?,
        Kdf::Scrypt(scrypt) => {
            let block_bytes = 128 * u64::from(scrypt.block_size);
            let memory_bytes = block_bytes.saturating_mul(scrypt.cost_parameter);
            if memory_bytes > MAX_SCRYPT_BYTES {
                return Err(KdfTooCostly.into());
            }
            // It fills and reads all that memory once for each degree of parallelization; one
            // iteration here stands for 128 bytes of it.
            let passes = u64::from(scrypt.parallelization);
            budget.spend((memory_bytes / 128).saturating_mul(passes))?;
        }
        other => {
            return Err(DecryptError::Unsupported {
                oid: other.oid().to_string(),
            });
        }
    }
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let plain = match parameters.decrypt_in_place(password.utf8.as_slice(), &mut buffer) {
        Ok(plain) => plain.len(),
        Err(pkcs5::Error::UnsupportedAlgorithm { oid }) => {
            return Err(DecryptError::Unsupported {
                oid: oid.to_string(),
            });
        }
        // Wrong padding: all that a wrong password shows.
        Err(_) => return Err(DecryptError::WrongPassword),
    };
    buffer.truncate(plain);
    Ok(buffer)
}

/// Encrypts with PBES2: PBKDF2 with HMAC-SHA-256, then AES-256-CBC.
pub(crate) fn encrypt_pbes2(
    plain: &[u8],
    password: &Password,
    iterations: u32,
) -> Result<Encrypted, EncryptError> {
    let salt: [u8; 16] = random::bytes()?;
    let vector: [u8; 16] = random::bytes()?;
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(iterations, &salt, vector)
        .map_err(|_| EncryptError::Encode)?;
    let ciphertext = parameters
        .encrypt(password.expose(), plain)
        .map_err(|_| EncryptError::Encode)?;
    let algorithm = pkcs5::EncryptionScheme::from(parameters)
        .to_der()
        .map_err(|_| EncryptError::Encode)?;
    Ok(Encrypted {
        algorithm,
        ciphertext,
    })
}

/// Encrypts with pbeWithSHAAnd3-KeyTripleDES-CBC, for readers that know nothing newer.
pub(crate) fn encrypt_3des(
    plain: &[u8],
    password: &Password,
    iterations: u32,
) -> Result<Encrypted, EncryptError> {
    let salt: [u8; 8] = random::bytes()?;
    let encoded = || -> der::Result<Encrypted> {
        let parameters = Pkcs12Parameters {
            salt: OctetStringRef::new(&salt)?,
            iterations,
        };
        let password = Spelling::of(password);
        let key = parameters.derive(Use::Key, &password, 3 * DES_BLOCK);
        let vector = parameters.derive(Use::Vector, &password, DES_BLOCK);
        let ciphertext = cbc::Encryptor::<des::TdesEde3>::new_from_slices(&key, &vector)
            .map_err(|_| der::Error::from(der::ErrorKind::Failed))?
            .encrypt_padded_vec::<Pkcs7>(plain);
        let parameters = parameters.to_der()?;
        let algorithm = AlgorithmIdentifierRef {
            oid: SHA1_3DES,
            parameters: Some(AnyRef::from_der(&parameters)?),
        };
        Ok(Encrypted {
            algorithm: algorithm.to_der()?,
            ciphertext,
        })
    };
    encoded().map_err(|_| EncryptError::Encode)
}

/// The ciphers of RFC 7292 appendix C that are read; its two with RC4 are not.
#[derive(Clone, Copy)]
enum Pkcs12Cipher {
    TripleDes,
    DoubleDes,
    Rc2 { key_bytes: usize },
}

impl Pkcs12Cipher {
    fn of(oid: ObjectIdentifier) -> Option<Self> {
        match oid {
            SHA1_3DES => Some(Self::TripleDes),
            SHA1_2DES => Some(Self::DoubleDes),
            SHA1_RC2_128 => Some(Self::Rc2 { key_bytes: 16 }),
            SHA1_RC2_40 => Some(Self::Rc2 { key_bytes: 5 }),
            _other => None,
        }
    }

    /// Decrypts in place and says how many bytes of plain text there are.
    fn decrypt(
        self,
        buffer: &mut [u8],
        parameters: &Pkcs12Parameters<'_>,
        password: &Spelling,
    ) -> Result<usize, DecryptError> {
        let vector = parameters.derive(Use::Vector, password, DES_BLOCK);
        let wrong = |_| DecryptError::WrongPassword;
        let plain = match self {
            Self::TripleDes | Self::DoubleDes => {
                let key = self.des_key(parameters, password);
                cbc::Decryptor::<des::TdesEde3>::new_from_slices(&key, &vector)
                    .map_err(|_| DecryptError::WrongPassword)?
                    .decrypt_padded::<Pkcs7>(buffer)
                    .map_err(wrong)?
            }
            Self::Rc2 { key_bytes } => {
                let key = parameters.derive(Use::Key, password, key_bytes);
                let rc2 = rc2::Rc2::new_with_eff_key_len(&key, 8 * key_bytes);
                cbc::Decryptor::inner_iv_slice_init(rc2, &vector)
                    .map_err(|_| DecryptError::WrongPassword)?
                    .decrypt_padded::<Pkcs7>(buffer)
                    .map_err(wrong)?
            }
        };
        Ok(plain.len())
    }

    /// The key for triple DES; with two keys the first is used again as the third.
    fn des_key(self, parameters: &Pkcs12Parameters<'_>, password: &Spelling) -> Zeroizing<Vec<u8>> {
        match self {
            Self::DoubleDes => {
                let two = parameters.derive(Use::Key, password, 2 * DES_BLOCK);
                let mut key = Zeroizing::new(Vec::with_capacity(3 * DES_BLOCK));
                key.extend(two.iter().chain(two.iter().take(DES_BLOCK)));
                key
            }
            Self::TripleDes | Self::Rc2 { .. } => {
                parameters.derive(Use::Key, password, 3 * DES_BLOCK)
            }
        }
    }
}

impl Pkcs12Parameters<'_> {
    fn derive(&self, purpose: Use, password: &Spelling, length: usize) -> Zeroizing<Vec<u8>> {
        pkcs12_kdf::derive(
            &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
            purpose,
            &password.utf16,
            self.salt.as_bytes(),
            self.iterations,
            length,
        )
    }
}
