//! Files that are one element in DER or BER.
//!
//! Invariant: what the shape says decides which reader is asked, and its answer is final.

use super::pkcs12_file;
use super::{CertificateRole, Contents, Format, Note, Place, ReadContentsError};
use crate::limits::{Attempt, KeysBudget};
use crate::password::Passwords;
use crate::pem::ReadKeyError;
use crate::pem::stored_key::StoredKey;
use crate::pkcs7;
use crate::private_key::PrivateKey;
use crate::shape::{self, Shape};

/// Reads a file that begins like DER.
pub(super) fn read(file: &[u8], passwords: &Passwords) -> Result<Contents, ReadContentsError> {
    let shape = shape::of(file);
    match shape {
        Shape::Pkcs12 => pkcs12_file::read(file, passwords),
        Shape::Pkcs8
        | Shape::EncryptedPkcs8
        | Shape::Pkcs1
        | Shape::Sec1
        | Shape::Certificate
        | Shape::Crl
        | Shape::Request => {
            let mut contents = Contents::new(Format::Der);
            let keys = &mut KeyOpener::new(passwords);
            add(&mut contents, shape, file, Place::Whole, keys)?;
            Ok(contents)
        }
        Shape::Pkcs7 => {
            let mut contents = Contents::new(Format::Pkcs7);
            add_pkcs7(&mut contents, file, Place::Whole)?;
            Ok(contents)
        }
        Shape::PublicKey | Shape::Other => Err(ReadContentsError::UnknownFormat {
            found: shape.noun().to_owned(),
        }),
    }
}

/// Adds what is in PKCS#7.
pub(super) fn add_pkcs7(
    contents: &mut Contents,
    der: &[u8],
    place: Place,
) -> Result<(), ReadContentsError> {
    let read = pkcs7::read(der)?;
    for (certificate, number) in read.certificates.into_iter().zip(1..) {
        let place = Place::Number(number);
        contents.add_any(certificate, place, None, CertificateRole::Unsaid)?;
    }
    for crl in read.crls {
        contents.add_crl(&crl, place)?;
    }
    if read.other_certificates > 0 {
        contents.notes.push(Note::PassedOver {
            place,
            what: format!(
                "{} certificates of another form than X.509 in PKCS#7",
                read.other_certificates
            ),
        });
    }
    if read.signers > 0 {
        contents.notes.push(Note::SignaturesNotChecked {
            signers: read.signers,
        });
    }
    Ok(())
}

/// Adds what one element is. Those that are files of their own are the callers'.
pub(super) fn add(
    contents: &mut Contents,
    shape: Shape,
    der: &[u8],
    place: Place,
    keys: &mut KeyOpener<'_>,
) -> Result<(), ReadContentsError> {
    match shape {
        Shape::Certificate => contents.add_certificate_der(der, place, None),
        Shape::Crl => contents.add_crl(der, place),
        Shape::Request => contents.add_request(der, place),
        Shape::Pkcs8 | Shape::EncryptedPkcs8 | Shape::Pkcs1 | Shape::Sec1 => {
            let key = StoredKey::of_der(shape, der).and_then(|key| keys.open(&key));
            contents.add_lone_key(key, None)
        }
        Shape::Pkcs12 | Shape::Pkcs7 | Shape::PublicKey | Shape::Other => {
            Err(ReadContentsError::UnknownFormat {
                found: shape.noun().to_owned(),
            })
        }
    }
}

/// Opens the keys of a file with the passwords there are, within what the file may cost.
pub(super) struct KeyOpener<'a> {
    passwords: &'a Passwords,
    budget: KeysBudget,
    /// Whether a key stayed locked though no password was given.
    needs_password: bool,
}

impl<'a> KeyOpener<'a> {
    pub(super) fn new(passwords: &'a Passwords) -> Self {
        Self {
            passwords,
            budget: KeysBudget::new(),
            needs_password: false,
        }
    }

    pub(super) fn open(&mut self, key: &StoredKey) -> Result<PrivateKey, ReadKeyError> {
        if !key.is_encrypted() {
            return key.open(None);
        }
        // Somebody has to be asked anyway.
        if self.needs_password {
            return Err(ReadKeyError::Encrypted);
        }
        for password in self.passwords.attempts() {
            let mut budget = self.budget.of_one();
            let opened = key.open_within(Some(&password), &mut budget);
            let attempt = match opened.is_ok() && !password.is_empty() {
                true => Attempt::Opened,
                false => Attempt::InVain,
            };
            self.budget.pay(&budget, attempt);
            if opened.as_ref().err() != Some(&ReadKeyError::WrongPassword) {
                return opened;
            }
        }
        Err(if self.passwords.is_none() {
            self.needs_password = true;
            ReadKeyError::Encrypted
        } else {
            ReadKeyError::WrongPassword
        })
    }
}
