//! `cert lint`: what is wrong in itself, and for a kind of program.

mod strings;

use std::fs;
use std::path::Path;

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

/// Makes `odd.pem` and `odd.der`, a certificate of which one extension is malformed.
#[track_caller]
fn make_odd(folder: &Path, extension: &str, value: &str) {
    let settings = "[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\n";
    let settings = format!("{settings}{extension}=DER:{value}\n");
    fs::write(folder.join("odd.cnf"), settings).unwrap();
    let new = "req -x509 -config odd.cnf -nodes -newkey rsa:2048 -subj /CN=odd -keyout odd.key -out odd.pem";
    let other = "x509 -in odd.pem -outform DER -out odd.der";
    for line in [new, other] {
        Call::foreign("openssl", line.split(' '))
            .within(folder)
            .succeeds();
    }
}

/// Whoever asks what is wrong with a certificate is shown it; whoever would rely on it does not get it.
#[test]
fn a_malformed_extension_is_shown_with_what_is_wrong() {
    let folder = folder::temporary();
    let folder = folder.path();
    // What nobody can read is not missing: with the rules that would say so.
    let looked_at = ["purposes-of-host", "server-names"];
    for (extension, value, silent) in [
        ("subjectAltName", "30:03:82:01:ff", &["server-names"][..]),
        ("keyUsage", "04:01:00", &[]),
        ("extendedKeyUsage", "04:00", &looked_at),
        ("basicConstraints", "04:00", &looked_at),
        ("nameConstraints", "30:00", &[]),
        ("policyConstraints", "04:00", &[]),
    ] {
        make_odd(folder, extension, value);
        let wrong = format!("the extension {extension} is not well formed");
        let (kind, ca) = match extension {
            "basicConstraints" => ("not known: basicConstraints cannot be read", Value::Null),
            _ => ("end entity", Value::Bool(false)),
        };
        for file in ["odd.pem", "odd.der"] {
            let show = Call::trustpack(["cert", "show", file]);
            let shown = show.within(folder).succeeds();
            let shown = shown.prints("CN=odd").prints("RSA 2048");
            shown.prints(kind).prints(&format!("error: {wrong}"));
            let show = Call::trustpack(["cert", "show", file, "--json"]);
            let json = show.within(folder).succeeds().stdout;
            let json: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["shown"][0]["certificates"][0]["ca"], ca);
            lint(&[file])
                .within(folder)
                .exits_with(1)
                .prints(&format!("error: {wrong}"));
            let outcome = lint(&[file, "--json"]).within(folder).exits_with(1);
            let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
            assert_eq!(json["linted"][0]["name"], "CN=odd");
            let found = json["linted"][0]["findings"].as_array().unwrap();
            let said = |rule: &str| found.iter().any(|one| one["rule"] == rule);
            for rule in looked_at {
                assert_eq!(said(rule), !silent.contains(&rule), "{extension}: {rule}");
            }
            for relying in [
                &["cert", "verify", file, "--trusted-ca", file][..],
                &["cert", "convert", file, "odd.p7b", "--to", "pkcs7"],
            ] {
                let refused = Call::trustpack(relying).within(folder).exits_with(1);
                refused.says(&wrong);
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
