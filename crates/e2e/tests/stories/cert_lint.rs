//! `cert lint`: what is wrong in itself, and for a kind of program.

use std::fs;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl;

fn lint(words: &[&str]) -> Call {
    Call::trustpack(["cert", "lint"]).args(words)
}

#[test]
fn what_we_make_has_nothing_wrong() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let root = ca.conf("ca_cert.pem");
    lint(&[])
        .arg(&host.certificate)
        .arg(&root)
        .succeeds()
        .prints(": nothing is wrong")
        .prints("0 errors, 0 warnings, 0 notes");
}

#[test]
fn an_error_makes_the_answer_no_and_a_warning_does_not() {
    let folder = folder::temporary();
    let make = |subject: &str, names: &str, file: &str| {
        let words = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ];
        Call::foreign("openssl", words)
            .args([
                "-nodes",
                "-keyout",
                "/dev/null",
                "-subj",
                subject,
                "-out",
                file,
            ])
            .args(["-addext", names])
            .args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"])
            .within(folder.path())
            .succeeds();
    };
    make("/CN=x", "subjectAltName=DNS:a b", "error.pem");
    lint(&["error.pem"])
        .within(folder.path())
        .exits_with(1)
        .prints("error: the name DNS:a b is no host name (RFC 5280 section 4.2.1.6)");
    make("/CN=x", "subjectAltName=DNS:*.example.com", "warning.pem");
    lint(&["warning.pem"])
        .within(folder.path())
        .succeeds()
        .prints("warning: the name DNS:*.example.com is a wildcard");
}

/// Whoever asks what is wrong with a certificate is shown it; whoever would rely on it does not get it.
#[test]
fn a_malformed_extension_is_shown_with_what_is_wrong() {
    let folder = folder::temporary();
    for (extension, value) in [
        ("subjectAltName", "30:03:82:01:ff"),
        ("keyUsage", "04:01:00"),
        ("extendedKeyUsage", "04:00"),
        ("basicConstraints", "04:00"),
        ("nameConstraints", "30:00"),
        ("policyConstraints", "04:00"),
    ] {
        let settings = "[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\n";
        let settings = format!("{settings}{extension}=DER:{value}\n");
        fs::write(folder.path().join("odd.cnf"), settings).unwrap();
        let new = [
            "req", "-x509", "-config", "odd.cnf", "-nodes", "-newkey", "rsa:2048",
        ];
        Call::foreign("openssl", new)
            .args(["-subj", "/CN=odd", "-keyout", "odd.key", "-out", "odd.pem"])
            .within(folder.path())
            .succeeds();
        Call::foreign(
            "openssl",
            [
                "x509", "-in", "odd.pem", "-outform", "DER", "-out", "odd.der",
            ],
        )
        .within(folder.path())
        .succeeds();
        let wrong = format!("error: the extension {extension} is not well formed");
        for file in ["odd.pem", "odd.der"] {
            let show = ["cert", "show", file];
            let shown = Call::trustpack(show).within(folder.path()).succeeds();
            let kind = match extension {
                "basicConstraints" => "not known: basicConstraints cannot be read",
                _ => "end entity",
            };
            let shown = shown.prints("CN=odd").prints("RSA 2048");
            shown.prints(kind).prints(&wrong);
            lint(&[file])
                .within(folder.path())
                .exits_with(1)
                .prints(&wrong);
            let outcome = lint(&[file, "--json"]).within(folder.path()).exits_with(1);
            let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
            assert_eq!(json["linted"][0]["name"], "CN=odd");
            for relying in [
                &["cert", "verify", file, "--trusted-ca", file][..],
                &["cert", "convert", file, "odd.p7b", "--to", "pkcs7"],
            ] {
                let refused = Call::trustpack(relying).within(folder.path()).exits_with(1);
                refused.says(&format!("the extension {extension} is not well formed"));
            }
        }
    }
}

#[test]
fn a_kind_of_program_may_not_know_what_is_right() {
    let ca = TestCa::new();
    Call::trustpack(["cert", "issue", "a.example.com", "--key", "ed25519", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let host = ca.newest("a.example.com");
    let file = host.certificate.to_str().unwrap();
    lint(&[file]).succeeds();
    lint(&[file, "--for", "openssl,java"]).succeeds();
    for target in ["java8", "windows", "windows2016"] {
        lint(&[file, "--for", target])
            .exits_with(1)
            .prints(&format!("for {target}: error: the key is Ed25519"));
    }
    lint(&[file, "--for", "tomcat"])
        .exits_with(2)
        .says("\"tomcat\" is no target");
}

#[test]
fn requests_and_lists_are_looked_at() {
    let ca = TestCa::new();
    let dir = ca.dir();
    openssl::request(dir, "new", "new.example.com");
    lint(&["new.csr"]).within(dir).succeeds();
    // The name in the request changed behind its signature.
    let words = [
        "req", "-in", "new.csr", "-outform", "DER", "-out", "new.der",
    ];
    Call::foreign("openssl", words).within(dir).succeeds();
    let mut der = fs::read(dir.join("new.der")).unwrap();
    let place = der.windows(3).position(|part| part == b"new").unwrap();
    der[place] = b'm';
    fs::write(dir.join("forged.der"), der).unwrap();
    lint(&["forged.der"])
        .within(dir)
        .exits_with(1)
        .prints("the request is not signed with the key that it is for");
    let words = [
        "ca",
        "-config",
        "ca_conf/ca.conf",
        "-gencrl",
        "-out",
        "list.pem",
    ];
    Call::foreign("openssl", words)
        .args([
            "-crl_lastupdate",
            "20200101000000Z",
            "-crl_nextupdate",
            "20200201000000Z",
        ])
        .within(dir)
        .succeeds();
    lint(&["list.pem"])
        .within(dir)
        .exits_with(1)
        .prints("the next one was due on 2020-02-01");
}

#[test]
fn programs_read_one_object() {
    let ca = TestCa::new();
    let host = ca.issue("a_b.example.com", &[]);
    let outcome = lint(&["--json", "--for", "windows"])
        .arg(&host.certificate)
        .succeeds();
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["errors"], 0);
    assert_eq!(document["warnings"], 1);
    assert_eq!(document["notes"], 1);
    let linted = &document["linted"][0];
    assert_eq!(linted["kind"], "certificate");
    assert_eq!(linted["serial"], host.serial.as_str());
    assert_eq!(linted["findings"][0]["rule"], "underscore");
    assert_eq!(linted["findings"][0]["target"], Value::Null);
    assert_eq!(linted["findings"][1]["target"], "windows");
}

#[test]
fn files_without_anything_to_look_at_are_refused() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let key = host.key.to_str().unwrap();
    lint(&[key])
        .exits_with(1)
        .says("holds no certificate, request");
    lint(&["/no/such"]).exits_with(1).says("/no/such");
    lint(&[]).exits_with(2).says("FILE");
}
