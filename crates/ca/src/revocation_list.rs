//! Signing a revocation list: a pure function of the authority, its entries, number and times.
//!
//! Which certificates are on it is the caller's to say. Invariant: who signs a list may do so, and
//! the list says for how long it holds.

use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::crl::RevocationList;
use trustpack_x509::crl::build::{BuildListError, CrlToBeSigned, NewEntry};
use trustpack_x509::crl::number::CrlNumber;
use trustpack_x509::extension::KeyUse;
use trustpack_x509::time::Timestamp;

use crate::authority::Authority;
use crate::sign::{SigningError, signed};
use crate::warning::Warning;

/// Everything about a list but its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// Its number.
    pub number: CrlNumber,
    /// When it is made.
    pub this_update: Timestamp,
    /// When the next one comes at the latest.
    pub next_update: Timestamp,
    /// What is signed over; none for what is usual for the key.
    pub digest: Option<Digest>,
}

/// A list that was signed.
#[derive(Clone, Debug)]
pub struct SignedList {
    /// The list.
    pub list: RevocationList,
    /// What its asker should know.
    pub warnings: Vec<Warning>,
}

/// No list was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// The key is not for lists (RFC 5280 section 4.2.1.3).
    #[error("the CA {subject} may not sign revocation lists: its keyUsage lacks cRLSign")]
    MayNotSign {
        /// The authority.
        subject: String,
    },
    /// The list would have ended before it begins.
    #[error("the next list would be due on {next_update}, not after this one, {this_update}")]
    Times {
        /// When it is made.
        this_update: Timestamp,
        /// When the next one was to come.
        next_update: Timestamp,
    },
    /// It cannot be written.
    #[error(transparent)]
    Build(#[from] BuildListError),
    /// It could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// Signs a list with these entries, in this order.
///
/// The entries are taken one after the other, and only the list itself is kept of them.
///
/// # Errors
///
/// [`ListError`] when the authority may not sign lists, or what is asked for is no list.
///
/// Source: RFC 5280 section 5.
pub fn sign(
    authority: &Authority,
    request: &ListRequest,
    entries: impl IntoIterator<Item = NewEntry>,
) -> Result<SignedList, ListError> {
    let certificate = authority.certificate();
    let usage = certificate.extensions().key_usage;
    if !usage.is_none_or(|usage| usage.allows(KeyUse::CrlSign)) {
        let subject = certificate.subject().to_string();
        return Err(ListError::MayNotSign { subject });
    }
    if request.next_update <= request.this_update {
        return Err(ListError::Times {
            this_update: request.this_update,
            next_update: request.next_update,
        });
    }
    let key = authority.key();
    let signature_algorithm = key.signature_algorithm(request.digest);
    let tbs = CrlToBeSigned {
        issuer: certificate.subject().clone(),
        signature_algorithm: signature_algorithm.clone(),
        this_update: request.this_update,
        next_update: request.next_update,
        number: request.number.clone(),
        authority_key_id: Some(authority.key_id()),
    };
    let list = signed(key, &signature_algorithm, tbs.to_der(entries)?)?;
    Ok(SignedList {
        list,
        warnings: warnings(request, &signature_algorithm),
    })
}

fn warnings(request: &ListRequest, algorithm: &SignatureAlgorithm) -> Vec<Warning> {
    match (algorithm.digest(), request.digest) {
        (Some(Digest::Sha1), _) => vec![Warning::Sha1],
        (None, Some(asked)) => vec![Warning::DigestNotUsed { asked }],
        (Some(_), _) | (None, None) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use trustpack_keystore::private_key::PrivateKey;
    use trustpack_keystore::private_key::spec::KeySpec;
    use trustpack_x509::crl::reason::RevocationReason;
    use trustpack_x509::serial::Serial;

    use super::*;
    use crate::issue::create_authority;
    use crate::request::CaRequest;

    fn authority(spec: KeySpec) -> Authority {
        let key = PrivateKey::generate(spec).expect("a key");
        let request = CaRequest::new("Example CA").expect("a request");
        let request = request.with_key(spec);
        create_authority(&request, key, Serial::from_random([1; 16]), now())
            .expect("an authority")
            .authority
    }

    fn now() -> Timestamp {
        "2026-11-21T08:00:00Z".parse().expect("a time")
    }

    fn request() -> ListRequest {
        ListRequest {
            number: CrlNumber::from_u64(7),
            this_update: now(),
            next_update: now().saturating_add(Duration::from_secs(60)),
            digest: None,
        }
    }

    #[test]
    fn a_list_says_what_was_asked() {
        let authority = authority(KeySpec::EcP256);
        let entry = |serial| NewEntry {
            serial: Serial::from_u64(serial).expect("a serial"),
            revoked: now(),
            reason: RevocationReason::Superseded,
            invalid_since: None,
        };
        let signed = sign(&authority, &request(), [entry(3), entry(1)]).expect("a list");
        let list = signed.list;
        assert_eq!(list.issuer(), authority.certificate().subject());
        assert_eq!(list.number(), Some(&CrlNumber::from_u64(7)));
        assert_eq!(list.authority_key_id(), Some(authority.key_id().as_slice()));
        let serials: Vec<_> = list
            .entries()
            .map(|e| e.expect("an entry").serial().to_hex())
            .collect();
        assert_eq!(serials, ["03", "01"]);
        assert_eq!(signed.warnings, []);
    }

    #[test]
    fn a_list_without_time_is_refused() {
        let authority = authority(KeySpec::EcP256);
        let mut wrong = request();
        wrong.next_update = wrong.this_update;
        let got = sign(&authority, &wrong, []);
        assert!(matches!(got, Err(ListError::Times { .. })), "{got:?}");
    }
}
