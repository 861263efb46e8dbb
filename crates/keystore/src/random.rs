//! Random bytes for salts and initialization vectors, from the operating system.
//!
//! Not for keys: those come from [`crate::private_key::PrivateKey::generate`].

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub(crate) struct NoRandomBytes;

pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], NoRandomBytes> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomBytes)?;
    Ok(bytes)
}
