//! Writing PKCS#12 files.
//!
//! Invariant: a private key is only written encrypted, even where the password is empty, and never
//! into a trust store.

use std::collections::BTreeSet;

use der::asn1::{AnyRef, OctetStringRef, SetOfVec};
use der::{Decode, Encode, Tag};
use spki::AlgorithmIdentifierRef;
use trustpack_x509::certificate::Certificate;

use super::asn1::{
    ANY_EXTENDED_KEY_USAGE, Attribute, CERT_BAG, CertBag, ContentInfo, DATA, ENCRYPTED_DATA,
    ENCRYPTED_DATA_VERSION, EncryptedContentInfo, EncryptedData, FRIENDLY_NAME, LOCAL_KEY_ID,
    PFX_VERSION, Pfx, SHROUDED_KEY_BAG, SafeBag, TRUSTED_KEY_USAGE, X509_CERTIFICATE,
};
use super::mac::{Mac, MacDigest};
use super::{Encryption, WritePkcs12Error};
use crate::password::Password;
use crate::pbe::{self, EncryptError, Encrypted, Spelling};
use crate::private_key::PrivateKey;
use crate::random;
use crate::store::EntryView;

/// Hash iterations for a password: 30 to 50 ms for a file.
///
/// Source: ours. Ten times what Java 17 writes (10,000), a fiftieth of what it reads (5,000,000).
const ITERATIONS: u32 = 100_000;

/// Iterations that the keys of one store may cost together, and the least for one: what Java 17 has.
const ITERATIONS_OF_ALL: u32 = 1_600_000;
const ITERATIONS_LEAST: u32 = 10_000;

/// Iterations for the empty password, where there is nothing to slow down.
const ITERATIONS_EMPTY: u32 = 1;

/// A key store: a private key and its certificates, the one of the key first.
///
/// The certificates are written as they are; the key and its certificate get the common name of the
/// certificate as their friendly name, which Java shows as the alias.
///
/// # Errors
///
/// When there is no certificate, or the first is for another key.
pub fn write_key_store(
    key: &PrivateKey,
    chain: &[Certificate],
    password: &Password,
    encryption: Encryption,
) -> Result<Vec<u8>, WritePkcs12Error> {
    let leaf = chain.first().ok_or(WritePkcs12Error::NoCertificate)?;
    let alias = name_of(leaf);
    let alias = alias.as_str();
    write_entries(
        &[EntryView::Key { alias, key, chain }],
        password,
        encryption,
    )
}

/// A store of any entries. Keys and their certificates are encrypted; trusted certificates are not,
/// so that programs see them that have no password, and have the mark of Java's trusted entries.
///
/// # Errors
///
/// When there is no entry, or the first certificate of a key is for another key.
pub(crate) fn write_entries(
    entries: &[EntryView<'_>],
    password: &Password,
    encryption: Encryption,
) -> Result<Vec<u8>, WritePkcs12Error> {
    let keys = entries
        .iter()
        .filter(|entry| matches!(entry, EntryView::Key { .. }));
    let iterations = iterations(password, keys.count());
    let encrypt = |plain: &[u8]| match encryption {
        Encryption::Modern => pbe::encrypt_pbes2(plain, password, iterations),
        Encryption::Legacy => pbe::encrypt_3des(plain, password, iterations),
    };
    let mut bags = Bags::default();
    for entry in entries {
        bags.add(entry, encrypt)?;
    }
    let mut contents = Vec::new();
    if !bags.certificates.is_empty() {
        let certificates = encrypt(&sequence_of(&bags.certificates)?)?;
        contents.push(encrypted_content(&certificates)?);
    }
    for clear in [bags.keys, bags.trusted] {
        if !clear.is_empty() {
            contents.push(data_content(&sequence_of(&clear)?)?);
        }
    }
    if contents.is_empty() {
        return Err(WritePkcs12Error::NoCertificate);
    }
    let digest = match encryption {
        Encryption::Modern => MacDigest::Sha256,
        Encryption::Legacy => MacDigest::Sha1,
    };
    let salt = random::bytes().map_err(|_| WritePkcs12Error::Random)?;
    pfx(&contents, |contents| {
        Mac::compute(contents, &Spelling::of(password), digest, salt, iterations)
    })
}

/// So many that a file with many keys still opens: each key costs its own.
fn iterations(password: &Password, keys: usize) -> u32 {
    if password.is_empty() {
        return ITERATIONS_EMPTY;
    }
    let keys = u32::try_from(keys).unwrap_or(u32::MAX).max(1);
    ITERATIONS.min((ITERATIONS_OF_ALL / keys).max(ITERATIONS_LEAST))
}

/// The bags of a store, by the contents that they go into.
#[derive(Default)]
struct Bags {
    /// Certificates of keys and those above them.
    certificates: Vec<Vec<u8>>,
    keys: Vec<Vec<u8>>,
    trusted: Vec<Vec<u8>>,
    /// Certificates above those of keys that are in it, since several keys may share them.
    above: BTreeSet<Certificate>,
}

impl Bags {
    fn add(
        &mut self,
        entry: &EntryView<'_>,
        encrypt: impl Fn(&[u8]) -> Result<Encrypted, EncryptError>,
    ) -> Result<(), WritePkcs12Error> {
        match entry {
            EntryView::Key { alias, key, chain } => {
                let labels = Labels::of_key(alias, chain.first())?;
                let key_der = encrypt(key.expose_pkcs8_der())?;
                self.keys.push(key_bag(&key_der, &labels)?);
                if let Some((own, above)) = chain.split_first() {
                    if !key.matches(own) {
                        return Err(WritePkcs12Error::KeyDoesNotMatch {
                            subject: own.subject().to_string(),
                        });
                    }
                    self.certificates.push(certificate_bag(own, Some(&labels))?);
                    for certificate in above {
                        if self.above.insert(certificate.clone()) {
                            self.certificates.push(certificate_bag(certificate, None)?);
                        }
                    }
                }
            }
            EntryView::Trusted { alias, certificate } => {
                let labels = Labels::of_trusted(alias);
                self.trusted
                    .push(certificate_bag(certificate, Some(&labels))?);
            }
        }
        Ok(())
    }
}

/// A trust store: certificates without a key, readable by everybody.
///
/// The certificates are not encrypted, the MAC is over the empty password, and each carries the
/// mark of Java's trusted entries: so Java shows them whether it is given no password or the empty
/// one. The same certificates give the same bytes.
///
/// # Errors
///
/// When there is no certificate.
pub fn write_trust_store(certificates: &[Certificate]) -> Result<Vec<u8>, WritePkcs12Error> {
    if certificates.is_empty() {
        return Err(WritePkcs12Error::NoCertificate);
    }
    let mut aliases = BTreeSet::new();
    let mut bags = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        let labels = Labels::of_trusted(&free_name(certificate, &mut aliases));
        bags.push(certificate_bag(certificate, Some(&labels))?);
    }
    let content = data_content(&sequence_of(&bags)?)?;
    pfx(&[content], |contents| {
        // With a password that everybody knows the salt has nothing to hide.
        let mut salt = [0; 8];
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, contents);
        salt.iter_mut()
            .zip(hash.as_ref())
            .for_each(|(salt, byte)| *salt = *byte);
        let password = Spelling::of(&Password::empty());
        Mac::compute(contents, &password, MacDigest::Sha1, salt, ITERATIONS_EMPTY)
    })
}

/// What Windows and Java show of an entry, and what ties a key to its certificate.
struct Labels {
    /// UTF-16, big-endian: the contents of a BMPString.
    friendly_name: Vec<u8>,
    /// SHA-1 of the certificate, as OpenSSL writes it.
    local_key_id: Option<[u8; 20]>,
    trusted: bool,
}

impl Labels {
    fn of_key(alias: &str, leaf: Option<&Certificate>) -> Result<Self, WritePkcs12Error> {
        let sha1 = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
        let local_key_id = leaf
            .map(|leaf| {
                aws_lc_rs::digest::digest(sha1, leaf.der())
                    .as_ref()
                    .try_into()
            })
            .transpose()
            .map_err(|_| der::Error::from(der::ErrorKind::Failed))?;
        Ok(Self {
            friendly_name: bmp_string(alias),
            local_key_id,
            trusted: false,
        })
    }

    fn of_trusted(alias: &str) -> Self {
        Self {
            friendly_name: bmp_string(alias),
            local_key_id: None,
            trusted: true,
        }
    }

    fn attributes(&self) -> der::Result<SetOfVec<Attribute<'_>>> {
        let mut attributes = SetOfVec::new();
        let mut add = |id, value| -> der::Result<()> {
            let mut values = SetOfVec::new();
            values.insert(value)?;
            attributes.insert(Attribute { id, values })
        };
        add(
            FRIENDLY_NAME,
            AnyRef::new(Tag::BmpString, &self.friendly_name)?,
        )?;
        if let Some(id) = &self.local_key_id {
            add(LOCAL_KEY_ID, AnyRef::new(Tag::OctetString, id)?)?;
        }
        if self.trusted {
            let usage = ANY_EXTENDED_KEY_USAGE.as_bytes();
            add(
                TRUSTED_KEY_USAGE,
                AnyRef::new(Tag::ObjectIdentifier, usage)?,
            )?;
        }
        Ok(attributes)
    }
}

/// Java finds entries by their alias, in lower case: no two may be the same.
fn free_name(certificate: &Certificate, taken: &mut BTreeSet<String>) -> String {
    let name = name_of(certificate);
    let numbered = (2_u32..).map(|number| format!("{name} ({number})"));
    std::iter::once(name.clone())
        .chain(numbered)
        .find(|alias| taken.insert(alias.to_lowercase()))
        .unwrap_or(name)
}

/// The common name, else the thumbprint; 255 characters at most (RFC 2985 section 5.5.1).
fn name_of(certificate: &Certificate) -> String {
    let name = certificate
        .subject()
        .common_name()
        .filter(|name| !name.is_empty());
    name.map_or_else(
        || certificate.thumbprint(),
        |name| name.chars().take(240).collect(),
    )
}

fn bmp_string(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn certificate_bag(certificate: &Certificate, labels: Option<&Labels>) -> der::Result<Vec<u8>> {
    let value = CertBag {
        cert_id: X509_CERTIFICATE,
        value: AnyRef::new(Tag::OctetString, certificate.der())?,
    }
    .to_der()?;
    let attributes = labels.map(Labels::attributes).transpose()?;
    SafeBag {
        bag_id: CERT_BAG,
        value: AnyRef::from_der(&value)?,
        attributes,
    }
    .to_der()
}

fn key_bag(key: &Encrypted, labels: &Labels) -> der::Result<Vec<u8>> {
    let value = key.to_encrypted_key_der()?;
    let value = AnyRef::from_der(&value)?;
    SafeBag {
        bag_id: SHROUDED_KEY_BAG,
        value,
        attributes: Some(labels.attributes()?),
    }
    .to_der()
}

fn data_content(contents: &[u8]) -> der::Result<Vec<u8>> {
    let content = AnyRef::new(Tag::OctetString, contents)?;
    ContentInfo {
        content_type: DATA,
        content,
    }
    .to_der()
}

fn encrypted_content(encrypted: &Encrypted) -> der::Result<Vec<u8>> {
    let content = EncryptedData {
        version: ENCRYPTED_DATA_VERSION,
        content: EncryptedContentInfo {
            content_type: DATA,
            algorithm: AlgorithmIdentifierRef::from_der(&encrypted.algorithm)?,
            ciphertext: OctetStringRef::new(&encrypted.ciphertext)?,
        },
    }
    .to_der()?;
    ContentInfo {
        content_type: ENCRYPTED_DATA,
        content: AnyRef::from_der(&content)?,
    }
    .to_der()
}

/// A SEQUENCE OF elements that are encoded already.
fn sequence_of(elements: &[Vec<u8>]) -> der::Result<Vec<u8>> {
    let elements: Vec<AnyRef<'_>> = elements
        .iter()
        .map(|element| AnyRef::from_der(element))
        .collect::<der::Result<_>>()?;
    elements.to_der()
}

fn pfx(contents: &[Vec<u8>], mac: impl FnOnce(&[u8]) -> Mac) -> Result<Vec<u8>, WritePkcs12Error> {
    let authenticated_safe = sequence_of(contents)?;
    let mac = mac(&authenticated_safe);
    let auth_safe = ContentInfo {
        content_type: DATA,
        content: AnyRef::new(Tag::OctetString, &authenticated_safe)?,
    };
    let pfx = Pfx {
        version: PFX_VERSION,
        auth_safe,
        mac_data: Some(mac.data()?),
    };
    Ok(pfx.to_der()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pkcs12;

    #[test]
    fn a_file_made_with_no_password_at_all_opens_with_the_empty_one() {
        let no_bags = data_content(&sequence_of(&[]).unwrap()).unwrap();
        let with = |password: Spelling| {
            let mac = |safe: &[u8]| Mac::compute(safe, &password, MacDigest::Sha256, [1; 8], 2);
            pfx(std::slice::from_ref(&no_bags), mac).unwrap()
        };
        for password in [Spelling::absent(), Spelling::of(&Password::empty())] {
            let read = pkcs12::read(&with(password), &Password::empty()).unwrap();
            assert!(read.key.is_none() && read.certificates.is_empty());
        }
    }
}
