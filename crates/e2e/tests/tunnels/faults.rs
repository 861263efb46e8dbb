//! Chains with several faults: the first in the order of judgement is named, the others are listed.

use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::pki::{CA, HOST, Validity, Wish};
use trustpack_e2e::plain::{self, Service};

use crate::certificates::{Certificates, host_with};

#[test]
fn a_server_of_three_faults() {
    let certificates = Certificates::new();
    let client_only = host_with("serverAuth,clientAuth", "clientAuth");
    let faults = client_only.replace("host.example.com", "elsewhere.example.com");
    let with = |name: &'static str, extensions: &str, validity| {
        certificates.pki.issue(Wish {
            extensions,
            validity,
            ..Wish::host(name, "root")
        });
    };
    let elsewhere = host_with("host.example.com", "elsewhere.example.com");
    with("three-faults", &faults, Validity::Over);
    with("two-faults", &elsewhere, Validity::Over);
    with("one-fault", HOST, Validity::Over);

    let usage = "the extended key usage";
    let name = "host.example.com";
    let dates = "was valid until 2020-12-31";
    check(&certificates, "three-faults", "path", &[usage, name, dates]);
    check(&certificates, "two-faults", "name", &[name, dates]);
    check(&certificates, "one-fault", "dates", &[dates]);
}

#[test]
fn a_chain_that_is_too_long_wrongly_named_and_expired() {
    let certificates = Certificates::new();
    let short = CA.replace("CA:TRUE", "CA:TRUE,pathlen:0");
    let elsewhere = host_with("host.example.com", "elsewhere.example.com");
    for wish in [
        Wish {
            issuer: "root",
            extensions: &short,
            ..Wish::root("upper")
        },
        Wish {
            issuer: "upper",
            validity: Validity::Over,
            ..Wish::root("lower")
        },
        Wish {
            extensions: &elsewhere,
            ..Wish::host("below", "lower")
        },
    ] {
        certificates.pki.issue(wish);
    }
    let faults = [
        "the number of CAs below",
        "host.example.com",
        "was valid until 2020-12-31",
    ];
    let chain = certificates.pki.bundle("chain.pem", &["lower", "upper"]);
    check_with_chain(&certificates, "below", chain.to_str(), "path", &faults);
}

/// A client without its certificate for clients, and expired, at a mutual port.
#[test]
fn a_client_of_two_faults() {
    let certificates = Certificates::new();
    let server_only = host_with("serverAuth,clientAuth", "serverAuth");
    certificates.pki.issue(Wish {
        extensions: &server_only,
        validity: Validity::Over,
        ..Wish::host("two-faults", "root")
    });
    let service = Service::returning(1);
    let mut tunnel = certificates.server(service.address(), "p256", &["--tls-mutual", "1"]);
    for version in ["-tls1_2", "-tls1_3"] {
        let outcome = s_client(tunnel.address(), &certificates.file("root"))
            .arg(version)
            .arg("-cert")
            .arg(certificates.file("two-faults"))
            .arg("-key")
            .arg(certificates.pki.key("two-faults"))
            .stdin(b"x")
            .run();
        assert_eq!(outcome.stdout, "", "{outcome}");
        let report = tunnel.refused("path", "the extended key usage");
        assert!(
            report.text("later").unwrap().contains("was valid until"),
            "{report}"
        );
    }
}

#[track_caller]
fn check(certificates: &Certificates, server: &str, step: &str, faults: &[&str]) {
    check_with_chain(certificates, server, None, step, faults);
}

/// A client at a server with this certificate must name the first of `faults` with its `step`, and list
/// the others in their order.
#[track_caller]
fn check_with_chain(
    certificates: &Certificates,
    server: &str,
    chain: Option<&str>,
    step: &str,
    faults: &[&str],
) {
    let options: Vec<&str> = chain
        .into_iter()
        .flat_map(|file| ["-cert_chain", file])
        .collect();
    let server = certificates.foreign_server(server, &options);
    let mut tunnel = certificates.client(server.address(), None, &[]);
    drop(plain::exchange(tunnel.address(), b"not for you\n"));
    let report = tunnel.refused(step, faults[0]);
    let later = report.text("later").unwrap_or_default();
    let mut rest = later;
    for fault in &faults[1..] {
        match rest.split_once(fault) {
            Some((_, after)) => rest = after,
            None => panic!("{fault:?} is not in its place: {report}"),
        }
    }
    assert_eq!(later.is_empty(), faults.len() == 1, "{report}");
}
