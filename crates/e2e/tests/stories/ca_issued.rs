//! What was issued, in the eyes of OpenSSL.

use std::collections::BTreeSet;
use std::path::Path;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl;

/// `cert issue` arguments with every kind of name.
const ALL_NAMES: [&str; 8] = [
    "--san",
    "b.example.com,c.example.com",
    "--ip",
    "10.0.0.1,2001:db8::1",
    "--email",
    "ops@example.com",
    "--organization",
    "Example",
];

#[test]
fn openssl_verifies_what_was_issued() {
    let ca = TestCa::new();
    let other = TestCa::new();
    let host = ca.issue("a.example.com", &ALL_NAMES);
    for purpose in ["sslserver", "sslclient"] {
        for name in ["a.example.com", "b.example.com"] {
            openssl::verify(
                &ca.conf("ca_cert.pem"),
                &["-purpose", purpose, "-verify_hostname", name],
                &host.certificate,
            )
            .succeeds();
        }
    }
    openssl::verify(
        &ca.conf("ca_cert.pem"),
        &["-verify_ip", "2001:db8::1"],
        &host.certificate,
    )
    .succeeds();
    let other_name = openssl::verify(
        &ca.conf("ca_cert.pem"),
        &["-verify_hostname", "other.example.com"],
        &host.certificate,
    )
    .run();
    assert!(!other_name.status.success(), "{other_name}");
    let other_ca = openssl::verify(&other.conf("ca_cert.pem"), &[], &host.certificate).run();
    assert!(!other_ca.status.success(), "{other_ca}");
}

/// The facts of a certificate, each as `openssl x509 -text` writes it.
#[track_caller]
fn check_facts(certificate: &Path, want: &[&str]) {
    let text = openssl::text(certificate);
    for fact in want {
        assert!(text.contains(fact), "{fact:?} is missing in\n{text}");
    }
}

#[test]
fn certificates_hold_what_they_must() {
    let ca = TestCa::new();
    let server = ca.issue("a.example.com", &ALL_NAMES);
    check_facts(
        &server.certificate,
        &[
            "Version: 3 (0x2)",
            "Issuer: CN = Example CA\n",
            "Subject: O = Example, CN = a.example.com, emailAddress = ops@example.com\n",
            "X509v3 Basic Constraints: critical\n                CA:FALSE\n",
            "X509v3 Key Usage: critical\n                Digital Signature\n",
            "X509v3 Extended Key Usage: \n                TLS Web Server Authentication, TLS Web Client Authentication\n",
            "X509v3 Subject Alternative Name: \n                DNS:a.example.com, DNS:b.example.com, \
         DNS:c.example.com, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:ops@example.com\n",
            "X509v3 Subject Key Identifier: \n",
        ],
    );
    check_facts(
        &ca.conf("ca_cert.pem"),
        &[
            "Subject: CN = Example CA\n",
            "X509v3 Basic Constraints: critical\n                CA:TRUE\n",
            "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n",
            "X509v3 Subject Key Identifier: \n",
        ],
    );
    let key_id = |certificate: &Path, which: &str| {
        let text = openssl::text(certificate);
        let (_, after) = text.split_once(which).unwrap();
        after.lines().nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(
        key_id(&server.certificate, "X509v3 Authority Key Identifier"),
        key_id(&ca.conf("ca_cert.pem"), "X509v3 Subject Key Identifier"),
    );
    let client = ca.issue("gui.example.com", &["--profile", "client"]);
    check_facts(
        &client.certificate,
        &["Extended Key Usage: \n                TLS Web Client Authentication\n"],
    );
    let only = ca.issue(
        "only.example.com",
        &["--profile", "server-only", "--email-protection"],
    );
    check_facts(
        &only.certificate,
        &[
            "Extended Key Usage: \n                TLS Web Server Authentication, E-mail Protection\n",
        ],
    );
}

/// The one with RSA keys: slow to make, and with a usage of their own.
#[test]
fn rsa_keys_may_encipher() {
    let ca = TestCa::with(&["--key", "rsa-2048", "--digest", "sha512"]);
    Call::trustpack([
        "cert",
        "issue",
        "a.example.com",
        "--digest",
        "sha384",
        "--ca",
    ])
    .arg(ca.dir())
    .succeeds();
    let host = ca.newest("a.example.com");
    openssl::verify(&ca.conf("ca_cert.pem"), &[], &host.certificate).succeeds();
    check_facts(
        &host.certificate,
        &[
            "Public-Key: (2048 bit)",
            "Exponent: 65537",
            "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n",
            "Signature Algorithm: sha384WithRSAEncryption\n",
        ],
    );
    check_facts(
        &ca.conf("ca_cert.pem"),
        &["Signature Algorithm: sha512WithRSAEncryption\n"],
    );
    ca.assert_in_order();
}

#[test]
fn dates_end_when_asked() {
    let ca = TestCa::new();
    let check = |arguments: &[&str], days: u64| {
        let host = ca.issue("a.example.com", arguments);
        assert_eq!(openssl::days(&host.certificate), days);
    };
    check(&[], 100);
    check(&["--days", "1"], 1);
    check(&["--days", "700"], 700);
    assert_eq!(openssl::days(&ca.conf("ca_cert.pem")), 3652);
}

#[test]
fn an_address_is_no_name_of_a_host() {
    let ca = TestCa::new();
    for (host, arguments) in [
        ("10.0.0.1", &[][..]),
        ("2001:db8::1", &[]),
        ("a.example.com", &["--san", "10.0.0.1"]),
    ] {
        ca.issue_call(host, arguments)
            .exits_with(2)
            .says("it is an IP address, not the name of a host; an address goes with --ip");
    }
}

#[test]
fn every_certificate_has_a_key_and_a_serial_of_its_own() {
    let ca = TestCa::new();
    let of = |host: &str| {
        let files = ca.issue(host, &[]);
        let key = Call::foreign("openssl", ["x509", "-noout", "-pubkey", "-in"])
            .arg(&files.certificate)
            .succeeds();
        (key.stdout, files.serial)
    };
    let (keys, serials): (BTreeSet<String>, BTreeSet<String>) =
        (0..8).map(|_| of("a.example.com")).unzip();
    assert_eq!((keys.len(), serials.len()), (8, 8));
}
