//! Revocations of a CA with two keys: the list of either refuses what was revoked, whichever key signed it.
//!
//! Who reads lists goes by the name of the issuer (RFC 5280 section 6.3.3), which both keys have.

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{HostFiles, TestCa, check_call};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::chains::{Meeting, assert_trusted};
use trustpack_e2e::folder;
use trustpack_e2e::lists::{crl, number, revoke, serials};

use super::{copy, life, retired};

/// A CA with a new key, and lists that were made after it.
struct Rekeyed {
    ca: TestCa,
    /// A file with both roots.
    both: PathBuf,
    old_root: PathBuf,
    old_list: PathBuf,
    new_list: PathBuf,
    /// Revoked before.
    revoked: HostFiles,
    /// From before, and good.
    good: HostFiles,
}

impl Rekeyed {
    #[track_caller]
    fn new() -> Self {
        let ca = TestCa::new();
        let revoked = ca.issue("revoked.example.com", &[]);
        let good = ca.issue("good.example.com", &[]);
        revoke(&ca, &[&revoked.serial, "--crl"]).succeeds();
        let old_root = copy(&ca, &ca.conf("ca_cert.pem"), "old_root.pem");
        life("rekey", ca.dir(), &[]);
        assert!(!ca.conf("crl.pem").exists(), "it is that of the old key");
        let old_list = retired(ca.dir()).join("crl.pem");
        assert!(old_list.exists());
        let both = ca.dir().parent().unwrap().join("both.pem");
        let roots = [&old_root, &ca.conf("ca_cert.pem")].map(|root| fs::read(root).unwrap());
        fs::write(&both, roots.concat()).unwrap();
        crl(&ca, &["create"]).succeeds();
        Self {
            both,
            old_root,
            old_list,
            new_list: ca.conf("crl.pem"),
            revoked,
            good,
            ca,
        }
    }
}

#[track_caller]
fn by_us(trusted: &Path, list: &Path, sent: &Path) -> Outcome {
    Call::trustpack(["cert", "verify", "--trusted-ca"])
        .arg(trusted)
        .arg("--crl")
        .arg(list)
        .arg(sent)
        .run()
}

/// `beside` has the crosses, which whoever was revoked can get of any other host.
#[track_caller]
fn by_openssl(trusted: &Path, list: &Path, beside: &Path, sent: &Path) -> Outcome {
    Call::foreign("openssl", ["verify", "-crl_check", "-no-CApath", "-CAfile"])
        .arg(trusted)
        .arg("-CRLfile")
        .arg(list)
        .arg("-untrusted")
        .arg(beside)
        .arg(sent)
        .run()
}

#[test]
fn what_was_revoked_before_is_refused_with_the_list_of_either_key() {
    let made = Rekeyed::new();
    let new_root = made.ca.conf("ca_cert.pem");
    for list in [&made.new_list, &made.old_list] {
        for sent in [&made.revoked.certificate, &made.revoked.ledger_copy] {
            let refused = by_us(&made.both, list, sent);
            assert!(!refused.status.success(), "{refused}");
            drop(refused.prints("revoked"));
        }
        let good = by_us(&made.both, list, &made.good.certificate);
        assert!(good.status.success(), "{good}");
    }
    // OpenSSL takes the list of a key that is in the path.
    for (root, list) in [
        (&made.old_root, &made.old_list),
        (&new_root, &made.new_list),
        (&made.both, &made.old_list),
    ] {
        let beside = &made.good.certificate;
        by_openssl(root, list, beside, &made.revoked.certificate).says("certificate revoked");
        let good = by_openssl(root, list, beside, beside);
        assert!(good.status.success(), "{good}");
    }
}

#[test]
fn what_is_revoked_later_is_on_both_lists() {
    let made = Rekeyed::new();
    let new = made.ca.issue("new.example.com", &[]);
    revoke(&made.ca, &[&made.good.serial, &new.serial])
        .succeeds()
        .says("`trustpack crl create` makes one that has it");
    let shown = Call::trustpack(["ca", "show", "--ca"])
        .arg(made.ca.dir())
        .succeeds()
        .stdout;
    let behind = "behind, it lacks 2 revocations of the ledger";
    assert_eq!(shown.matches(behind).count(), 2, "{shown}");
    // Both are behind the ledger, also where a certificate of the other key was revoked.
    let lists = crl(&made.ca, &["create", "--if-due"]).succeeds().stdout;
    assert_eq!(
        lists.matches("the ledger has changed").count(),
        2,
        "{lists}"
    );
    let all = [&made.revoked, &made.good, &new].map(|host| host.serial.clone());
    assert_eq!(serials(&made.old_list), all);
    assert_eq!(serials(&made.new_list), all);
    for list in [&made.old_list, &made.new_list] {
        for host in [&made.revoked, &made.good, &new] {
            let refused = by_us(&made.both, list, &host.certificate);
            assert!(!refused.status.success(), "{refused}");
            drop(refused.prints("revoked"));
        }
    }
    // The number goes on rising through both.
    assert!(
        number(&made.new_list, &made.ca.conf("ca_cert.pem"))
            < number(&made.old_list, &made.old_root)
    );
    check_call(made.ca.dir())
        .succeeds()
        .prints("nothing is out of step");
}

#[test]
fn what_was_on_hold_has_its_crosses_when_it_is_lifted() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let old_root = copy(&ca, &ca.conf("ca_cert.pem"), "old_root.pem");
    revoke(&ca, &[&host.serial, "--reason", "certificateHold"]).succeeds();
    life("rekey", ca.dir(), &[]).prints("the files of 1 certificate have");
    revoke(&ca, &[&host.serial, "--lift"])
        .succeeds()
        .says("still have it on hold");
    let new_root = ca.conf("ca_cert.pem");
    let meeting = |trusted| {
        let sent = &host.certificate;
        (Meeting { trusted, sent }, true)
    };
    assert_trusted(&[meeting(&old_root), meeting(&new_root)]);
}

/// Each key has a URL of its own from then on.
#[test]
fn the_list_of_the_old_key_stays_where_its_certificates_look() {
    let url = "http://pki.example.com/first.crl";
    let ca = TestCa::with(&[
        "--key",
        "ecdsa-p256",
        "--crl-distribution-point",
        url,
        "--path-length",
        "0",
    ]);
    let told = life("rekey", ca.dir(), &[])
        .says(url)
        .says("GnuTLS counts the crosses");
    // Nothing was issued that could be brought anywhere.
    assert!(!told.stdout.contains("bring these"), "{told}");
    let kept = retired(ca.dir());
    let id = kept.file_name().unwrap().to_str().unwrap();
    told.says(&format!("--replaced {id}=NAME"));
    crl(&ca, &["create"]).succeeds();
    let web = folder::temporary();
    let publish = |replaced: &str| {
        crl(
            &ca,
            &[
                "publish",
                "--name",
                "second",
                "--replaced",
                replaced,
                "--to",
            ],
        )
        .arg(web.path())
    };
    publish("00=first").exits_with(1).says("no key with");
    publish("first").exits_with(2).says("identifier");
    publish(&format!("{id}=first")).succeeds();
    let published = |name: &str| fs::read(web.path().join(name)).unwrap();
    assert_eq!(
        published("first.pem"),
        fs::read(kept.join("crl.pem")).unwrap()
    );
    assert_eq!(
        published("second.pem"),
        fs::read(ca.conf("crl.pem")).unwrap()
    );
    // A list that is behind is published, since it is better than an older one.
    let host = ca.issue("a.example.com", &[]);
    revoke(&ca, &[&host.serial]).succeeds();
    publish(&format!("{id}=first"))
        .succeeds()
        .says("it lacks 1 revocation of the ledger");
}

/// What is issued after it says where the list of its own key is, and OpenSSL reads the same of the folder.
#[test]
fn the_new_key_gets_another_place_for_its_list() {
    let [old, new] = ["first", "second"].map(|name| format!("http://pki.example.com/{name}.crl"));
    let ca = TestCa::with(&["--key", "ecdsa-p256", "--crl-distribution-point", &old]);
    let before = ca.issue("a.example.com", &[]);
    let told = life("rekey", ca.dir(), &["--crl-distribution-point", &new]).says(&old);
    assert!(!told.stderr.contains("name another URL"), "{told}");
    let after = ca.issue("b.example.com", &[]);
    for (host, named, other) in [(before, &old, &new), (after, &new, &old)] {
        let shown = Call::foreign("openssl", ["x509", "-noout", "-text", "-in"])
            .arg(&host.certificate)
            .succeeds();
        assert!(
            shown.stdout.contains(named) && !shown.stdout.contains(other),
            "{shown}"
        );
    }
    Call::foreign(
        "openssl",
        ["ca", "-config", "ca_conf/ca.conf", "-status", "01"],
    )
    .within(ca.dir())
    .run()
    .says("not present in db");
    let config = ca.conf("ca.conf");
    let without = fs::read_to_string(&config).unwrap();
    fs::write(&config, without.replace("x509_extensions", "#")).unwrap();
    Call::trustpack(["ca", "rekey", "--crl-distribution-point", &old, "--ca"])
        .arg(ca.dir())
        .exits_with(1)
        .says("cannot take another place")
        .says("by hand");
}
