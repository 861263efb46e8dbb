//! `ca sub`: intermediate CAs, as folders of their own and for requests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use trustpack_e2e::ca::{HostFiles, QUICK_KEY, TestCa, check_call, ledger_serials, newest};
use trustpack_e2e::call::Call;
use trustpack_e2e::chains::{Meeting, assert_linted, assert_trusted};
use trustpack_e2e::{folder, openssl};

/// A folder beside that of the root.
fn beside(root: &TestCa, name: &str) -> PathBuf {
    root.dir().parent().unwrap().join(name)
}

fn sub_call(parent: &Path, out: &Path, arguments: &[&str]) -> Call {
    Call::trustpack(["ca", "sub", "--ca"])
        .arg(parent)
        .arg("--out")
        .arg(out)
        .arg(format!("CA in {}", out.file_name().unwrap().display()))
        .args(QUICK_KEY)
        .args(arguments)
}

fn issue_call(dir: &Path, host: &str) -> Call {
    Call::trustpack(["cert", "issue", host, "--ca"])
        .arg(dir)
        .args(QUICK_KEY)
}

#[track_caller]
fn issue(dir: &Path, host: &str) -> HostFiles {
    issue_call(dir, host).succeeds();
    newest(dir, host)
}

#[track_caller]
fn certificates_in(file: &Path) -> usize {
    fs::read_to_string(file)
        .unwrap()
        .matches("BEGIN CERTIFICATE")
        .count()
}

#[test]
fn what_it_issues_carries_its_chain() {
    let root = TestCa::with(&["--key", "rsa-2048", "--path-length", "2"]);
    let [middle, low] = ["middle", "low"].map(|name| beside(&root, name));
    sub_call(
        root.dir(),
        &middle,
        &["--path-length", "1", "--days", "200"],
    )
    .succeeds();
    sub_call(&middle, &low, &["--path-length", "0", "--days", "500"])
        .succeeds()
        // The root outlives the middle one.
        .says("cut to the end of the CA");
    let host = issue(&low, "a.example.com");
    assert_eq!(certificates_in(&host.certificate), 3, "without the root");
    assert_eq!(certificates_in(&low.join("ca_conf/ca_chain.pem")), 2);
    let root_file = root.conf("ca_cert.pem");
    assert_trusted(&[
        (
            Meeting {
                trusted: &root_file,
                sent: &host.certificate,
            },
            true,
        ),
        (
            Meeting {
                trusted: &root_file,
                sent: &host.ledger_copy,
            },
            false,
        ),
    ]);
    let [middle_file, low_file] = [&middle, &low].map(|dir| dir.join("ca_conf/ca_cert.pem"));
    assert_linted(&[
        (&root_file, &middle_file),
        (&middle_file, &low_file),
        (&low_file, &host.certificate),
    ]);
    let listed = Call::foreign(
        "openssl",
        ["pkcs12", "-legacy", "-nokeys", "-passin", "pass:"],
    )
    .arg("-in")
    .arg(&host.pfx)
    .succeeds();
    assert_eq!(listed.stdout.matches("BEGIN CERTIFICATE").count(), 4);
    for dir in [root.dir(), &middle, &low] {
        check_call(dir).succeeds().prints("nothing is out of step");
    }
    assert_eq!(ledger_serials(root.dir()).len(), 1);
    // OpenSSL works in the folder of an intermediate one too.
    openssl::request(&low, "request", "other.example.com");
    Call::foreign("openssl", openssl::CA)
        .args(["-batch", "-in", "request.csr", "-out", "other.pem"])
        .within(&low)
        .succeeds();
    Call::foreign("openssl", ["verify", "-x509_strict", "-CAfile"])
        .arg(&root_file)
        .arg("-untrusted")
        .arg(&host.certificate)
        .arg(low.join("other.pem"))
        .succeeds();
}

#[test]
fn the_root_revokes_it() {
    let root = TestCa::new();
    let sub = beside(&root, "sub");
    let made = sub_call(root.dir(), &sub, &["--json"]).succeeds();
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    let serial = made["serial"].as_str().unwrap();
    assert_eq!(made["directory"], sub.to_str().unwrap());
    let host = issue(&sub, "a.example.com");
    Call::trustpack(["cert", "revoke", serial, "--reason", "CACompromise", "--ca"])
        .arg(root.dir())
        .succeeds();
    for dir in [root.dir(), &sub] {
        Call::trustpack(["crl", "create", "--ca"])
            .arg(dir)
            .succeeds();
    }
    Call::foreign("openssl", ["verify", "-crl_check_all", "-CAfile"])
        .arg(root.conf("ca_cert.pem"))
        .arg("-CRLfile")
        .arg(root.conf("crl.pem"))
        .arg("-CRLfile")
        .arg(sub.join("ca_conf/crl.pem"))
        .arg("-untrusted")
        .arg(&host.certificate)
        .arg(&host.certificate)
        .run()
        .says("certificate revoked");
}

#[test]
fn limits_of_all_above_bind() {
    let root = TestCa::with(&[
        "--key",
        "ecdsa-p256",
        "--path-length",
        "1",
        "--permit",
        "dns:example.com",
    ]);
    let sub = beside(&root, "sub");
    let below = [
        "--exclude",
        "dns:bad.example.com",
        "--purpose",
        "serverAuth",
    ];
    sub_call(root.dir(), &sub, &below).succeeds();
    let server = ["--profile", "server-only"];
    issue_call(&sub, "a.example.com").args(server).succeeds();
    issue_call(&sub, "a.example.org")
        .args(server)
        .refused("Example CA");
    issue_call(&sub, "a.bad.example.com")
        .args(server)
        .refused("excluded");
    issue_call(&sub, "b.example.com")
        .args(server)
        .args(["--san", "*.example.com"])
        .refused("*.example.com");
    issue_call(&sub, "b.example.com").refused("clientAuth");
    // Its own path length is not limited, that of the root is.
    sub_call(&sub, &beside(&root, "low"), &[]).refused("path length");
    assert!(!beside(&root, "low").exists());
    assert_eq!(ledger_serials(&sub).len(), 1);
}

#[test]
fn a_place_that_is_taken_costs_nothing() {
    let root = TestCa::new();
    let before = folder::listing(root.dir());
    let other = TestCa::new();
    sub_call(root.dir(), other.dir(), &[]).refused("has a CA already");
    sub_call(root.dir(), root.dir(), &[]).refused("has a CA already");
    folder::assert_unchanged(root.dir(), &before);
    Call::trustpack(["ca", "sub", "Sub", "--ca"])
        .arg(root.dir())
        .exits_with(2);
}

#[test]
fn a_name_of_one_above_is_not_given_again() {
    let root = TestCa::new();
    let middle = beside(&root, "middle");
    sub_call(root.dir(), &middle, &["--path-length", "1"]).succeeds();
    let before = folder::listing(&middle);
    sub_call(&middle, &beside(&root, "low/middle"), &[])
        .refused("\"CN=CA in middle\" is the name of a CA above it already");
    assert!(!beside(&root, "low").exists());
    folder::assert_unchanged(&middle, &before);
}

#[test]
fn the_key_is_encrypted_on_request() {
    let root = TestCa::new();
    let sub = beside(&root, "sub");
    let password = beside(&root, "password");
    fs::write(&password, "correct horse\n").unwrap();
    let file = password.to_str().unwrap();
    sub_call(root.dir(), &sub, &["--new-ca-password-file", file]).succeeds();
    issue_call(&sub, "a.example.com").refused("encrypted");
    issue_call(&sub, "a.example.com")
        .arg("--ca-password-file")
        .arg(&password)
        .succeeds();
    sub_call(root.dir(), &beside(&root, "other"), &["--encrypt-key"]).refused("password");
}

/// A request made by OpenSSL: `ca.csr` and `ca.key` in a folder.
#[track_caller]
fn request(folder: &Path, subject: &str, extensions: &str) -> PathBuf {
    let config = format!(
        "[req]\ndistinguished_name=dn\nreq_extensions=ext\nprompt=no\n[dn]\nCN=x\n[ext]\n{extensions}\n"
    );
    fs::write(folder.join("req.cnf"), config).unwrap();
    let words = [
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-config",
        "req.cnf",
        "-keyout",
        "ca.key",
        "-out",
        "ca.csr",
        "-subj",
        subject,
    ];
    Call::foreign("openssl", words).within(folder).succeeds();
    folder.join("ca.csr")
}

fn certify_call(root: &TestCa, csr: &Path) -> Call {
    Call::trustpack(["ca", "sub", "--csr"])
        .arg(csr)
        .arg("--ca")
        .arg(root.dir())
}

#[test]
fn a_request_is_certified_and_rebuilt() {
    let root = TestCa::new();
    let folder = folder::temporary();
    let csr = request(
        folder.path(),
        "/C=DE/DC=left/O=Example/CN=Their CA",
        "basicConstraints=critical,CA:TRUE,pathlen:7\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature",
    );
    let told = certify_call(&root, &csr)
        .args([
            "--json",
            "--path-length",
            "0",
            "--permit",
            "dns:example.com",
            "--days",
            "90",
        ])
        .succeeds()
        .says("not taken: DC=left");
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["ca"], "C=DE, O=Example, CN=Their CA");
    assert_eq!(told["directory"], Value::Null);
    let file = PathBuf::from(told["certificate"].as_str().unwrap());
    let text = openssl::text(&file);
    for words in [
        "CA:TRUE, pathlen:0",
        "Certificate Sign, CRL Sign\n",
        "DNS:example.com",
        "O = Example, CN = Their CA",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("Digital Signature"), "{text}");
    assert_eq!(openssl::days(&file), 90);
    assert_linted(&[(&root.conf("ca_cert.pem"), &file)]);
    assert_eq!(ledger_serials(root.dir()).len(), 1);
    check_call(root.dir())
        .succeeds()
        .prints("nothing is out of step");
    // Their key and certificate are taken over as a CA directory.
    let theirs = beside(&root, "theirs");
    Call::trustpack(["ca", "import", "--certificate"])
        .arg(&file)
        .arg("--key")
        .arg(folder.path().join("ca.key"))
        .arg("--chain")
        .arg(root.conf("ca_cert.pem"))
        .arg("--ca")
        .arg(&theirs)
        .succeeds();
    let host = issue(&theirs, "a.example.com");
    let root_file = root.conf("ca_cert.pem");
    let meeting = Meeting {
        trusted: &root_file,
        sent: &host.certificate,
    };
    assert_trusted(&[(meeting, true)]);
}

#[test]
fn a_request_that_is_not_understood_is_refused() {
    let root = TestCa::new();
    let folder = folder::temporary();
    let before = folder::listing(root.dir());
    let csr = request(folder.path(), "/CN=Their CA", "nsComment=hello");
    certify_call(&root, &csr).refused("extension");
    let csr = request(folder.path(), "/O=Nameless", "basicConstraints=CA:TRUE");
    certify_call(&root, &csr).refused("no common name");
    // Signed by another key than the one in it.
    let text = fs::read_to_string(&csr).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let last = lines.len() - 2;
    let spoilt: String = lines[last].chars().rev().collect();
    lines[last] = spoilt;
    fs::write(&csr, lines.join("\n") + "\n").unwrap();
    certify_call(&root, &csr).exits_with(1);
    folder::assert_unchanged(root.dir(), &before);
}
