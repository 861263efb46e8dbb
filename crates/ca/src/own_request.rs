//! A certification request of our own, for an authority that is not ours.
//!
//! The other authority decides what it takes of it. Invariant: a request that leaves has a subject and
//! names of checked types, and its signature was verified.

use trustpack_keystore::private_key::PrivateKey;
use trustpack_x509::name::InvalidName;
use trustpack_x509::request::CertificationRequest;
use trustpack_x509::request::build::RequestToBeSigned;
use trustpack_x509::tbs::EncodeError;

use crate::request::HostRequest;
use crate::sign::{SigningError, signed};
use crate::warning::{Warning, about_signature};

/// A signed request and what its maker should know.
#[derive(Clone, Debug)]
pub struct OwnRequest {
    /// The request; its signature was verified.
    pub request: CertificationRequest,
    /// What may not work as its maker hopes.
    pub warnings: Vec<Warning>,
}

/// No request was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnRequestError {
    /// The subject cannot be encoded.
    #[error("the subject cannot be written")]
    Subject(#[from] InvalidName),
    /// It cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// It could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// Asks for what `wanted` says, for `key`: subject, names, and the usages of the profile. Lifetime and
/// the names that its profile allows are the other authority's business.
///
/// # Errors
///
/// [`OwnRequestError`]; none that a checked request and a sound key cause.
///
/// Source: RFC 2986 section 4.
pub fn make(wanted: &HostRequest, key: &PrivateKey) -> Result<OwnRequest, OwnRequestError> {
    let public_key = key.public_key();
    let profile = wanted.profile();
    let asked = RequestToBeSigned {
        subject: wanted.subject()?,
        public_key: public_key.clone(),
        basic_constraints: None,
        key_usage: Some(profile.key_usage(public_key.algorithm())),
        extended_key_usage: profile.purposes().to_vec(),
        subject_alt_names: wanted.subject_alt_names(),
    };
    let algorithm = key.signature_algorithm(wanted.digest());
    let request = signed(key, &algorithm, asked.to_der()?)?;
    let mut warnings = crate::warning::about_names(wanted);
    warnings.extend(about_signature(wanted.digest(), &algorithm));
    Ok(OwnRequest { request, warnings })
}
