//! Writing JKS.
//!
//! Invariant: the key of an entry and the file have the same password, as every program expects that
//! asks for one only.

use der::Encode;
use der::asn1::{AnyRef, OctetStringRef};
use spki::AlgorithmIdentifierRef;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use super::{JKS_MAGIC, KEY_ENTRY, TRUSTED_ENTRY, X509, digest, jks_key, text};
use crate::password::Password;
use crate::pbe::EncryptedKey;
use crate::private_key::PrivateKey;
use crate::random::NoRandomBytes;
use crate::store::EntryView;

/// The version that Java has written since its first release with certificates of X.509.
const VERSION: u32 = 2;

/// Why a JKS file could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteJksError {
    /// Java needs the certificate of a key.
    #[error("the key {alias:?} has no certificate; in a JKS file every key has its own")]
    NoCertificate {
        /// Name of the entry.
        alias: String,
    },
    /// More than the numbers of the format can say.
    #[error("the entry {alias:?} is too large for a JKS file")]
    TooLarge {
        /// Name of the entry.
        alias: String,
    },
    /// The operating system gave no random bytes.
    #[error("the key cannot be protected: the operating system gave no random bytes")]
    Random,
}

/// A JKS file. `created` is the date that `keytool` shows of each entry.
///
/// Java looks for entries by names without capital letters, so that is how they are written.
pub(crate) fn write(
    entries: &[EntryView<'_>],
    password: &Password,
    created: Timestamp,
) -> Result<Vec<u8>, WriteJksError> {
    let milliseconds = created.unix().saturating_mul(1000).to_be_bytes();
    let count = u32::try_from(entries.len()).map_err(|_| WriteJksError::TooLarge {
        alias: String::new(),
    })?;
    let mut file = [JKS_MAGIC, VERSION.to_be_bytes(), count.to_be_bytes()].concat();
    for entry in entries {
        let (alias, mark) = match entry {
            EntryView::Key { alias, .. } => (*alias, KEY_ENTRY),
            EntryView::Trusted { alias, .. } => (*alias, TRUSTED_ENTRY),
        };
        let too_large = || WriteJksError::TooLarge {
            alias: alias.to_owned(),
        };
        file.extend(mark.to_be_bytes());
        put_text(&mut file, &alias.to_lowercase()).ok_or_else(too_large)?;
        file.extend(milliseconds);
        match entry {
            EntryView::Key { key, chain, .. } => {
                if chain.is_empty() {
                    return Err(WriteJksError::NoCertificate {
                        alias: alias.to_owned(),
                    });
                }
                let protected = protect(key, password)?.ok_or_else(too_large)?;
                put_block(&mut file, &protected).ok_or_else(too_large)?;
                let count = u32::try_from(chain.len()).map_err(|_| too_large())?;
                file.extend(count.to_be_bytes());
                for certificate in *chain {
                    put_certificate(&mut file, certificate).ok_or_else(too_large)?;
                }
            }
            EntryView::Trusted { certificate, .. } => {
                put_certificate(&mut file, certificate).ok_or_else(too_large)?;
            }
        }
    }
    let digest = digest::of(password, &file);
    file.extend_from_slice(digest.as_ref());
    Ok(file)
}

/// The key as an `EncryptedPrivateKeyInfo`; nothing when it is too large for one.
fn protect(key: &PrivateKey, password: &Password) -> Result<Option<Vec<u8>>, WriteJksError> {
    let protected = jks_key::protect(key.expose_pkcs8_der(), password)
        .map_err(|NoRandomBytes| WriteJksError::Random)?;
    let encode = || {
        EncryptedKey {
            algorithm: AlgorithmIdentifierRef {
                oid: jks_key::ALGORITHM,
                parameters: Some(AnyRef::NULL),
            },
            ciphertext: OctetStringRef::new(&protected)?,
        }
        .to_der()
    };
    Ok(encode().ok())
}

fn put_certificate(file: &mut Vec<u8>, certificate: &Certificate) -> Option<()> {
    put_text(file, X509)?;
    put_block(file, certificate.der())
}

fn put_block(file: &mut Vec<u8>, octets: &[u8]) -> Option<()> {
    file.extend(u32::try_from(octets.len()).ok()?.to_be_bytes());
    file.extend_from_slice(octets);
    Some(())
}

fn put_text(file: &mut Vec<u8>, text: &str) -> Option<()> {
    let octets = text::encode(text);
    file.extend(u16::try_from(octets.len()).ok()?.to_be_bytes());
    file.extend(octets);
    Some(())
}
