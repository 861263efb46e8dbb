//! The files of one host, each read, opened and parsed once, however many endpoints name it.
//!
//! What failed is remembered like what succeeded: a key store that takes long to open keeps nobody waiting twice.
//! Not here: what is wrong with a file, which is for each endpoint that names it.
//! Invariant: a file that was opened with one password is never taken as opened with another.

use std::cell::{OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::revocation::list::KnownList;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_keystore::contents::{self, CertificateRole, Contents, Format, ReadContentsError};
use trustpack_keystore::password::{InvalidPasswordFile, Password, Passwords};
use trustpack_keystore::pem::{self, ReadCertificatesError, ReadKeyError};
use trustpack_keystore::private_key::PrivateKey;
use trustpack_settings::finding::Finding;
use trustpack_settings::place::Place;
use trustpack_settings::span::Spot;
use trustpack_settings::value::AbsolutePath;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use super::list_file::ListFile;
use super::list_memory::ListMemory;
use crate::files::permissions::{Account, Permissions};
use crate::files::{FileContents, Files, ReadFileError, Readers};
use crate::limits::{
    MAX_CERTIFICATES_BYTES, MAX_KEY_BYTES, MAX_LISTS_BYTES, MAX_PASSWORD_BYTES, MAX_STORE_BYTES,
};

/// What was read of a host so far.
pub struct Shelf<'f> {
    files: &'f dyn Files,
    /// Of lists that were seen before.
    memory: Option<&'f ListMemory>,
    accounts: Memory<String, Option<Account>>,
    passwords: Memory<AbsolutePath, Read<Result<Password, InvalidPasswordFile>>>,
    certificates: Memory<AbsolutePath, Read<CertificateFile>>,
    keys: Memory<(AbsolutePath, OpenedWith), Read<OpenedKey>>,
    stores: Memory<(AbsolutePath, OpenedWith), Read<OpenedStore>>,
    lists: Memory<AbsolutePath, Read<Result<ListFile, ReadContentsError>>>,
    trusted: RefCell<Vec<TrustAnchors>>,
    judged: RefCell<Vec<Arc<[Finding]>>>,
}

/// What came of reading a file.
pub(super) type Read<T> = Result<OnShelf<T>, ReadFileError>;

/// A private key, or why there is none.
pub(super) type OpenedKey = Result<Arc<PrivateKey>, ReadKeyError>;

/// A key store or trust store, or why it cannot be used.
pub(super) type OpenedStore = Result<Rc<Store>, ReadContentsError>;

/// What is wrong with trusted certificates, by who names their file and how strict that one is.
type Judged = BTreeMap<Asker, Arc<[Finding]>>;

/// What the answer depends on: the object and the line that names a trusted file, and until when what is weak is
/// accepted of it. Those who name it at one place may differ in that.
pub(super) type Asker = (Place, Option<Spot>, Option<Timestamp>);

/// A file that was read.
pub(super) struct OnShelf<T> {
    /// Who may read it.
    pub(super) readers: Readers,
    /// The same in full, as [`FileContents::permissions`].
    pub(super) permissions: Vec<Permissions>,
    /// What is in it.
    pub(super) contents: T,
}

/// A file of certificates where PEM should be.
pub(super) struct CertificateFile {
    /// Whether it is DER instead.
    pub(super) is_der: bool,
    /// Whether there is a key in it too.
    pub(super) holds_private_key: bool,
    /// The certificates with everybody who trusts them, or why there are none.
    pub(super) certificates: Result<Trusted, ReadCertificatesError>,
}

/// Certificates of a file, also as those that somebody trusts.
pub(super) struct Trusted {
    /// In the order of the file.
    pub(super) certificates: Vec<Certificate>,
    anchors: OnceCell<TrustAnchors>,
    judged: RefCell<Judged>,
}

/// A key store or trust store.
pub(super) struct Store {
    /// The format of the file.
    pub(super) format: Format,
    /// Its private keys.
    pub(super) keys: Vec<StoredKey>,
    /// What it trusts.
    pub(super) trusted: Trusted,
}

/// A private key of a store.
pub(super) struct StoredKey {
    /// What the store calls it.
    pub(super) alias: Option<String>,
    /// The key, or why it could not be opened.
    pub(super) key: OpenedKey,
    /// The certificates that belong to it, its own first.
    pub(super) chain: Vec<Certificate>,
}

/// What a file was opened with, to tell two readings of it apart.
struct OpenedWith(Option<Password>);

impl<'f> Shelf<'f> {
    /// Nothing read so far.
    #[must_use]
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            memory: None,
            accounts: Memory::default(),
            passwords: Memory::default(),
            certificates: Memory::default(),
            keys: Memory::default(),
            stores: Memory::default(),
            lists: Memory::default(),
            trusted: RefCell::default(),
            judged: RefCell::default(),
        }
    }

    /// The same for lists that may have been seen before.
    #[must_use]
    pub fn remembering(self, memory: &'f ListMemory) -> Self {
        Self {
            memory: Some(memory),
            ..self
        }
    }

    /// An account of the host, if its files have it.
    pub(crate) fn account(&self, name: &str) -> Option<Account> {
        let find = |name: &String| Account::find(name, self.files);
        (*self.accounts.get(name.to_owned(), find)).clone()
    }

    /// The files that somebody trusts, and what was found about the certificates in them, each once.
    pub(crate) fn into_trusted(self) -> (Vec<TrustAnchors>, Vec<Arc<[Finding]>>) {
        (self.trusted.into_inner(), self.judged.into_inner())
    }

    pub(super) fn password(
        &self,
        path: &AbsolutePath,
    ) -> Rc<Read<Result<Password, InvalidPasswordFile>>> {
        self.passwords.get(path.clone(), |path| {
            self.read(path, MAX_PASSWORD_BYTES, |bytes| {
                Password::from_file_contents(bytes)
            })
        })
    }

    pub(super) fn certificates(&self, path: &AbsolutePath) -> Rc<Read<CertificateFile>> {
        self.certificates.get(path.clone(), |path| {
            self.read(path, MAX_CERTIFICATES_BYTES, |bytes| CertificateFile {
                is_der: pem::is_der(bytes),
                holds_private_key: pem::holds_private_key(bytes),
                certificates: pem::read_certificates(bytes).map(Trusted::new),
            })
        })
    }

    pub(super) fn key(&self, path: &AbsolutePath, with: Option<Password>) -> Rc<Read<OpenedKey>> {
        let key = (path.clone(), OpenedWith(with));
        self.keys.get(key, |(path, OpenedWith(password))| {
            self.read(path, MAX_KEY_BYTES, |bytes| {
                pem::read_private_key(bytes, password.as_ref()).map(Arc::new)
            })
        })
    }

    pub(super) fn store(
        &self,
        path: &AbsolutePath,
        with: Option<Password>,
    ) -> Rc<Read<OpenedStore>> {
        let key = (path.clone(), OpenedWith(with));
        self.stores.get(key, |(path, OpenedWith(password))| {
            let passwords = password.clone();
            let passwords = passwords.map_or_else(Passwords::none, Passwords::from);
            self.read(path, MAX_STORE_BYTES, |bytes| {
                let found = contents::read(bytes, &passwords)?;
                Ok(Rc::new(Store::from(found)))
            })
        })
    }

    pub(super) fn lists(
        &self,
        path: &AbsolutePath,
    ) -> Rc<Read<Result<ListFile, ReadContentsError>>> {
        self.lists.get(path.clone(), |path| match self.memory {
            None => self.new_lists(path, SeenNumbers::default()),
            Some(memory) => self.remembered_lists(path, memory),
        })
    }

    fn remembered_lists(
        &self,
        path: &AbsolutePath,
        memory: &ListMemory,
    ) -> Read<Result<ListFile, ReadContentsError>> {
        let unknown = match memory.find(path, self.files) {
            Err(unknown) => unknown,
            Ok(known) => {
                return Ok(OnShelf {
                    readers: known.readers,
                    permissions: known.permissions.clone(),
                    contents: Ok(ListFile::new(known.lists.clone(), memory.numbers().clone())),
                });
            }
        };
        let file = self.new_lists(path, memory.numbers().clone())?;
        if let Ok(lists) = &file.contents {
            unknown.remember(
                memory,
                path,
                (file.readers, &file.permissions),
                lists.found(),
            );
        }
        Ok(file)
    }

    fn new_lists(
        &self,
        path: &AbsolutePath,
        earlier: SeenNumbers,
    ) -> Read<Result<ListFile, ReadContentsError>> {
        self.read(path, MAX_LISTS_BYTES, |bytes| {
            let found = contents::read(bytes, &Passwords::none())?.crls;
            let known = |list| Arc::new(KnownList::after(list, &earlier));
            Ok(ListFile::new(
                found.into_iter().map(known).collect(),
                earlier.clone(),
            ))
        })
    }

    /// What is wrong with trusted certificates for those who ask so: `judge` says it, once.
    pub(super) fn judged(
        &self,
        trusted: &Trusted,
        asker: Asker,
        judge: impl FnOnce() -> Vec<Finding>,
    ) -> Arc<[Finding]> {
        let known = trusted.judged.borrow().get(&asker).map(Arc::clone);
        known.unwrap_or_else(|| {
            let found: Arc<[Finding]> = judge().into();
            trusted
                .judged
                .borrow_mut()
                .insert(asker, Arc::clone(&found));
            self.judged.borrow_mut().push(Arc::clone(&found));
            found
        })
    }

    /// The certificates of a file as anchors, all who trust it share them.
    pub(super) fn anchors(&self, trusted: &Trusted) -> TrustAnchors {
        let make = || {
            let anchors = TrustAnchors::new(trusted.certificates.iter().cloned());
            self.trusted.borrow_mut().push(anchors.clone());
            anchors
        };
        trusted.anchors.get_or_init(make).clone()
    }

    fn read<T>(
        &self,
        path: &AbsolutePath,
        limit: usize,
        parse: impl FnOnce(&[u8]) -> T,
    ) -> Read<T> {
        let FileContents {
            bytes,
            readers,
            permissions,
        } = self.files.read(path.as_path(), limit)?;
        Ok(OnShelf {
            readers,
            permissions,
            contents: parse(&bytes),
        })
    }
}

impl Trusted {
    fn new(certificates: Vec<Certificate>) -> Self {
        Self {
            certificates,
            anchors: OnceCell::new(),
            judged: RefCell::default(),
        }
    }
}

impl From<Contents> for Store {
    fn from(found: Contents) -> Self {
        let trusted = found
            .certificates
            .into_iter()
            .filter(|found| match found.role {
                CertificateRole::Trusted | CertificateRole::Unsaid => true,
                CertificateRole::OfKey => false,
            });
        let keys = found.keys.into_iter().map(|found| StoredKey {
            alias: found.alias,
            key: found.key.map(Arc::new),
            chain: found.chain,
        });
        Self {
            format: found.format,
            keys: keys.collect(),
            trusted: Trusted::new(trusted.map(|found| found.certificate).collect()),
        }
    }
}

/// Values that are made once for each key.
struct Memory<K, V>(RefCell<BTreeMap<K, Rc<V>>>);

impl<K: Ord, V> Memory<K, V> {
    fn get(&self, key: K, make: impl FnOnce(&K) -> V) -> Rc<V> {
        if let Some(known) = self.0.borrow().get(&key) {
            return Rc::clone(known);
        }
        let made = Rc::new(make(&key));
        self.0.borrow_mut().insert(key, Rc::clone(&made));
        made
    }
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl OpenedWith {
    fn text(&self) -> Option<&str> {
        self.0.as_ref().map(Password::expose)
    }
}

impl Ord for OpenedWith {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text().cmp(&other.text())
    }
}

impl PartialOrd for OpenedWith {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OpenedWith {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OpenedWith {}
