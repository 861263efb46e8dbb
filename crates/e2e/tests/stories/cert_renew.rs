//! Renewal: the same again, with new dates and a new serial, and nothing of the old touched.

use std::fs;
use std::path::Path;

use trustpack_e2e::ca::{TestCa, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl;

fn renew(ca: &TestCa, arguments: &[&str]) -> Call {
    Call::trustpack(["cert", "renew", "--ca"])
        .arg(ca.dir())
        .args(arguments)
}

/// The lines of `openssl x509 -text` that renewal keeps.
fn kept(text: &str) -> Vec<String> {
    let text = text.split("X509v3 Subject Key Identifier").next().unwrap();
    let changes = ["Serial", "Not ", "Validity", ":"];
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| {
            line.contains("DNS:")
                || line.starts_with("Subject:")
                || line.contains("TLS Web")
                || line.contains("Digital")
                || !changes.iter().any(|change| line.contains(change))
        })
        .filter(|line| {
            !line
                .chars()
                .all(|c| c.is_ascii_hexdigit() || c == ':' || c == ' ')
        })
        .map(str::to_owned)
        .collect()
}

/// What comes of the copy in the repository is signed: it must be what the CA signed before.
#[test]
fn a_copy_that_was_changed_is_not_renewed() {
    let ca = TestCa::new();
    let host = ca.issue("good.example.com", &[]);
    let der = ca.dir().join("copy.der");
    let convert = |forms: [&str; 2], input: &Path, output: &Path| {
        let words = ["x509", "-inform", forms[0], "-outform", forms[1], "-in"];
        let call = Call::foreign("openssl", words).arg(input);
        call.arg("-out").arg(output).succeeds();
    };
    convert(["PEM", "DER"], &host.ledger_copy, &der);
    let mut octets = fs::read(&der).unwrap();
    let name = b"good.example.com";
    let places: Vec<usize> = octets
        .windows(name.len())
        .enumerate()
        .filter_map(|(at, found)| (found == name).then_some(at))
        .collect();
    assert_eq!(places.len(), 2, "common name and alternative name");
    for at in places {
        octets[at] = b'f';
    }
    fs::write(&der, octets).unwrap();
    convert(["DER", "PEM"], &der, &host.ledger_copy);
    let before = ledger_serials(ca.dir());
    for words in [
        &[&*host.serial][..],
        &["food.example.com"],
        &["--expiring-within", "365"],
    ] {
        let outcome = renew(&ca, words).exits_with(1);
        outcome.says("no key of this CA signed it");
    }
    assert_eq!(ledger_serials(ca.dir()), before);
    Call::trustpack(["cert", "show", &host.serial, "--ca"])
        .arg(ca.dir())
        .exits_with(1)
        .says("no key of this CA signed");
}

#[test]
fn names_profile_and_kind_of_key_stay() {
    let ca = TestCa::new();
    Call::trustpack(["cert", "issue", "Stat1.example.com"])
        .args([
            "--profile",
            "client",
            "--email-protection",
            "--days",
            "30",
            "--key",
            "ecdsa-p384",
            "--san",
            "b.example.com,*.c.example.com",
            "--ip",
            "10.0.0.1",
            "--email",
            "a@example.com",
            "--organization",
            "Ex, Inc",
            "--country",
            "DE",
        ])
        .within(ca.dir())
        .succeeds();
    let before = ca.newest("Stat1.example.com");
    let files = folder::listing(&ca.dir().join("repository"));
    renew(&ca, &[&before.serial])
        .succeeds()
        .prints(&format!("in place of  {}\n", before.serial));
    let after = ca.newest("Stat1.example.com");
    let [old, new] = [&before, &after].map(|files| openssl::text(&files.certificate));
    assert_eq!(kept(&old), kept(&new));
    assert_eq!(openssl::days(&after.certificate), 30);
    assert_ne!(
        fs::read(&before.key).unwrap(),
        fs::read(&after.key).unwrap()
    );
    // Nothing of the old is touched.
    for path in files.keys() {
        assert!(ca.dir().join("repository").join(path).exists());
    }
    assert_eq!(ledger_serials(ca.dir()).len(), 2);
    ca.assert_in_order();
}

#[test]
fn the_key_may_be_kept_and_the_file_given() {
    let ca = TestCa::new();
    let before = ca.issue("a.example.com", &[]);
    renew(&ca, &["--keep-key", "--days", "5"])
        .arg(&before.certificate)
        .succeeds();
    let after = ca.newest("a.example.com");
    assert_eq!(
        fs::read(&before.key).unwrap(),
        fs::read(&after.key).unwrap()
    );
    assert_eq!(openssl::days(&after.certificate), 5);
    let other = TestCa::new();
    renew(&other, &[])
        .arg(&before.certificate)
        .refused("no key of this CA");
    renew(&ca, &["ABCDEF"]).refused("no certificate with the serial");
    renew(&ca, &["x.example.com"]).refused("neither a file nor a serial number");
    ca.assert_in_order();
}

#[test]
fn a_certificate_for_a_request_needs_a_word_about_its_key() {
    let ca = TestCa::new();
    openssl::request(ca.dir(), "a", "a.example.com");
    Call::trustpack(["cert", "issue", "--csr", "a.csr"])
        .within(ca.dir())
        .succeeds();
    let before = ca.newest("a.example.com");
    renew(&ca, &[&before.serial]).refused("--keep-key");
    renew(&ca, &[&before.serial, "--keep-key"]).succeeds();
    let after = ca.newest("a.example.com");
    assert_ne!(after.serial, before.serial);
    assert!(!after.key.exists());
    renew(&ca, &[&before.serial, "--key", "ecdsa-p256"]).succeeds();
    assert!(ca.newest("a.example.com").key.exists());
}

#[test]
fn what_was_revoked_is_not_renewed_and_one_failure_does_not_stop_the_rest() {
    let ca = TestCa::new();
    let [revoked, good] = ["a.example.com", "b.example.com"].map(|host| ca.issue(host, &[]));
    Call::trustpack(["cert", "revoke", &revoked.serial])
        .within(ca.dir())
        .succeeds();
    renew(&ca, &[&revoked.serial]).refused("was revoked");
    let outcome = renew(&ca, &[&revoked.serial, &good.serial, "--json"])
        .exits_with(1)
        .says("was revoked");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["renewed"][0]["renews"], good.serial);
    assert_eq!(report["renewed"][0]["host"], "b.example.com");
    assert_eq!(report["failed"][0]["renews"], revoked.serial);
}

#[test]
fn what_ends_soon_is_renewed_once() {
    let ca = TestCa::new();
    ca.issue("soon.example.com", &["--days", "5"]);
    ca.issue("late.example.com", &["--days", "50"]);
    let renewed = renew(&ca, &["--expiring-within", "10", "--days", "60"]).succeeds();
    assert!(
        renewed.stdout.contains("soon") && !renewed.stdout.contains("late"),
        "{renewed}"
    );
    // It has a successor now.
    renew(&ca, &["--expiring-within", "10"])
        .succeeds()
        .says("no certificate is to be renewed");
    assert_eq!(ledger_serials(ca.dir()).len(), 3);
    ca.assert_in_order();
}

#[test]
fn a_certificate_of_openssl_in_the_folder_is_renewed_with_its_subject_as_it_is() {
    let ca = TestCa::new();
    openssl::request(ca.dir(), "a", "a.example.com");
    Call::foreign("openssl", openssl::CA)
        .args(["-batch", "-notext", "-in", "a.csr", "-out", "a.pem"])
        .within(ca.dir())
        .succeeds();
    renew(&ca, &["--key", "ecdsa-p256"])
        .arg(ca.dir().join("a.pem"))
        .succeeds();
    let after = ca.newest("a.example.com");
    let subject = |file: &Path| {
        let words = ["x509", "-noout", "-subject_hash", "-in"];
        Call::foreign("openssl", words).arg(file).succeeds().stdout
    };
    assert_eq!(
        subject(&after.certificate),
        subject(&ca.dir().join("a.pem"))
    );
}

#[test]
fn a_host_name_is_enough_where_one_certificate_has_it() {
    let ca = TestCa::new();
    let first = ca.issue("a.example.com", &[]);
    ca.issue("b.example.com", &[]);
    renew(&ca, &["A.example.com"])
        .succeeds()
        .prints(&first.serial);
    // Now there are two: nobody knows which is meant.
    let serials = ledger_serials(ca.dir());
    let told = renew(&ca, &["a.example.com"]).refused("2 valid certificates have the name");
    told.says(&first.serial)
        .says("name one by its serial number");
    assert_eq!(ledger_serials(ca.dir()), serials);
    let revoke = |words: &[&str]| {
        Call::trustpack(["cert", "revoke", "--ca"])
            .arg(ca.dir())
            .args(words)
    };
    revoke(&["a.example.com"]).refused("2 valid certificates have the name");
    revoke(&["*.example.com"]).refused("neither a file nor a serial number");
    revoke(&[&first.serial, "--reason", "superseded"]).succeeds();
    revoke(&["b.example.com", "--reason", "certificateHold"])
        .succeeds()
        .prints("on-hold");
    renew(&ca, &["b.example.com"]).refused("no valid certificate has this name");
    revoke(&["--lift", "b.example.com"])
        .succeeds()
        .prints("is valid");
    revoke(&["a.example.com"]).succeeds().prints("revoked");
    ca.assert_in_order();
}
