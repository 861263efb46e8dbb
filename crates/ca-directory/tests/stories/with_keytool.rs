//! Java reads the stores that a CA directory holds.

use crate::support::{TestCa, order, run_ok};

#[track_caller]
fn list(ca: &TestCa, store: &str, password: &[&str]) -> String {
    let arguments = [
        &["-list", "-storetype", "PKCS12", "-keystore", store],
        password,
    ]
    .concat();
    run_ok(ca.dir(), "keytool", &arguments)
}

#[test]
fn the_trust_store_has_one_trusted_entry() {
    let ca = TestCa::new();
    let shown = list(&ca, "ca_conf/ca_cert.pfx", &["-storepass", ""]);
    assert_eq!(shown.matches("trustedCertEntry").count(), 1, "{shown}");
    let shown = list(&ca, "ca_conf/ca_cert.pfx", &[]);
    assert_eq!(shown.matches("trustedCertEntry").count(), 1, "{shown}");
}

#[test]
fn the_key_store_has_a_key_entry() {
    let ca = TestCa::new();
    let issued = ca.issue(&order("stat1.example.com")).unwrap();
    let pfx = issued.paths.pfx.unwrap();
    let shown = list(&ca, pfx.to_str().unwrap(), &["-storepass", ""]);
    assert_eq!(shown.matches("PrivateKeyEntry").count(), 1, "{shown}");
}
