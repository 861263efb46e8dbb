//! What `ca check` finds, each beside a folder in which it finds nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use trustpack_ca_directory::check::found::SHOWN_OF_A_KIND;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_keystore::password::Password;
use trustpack_keystore::pkcs12::{self, Encryption};

use crate::support::{TestCa, now, order};

const SERIAL: &str = "41010101010101010101010101010101";

/// Spoils a folder with one certificate; `want` are codes and file names.
#[track_caller]
fn check(spoil: impl FnOnce(&TestCa), want: &[&str]) {
    let ca = TestCa::new();
    ca.issue(&order("a.example.com")).unwrap();
    ca.assert_in_order();
    spoil(&ca);
    assert_eq!(ca.findings(), want);
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn keys() {
    check(
        |ca| fs::remove_file(ca.conf("ca_priv_key.pem")).unwrap(),
        &["TP6001 ca_priv_key.pem"],
    );
    check(
        |ca| {
            fs::remove_file(ca.conf("ca_priv_key.pem")).unwrap();
            fs::copy(
                TestCa::new().conf("ca_priv_key.pem"),
                ca.conf("ca_priv_key.pem"),
            )
            .unwrap();
        },
        &["TP6002 ca_cert.pem"],
    );
}

#[test]
fn trust_store() {
    check(
        |ca| {
            let chain = [ca.unlocked.authority().certificate().clone()];
            let (key, empty) = (ca.unlocked.authority().key(), Password::empty());
            let pfx = pkcs12::write_key_store(key, &chain, &empty, Encryption::Legacy).unwrap();
            fs::write(ca.conf("ca_cert.pfx"), pfx).unwrap();
        },
        &["TP6004 ca_cert.pfx"],
    );
    check(
        |ca| fs::remove_file(ca.conf("ca_cert.pfx")).unwrap(),
        &["TP6005 ca_cert.pfx"],
    );
    check(
        |ca| copy(&TestCa::new().conf("ca_cert.pfx"), &ca.conf("ca_cert.pfx")),
        &["TP6005 ca_cert.pfx"],
    );
}

#[test]
fn end_of_the_ca() {
    let ca = TestCa::new();
    let codes = |at: &str| -> Vec<String> {
        let findings = ca.unlocked.directory().check(at.parse().unwrap(), None);
        findings
            .findings
            .iter()
            .map(|f| f.code().to_string())
            .collect()
    };
    assert!(codes("2036-01-01").is_empty());
    assert_eq!(codes("2036-11-01"), ["TP6007"]);
    assert_eq!(codes("2037-01-01"), ["TP6006"]);
}

#[test]
fn permissions() {
    check(
        |ca| set_mode(&ca.dir().join("ca_conf"), 0o755),
        &["TP6008 ca_conf"],
    );
    check(
        |ca| set_mode(&ca.dir().join("repository"), 0o775),
        &["TP6008 repository"],
    );
    check(
        |ca| set_mode(&ca.conf("ca_priv_key.pem"), 0o440),
        &["TP6008 ca_priv_key.pem"],
    );
    let key = format!("repository/{SERIAL}_a_priv_key.pem");
    check(|ca| set_mode(&ca.dir().join(&key), 0o640), &[]);
    let want = format!("TP6008 {SERIAL}_a_priv_key.pem");
    check(|ca| set_mode(&ca.dir().join(&key), 0o644), &[&want]);
}

#[test]
fn ledger() {
    check(
        |ca| fs::write(ca.conf("ca.db"), "nonsense\n").unwrap(),
        &["TP6009 ca.db"],
    );
    check(
        |ca| fs::remove_file(ca.conf("ca.db")).unwrap(),
        &["TP6009 ca.db"],
    );
    check(
        |ca| fs::write(ca.conf("ca.db"), ca.ledger().repeat(2)).unwrap(),
        &["TP6010 ca.db"],
    );
    let names = ["", "_a_cert.pem", "_a_cert.pfx", "_a_priv_key.pem"];
    let want = names.map(|n| format!("TP6015 {SERIAL}{}", if n.is_empty() { ".pem" } else { n }));
    let want: Vec<&str> = want.iter().map(String::as_str).collect();
    check(|ca| fs::write(ca.conf("ca.db"), "").unwrap(), &want);
}

#[test]
fn ends_of_the_ledger() {
    check(
        |ca| fs::write(ca.conf("ca.db"), ca.ledger().trim_end()).unwrap(),
        &["TP6017 ca.db"],
    );
    let ended = |ca: &TestCa| {
        ca.unlocked
            .directory()
            .check("2027-03-01".parse().unwrap(), None)
    };
    let ca = TestCa::new();
    ca.issue(&order("a.example.com")).unwrap();
    let codes: Vec<_> = ended(&ca)
        .findings
        .iter()
        .map(|f| f.code().to_string())
        .collect();
    assert_eq!(codes, ["TP6020"]);
}

#[test]
fn a_subject_twice_is_wrong_where_openssl_takes_each_once() {
    let twice = |ca: &TestCa| ca.issue(&order("a.example.com")).map(drop).unwrap();
    check(twice, &[]);
    check(
        |ca| {
            twice(ca);
            fs::write(ca.conf("ca.db.attr"), "unique_subject = yes\n").unwrap();
        },
        &["TP6021 ca.db.attr"],
    );
}

#[test]
fn of_many_findings_the_first_are_shown() {
    let ca = TestCa::new();
    fs::write(ca.conf("ca.db"), "nonsense\n".repeat(1_000_000)).unwrap();
    let checked = ca.reopened().check(now(), None);
    assert_eq!(checked.findings.len(), SHOWN_OF_A_KIND);
    assert!(checked.findings[1].message.starts_with("line 2 is"));
    assert_eq!(checked.more[0].count, 1_000_000 - SHOWN_OF_A_KIND);
    assert!(checked.has_error());
}

#[test]
fn serial_file() {
    check(
        |ca| fs::write(ca.conf("serial.num"), "x\n").unwrap(),
        &["TP6011 serial.num"],
    );
    check(|ca| fs::write(ca.conf("serial.num"), "01\n").unwrap(), &[]);
    check(
        |ca| {
            fs::write(ca.conf("serial.num"), "07\n").unwrap();
            ca.issue(&order("b.example.com")).unwrap();
            fs::write(ca.conf("serial.num"), "07\n").unwrap();
        },
        &["TP6012 serial.num"],
    );
    check(
        |ca| {
            let next = ca.issue(&order("b.example.com")).unwrap();
            fs::write(ca.conf("serial.num"), next.certificate.serial().to_hex()).unwrap();
        },
        &["TP6012 serial.num"],
    );
    check(
        |ca| fs::write(ca.conf("crl_number"), "").unwrap(),
        &["TP6016 crl_number"],
    );
    check(|ca| fs::remove_file(ca.conf("crl_number")).unwrap(), &[]);
}

#[test]
fn copies() {
    let of_serial = format!("repository/{SERIAL}.pem");
    let [missing, differs] = ["TP6013", "TP6014"].map(|code| format!("{code} {SERIAL}.pem"));
    check(
        |ca| fs::remove_file(ca.dir().join(&of_serial)).unwrap(),
        &[&missing],
    );
    check(
        |ca| copy(&ca.conf("ca_cert.pem"), &ca.dir().join(&of_serial)),
        &[&differs],
    );
}

#[test]
fn findings_name_the_values() {
    let ca = TestCa::new();
    set_mode(&ca.conf("ca_priv_key.pem"), 0o644);
    let directory = CaDirectory::open(ca.dir()).unwrap();
    let findings = directory.check(now(), None).findings;
    assert_eq!(
        findings[0].message,
        "its permissions are 0644; other accounts must have none"
    );
}
