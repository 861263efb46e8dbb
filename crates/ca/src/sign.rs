//! Signing: the one place where the key of an authority is used on a certificate.

use trustpack_judge::signature::{SignatureError, danger_verify_certificate};
use trustpack_keystore::private_key::{PrivateKey, SignError};
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::{Certificate, InvalidCertificate};
use trustpack_x509::public_key::{PublicKey, PublicKeyAlgorithm};
use trustpack_x509::tbs::{EncodeError, join};

use crate::gate::Gated;

/// A certificate that passed the gate could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// It cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The key did not sign.
    #[error("the CA key did not sign")]
    Key(#[from] SignError),
    /// The result cannot be read again.
    #[error("the certificate that was made cannot be read again")]
    Unreadable(#[from] InvalidCertificate),
    /// The signature that was made is wrong.
    #[error("the signature that was made does not verify")]
    Unverified(#[from] SignatureError),
}

/// Signs, reads the result again, and verifies its signature with the public half of the key.
pub(crate) fn sign(
    gated: &Gated,
    key: &PrivateKey,
    digest: Option<Digest>,
) -> Result<Certificate, SigningError> {
    let tbs = gated.tbs().to_der()?;
    let signature = key.sign(digest, &tbs)?;
    let algorithm = &gated.tbs().signature_algorithm;
    let_out(&tbs, algorithm, &signature, key.public_key())
}

/// The digest that was asked for, if the key signs over one that can be chosen; Ed25519 has its own
/// inside (RFC 8032 section 5.1). Without one a key signs over the digest of its own strength.
pub(crate) fn usable_digest(asked: Option<Digest>, key: &PrivateKey) -> Option<Digest> {
    asked.filter(|_| *key.public_key().algorithm() != PublicKeyAlgorithm::Ed25519)
}

/// The certificate of these parts, if its signature is right.
///
/// A fault while signing with RSA can give the key away; so nothing wrong may leave.
fn let_out(
    tbs: &[u8],
    algorithm: &SignatureAlgorithm,
    signature: &[u8],
    public_key: &PublicKey,
) -> Result<Certificate, SigningError> {
    let certificate = Certificate::from_der(&join(tbs, algorithm, signature)?)?;
    // SHA-1, where it was asked for: the signature is our own, of this moment.
    danger_verify_certificate(&certificate, public_key)?;
    Ok(certificate)
}

#[cfg(test)]
mod tests {
    use trustpack_x509::serial::Serial;

    use super::*;
    use crate::issue::create_authority;
    use crate::request::CaRequest;

    /// RSA with 2048 bits, for tests only.
    const RSA_KEY: &[u8] = include_bytes!("../../keystore/tests/fixtures/rsa_pkcs8.der");

    #[test]
    fn a_spoilt_signature_is_not_let_out() {
        let key = PrivateKey::from_pkcs8(RSA_KEY).expect("a key");
        let request = CaRequest::new("Example CA").expect("a request");
        let now = "2026-11-21T08:00:00Z".parse().expect("a time");
        let made = create_authority(&request, key, Serial::from_random([1; 16]), now);
        let authority = made.expect("an authority").authority;
        let certificate = authority.certificate();
        let key = authority.key().public_key();
        let answer = |signature: &[u8]| {
            let algorithm = certificate.signature_algorithm();
            let_out(certificate.tbs_der(), algorithm, signature, key)
        };
        assert_eq!(answer(certificate.signature()).as_ref(), Ok(certificate));
        let mut spoilt = certificate.signature().to_vec();
        *spoilt.last_mut().expect("an octet") ^= 1;
        assert_eq!(
            answer(&spoilt),
            Err(SigningError::Unverified(SignatureError::Wrong))
        );
    }
}
