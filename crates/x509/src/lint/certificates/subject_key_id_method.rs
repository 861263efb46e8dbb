//! A key identifier is made of the key by one of the known ways.

use super::super::{Rule, Severity, when};
use crate::certificate::Certificate;
use crate::public_key::PublicKey;
use sha2::Digest as _;

pub(super) const RULE: Rule<Certificate> = Rule {
    name: "subject-key-id-method",
    about: "A key identifier is made of the key by one of the known ways.",
    severity: Severity::Note,
    clause: "RFC 5280 section 4.2.1.2; RFC 7093 section 2",
    check,
};

fn check(certificate: &Certificate) -> Vec<String> {
    let key = certificate.public_key();
    let Some(found) = certificate.extensions().subject_key_id.as_deref() else {
        return Vec::new();
    };
    when(
        !found.is_empty() && !known_ways(key).iter().any(|one| one == found),
        || "the subjectKeyIdentifier is not made of the key by a way that is known here".to_owned(),
    )
}

fn known_ways(key: &PublicKey) -> Vec<Vec<u8>> {
    let sha1 = key.key_identifier();
    let mut ways = vec![sha1.to_vec()];
    // Method 2 of RFC 5280: 0100 and the last 60 bits of the SHA-1.
    if let Some(&[first, ref rest @ ..]) = sha1.last_chunk::<8>() {
        let mut short = vec![0x40 | (first & 0x0f)];
        short.extend_from_slice(rest);
        ways.push(short);
    }
    // Methods 1 to 3 of RFC 7093 shorten to 160 bits; method 4 hashes the whole SubjectPublicKeyInfo.
    for octets in [key.key_bits(), key.der()] {
        let digests = [
            sha2::Sha256::digest(octets).to_vec(),
            sha2::Sha384::digest(octets).to_vec(),
            sha2::Sha512::digest(octets).to_vec(),
        ];
        for digest in digests {
            ways.extend(digest.get(..20).map(<[u8]>::to_vec));
            ways.push(digest);
        }
    }
    // What some authorities do against every method: the SHA-1 of the whole.
    ways.push(sha1::Sha1::digest(key.der()).to_vec());
    ways
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::tbs::ToBeSigned;

    #[test]
    fn fires_and_is_silent() {
        let bad = ToBeSigned {
            subject_key_id: vec![1; 20],
            ..sample::host()
        };
        assert!(!check(&sample::read(&bad)).is_empty());
        assert!(check(&sample::host_certificate()).is_empty());
        let whole = sample::host().public_key.sha256();
        let other = ToBeSigned {
            subject_key_id: whole[..20].to_vec(),
            ..bad
        };
        assert!(check(&sample::read(&other)).is_empty());
    }
}
