//! `ca renew`: the same name and key with new dates, for those who trust the old certificate too.

use std::fs;
use std::path::Path;

use trustpack_e2e::ca::{TestCa, check_call, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::chains::{Meeting, assert_linted, assert_trusted};
use trustpack_e2e::{folder, openssl};

use super::{copy, life};

fn field(certificate: &Path, option: &str) -> String {
    Call::foreign("openssl", ["x509", "-noout", option, "-in"])
        .arg(certificate)
        .succeeds()
        .stdout
}

/// The DER of subject and issuer, as OpenSSL finds it.
fn name_der(certificate: &Path) -> Vec<String> {
    let parsed = Call::foreign("openssl", ["asn1parse", "-dump", "-in"])
        .arg(certificate)
        .succeeds()
        .stdout;
    let strings = parsed.lines().filter(|line| line.contains("STRING"));
    let values = strings.map(|line| line.split("prim:").last().unwrap_or_default().to_owned());
    values.take(4).collect()
}

#[test]
fn a_renewed_ca_is_the_same_ca() {
    let ca = TestCa::with(&[
        "--key",
        "ecdsa-p256",
        "--organization",
        "Exämple",
        "--days",
        "30",
    ]);
    let old = ca.issue("old.example.com", &[]);
    let old_root = copy(&ca, &ca.conf("ca_cert.pem"), "old_root.pem");
    let serials = ledger_serials(ca.dir());
    life("renew", ca.dir(), &["--days", "4000"]);
    let new = ca.issue("new.example.com", &["--days", "2000"]);
    let new_root = ca.conf("ca_cert.pem");
    for option in [
        "-subject",
        "-issuer",
        "-pubkey",
        "-ext=subjectKeyIdentifier",
    ] {
        let option = option.split('=').collect::<Vec<_>>();
        let shown = |file: &Path| {
            Call::foreign("openssl", ["x509", "-noout", "-in"])
                .arg(file)
                .args(&option)
                .succeeds()
                .stdout
        };
        assert_eq!(shown(&old_root), shown(&new_root), "{option:?}");
    }
    assert_eq!(name_der(&old_root), name_der(&new_root));
    assert_ne!(field(&old_root, "-serial"), field(&new_root, "-serial"));
    assert_eq!(openssl::days(&new_root), 4000);
    assert_eq!(openssl::days(&new.certificate), 2000);
    let kept = folder::listing(&ca.conf("renewed"));
    let kept: Vec<_> = kept.values().map(|entry| entry.contents.clone()).collect();
    assert_eq!(kept, [fs::read(&old_root).unwrap()]);
    assert_eq!(ledger_serials(ca.dir())[..1], serials);
    let meeting = |trusted, sent| (Meeting { trusted, sent }, true);
    assert_trusted(&[
        meeting(&old_root, &old.certificate),
        meeting(&new_root, &old.certificate),
        meeting(&new_root, &new.certificate),
    ]);
    assert_linted(&[(&new_root, &new_root), (&new_root, &old.certificate)]);
    // OpenSSL goes on in this folder.
    openssl::request(ca.dir(), "request", "other.example.com");
    Call::foreign("openssl", openssl::CA)
        .args(["-batch", "-in", "request.csr", "-out", "other.pem"])
        .within(ca.dir())
        .succeeds();
    openssl::verify(&new_root, &[], &ca.dir().join("other.pem")).succeeds();
    check_call(ca.dir()).succeeds();
}
