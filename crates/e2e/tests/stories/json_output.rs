//! What programs read: `--json` gives one JSON value on standard output, whatever else is said.

use std::fs;
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// The value at a path such as `/issued/0/serial`, as text.
#[track_caller]
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    match value.pointer(pointer).and_then(Value::as_str) {
        Some(text) => text,
        None => panic!("no text at {pointer} of {value:#}"),
    }
}

#[track_caller]
fn json(call: Call, code: i32) -> Value {
    let outcome = call.arg("--json").exits_with(code);
    let value: Value =
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"));
    // An object takes new keys later; a bare array would have to be broken for them.
    assert!(value.is_object(), "{outcome}");
    value
}

#[test]
fn what_was_issued() {
    let ca = TestCa::new();
    // One that is warned about: the warning must not stand in the JSON text.
    let issued = json(ca.issue_call("a_b.example.com", &["b.example.com"]), 0);
    assert_eq!(text(&issued, "/issued/0/host"), "a_b.example.com");
    assert_eq!(text(&issued, "/issued/1/subject"), "CN=b.example.com");
    assert!(text(&issued, "/issued/0/warnings/0").contains("underscore"));
    let newest = ca.newest("b.example.com");
    assert_eq!(text(&issued, "/issued/1/serial"), newest.serial);
    for (name, path) in [
        ("certificate", &newest.certificate),
        ("key", &newest.key),
        ("pfx", &newest.pfx),
        ("ledger_copy", &newest.ledger_copy),
    ] {
        let said = text(&issued, &format!("/issued/1/files/{name}"));
        assert_eq!(Path::new(said), path);
        assert!(path.exists(), "{said}");
    }
    assert_eq!(issued["failed"], Value::Array(Vec::new()));
}

#[test]
fn what_a_certificate_holds() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &["--ip", "10.0.0.1"]);
    let shown = json(Call::trustpack(["cert", "show"]).arg(&host.certificate), 0);
    assert_eq!(
        text(&shown, "/shown/0/certificates/0/subject"),
        "CN=a.example.com"
    );
    assert_eq!(
        text(&shown, "/shown/0/certificates/0/issuer"),
        "CN=Example CA"
    );
    assert_eq!(text(&shown, "/shown/0/certificates/0/serial"), host.serial);
    assert_eq!(
        text(&shown, "/shown/0/certificates/0/names/1"),
        "IP:10.0.0.1"
    );
    assert_eq!(
        shown.pointer("/shown/0/certificates/0/ca"),
        Some(&Value::Bool(false))
    );
    let sha1 = Call::foreign(
        "openssl",
        ["x509", "-noout", "-fingerprint", "-sha1", "-in"],
    )
    .arg(&host.certificate)
    .succeeds()
    .stdout;
    let (_, thumbprint) = sha1.trim().split_once('=').unwrap();
    assert_eq!(
        text(&shown, "/shown/0/certificates/0/thumbprint"),
        thumbprint.replace(':', "")
    );
}

#[test]
fn what_is_out_of_step() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let check = || Call::trustpack(["ca", "check", "--ca"]).arg(ca.dir());
    let fine = json(check(), 0);
    assert_eq!(text(&fine, "/ca"), "CN=Example CA");
    assert_eq!(fine["findings"], Value::Array(Vec::new()));
    fs::remove_file(&host.ledger_copy).unwrap();
    fs::write(ca.conf("ca.db"), "nonsense\n").unwrap();
    let wrong = json(check(), 1);
    assert_eq!(text(&wrong, "/findings/0/severity"), "error");
    assert!(text(&wrong, "/findings/0/code").starts_with("TP6"));
    assert!(
        text(&wrong, "/findings/0/path").contains("ca.db"),
        "{wrong:#}"
    );
}

#[test]
fn what_a_fleet_is() {
    let folder = folder::temporary();
    let fleet = "[[host]]\nname = \"a.example.com\"\n\
                 [[application]]\nname = \"A\"\nhost = \"a.example.com\"\n\
                 [[application.port]]\nnumber = 2060\nmode = \"secured\"\n";
    fs::write(folder.path().join("fleet.toml"), fleet).unwrap();
    let fleet = |words: &[&str]| Call::trustpack(["fleet"]).args(words).within(folder.path());
    let checked = json(fleet(&["check"]), 1);
    assert_eq!(text(&checked, "/findings/0/place"), "A:default");
    assert!(checked["errors"].as_u64() > Some(0), "{checked:#}");
    let shown = json(fleet(&["show"]), 0);
    assert_eq!(text(&shown, "/hosts/0/host"), "a.example.com");
    assert_eq!(text(&shown, "/hosts/0/applications/0/application"), "A");
    let explained = json(fleet(&["explain", "A"]), 0);
    assert_eq!(text(&explained, "/place"), "A:default");
    assert_eq!(explained["starts"], Value::Bool(false));
}

#[test]
fn every_answer_about_an_authority_is_an_object() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let list = ca.conf("crl.pem");
    let folder = folder::temporary();
    let of_ca = |words: &[&str]| Call::trustpack(words).arg("--ca").arg(ca.dir());
    for words in [
        &["ca", "show"][..],
        &["cert", "list"],
        &["cert", "find", "a.example.com"],
        &["crl", "create"],
    ] {
        json(of_ca(words), 0);
    }
    let publish = Call::trustpack(["crl", "publish", "--to"]).arg(folder.path());
    json(publish.arg("--ca").arg(ca.dir()), 0);
    json(of_ca(&["crl", "check"]).arg(&list), 0);
    json(Call::trustpack(["crl", "show"]).arg(&list), 0);
    json(of_ca(&["cert", "revoke"]).arg(&host.certificate), 0);
    let verify = Call::trustpack(["cert", "verify", "--trusted-ca"]);
    json(verify.arg(ca.conf("ca_cert.pem")).arg(&host.certificate), 0);
}
