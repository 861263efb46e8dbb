//! Signatures with an RSA key, one after another: the part of a handshake that only the cryptographic library does.

use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PSS_SHA256;

/// Signatures whose time is taken.
const SIGNATURES: u32 = 4000;
/// Signatures before them.
const WARMING_UP: u32 = 200;
/// What is signed, of the length that TLS 1.3 has signed with SHA-256 (RFC 8446 section 4.4.3).
const MESSAGE: [u8; 130] = [0x20; 130];

/// Time of a signature, as TLS 1.3 asks for it: PSS with SHA-256. One thread, which never waits.
pub(super) fn milliseconds_each() -> anyhow::Result<f64> {
    let refused = |_| anyhow::anyhow!("the cryptographic library does not sign");
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
    let random = SystemRandom::new();
    let mut signature = vec![0; key.public_modulus_len()];
    let mut sign = || key.sign(&RSA_PSS_SHA256, &random, &MESSAGE, &mut signature);
    for _ in 0..WARMING_UP {
        sign().map_err(refused)?;
    }
    let start = Instant::now();
    for _ in 0..SIGNATURES {
        sign().map_err(refused)?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / f64::from(SIGNATURES))
}
