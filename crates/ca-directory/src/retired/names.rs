//! What a key that was replaced is called, and the files that are kept of it.
//!
//! Invariant: a name of a key is one plain folder name, and one only.

use std::fmt;
use std::str::FromStr;

use trustpack_x509::certificate::Certificate;

use crate::change_target::InvalidTarget;
use crate::layout;

/// Names a key that was replaced: its subject key identifier in upper-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(Box<str>);

/// What is kept of a key that was replaced, in `retired/<key id>/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RetiredFile {
    /// Its CA certificate.
    Certificate,
    /// The key itself: it goes on signing the CRL that goes with its own certificates.
    PrivateKey,
    /// The certificates above its certificate.
    Chain,
    /// The new key, signed by this one: for peers that trust the old CA only.
    NewByOld,
    /// This key, signed by the new one: for peers that trust the new CA only.
    OldByNew,
    /// Its newest CRL.
    Crl,
    /// The number of its next CRL.
    CrlNumber,
    /// Its trust store.
    TrustStore,
    /// The serial of the last line of the ledger that belongs to it.
    LastSerial,
}

/// The longest subject key identifier that is taken: that of SHA-512, the longest in use.
const MAX_KEY_ID_OCTETS: usize = 64;

impl RetiredFile {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Certificate,
        Self::PrivateKey,
        Self::Chain,
        Self::NewByOld,
        Self::OldByNew,
        Self::Crl,
        Self::CrlNumber,
        Self::TrustStore,
        Self::LastSerial,
    ];

    /// Its name in the folder of the key.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => layout::CERTIFICATE,
            Self::PrivateKey => layout::PRIVATE_KEY,
            Self::Chain => layout::CHAIN,
            Self::NewByOld => "new_by_old.pem",
            Self::OldByNew => "old_by_new.pem",
            Self::Crl => layout::CRL,
            Self::CrlNumber => layout::CRL_NUMBER,
            Self::TrustStore => layout::TRUST_STORE,
            Self::LastSerial => "last_serial",
        }
    }
}

impl KeyId {
    /// The name of the key with this subject key identifier.
    ///
    /// # Errors
    ///
    /// [`InvalidTarget`] when it is empty, or longer than any in use.
    pub fn new(subject_key_id: &[u8]) -> Result<Self, InvalidTarget> {
        subject_key_id
            .iter()
            .map(|octet| format!("{octet:02X}"))
            .collect::<String>()
            .parse()
    }

    /// The name of the key of an authority: the identifier that its certificate gives it, else that of the key itself.
    ///
    /// # Errors
    ///
    /// As [`KeyId::new`].
    pub fn of(authority: &Certificate) -> Result<Self, InvalidTarget> {
        let named = authority.extensions().subject_key_id.as_deref();
        let of_key = authority.public_key().key_identifier();
        named
            .and_then(|id| Self::new(id).ok())
            .map_or_else(|| Self::new(&of_key), Ok)
    }
}

impl FromStr for KeyId {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let digits = text
            .bytes()
            .all(|digit| digit.is_ascii_digit() || (b'A'..=b'F').contains(&digit));
        let length = 2..=2 * MAX_KEY_ID_OCTETS;
        if digits && text.len().is_multiple_of(2) && length.contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidTarget::new(text))
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_after_its_identifier() {
        assert!(KeyId::new(&[]).is_err() && KeyId::new(&[0; 65]).is_err());
        assert_eq!(KeyId::new(&[0, 0xAB]).unwrap().to_string(), "00AB");
    }
}
