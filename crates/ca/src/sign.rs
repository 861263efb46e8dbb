//! Signing: the one place where the key of an authority is used on a certificate.

use trustpack_judge::signature::{SignatureError, verify_certificate};
use trustpack_keystore::private_key::{PrivateKey, SignError};
use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::{Certificate, InvalidCertificate};
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
    digest: Digest,
) -> Result<Certificate, SigningError> {
    let tbs = gated.tbs().to_der()?;
    let signature = key.sign(digest, &tbs)?;
    let der = join(&tbs, &gated.tbs().signature_algorithm, &signature)?;
    let certificate = Certificate::from_der(&der)?;
    // A fault while signing with RSA can give the key away; so nothing wrong may leave.
    verify_certificate(&certificate, key.public_key())?;
    Ok(certificate)
}
