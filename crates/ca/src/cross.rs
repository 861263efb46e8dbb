//! Cross certificates between two keys of one authority: each signed by the other key.
//!
//! With them a peer that trusts one key alone accepts what the other signed. Invariant: both have the
//! subject of the authority as subject and issuer, and end before either certificate of it does.

use trustpack_x509::certificate::Certificate;
use trustpack_x509::serial::Serial;
use trustpack_x509::tbs::ToBeSigned;
use trustpack_x509::time::Timestamp;
use trustpack_x509::validity::Validity;

use crate::authority::Authority;
use crate::gate::Gated;
use crate::issue::IssueError;
use crate::profile::BACKDATE;
use crate::renewal::{RenewError, repeated};

/// The key of `subject`, certified by `signer`, which is the same authority with another key.
///
/// # Errors
///
/// [`RenewError`]: one of them has ended, or the gate refuses. Nothing was signed.
///
/// Source: RFC 5280 section 3.2; RFC 4210 section 4.4 has the two directions for a new key of a root.
pub fn cross_sign(
    signer: &Authority,
    subject: &Certificate,
    serial: Serial,
    now: Timestamp,
) -> Result<Certificate, RenewError> {
    let own = signer.certificate();
    let not_after = own.validity().not_after.min(subject.validity().not_after);
    if not_after < now {
        return Err(RenewError::Issue(IssueError::AuthorityExpired {
            subject: own.subject().to_string(),
            not_after,
        }));
    }
    let begins = own.validity().not_before.max(subject.validity().not_before);
    let key_id = signer.key_id();
    let tbs = ToBeSigned {
        serial,
        signature_algorithm: signer.key().signature_algorithm(None),
        issuer: own.subject().clone(),
        validity: Validity {
            not_before: now.saturating_sub(BACKDATE).max(begins),
            not_after,
        },
        authority_key_id: Some(key_id),
        ..repeated(subject, subject.public_key())?
    };
    let gated = Gated::cross(tbs, signer).map_err(IssueError::from)?;
    Ok(gated.sign().map_err(IssueError::from)?)
}
