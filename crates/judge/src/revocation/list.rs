//! One list that was given, in the form in which it serves any number of judgements.
//!
//! The octets of the list are gone once its entries are in the index: what is needed to verify its
//! signature with whatever key comes is its hash. (Where the algorithm wants the whole message, it
//! is kept until a key fits.) That a key signed the list is found out once.
//!
//! Invariant: what a list says counts only together with [`KnownList::is_signed_by`] for a key that
//! may speak for its issuer; who may is decided elsewhere.

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::head::ListHead;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;

use super::fault::ListFault;
use super::index::{Listed, RevocationIndex, Seed};
use super::seen::SeenNumbers;
use crate::signature::{HashedMessage, SignatureError, check_algorithm, danger_verify};

/// A list that was given: its head, and its entries or why they do not count.
pub struct KnownList {
    head: ListHead,
    content: Result<Content, ListFault>,
}

struct Content {
    /// Tells lists apart whose heads are equal, of which at most one has a right signature.
    seed: Seed,
    index: RevocationIndex,
    signed: Signed,
    /// The key that signed it, once known; only one can have.
    signer: OnceLock<PublicKey>,
    /// Keys that did not.
    others: RwLock<Vec<PublicKey>>,
}

/// What the signature is over.
enum Signed {
    Hashed(HashedMessage),
    /// All of it, until the signature was verified.
    Whole(Mutex<Option<RevocationList>>),
}

/// Keys that did not sign a list and are remembered with it. One more is tried anew each time.
///
/// Source: ours; an issuer has one or two keys, and keys are only tried once their certificates were
/// found good.
const MAX_OTHER_KEYS: usize = 16;

impl KnownList {
    /// Takes in a list. Its octets are freed when nobody else holds a clone of it.
    #[must_use]
    pub fn new(list: RevocationList) -> Self {
        let head = list.head().clone();
        let content = Content::new(list);
        Self { head, content }
    }

    /// The same after lists with these numbers were seen: one with a lower number is of no use.
    #[must_use]
    pub fn after(list: RevocationList, earlier: &SeenNumbers) -> Self {
        let mut list = Self::new(list);
        if let Some(seen) = earlier.higher_than(list.head())
            && let Some(number) = list.head().number.clone()
        {
            let seen = seen.clone();
            list.refuse(ListFault::RolledBack { number, seen });
        }
        list
    }

    /// Whether a list with a higher number was seen, and this one does not know it.
    #[must_use]
    pub fn is_behind(&self, earlier: &SeenNumbers) -> bool {
        self.content.is_ok() && earlier.higher_than(&self.head).is_some()
    }

    /// Everything in the list but its entries.
    #[must_use]
    pub fn head(&self) -> &ListHead {
        &self.head
    }

    /// How many certificates are on it, if its entries count.
    #[must_use]
    pub fn len(&self) -> Option<usize> {
        let content = self.content.as_ref().ok()?;
        Some(content.index.len())
    }

    /// Whether it is known that no certificate is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Why the list is of no use whoever signed it, if it is.
    #[must_use]
    pub fn fault(&self) -> Option<&ListFault> {
        self.content.as_ref().err()
    }

    /// What the list says about the certificate with this serial number, if it is on the list.
    #[must_use]
    pub fn find(&self, serial: &Serial) -> Option<Listed> {
        let content = self.content.as_ref().ok()?;
        content.index.find(serial)
    }

    /// Whether the list was signed with this key, of any strength that can be verified.
    ///
    /// The answer is remembered: asking again for the key that did sign it costs a comparison and takes
    /// no lock.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let Ok(content) = &self.content else {
            return false;
        };
        match content.known_of(key) {
            Some(known) => known,
            None => content.verify(key, &self.head),
        }
    }

    /// Whether [`Self::is_signed_by`] would have to verify a signature.
    pub(super) fn is_new(&self, key: &PublicKey) -> bool {
        self.content
            .as_ref()
            .is_ok_and(|content| content.known_of(key).is_none())
    }

    /// Whether some key was found that signed it.
    pub(super) fn is_verified(&self) -> bool {
        self.content
            .as_ref()
            .is_ok_and(|content| content.signer.get().is_some())
    }

    /// Makes it of no use, unless it is already.
    fn refuse(&mut self, fault: ListFault) {
        if self.content.is_ok() {
            self.content = Err(fault);
        }
    }
}

impl Content {
    fn new(list: RevocationList) -> Result<Self, ListFault> {
        refuse_by_head(list.head())?;
        let algorithm = list.signature_algorithm();
        let hashed = HashedMessage::new(algorithm, list.tbs_der());
        let seed = match &hashed {
            Some(hashed) => seed(hashed.octets()),
            None => seed(digest(&SHA256, list.tbs_der()).as_ref()),
        };
        let index = RevocationIndex::new(&list, seed)?;
        let signed = match hashed {
            Some(hashed) => Signed::Hashed(hashed),
            None => Signed::Whole(Mutex::new(Some(list))),
        };
        Ok(Self {
            seed,
            index,
            signed,
            signer: OnceLock::new(),
            others: RwLock::default(),
        })
    }

    /// Whether a key signed it, if that is known.
    fn known_of(&self, key: &PublicKey) -> Option<bool> {
        if let Some(signer) = self.signer.get() {
            return Some(signer == key || signer.key_bits() == key.key_bits());
        }
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        others.contains(key).then_some(false)
    }

    fn verify(&self, key: &PublicKey, head: &ListHead) -> bool {
        let verified = match &self.signed {
            Signed::Hashed(hashed) => {
                let verified = hashed.danger_verify(key, &head.signature).is_ok();
                if verified {
                    // If another thread was faster, it has found the same.
                    self.signer.get_or_init(|| key.clone());
                }
                verified
            }
            Signed::Whole(list) => self.verify_whole(list, key),
        };
        if !verified {
            let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
            if others.len() < MAX_OTHER_KEYS && !others.contains(key) {
                others.push(key.clone());
            }
        }
        verified
    }

    /// Verifies the list itself, and lets go of it when that is done.
    fn verify_whole(&self, list: &Mutex<Option<RevocationList>>, key: &PublicKey) -> bool {
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(whole) = list.as_ref() else {
            // Another thread has verified it while this one waited.
            return self.known_of(key) == Some(true);
        };
        let verified = danger_verify(
            key,
            whole.signature_algorithm(),
            whole.tbs_der(),
            whole.signature(),
        );
        if verified.is_ok() {
            self.signer.get_or_init(|| key.clone());
            *list = None;
        }
        verified.is_ok()
    }
}

/// What makes a list useless before anybody looks at its entries.
fn refuse_by_head(head: &ListHead) -> Result<(), ListFault> {
    let point = head.issuing_distribution_point.as_ref();
    if head.delta_base.is_some() {
        return Err(ListFault::Delta);
    }
    if point.is_some_and(|point| point.indirect) {
        return Err(ListFault::Indirect);
    }
    if !head.unknown_critical.is_empty() {
        let extensions = head.unknown_critical.iter().map(ToString::to_string);
        return Err(ListFault::UnknownCritical {
            extensions: extensions.collect(),
        });
    }
    check_algorithm(&head.signature_algorithm).map_err(|error| {
        let algorithm = head.signature_algorithm.clone();
        match error {
            SignatureError::WeakDigest { .. } => ListFault::WeakSignature { algorithm },
            SignatureError::Wrong
            | SignatureError::OtherKind { .. }
            | SignatureError::UnknownAlgorithm { .. }
            | SignatureError::KeySize { .. }
            | SignatureError::UnknownKey { .. } => ListFault::UnknownSignature { algorithm },
        }
    })
}

/// The first octets of a hash of the whole list.
fn seed(hash: &[u8]) -> Seed {
    hash.first_chunk().copied().unwrap_or_default()
}

impl PartialEq for KnownList {
    fn eq(&self, other: &Self) -> bool {
        let seed = |list: &Self| list.content.as_ref().ok().map(|content| content.seed);
        self.head == other.head && seed(self) == seed(other)
    }
}

impl Eq for KnownList {}

impl fmt::Debug for KnownList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ListHead {
            issuer,
            this_update,
            ..
        } = &self.head;
        write!(f, "KnownList({issuer}, of {this_update})")
    }
}
