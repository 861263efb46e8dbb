//! Certificate revocation lists: read and built.
//!
//! A [`RevocationList`] has been read, not judged: it may be forged, out of date or about other
//! certificates. Invariants: its DER is the octets that were read, which its clones share; the head
//! is read once, and entries are read from the DER as they are asked for, so that a list of a million
//! costs its file and little more.
//!
//! Source: RFC 5280 section 5.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use const_oid::ObjectIdentifier;

use self::entry::Entries;
use self::head::{ListHead, ListVersion};
use self::issuing_point::IssuingDistributionPoint;
use self::number::CrlNumber;
use self::scan::ScanError;
use crate::algorithm::SignatureAlgorithm;
use crate::extension::InvalidExtension;
use crate::name::{InvalidName, Name};
use crate::time::Timestamp;

pub mod build;
pub mod entry;
pub mod head;
pub mod issuing_point;
pub mod number;
pub mod reason;
mod scan;

/// A revocation list that has been read. Cloning shares the octets.
#[derive(Clone)]
pub struct RevocationList(Arc<Parts>);

struct Parts {
    der: Vec<u8>,
    tbs: Range<usize>,
    entries: Range<usize>,
    head: ListHead,
}

/// Octets are no revocation list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRevocationList {
    /// More octets than are read.
    #[error("the revocation list has {length} octets; at most {MAX_OCTETS} are read")]
    TooLarge {
        /// Octets given.
        length: usize,
    },
    /// Not the DER of a list.
    #[error("not the DER of a revocation list ({detail})")]
    Malformed {
        /// What is wrong.
        detail: String,
    },
    /// The algorithm inside the signed part and outside it differ (RFC 5280 section 5.1.1.2).
    #[error(
        "the revocation list names two different signature algorithms, inside and outside its signed part"
    )]
    AlgorithmMismatch,
    /// The issuer's name cannot be read.
    #[error("the issuer: {0}")]
    Issuer(InvalidName),
    /// Extensions in a version that has none (RFC 5280 section 5.1.2.1).
    #[error("the revocation list has extensions, but its version is V1; only V2 has them")]
    ExtensionsWithoutV2,
    /// More extensions than are read.
    #[error("the revocation list has more than {MAX_EXTENSIONS} extensions")]
    TooManyExtensions,
    /// An extension cannot be read.
    #[error(transparent)]
    Extension(#[from] InvalidExtension),
}

/// Octets of a list that are read: a list of ten million certificates has about as many.
///
/// Source: ours.
pub const MAX_OCTETS: usize = 512 * 1024 * 1024;

/// Extensions of a list that are read: RFC 5280 section 5.2 knows seven.
///
/// Source: ours.
pub const MAX_EXTENSIONS: usize = 64;

impl RevocationList {
    /// Reads the DER of one list, with nothing behind it. A `Vec` is kept without being copied.
    ///
    /// Entries are not looked at: [`Self::entries`] reads them.
    ///
    /// # Errors
    ///
    /// [`InvalidRevocationList`] says what cannot be read. Content is not judged.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, InvalidRevocationList> {
        let der = der.into();
        if der.len() > MAX_OCTETS {
            return Err(InvalidRevocationList::TooLarge { length: der.len() });
        }
        let (tbs, entries, head) = head::read(&der)?;
        Ok(Self(Arc::new(Parts {
            der,
            tbs,
            entries,
            head,
        })))
    }

    /// The octets that were read.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The part of them that is signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        self.0.der.get(self.0.tbs.clone()).unwrap_or_default()
    }

    /// Everything but the entries.
    #[must_use]
    pub fn head(&self) -> &ListHead {
        &self.0.head
    }

    /// The name of the authority that signed it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.head.issuer
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.0.head.this_update
    }

    /// When the next one comes at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<Timestamp> {
        self.0.head.next_update
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> Option<&CrlNumber> {
        self.0.head.number.as_ref()
    }

    /// The subject key identifier of the key that signed it, if it says so.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.head.authority_key_id.as_deref()
    }

    /// How it is signed.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.0.head.signature_algorithm
    }

    /// The signature over [`Self::tbs_der`].
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.head.signature
    }

    /// Which certificates it is about, if not about all of its issuer's.
    #[must_use]
    pub fn issuing_distribution_point(&self) -> Option<&IssuingDistributionPoint> {
        self.0.head.issuing_distribution_point.as_ref()
    }

    /// Whether it only adds to another list.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.0.head.delta_base.is_some()
    }

    /// Critical extensions that are not known here.
    #[must_use]
    pub fn unknown_critical(&self) -> &[ObjectIdentifier] {
        &self.0.head.unknown_critical
    }

    /// The certificates on it, in its order, read as the iterator goes on; the first one that cannot
    /// be read is the last item.
    #[must_use]
    pub fn entries(&self) -> Entries<'_> {
        let contents = self.0.der.get(self.0.entries.clone()).unwrap_or_default();
        Entries::new(contents, self.0.head.version == ListVersion::V2)
    }
}

impl From<ScanError> for InvalidRevocationList {
    fn from(error: ScanError) -> Self {
        Self::Malformed {
            detail: error.to_string(),
        }
    }
}

impl From<der::Error> for InvalidRevocationList {
    fn from(error: der::Error) -> Self {
        Self::Malformed {
            detail: error.to_string(),
        }
    }
}

impl PartialEq for RevocationList {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for RevocationList {}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "RevocationList({}, of {})",
            self.issuer(),
            self.this_update()
        )
    }
}
