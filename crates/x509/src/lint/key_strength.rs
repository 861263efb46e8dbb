//! An RSA key has at least 2048 bits; an elliptic curve key is on a curve of RFC 5480 that we know.

use super::Violation;
use crate::public_key::PublicKeyAlgorithm as Algorithm;
use crate::tbs::ToBeSigned;

const MIN_RSA_BITS: u32 = 2048;
const CLAUSE: &str = "NIST SP 800-131A table 2; RFC 5480 section 2.1.1";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    let found = match tbs.public_key.algorithm() {
        Algorithm::Rsa { bits } if *bits < MIN_RSA_BITS => format!("an RSA key of {bits} bits"),
        Algorithm::Other(oid) => format!("a key of the unknown kind {oid}"),
        Algorithm::Rsa { .. }
        | Algorithm::EcP256
        | Algorithm::EcP384
        | Algorithm::EcP521
        | Algorithm::Ed25519 => return None,
    };
    Some(Violation {
        clause: CLAUSE,
        message: format!(
            "the certificate is for {found}; allowed are RSA from {MIN_RSA_BITS} bits, P-256, P-384, P-521 and Ed25519"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    use crate::public_key::PublicKey;

    #[test]
    fn fires_on_an_unknown_curve() {
        // The sample key with the last digit of its curve changed: 1.2.840.10045.3.1.1.
        let mut der = sample::host().public_key.der().to_vec();
        der[22] = 1;
        let public_key = PublicKey::from_der(&der).expect("a well-formed key");
        assert!(
            check(&ToBeSigned {
                public_key,
                ..sample::host()
            })
            .is_some()
        );
        assert!(check(&sample::host()).is_none());
    }
}
