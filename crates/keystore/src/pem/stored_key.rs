//! A private key as it lies in a file: what form it has and how it is encrypted is known, the key not yet.
//!
//! Finding costs nothing and needs no password. Invariant: what is told of a key is told by its content; the label
//! of a PEM block only says that there is a key.

use std::fmt;

use der::Decode;
use zeroize::Zeroizing;

use super::ReadKeyError;
use super::armor::Block;
use crate::limits::KdfBudget;
use crate::password::Password;
use crate::pbe::traditional::Traditional;
use crate::pbe::{EncryptedKey, Scheme, Spelling};
use crate::private_key::PrivateKey;
use crate::shape::{self, Shape};

/// A private key in a file, not opened.
pub struct StoredKey {
    form: KeyForm,
    encoding: Encoding,
    lock: Lock,
    /// As in the file: the key itself, or what is encrypted.
    der: Zeroizing<Vec<u8>>,
    /// The contents of the block `EC PARAMETERS` before the key.
    parameters: Option<Vec<u8>>,
}

/// The structure around a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// `PrivateKeyInfo` or `EncryptedPrivateKeyInfo`: every kind of key.
    Pkcs8,
    /// `RSAPrivateKey`.
    Pkcs1,
    /// `ECPrivateKey`.
    Sec1,
}

/// How a file holds its octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Base64 between markers.
    Pem,
    /// The octets themselves.
    Der,
}

/// How the key is encrypted.
enum Lock {
    None,
    /// PKCS#8's own.
    Pkcs8,
    Traditional(Traditional),
}

impl StoredKey {
    /// The structure around the key.
    #[must_use]
    pub fn form(&self) -> KeyForm {
        self.form
    }

    /// PEM or DER.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How it is encrypted, for people; `None` if it is not.
    #[must_use]
    pub fn encryption(&self) -> Option<String> {
        match &self.lock {
            Lock::None => None,
            Lock::Traditional(scheme) => Some(scheme.to_string()),
            Lock::Pkcs8 => Some(
                EncryptedKey::from_der(&self.der)
                    .map_err(|error| error.to_string())
                    .and_then(|key| {
                        Scheme::read(&key.algorithm)
                            .map(|scheme| scheme.to_string())
                            .map_err(|error| error.to_string())
                    })
                    .unwrap_or_else(|error| error),
            ),
        }
    }

    /// Whether it is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        !matches!(self.lock, Lock::None)
    }

    /// Takes the encryption off and reads the key. A password that is not needed is passed over; the empty one is
    /// tried in each of its spellings.
    ///
    /// # Errors
    ///
    /// [`ReadKeyError::Encrypted`] when a password is needed and there is none, [`ReadKeyError::WrongPassword`]
    /// whatever a wrong one leads to; another when the key is damaged or not of a kind that can be used.
    pub fn open(&self, password: Option<&Password>) -> Result<PrivateKey, ReadKeyError> {
        self.open_within(password, &mut KdfBudget::new())
    }

    /// The same for one key of several in a file, which share what the file may cost.
    pub(crate) fn open_within(
        &self,
        password: Option<&Password>,
        budget: &mut KdfBudget,
    ) -> Result<PrivateKey, ReadKeyError> {
        match &self.lock {
            Lock::None => self.read(&self.der),
            Lock::Pkcs8 => {
                let key = EncryptedKey::from_der(&self.der)?;
                // What cannot be decrypted at all is not worth a password.
                Scheme::read(&key.algorithm)?;
                key.open_with(password.ok_or(ReadKeyError::Encrypted)?, budget)
            }
            Lock::Traditional(scheme) => {
                let password = password.ok_or(ReadKeyError::Encrypted)?;
                let plain = scheme.decrypt(&self.der, password)?;
                if shape::of(&plain) != self.form.shape() {
                    return Err(ReadKeyError::WrongPassword);
                }
                self.read(&plain)
            }
        }
    }

    fn read(&self, der: &[u8]) -> Result<PrivateKey, ReadKeyError> {
        Ok(match (self.form, &self.parameters) {
            (KeyForm::Pkcs8, _) => PrivateKey::from_pkcs8(der)?,
            (KeyForm::Pkcs1, _) => PrivateKey::from_pkcs1(der)?,
            (KeyForm::Sec1, None) => PrivateKey::from_sec1(der)?,
            (KeyForm::Sec1, Some(parameters)) => {
                PrivateKey::from_sec1_with_parameters(der, parameters)?
            }
        })
    }

    /// The key of a DER file.
    pub(crate) fn of_der(shape: Shape, der: &[u8]) -> Result<Self, ReadKeyError> {
        let (form, lock) = form_and_lock(shape).ok_or_else(|| ReadKeyError::NoKey {
            found: shape.noun().to_owned(),
        })?;
        Ok(Self {
            form,
            encoding: Encoding::Der,
            lock,
            der: Zeroizing::new(der.to_vec()),
            parameters: None,
        })
    }

    /// The key of a PEM block; `before` is the block before it.
    pub(crate) fn of_block(block: &Block, before: Option<&Block>) -> Result<Self, ReadKeyError> {
        let labelled = match block.label.as_str() {
            "PRIVATE KEY" => Shape::Pkcs8,
            "ENCRYPTED PRIVATE KEY" => Shape::EncryptedPkcs8,
            "RSA PRIVATE KEY" => Shape::Pkcs1,
            "EC PRIVATE KEY" => Shape::Sec1,
            other => return Err(ReadKeyError::Foreign(Foreign::of_label(other))),
        };
        let (form, lock) = if block.proc_type_encrypted {
            Self::traditional(block, labelled)?
        } else {
            Self::by_contents(block, labelled)?
        };
        Ok(Self {
            form,
            encoding: Encoding::Pem,
            lock,
            der: block.contents.clone(),
            parameters: before
                .filter(|before| before.label == "EC PARAMETERS")
                .map(|before| before.contents.to_vec()),
        })
    }

    /// What the headers say: encrypted octets have no shape.
    fn traditional(block: &Block, labelled: Shape) -> Result<(KeyForm, Lock), ReadKeyError> {
        let form = match labelled {
            Shape::Pkcs1 => KeyForm::Pkcs1,
            Shape::Sec1 => KeyForm::Sec1,
            Shape::Pkcs8 => KeyForm::Pkcs8,
            Shape::EncryptedPkcs8
            | Shape::Pkcs12
            | Shape::Certificate
            | Shape::Crl
            | Shape::Request
            | Shape::Pkcs7
            | Shape::PublicKey
            | Shape::Other => return Err(ReadKeyError::EncryptedTwice),
        };
        let dek_info = block.dek_info.as_deref().unwrap_or_default();
        Ok((form, Lock::Traditional(Traditional::read(dek_info)?)))
    }

    /// What is in the block, whatever form of key its label says; the label decides about what is damaged.
    fn by_contents(block: &Block, labelled: Shape) -> Result<(KeyForm, Lock), ReadKeyError> {
        let line = block.line;
        if block.contents.trim_ascii_start().starts_with(b"-----") {
            return Err(ReadKeyError::EncodedTwice { line });
        }
        let found = shape::of(&block.contents);
        let shape = if found == Shape::Other {
            labelled
        } else {
            found
        };
        form_and_lock(shape).ok_or_else(|| ReadKeyError::Mislabelled {
            line,
            label: block.label.clone(),
            found: shape.noun(),
        })
    }
}

/// `None` for what is no key.
fn form_and_lock(shape: Shape) -> Option<(KeyForm, Lock)> {
    match shape {
        Shape::Pkcs8 => Some((KeyForm::Pkcs8, Lock::None)),
        Shape::EncryptedPkcs8 => Some((KeyForm::Pkcs8, Lock::Pkcs8)),
        Shape::Pkcs1 => Some((KeyForm::Pkcs1, Lock::None)),
        Shape::Sec1 => Some((KeyForm::Sec1, Lock::None)),
        Shape::Pkcs12
        | Shape::Certificate
        | Shape::Crl
        | Shape::Request
        | Shape::Pkcs7
        | Shape::PublicKey
        | Shape::Other => None,
    }
}

impl EncryptedKey<'_> {
    /// Takes the encryption off, with each spelling of the password.
    fn open_with(
        &self,
        password: &Password,
        budget: &mut KdfBudget,
    ) -> Result<PrivateKey, ReadKeyError> {
        match self.open(&Spelling::of(password), budget) {
            Err(ReadKeyError::WrongPassword) if password.is_empty() => {
                self.open(&Spelling::absent(), budget)
            }
            opened => opened,
        }
    }

    /// Takes the encryption off. A wrong password is sometimes only seen by what comes out.
    pub(crate) fn open(
        &self,
        password: &Spelling,
        budget: &mut KdfBudget,
    ) -> Result<PrivateKey, ReadKeyError> {
        let ciphertext = self.ciphertext.as_bytes();
        let plain = Scheme::read(&self.algorithm)?.decrypt(ciphertext, password, budget)?;
        match shape::of(&plain) {
            Shape::Pkcs8 => Ok(PrivateKey::from_pkcs8(&plain)?),
            Shape::EncryptedPkcs8 => Err(ReadKeyError::EncryptedTwice),
            Shape::Pkcs1
            | Shape::Sec1
            | Shape::Pkcs12
            | Shape::Certificate
            | Shape::Crl
            | Shape::Request
            | Shape::Pkcs7
            | Shape::PublicKey
            | Shape::Other => Err(ReadKeyError::WrongPassword),
        }
    }
}

impl KeyForm {
    fn shape(self) -> Shape {
        match self {
            Self::Pkcs8 => Shape::Pkcs8,
            Self::Pkcs1 => Shape::Pkcs1,
            Self::Sec1 => Shape::Sec1,
        }
    }
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs8 => "PKCS#8",
            Self::Pkcs1 => "PKCS#1",
            Self::Sec1 => "SEC 1",
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Der => "DER",
        })
    }
}

impl fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredKey({} in {}, ..)", self.form, self.encoding)
    }
}

/// A form of private key that other programs have for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// DSA keys in their traditional form.
    Dsa,
    /// OpenSSH's.
    OpenSsh,
    /// Another: its PEM label.
    Label(String),
}

impl Foreign {
    fn of_label(label: &str) -> Self {
        match label {
            "DSA PRIVATE KEY" => Self::Dsa,
            "OPENSSH PRIVATE KEY" => Self::OpenSsh,
            other => Self::Label(other.to_owned()),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dsa => f.write_str("DSA"),
            Self::OpenSsh => {
                f.write_str("OpenSSH's own form, which `ssh-keygen -p -m PKCS8` turns into PKCS#8")
            }
            Self::Label(label) => write!(f, "the unknown form {label:?}"),
        }
    }
}
