//! The files that one certificate is delivered in, for one target, in memory.
//!
//! Not where they go; that is [`write`](mod@crate::write). Invariant: a trusted CA certificate is always among
//! them, and a file with a private key is marked as private.

use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{certificates_to_pem, private_key_to_pem};
use trustpack_keystore::pkcs12::{Encryption, WritePkcs12Error};
use trustpack_keystore::private_key::{InvalidPrivateKey, PrivateKey};
use trustpack_keystore::store::InvalidAlias;
use trustpack_keystore::store::write::WriteStoreError;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;
use zeroize::Zeroizing;

use crate::target::{Target, UnusablePassword};
use crate::windows::Account;
use crate::{java, services, windows};

/// The certificate of the CA for programs that read PEM files.
pub(crate) const CA_CERT_PEM: &str = "ca_cert.pem";
/// The same as PKCS#12, without a key.
pub(crate) const CA_CERT_PFX: &str = "ca_cert.pfx";

/// What is to be delivered.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The host certificate.
    pub certificate: &'a Certificate,
    /// Its private key; without one there are no key stores.
    pub key: Option<&'a PrivateKey>,
    /// The authorities between the certificate and the trusted ones, the nearest first.
    pub intermediates: &'a [Certificate],
    /// Certificates by which peers that trust another key of the authority find a path: PEM files have them
    /// last. Key stores do not, as their readers take issuers by name, and a cross has that of the root.
    pub crosses: &'a [Certificate],
    /// Whom the host is to trust: the root, or the roots while a CA changes its key.
    pub trusted: &'a [Certificate],
    /// What the names of its files begin with.
    pub stem: &'a FileStem,
    /// Protects the key stores. For the empty one Java gets `changeit`.
    pub password: &'a Password,
    /// How PKCS#12 files are encrypted, if not as the target needs.
    pub encryption: Option<Encryption>,
    /// The date that the entries of a JKS file get.
    pub now: Timestamp,
    /// Whose store it is on Windows.
    pub account: &'a Account,
}

/// What the names of the files begin with: the first label of the host.
///
/// Not the serial: so the files of a renewed certificate go where those of the one before are, and what names
/// them, a configuration say, stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStem(String);

/// A first label of a host that cannot stand in a file name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} cannot begin a file name: letters, digits, hyphens and underscores only, at most {MAX_LABEL}"
)]
pub struct InvalidFileStem {
    /// The label.
    pub found: String,
}

/// Characters of the first label of a host name. Source: RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;
/// The label with which the files of the host would have the names of those of the CA.
const CA_LABEL: &str = "ca";
/// What they begin with then.
const HOST_CALLED_CA: &str = "ca_host";

/// The files for one target.
#[derive(Debug)]
pub struct Bundle {
    target: Target,
    host: Certificate,
    files: Vec<BundleFile>,
    password: Password,
}

/// One file of a bundle.
pub struct BundleFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it; wiped when dropped, as it may be a key.
    pub contents: Zeroizing<Vec<u8>>,
    /// Who may read it.
    pub access: Access,
    /// What it must be found to hold when it is opened again.
    pub holds: Holds,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// The owner, and a group that was named.
    Private,
}

/// What a reader must find in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Lines for people.
    Text,
    /// Lines of configuration, which people change.
    Lines,
    /// These certificates, in this order.
    Certificates(Vec<Certificate>),
    /// The key and these certificates, the one of the key first; only the key where there are none.
    Key(Vec<Certificate>),
}

/// A bundle cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeBundleError {
    /// Nobody to trust.
    #[error("a bundle always has a trusted CA certificate, and none was given")]
    NothingTrusted,
    /// The programs cannot use the password.
    #[error(transparent)]
    Password(#[from] UnusablePassword),
    /// The PKCS#12 files.
    #[error("the PKCS#12 file cannot be made")]
    Pkcs12(#[from] WritePkcs12Error),
    /// The stores for Java.
    #[error("the store for Java cannot be made")]
    Store(#[from] WriteStoreError),
    /// The key cannot be put into one.
    #[error("the key cannot be put into a store for Java")]
    Key(#[from] InvalidPrivateKey),
    /// The names of their entries.
    #[error(transparent)]
    Alias(#[from] InvalidAlias),
}

impl FileStem {
    /// `label` is the first label of the host name, as it was typed.
    ///
    /// # Errors
    ///
    /// [`InvalidFileStem`] when the label has what no host name has.
    pub fn new(label: &str) -> Result<Self, InvalidFileStem> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if label.is_empty() || label.len() > MAX_LABEL || !label.chars().all(fits) {
            let found = label.chars().take(MAX_LABEL).collect();
            return Err(InvalidFileStem { found });
        }
        // Windows does not tell names apart by case.
        Ok(Self(match label.eq_ignore_ascii_case(CA_LABEL) {
            true => HOST_CALLED_CA.to_owned(),
            false => label.to_owned(),
        }))
    }

    /// The name of a file that begins with it.
    pub(crate) fn file(&self, rest: &str) -> String {
        format!("{}_{rest}", self.0)
    }

    /// The name of the folder for a target, which each certificate has of its own: `<serial>_<host>_<target>`.
    #[must_use]
    pub fn folder(&self, serial: &Serial, target: Target) -> String {
        format!("{serial}_{}_{target}", self.0)
    }
}

impl Bundle {
    /// Makes the files that `target` needs.
    ///
    /// # Errors
    ///
    /// [`MakeBundleError`] when nobody is trusted, the password is none for the target, or the key is of another
    /// certificate.
    pub fn make(target: Target, delivery: &Delivery<'_>) -> Result<Self, MakeBundleError> {
        if delivery.trusted.is_empty() {
            return Err(MakeBundleError::NothingTrusted);
        }
        let files = match target {
            Target::OpenSsl | Target::Unix => unix(delivery),
            Target::Java | Target::Java8 => java::files(target, delivery)?,
            Target::Windows | Target::Windows2016 => windows::files(target, delivery)?,
            Target::DotNet => {
                let mut files = windows::files(target, delivery)?;
                files.push(trusted_pem(delivery));
                files
            }
            Target::Nginx => services::nginx(delivery),
            Target::HaProxy => services::haproxy(delivery),
            Target::Stunnel => services::stunnel(delivery),
        };
        let password = match target.is_java() {
            true => java::password(target, delivery.password)?,
            false => delivery.password.clone(),
        };
        Ok(Self {
            target,
            host: delivery.certificate.clone(),
            files,
            password,
        })
    }

    /// Whom it is for.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// The certificate of the host.
    #[must_use]
    pub fn host(&self) -> &Certificate {
        &self.host
    }

    /// The password of its key stores.
    #[must_use]
    pub fn password(&self) -> &Password {
        &self.password
    }

    /// Its files.
    #[must_use]
    pub fn files(&self) -> &[BundleFile] {
        &self.files
    }
}

impl BundleFile {
    pub(crate) fn text(name: impl Into<String>, text: &str) -> Self {
        Self {
            name: name.into(),
            contents: Zeroizing::new(text.as_bytes().to_vec()),
            access: Access::Public,
            holds: Holds::Text,
        }
    }

    /// A text that is a part of somebody's configuration.
    pub(crate) fn lines(name: &str, text: &str) -> Self {
        Self {
            holds: Holds::Lines,
            ..Self::text(name, text)
        }
    }
}

impl std::fmt::Debug for BundleFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BundleFile")
            .field("name", &self.name)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl Delivery<'_> {
    /// The host certificate and the authorities up to, and without, the trusted ones, then the crosses: what
    /// a service sends.
    pub(crate) fn sent_chain(&self) -> Vec<Certificate> {
        let mut chain = self.own_chain();
        chain.extend_from_slice(self.crosses);
        chain
    }

    /// The whole chain, as key stores hold it.
    pub(crate) fn full_chain(&self) -> Vec<Certificate> {
        let mut chain = self.own_chain();
        let last = chain.last().cloned();
        let root = self
            .trusted
            .iter()
            .find(|root| last.as_ref().is_some_and(|last| signed(root, last)));
        chain.extend(root.cloned());
        chain
    }

    fn own_chain(&self) -> Vec<Certificate> {
        std::iter::once(self.certificate)
            .chain(self.intermediates)
            .cloned()
            .collect()
    }
}

fn signed(issuer: &Certificate, below: &Certificate) -> bool {
    if issuer.subject() != below.issuer() {
        return false;
    }
    let extensions = (issuer.extensions(), below.extensions());
    let key_ids = (&extensions.0.subject_key_id, &extensions.1.authority_key_id);
    match key_ids {
        (Some(own), Some(wanted)) => wanted.key_id.as_ref().is_none_or(|wanted| wanted == own),
        (None, _) | (_, None) => true,
    }
}

/// Certificate, key and trusted CA as PEM files: spec 1.5.6 for UNIX.
fn unix(delivery: &Delivery<'_>) -> Vec<BundleFile> {
    let mut files = vec![sent_pem(delivery)];
    files.extend(key_pem(delivery));
    files.push(trusted_pem(delivery));
    files
}

pub(crate) fn sent_pem(delivery: &Delivery<'_>) -> BundleFile {
    certificates_pem(delivery.stem.file("cert.pem"), delivery.sent_chain())
}

pub(crate) fn trusted_pem(delivery: &Delivery<'_>) -> BundleFile {
    certificates_pem(CA_CERT_PEM.to_owned(), delivery.trusted.to_vec())
}

pub(crate) fn key_pem(delivery: &Delivery<'_>) -> Option<BundleFile> {
    let key = delivery.key?;
    Some(BundleFile {
        name: delivery.stem.file("priv_key.pem"),
        contents: Zeroizing::new(private_key_to_pem(key).as_bytes().to_vec()),
        access: Access::Private,
        holds: Holds::Key(Vec::new()),
    })
}

fn certificates_pem(name: String, certificates: Vec<Certificate>) -> BundleFile {
    BundleFile {
        name,
        contents: Zeroizing::new(certificates_to_pem(&certificates).into_bytes()),
        access: Access::Public,
        holds: Holds::Certificates(certificates),
    }
}
