//! Mending of everything but the ledger: numbers, copies, trust store, permissions, and what OpenSSL looks at.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use trustpack_ca_directory::entropy::Entropy;
use trustpack_ca_directory::ledger::cause::Cause;
use trustpack_ca_directory::repair::RepairMode;
use trustpack_ca_directory::revoke::Action;
use trustpack_keystore::password::Password;
use trustpack_keystore::pem::{certificates_to_pem, read_certificates};
use trustpack_keystore::pkcs12::{self, Encryption};
use trustpack_x509::certificate::Certificate;
use trustpack_x509::crl::reason::RevocationReason;
use trustpack_x509::serial::Serial;

use super::{check, codes, line, repair, repair_at, two_certificates};
use crate::support::{TestCa, now, order, run_ok, snapshot};

#[test]
fn numbers() {
    let (ca, _) = check(
        |ca| fs::write(ca.conf("serial.num"), "").unwrap(),
        &["TP6011"],
        &[],
    );
    let next: Serial = fs::read_to_string(ca.conf("serial.num"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert_eq!(next.counting_value(), None);
    let (ca, _) = check(
        |ca| fs::write(ca.conf("crl_number"), "x\n").unwrap(),
        &["TP6016"],
        &[],
    );
    assert_eq!(fs::read_to_string(ca.conf("crl_number")).unwrap(), "02\n");
    check(
        |ca| fs::write(ca.conf("crl_number"), "01\n").unwrap(),
        &["TP6019"],
        &[],
    );
    // Something that is no file is not replaced.
    check(
        |ca| {
            fs::remove_file(ca.conf("serial.num")).unwrap();
            fs::create_dir(ca.conf("serial.num")).unwrap();
        },
        &[],
        &["TP6011"],
    );
}

#[test]
fn a_counting_folder_goes_on_counting() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "07\n").unwrap();
    for host in ["a.example.com", "b.example.com"] {
        ca.issue(&order(host)).unwrap();
    }
    fs::write(ca.conf("serial.num"), "07\n").unwrap();
    let repaired = repair(&ca);
    assert_eq!(codes(&repaired.done.findings), ["TP6012"]);
    assert_eq!(fs::read_to_string(ca.conf("serial.num")).unwrap(), "09\n");
    ca.issue(&order("c.example.com")).unwrap();
    ca.assert_in_order();
}

#[test]
fn copies() {
    let serial = "41010101010101010101010101010101";
    let copy = |ca: &TestCa| ca.dir().join(format!("repository/{serial}.pem"));
    check(|ca| fs::remove_file(copy(ca)).unwrap(), &["TP6013"], &[]);
    check(
        |ca| {
            fs::copy(ca.conf("ca_cert.pem"), copy(ca)).unwrap();
        },
        &["TP6014"],
        &[],
    );
    // From the PKCS#12 file.
    let sent = |ca: &TestCa| ca.dir().join(format!("repository/{serial}_a_cert.pem"));
    check(
        |ca| {
            [copy(ca), sent(ca)]
                .into_iter()
                .for_each(|path| fs::remove_file(path).unwrap());
        },
        &["TP6013"],
        &[],
    );
    check(
        |ca| {
            let pfx = ca.dir().join(format!("repository/{serial}_a_cert.pfx"));
            [copy(ca), sent(ca), pfx]
                .into_iter()
                .for_each(|path| fs::remove_file(path).unwrap());
        },
        &[],
        &["TP6013"],
    );
}

#[test]
fn trust_store() {
    check(
        |ca| fs::remove_file(ca.conf("ca_cert.pfx")).unwrap(),
        &["TP6005"],
        &[],
    );
    let (ca, repaired) = check(
        |ca| {
            let chain = [ca.unlocked.authority().certificate().clone()];
            let (key, empty) = (ca.unlocked.authority().key(), Password::empty());
            let pfx = pkcs12::write_key_store(key, &chain, &empty, Encryption::Legacy).unwrap();
            fs::write(ca.conf("ca_cert.pfx"), pfx).unwrap();
        },
        &["TP6004"],
        &[],
    );
    let kept = repaired.kept.unwrap().join("ca_cert.pfx");
    let mode = fs::metadata(kept).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode, 0o400, "it has a key in it");
    drop(ca);
}

#[test]
fn permissions() {
    let (ca, _) = check(
        |ca| {
            let key = ca.conf("ca_priv_key.pem");
            fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap();
        },
        &["TP6008"],
        &[],
    );
    let mode = fs::metadata(ca.conf("ca_priv_key.pem"))
        .unwrap()
        .permissions()
        .mode()
        & 0o7777;
    assert_eq!(mode, 0o600, "nothing but what others had is taken");
}

#[test]
fn permissions_of_a_host() {
    let key = |ca: &TestCa| {
        let name = "repository/41010101010101010101010101010101_a_priv_key.pem";
        ca.dir().join(name)
    };
    let (ca, _) = check(
        |ca| fs::set_permissions(key(ca), fs::Permissions::from_mode(0o666)).unwrap(),
        &["TP6008"],
        &[],
    );
    let mode = fs::metadata(key(&ca)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode, 0o600, "nobody chose the group");
}

#[test]
fn files_of_hosts_that_are_something_else() {
    for end in ["cert.pfx", "cert.pem", "priv_key.pem"] {
        let name = format!("repository/41010101010101010101010101010101_a_{end}");
        check(
            |ca| fs::write(ca.dir().join(&name), [7; 99]).unwrap(),
            &[],
            &["TP6025"],
        );
    }
}

/// The certificates of a PEM text as another PEM text.
fn changed(pem: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let certificates = read_certificates(pem.as_bytes()).unwrap();
    let mut der = certificates.first().unwrap().der().to_vec();
    change(&mut der);
    certificates_to_pem(&[Certificate::from_der(&der).unwrap()])
}

#[test]
fn certificates_of_hosts_that_are_others() {
    let file = |ca: &TestCa, host: &str| {
        let end = format!("_{host}_cert.pem");
        let names = fs::read_dir(ca.dir().join("repository")).unwrap();
        let mut paths = names.map(|entry| entry.unwrap().path());
        paths
            .find(|path| path.to_string_lossy().ends_with(&end))
            .unwrap()
    };
    let read = |ca: &TestCa, host: &str| fs::read_to_string(file(ca, host)).unwrap();
    let root = |ca: &TestCa| fs::read_to_string(ca.conf("ca_cert.pem")).unwrap();
    type Contents<'a> = &'a dyn Fn(&TestCa) -> String;
    let cases: [(Contents<'_>, Option<&str>); 8] = [
        (&|ca| read(ca, "b"), Some(" (CN=b.example.com)")),
        (
            &|ca| root(ca) + &read(ca, "a"),
            Some("the serial of the certificate in it is "),
        ),
        // The name of another host, behind the signature.
        (
            &|ca| {
                changed(&read(ca, "a"), |der| {
                    let name = b"a.example.com";
                    for at in 0..der.len() {
                        if der[at..].starts_with(name) {
                            der[at] = b'x';
                        }
                    }
                })
            },
            Some("no key of this CA signed the certificate in it (CN=x.example.com)"),
        ),
        // The same serial, of another CA with the same name.
        (
            &|_| read(&two_certificates(), "a"),
            Some("no key of this CA signed the certificate in it (CN=a.example.com)"),
        ),
        (
            &|_| "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
            Some(""),
        ),
        // What stands before and behind it is no matter, nor how lines end.
        (&|ca| read(ca, "a") + &root(ca), None),
        (
            &|ca| "Certificate:\n    Data:\n".to_owned() + &read(ca, "a"),
            None,
        ),
        (&|ca| read(ca, "a").replace('\n', "\r\n"), None),
    ];
    for (contents, said) in cases {
        let codes: &[&str] = if said.is_some() { &["TP6025"] } else { &[] };
        let spoil = |ca: &TestCa| fs::write(file(ca, "a"), contents(ca)).unwrap();
        let (ca, repaired) = check(spoil, &[], codes);
        if let Some(said) = said {
            let finding = &repaired.left.findings[0];
            assert!(finding.message.contains(said), "{finding:?}");
            assert_eq!(finding.path, file(&ca, "a"));
        }
    }
}

#[test]
fn what_openssl_looks_at() {
    check(
        |ca| {
            ca.issue(&order("a.example.com")).unwrap();
            fs::write(ca.conf("ca.db.attr"), "unique_subject = yes\n").unwrap();
        },
        &["TP6021"],
        &[],
    );
    let ca = two_certificates();
    let repaired = repair_at(&ca, RepairMode::Mend, "2027-03-01".parse().unwrap());
    assert_eq!(codes(&repaired.done.findings), ["TP6020"]);
    assert!(line(&ca, 0).starts_with("E\t") && line(&ca, 1).starts_with("R\t"));
}

#[test]
fn where_the_old_files_cannot_be_kept_nothing_is_decided() {
    let spoils: [fn(&std::path::Path); 3] = [
        |mended| std::os::unix::fs::symlink("../repository", mended).unwrap(),
        |mended| std::os::unix::fs::symlink("nowhere", mended).unwrap(),
        |mended| fs::write(mended, "").unwrap(),
    ];
    for spoil in spoils {
        let ca = two_certificates();
        let mended = ca.conf("mended");
        spoil(&mended);
        fs::write(ca.conf("serial.num"), "").unwrap();
        let before = snapshot(ca.dir());
        for mode in [RepairMode::Rehearse, RepairMode::Mend] {
            let mut entropy = Entropy::new(|| [0xEE; 16]);
            let refused = ca.reopened().repair(mode, now(), None, &mut entropy);
            let message = refused.unwrap_err().to_string();
            assert!(message.contains("mended is no folder"), "{message}");
            assert!(message.contains("take it away"), "{message}");
            assert_eq!(snapshot(ca.dir()), before);
        }
        // The next command goes on, and so does mending when the way is free.
        ca.issue(&order("c.example.com")).unwrap_err();
        assert_eq!(ca.findings(), ["TP6011 serial.num"]);
        fs::remove_file(&mended).unwrap();
        assert_eq!(codes(&repair(&ca).done.findings), ["TP6011"]);
        ca.issue(&order("c.example.com")).unwrap();
    }
}

fn put_pipe(path: &std::path::Path) {
    drop(fs::remove_file(path));
    run_ok(path.parent().unwrap(), "mkfifo", &[path.to_str().unwrap()]);
}

#[test]
fn a_list_that_says_nothing_is_found() {
    let foreign = |ca: &TestCa| {
        let other = two_certificates();
        fs::copy(other.conf("crl.pem"), ca.conf("crl.pem")).unwrap();
    };
    check(foreign, &[], &["TP6026"]);
    for garbage in ["", "garbage", "-----BEGIN X509 CRL-----\nAA==\n"] {
        check(
            |ca| fs::write(ca.conf("crl.pem"), garbage).unwrap(),
            &[],
            &["TP6026"],
        );
    }
    let ca = two_certificates();
    put_pipe(&ca.conf("crl.pem"));
    assert_eq!(ca.findings(), ["TP6026 crl.pem"]);
}

#[test]
fn a_list_that_lacks_a_revocation_is_found() {
    let ca = two_certificates();
    let third = ca.issue(&order("c.example.com")).unwrap();
    let serials = [third.certificate.serial().clone()].into();
    let action = Action::Revoke {
        cause: Cause::new(RevocationReason::Unspecified),
        at: None,
    };
    ca.reopened().revoke(&serials, action, None, now()).unwrap();
    assert_eq!(ca.findings(), ["TP6027 crl.pem"]);
    // A folder without any list has none that is behind.
    fs::remove_file(ca.conf("crl.pem")).unwrap();
    fs::write(ca.conf("crl_number"), "01\n").unwrap();
    ca.assert_in_order();
}

#[test]
fn nothing_waits_for_whoever_writes_into_a_pipe() {
    let serial = "41010101010101010101010101010101";
    let ca = two_certificates();
    put_pipe(&ca.dir().join(format!("repository/{serial}.pem")));
    assert_eq!(ca.findings(), [format!("TP6014 {serial}.pem")]);
    repair(&ca);
    let ca = two_certificates();
    put_pipe(&ca.conf("ca.db"));
    assert_eq!(ca.findings()[0], "TP6009 ca.db");
    repair(&ca);
    for name in ["serial.num", "crl_number", "ca_cert.pfx", "ca.db.attr"] {
        let ca = two_certificates();
        put_pipe(&ca.conf(name));
        assert_eq!(
            ca.findings().len(),
            usize::from(name != "ca.db.attr"),
            "{name}"
        );
        repair(&ca);
    }
    let ca = two_certificates();
    put_pipe(&ca.conf("ca_cert.pem"));
    assert!(trustpack_ca_directory::directory::CaDirectory::open(ca.dir()).is_err());
}
