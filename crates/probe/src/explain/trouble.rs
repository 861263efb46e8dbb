//! What can be wrong with a certificate, by what has to be done about it.
//!
//! Made of a reason of the judge, or of its sentence in a log. Invariant: whose
//! certificate it is about comes from the reason itself.

use trustpack_judge::member::Place;
use trustpack_judge::reason::Reason;

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Whoever judges trusts no CA at all.
    NothingTrusted,
    /// No path leads to a trusted CA.
    NotTrusted,
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

/// How the sentences of the judge are told apart, in this order: words, and what they mean.
const WORDS: &[(&str, Trouble)] = &[
    ("no CA is trusted here", Trouble::NothingTrusted),
    ("neither trusted nor among", Trouble::NotTrusted),
    ("is not trusted here", Trouble::NotTrusted),
    ("no trusted CA follows", Trouble::NotTrusted),
    ("to a trusted CA was given up", Trouble::NotTrusted),
    ("was revoked on", Trouble::Revoked),
    ("there is no list of its issuer", Trouble::NoList),
    ("is not used,", Trouble::ListUnusable),
    (
        "none of the names that are allowed here",
        Trouble::NotAllowed,
    ),
    ("; the host is ", Trouble::Name),
    ("is valid only from", Trouble::NotYetValid),
    ("was valid until", Trouble::Expired),
    ("extended key usage of", Trouble::Usage),
    ("a TLS handshake needs digitalSignature", Trouble::Usage),
    ("is signed with", Trouble::Weak),
    ("has an RSA key of", Trouble::Weak),
    ("has a public key of", Trouble::Weak),
    ("does not match the key of", Trouble::NotAllowedByCa),
    ("issued another", Trouble::NotAllowedByCa),
    ("path length allows", Trouble::NotAllowedByCa),
    ("critical extensions", Trouble::NotAllowedByCa),
    ("explicit certificate policy", Trouble::NotAllowedByCa),
    ("name constraint", Trouble::NotAllowedByCa),
];

impl Trouble {
    /// What a reason of the judge means.
    #[must_use]
    pub fn of_reason(reason: &Reason) -> (Self, Whose) {
        let trouble = match reason {
            Reason::NothingTrusted => Self::NothingTrusted,
            Reason::TooMuchWork { .. }
            | Reason::IssuerUnknown { .. }
            | Reason::SelfIssuedNotTrusted { .. }
            | Reason::TooManyIntermediates { .. } => Self::NotTrusted,
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

    /// What a sentence of the judge means.
    #[must_use]
    pub fn of_sentence(sentence: &str) -> Option<(Self, Whose)> {
        let (_, trouble) = WORDS.iter().find(|(words, _)| sentence.contains(words))?;
        let whose = if sentence.starts_with("the trusted certificate") {
            Whose::Trusted
        } else {
            Whose::Presented
        };
        Some((*trouble, whose))
    }
}
