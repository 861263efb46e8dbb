//! Reading JKS and JCEKS.
//!
//! With a password the digest comes first. Without one the structure is read unverified, as Java
//! does: certificates are there, keys are locked. Where no password gives the right digest, the file
//! is looked at once more only to say why.

use der::Decode;
use trustpack_x509::certificate::malformed::AnyCertificate;
use zeroize::Zeroizing;

use super::cursor::Cursor;
use super::{
    Jks, JksEntry, KEY_ENTRY, Kind, ReadJksError, SECRET_ENTRY, TRUSTED_ENTRY, X509, digest,
    jceks_key, jks_key,
};
use crate::limits::{KdfBudget, MAX_CERTIFICATES};
use crate::password::{Password, Passwords};
use crate::pbe::EncryptedKey;
use crate::pem::ReadKeyError;
use crate::private_key::PrivateKey;
use crate::shape::{self, Shape};

/// Characters of an alias that an error repeats: it may have 64 KiB.
const SHOWN: usize = 80;

/// Versions of the container.
const VERSIONS: std::ops::RangeInclusive<u32> = 1..=2;

/// Reads a file. Each password may be that of the file, of keys in it, or of both.
pub(crate) fn read(file: &[u8], passwords: &Passwords) -> Result<Jks, ReadJksError> {
    let kind = Kind::of(file).ok_or(ReadJksError::OtherFormat)?;
    let too_short = ReadJksError::Malformed {
        detail: format!("it has {} bytes only", file.len()),
    };
    let length = file.len().checked_sub(digest::LENGTH);
    let (contents, found) = length
        .and_then(|length| file.split_at_checked(length))
        .ok_or(too_short)?;
    let verified = passwords
        .attempts()
        .any(|password| digest::is_right(&password, contents, found));
    let mut reader = Reader {
        kind,
        passwords,
        budget: KdfBudget::new(),
        certificates: 0,
    };
    if verified || passwords.is_none() {
        return reader.read(contents, verified);
    }
    Err(match reader.read(contents, false) {
        // No evidence that somebody changed the file: the key may have a password of its own.
        Ok(jks) if jks.entries.iter().any(JksEntry::is_open_key) => ReadJksError::OpensKeyOnly,
        Ok(_) => ReadJksError::WrongPassword,
        Err(version @ ReadJksError::Version { .. }) => version,
        Err(error) => ReadJksError::Tampered {
            evidence: error.to_string(),
        },
    })
}

impl JksEntry {
    fn is_open_key(&self) -> bool {
        match self {
            Self::Key { key, .. } => key.is_ok(),
            Self::Trusted { .. } => false,
        }
    }
}

struct Reader<'a> {
    kind: Kind,
    passwords: &'a Passwords,
    budget: KdfBudget,
    certificates: usize,
}

impl Reader<'_> {
    fn read(&mut self, contents: &[u8], verified: bool) -> Result<Jks, ReadJksError> {
        let mut cursor = Cursor::new(contents);
        cursor.number()?;
        let version = cursor.number()?;
        if !VERSIONS.contains(&version) {
            return Err(ReadJksError::Version { found: version });
        }
        let count = cursor.number()?;
        let mut jks = Jks {
            entries: Vec::new(),
            verified,
            not_read: None,
        };
        for number in 0..count {
            if jks.entries.len() >= MAX_CERTIFICATES {
                return Err(ReadJksError::TooMany);
            }
            let mark = cursor.number()?;
            let alias = cursor.text()?;
            cursor.skip_date()?;
            match mark {
                KEY_ENTRY => jks.entries.push(self.key(&mut cursor, version, alias)?),
                TRUSTED_ENTRY => {
                    let certificate = self.certificate(&mut cursor, version, &alias)?;
                    jks.entries.push(JksEntry::Trusted { alias, certificate });
                }
                // A Java object follows, and only Java can tell where it ends.
                SECRET_ENTRY if self.kind == Kind::Jceks => {
                    jks.not_read = Some((count - number - 1, alias));
                    return Ok(jks);
                }
                _other => {
                    return Err(cursor.damaged(&format!("an entry of the kind {mark} before")));
                }
            }
        }
        if cursor.is_at_end() {
            Ok(jks)
        } else {
            Err(cursor.damaged("something behind the last entry"))
        }
    }

    fn key(
        &mut self,
        cursor: &mut Cursor<'_>,
        version: u32,
        alias: String,
    ) -> Result<JksEntry, ReadJksError> {
        let protected = cursor.block()?;
        let count = cursor.number()?;
        let mut chain = Vec::new();
        for _ in 0..count {
            chain.push(self.certificate(cursor, version, &alias)?);
        }
        let key = self.open(protected);
        Ok(JksEntry::Key { alias, key, chain })
    }

    fn certificate(
        &mut self,
        cursor: &mut Cursor<'_>,
        version: u32,
        alias: &str,
    ) -> Result<AnyCertificate, ReadJksError> {
        self.certificates += 1;
        if self.certificates > MAX_CERTIFICATES {
            return Err(ReadJksError::TooMany);
        }
        // Version 1 knew no other type and does not name it.
        if version > 1 && cursor.text()? != X509 {
            return Err(cursor.damaged("a certificate of another type than X.509 before"));
        }
        AnyCertificate::from_der(cursor.block()?).map_err(|source| ReadJksError::Certificate {
            alias: alias.chars().take(SHOWN).collect(),
            source,
        })
    }

    fn open(&mut self, protected: &[u8]) -> Result<PrivateKey, ReadKeyError> {
        let key =
            EncryptedKey::from_der(protected).map_err(|error| ReadKeyError::DamagedEncryption {
                detail: error.to_string(),
            })?;
        for password in self.passwords.attempts() {
            let plain = self.decrypt(&key, &password);
            if plain.as_ref().err() == Some(&ReadKeyError::WrongPassword) {
                continue;
            }
            let plain = plain?;
            if shape::of(&plain) == Shape::Pkcs8 {
                return Ok(PrivateKey::from_pkcs8(&plain)?);
            }
        }
        Err(if self.passwords.is_none() {
            ReadKeyError::Encrypted
        } else {
            ReadKeyError::WrongPassword
        })
    }

    fn decrypt(
        &mut self,
        key: &EncryptedKey<'_>,
        password: &Password,
    ) -> Result<Zeroizing<Vec<u8>>, ReadKeyError> {
        let ciphertext = key.ciphertext.as_bytes();
        match key.algorithm.oid {
            jks_key::ALGORITHM => {
                jks_key::open(ciphertext, password).ok_or(ReadKeyError::WrongPassword)
            }
            jceks_key::ALGORITHM => {
                jceks_key::open(&key.algorithm, ciphertext, password, &mut self.budget)
            }
            oid => Err(ReadKeyError::UnsupportedEncryption {
                oid: oid.to_string(),
            }),
        }
    }
}
