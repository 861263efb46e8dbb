//! Strength, the fourth part of the step "path": digests and keys that still protect.
//!
//! Every certificate counts except for the signature of an anchor: nobody relies on it. The
//! anchor's key signs, so its size counts.

use trustpack_x509::algorithm::Digest;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;

use crate::limits::{MIN_RSA_BITS, MIN_WEAK_RSA_BITS};
use crate::member::Member;
use crate::reason::Reason;
use crate::signature::{
    SignatureError, check_algorithm, check_key, danger_verify_certificate, verify_certificate,
};

/// How strong signatures and keys must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// As strong as what still protects.
    Full,
    /// SHA-1 and RSA from 1024 bits are accepted: the option `danger-accept-weak`.
    Weak,
}

impl Strength {
    /// Whether what was signed with this key may be relied on.
    pub(crate) fn check_key(self, key: &PublicKey) -> Result<(), SignatureError> {
        self.reject(check_key(key.algorithm())).map_or(Ok(()), Err)
    }

    /// What is wrong with a signature or a key, unless its weakness is accepted.
    fn reject(self, checked: Result<(), SignatureError>) -> Option<SignatureError> {
        let error = checked.err()?;
        let accepted = match (self, &error) {
            (Self::Weak, SignatureError::WeakDigest { algorithm }) => {
                algorithm.digest() == Some(Digest::Sha1)
            }
            (Self::Weak, SignatureError::KeySize { bits }) => {
                (MIN_WEAK_RSA_BITS..MIN_RSA_BITS).contains(bits)
            }
            (Self::Full | Self::Weak, _) => false,
        };
        (!accepted).then_some(error)
    }
}

/// Verifies the signature of a certificate, a weak one too where that is accepted.
pub(crate) fn verify(certificate: &Certificate, key: &PublicKey, strength: Strength) -> Link {
    match strength {
        Strength::Full => verify_certificate(certificate, key),
        Strength::Weak => danger_verify_certificate(certificate, key),
    }
}

/// How verifying the signature of a certificate with the key of the next one in the path ended.
pub(crate) type Link = Result<(), SignatureError>;

/// What is too weak, leaf first.
///
/// `links` holds for each certificate that has an issuer in the path how verifying its signature
/// ended. `trusted` says whether the path ends in an anchor.
pub(crate) fn judge(
    path: &[Member],
    links: &[Link],
    trusted: bool,
    strength: Strength,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut add = |reason: Reason| {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    };
    let mut above = path.iter().skip(1);
    let mut links = links.iter();
    for member in path {
        let issuer = above.next();
        if issuer.is_some() || !trusted {
            let algorithm = check_algorithm(member.certificate.signature_algorithm());
            strength
                .reject(algorithm)
                .into_iter()
                .for_each(|error| add(reason(error, member, member)));
        }
        let key = check_key(member.certificate.public_key().algorithm());
        strength
            .reject(key)
            .into_iter()
            .for_each(|error| add(reason(error, member, member)));
        // What was not verified is a reason for itself, so that nothing unverified is accepted.
        if let (Some(Err(error)), Some(issuer)) = (links.next(), issuer) {
            add(reason(error.clone(), member, issuer));
        }
    }
    reasons
}

/// The reason that follows from a signature on `certificate` that was not accepted as `issuer`'s.
pub(crate) fn reason(error: SignatureError, certificate: &Member, issuer: &Member) -> Reason {
    match error {
        SignatureError::WeakDigest { algorithm } => Reason::WeakSignature {
            certificate: certificate.clone(),
            algorithm,
        },
        SignatureError::UnknownAlgorithm { algorithm } => Reason::UnknownSignature {
            certificate: certificate.clone(),
            algorithm,
        },
        SignatureError::KeySize { bits } => Reason::KeySize {
            certificate: issuer.clone(),
            bits,
        },
        SignatureError::UnknownKey { key } => Reason::UnknownKey {
            certificate: issuer.clone(),
            algorithm: key,
        },
        SignatureError::Wrong | SignatureError::OtherKind { .. } => Reason::SignatureWrong {
            certificate: certificate.clone(),
            issuer: issuer.clone(),
        },
    }
}
