//! OpenSSL reads what we make, and works on the same folder.

use std::fs;

use trustpack_ca::request::HostRequest;
use trustpack_ca_directory::issue::IssueOrder;
use trustpack_ca_directory::ledger::LedgerError;
use trustpack_ca_directory::ledger_line::State;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::crl::reason::RevocationReason;

use crate::support::{TestCa, order, run, run_ok};

/// The day of the stories, as OpenSSL wants it.
const AT: [&str; 2] = ["-attime", "1795248000"];
const CA: [&str; 3] = ["ca", "-config", "ca_conf/ca.conf"];

fn full_order() -> IssueOrder {
    let request = HostRequest::new("stat1.example.com".parse().unwrap())
        .with_domains(["b.example.com", "*.example.com"].map(|d| d.parse().unwrap()))
        .with_addresses(["10.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap()])
        .with_email("ops@example.com".parse().unwrap());
    IssueOrder::new(request, KeySpec::EcP256)
}

#[test]
fn openssl_verifies_and_shows_what_was_issued() {
    let ca = TestCa::new();
    let issued = ca.issue(&full_order()).unwrap();
    let certificate = issued.paths.certificate.to_str().unwrap();
    let verify = [
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        "ca_conf/ca_cert.pem",
    ];
    for purpose in ["sslserver", "sslclient"] {
        let mut arguments = verify.to_vec();
        arguments[3] = purpose;
        arguments.extend(["-verify_hostname", "b.example.com"]);
        arguments.extend(AT);
        arguments.push(certificate);
        run_ok(ca.dir(), "openssl", &arguments);
    }
    let text = run_ok(
        ca.dir(),
        "openssl",
        &["x509", "-noout", "-text", "-in", certificate],
    );
    for want in [
        "Version: 3 (0x2)",
        "Issuer: CN = Example CA\n",
        "Subject: CN = stat1.example.com, emailAddress = ops@example.com\n",
        "Not Before: Nov 21 07:55:00 2026 GMT",
        "X509v3 Basic Constraints: critical\n                CA:FALSE\n",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "X509v3 Extended Key Usage: \n                TLS Web Server Authentication, TLS Web Client Authentication\n",
        "DNS:stat1.example.com, DNS:b.example.com, DNS:*.example.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:ops@example.com\n",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
    ] {
        assert!(text.contains(want), "{want:?} in\n{text}");
    }
}

#[test]
fn openssl_reads_the_pfx_with_the_empty_password() {
    let ca = TestCa::new();
    let issued = ca.issue(&full_order()).unwrap();
    let pfx = issued.paths.pfx.unwrap();
    let read = [
        "pkcs12",
        "-legacy",
        "-nodes",
        "-info",
        "-passin",
        "pass:",
        "-in",
        pfx.to_str().unwrap(),
    ];
    let shown = run_ok(ca.dir(), "openssl", &read);
    assert_eq!(shown.matches("BEGIN CERTIFICATE").count(), 2);
    assert_eq!(shown.matches("BEGIN PRIVATE KEY").count(), 1);
    assert!(shown.contains("MAC: sha1, Iteration 1\n"), "{shown}");
    assert!(
        shown.contains("pbeWithSHA1And3-KeyTripleDES-CBC"),
        "{shown}"
    );
    let trust = run_ok(
        ca.dir(),
        "openssl",
        &[
            "pkcs12",
            "-nodes",
            "-passin",
            "pass:",
            "-in",
            "ca_conf/ca_cert.pfx",
        ],
    );
    assert_eq!(trust.matches("BEGIN CERTIFICATE").count(), 1);
    assert!(!trust.contains("PRIVATE KEY"));
}

/// Signs a request with `openssl ca` in the folder; gives the serial.
#[track_caller]
fn sign_with_openssl(ca: &TestCa, host: &str) -> String {
    let subject = format!("/C=DE/CN={host}");
    let names = format!("subjectAltName=DNS:{host},IP:10.0.0.9");
    let request = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "host.key",
        "-out",
        "host.csr",
        "-subj",
        &subject,
        "-addext",
        &names,
        "-addext",
        "basicConstraints=CA:TRUE",
    ];
    run_ok(ca.dir(), "openssl", &request);
    let mut sign = CA.to_vec();
    sign.extend([
        "-batch",
        "-in",
        "host.csr",
        "-out",
        "host.pem",
        "-startdate",
        "20261121080000Z",
    ]);
    run_ok(ca.dir(), "openssl", &sign);
    let mut verify = vec!["verify", "-x509_strict", "-verify_hostname", host];
    verify.extend(["-CAfile", "ca_conf/ca_cert.pem", AT[0], AT[1], "host.pem"]);
    run_ok(ca.dir(), "openssl", &verify);
    let text = run_ok(
        ca.dir(),
        "openssl",
        &["x509", "-noout", "-text", "-in", "host.pem"],
    );
    assert!(
        text.contains("CA:FALSE") && text.contains("IP Address:10.0.0.9"),
        "{text}"
    );
    let serial = run_ok(
        ca.dir(),
        "openssl",
        &["x509", "-noout", "-serial", "-in", "host.pem"],
    );
    serial.trim().trim_start_matches("serial=").to_owned()
}

#[test]
fn we_and_openssl_take_turns() {
    let ca = TestCa::new();
    let mut serials = Vec::new();
    for turn in 0..3 {
        let ours = ca
            .issue(&order(&format!("ours{turn}.example.com")))
            .unwrap();
        serials.push(ours.certificate.serial().to_hex());
        serials.push(sign_with_openssl(&ca, &format!("theirs{turn}.example.com")));
    }
    let mut seen = Vec::new();
    ca.reopened()
        .for_each_record::<LedgerError>(|record| {
            seen.push(record.serial.to_hex());
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, serials);
    ca.assert_in_order();
}

#[test]
fn openssl_revokes_ours_and_makes_a_crl() {
    let ca = TestCa::new();
    let issued = ca.issue(&order("a.example.com")).unwrap();
    let certificate = issued.paths.ledger_copy.to_str().unwrap();
    let with = |rest: &[&str]| run_ok(ca.dir(), "openssl", &[&CA[..], rest].concat());
    let serial = issued.certificate.serial().to_hex();
    let status = [&CA[..], &["-status", &serial]].concat();
    // It ends with 1 whatever the status is.
    let status = String::from_utf8(run(ca.dir(), "openssl", &status).stderr).unwrap();
    assert!(status.contains("=Valid (V)"), "{status}");
    with(&["-revoke", certificate, "-crl_reason", "superseded"]);
    with(&["-gencrl", "-out", "ca_conf/crl.pem"]);
    let crl = run_ok(
        ca.dir(),
        "openssl",
        &["crl", "-in", "ca_conf/crl.pem", "-noout", "-text"],
    );
    assert!(crl.contains(&serial), "{crl}");
    let mut states = Vec::new();
    ca.reopened()
        .for_each_record::<LedgerError>(|record| {
            states.push(record.state);
            Ok(())
        })
        .unwrap();
    let [State::Revoked(revocation)] = &states[..] else {
        panic!("{states:?}")
    };
    assert_eq!(revocation.cause().reason, RevocationReason::Superseded);
    ca.issue(&order("b.example.com")).unwrap();
    ca.assert_in_order();
}

#[test]
fn openssl_counts_on_where_we_counted() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "FE\n").unwrap();
    let ours = || {
        ca.issue(&order("a.example.com"))
            .unwrap()
            .certificate
            .serial()
            .to_hex()
    };
    assert_eq!(ours(), "FE");
    assert_eq!(sign_with_openssl(&ca, "b.example.com"), "FF");
    assert_eq!(ours(), "0100");
    assert_eq!(sign_with_openssl(&ca, "c.example.com"), "0101");
    ca.assert_in_order();
}

#[test]
fn openssl_reads_the_folder_in_the_middle_of_an_interrupted_change() {
    let ca = TestCa::new();
    ca.issue(&order("a.example.com")).unwrap();
    let torn = format!("{}V\t2612", ca.ledger());
    fs::write(ca.conf("ca.db"), torn).unwrap();
    fs::create_dir(ca.conf(".pending")).unwrap();
    fs::write(
        ca.conf(".pending/plan"),
        "trustpack plan 1\nserial 0A\nline V\t261221080000Z\t\t0A\t0A.pem\t/CN=b\nfile 0A.pem\nend\n",
    )
    .unwrap();
    sign_with_openssl(&ca, "b.example.com");
    assert_eq!(ca.reopened().recovered().unwrap().undone.len(), 1);
    assert_eq!(ca.ledger().lines().count(), 2);
    ca.assert_in_order();
}

#[test]
fn openssl_refuses_the_certificate_of_another_ca() {
    let [ca, other] = [TestCa::new(), TestCa::new()];
    let issued = ca.issue(&order("a.example.com")).unwrap();
    let mut verify = vec!["verify", "-CAfile", "ca_conf/ca_cert.pem"];
    verify.extend(AT);
    verify.push(issued.paths.certificate.to_str().unwrap());
    assert!(!run(other.dir(), "openssl", &verify).status.success());
}
