//! RSA-PSS uses one digest throughout, and a salt of its length.

use super::super::{Rule, Severity};
use crate::algorithm::SignatureAlgorithm;
use crate::algorithm::pss::{PssDigest, PssParameters, TRAILER};

pub(super) const RULE: Rule<SignatureAlgorithm> = Rule {
    name: "signature-parameters",
    about: "RSA-PSS uses one digest throughout, and a salt of its length.",
    severity: Severity::Warning,
    clause: "RFC 4055 section 3.1",
    check,
};

fn check(algorithm: &SignatureAlgorithm) -> Vec<String> {
    match algorithm {
        SignatureAlgorithm::RsaPssOther(parameters) => faults(parameters),
        SignatureAlgorithm::RsaPkcs1(_)
        | SignatureAlgorithm::RsaPss(_)
        | SignatureAlgorithm::Ecdsa(_)
        | SignatureAlgorithm::Ed25519
        | SignatureAlgorithm::Other(_) => Vec::new(),
    }
}

fn faults(parameters: &PssParameters) -> Vec<String> {
    let PssParameters {
        digest,
        mask_digest,
        salt_octets,
        trailer,
    } = parameters;
    let mut faults = Vec::new();
    match digest {
        PssDigest::Known(known) if u32::from(known.output_octets()) != *salt_octets => {
            faults.push(format!(
                "the salt of RSA-PSS has {salt_octets} octets; with {known} it has {}",
                known.output_octets()
            ));
        }
        PssDigest::Known(_) => {}
        PssDigest::Other(oid) => {
            faults.push(format!(
                "RSA-PSS is used with the digest {oid}, which few know"
            ));
        }
    }
    match mask_digest {
        None => faults.push("the mask of RSA-PSS is not made by MGF1".to_owned()),
        Some(mask) if mask != digest => faults.push(format!(
            "RSA-PSS is used with {digest}, and its mask with {mask}; both should be the same"
        )),
        Some(_) => {}
    }
    if *trailer != TRAILER {
        faults.push(format!(
            "the trailer of RSA-PSS is {trailer}; it must be {TRAILER}"
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::algorithm::Digest;

    #[test]
    fn fires_and_is_silent() {
        let known = PssDigest::Known;
        let pss = |digest, mask, salt_octets, trailer| {
            check(&SignatureAlgorithm::RsaPssOther(Box::new(PssParameters {
                digest,
                mask_digest: mask,
                salt_octets,
                trailer,
            })))
        };
        let sha256 = || known(Digest::Sha256);
        assert_eq!(pss(sha256(), Some(known(Digest::Sha1)), 20, 2).len(), 3);
        assert_eq!(pss(PssDigest::Other("1.2.3".into()), None, 20, 1).len(), 2);
        assert_eq!(pss(sha256(), Some(sha256()), 31, 1).len(), 1);
        assert!(check(&SignatureAlgorithm::RsaPss(Digest::Sha256)).is_empty());
        assert!(check(sample::host_certificate().signature_algorithm()).is_empty());
    }
}
