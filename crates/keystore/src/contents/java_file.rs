//! Files in Java's own formats.
//!
//! Invariant: a file whose digest was not checked says so in a note.

use super::{
    CertificateRole, Contents, Format, FoundCertificate, FoundKey, Note, ReadContentsError,
};
use crate::jks::{self, JksEntry, Kind};
use crate::password::Passwords;

/// Characters of an alias that a note repeats: it may have 64 KiB.
const MAX_SHOWN: usize = 80;

/// Reads a JKS or JCEKS file.
pub(super) fn read(
    kind: Kind,
    file: &[u8],
    passwords: &Passwords,
) -> Result<Contents, ReadContentsError> {
    let jks = jks::read(file, passwords)?;
    let mut contents = Contents::new(match kind {
        Kind::Jks => Format::Jks,
        Kind::Jceks => Format::Jceks,
    });
    if !jks.verified {
        contents.notes.push(Note::IntegrityNotChecked);
    }
    for entry in jks.entries {
        match entry {
            JksEntry::Key { alias, key, chain } => {
                for certificate in &chain {
                    contents.add_certificate(FoundCertificate {
                        certificate: certificate.clone(),
                        alias: None,
                        role: CertificateRole::OfKey,
                    })?;
                }
                contents.add_key(FoundKey {
                    key,
                    alias: Some(alias),
                    chain,
                })?;
            }
            JksEntry::Trusted { alias, certificate } => {
                contents.add_certificate(FoundCertificate {
                    certificate,
                    alias: Some(alias),
                    role: CertificateRole::Trusted,
                })?;
            }
        }
    }
    if let Some((count, behind)) = jks.not_read {
        contents.notes.push(Note::SecretKey {
            alias: behind.chars().take(MAX_SHOWN).collect(),
            not_read: count,
        });
    }
    Ok(contents)
}
