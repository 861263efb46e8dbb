//! The CA's own key and certificates: read from the source, examined, and written as they were.
//!
//! Invariant: what is written of the key are the octets that were read, so an encrypted key stays encrypted.

use std::fs::File;
use std::io;
use std::path::Path;

use trustpack_ca::authority::Authority;
use trustpack_judge::limits::MIN_RSA_BITS;
use trustpack_keystore::pem::{
    ReadKeyError, certificates_to_pem, read_certificates, read_private_key,
};
use trustpack_keystore::pkcs12;
use trustpack_keystore::private_file::PrivateMode;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::{Certificate, Version};
use trustpack_x509::crl::RevocationList;
use trustpack_x509::extension::KeyUse;
use trustpack_x509::lint;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::time::Timestamp;
use zeroize::Zeroizing;

use super::report::{ImportWarning, KeyState};
use super::source::{Found, SourceFile};
use super::{EncryptedKey, ImportError, Reader};
use crate::crl::list_file;
use crate::durable;
use crate::layout;

/// The CA's own key and certificates, as the source has them.
pub(super) struct TakenAuthority {
    pub(super) certificate: Certificate,
    pub(super) chain: Vec<Certificate>,
    pub(super) key_file: Zeroizing<Vec<u8>>,
    pub(super) key_state: KeyState,
}

/// What stands beside them.
pub(super) struct CaFiles<'a> {
    /// Writes it.
    pub(super) ledger: &'a dyn Fn(&mut File) -> io::Result<()>,
    pub(super) serial: &'a str,
    pub(super) crl_number: &'a str,
    pub(super) crl: Option<&'a RevocationList>,
    pub(super) config: String,
}

impl TakenAuthority {
    pub(super) fn read(
        reader: &Reader<'_>,
        found: &Found,
        encrypted: EncryptedKey<'_>,
    ) -> Result<Self, ImportError> {
        let certificates = |file: &SourceFile| -> Result<Vec<Certificate>, ImportError> {
            read_certificates(&reader.read(file)?).map_err(|source| ImportError::Certificate {
                path: file.path().to_path_buf(),
                source,
            })
        };
        let path = found.private_key.path().to_path_buf();
        let key_file = reader.read(&found.private_key)?;
        let password = match encrypted {
            EncryptedKey::OpenWith(password) => password,
            EncryptedKey::TakeUnchecked => None,
        };
        let plain = read_private_key(&key_file, None);
        let (key, key_state) = match (plain, encrypted) {
            (Ok(key), _) => (Some(key), KeyState::Plain),
            (Err(ReadKeyError::Encrypted), EncryptedKey::TakeUnchecked) => {
                (None, KeyState::EncryptedUnchecked)
            }
            (Err(ReadKeyError::Encrypted), EncryptedKey::OpenWith(None)) => {
                return Err(ImportError::PasswordNeeded { path });
            }
            (Err(ReadKeyError::Encrypted), EncryptedKey::OpenWith(Some(_))) => {
                let key = read_private_key(&key_file, password)
                    .map_err(|source| ImportError::Key { path, source })?;
                (Some(key), KeyState::Encrypted)
            }
            (Err(source), _) => return Err(ImportError::Key { path, source }),
        };
        let mut all = certificates(&found.certificate)?;
        // The CA's own certificate may stand anywhere in a file with its chain.
        let own = key
            .as_ref()
            .and_then(|key| all.iter().position(|certificate| key.matches(certificate)));
        let certificate = all.remove(own.unwrap_or_default());
        refuse_weak(&certificate)?;
        if let Some(violation) = lint::unloadable_name(certificate.subject()) {
            return Err(ImportError::Name(violation.to_string()));
        }
        let mut chain = match &found.chain {
            Some(file) => certificates(file)?,
            None => all,
        };
        let chain = match key {
            Some(key) => {
                chain.retain(|above| *above != certificate);
                let authority = Authority::new(key, certificate.clone(), chain)?;
                authority.chain().to_vec()
            }
            None => chain,
        };
        Ok(Self {
            certificate,
            chain,
            key_file,
            key_state,
        })
    }

    pub(super) fn warnings(&self, now: Timestamp) -> Vec<ImportWarning> {
        let certificate = &self.certificate;
        let extensions = certificate.extensions();
        let not_after = certificate.validity().not_after;
        let root = certificate.is_self_issued();
        let mut warnings = Vec::new();
        if not_after < now {
            warnings.push(ImportWarning::Expired { not_after });
        }
        if certificate.version() == Version::V1 {
            warnings.push(ImportWarning::Version1);
        } else if extensions.subject_key_id.is_none() {
            warnings.push(ImportWarning::NoKeyIdentifier);
        }
        if extensions
            .key_usage
            .is_some_and(|usage| !usage.allows(KeyUse::CrlSign))
        {
            warnings.push(ImportWarning::NoCrlSign);
        }
        let digest = certificate.signature_algorithm().digest();
        if !root && !digest.is_some_and(is_of_today) {
            warnings.push(ImportWarning::WeakSignature {
                algorithm: certificate.signature_algorithm().to_string(),
            });
        }
        let top = self.chain.last().unwrap_or(certificate);
        if !top.is_self_issued() {
            warnings.push(ImportWarning::NoChain {
                issuer: top.issuer().to_string(),
            });
        }
        if self.key_state == KeyState::EncryptedUnchecked {
            warnings.push(ImportWarning::KeyUnchecked);
        }
        warnings
    }

    /// What `openssl ca` shall sign over: what the source did, unless that is refused today.
    pub(super) fn digest(&self, of_source: Option<Digest>) -> Digest {
        let own = self.certificate.signature_algorithm().digest();
        [of_source, own]
            .into_iter()
            .flatten()
            .find(|digest| is_of_today(*digest))
            .unwrap_or(Digest::Sha256)
    }

    pub(super) fn write(&self, aside: &Path, files: &CaFiles<'_>) -> Result<(), ImportError> {
        let own = std::slice::from_ref(&self.certificate);
        let key = aside.join(layout::PRIVATE_KEY);
        durable::create_private(&key, &self.key_file, PrivateMode::ReadOnly0400)?;
        let chain = (!self.chain.is_empty()).then(|| certificates_to_pem(&self.chain));
        let public = [
            (layout::CERTIFICATE, Some(certificates_to_pem(own))),
            (layout::CHAIN, chain),
            (layout::SERIAL, Some(files.serial.to_owned())),
            (layout::CRL_NUMBER, Some(files.crl_number.to_owned())),
            (layout::CONFIG, Some(files.config.clone())),
        ];
        for (name, contents) in public {
            if let Some(contents) = contents {
                durable::create_public(&aside.join(name), contents.as_bytes())?;
            }
        }
        durable::create_public_with(&aside.join(layout::LEDGER), files.ledger)?;
        if let Some(list) = files.crl {
            durable::create_public_with(&aside.join(layout::CRL), |file| {
                list_file::write_pem(list, file)
            })?;
        }
        let store = pkcs12::write_trust_store(own)?;
        durable::create_public(&aside.join(layout::TRUST_STORE), &store)?;
        Ok(durable::sync_folder(aside)?)
    }
}

fn refuse_weak(certificate: &Certificate) -> Result<(), ImportError> {
    match certificate.public_key().algorithm() {
        PublicKeyAlgorithm::Rsa { bits } if *bits < MIN_RSA_BITS => {
            Err(ImportError::WeakKey { bits: *bits })
        }
        PublicKeyAlgorithm::Rsa { .. }
        | PublicKeyAlgorithm::EcP256
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Ed25519
        | PublicKeyAlgorithm::Other(_) => Ok(()),
    }
}

fn is_of_today(digest: Digest) -> bool {
    match digest {
        Digest::Sha256 | Digest::Sha384 | Digest::Sha512 => true,
        Digest::Sha1 | Digest::Sha224 => false,
    }
}
