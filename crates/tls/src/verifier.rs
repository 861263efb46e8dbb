//! What the engine asks about peers: certificates, which the judge decides, and signatures.
//!
//! Client and server mirror each other: each verifier names who it judges. Signatures of the
//! handshake are verified with the key as it stands in the certificate, so that certificates which
//! the judge accepts and the engine's own parser does not (X.509 version 1) work as well. A key that is
//! too small is the judge's to refuse, and has been when it comes to the signature: one that was accepted
//! (`danger-accept-weak`) must verify like any other.
//!
//! Invariant: a verifier says yes to certificates only after the judge did, except
//! [`danger::AnyServer`].

pub(crate) mod danger;
pub(crate) mod driven;
mod of_clients;
mod of_servers;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::{CertificateError, DigitallySignedStruct, PeerMisbehaved, SignatureScheme};
use trustpack_judge::signature;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKey;

pub(crate) use self::of_clients::{ClientJudge, ClientVerifier};
pub(crate) use self::of_servers::ServerVerifier;
use crate::peer::{PeerRefused, Refusal};

/// Verifies the signatures of handshakes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signatures(WebPkiSupportedAlgorithms);

impl Signatures {
    pub(crate) fn new(algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self(algorithms)
    }

    /// What is advertised: what the judge knows and the engine verifies, in the order of the judge's.
    fn schemes(self) -> Vec<SignatureScheme> {
        let supported = self.0.supported_schemes();
        let ours = SCHEMES.iter().map(|(scheme, _)| *scheme);
        ours.filter(|scheme| supported.contains(scheme)).collect()
    }

    /// TLS 1.2, where the curve of an ECDSA key is not part of the scheme.
    ///
    /// Source: RFC 5246 section 7.4.3; RFC 8422 section 5.4.
    fn verify_12(
        self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        refusal: &Refusal,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let unadvertised = PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme;
        if !self.schemes().contains(&signed.scheme) {
            return Err(unadvertised.into());
        }
        let algorithm = algorithm_of(signed.scheme).ok_or(unadvertised)?;
        verify_ours(&key_of(certificate, refusal)?, algorithm, message, signed)
    }

    /// TLS 1.3, by the engine, which verifies nothing with an RSA key below 2048 bits.
    fn verify_13(
        self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        refusal: &Refusal,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let key = key_of(certificate, refusal)?;
        if let Some(algorithm @ SignatureAlgorithm::RsaPss(_)) = algorithm_of(signed.scheme)
            && signature::check_key(key.algorithm()).is_err()
        {
            return verify_ours(&key, algorithm, message, signed);
        }
        let key = SubjectPublicKeyInfoDer::from(key.der());
        verify_tls13_signature_with_raw_key(message, &key, signed, &self.0)
    }
}

/// Without regard to the size of the key.
fn verify_ours(
    key: &PublicKey,
    algorithm: &SignatureAlgorithm,
    message: &[u8],
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    signature::danger_verify(key, algorithm, message, signed.signature())
        .map_err(|_| CertificateError::BadSignature)?;
    Ok(HandshakeSignatureValid::assertion())
}

/// The methods about signatures, which the engine wants of verifiers of both sides alike: answered by
/// the [`Signatures`] in the field of this name. What is refused is left where the method `refusal` says.
macro_rules! signatures_by {
    ($($field:ident).+) => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &rustls::pki_types::CertificateDer<'_>,
            dss: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            self.$($field).+.verify_12(message, cert, dss, &self.refusal())
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &rustls::pki_types::CertificateDer<'_>,
            dss: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            self.$($field).+.verify_13(message, cert, dss, &self.refusal())
        }

        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            self.$($field).+.schemes()
        }
    };
}
use signatures_by;

fn key_of(certificate: &CertificateDer<'_>, refusal: &Refusal) -> Result<PublicKey, rustls::Error> {
    match Certificate::from_der(certificate) {
        Ok(certificate) => Ok(certificate.public_key().clone()),
        Err(error) => Err(refusal.leave(PeerRefused::Unreadable(error))),
    }
}

/// What the schemes mean that we advertise, in this order.
///
/// Of RSA the shortest digest stands first: some peers (GnuTLS) take the first that their kind of key could make. A key of
/// 1024 bits has no room for PSS with SHA-512: such a peer would fail before the judge could accept or name its key.
///
/// Source: RFC 8446 section 4.2.3; RFC 8017 section 9.1.1, step 3.
const SCHEMES: &[(SignatureScheme, SignatureAlgorithm)] = &[
    (
        SignatureScheme::ECDSA_NISTP384_SHA384,
        SignatureAlgorithm::Ecdsa(Digest::Sha384),
    ),
    (
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureAlgorithm::Ecdsa(Digest::Sha256),
    ),
    (
        SignatureScheme::ECDSA_NISTP521_SHA512,
        SignatureAlgorithm::Ecdsa(Digest::Sha512),
    ),
    (SignatureScheme::ED25519, SignatureAlgorithm::Ed25519),
    (
        SignatureScheme::RSA_PSS_SHA256,
        SignatureAlgorithm::RsaPss(Digest::Sha256),
    ),
    (
        SignatureScheme::RSA_PSS_SHA384,
        SignatureAlgorithm::RsaPss(Digest::Sha384),
    ),
    (
        SignatureScheme::RSA_PSS_SHA512,
        SignatureAlgorithm::RsaPss(Digest::Sha512),
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureAlgorithm::RsaPkcs1(Digest::Sha256),
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA384,
        SignatureAlgorithm::RsaPkcs1(Digest::Sha384),
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA512,
        SignatureAlgorithm::RsaPkcs1(Digest::Sha512),
    ),
];

fn algorithm_of(scheme: SignatureScheme) -> Option<&'static SignatureAlgorithm> {
    SCHEMES
        .iter()
        .find(|(known, _)| *known == scheme)
        .map(|(_, algorithm)| algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_of_ours_is_advertised() {
        let algorithms =
            rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let advertised = Signatures::new(algorithms).schemes();
        assert_eq!(advertised.len(), SCHEMES.len(), "{advertised:?}");
    }

    #[test]
    fn of_rsa_the_shortest_digest_is_advertised_first() {
        let algorithms =
            rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        let advertised = Signatures::new(algorithms).schemes();
        let rsa = advertised.iter().copied().filter(|scheme| {
            matches!(
                algorithm_of(*scheme),
                Some(SignatureAlgorithm::RsaPss(_) | SignatureAlgorithm::RsaPkcs1(_))
            )
        });
        let want = [
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
        ];
        assert_eq!(rsa.collect::<Vec<_>>(), want);
    }
}
