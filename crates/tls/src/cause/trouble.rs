//! What can be wrong with a certificate, by what has to be done about it.
//!
//! Made of a reason of the judge. Invariant: whose certificate it is about comes from the reason itself.

use trustpack_judge::member::Place;
use trustpack_judge::reason::Reason;

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Whoever judges trusts no CA at all.
    NothingTrusted,
    /// No path leads to a trusted CA.
    NotTrusted,
    /// It has more intermediates above it than are followed.
    TooManyIntermediates,
    /// It was signed with another key than that of the trusted CA of that name.
    OtherKey,
    /// A CA of the path may not do what it did, or the certificate may not be what it is.
    NotAllowedByCa,
    /// Digest or key are too weak, or not known.
    Weak,
    /// It is not for this use.
    Usage,
    /// It is for another name.
    Name,
    /// Its time has not come.
    NotYetValid,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
    /// There is no list of its issuer.
    NoList,
    /// The list of its issuer is of no use.
    ListUnusable,
    /// It bears no name that is allowed.
    NotAllowed,
}

/// Whose certificate it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// One that was presented.
    Presented,
    /// One that whoever judges trusts.
    Trusted,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::NothingTrusted,
        Self::NotTrusted,
        Self::TooManyIntermediates,
        Self::OtherKey,
        Self::NotAllowedByCa,
        Self::Weak,
        Self::Usage,
        Self::Name,
        Self::NotYetValid,
        Self::Expired,
        Self::Revoked,
        Self::NoList,
        Self::ListUnusable,
        Self::NotAllowed,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NothingTrusted => "nothing-trusted",
            Self::NotTrusted => "not-trusted",
            Self::TooManyIntermediates => "too-many-intermediates",
            Self::OtherKey => "other-key",
            Self::NotAllowedByCa => "not-allowed-by-ca",
            Self::Weak => "weak",
            Self::Usage => "usage",
            Self::Name => "name",
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::NoList => "no-list",
            Self::ListUnusable => "list-unusable",
            Self::NotAllowed => "not-allowed",
        }
    }

    /// What a reason of the judge means.
    #[must_use]
    pub fn of_reason(reason: &Reason) -> (Self, Whose) {
        let trouble = match reason {
            Reason::NothingTrusted => Self::NothingTrusted,
            Reason::TooMuchWork { .. }
            | Reason::IssuerUnknown { .. }
            | Reason::SelfIssuedNotTrusted { .. } => Self::NotTrusted,
            Reason::TooManyIntermediates { .. } => Self::TooManyIntermediates,
            reason if reason.is_of_another_key() => Self::OtherKey,
            Reason::SignatureWrong { .. }
            | Reason::NotAnAuthority { .. }
            | Reason::MayNotSign { .. }
            | Reason::PathTooLong { .. }
            | Reason::UnknownCriticalExtension { .. }
            | Reason::ExplicitPolicy { .. }
            | Reason::NameConstraint(_) => Self::NotAllowedByCa,
            Reason::WeakSignature { .. }
            | Reason::UnknownSignature { .. }
            | Reason::KeySize { .. }
            | Reason::UnknownKey { .. } => Self::Weak,
            Reason::ExtendedUsage { .. } | Reason::Usage { .. } => Self::Usage,
            Reason::NameMismatch(_) => Self::Name,
            Reason::NotYetValid { .. } => Self::NotYetValid,
            Reason::Expired { .. } => Self::Expired,
            Reason::Revoked { .. } => Self::Revoked,
            Reason::ListMissing { .. } => Self::NoList,
            Reason::ListNotUsed { .. } => Self::ListUnusable,
            Reason::NotAllowed { .. } => Self::NotAllowed,
        };
        let is_anchor = reason
            .certificate()
            .is_some_and(|member| member.place == Place::Anchor);
        let whose = if is_anchor {
            Whose::Trusted
        } else {
            Whose::Presented
        };
        (trouble, whose)
    }
}
