//! Files in Java's own formats.
//!
//! Invariant: a file whose digest was not checked says so in a note.

use trustpack_x509::certificate::malformed::AnyCertificate;

use super::{CertificateRole, Contents, Format, FoundKey, Note, Place, ReadContentsError};
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
    let mut number = 0;
    let mut next = || {
        number += 1;
        Place::Number(number)
    };
    for entry in jks.entries {
        match entry {
            JksEntry::Key { alias, key, chain } => {
                let well_formed = chain.iter().filter_map(AnyCertificate::well_formed);
                contents.add_key(FoundKey {
                    key,
                    alias: Some(alias),
                    chain: well_formed.cloned().collect(),
                    belonging: chain.len(),
                })?;
                for certificate in chain {
                    contents.add_any(certificate, next(), None, CertificateRole::OfKey)?;
                }
            }
            JksEntry::Trusted { alias, certificate } => {
                let role = CertificateRole::Trusted;
                contents.add_any(certificate, next(), Some(alias), role)?;
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
