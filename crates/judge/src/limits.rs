//! What one judgement may cost, whatever a peer sends.
//!
//! Every number has its source here. Invariant: the search takes a step only after `Budget`
//! granted it.

use crate::reason::WorkLimit;

/// Possible issuers tried in one judgement; each may cost the verification of a signature.
///
/// Source: the limit that Go set for CVE-2018-16875, which others took over.
pub const MAX_ISSUERS_TRIED: u32 = 100;

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

/// The smallest RSA key with which a weak signature is verified, if somebody accepts that.
///
/// Source: AWS-LC has no verification for smaller keys; 1024 bits were usual until 2013 (NIST SP
/// 800-131A).
pub const MIN_WEAK_RSA_BITS: u32 = 1024;

/// The largest RSA key; verifying with a larger one would cost a peer nothing and us much.
///
/// Source: the range of the verification algorithms of AWS-LC.
pub const MAX_RSA_BITS: u32 = 8192;

/// What is left of the work that one judgement may cause.
pub(crate) struct Budget {
    issuers: u32,
    name_comparisons: u32,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self {
            issuers: MAX_ISSUERS_TRIED,
            name_comparisons: MAX_NAME_COMPARISONS,
        }
    }

    pub(crate) fn spend_issuer(&mut self) -> Result<(), WorkLimit> {
        spend(&mut self.issuers, 1, WorkLimit::Issuers)
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
        for _ in 0..MAX_ISSUERS_TRIED {
            assert_eq!(budget.spend_issuer(), Ok(()));
        }
        assert_eq!(budget.spend_issuer(), Err(WorkLimit::Issuers));
        assert_eq!(
            budget.spend_name_comparisons(usize::MAX),
            Err(WorkLimit::NameComparisons)
        );
        assert_eq!(budget.spend_name_comparisons(250_000), Ok(()));
    }
}
