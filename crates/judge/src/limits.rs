//! What one judgement may cost, whatever a peer sends.
//!
//! Every number has its source here. Invariant: the search takes a step only after [`Budget`]
//! granted it.

use crate::reason::WorkLimit;

/// Signatures verified in one judgement.
///
/// Source: the limit that Go set for CVE-2018-16875, which others took over.
pub const MAX_SIGNATURE_CHECKS: u32 = 100;

/// Candidates looked at as the issuer of some certificate, whether or not a signature was verified.
///
/// Source: ours; twenty for each signature that may be verified, while mozilla::pkix allows 200 000
/// for the public web with its cross-certified roots.
pub const MAX_CANDIDATES: u32 = 2_000;

/// Comparisons of a name with a name constraint.
///
/// Source: `MaxConstraintComparisions` of Go's `crypto/x509`, whose default webpki took over too.
pub const MAX_NAME_COMPARISONS: u32 = 250_000;

/// Intermediates between a certificate and its anchor.
///
/// Source: `MBEDTLS_X509_MAX_INTERMEDIATE_CA` of mbed TLS. Private hierarchies have one or two.
pub const MAX_INTERMEDIATES: usize = 8;

/// Self-issued intermediates in one path, beside the others: a CA that changed its key certifies the
/// new one with the old one, and path length does not count that (RFC 5280 section 4.2.1.9).
///
/// Source: ours; the same number as of the others.
pub const MAX_SELF_ISSUED: usize = MAX_INTERMEDIATES;

/// The smallest RSA key.
///
/// Source: NIST SP 800-131A revision 2, table 2; also what CAs must ask for.
pub const MIN_RSA_BITS: u32 = 2048;

/// The largest RSA key; verifying with a larger one would cost a peer nothing and us much.
///
/// Source: the range of the verification algorithms of AWS-LC.
pub const MAX_RSA_BITS: u32 = 8192;

/// What is left of the work that one judgement may cause.
pub(crate) struct Budget {
    signature_checks: u32,
    candidates: u32,
    name_comparisons: u32,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self {
            signature_checks: MAX_SIGNATURE_CHECKS,
            candidates: MAX_CANDIDATES,
            name_comparisons: MAX_NAME_COMPARISONS,
        }
    }

    pub(crate) fn spend_signature_check(&mut self) -> Result<(), WorkLimit> {
        spend(&mut self.signature_checks, 1, WorkLimit::SignatureChecks)
    }

    pub(crate) fn spend_candidate(&mut self) -> Result<(), WorkLimit> {
        spend(&mut self.candidates, 1, WorkLimit::Candidates)
    }

    /// Takes all comparisons of a list of names with a list of constraints at once.
    pub(crate) fn spend_name_comparisons(&mut self, count: usize) -> Result<(), WorkLimit> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        spend(
            &mut self.name_comparisons,
            count,
            WorkLimit::NameComparisons,
        )
    }
}

fn spend(left: &mut u32, count: u32, limit: WorkLimit) -> Result<(), WorkLimit> {
    *left = left.checked_sub(count).ok_or(limit)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone() {
        let mut budget = Budget::new();
        for _ in 0..MAX_SIGNATURE_CHECKS {
            assert_eq!(budget.spend_signature_check(), Ok(()));
        }
        assert_eq!(
            budget.spend_signature_check(),
            Err(WorkLimit::SignatureChecks)
        );
        assert_eq!(budget.spend_candidate(), Ok(()));
        assert_eq!(
            budget.spend_name_comparisons(usize::MAX),
            Err(WorkLimit::NameComparisons)
        );
        assert_eq!(budget.spend_name_comparisons(250_000), Ok(()));
    }
}
