//! PBES2: key derivation and cipher, each named by itself.
//!
//! Read with PBKDF2 and scrypt, written with PBKDF2 over HMAC-SHA-256 and AES-256. Source: RFC 8018 section 6.2,
//! appendixes A.2 and A.4 and B.2; RFC 7914 section 7 for scrypt. Done here and not by a library, because the one
//! that there is stops the program at a vector that is too short, and leaves the derived key in memory.

use std::fmt;
use std::num::NonZeroU32;

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::names::name;
use super::prf::Prf;
use super::{DecryptError, EncryptError, Encrypted, Spelling, saturated};
use crate::limits::{KdfBudget, KdfTooCostly, MAX_SCRYPT_BYTES};
use crate::password::Password;
use crate::random;

pub(super) const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const SCRYPT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");
const AES_128_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const DES_EDE3_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.7");
const DES_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.7");
const RC2_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.3.2");

/// How something is encrypted.
pub(crate) struct Pbes2<'a> {
    derivation: Derivation<'a>,
    cipher: Cipher,
    vector: &'a [u8],
}

/// How the key comes from the password.
enum Derivation<'a> {
    Pbkdf2 {
        prf: Prf,
        salt: &'a [u8],
        iterations: u64,
    },
    Scrypt {
        salt: &'a [u8],
        cost: u64,
        block: u64,
        parallel: u64,
    },
}

#[derive(Sequence)]
struct Parameters<'a> {
    derivation: AlgorithmIdentifierRef<'a>,
    cipher: AlgorithmIdentifierRef<'a>,
}

#[derive(Sequence)]
struct Pbkdf2Parameters<'a> {
    salt: &'a OctetStringRef,
    iterations: UintRef<'a>,
    #[asn1(optional = "true")]
    key_bytes: Option<UintRef<'a>>,
    #[asn1(optional = "true")]
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

#[derive(Sequence)]
struct ScryptParameters<'a> {
    salt: &'a OctetStringRef,
    cost: UintRef<'a>,
    block: UintRef<'a>,
    parallel: UintRef<'a>,
    #[asn1(optional = "true")]
    key_bytes: Option<UintRef<'a>>,
}

/// `RC2-CBC-Parameter`: RFC 8018 appendix B.2.3.
#[derive(Sequence)]
struct Rc2Parameters<'a> {
    version: u32,
    vector: &'a OctetStringRef,
}

impl<'a> Pbes2<'a> {
    pub(super) fn read(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<Self, DecryptError> {
        let Parameters { derivation, cipher } = parameters(algorithm)?;
        let (cipher, vector) = read_cipher(&cipher)?;
        if vector.len() != cipher.block_bytes() {
            return Err(DecryptError::Malformed {
                detail: format!("a vector of {} bytes for {cipher}", vector.len()),
            });
        }
        let (derivation, key_bytes) = Derivation::read(&derivation)?;
        match key_bytes.map(saturated) {
            Some(bytes) if usize::try_from(bytes) != Ok(cipher.key_bytes()) => {
                Err(DecryptError::Malformed {
                    detail: format!("a key of {bytes} bytes for {cipher}"),
                })
            }
            Some(_) | None => Ok(Self {
                derivation,
                cipher,
                vector,
            }),
        }
    }

    pub(super) fn decrypt(
        &self,
        ciphertext: &[u8],
        password: &Spelling,
        budget: &mut KdfBudget,
    ) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
        self.cipher.check_length(ciphertext)?;
        let mut key = Zeroizing::new(vec![0; self.cipher.key_bytes()]);
        self.derivation.derive(&password.utf8, &mut key, budget)?;
        super::decrypted(ciphertext, |buffer| {
            self.cipher.decrypt(&key, self.vector, buffer)
        })
    }
}

/// Octets that the key of a MAC may have. Source of the least: RFC 9579 section 4.
const MAC_KEY_BYTES: std::ops::RangeInclusive<u64> = 20..=64;

/// The key of PBMAC1, by a derivation that says the key's length (RFC 8018 appendix A.5).
pub(crate) fn mac_key(
    derivation: &AlgorithmIdentifierRef<'_>,
    password: &Spelling,
    budget: &mut KdfBudget,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let (derivation, key_bytes) = Derivation::read(derivation)?;
    let length = key_bytes.map(saturated).unwrap_or_default();
    let key_bytes = Some(length)
        .filter(|length| MAC_KEY_BYTES.contains(length))
        .and_then(|length| usize::try_from(length).ok())
        .ok_or_else(|| DecryptError::Malformed {
            detail: format!("a MAC with a key of {length} bytes"),
        })?;
    let mut key = Zeroizing::new(vec![0; key_bytes]);
    derivation.derive(&password.utf8, &mut key, budget)?;
    Ok(key)
}

impl<'a> Derivation<'a> {
    /// Also the length of the key, where the file says it.
    fn read(
        algorithm: &AlgorithmIdentifierRef<'a>,
    ) -> Result<(Self, Option<UintRef<'a>>), DecryptError> {
        match algorithm.oid {
            PBKDF2 => {
                let read: Pbkdf2Parameters<'a> = parameters(algorithm)?;
                let derivation = Self::Pbkdf2 {
                    prf: read.prf.map_or(Ok(Prf::Sha1), |prf| Prf::read(prf.oid))?,
                    salt: read.salt.as_bytes(),
                    iterations: super::iterations(read.iterations)?,
                };
                Ok((derivation, read.key_bytes))
            }
            SCRYPT => {
                let read: ScryptParameters<'a> = parameters(algorithm)?;
                let derivation = Self::Scrypt {
                    salt: read.salt.as_bytes(),
                    cost: saturated(read.cost),
                    block: saturated(read.block),
                    parallel: saturated(read.parallel),
                };
                Ok((derivation, read.key_bytes))
            }
            oid => Err(DecryptError::Unsupported { oid: name(oid) }),
        }
    }

    fn derive(
        &self,
        password: &[u8],
        key: &mut [u8],
        budget: &mut KdfBudget,
    ) -> Result<(), DecryptError> {
        match *self {
            Self::Pbkdf2 {
                prf,
                salt,
                iterations,
            } => {
                budget.spend(iterations)?;
                let iterations = u32::try_from(iterations).ok().and_then(NonZeroU32::new);
                let iterations = iterations.ok_or(KdfTooCostly)?;
                prf.derive(password, salt, iterations, key);
                Ok(())
            }
            Self::Scrypt {
                salt,
                cost,
                block,
                parallel,
            } => {
                let memory_bytes = block.saturating_mul(128).saturating_mul(cost);
                if memory_bytes > MAX_SCRYPT_BYTES {
                    return Err(KdfTooCostly.into());
                }
                // It fills and reads all that memory once for each degree of parallelization; one iteration
                // here stands for 128 bytes of it.
                budget.spend((memory_bytes / 128).saturating_mul(parallel))?;
                // Each degree also has a block of its own.
                if block.saturating_mul(128).saturating_mul(parallel) > MAX_SCRYPT_BYTES {
                    return Err(KdfTooCostly.into());
                }
                scrypt(password, salt, [cost, block, parallel], key)
            }
        }
    }
}

fn scrypt(
    password: &[u8],
    salt: &[u8],
    [cost, block, parallel]: [u64; 3],
    key: &mut [u8],
) -> Result<(), DecryptError> {
    let malformed = || DecryptError::Malformed {
        detail: format!("scrypt with the parameters {cost}, {block}, {parallel}"),
    };
    let log = |number: u64| u8::try_from(number.trailing_zeros()).ok();
    let small = |number: u64| u32::try_from(number).ok();
    // RFC 7914 section 6: the cost is a power of two larger than 1.
    let log = log(cost).filter(|_| cost > 1 && cost.is_power_of_two());
    let (log, block, parallel) = log
        .zip(small(block))
        .zip(small(parallel))
        .map(|((log, block), parallel)| (log, block, parallel))
        .ok_or_else(malformed)?;
    let parameters = scrypt::Params::new(log, block, parallel).map_err(|_| malformed())?;
    scrypt::scrypt(password, salt, &parameters, key).map_err(|_| malformed())
}

fn read_cipher<'a>(
    algorithm: &AlgorithmIdentifierRef<'a>,
) -> Result<(Cipher, &'a [u8]), DecryptError> {
    let cipher = match algorithm.oid {
        AES_128_CBC => Cipher::Aes128,
        AES_192_CBC => Cipher::Aes192,
        AES_256_CBC => Cipher::Aes256,
        DES_EDE3_CBC => Cipher::TripleDes,
        DES_CBC => Cipher::Des,
        RC2_CBC => {
            let read: Rc2Parameters<'a> = parameters(algorithm)?;
            let bytes = match read.version {
                160 => 5,
                120 => 8,
                58 => 16,
                version => {
                    return Err(DecryptError::Malformed {
                        detail: format!("RC2 of the version {version}"),
                    });
                }
            };
            let cipher = Cipher::Rc2 {
                key_bytes: bytes,
                effective_bits: 8 * bytes,
            };
            return Ok((cipher, read.vector.as_bytes()));
        }
        oid => return Err(DecryptError::Unsupported { oid: name(oid) }),
    };
    let vector: &OctetStringRef = parameters(algorithm)?;
    Ok((cipher, vector.as_bytes()))
}

fn parameters<'a, T: der::Choice<'a> + der::DecodeValue<'a>>(
    algorithm: &AlgorithmIdentifierRef<'a>,
) -> Result<T, DecryptError>
where
    DecryptError: From<<T as der::DecodeValue<'a>>::Error>,
{
    Ok(algorithm.parameters.unwrap_or(AnyRef::NULL).decode_as()?)
}

/// Encrypts with PBKDF2 over HMAC-SHA-256, then AES-256-CBC.
pub(crate) fn encrypt_pbes2(
    plain: &[u8],
    password: &Password,
    iterations: u32,
) -> Result<Encrypted, EncryptError> {
    let salt: [u8; 16] = random::bytes()?;
    let vector: [u8; 16] = random::bytes()?;
    let mut key = Zeroizing::new(vec![0; Cipher::Aes256.key_bytes()]);
    let count = NonZeroU32::new(iterations).ok_or(EncryptError::Encode)?;
    Prf::Sha256.derive(password.expose().as_bytes(), &salt, count, &mut key);
    let ciphertext = Cipher::Aes256
        .encrypt(&key, &vector, plain)
        .ok_or(EncryptError::Encode)?;
    let algorithm = describe(&salt, iterations, &vector).map_err(|_| EncryptError::Encode)?;
    Ok(Encrypted {
        algorithm,
        ciphertext,
    })
}

/// The `AlgorithmIdentifier` of what [`encrypt_pbes2`] does.
fn describe(salt: &[u8], iterations: u32, vector: &[u8]) -> der::Result<Vec<u8>> {
    let iterations = iterations.to_be_bytes();
    let derivation = Pbkdf2Parameters {
        salt: OctetStringRef::new(salt)?,
        iterations: UintRef::new(&iterations)?,
        key_bytes: None,
        prf: Some(AlgorithmIdentifierRef {
            oid: Prf::Sha256.oid(),
            parameters: Some(AnyRef::NULL),
        }),
    }
    .to_der()?;
    let parameters = Parameters {
        derivation: AlgorithmIdentifierRef {
            oid: PBKDF2,
            parameters: Some(AnyRef::from_der(&derivation)?),
        },
        cipher: AlgorithmIdentifierRef {
            oid: AES_256_CBC,
            parameters: Some(AnyRef::new(der::Tag::OctetString, vector)?),
        },
    }
    .to_der()?;
    AlgorithmIdentifierRef {
        oid: PBES2,
        parameters: Some(AnyRef::from_der(&parameters)?),
    }
    .to_der()
}

impl fmt::Display for Pbes2<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.derivation {
            Derivation::Pbkdf2 {
                prf, iterations, ..
            } => write!(
                f,
                "PBES2 with PBKDF2 over HMAC-{}, {iterations} iterations,",
                prf.name()
            )?,
            Derivation::Scrypt {
                cost,
                block,
                parallel,
                ..
            } => write!(f, "PBES2 with scrypt of {cost}, {block}, {parallel}")?,
        }
        write!(f, " and {}", self.cipher)
    }
}
