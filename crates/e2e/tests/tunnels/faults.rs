//! Chains with several faults: the first in the order of judgement is named, the others are listed.

use trustpack_e2e::openssl_peer::{ReversingServer, s_client};
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
    check(&certificates, "three-faults", "path", usage, &[name, dates]);
    check(&certificates, "two-faults", "name", name, &[dates]);
    check(&certificates, "one-fault", "dates", dates, &[]);
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
    let chain = certificates.pki.bundle("chain.pem", &["lower", "upper"]);
    let server = certificates.foreign_server("below", &["-cert_chain", chain.to_str().unwrap()]);
    let first = "the number of CAs below";
    let later = ["host.example.com", "was valid until 2020-12-31"];
    check_at(&server, &certificates, "path", first, &later);
}

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

/// What a client says of a server with this certificate.
#[track_caller]
fn check(certificates: &Certificates, server: &str, step: &str, first: &str, later: &[&str]) {
    let server = certificates.foreign_server(server, &[]);
    check_at(&server, certificates, step, first, later);
}

/// A client must refuse the server at `step` with `first` in the reason, and list the `later` ones in
/// their order.
#[track_caller]
fn check_at(
    server: &ReversingServer,
    certificates: &Certificates,
    step: &str,
    first: &str,
    later: &[&str],
) {
    let mut tunnel = certificates.client(server.address(), None, &[]);
    drop(plain::exchange(tunnel.address(), b"not for you\n"));
    let report = tunnel.refused(step, first);
    let mut rest = report.text("later").unwrap_or_default();
    assert_eq!(rest.is_empty(), later.is_empty(), "{report}");
    for fault in later {
        match rest.split_once(fault) {
            Some((_, after)) => rest = after,
            None => panic!("{fault:?} is not in its place: {report}"),
        }
    }
}
