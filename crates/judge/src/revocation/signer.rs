//! Whose key may speak for the issuer of a list: who may sign lists, with a key that still protects.
//!
//! Not who is trusted: the step "revocation" asks that of the certificates that it finds, and whoever
//! calls [`find`] names the certificates that count. Invariant: nobody speaks for an issuer with a key
//! that the judge would not accept in a path.

use trustpack_x509::certificate::Certificate;
use trustpack_x509::extension::KeyUse;
use trustpack_x509::name::Name;

use super::fault::ListFault;
use super::list::KnownList;
use crate::folded_name;
use crate::strength::Strength;

/// None of the certificates that were named speaks for the issuer of a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSigner {
    /// They are all of others.
    #[error("its issuer is \"{issuer}\", of whom no certificate is given")]
    NotNamed {
        /// Who issued it, as the list says.
        issuer: Name,
    },
    /// They hold other keys.
    #[error("its signature matches no key of the certificates that are given")]
    OtherKey,
    /// The key is there, and may not speak.
    #[error("{0}")]
    Refused(ListFault),
}

/// The certificate among `given` whose owner signed the list and may do so.
///
/// All of `given` are trusted to be the issuer's if they bear its name. Weak keys are refused: nobody
/// has accepted them.
///
/// # Errors
///
/// [`NoSigner`] says how far it got.
pub fn find<'c>(list: &KnownList, given: &'c [Certificate]) -> Result<&'c Certificate, NoSigner> {
    let issuer = &list.head().issuer;
    let mut refusal = NoSigner::NotNamed {
        issuer: issuer.clone(),
    };
    for signer in given {
        if !folded_name::same(signer.subject(), issuer) {
            continue;
        }
        if !list.is_signed_by(signer.public_key()) {
            if let NoSigner::NotNamed { .. } = refusal {
                refusal = NoSigner::OtherKey;
            }
            continue;
        }
        match check(signer, Strength::Full) {
            Ok(()) => return Ok(signer),
            Err(fault) => refusal = NoSigner::Refused(fault),
        }
    }
    Err(refusal)
}

/// Whether the owner of a certificate may speak for its subject in a list that its key signed.
pub(super) fn check(signer: &Certificate, strength: Strength) -> Result<(), ListFault> {
    check_usage(signer)?;
    let key = strength.check_key(signer.public_key());
    key.map_err(|weakness| ListFault::WeakSigner {
        signer: signer.serial().clone(),
        weakness,
    })
}

/// As [`check`], for a certificate whose key is held to strength elsewhere: one of the path.
///
/// Source: RFC 5280 section 6.3.3 (f): a key usage, if there is one, must allow it.
pub(super) fn check_usage(signer: &Certificate) -> Result<(), ListFault> {
    let usage = signer.extensions().key_usage;
    if usage.is_none_or(|usage| usage.allows(KeyUse::CrlSign)) {
        return Ok(());
    }
    Err(ListFault::MayNotSign {
        signer: signer.serial().clone(),
    })
}
