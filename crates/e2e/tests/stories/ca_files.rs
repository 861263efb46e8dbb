//! The files of a CA directory: names, permissions, the ledger.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use trustpack_e2e::ca::{HostFiles, TestCa, check_call, ledger_serials};
use trustpack_e2e::call::{Call, Running};
use trustpack_e2e::{folder, openssl, program};

#[test]
fn files_have_their_names_and_permissions() {
    let ca = TestCa::new();
    let HostFiles { serial, .. } = ca.issue("Stat1.example.com", &[]);
    let modes: Vec<(String, u32)> = folder::listing(ca.dir())
        .into_iter()
        .map(|(path, entry)| (path.to_string_lossy().replace(&serial, "S"), entry.mode))
        .collect();
    let want = [
        ("ca_conf", 0o700),
        ("ca_conf/ca.conf", 0o644),
        ("ca_conf/ca.db", 0o644),
        ("ca_conf/ca_cert.pem", 0o644),
        ("ca_conf/ca_cert.pfx", 0o644),
        ("ca_conf/ca_priv_key.pem", 0o400),
        ("ca_conf/crl_number", 0o644),
        ("ca_conf/serial.num", 0o644),
        ("repository", 0o755),
        ("repository/S.pem", 0o644),
        ("repository/S_Stat1_cert.pem", 0o644),
        ("repository/S_Stat1_cert.pfx", 0o600),
        ("repository/S_Stat1_priv_key.pem", 0o600),
    ];
    assert_eq!(modes, want.map(|(path, mode)| (path.to_owned(), mode)));
}

/// Permissions do not depend on what the shell lets through, in either direction.
#[test]
fn permissions_do_not_follow_the_umask() {
    for umask in ["000", "077"] {
        let folder = folder::temporary();
        let script = format!(
            "umask {umask}; \"$0\" ca create X --ca ca --key ecdsa-p256 && \
             \"$0\" cert issue a.example.com --ca ca --key ecdsa-p256"
        );
        Call::foreign("sh", ["-c", &script])
            .arg(program::trustpack())
            .within(folder.path())
            .succeeds();
        for (path, entry) in folder::listing(folder.path()) {
            let name = path.to_string_lossy().into_owned();
            let want = match name.as_str() {
                "ca/ca_conf" => 0o700,
                name if name.ends_with("ca_priv_key.pem") => 0o400,
                name if name.ends_with("_a_priv_key.pem") => 0o600,
                name if name.ends_with("_a_cert.pfx") => 0o600,
                _ => continue,
            };
            assert_eq!(entry.mode, want, "{name} under umask {umask}");
        }
    }
}

#[test]
fn a_group_may_be_let_in_to_the_key() {
    let ca = TestCa::new();
    // A group that the tester is in, so that no privilege is needed; by number and by name.
    let group = |flag| {
        Call::foreign("id", [flag])
            .succeeds()
            .stdout
            .trim()
            .to_owned()
    };
    for name in [group("-g"), group("-gn")] {
        let host = ca.issue("a.example.com", &["--key-group", &name]);
        for path in [&host.key, &host.pfx] {
            let metadata = path.metadata().unwrap();
            assert_eq!(metadata.mode() & 0o7777, 0o640, "{}", path.display());
            assert_eq!(metadata.gid().to_string(), group("-g"));
        }
        assert_eq!(host.certificate.metadata().unwrap().mode() & 0o7777, 0o644);
    }
    let before = folder::listing(ca.dir());
    ca.issue_call("b.example.com", &["--key-group", "no-such-group"])
        .refused("there is no group \"no-such-group\"");
    folder::assert_unchanged(ca.dir(), &before);
}

#[test]
fn certificate_files_are_pem_alone_and_the_ledger_has_a_line() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    for path in [&host.certificate, &host.ledger_copy] {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with("-----BEGIN CERTIFICATE-----\n"), "{text}");
        assert_eq!(text.matches("BEGIN").count(), 1, "{text}");
    }
    assert_eq!(openssl::serial(&host.certificate), host.serial);
    let ledger = fs::read_to_string(ca.conf("ca.db")).unwrap();
    let fields: Vec<&str> = ledger.trim_end().split('\t').collect();
    let copy = format!("{}.pem", host.serial);
    assert_eq!(fields[0], "V");
    assert!(
        fields[1].ends_with('Z') && fields[1].len() == 13,
        "{ledger}"
    );
    assert_eq!(fields[2..], ["", &host.serial, &copy, "/CN=a.example.com"]);
    Call::trustpack(["cert", "show", &host.serial, "--ca"])
        .arg(ca.dir())
        .succeeds()
        .prints("a.example.com");
}

#[test]
fn many_hosts_and_the_same_again_get_serials_of_their_own() {
    let ca = TestCa::new();
    for _ in 0..2 {
        Call::trustpack(["cert", "issue", "a.example.com", "b.example.com", "--ca"])
            .arg(ca.dir())
            .args(["--key", "ecdsa-p256"])
            .succeeds();
    }
    let serials = ledger_serials(ca.dir());
    assert_eq!(serials.iter().collect::<BTreeSet<_>>().len(), 4);
    for serial in &serials {
        // 16 octets, the top bits 01.
        assert_eq!(serial.len(), 32, "{serial}");
        assert!(
            ('4'..='7').contains(&serial.chars().next().unwrap()),
            "{serial}"
        );
    }
    ca.assert_in_order();
}

#[test]
fn commands_at_the_same_time_take_turns() {
    let ca = TestCa::new();
    fs::write(ca.conf("serial.num"), "01\n").unwrap();
    let hosts = (1..=8).map(|number| format!("h{number}.example.com"));
    let running: Vec<Running> = hosts
        .map(|host| ca.issue_call(&host, &[]).discard_output().start())
        .collect();
    for each in running {
        let outcome = each.end();
        assert!(outcome.status.success(), "{outcome}");
    }
    let serials: Vec<String> = (1..=8).map(|serial| format!("{serial:02X}")).collect();
    assert_eq!(ledger_serials(ca.dir()), serials);
    ca.assert_in_order();
}

#[test]
fn an_encrypted_ca_key_needs_its_password() {
    let folder = folder::temporary();
    let password = folder.path().join("password");
    fs::write(&password, "s3cret\n").unwrap();
    let password = password.to_str().unwrap();
    let ca = TestCa::with(&["--key", "ecdsa-p256", "--ca-password-file", password]);
    let key = fs::read_to_string(ca.conf("ca_priv_key.pem")).unwrap();
    assert!(key.contains("BEGIN ENCRYPTED PRIVATE KEY"), "{key}");
    let before = folder::listing(ca.dir());
    ca.issue_call("a.example.com", &[])
        .refused("password")
        .says("TRUSTPACK_CA_PASSWORD");
    ca.issue_call("a.example.com", &[])
        .env("TRUSTPACK_CA_PASSWORD", "wrong")
        .refused("ca_priv_key.pem");
    folder::assert_unchanged(ca.dir(), &before);
    ca.issue("a.example.com", &["--ca-password-file", password]);
    ca.issue_call("b.example.com", &[])
        .env("TRUSTPACK_CA_PASSWORD", "s3cret")
        .succeeds();
    check_call(ca.dir()).succeeds().prints("TP6003");
    check_call(ca.dir())
        .args(["--ca-password-file", password])
        .succeeds()
        .prints("nothing is out of step");
}
