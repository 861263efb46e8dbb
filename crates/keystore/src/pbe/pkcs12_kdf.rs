//! The key derivation of PKCS#12.
//!
//! Weak by today's measure and used because the format demands it: for its MAC and its old ciphers.
//! Source: RFC 7292 appendix B.2; the letters in comments are those of its steps.

use aws_lc_rs::digest::{Algorithm, Context, digest};
use zeroize::Zeroizing;

/// What a derived secret is for (RFC 7292 appendix B.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Key,
    Vector,
    Mac,
}

impl Use {
    fn id(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Vector => 2,
            Self::Mac => 3,
        }
    }
}

/// Derives `length` bytes from a password in UTF-16 with its final NUL.
///
/// Every `hash.output_len()` bytes of them cost `iterations` hashes.
pub(crate) fn derive(
    hash: &'static Algorithm,
    purpose: Use,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    let diversifier = vec![purpose.id(); block];
    let filled = |bytes: &[u8]| bytes.len().div_ceil(block) * block;
    // I = S || P, each repeated until it fills its last block.
    let mut input = Zeroizing::new(Vec::with_capacity(filled(salt) + filled(password)));
    input.extend(salt.iter().cycle().take(filled(salt)));
    input.extend(password.iter().cycle().take(filled(password)));

    let mut output = Zeroizing::new(Vec::with_capacity(length));
    while output.len() < length {
        let mut context = Context::new(hash);
        context.update(&diversifier);
        context.update(&input);
        let mut a = context.finish();
        for _ in 1..iterations {
            a = digest(hash, a.as_ref());
        }
        let missing = length - output.len();
        output.extend(a.as_ref().iter().take(missing));

        // Step 6C: I_j = (I_j + B + 1) mod 2^v, where B repeats A to the length of a block.
        let b: Zeroizing<Vec<u8>> =
            Zeroizing::new(a.as_ref().iter().copied().cycle().take(block).collect());
        for part in input.chunks_exact_mut(block) {
            let mut carry = 1_u16;
            for (byte, add) in part.iter_mut().zip(b.iter()).rev() {
                let [high, low] = (u16::from(*byte) + u16::from(*add) + carry).to_be_bytes();
                *byte = low;
                carry = u16::from(high);
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256};

    use super::*;

    fn utf16(password: &str) -> Vec<u8> {
        password
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_be_bytes)
            .collect()
    }

    /// Expected values: `openssl kdf -kdfopt pass: .. PKCS12KDF` of OpenSSL 3.0.
    #[track_caller]
    fn check(hash: &'static Algorithm, purpose: Use, iterations: u32, want: &str) {
        let got = derive(
            hash,
            purpose,
            &utf16("ge@äheim"),
            &[1, 2, 3, 4, 5, 6, 7, 8],
            iterations,
            want.len() / 2,
        );
        let got: String = got.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn derives_what_openssl_derives() {
        check(
            &SHA1_FOR_LEGACY_USE_ONLY,
            Use::Key,
            1,
            "750eb2bb05f29ddb1f2e8c54f06f203eebba099123c63091",
        );
        check(
            &SHA1_FOR_LEGACY_USE_ONLY,
            Use::Vector,
            1000,
            "4dddf1dd7e8e595e",
        );
        check(
            &SHA256,
            Use::Mac,
            1000,
            "3f9113f05c30a996c4a516409bdac9d065f44296ccd52bb75de3fcfdbe2bf130",
        );
        check(
            &SHA256,
            Use::Key,
            100,
            "fae4d4957a3cc781e1180b9d4fb79c1e0c8579b746a3177e5b0768a3118bf863\
             556535829f36cdef612a5e881490fe95f51c779470f21f6cc171d251121749c1\
             8b8a2b290642f47fcf9c8a8e0eb492a475b777f94e326b1c3d5f4291096f8b96\
             dd774d10",
        );
    }

    #[test]
    fn takes_no_password_and_no_salt() {
        let derived = derive(&SHA256, Use::Mac, &[], &[], 0, 32);
        assert_eq!(derived.len(), 32);
    }
}
