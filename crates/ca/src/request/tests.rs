//! Tests of requests.

use super::*;

fn request(host: &str) -> HostRequest {
    HostRequest::new(host.parse().unwrap())
}

#[test]
fn a_long_host_name_gives_its_first_label() {
    let long = format!("stat1.{}.example.com", "a".repeat(60));
    assert_eq!(
        request(&long).subject().unwrap().common_name(),
        Some("stat1")
    );
    let short = request("stat1.example.com").with_subject(NameBuilder::default());
    assert_eq!(
        short.subject().unwrap().common_name(),
        Some("stat1.example.com")
    );
}

#[test]
fn alternative_names_are_there_once() {
    let request = request("Stat1.example.com")
        .with_domains(
            ["stat1.example.com", "b.example.com", "*.example.com"].map(|d| d.parse().unwrap()),
        )
        .with_addresses(["10.0.0.1", "10.0.0.1", "::1"].map(|a| a.parse().unwrap()))
        .with_email("ops@example.com".parse().unwrap());
    let names: Vec<String> = request
        .subject_alt_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names,
        [
            "DNS:stat1.example.com",
            "DNS:b.example.com",
            "DNS:*.example.com",
            "IP:10.0.0.1",
            "IP:::1",
            "email:ops@example.com"
        ]
    );
}

#[test]
fn the_mail_address_is_in_subject_and_alternative_names() {
    let request = CaRequest::new("Example CA")
        .unwrap()
        .with_email("a@b.example".parse().unwrap());
    let subject = request.subject().unwrap();
    assert_eq!(subject.oneline(), "/CN=Example CA/emailAddress=a@b.example");
    assert_eq!(request.subject_alt_names().len(), 1);
}
