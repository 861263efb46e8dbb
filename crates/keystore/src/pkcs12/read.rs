//! Reading PKCS#12 files, in DER or BER.
//!
//! Invariant: with a MAC in the file, nothing is decrypted before the MAC is right. A file without
//! one (OpenSSL's `-nomac`) is read too, and that is said: the certificates in it still have their
//! signatures, and a key must match.

use std::borrow::Cow;

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierRef;
use trustpack_x509::certificate::malformed::AnyCertificate;
use zeroize::Zeroizing;

use super::asn1::{
    CERT_BAG, CRL_BAG, CertBag, ContentInfo, DATA, ENCRYPTED_DATA, KEY_BAG, PFX_VERSION, Pfx,
    ReadAttributes, ReadBag, SAFE_CONTENTS_BAG, SECRET_BAG, SHROUDED_KEY_BAG, X509_CERTIFICATE,
    X509_CRL,
};
use super::bags::{Bags, CertificateBag, KeyBag};
use super::{Encryption, Pkcs12, ReadPkcs12Error, mac};
use crate::ber;
use crate::limits::{KdfBudget, MAX_CERTIFICATES, MAX_CERTIFICATES_BYTES, MAX_KEYS};
use crate::password::{Password, Passwords};
use crate::pbe::{self, DecryptError, EncryptedKey, Spelling};
use crate::pem::ReadKeyError;
use crate::private_key::PrivateKey;
use crate::shape::{self, Shape};

/// Bags within bags. Source: ours; nobody is known to write any.
const MAX_DEPTH: usize = 4;

/// Reads a PKCS#12 file with one private key or none. The empty password also opens files that were
/// written with none at all.
///
/// Revocation lists and secrets in it are passed over; [`crate::contents`] names them.
///
/// # Errors
///
/// When it is another format, is damaged, has more than one private key, or the password is wrong.
pub fn read(file: &[u8], password: &Password) -> Result<Pkcs12, ReadPkcs12Error> {
    let mut spellings = vec![Spelling::of(password)];
    if password.is_empty() {
        spellings.push(Spelling::absent());
    }
    let mut bags = read_with(file, spellings)?;
    if bags.keys.len() > 1 {
        return Err(ReadPkcs12Error::SeveralKeys);
    }
    let key = bags.keys.pop();
    if let Some(own) = key.as_ref().and_then(|key| bags.own_certificate(key)) {
        let own = bags.certificates.remove(own);
        bags.certificates.insert(0, own);
    }
    let certificates = bags.certificates.into_iter().zip(1..);
    let certificates = certificates.map(|(bag, number)| {
        bag.certificate
            .into_well_formed()
            .map_err(|source| ReadPkcs12Error::Certificate { number, source })
    });
    let certificates = certificates.collect::<Result<_, _>>()?;
    Ok(Pkcs12 {
        key: key.map(|bag| bag.key).transpose().map_err(of_key)?,
        certificates,
    })
}

fn of_key(error: ReadKeyError) -> ReadPkcs12Error {
    if error == ReadKeyError::WrongPassword {
        ReadPkcs12Error::WrongPassword
    } else if error == ReadKeyError::TooCostly {
        ReadPkcs12Error::TooCostly
    } else {
        ReadPkcs12Error::Key(error)
    }
}

/// Reads everything in a PKCS#12 file. Each password may be the one of its MAC, its certificates or
/// its keys.
pub(crate) fn read_bags(file: &[u8], passwords: &Passwords) -> Result<Bags, ReadPkcs12Error> {
    let given = passwords.attempts().map(|password| Spelling::of(&password));
    let spellings = given.chain([Spelling::absent()]).collect();
    let read = read_with(file, spellings);
    if passwords.is_none() && read.as_ref().err() == Some(&ReadPkcs12Error::WrongPassword) {
        return Err(ReadPkcs12Error::PasswordNeeded);
    }
    let mut bags = read?;
    if passwords.is_none() {
        for bag in &mut bags.keys {
            if bag.key.as_ref().err() == Some(&ReadKeyError::WrongPassword) {
                bag.key = Err(ReadKeyError::Encrypted);
            }
        }
    }
    Ok(bags)
}

fn read_with(file: &[u8], spellings: Vec<Spelling>) -> Result<Bags, ReadPkcs12Error> {
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
    let file = to_der(file)?;
    let pfx = Pfx::from_der(&file)?;
    if pfx.version != PFX_VERSION {
        return Err(ReadPkcs12Error::Malformed {
            detail: format!("version {}", pfx.version),
        });
    }
    let mut opener = Opener {
        spellings,
        budget: KdfBudget::new(),
        bags: Bags::default(),
    };
    let safe = data(&pfx.auth_safe)?;
    if let Some(mac) = &pfx.mac_data {
        opener.each(|password, budget| mac::verify(mac, safe, password, budget))?;
        opener.bags.has_mac = true;
    }
    let safe = to_der(safe)?;
    for content in sequence_of(&safe)? {
        let content: ContentInfo<'_> = content.decode_as()?;
        if content.content_type == ENCRYPTED_DATA {
            opener.take_encrypted(&content.content)?;
        } else {
            let bags = to_der(data(&content)?)?;
            opener.take_bags(&sequence_of(&bags)?, 0)?;
        }
    }
    Ok(opener.bags)
}

/// For which readers a file was written, by the digest of its MAC; nothing without one.
pub fn encryption_of(file: &[u8]) -> Option<Encryption> {
    if file.len() > MAX_CERTIFICATES_BYTES {
        return None;
    }
    let file = to_der(file).ok()?;
    let mac = Pfx::from_der(&file).ok()?.mac_data?;
    Some(if mac::is_sha1(&mac) {
        Encryption::Legacy
    } else {
        Encryption::Modern
    })
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

/// The same in DER; a copy, which may hold a key, is wiped.
fn to_der(octets: &[u8]) -> Result<Wiped<'_>, ReadPkcs12Error> {
    match ber::to_der(octets) {
        Ok(Cow::Borrowed(same)) => Ok(Wiped::Same(same)),
        Ok(Cow::Owned(copy)) => Ok(Wiped::Copy(Zeroizing::new(copy))),
        Err(error) => Err(ReadPkcs12Error::Malformed {
            detail: error.to_string(),
        }),
    }
}

enum Wiped<'a> {
    Same(&'a [u8]),
    Copy(Zeroizing<Vec<u8>>),
}

impl std::ops::Deref for Wiped<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Same(octets) => octets,
            Self::Copy(octets) => octets,
        }
    }
}

/// The elements of a SEQUENCE OF.
fn sequence_of(der: &[u8]) -> der::Result<Vec<AnyRef<'_>>> {
    Vec::<AnyRef<'_>>::from_der(der)
}

/// The file while it is read.
struct Opener {
    /// What is tried, the one first that fitted last.
    spellings: Vec<Spelling>,
    budget: KdfBudget,
    bags: Bags,
}

impl Opener {
    /// Tries each password until one fits.
    fn each<T>(
        &mut self,
        mut open: impl FnMut(&Spelling, &mut KdfBudget) -> Result<T, ReadPkcs12Error>,
    ) -> Result<T, ReadPkcs12Error> {
        for index in 0..self.spellings.len() {
            let Some(spelling) = self.spellings.get(index) else {
                break;
            };
            match open(spelling, &mut self.budget) {
                Err(ReadPkcs12Error::WrongPassword) => {}
                result => {
                    self.spellings.swap(0, index);
                    return result;
                }
            }
        }
        Err(ReadPkcs12Error::WrongPassword)
    }

    fn take_encrypted(&mut self, content: &AnyRef<'_>) -> Result<(), ReadPkcs12Error> {
        let (algorithm, ciphertext) = encrypted_content(content)?;
        let plain = self.each(|password, budget| {
            let plain = pbe::decrypt(&algorithm, &ciphertext, password, budget)?;
            // With a wrong password the padding is at times right by chance, and garbage follows.
            let der = to_der(&plain).map_err(|_| ReadPkcs12Error::WrongPassword)?;
            sequence_of(&der).map_err(|_| ReadPkcs12Error::WrongPassword)?;
            Ok(Zeroizing::new(der.to_vec()))
        })?;
        self.take_bags(&sequence_of(&plain)?, 0)
    }

    fn take_bags(&mut self, bags: &[AnyRef<'_>], depth: usize) -> Result<(), ReadPkcs12Error> {
        for bag in bags {
            let bag: ReadBag<'_> = bag.decode_as()?;
            let attributes = bag.attributes()?;
            match bag.bag_id {
                CERT_BAG => self.take_certificate(&bag, attributes)?,
                KEY_BAG => {
                    // The decoder keeps tag and contents apart; this puts them together again.
                    let der = Zeroizing::new(bag.value.to_der()?);
                    let key = PrivateKey::from_pkcs8(&der).map_err(ReadKeyError::from);
                    self.take_key(key, attributes)?;
                }
                SHROUDED_KEY_BAG => {
                    let encrypted: EncryptedKey<'_> = bag.value.decode_as()?;
                    let key = self.open_key(&encrypted)?;
                    self.take_key(key, attributes)?;
                }
                CRL_BAG => self.take_crl(&bag)?,
                SECRET_BAG => self.bags.secrets += 1,
                SAFE_CONTENTS_BAG if depth < MAX_DEPTH => {
                    let inner: Vec<AnyRef<'_>> = bag.value.decode_as()?;
                    self.take_bags(&inner, depth + 1)?;
                }
                oid => return Err(unsupported("a bag of the type", oid)),
            }
        }
        Ok(())
    }

    fn take_certificate(
        &mut self,
        bag: &ReadBag<'_>,
        attributes: ReadAttributes,
    ) -> Result<(), ReadPkcs12Error> {
        let certificate: CertBag<'_> = bag.value.decode_as()?;
        if certificate.cert_id != X509_CERTIFICATE {
            return Err(unsupported(
                "a certificate of the type",
                certificate.cert_id,
            ));
        }
        let number = self.bags.certificates.len() + 1;
        if number > MAX_CERTIFICATES {
            return Err(ReadPkcs12Error::TooMany);
        }
        let der = certificate.value.decode_as::<&OctetStringRef>()?;
        let certificate = AnyCertificate::from_der(der.as_bytes())
            .map_err(|source| ReadPkcs12Error::Certificate { number, source })?;
        self.bags.certificates.push(CertificateBag {
            certificate,
            alias: attributes.friendly_name,
            local_key_id: attributes.local_key_id,
            trusted: attributes.trusted,
        });
        Ok(())
    }

    fn take_crl(&mut self, bag: &ReadBag<'_>) -> Result<(), ReadPkcs12Error> {
        let crl: CertBag<'_> = bag.value.decode_as()?;
        if crl.cert_id != X509_CRL {
            return Err(unsupported("a revocation list of the type", crl.cert_id));
        }
        if self.bags.crls.len() >= MAX_KEYS {
            return Err(ReadPkcs12Error::TooMany);
        }
        let der = crl.value.decode_as::<&OctetStringRef>()?;
        self.bags.crls.push(der.as_bytes().into());
        Ok(())
    }

    /// The key, or why it cannot be used; an error only where nothing more may be tried.
    fn open_key(
        &mut self,
        encrypted: &EncryptedKey<'_>,
    ) -> Result<Result<PrivateKey, ReadKeyError>, ReadPkcs12Error> {
        let opened = self.each(|password, budget| match encrypted.open(password, budget) {
            Err(ReadKeyError::WrongPassword) => Err(ReadPkcs12Error::WrongPassword),
            Err(ReadKeyError::TooCostly) => Err(ReadPkcs12Error::TooCostly),
            opened => Ok(opened),
        });
        match opened {
            Err(ReadPkcs12Error::WrongPassword) => Ok(Err(ReadKeyError::WrongPassword)),
            opened => opened,
        }
    }

    fn take_key(
        &mut self,
        key: Result<PrivateKey, ReadKeyError>,
        attributes: ReadAttributes,
    ) -> Result<(), ReadPkcs12Error> {
        if self.bags.keys.len() >= MAX_KEYS {
            return Err(ReadPkcs12Error::TooMany);
        }
        self.bags.keys.push(KeyBag {
            key,
            alias: attributes.friendly_name,
            local_key_id: attributes.local_key_id,
        });
        Ok(())
    }
}

/// `EncryptedData`: how it is encrypted, and the octets. In BER they come in parts.
fn encrypted_content<'a>(
    content: &AnyRef<'a>,
) -> der::Result<(AlgorithmIdentifierRef<'a>, Cow<'a, [u8]>)> {
    content.tag().assert_eq(Tag::Sequence)?;
    let mut data = SliceReader::new(content.value())?;
    u8::decode(&mut data)?;
    let info = AnyRef::decode(&mut data)?;
    info.tag().assert_eq(Tag::Sequence)?;
    let mut info = SliceReader::new(info.value())?;
    AnyRef::decode(&mut info)?;
    let algorithm = AlgorithmIdentifierRef::decode(&mut info)?;
    let ciphertext = AnyRef::decode(&mut info)?;
    let context = |constructed| Tag::ContextSpecific {
        constructed,
        number: TagNumber(0),
    };
    if ciphertext.tag() == context(false) {
        return Ok((algorithm, Cow::Borrowed(ciphertext.value())));
    }
    ciphertext.tag().assert_eq(context(true))?;
    let mut parts = SliceReader::new(ciphertext.value())?;
    let mut octets = Vec::with_capacity(ciphertext.value().len());
    while !parts.is_finished() {
        let part: &OctetStringRef = parts.decode()?;
        octets.extend_from_slice(part.as_bytes());
    }
    Ok((algorithm, Cow::Owned(octets)))
}

fn unsupported(what: &'static str, oid: ObjectIdentifier) -> ReadPkcs12Error {
    ReadPkcs12Error::Unsupported {
        what,
        oid: oid.to_string(),
    }
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
