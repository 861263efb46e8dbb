//! The calls into AWS-LC, each in its own small safe function.
//!
//! Invariant: an [`RsaKey`] holds a pointer that AWS-LC gave and that nobody else frees. It is neither `Send` nor
//! `Sync`: it lives for one call of the functions of this crate.

#![expect(
    unsafe_code,
    reason = "AWS-LC is a C library, and aws-lc-rs has no safe form of these calls"
)]

use std::ptr::{self, NonNull};

use aws_lc_sys as c;
use zeroize::Zeroizing;

use crate::{LegacyDigest, PssDigest};

/// An RSA key of AWS-LC.
pub(crate) struct RsaKey(NonNull<c::RSA>);

/// A number of AWS-LC.
struct Number(NonNull<c::BIGNUM>);

/// Octets that AWS-LC allocated; wiped when they are freed.
struct Octets {
    start: NonNull<u8>,
    length: usize,
}

/// What AWS-LC takes for the length of a salt that is as long as the hash.
///
/// Source: `openssl/rsa.h` of AWS-LC, `RSA_PSS_SALTLEN_DIGEST`.
const SALT_LIKE_HASH: i32 = -1;

/// The output of one of the two digests.
struct Hash {
    nid: i32,
    octets: Vec<u8>,
}

impl RsaKey {
    /// Makes a key with the exponent 65537; `None` if AWS-LC fails.
    pub(crate) fn generate(bits: u16) -> Option<Self> {
        let exponent = Number::of(c::RSA_F4.unsigned_abs().into())?;
        // SAFETY: takes nothing; what it gives is a new object or null.
        let key = Self::own(unsafe { c::RSA_new() })?;
        // SAFETY: both pointers are live for the call and owned by their guards, the number is only read, and
        // the callback may be null.
        let made = unsafe {
            c::RSA_generate_key_ex(
                key.0.as_ptr(),
                bits.into(),
                exponent.0.as_ptr(),
                ptr::null_mut(),
            )
        };
        succeeded(made).then_some(key)
    }

    /// Reads an `RSAPrivateKey`; `None` if it is damaged or its numbers do not fit each other.
    pub(crate) fn from_private_der(der: &[u8]) -> Option<Self> {
        // SAFETY: pointer and length are those of a slice, which is only read.
        let key = unsafe { c::RSA_private_key_from_bytes(der.as_ptr(), der.len()) };
        Self::own(key)
    }

    /// Reads an `RSAPublicKey`; `None` if it is damaged.
    pub(crate) fn from_public_der(der: &[u8]) -> Option<Self> {
        // SAFETY: as above.
        let key = unsafe { c::RSA_public_key_from_bytes(der.as_ptr(), der.len()) };
        Self::own(key)
    }

    /// The `RSAPrivateKey` in DER.
    pub(crate) fn to_private_der(&self) -> Option<Zeroizing<Vec<u8>>> {
        let mut start = ptr::null_mut();
        let mut length = 0;
        // SAFETY: the key is live; the two outputs are variables of the right types, set on success.
        let encoded = unsafe {
            c::RSA_private_key_to_bytes(&raw mut start, &raw mut length, self.0.as_ptr())
        };
        if !succeeded(encoded) {
            return forget_error();
        }
        let octets = Octets {
            start: NonNull::new(start)?,
            length,
        };
        Some(Zeroizing::new(octets.as_slice().to_vec()))
    }

    /// A PKCS #1 v1.5 signature; `None` if AWS-LC fails.
    pub(crate) fn sign(&self, digest: LegacyDigest, message: &[u8]) -> Option<Vec<u8>> {
        let hash = Hash::of(digest, message);
        // SAFETY: the key is live and only read.
        let size = unsafe { c::RSA_size(self.0.as_ptr()) };
        let mut signature = vec![0; usize::try_from(size).ok()?];
        let mut length = 0;
        // SAFETY: the hash is a slice that is only read; the output has the `RSA_size` octets that the function
        // may write; the key is live, and of one thread since the guard is neither `Send` nor `Sync`.
        let signed = unsafe {
            c::RSA_sign(
                hash.nid,
                hash.octets.as_ptr(),
                hash.octets.len(),
                signature.as_mut_ptr(),
                &raw mut length,
                self.0.as_ptr(),
            )
        };
        if !succeeded(signed) {
            return forget_error();
        }
        signature.truncate(usize::try_from(length).ok()?);
        Some(signature)
    }

    /// Whether a PKCS #1 v1.5 signature is of this key over this message.
    pub(crate) fn verifies(&self, digest: LegacyDigest, message: &[u8], signature: &[u8]) -> bool {
        let hash = Hash::of(digest, message);
        self.verifies_hash(hash.nid, &hash.octets, signature)
    }

    /// Whether a PKCS #1 v1.5 signature is of this key over a message with this SHA-384 hash.
    pub(crate) fn verifies_sha384(&self, hash: &[u8], signature: &[u8]) -> bool {
        self.verifies_hash(c::NID_sha384, hash, signature)
    }

    /// AWS-LC refuses a hash that is not as long as those of its digest.
    fn verifies_hash(&self, digest: i32, hash: &[u8], signature: &[u8]) -> bool {
        // SAFETY: pointers and lengths are those of slices that are only read; the key is live.
        let verified = unsafe {
            c::RSA_verify(
                digest,
                hash.as_ptr(),
                hash.len(),
                signature.as_ptr(),
                signature.len(),
                self.0.as_ptr(),
            )
        };
        succeeded(verified) || forget_error::<()>().is_some()
    }

    /// Whether a PSS signature is of this key over a message with this hash, with a salt as long as the hash and the same
    /// digest in its mask.
    pub(crate) fn verifies_pss(&self, digest: PssDigest, hash: &[u8], signature: &[u8]) -> bool {
        let method = match digest {
            // SAFETY: takes nothing, and gives a pointer to a constant of AWS-LC.
            PssDigest::Sha256 => unsafe { c::EVP_sha256() },
            // SAFETY: as above.
            PssDigest::Sha384 => unsafe { c::EVP_sha384() },
            // SAFETY: as above.
            PssDigest::Sha512 => unsafe { c::EVP_sha512() },
        };
        if hash.len() != digest.hash_octets() {
            return false;
        }
        // SAFETY: pointers and lengths are those of slices that are only read, the hash is as long as its digest says;
        // the key is live, the digest a constant.
        let verified = unsafe {
            c::RSA_verify_pss_mgf1(
                self.0.as_ptr(),
                hash.as_ptr(),
                hash.len(),
                method,
                method,
                SALT_LIKE_HASH,
                signature.as_ptr(),
                signature.len(),
            )
        };
        succeeded(verified) || forget_error::<()>().is_some()
    }

    fn own(key: *mut c::RSA) -> Option<Self> {
        NonNull::new(key).map(Self).or_else(forget_error)
    }
}

impl Drop for RsaKey {
    fn drop(&mut self) {
        // SAFETY: the pointer came from AWS-LC, this guard is its only owner, and it is not used again. AWS-LC
        // wipes what it frees.
        unsafe { c::RSA_free(self.0.as_ptr()) }
    }
}

impl Number {
    fn of(value: u64) -> Option<Self> {
        // SAFETY: takes nothing; what it gives is a new object or null.
        let number = NonNull::new(unsafe { c::BN_new() }).map(Self)?;
        // SAFETY: the number is live and owned by its guard.
        let set = unsafe { c::BN_set_u64(number.0.as_ptr(), value) };
        succeeded(set).then_some(number)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        // SAFETY: as for the key.
        unsafe { c::BN_free(self.0.as_ptr()) }
    }
}

impl Octets {
    fn as_slice(&self) -> &[u8] {
        // SAFETY: AWS-LC allocated and filled that many octets, and they live as long as this guard.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl Drop for Octets {
    fn drop(&mut self) {
        // SAFETY: AWS-LC allocated them, this guard is their only owner, and they are not used again.
        // `OPENSSL_free` wipes what it frees.
        unsafe { c::OPENSSL_free(self.start.as_ptr().cast()) }
    }
}

impl Hash {
    fn of(digest: LegacyDigest, message: &[u8]) -> Self {
        let (nid, octets) = match digest {
            LegacyDigest::Sha1 => (c::NID_sha1, 20),
            LegacyDigest::Sha224 => (c::NID_sha224, 28),
        };
        let mut octets = vec![0; octets];
        match digest {
            LegacyDigest::Sha1 => {
                // SAFETY: the message is a slice that is only read; the output has the 20 octets of SHA-1.
                unsafe { c::SHA1(message.as_ptr(), message.len(), octets.as_mut_ptr()) };
            }
            LegacyDigest::Sha224 => {
                // SAFETY: as above, with the 28 octets of SHA-224.
                unsafe { c::SHA224(message.as_ptr(), message.len(), octets.as_mut_ptr()) };
            }
        }
        Self { nid, octets }
    }
}

/// AWS-LC says 1 for success and 0 for failure.
fn succeeded(result: i32) -> bool {
    result == 1
}

/// Takes the error of a failed call off the queue of this thread, where another caller would find it.
fn forget_error<T>() -> Option<T> {
    // SAFETY: takes nothing, and touches the queue of this thread only.
    unsafe { c::ERR_clear_error() };
    None
}
