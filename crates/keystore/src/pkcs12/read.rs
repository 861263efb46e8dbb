//! Reading PKCS#12 files.
//!
//! Invariant: with a MAC in the file, nothing is decrypted before the MAC is right. A file without
//! one (OpenSSL's `-nomac`) is read too: the certificates in it still have their signatures, and
//! the key must match.

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode};
use trustpack_x509::certificate::Certificate;
use zeroize::Zeroizing;

use super::asn1::{
    CERT_BAG, CRL_BAG, CertBag, ContentInfo, DATA, ENCRYPTED_DATA, EncryptedData, KEY_BAG,
    LOCAL_KEY_ID, PFX_VERSION, Pfx, SECRET_BAG, SHROUDED_KEY_BAG, SafeBag, X509_CERTIFICATE,
};
use super::{Pkcs12, ReadPkcs12Error, mac};
use crate::limits::{KdfBudget, MAX_CERTIFICATES, MAX_CERTIFICATES_BYTES};
use crate::password::Password;
use crate::pbe::{self, DecryptError, EncryptedKey, Spelling};
use crate::pem::ReadKeyError;
use crate::private_key::PrivateKey;
use crate::shape::{self, Shape};

/// Reads a PKCS#12 file. The empty password also opens files that were written with none at all.
///
/// Revocation lists and secrets in it are passed over.
///
/// # Errors
///
/// When it is another format, is damaged, has more than one private key, or the password is wrong.
pub fn read(file: &[u8], password: &Password) -> Result<Pkcs12, ReadPkcs12Error> {
    if file.len() > MAX_CERTIFICATES_BYTES {
        return Err(ReadPkcs12Error::TooLarge { bytes: file.len() });
    }
    if !shape::is_der(file) {
        return Err(ReadPkcs12Error::OtherFormat { found: "no DER" });
    }
    let shape = shape::of(file);
    if shape != Shape::Pkcs12 {
        return Err(ReadPkcs12Error::OtherFormat {
            found: shape.noun(),
        });
    }
    let pfx = Pfx::from_der(file)?;
    if pfx.version != PFX_VERSION {
        return Err(ReadPkcs12Error::Malformed {
            detail: format!("version {}", pfx.version),
        });
    }
    let mut budget = KdfBudget::new();
    match open(&pfx, &Spelling::of(password), &mut budget) {
        Err(ReadPkcs12Error::WrongPassword) if password.is_empty() => {
            open(&pfx, &Spelling::absent(), &mut budget)
        }
        opened => opened,
    }
}

fn open(
    pfx: &Pfx<'_>,
    password: &Spelling,
    budget: &mut KdfBudget,
) -> Result<Pkcs12, ReadPkcs12Error> {
    let safe = data(&pfx.auth_safe)?;
    if let Some(mac) = &pfx.mac_data {
        mac::verify(mac, safe, password, budget)?;
    }
    let mut found = Found::default();
    for content in sequence_of(safe)? {
        let content: ContentInfo<'_> = content.decode_as()?;
        if content.content_type == ENCRYPTED_DATA {
            let encrypted: EncryptedData<'_> = content.content.decode_as()?;
            let encrypted = encrypted.content;
            let ciphertext = encrypted.ciphertext.as_bytes();
            let plain = pbe::decrypt(&encrypted.algorithm, ciphertext, password, budget)?;
            // With a wrong password the padding is at times right by chance, and garbage follows.
            let bags = sequence_of(&plain).map_err(|_| ReadPkcs12Error::WrongPassword)?;
            found.take_bags(&bags, password, budget)?;
        } else {
            found.take_bags(&sequence_of(data(&content)?)?, password, budget)?;
        }
    }
    Ok(found.sorted())
}

/// The octets of a `Data` content.
fn data<'a>(content: &ContentInfo<'a>) -> Result<&'a [u8], ReadPkcs12Error> {
    if content.content_type != DATA {
        let oid = content.content_type.to_string();
        return Err(ReadPkcs12Error::Unsupported {
            what: "contents of the type",
            oid,
        });
    }
    Ok(content.content.decode_as::<&OctetStringRef>()?.as_bytes())
}

/// The elements of a SEQUENCE OF.
fn sequence_of(der: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    Vec::<AnyRef<'_>>::from_der(der)
}

/// What was found so far.
#[derive(Default)]
struct Found {
    key: Option<(PrivateKey, Option<Vec<u8>>)>,
    certificates: Vec<(Certificate, Option<Vec<u8>>)>,
}

impl Found {
    fn take_bags(
        &mut self,
        bags: &[AnyRef<'_>],
        password: &Spelling,
        budget: &mut KdfBudget,
    ) -> Result<(), ReadPkcs12Error> {
        for bag in bags {
            let bag: SafeBag<'_> = bag.decode_as()?;
            match bag.bag_id {
                CERT_BAG => self.take_certificate(&bag)?,
                KEY_BAG => {
                    // The decoder keeps tag and contents apart; this puts them together again.
                    let der = Zeroizing::new(bag.value.to_der()?);
                    let key = PrivateKey::from_pkcs8(&der).map_err(ReadKeyError::from);
                    self.take_key(key, &bag)?;
                }
                SHROUDED_KEY_BAG => {
                    let encrypted: EncryptedKey<'_> = bag.value.decode_as()?;
                    self.take_key(encrypted.open(password, budget), &bag)?;
                }
                CRL_BAG | SECRET_BAG => {}
                oid => {
                    let oid = oid.to_string();
                    return Err(ReadPkcs12Error::Unsupported {
                        what: "a bag of the type",
                        oid,
                    });
                }
            }
        }
        Ok(())
    }

    fn take_certificate(&mut self, bag: &SafeBag<'_>) -> Result<(), ReadPkcs12Error> {
        let certificate: CertBag<'_> = bag.value.decode_as()?;
        if certificate.cert_id != X509_CERTIFICATE {
            let oid = certificate.cert_id.to_string();
            return Err(ReadPkcs12Error::Unsupported {
                what: "a certificate of the type",
                oid,
            });
        }
        let number = self.certificates.len() + 1;
        if number > MAX_CERTIFICATES {
            return Err(ReadPkcs12Error::TooMany);
        }
        let der = certificate.value.decode_as::<&OctetStringRef>()?;
        let certificate = Certificate::from_der(der.as_bytes())
            .map_err(|source| ReadPkcs12Error::Certificate { number, source })?;
        self.certificates.push((certificate, local_key_id(bag)));
        Ok(())
    }

    fn take_key(
        &mut self,
        key: Result<PrivateKey, ReadKeyError>,
        bag: &SafeBag<'_>,
    ) -> Result<(), ReadPkcs12Error> {
        let key = key.map_err(|error| {
            if error == ReadKeyError::WrongPassword {
                ReadPkcs12Error::WrongPassword
            } else if error == ReadKeyError::TooCostly {
                ReadPkcs12Error::TooCostly
            } else {
                ReadPkcs12Error::Key(error)
            }
        })?;
        if self.key.replace((key, local_key_id(bag))).is_some() {
            return Err(ReadPkcs12Error::SeveralKeys);
        }
        Ok(())
    }

    /// Puts the certificate of the key first. The identifier in the file only decides between
    /// certificates that are all for this key, such as a renewed one and the one before.
    fn sorted(mut self) -> Pkcs12 {
        if let Some((key, id)) = &self.key {
            let is_own = |(certificate, _): &(Certificate, _)| key.matches(certificate);
            let own = self
                .certificates
                .iter()
                .position(|entry| is_own(entry) && entry.1.is_some() && entry.1 == *id)
                .or_else(|| self.certificates.iter().position(is_own));
            if let Some(own) = own {
                let leaf = self.certificates.remove(own);
                self.certificates.insert(0, leaf);
            }
        }
        Pkcs12 {
            key: self.key.map(|(key, _)| key),
            certificates: self
                .certificates
                .into_iter()
                .map(|(entry, _)| entry)
                .collect(),
        }
    }
}

fn local_key_id(bag: &SafeBag<'_>) -> Option<Vec<u8>> {
    let attribute = bag
        .attributes
        .as_ref()?
        .iter()
        .find(|a| a.id == LOCAL_KEY_ID)?;
    attribute.octets().map(<[u8]>::to_vec)
}

impl From<DecryptError> for ReadPkcs12Error {
    fn from(error: DecryptError) -> Self {
        match error {
            DecryptError::Unsupported { oid } => Self::Unsupported {
                what: "contents encrypted with",
                oid,
            },
            DecryptError::Malformed { detail } => Self::Malformed { detail },
            DecryptError::TooCostly(_) => Self::TooCostly,
            DecryptError::WrongPassword => Self::WrongPassword,
        }
    }
}
