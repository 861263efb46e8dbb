//! We and `openssl ca` take turns in one folder.

use std::fs;

use trustpack_e2e::ca::{TestCa, check_call, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::openssl;

/// Issues a certificate with `openssl ca` in the CA directory; gives its serial.
#[track_caller]
fn openssl_issues(ca: &TestCa, host: &str) -> String {
    openssl::request(ca.dir(), "request", host);
    Call::foreign("openssl", openssl::CA)
        .args(["-batch", "-in", "request.csr", "-out", "issued.pem"])
        .within(ca.dir())
        .succeeds();
    let issued = ca.dir().join("issued.pem");
    openssl::verify(
        &ca.conf("ca_cert.pem"),
        &["-purpose", "sslserver", "-verify_hostname", host],
        &issued,
    )
    .succeeds();
    openssl::serial(&issued)
}

#[test]
fn we_and_openssl_take_turns() {
    let ca = TestCa::new();
    let mut serials = Vec::new();
    for turn in ["1", "2"] {
        serials.push(ca.issue(&format!("ours{turn}.example.com"), &[]).serial);
        serials.push(openssl_issues(&ca, &format!("theirs{turn}.example.com")));
        check_call(ca.dir())
            .succeeds()
            .prints("nothing is out of step");
    }
    assert_eq!(ledger_serials(ca.dir()), serials);
    let [ours, theirs] = [&serials[2], &serials[3]];
    assert_ne!(ours, theirs);
}

#[test]
fn a_folder_that_counts_goes_on_counting() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "01\n").unwrap();
    assert_eq!(ca.issue("a.example.com", &[]).serial, "01");
    assert_eq!(openssl_issues(&ca, "b.example.com"), "02");
    assert_eq!(ca.issue("c.example.com", &[]).serial, "03");
    assert_eq!(openssl_issues(&ca, "d.example.com"), "04");
    assert_eq!(
        fs::read_to_string(ca.conf("serial.num")).unwrap().trim(),
        "05"
    );
    check_call(ca.dir())
        .succeeds()
        .prints("nothing is out of step");
}

#[test]
fn openssl_revokes_what_we_issued() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let openssl_ca = |arguments: &[&str]| {
        Call::foreign("openssl", openssl::CA)
            .args(arguments)
            .within(ca.dir())
            .succeeds()
    };
    openssl_ca(&[
        "-revoke",
        host.ledger_copy.to_str().unwrap(),
        "-crl_reason",
        "superseded",
    ]);
    openssl_ca(&["-gencrl", "-out", "ca_conf/crl.pem"]);
    Call::foreign("openssl", ["crl", "-noout", "-text", "-in"])
        .arg(ca.conf("crl.pem"))
        .succeeds()
        .prints(&host.serial);
    let revoked = openssl::verify(
        &ca.conf("ca_cert.pem"),
        &[
            "-crl_check",
            "-CRLfile",
            ca.conf("crl.pem").to_str().unwrap(),
        ],
        &host.certificate,
    )
    .run();
    assert!(!revoked.status.success(), "{revoked}");
    ca.issue("b.example.com", &[]);
    ca.assert_in_order();
}
