//! A certificate is signed over a digest of at least 224 bits.

use super::Violation;
use crate::algorithm::Digest;
use crate::tbs::ToBeSigned;

const CLAUSE: &str = "RFC 9155 section 2";

pub(super) fn check(tbs: &ToBeSigned) -> Option<Violation> {
    let digest = tbs.signature_algorithm.digest()?;
    (digest == Digest::Sha1).then(|| Violation {
        clause: CLAUSE,
        message: format!("the signature is made over {digest}, which is broken; use sha256"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    use crate::algorithm::SignatureAlgorithm;

    #[test]
    fn fires_on_sha_1() {
        let with = |digest| ToBeSigned {
            signature_algorithm: SignatureAlgorithm::RsaPkcs1(digest),
            ..sample::host()
        };
        assert!(check(&with(Digest::Sha1)).is_some());
        assert!(check(&with(Digest::Sha256)).is_none());
    }
}
