//! Tests of what is taken of requests.

use super::*;
use trustpack_keystore::private_key::PrivateKey;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::algorithm::Digest;
use trustpack_x509::extension::{BasicConstraints, KeyUse, Purpose};
use trustpack_x509::name::build::NameBuilder;
use trustpack_x509::request::build::RequestToBeSigned;
use trustpack_x509::tbs::join;

fn key() -> PrivateKey {
    PrivateKey::generate(KeySpec::EcP256).unwrap()
}

fn asking(common_name: &str, names: &[GeneralName], key: &PrivateKey) -> RequestToBeSigned {
    let subject = NameBuilder::default()
        .common_name(common_name)
        .and_then(|subject| subject.organization("Example"))
        .unwrap();
    RequestToBeSigned {
        subject: subject.build().unwrap(),
        public_key: key.public_key().clone(),
        basic_constraints: None,
        key_usage: None,
        extended_key_usage: Vec::new(),
        subject_alt_names: names.to_vec(),
    }
}

fn signed(asking: &RequestToBeSigned, key: &PrivateKey) -> CertificationRequest {
    let info = asking.to_der().unwrap();
    let algorithm = key.signature_algorithm(Digest::Sha256);
    let signature = key.sign(&algorithm, &info).unwrap();
    CertificationRequest::from_der(&join(&info, &algorithm, &signature).unwrap()).unwrap()
}

fn request(common_name: &str, names: &[GeneralName]) -> CertificationRequest {
    let key = key();
    signed(&asking(common_name, names, &key), &key)
}

fn dns(name: &str) -> GeneralName {
    GeneralName::Dns(name.to_owned())
}

fn shown(names: &[GeneralName]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn taken(csr: &CertificationRequest) -> (String, Vec<String>, Vec<String>) {
    let made = CheckedCsr::new(csr).unwrap().for_its_host().unwrap();
    let left_out = made.left_out.iter().map(ToString::to_string).collect();
    (
        made.request.subject().unwrap().to_string(),
        shown(&made.request.subject_alt_names()),
        left_out,
    )
}

#[test]
fn all_names_are_taken_where_nobody_names_the_host() {
    let (subject, names, left_out) = taken(&request(
        "A.example.com",
        &[
            dns("*.example.com"),
            dns("b.example.com"),
            GeneralName::Ip([10, 0, 0, 1].into()),
        ],
    ));
    assert_eq!(subject, "O=Example, CN=A.example.com");
    assert_eq!(
        names,
        [
            "DNS:b.example.com",
            "DNS:*.example.com",
            "DNS:a.example.com",
            "IP:10.0.0.1"
        ]
    );
    assert!(left_out.is_empty(), "{left_out:?}");
    let (_, names, _) = taken(&request("kiosk", &[]));
    assert_eq!(names, ["DNS:kiosk"]);
    let (_, names, _) = taken(&request("kiosk", &[dns("b.example.com")]));
    assert_eq!(names, ["DNS:b.example.com"]);
}

#[test]
fn only_named_names_are_taken_where_the_host_is_named() {
    let csr = request(
        "evil.example.com",
        &[dns("a.example.com"), dns("evil.example.com")],
    );
    let made = CheckedCsr::new(&csr)
        .unwrap()
        .for_named_host("a.example.com".parse().unwrap(), &[], &[])
        .unwrap();
    assert_eq!(
        made.request.subject().unwrap().to_string(),
        "O=Example, CN=a.example.com"
    );
    assert_eq!(
        shown(&made.request.subject_alt_names()),
        ["DNS:a.example.com"]
    );
    let left_out: Vec<String> = made.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(left_out.len(), 2, "{left_out:?}");
    assert!(
        left_out
            .iter()
            .all(|text| text.contains("evil.example.com"))
    );
}

#[test]
fn what_is_left_out_is_said() {
    let key = key();
    let mut asking = asking(
        "a.example.com",
        &[
            dns("a.example.com"),
            GeneralName::Uri("https://x/".to_owned()),
        ],
        &key,
    );
    asking.key_usage = Some([KeyUse::DigitalSignature].into_iter().collect());
    asking.extended_key_usage = vec![Purpose::Any];
    asking.basic_constraints = Some(BasicConstraints::default());
    let (_, _, left_out) = taken(&signed(&asking, &key));
    let all = left_out.join("\n");
    for word in [
        "keyUsage",
        "extendedKeyUsage",
        "basicConstraints",
        "URI:https://x/",
    ] {
        assert!(all.contains(word), "{word}: {all}");
    }
}

#[test]
fn a_request_for_an_authority_or_by_another_key_is_refused() {
    let [key, other] = [key(), key()];
    let mut asking = asking("a.example.com", &[], &key);
    let foreign = signed(&asking, &other);
    assert!(matches!(
        CheckedCsr::new(&foreign),
        Err(CsrError::Signature(_))
    ));
    asking.basic_constraints = Some(BasicConstraints {
        ca: true,
        path_length: None,
    });
    let refused = CheckedCsr::new(&signed(&asking, &key));
    assert_eq!(refused.err(), Some(CsrError::AsksForAuthority));
}

#[test]
fn hostile_names_are_refused_by_name() {
    for name in [
        "",
        "../../etc",
        "a/b.example.com",
        "a\0b.example.com",
        "a\nb",
        "-a.example.com",
        "a.*.com",
        "*",
        "*.*.com",
        "**.example.com",
        "a*.example.com",
        "10.0.0.1",
        "a b",
        "CN=a",
        "a,b",
        "a+b",
        &"a.".repeat(40_000),
    ] {
        let error = CheckedCsr::new(&request("a.example.com", &[dns(name)])).unwrap_err();
        assert!(matches!(error, CsrError::Name { .. }), "{name}: {error}");
        let text = error.to_string();
        assert!(text.len() < 500 && !text.contains(['\0', '\n']), "{text:?}");
    }
    for address in ["", "a", "a@", "a@b@c", "a b@example.com", "a\n@example.com"] {
        let name = GeneralName::Email(address.to_owned());
        let error = CheckedCsr::new(&request("a.example.com", &[name])).unwrap_err();
        assert!(matches!(error, CsrError::Name { .. }), "{address}: {error}");
    }
    let odd = GeneralName::IpOctets([1, 2, 3].into());
    assert!(CheckedCsr::new(&request("a.example.com", &[odd])).is_err());
}

#[test]
fn a_request_without_a_host_needs_one_named() {
    let csr = request("Kiosk 7, hall", &[]);
    let checked = CheckedCsr::new(&csr).unwrap();
    assert_eq!(checked.clone().for_its_host().err(), Some(CsrError::NoHost));
    let made = checked
        .for_named_host("k7.example.com".parse().unwrap(), &[], &[])
        .unwrap();
    assert!(made.left_out.contains(&LeftOut::CommonName {
        found: "Kiosk 7, hall".to_owned()
    }));
    let subject = made.request.subject().unwrap().to_string();
    assert_eq!(subject, "O=Example, CN=k7.example.com");
}
