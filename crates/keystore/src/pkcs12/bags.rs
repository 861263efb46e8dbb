//! What is in a PKCS#12 file: bags with names, and which certificate is the one of a key.
//!
//! Invariant: everything is in the order of the file.

use trustpack_x509::certificate::Certificate;
use trustpack_x509::certificate::malformed::AnyCertificate;

use crate::pem::ReadKeyError;
use crate::private_key::PrivateKey;

/// Everything in a PKCS#12 file, in its order.
#[derive(Debug, Default)]
pub(crate) struct Bags {
    pub(crate) certificates: Vec<CertificateBag>,
    pub(crate) keys: Vec<KeyBag>,
    pub(crate) crls: Vec<Box<[u8]>>,
    /// Bags that are not read.
    pub(crate) secrets: usize,
    pub(crate) has_mac: bool,
}

#[derive(Debug)]
pub(crate) struct CertificateBag {
    pub(crate) certificate: AnyCertificate,
    pub(crate) alias: Option<String>,
    pub(crate) local_key_id: Option<Vec<u8>>,
    /// Whether it has the mark of Java's trusted entries.
    pub(crate) trusted: bool,
}

#[derive(Debug)]
pub(crate) struct KeyBag {
    pub(crate) key: Result<PrivateKey, ReadKeyError>,
    pub(crate) alias: Option<String>,
    pub(crate) local_key_id: Option<Vec<u8>>,
}

impl Bags {
    /// Where the certificate of a key is. The identifier in the file only decides between
    /// certificates that are all for this key, such as a renewed one and the one before; a malformed
    /// one is taken where there is no other.
    pub(crate) fn own_certificate(&self, bag: &KeyBag) -> Option<usize> {
        let key = bag.key.as_ref().ok();
        let fits = |certificate: &Certificate| key.is_some_and(|key| key.matches(certificate));
        let is_own = |other: &CertificateBag| other.certificate.well_formed().is_some_and(fits);
        let is_shown = |other: &CertificateBag| fits(other.certificate.danger_rest());
        let same_id = |other: &CertificateBag| {
            bag.local_key_id.is_some() && other.local_key_id == bag.local_key_id
        };
        let mut certificates = self.certificates.iter();
        match key {
            Some(_) => certificates
                .position(|other| is_own(other) && same_id(other))
                .or_else(|| self.certificates.iter().position(is_own))
                .or_else(|| self.certificates.iter().position(is_shown)),
            // A key that is locked has nothing but the identifier.
            None => certificates.position(same_id),
        }
    }
}
