//! Why a list is of no use for a certificate: every fault by name.
//!
//! Invariant: a list with a fault proves nothing, neither that a certificate is revoked nor that it
//! is not.

use trustpack_x509::algorithm::SignatureAlgorithm;
use trustpack_x509::crl::entry::InvalidEntry;
use trustpack_x509::crl::issuing_point::Covered;
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use crate::signature::SignatureError;

/// Why a list is not used. Its `Display` follows "the list ... is not used: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    /// It only adds to another list (RFC 5280 section 5.2.4).
    #[error("it is a delta list, which only adds to another one; full lists are used")]
    Delta,
    /// It is about certificates of other authorities (RFC 5280 section 5.2.5).
    #[error("it is an indirect list, which is about certificates of other authorities too")]
    Indirect,
    /// It has critical extensions that are not known here (RFC 5280 section 5.2).
    #[error("it has critical extensions that are not known here: {}", .extensions.join(", "))]
    UnknownCritical {
        /// Their object identifiers, dotted.
        extensions: Vec<String>,
    },
    /// An entry has a critical extension that is not known here (RFC 5280 section 5.3).
    #[error(
        "its entry for serial {serial} has a critical extension that is not known here: {extension}"
    )]
    UnknownCriticalInEntry {
        /// Whose entry it is.
        serial: Serial,
        /// Its object identifier, dotted.
        extension: String,
    },
    /// An entry cannot be read.
    #[error("{0}")]
    Entry(InvalidEntry),
    /// It is signed with a digest that no longer protects.
    #[error("it is signed with {algorithm}; SHA-224, SHA-256, SHA-384 or SHA-512 is needed")]
    WeakSignature {
        /// With what.
        algorithm: SignatureAlgorithm,
    },
    /// It is signed in a way that cannot be verified here.
    #[error("it is signed with {algorithm}, which cannot be verified here")]
    UnknownSignature {
        /// With what.
        algorithm: SignatureAlgorithm,
    },
    /// No key of its issuer signed it.
    #[error("its signature matches no key that is certified for its issuer here")]
    SignerUnknown,
    /// The key that signed it may not.
    #[error(
        "the key that signed it may not sign lists: its certificate with serial {signer} lacks cRLSign"
    )]
    MayNotSign {
        /// The serial number of the certificate that holds the key.
        signer: Serial,
    },
    /// The key that signed it no longer protects, so anybody may have signed with it.
    #[error(
        "the key that signed it is too weak: of its certificate with serial {signer}, {weakness}"
    )]
    WeakSigner {
        /// The serial number of the certificate that holds the key.
        signer: Serial,
        /// What is wrong with the key.
        weakness: SignatureError,
    },
    /// A list with a higher number was there before.
    #[error("it has the number {number}, but a list with the number {seen} was seen before")]
    RolledBack {
        /// Its number.
        number: CrlNumber,
        /// The highest number seen.
        seen: CrlNumber,
    },
    /// It is about certificates of another kind.
    #[error("it is only about {}, and this is none of them", covered_name(*.covers))]
    OtherKind {
        /// What it is about.
        covers: Covered,
    },
    /// It is for another distribution point than the certificate names.
    #[error("it is only about certificates of another distribution point")]
    OtherPoint,
    /// It is about some reasons only, so it does not say that a certificate is good.
    #[error("it is about some reasons for revocation only")]
    SomeReasons,
    /// It says that it is from the future.
    #[error("it was made on {this_update}; the time is {now}")]
    NotYet {
        /// When it says it was made.
        this_update: Timestamp,
        /// The moment of judgement.
        now: Timestamp,
    },
    /// It does not say until when it holds.
    #[error("it does not say when the next one comes, so that nobody knows until when it holds")]
    NoNextUpdate,
    /// There must be a newer one.
    #[error("the next one was due on {next_update}; the time is {now}")]
    Stale {
        /// When the next one was due.
        next_update: Timestamp,
        /// The moment of judgement.
        now: Timestamp,
    },
}

impl ListFault {
    /// Whether the list is good but for its dates, of which `crl-freshness` decides.
    #[must_use]
    pub fn is_of_freshness(&self) -> bool {
        match self {
            Self::NotYet { .. } | Self::NoNextUpdate | Self::Stale { .. } => true,
            Self::Delta
            | Self::Indirect
            | Self::UnknownCritical { .. }
            | Self::UnknownCriticalInEntry { .. }
            | Self::Entry(_)
            | Self::WeakSignature { .. }
            | Self::UnknownSignature { .. }
            | Self::SignerUnknown
            | Self::MayNotSign { .. }
            | Self::WeakSigner { .. }
            | Self::RolledBack { .. }
            | Self::OtherKind { .. }
            | Self::OtherPoint
            | Self::SomeReasons => false,
        }
    }

    /// How far a list with this fault got: of several lists the one that got furthest is reported.
    pub(crate) fn progress(&self) -> u8 {
        match self {
            Self::SignerUnknown => 0,
            Self::Delta
            | Self::Indirect
            | Self::UnknownCritical { .. }
            | Self::UnknownCriticalInEntry { .. }
            | Self::Entry(_)
            | Self::WeakSignature { .. }
            | Self::UnknownSignature { .. } => 1,
            Self::MayNotSign { .. } | Self::WeakSigner { .. } => 2,
            Self::OtherKind { .. } | Self::OtherPoint | Self::SomeReasons => 3,
            Self::RolledBack { .. } => 4,
            Self::NotYet { .. } | Self::NoNextUpdate | Self::Stale { .. } => 5,
        }
    }
}

fn covered_name(covers: Covered) -> &'static str {
    match covers {
        Covered::All => "all certificates",
        Covered::EndEntities => "certificates of end entities",
        Covered::Authorities => "certificates of authorities",
        Covered::Attributes => "attribute certificates",
    }
}
