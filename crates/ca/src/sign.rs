//! Signing: the one place where a private key is used on what leaves this crate.
//!
//! Whether it may be signed is asked before: of a certificate by [`crate::gate`]. Invariant: whatever was
//! signed here was read again, and its signature was verified with the public half of the key.

use trustpack_judge::signature::{SignatureError, danger_verify};
use trustpack_keystore::private_key::{PrivateKey, SignError};
use trustpack_x509::algorithm::SignatureAlgorithm;
use trustpack_x509::certificate::{Certificate, InvalidCertificate};
use trustpack_x509::crl::build::BuildListError;
use trustpack_x509::crl::{self, InvalidRevocationList, RevocationList};
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::request::{CertificationRequest, InvalidRequest};
use trustpack_x509::tbs::{EncodeError, join};

/// Something could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// It cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// It cannot be written as a list.
    #[error(transparent)]
    EncodeList(#[from] BuildListError),
    /// The key did not sign.
    #[error("the private key did not sign")]
    Key(#[from] SignError),
    /// The certificate that was made is none.
    #[error("the certificate that was made cannot be read again")]
    Certificate(#[from] InvalidCertificate),
    /// The request that was made is none.
    #[error("the request that was made cannot be read again")]
    Request(#[from] InvalidRequest),
    /// The list that was made is none.
    #[error("the revocation list that was made cannot be read again")]
    List(#[from] InvalidRevocationList),
    /// The signature that was made is wrong.
    #[error("the signature that was made does not verify")]
    Unverified(#[from] SignatureError),
}

/// What is signed here: certificates, requests and revocation lists.
pub(crate) trait Signed: Sized {
    /// Joins the octets that were signed and the signature, and reads them.
    fn from_parts(
        signed: Vec<u8>,
        algorithm: &SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<Self, SigningError>;

    /// The octets that are signed, how, and the signature.
    fn parts(&self) -> (&[u8], &SignatureAlgorithm, &[u8]);
}

/// Signs octets with a key, reads the result again, and verifies its signature with the public half.
pub(crate) fn signed<T: Signed>(
    key: &PrivateKey,
    algorithm: &SignatureAlgorithm,
    octets: Vec<u8>,
) -> Result<T, SigningError> {
    let signature = key.sign(algorithm, &octets)?;
    let_out(octets, algorithm, &signature, key.public_key())
}

/// What these parts make, if the signature is right.
///
/// A fault while signing with RSA can give the key away; so nothing wrong may leave.
fn let_out<T: Signed>(
    octets: Vec<u8>,
    algorithm: &SignatureAlgorithm,
    signature: &[u8],
    public_key: &PublicKey,
) -> Result<T, SigningError> {
    let made = T::from_parts(octets, algorithm, signature)?;
    let (octets, algorithm, signature) = made.parts();
    // SHA-1, where it was asked for: the signature is our own, of this moment.
    danger_verify(public_key, algorithm, octets, signature)?;
    Ok(made)
}

impl Signed for Certificate {
    fn from_parts(
        signed: Vec<u8>,
        algorithm: &SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<Self, SigningError> {
        Ok(Self::from_der(&join(&signed, algorithm, signature)?)?)
    }

    fn parts(&self) -> (&[u8], &SignatureAlgorithm, &[u8]) {
        (self.tbs_der(), self.signature_algorithm(), self.signature())
    }
}

impl Signed for CertificationRequest {
    fn from_parts(
        signed: Vec<u8>,
        algorithm: &SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<Self, SigningError> {
        Ok(Self::from_der(&join(&signed, algorithm, signature)?)?)
    }

    fn parts(&self) -> (&[u8], &SignatureAlgorithm, &[u8]) {
        (
            self.info_der(),
            self.signature_algorithm(),
            self.signature(),
        )
    }
}

impl Signed for RevocationList {
    /// A list can be large, and is joined in place.
    fn from_parts(
        signed: Vec<u8>,
        algorithm: &SignatureAlgorithm,
        signature: &[u8],
    ) -> Result<Self, SigningError> {
        let der = crl::build::join(signed, algorithm, signature)?;
        Ok(Self::from_der(der)?)
    }

    fn parts(&self) -> (&[u8], &SignatureAlgorithm, &[u8]) {
        (self.tbs_der(), self.signature_algorithm(), self.signature())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use trustpack_x509::crl::number::CrlNumber;
    use trustpack_x509::serial::Serial;

    use super::*;
    use crate::authority::Authority;
    use crate::issue::create_authority;
    use crate::request::{CaRequest, HostRequest};
    use crate::{own_request, revocation_list};

    /// RSA with 2048 bits, for tests only.
    const RSA_KEY: &[u8] = include_bytes!("../../keystore/tests/fixtures/rsa_pkcs8.der");
    const NOW: &str = "2026-11-21T08:00:00Z";

    fn authority() -> Authority {
        let key = PrivateKey::from_pkcs8(RSA_KEY).expect("a key");
        let request = CaRequest::new("Example CA").expect("a request");
        let now = NOW.parse().expect("a time");
        let made = create_authority(&request, key, Serial::from_random([1; 16]), now);
        made.expect("an authority").authority
    }

    /// What is good leaves, and what is not does not.
    #[track_caller]
    fn check<T: Signed>(good: &T, public_key: &PublicKey) {
        let (octets, algorithm, signature) = good.parts();
        let answer = |signature: &[u8]| {
            let made = let_out::<T>(octets.to_vec(), algorithm, signature, public_key);
            made.map(|_| ())
        };
        assert_eq!(answer(signature), Ok(()));
        let mut spoilt = signature.to_vec();
        *spoilt.last_mut().expect("an octet") ^= 1;
        let wrong = SigningError::Unverified(SignatureError::Wrong);
        assert_eq!(answer(&spoilt), Err(wrong));
    }

    #[test]
    fn a_spoilt_signature_is_not_let_out() {
        let authority = authority();
        let key = authority.key();
        check(authority.certificate(), key.public_key());
        let host = HostRequest::new("a.example.com".parse().expect("a name"));
        let request = own_request::make(&host, key).expect("a request").request;
        check(&request, key.public_key());
        let now: trustpack_x509::time::Timestamp = NOW.parse().expect("a time");
        let wanted = revocation_list::ListRequest {
            number: CrlNumber::from_u64(7),
            this_update: now,
            next_update: now.saturating_add(Duration::from_secs(60)),
            digest: None,
        };
        let list = revocation_list::sign(&authority, &wanted, []).expect("a list");
        check(&list.list, key.public_key());
    }

    #[test]
    fn an_algorithm_of_another_key_signs_nothing() {
        let authority = authority();
        let tbs = authority.certificate().tbs_der().to_vec();
        let made = signed::<Certificate>(authority.key(), &SignatureAlgorithm::Ed25519, tbs);
        assert!(
            matches!(made, Err(SigningError::Key(SignError::Algorithm { .. }))),
            "{made:?}"
        );
    }
}
