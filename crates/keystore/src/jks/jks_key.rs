//! The protection of keys in JKS: a stream of SHA-1 and a digest.
//!
//! Weak, since it costs one hash to try a password, and the only one that the format has. Invariant:
//! the digest at the end is compared in constant time before anything is made of the key.
//!
//! Source: the class `KeyProtector` of OpenJDK (`sun.security.provider`).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, Digest, SHA1_FOR_LEGACY_USE_ONLY};
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::text;
use crate::password::Password;
use crate::random::{self, NoRandomBytes};

/// Sun's own identifier of it.
pub(super) const ALGORITHM: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.17.1.1");

const SALT: usize = 20;
const DIGEST: usize = 20;

/// Takes the protection off; nothing when the password is another.
pub(super) fn open(protected: &[u8], password: &Password) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, rest) = protected.split_at_checked(SALT)?;
    let (hidden, digest) = rest.split_at_checked(rest.len().checked_sub(DIGEST)?)?;
    let password = text::password(password);
    let plain = mask(hidden, &password, salt);
    verify_slices_are_equal(hash(&[&password, &plain]).as_ref(), digest).ok()?;
    Some(plain)
}

/// Protects a key.
pub(super) fn protect(plain: &[u8], password: &Password) -> Result<Vec<u8>, NoRandomBytes> {
    let salt: [u8; SALT] = random::bytes()?;
    let password = text::password(password);
    let hidden = mask(plain, &password, &salt);
    let digest = hash(&[&password, plain]);
    Ok([&salt, hidden.as_slice(), digest.as_ref()].concat())
}

/// Adds the stream to the octets, or takes it off again.
fn mask(octets: &[u8], password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut masked = Zeroizing::new(Vec::with_capacity(octets.len()));
    let mut last = Zeroizing::new(salt.to_vec());
    for part in octets.chunks(DIGEST) {
        let block = hash(&[password, &last]);
        masked.extend(part.iter().zip(block.as_ref()).map(|(a, b)| a ^ b));
        last = Zeroizing::new(block.as_ref().to_vec());
    }
    masked
}

fn hash(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    parts.iter().for_each(|part| context.update(part));
    context.finish()
}
