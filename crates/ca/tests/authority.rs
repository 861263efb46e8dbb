//! An authority as its users meet it: what it signs, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use trustpack_ca::authority::{Authority, InvalidAuthority};
use trustpack_ca::issue::{IssueError, Issued, create_authority, prepare};
use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::profile::{HostProfile, Profiles};
use trustpack_ca::request::{CaRequest, HostRequest};
use trustpack_ca::warning::Warning;
use trustpack_judge::signature::verify_certificate;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::{Digest, SignatureAlgorithm};
use trustpack_x509::extension::{KeyUse, Purpose};
use trustpack_x509::name::build::NameBuilder;
use trustpack_x509::public_key::PublicKey;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

/// RSA with 2048 bits, for tests only.
const RSA_KEY: &[u8] = include_bytes!("../../keystore/tests/fixtures/rsa_pkcs8.der");

fn rsa_key() -> PrivateKey {
    PrivateKey::from_pkcs8(RSA_KEY).unwrap()
}

fn ec_key() -> PrivateKey {
    PrivateKey::generate(KeySpec::EcP256).unwrap()
}

fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

fn authority_with(request: &CaRequest, key: PrivateKey) -> Authority {
    create_authority(request, key, Serial::from_random([1; 16]), now())
        .unwrap()
        .authority
}

fn authority() -> Authority {
    authority_with(&CaRequest::new("Example CA").unwrap(), ec_key())
}

fn request() -> HostRequest {
    HostRequest::new("stat1.example.com".parse().unwrap())
}

fn issue(
    request: &HostRequest,
    key: &PublicKey,
    authority: &Authority,
    serial: Serial,
    at: Timestamp,
) -> Result<Issued, IssueError> {
    prepare(request, key, authority, serial, at)?.sign()
}

fn issued(request: &HostRequest, key: &PublicKey, authority: &Authority) -> Issued {
    issue(request, key, authority, Serial::from_random([2; 16]), now()).unwrap()
}

#[test]
fn every_key_signs_over_every_digest() {
    for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        for (key, algorithm) in [
            (rsa_key(), SignatureAlgorithm::RsaPkcs1(digest)),
            (ec_key(), SignatureAlgorithm::Ecdsa(digest)),
        ] {
            let ca = CaRequest::new("Example CA").unwrap().with_digest(digest);
            let authority = authority_with(&ca, key);
            let host = issued(
                &request().with_digest(digest),
                ec_key().public_key(),
                &authority,
            );
            assert_eq!(*host.certificate.signature_algorithm(), algorithm);
            let own = authority.certificate();
            assert_eq!(*own.signature_algorithm(), algorithm);
            verify_certificate(own, own.public_key()).unwrap();
            verify_certificate(&host.certificate, own.public_key()).unwrap();
        }
    }
}

#[test]
fn an_authority_contains_what_it_must() {
    let request = CaRequest::new("x")
        .unwrap()
        .with_subject(NameBuilder::default().country("de").unwrap(), "Example CA")
        .unwrap()
        .with_email("ca@example.com".parse().unwrap())
        .with_path_length(0);
    let authority = authority_with(&request, ec_key());
    let certificate = authority.certificate();
    assert_eq!(
        certificate.subject().oneline(),
        "/C=DE/CN=Example CA/emailAddress=ca@example.com"
    );
    assert_eq!(certificate.subject(), certificate.issuer());
    assert_eq!(
        certificate.validity().not_before.to_string(),
        "2026-11-21T07:55:00Z"
    );
    assert_eq!(
        certificate.validity().not_after.to_string(),
        "2036-11-20T08:00:00Z"
    );
    let extensions = certificate.extensions();
    let constraints = extensions.basic_constraints.unwrap();
    assert_eq!((constraints.ca, constraints.path_length), (true, Some(0)));
    let uses: Vec<KeyUse> = extensions.key_usage.unwrap().iter().collect();
    assert_eq!(uses, [KeyUse::KeyCertSign, KeyUse::CrlSign]);
    assert_eq!(extensions.extended_key_usage, None);
    assert_eq!(extensions.subject_alt_names.as_ref().unwrap().len(), 1);
    let id = extensions.subject_key_id.as_deref();
    assert_eq!(
        extensions
            .authority_key_id
            .as_ref()
            .unwrap()
            .key_id
            .as_deref(),
        id
    );
}

#[test]
fn a_host_certificate_is_as_its_profile_says() {
    let authority = authority();
    for profile in Profiles::built_in().iter() {
        let host = issued(
            &request().with_profile(profile.clone()),
            rsa_key().public_key(),
            &authority,
        );
        let extensions = host.certificate.extensions();
        assert_eq!(
            extensions.extended_key_usage.as_deref(),
            Some(profile.purposes())
        );
        let uses: Vec<KeyUse> = extensions.key_usage.unwrap().iter().collect();
        assert_eq!(uses, [KeyUse::DigitalSignature, KeyUse::KeyEncipherment]);
        assert!(!extensions.basic_constraints.unwrap().ca);
        let ca_id = authority
            .certificate()
            .extensions()
            .subject_key_id
            .as_deref();
        assert_eq!(
            extensions
                .authority_key_id
                .as_ref()
                .unwrap()
                .key_id
                .as_deref(),
            ca_id
        );
        assert_eq!(
            host.certificate.validity().not_after.to_string(),
            "2027-03-01T08:00:00Z"
        );
    }
}

#[test]
fn mail_protection_is_a_purpose_more() {
    let profile = HostProfile::server().with_email_protection();
    let host = issued(
        &request().with_profile(profile),
        ec_key().public_key(),
        &authority(),
    );
    let purposes = host
        .certificate
        .extensions()
        .extended_key_usage
        .clone()
        .unwrap();
    assert_eq!(
        purposes,
        [
            Purpose::ServerAuth,
            Purpose::ClientAuth,
            Purpose::EmailProtection
        ]
    );
}

#[test]
fn doubtful_names_are_issued_with_a_warning() {
    let request = HostRequest::new("my_host.example.com".parse().unwrap())
        .with_domains(["*.example.com", "my_host.example.com"].map(|d| d.parse().unwrap()));
    let host = issued(&request, ec_key().public_key(), &authority());
    let want = [
        Warning::Underscore {
            name: "my_host.example.com".parse().unwrap(),
        },
        Warning::WildcardNeverMatched {
            name: "*.example.com".parse().unwrap(),
        },
    ];
    assert_eq!(host.warnings, want);
    assert_eq!(
        issued(&self::request(), ec_key().public_key(), &authority()).warnings,
        []
    );
}

#[track_caller]
fn refused(request: &HostRequest, key: &PublicKey, serial: Serial, at: Timestamp, want: &str) {
    let authority = authority();
    let error = issue(request, key, &authority, serial, at).unwrap_err();
    assert!(error.to_string().contains(want), "{error}");
}

/// An RSA key with an exponent below 2^16, of which reading a certificate only warns.
fn odd_exponent() -> PublicKey {
    let usual = rsa_key().public_key().der().to_vec();
    let number = usual.strip_suffix(&[1, 0, 1]).unwrap();
    PublicKey::from_der(&[number, &[0, 0xff, 0xff]].concat()).unwrap()
}

#[test]
fn what_must_not_be_signed_is_refused() {
    let (key, serial) = (ec_key(), Serial::from_random([2; 16]));
    let key = key.public_key();
    let zero = Serial::from_der_contents(&[0]);
    refused(&request(), key, zero, now(), "serial");
    refused(
        &request(),
        &odd_exponent(),
        serial.clone(),
        now(),
        "the exponent of the RSA key",
    );
    let late = "2036-11-20T08:00:01Z".parse().unwrap();
    refused(
        &request(),
        key,
        serial.clone(),
        late,
        "ended on 2036-11-20T08:00:00Z",
    );
    let early = "2026-11-21T07:54:59Z".parse().unwrap();
    refused(
        &request(),
        key,
        serial,
        early,
        "begins on 2026-11-21T07:55:00Z",
    );
}

#[test]
fn the_last_second_of_the_authority_is_still_good() {
    let at = "2036-11-20T08:00:00Z".parse().unwrap();
    let serial = Serial::from_random([2; 16]);
    let host = issue(&request(), ec_key().public_key(), &authority(), serial, at).unwrap();
    assert_eq!(host.certificate.validity().not_after, at);
    assert!(matches!(host.warnings[..], [Warning::LifetimeCut { .. }]));
}

#[test]
fn every_violation_is_reported() {
    let ca = CaRequest::new("Example CA")
        .unwrap()
        .with_lifetime(Lifetime::SCRIPT_CA);
    let authority = authority_with(&ca, ec_key());
    let many = (0..600).map(|n| format!("h{n}.example.com").parse().unwrap());
    let request = request().with_domains(many);
    let zero = Serial::from_der_contents(&[0]);
    let error = issue(&request, ec_key().public_key(), &authority, zero, now()).unwrap_err();
    let IssueError::Refused(refused) = error else {
        panic!("{error}")
    };
    assert!(refused.violations().len() > 1);
}

#[test]
fn a_chain_holds_only_what_is_above() {
    let own = authority_with(&CaRequest::new("Example CA").unwrap(), rsa_key());
    let own = own.certificate().clone();
    let same_name = authority().certificate().clone();
    let again = Authority::new(rsa_key(), own.clone(), vec![own.clone()]).unwrap();
    assert!(again.chain().is_empty());
    let error = Authority::new(rsa_key(), own, vec![same_name]).unwrap_err();
    assert!(
        matches!(error, InvalidAuthority::NotLinked { .. }),
        "{error}"
    );
}

#[test]
fn a_host_with_the_subject_of_its_authority_is_warned_of() {
    let request = request().with_common_name("Example CA").unwrap();
    let host = issued(&request, ec_key().public_key(), &authority());
    let subject = "CN=Example CA".to_owned();
    assert_eq!(host.warnings, [Warning::SubjectOfAuthority { subject }]);
}

#[test]
fn only_an_authority_with_its_key_is_one() {
    let authority = authority();
    let other_key = Authority::new(ec_key(), authority.certificate().clone(), Vec::new());
    assert!(matches!(
        other_key,
        Err(InvalidAuthority::KeyMismatch { .. })
    ));
    let key = ec_key();
    let host = issued(&request(), key.public_key(), &authority).certificate;
    assert!(matches!(
        Authority::new(key, host, Vec::new()),
        Err(InvalidAuthority::NotAuthority { .. })
    ));
}
