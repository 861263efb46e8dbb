//! What a change is for, and which files of a CA directory a change of that kind may touch.
//!
//! Invariant: a kind touches no more than it has to, so that a plan that says it is a CRL never reaches a
//! key.

use std::fmt;

use crate::change_target::Target;
use crate::retired::names::RetiredFile;

/// What a change is for. It says which files it may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Certificates are issued. Its commit point is the ledger.
    Issue,
    /// Certificates are revoked, put on hold or taken off it; perhaps with a new CRL.
    Revoke,
    /// A CRL is made.
    Crl,
    /// Another authority is certified. Its copy may be put there, and what follows it when it is sent.
    Certify,
    /// The CA gets a new certificate for its key, or one of another authority.
    Renew,
    /// The CA gets a new key.
    Rekey,
    /// What is out of step is mended.
    Repair,
}

impl ChangeKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 7] = [
        Self::Issue,
        Self::Revoke,
        Self::Crl,
        Self::Certify,
        Self::Renew,
        Self::Rekey,
        Self::Repair,
    ];

    /// The word for it in a plan.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Revoke => "revoke",
            Self::Crl => "crl",
            Self::Certify => "certify",
            Self::Renew => "renew",
            Self::Rekey => "rekey",
            Self::Repair => "repair",
        }
    }

    /// Whether a change of this kind may replace or remove this file.
    pub(crate) fn may_touch(self, target: &Target) -> bool {
        use RetiredFile as Old;
        match self {
            Self::Issue => false,
            Self::Revoke => match target {
                Target::Ledger | Target::Crl | Target::Retired(_, Old::Crl | Old::CrlNumber) => {
                    true
                }
                Target::Certificate
                | Target::TrustStore
                | Target::PrivateKey
                | Target::Chain
                | Target::Serial
                | Target::CrlNumber
                | Target::Config
                | Target::LedgerAttributes
                | Target::LedgerCopy(_)
                | Target::HostCertificate(..)
                | Target::Renewed(_)
                | Target::Mended(..)
                | Target::Retired(..) => false,
            },
            Self::Crl => matches!(
                target,
                Target::Crl | Target::Retired(_, Old::Crl | Old::CrlNumber)
            ),
            Self::Certify => {
                matches!(target, Target::LedgerCopy(_) | Target::HostCertificate(..))
            }
            Self::Renew => !matches!(target, Target::PrivateKey | Target::Mended(..)),
            Self::Rekey => !matches!(target, Target::Mended(..)),
            Self::Repair => !matches!(target, Target::PrivateKey),
        }
    }
}

impl fmt::Display for ChangeKind {
    /// What was going on, for people: "making a CRL".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issue => "issuing certificates",
            Self::Revoke => "revoking certificates",
            Self::Crl => "making a CRL",
            Self::Certify => "certifying another CA",
            Self::Renew => "renewing the CA",
            Self::Rekey => "giving the CA a new key",
            Self::Repair => "mending the folder",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_touches_what_its_kind_has() {
        let may = |kind: ChangeKind, target: &str| kind.may_touch(&target.parse().unwrap());
        assert!(may(ChangeKind::Revoke, "ca.db") && may(ChangeKind::Crl, "crl.pem"));
        for kind in [ChangeKind::Issue, ChangeKind::Revoke, ChangeKind::Crl] {
            for target in [
                "ca_priv_key.pem",
                "ca_cert.pem",
                "retired/AB/ca_priv_key.pem",
            ] {
                assert!(!may(kind, target), "{kind} {target}");
            }
        }
        assert!(!may(ChangeKind::Renew, "ca_priv_key.pem") && !may(ChangeKind::Crl, "ca.db"));
        assert!(may(ChangeKind::Rekey, "ca_priv_key.pem"));
    }
}
