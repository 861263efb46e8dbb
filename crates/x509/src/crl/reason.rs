//! Why a certificate was revoked.
//!
//! Invariant: the names are those of the ledger of `openssl ca`, and of RFC 5280 but for the case of
//! two letters.

use std::fmt;
use std::str::FromStr;

use crate::shown::shown;

/// Why a certificate was revoked.
///
/// Source: RFC 5280 section 5.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevocationReason {
    /// No reason is given. A list does not write it: it leaves the reason out.
    Unspecified,
    /// The private key of the certificate may be in other hands.
    KeyCompromise,
    /// The private key of an authority may be in other hands.
    CaCompromise,
    /// The owner's name or other facts changed.
    AffiliationChanged,
    /// Another certificate takes its place.
    Superseded,
    /// It is not needed any more.
    CessationOfOperation,
    /// It is out of use for a time; the only reason that can be lifted.
    CertificateHold,
    /// It is on the list no longer. Stands in delta lists only.
    RemoveFromCrl,
    /// A right that it states was withdrawn.
    PrivilegeWithdrawn,
    /// The private key of an attribute authority may be in other hands.
    AaCompromise,
}

/// A text names no reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no reason for a revocation; allowed are {}", names())]
pub struct UnknownReason {
    found: String,
}

impl RevocationReason {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The name in the ledger of `openssl ca`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "CACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "AACompromise",
        }
    }

    /// The code in a list.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason of a code; 7 and what is above 10 are none.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Unspecified,
            1 => Self::KeyCompromise,
            2 => Self::CaCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            8 => Self::RemoveFromCrl,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AaCompromise,
            _unused => return None,
        })
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RevocationReason {
    type Err = UnknownReason;

    /// Reads a name in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownReason {
                found: shown(text, 40),
            })
    }
}

/// Those with which something can be revoked.
fn names() -> String {
    let reasons = RevocationReason::ALL.into_iter();
    let reasons = reasons.filter(|&reason| reason != RevocationReason::RemoveFromCrl);
    reasons
        .map(RevocationReason::name)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_lead_back() {
        for reason in RevocationReason::ALL {
            assert_eq!(RevocationReason::from_code(reason.code()), Some(reason));
            assert_eq!(reason.name().parse(), Ok(reason));
            assert_eq!(reason.name().to_uppercase().parse(), Ok(reason));
        }
        assert_eq!(RevocationReason::from_code(7), None);
        assert_eq!(RevocationReason::from_code(11), None);
        let refused = "boredom".parse::<RevocationReason>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "\"boredom\" is no reason for a revocation; allowed are unspecified, keyCompromise, \
             CACompromise, affiliationChanged, superseded, cessationOfOperation, certificateHold, \
             privilegeWithdrawn, AACompromise"
        );
    }
}
