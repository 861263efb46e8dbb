//! The protection of keys in JCEKS: `PBEWithMD5AndTripleDES`.
//!
//! Read only. Invariant: no key is derived before the file's budget has paid for it.
//!
//! Source: the classes `PBES1Core` and `PBEKey` of OpenJDK (`com.sun.crypto.provider`): MD5 over each
//! half of the salt and the password, again and again; three keys of DES and a vector come out. The
//! password is ASCII.

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use der::Sequence;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use md5::{Digest as _, Md5};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::limits::KdfBudget;
use crate::password::Password;
use crate::pem::ReadKeyError;

/// Sun's own identifier of it.
pub(super) const ALGORITHM: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.19.1");

/// Octets of a half of the salt.
const HALF: usize = 4;
/// Octets of the keys of triple DES; the vector follows.
const KEYS: usize = 24;

#[derive(Sequence)]
struct Parameters<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

/// Takes the protection off. A wrong password is sometimes only seen by what comes out.
pub(super) fn open(
    algorithm: &AlgorithmIdentifierRef<'_>,
    ciphertext: &[u8],
    password: &Password,
    budget: &mut KdfBudget,
) -> Result<Zeroizing<Vec<u8>>, ReadKeyError> {
    let damaged = |detail: String| ReadKeyError::DamagedEncryption { detail };
    let parameters: Parameters<'_> = algorithm
        .parameters
        .unwrap_or(AnyRef::NULL)
        .decode_as()
        .map_err(|error: der::Error| damaged(error.to_string()))?;
    let salt: [u8; 2 * HALF] = parameters.salt.as_bytes().try_into().map_err(|_| {
        damaged(format!(
            "a salt of {} bytes, not {}",
            parameters.salt.as_bytes().len(),
            2 * HALF
        ))
    })?;
    if !password.is_ascii() {
        return Err(ReadKeyError::WrongPassword);
    }
    budget
        .spend(2 * u64::from(parameters.iterations))
        .map_err(|_| ReadKeyError::TooCostly)?;
    let derived = derive(salt, password.expose().as_bytes(), parameters.iterations);
    let (key, vector) = derived.split_at(KEYS);
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    let plain = cbc::Decryptor::<des::TdesEde3>::new_from_slices(key, vector)
        .map_err(|_| ReadKeyError::WrongPassword)?
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .map_err(|_| ReadKeyError::WrongPassword)?
        .len();
    buffer.truncate(plain);
    Ok(buffer)
}

fn derive(salt: [u8; 2 * HALF], password: &[u8], iterations: u32) -> Zeroizing<[u8; 32]> {
    let mut derived = Zeroizing::new([0; 32]);
    let salt = apart(salt);
    for (half, out) in salt.chunks(HALF).zip(derived.chunks_mut(16)) {
        let mut last = Zeroizing::new(half.to_vec());
        for _ in 0..iterations {
            let mut hash = Md5::new();
            hash.update(&*last);
            hash.update(password);
            last = Zeroizing::new(hash.finalize().to_vec());
        }
        out.iter_mut()
            .zip(last.iter())
            .for_each(|(out, octet)| *out = *octet);
    }
    derived
}

/// Two equal halves would give the same twice, so Java turns the first one round; by a mistake that
/// has become the format, it turns only half of it.
fn apart(salt: [u8; 2 * HALF]) -> [u8; 2 * HALF] {
    let [a, b, c, d, e, f, g, h] = salt;
    if [a, b, c, d] == [e, f, g, h] {
        // In its loop over the first two octets, Java means to swap i with 3 - i and writes 3 - 1.
        [d, a, b, d, e, f, g, h]
    } else {
        salt
    }
}
