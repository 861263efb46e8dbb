//! One signature, one key.

use trustpack_judge::signature::{
    SignatureError, danger_verify, danger_verify_certificate, verify, verify_certificate,
};
use trustpack_x509::algorithm::pss::{PssDigest, PssParameters};
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};

use crate::ask::fixture;

#[track_caller]
fn check(certificate: &str, issuer: &str, want: Result<(), SignatureError>) {
    let found = verify_certificate(&fixture(certificate), fixture(issuer).public_key());
    assert_eq!(found, want, "{certificate}");
}

#[test]
fn every_kind_is_verified() {
    for digest in ["sha256", "sha384", "sha512"] {
        for curve in ["P-256", "P-384", "P-521"] {
            check(
                &format!("host-of-{curve}-{digest}"),
                &format!("{curve}-root"),
                Ok(()),
            );
        }
        check(&format!("host-of-rsa-{digest}"), "rsa-root", Ok(()));
        check(&format!("host-of-pss-{digest}"), "rsa-root", Ok(()));
    }
    check("host-of-ed25519", "ed25519-root", Ok(()));
}

#[test]
fn the_key_of_another_is_wrong() {
    check("host-direct", "same-name-root", Err(SignatureError::Wrong));
    let key = fixture("rsa-root").public_key().algorithm().clone();
    let algorithm = SignatureAlgorithm::Ecdsa(Digest::Sha256);
    check(
        "host-direct",
        "rsa-root",
        Err(SignatureError::OtherKind { algorithm, key }),
    );
}

#[test]
fn what_is_weak_or_unknown_is_not_looked_at() {
    let weak = |algorithm| Err(SignatureError::WeakDigest { algorithm });
    check(
        "host-sha1",
        "root",
        weak(SignatureAlgorithm::Ecdsa(Digest::Sha1)),
    );
    check(
        "host-of-rsa-md5",
        "rsa-root",
        weak(SignatureAlgorithm::Other("1.2.840.113549.1.1.4".into())),
    );
    // PSS with a salt of another length than the digest's.
    let algorithm = SignatureAlgorithm::RsaPssOther(Box::new(PssParameters {
        digest: PssDigest::Known(Digest::Sha256),
        mask_digest: Some(PssDigest::Known(Digest::Sha256)),
        salt_octets: 20,
        trailer: 1,
    }));
    check(
        "host-of-pss-salt",
        "rsa-root",
        Err(SignatureError::UnknownAlgorithm { algorithm }),
    );
    check(
        "host-of-small",
        "small-root",
        Err(SignatureError::KeySize { bits: 1024 }),
    );
    let p192 = fixture("host-p192");
    let key = p192.public_key().algorithm().clone();
    let found = verify_certificate(&fixture("host-direct"), p192.public_key());
    assert_eq!(found, Err(SignatureError::UnknownKey { key }));
}

#[test]
fn what_is_weak_is_verified_where_that_was_accepted() {
    for (certificate, issuer) in [("host-sha1", "root"), ("host-of-small", "small-root")] {
        let (certificate, issuer) = (fixture(certificate), fixture(issuer));
        assert_eq!(
            danger_verify_certificate(&certificate, issuer.public_key()),
            Ok(())
        );
        let mut spoilt = certificate.signature().to_vec();
        *spoilt.last_mut().expect("an octet") ^= 1;
        let found = danger_verify(
            issuer.public_key(),
            certificate.signature_algorithm(),
            certificate.tbs_der(),
            &spoilt,
        );
        assert_eq!(found, Err(SignatureError::Wrong));
    }
    let algorithm = SignatureAlgorithm::Other("1.2.840.113549.1.1.4".into());
    assert_eq!(
        danger_verify_certificate(
            &fixture("host-of-rsa-md5"),
            fixture("rsa-root").public_key()
        ),
        Err(SignatureError::WeakDigest { algorithm }),
    );
}

#[test]
fn empty_and_cut_signatures_are_wrong() {
    let (host, root) = (fixture("host-direct"), fixture("root"));
    for end in [0, 1, host.signature().len() - 1] {
        let cut = &host.signature()[..end];
        let found = verify(
            root.public_key(),
            host.signature_algorithm(),
            host.tbs_der(),
            cut,
        );
        assert_eq!(found, Err(SignatureError::Wrong));
    }
}
