//! Why a certificate is refused: every reason by name, with what was found and what is needed.
//!
//! To add one: a variant here with its sentence and its rank, and the place that finds it.
//! Invariant: the reasons of one verdict are ordered by [`Reason::rank`], so that the first one is
//! the first failing step in the order of [`Step`].
//!
//! Long because every reason stands here with its sentence.

use std::fmt;
use std::sync::Arc;

use trustpack_x509::algorithm::SignatureAlgorithm;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::time::Timestamp;

use crate::allowed_names::AllowedNames;
use crate::host::NameMismatch;
use crate::limits::{MAX_ISSUERS_TRIED, MAX_NAME_COMPARISONS, MAX_RSA_BITS, MIN_RSA_BITS};
use crate::member::{Member, Place};
use crate::name_constraints::ConstraintBreach;
use crate::question::Purpose;
use crate::revocation::fault::ListFault;
use crate::revocation::index::Listed;
use crate::revocation::list::KnownList;

/// The steps of judging a peer, in their order.
///
/// This crate judges all but the protocol, which has its place in the order because the TLS engine
/// reports in the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Version and cipher suite.
    Protocol,
    /// Issuer links up to a trusted CA, signatures, constraints, strength, usages.
    Path,
    /// The name of the host.
    Name,
    /// Validity, anchors included.
    Dates,
    /// Certificate revocation lists.
    Revocation,
    /// Which names a server admits.
    AllowedNames,
}

/// What is checked, in this order: [`Step`], with the parts of the path told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The links from issuer to issuer.
    Links,
    /// The signatures along them.
    Signatures,
    /// Who may sign what: CA flag, path length, critical extensions, policies, name constraints.
    Constraints,
    /// Digests and key sizes.
    Strength,
    /// Key usage and extended key usage.
    Usages,
    /// The name of the host.
    Name,
    /// Validity.
    Dates,
    /// Revocation lists.
    Revocation,
    /// Which names a server admits.
    AllowedNames,
}

/// A limit that was reached before a path was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkLimit {
    /// [`MAX_ISSUERS_TRIED`].
    Issuers,
    /// [`MAX_NAME_COMPARISONS`].
    NameComparisons,
}

/// Which intermediates of a path are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Intermediates {
    /// Those that another CA issued: [`MAX_INTERMEDIATES`](crate::limits::MAX_INTERMEDIATES), or what a policy allows.
    Others,
    /// Those that bear the name of their issuer: [`MAX_SELF_ISSUED`](crate::limits::MAX_SELF_ISSUED).
    SelfIssued,
}

/// One reason to refuse a certificate. Its `Display` is a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is no trusted certificate at all.
    #[error("no CA is trusted here; at least one is needed")]
    NothingTrusted,
    /// The search was given up.
    #[error("the search for a path to a trusted CA was given up after {limit}, the most allowed")]
    TooMuchWork {
        /// At which limit.
        limit: WorkLimit,
    },
    /// The issuer is neither trusted nor was it sent.
    #[error(
        "{certificate} was issued by \"{}\", which is neither trusted nor among the certificates that came with it",
        .certificate.certificate.issuer()
    )]
    IssuerUnknown {
        /// The last certificate of the path.
        certificate: Member,
    },
    /// The path ends in a certificate that is its own issuer and that nobody trusts.
    #[error("{} is not trusted here, and no other CA issued it", .certificate.as_end())]
    SelfIssuedNotTrusted {
        /// The last certificate of the path.
        certificate: Member,
    },
    /// More intermediates than are allowed.
    #[error(
        "the number of {counted} up to {certificate} is {found}; at most {allowed} may stand below a trusted CA"
    )]
    TooManyIntermediates {
        /// The first that is too many; whoever issued it is not looked for.
        certificate: Member,
        /// Which are counted.
        counted: Intermediates,
        /// How many there are, this one included.
        found: usize,
        /// How many may be between leaf and anchor.
        allowed: usize,
    },
    /// The signature was not made with the key of the issuer that is there.
    #[error(
        "the signature of {certificate} does not match the key of {issuer}, which bears its issuer's name"
    )]
    SignatureWrong {
        /// The certificate whose signature it is.
        certificate: Member,
        /// The certificate that bears the name of its issuer.
        issuer: Member,
    },
    /// A certificate that issued another is no CA.
    #[error(
        "{certificate} issued another but is no CA; its basicConstraints would have to say CA:TRUE"
    )]
    NotAnAuthority {
        /// The issuer.
        certificate: Member,
    },
    /// A CA whose key usage does not allow it to sign certificates.
    #[error(
        "{certificate} issued another, which its key usage does not allow; it needs keyCertSign"
    )]
    MayNotSign {
        /// The issuer.
        certificate: Member,
    },
    /// More CAs below a CA than it allows.
    #[error("the number of CAs below {certificate} is {found}; its path length allows {allowed}")]
    PathTooLong {
        /// The CA that limits the length.
        certificate: Member,
        /// How many CAs it allows below itself; self-issued ones do not count.
        allowed: u32,
        /// How many there are.
        found: usize,
    },
    /// Critical extensions that this judge does not know.
    #[error("{certificate} has critical extensions that are not known here: {}", .extensions.join(", "))]
    UnknownCriticalExtension {
        /// The certificate that has them.
        certificate: Member,
        /// Their object identifiers, dotted.
        extensions: Vec<String>,
    },
    /// An explicit certificate policy is demanded, and policies are not judged here.
    #[error(
        "{certificate} demands an explicit certificate policy (requireExplicitPolicy {skipped}), and policies are not judged here"
    )]
    ExplicitPolicy {
        /// The certificate that demands it, a CA as a rule.
        certificate: Member,
        /// How many certificates below it may do without.
        skipped: u32,
    },
    /// A name that a CA above does not allow.
    #[error("{0}")]
    NameConstraint(Box<ConstraintBreach>),
    /// A signature with a digest that no longer protects.
    #[error(
        "{certificate} is signed with {algorithm}; SHA-224, SHA-256, SHA-384 or SHA-512 is needed"
    )]
    WeakSignature {
        /// The certificate that bears the signature.
        certificate: Member,
        /// With what it was signed.
        algorithm: SignatureAlgorithm,
    },
    /// A signature algorithm that this judge cannot verify.
    #[error(
        "{certificate} is signed with {algorithm}; allowed are RSA, ECDSA on P-256, P-384 and P-521, and Ed25519"
    )]
    UnknownSignature {
        /// The certificate that bears the signature.
        certificate: Member,
        /// With what it was signed.
        algorithm: SignatureAlgorithm,
    },
    /// An RSA key that is too small, or larger than is verified.
    #[error(
        "{certificate} has an RSA key of {bits} bits; allowed are {MIN_RSA_BITS} to {MAX_RSA_BITS}"
    )]
    KeySize {
        /// The certificate that holds the key.
        certificate: Member,
        /// Length of the modulus.
        bits: u32,
    },
    /// A kind of key that this judge does not know.
    #[error(
        "{certificate} has a public key of {algorithm}; allowed are RSA, P-256, P-384, P-521 and Ed25519"
    )]
    UnknownKey {
        /// The certificate that holds the key.
        certificate: Member,
        /// The kind.
        algorithm: PublicKeyAlgorithm,
    },
    /// The extended key usage does not allow the purpose.
    #[error(
        "the extended key usage of {certificate} allows {}; a {needed} needs {}",
        list(.found), .needed.usage_name()
    )]
    ExtendedUsage {
        /// The certificate that is limited: the leaf or a CA above it.
        certificate: Member,
        /// What it would have to allow.
        needed: Purpose,
        /// What it allows, by name or dotted.
        found: Vec<String>,
    },
    /// The key usage does not allow signing, which a TLS handshake needs.
    #[error(
        "the key usage of {certificate} allows {}; a TLS handshake needs digitalSignature",
        list(.found)
    )]
    Usage {
        /// The leaf.
        certificate: Member,
        /// What it allows, by name.
        found: Vec<String>,
    },
    /// The certificate does not bear the name of the host.
    #[error("{0}")]
    NameMismatch(Box<NameMismatch>),
    /// Its time has not come.
    #[error("{certificate} is valid only from {not_before} on; the time is {now}")]
    NotYetValid {
        /// The certificate.
        certificate: Member,
        /// Its first moment.
        not_before: Timestamp,
        /// The moment of judgement.
        now: Timestamp,
    },
    /// Its time is over.
    #[error("{certificate} was valid until {not_after}; the time is {now}")]
    Expired {
        /// The certificate.
        certificate: Member,
        /// Its last moment.
        not_after: Timestamp,
        /// The moment of judgement.
        now: Timestamp,
    },
    /// It is on a list.
    #[error("{certificate} was revoked on {}{}, says {list}", .listed.revoked, why(.listed))]
    Revoked {
        /// The certificate.
        certificate: Member,
        /// When, and why.
        listed: Listed,
        /// The list.
        list: Arc<KnownList>,
    },
    /// There is no list of its issuer.
    #[error(
        "whether {certificate} was revoked is not known: there is no list of its issuer \"{}\"",
        .certificate.certificate.issuer()
    )]
    ListMissing {
        /// The certificate.
        certificate: Member,
    },
    /// There is a list of its issuer, which is of no use.
    #[error("whether {certificate} was revoked is not known: {list} is not used, {fault}")]
    ListNotUsed {
        /// The certificate.
        certificate: Member,
        /// The list; of several the one that got furthest.
        list: Arc<KnownList>,
        /// Why it is of no use.
        fault: Box<ListFault>,
    },
    /// None of its names is admitted.
    #[error("{certificate} bears none of the names that are allowed here: {allowed}")]
    NotAllowed {
        /// The leaf.
        certificate: Member,
        /// The names that would be admitted.
        allowed: AllowedNames,
    },
}

impl Reason {
    /// The step that failed.
    #[must_use]
    pub fn step(&self) -> Step {
        self.rank().step()
    }

    /// Which part of the step failed.
    #[must_use]
    pub fn rank(&self) -> Rank {
        match self {
            Self::NothingTrusted
            | Self::TooMuchWork { .. }
            | Self::IssuerUnknown { .. }
            | Self::SelfIssuedNotTrusted { .. }
            | Self::TooManyIntermediates { .. } => Rank::Links,
            Self::SignatureWrong { .. } => Rank::Signatures,
            Self::NotAnAuthority { .. }
            | Self::MayNotSign { .. }
            | Self::PathTooLong { .. }
            | Self::UnknownCriticalExtension { .. }
            | Self::ExplicitPolicy { .. }
            | Self::NameConstraint(_) => Rank::Constraints,
            Self::WeakSignature { .. }
            | Self::UnknownSignature { .. }
            | Self::KeySize { .. }
            | Self::UnknownKey { .. } => Rank::Strength,
            Self::ExtendedUsage { .. } | Self::Usage { .. } => Rank::Usages,
            Self::NameMismatch(_) => Rank::Name,
            Self::NotYetValid { .. } | Self::Expired { .. } => Rank::Dates,
            Self::Revoked { .. } | Self::ListMissing { .. } | Self::ListNotUsed { .. } => {
                Rank::Revocation
            }
            Self::NotAllowed { .. } => Rank::AllowedNames,
        }
    }

    /// Whether a trusted CA bears the name of the one that has signed, and has another key: which of the two it has by now is not known.
    #[must_use]
    pub fn is_of_another_key(&self) -> bool {
        matches!(self, Self::SignatureWrong { issuer, .. } if issuer.place == Place::Anchor)
    }

    /// The certificate that is at fault; none if nobody is trusted or the search was given up.
    #[must_use]
    pub fn certificate(&self) -> Option<&Member> {
        match self {
            Self::NothingTrusted | Self::TooMuchWork { .. } => None,
            Self::IssuerUnknown { certificate }
            | Self::SelfIssuedNotTrusted { certificate }
            | Self::TooManyIntermediates { certificate, .. }
            | Self::SignatureWrong { certificate, .. }
            | Self::NotAnAuthority { certificate }
            | Self::MayNotSign { certificate }
            | Self::PathTooLong { certificate, .. }
            | Self::UnknownCriticalExtension { certificate, .. }
            | Self::ExplicitPolicy { certificate, .. }
            | Self::WeakSignature { certificate, .. }
            | Self::UnknownSignature { certificate, .. }
            | Self::KeySize { certificate, .. }
            | Self::UnknownKey { certificate, .. }
            | Self::ExtendedUsage { certificate, .. }
            | Self::Usage { certificate, .. }
            | Self::NotYetValid { certificate, .. }
            | Self::Expired { certificate, .. }
            | Self::Revoked { certificate, .. }
            | Self::ListMissing { certificate }
            | Self::ListNotUsed { certificate, .. }
            | Self::NotAllowed { certificate, .. } => Some(certificate),
            Self::NameConstraint(breach) => Some(&breach.certificate),
            Self::NameMismatch(mismatch) => Some(&mismatch.certificate),
        }
    }
}

impl Rank {
    /// The step that this is part of.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::Links | Self::Signatures | Self::Constraints | Self::Strength | Self::Usages => {
                Step::Path
            }
            Self::Name => Step::Name,
            Self::Dates => Step::Dates,
            Self::Revocation => Step::Revocation,
            Self::AllowedNames => Step::AllowedNames,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protocol => "protocol",
            Self::Path => "path",
            Self::Name => "name",
            Self::Dates => "dates",
            Self::Revocation => "revocation",
            Self::AllowedNames => "allowed names",
        })
    }
}

impl fmt::Display for Intermediates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Others => "intermediates",
            Self::SelfIssued => "self-issued intermediates",
        })
    }
}

impl fmt::Display for WorkLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuers => write!(f, "{MAX_ISSUERS_TRIED} possible issuers"),
            Self::NameComparisons => {
                write!(
                    f,
                    "{MAX_NAME_COMPARISONS} comparisons with name constraints"
                )
            }
        }
    }
}

/// The reason of a revocation, behind its date.
fn why(listed: &Listed) -> String {
    let reason = listed.reason;
    reason.map_or_else(String::new, |reason| format!(" ({reason})"))
}

/// Names one behind the other, or the word for none.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}
