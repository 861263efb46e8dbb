//! Copies in the repository that no key of the CA signed: told by `ca check`, mended where another file has the right
//! one, and until then nothing goes by the names in them.

use std::fs;
use std::path::Path;

use trustpack_e2e::ca::{HostFiles, TestCa, check_call, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, openssl};

/// The copy with another name of the same length in it, behind its signature: `good` is `food`.
fn change_names(host: &HostFiles) {
    let folder = host.ledger_copy.parent().unwrap();
    let der = folder.join("changed.der");
    let convert = |forms: [&str; 2], input: &Path, output: &Path| {
        let words = ["x509", "-inform", forms[0], "-outform", forms[1], "-in"];
        let call = Call::foreign("openssl", words).arg(input);
        call.arg("-out").arg(output).succeeds();
    };
    convert(["PEM", "DER"], &host.ledger_copy, &der);
    let mut octets = fs::read(&der).unwrap();
    for at in 0..octets.len() {
        if octets[at..].starts_with(b"good.example.com") {
            octets[at] = b'f';
        }
    }
    fs::write(&der, octets).unwrap();
    convert(["DER", "PEM"], &der, &host.ledger_copy);
    fs::remove_file(der).unwrap();
}

/// Another one of the same serial, rightly signed by another CA of the same name.
fn put_foreign(host: &HostFiles) {
    let other = TestCa::new();
    openssl::request(other.dir(), "food", "food.example.com");
    fs::write(
        other.dir().join("names"),
        "subjectAltName=DNS:food.example.com\n",
    )
    .unwrap();
    let line = "x509 -req -in food.csr -extfile names -CA ca_conf/ca_cert.pem -CAkey ca_conf/ca_priv_key.pem -out food.pem";
    Call::foreign("openssl", line.split(' '))
        .arg("-set_serial")
        .arg(format!("0x{}", host.serial))
        .within(other.dir())
        .succeeds();
    fs::copy(other.dir().join("food.pem"), &host.ledger_copy).unwrap();
}

type Change = fn(&HostFiles);
/// What is done to a copy, and what `ca check` says of it. The foreign one ends at another time too, which is said
/// first.
const CHANGES: [(Change, &str); 2] = [
    (
        change_names,
        "no key of this CA signed it (CN=food.example.com)",
    ),
    (put_foreign, "it ends on "),
];

#[test]
fn nothing_goes_by_a_copy_that_nobody_signed() {
    for (change, said) in CHANGES {
        let ca = TestCa::new();
        let host = ca.issue("good.example.com", &[]);
        let other = ca.issue("other.example.com", &[]);
        change(&host);
        let (ledger, right) = (
            ledger_serials(ca.dir()),
            fs::read(&other.ledger_copy).unwrap(),
        );
        let call = |words: &[&str]| Call::trustpack(words).arg("--ca").arg(ca.dir());
        let copy = host.ledger_copy.display();
        check_call(ca.dir())
            .exits_with(1)
            .prints(&format!("error[TP6014]: {said}"))
            .prints(&format!("{copy}"))
            .prints("1 finding");
        let unsigned = format!("{copy} is not as it was issued: no key of this CA signed it");
        for words in [
            &["cert", "find", "--san", "food.example.com"][..],
            &["cert", "find", "food.example.com"],
            &["cert", "find", "--san", "*.example.com"],
            // The name that it had is not there any more.
            &["cert", "find", "--san", "good.example.com"],
            &["cert", "revoke", "good.example.com"],
            &["cert", "show", "good.example.com"],
            &["cert", "revoke", "food.example.com"],
            &["cert", "show", "food.example.com"],
            &["cert", "renew", "food.example.com"],
        ] {
            let told = call(words).exits_with(1);
            assert_eq!(told.stderr.matches(&unsigned).count(), 1, "{told}");
        }
        assert_eq!(ledger_serials(ca.dir()), ledger);
        // Another certificate is found by its name all the same.
        let found = call(&["cert", "find", "--san", "other.example.com"]).succeeds();
        found.prints(&other.serial);
        call(&["cert", "show", "other.example.com"]).succeeds();
        let mended = check_call(ca.dir()).arg("--repair").succeeds();
        let mended = mended.prints("mended[TP6014]: made anew from");
        mended.prints("nothing is out of step");
        assert_eq!(fs::read(&other.ledger_copy).unwrap(), right);
        ca.assert_in_order();
        call(&["cert", "renew", "good.example.com"]).succeeds();
    }
}

/// What a replaced key signed is in step, and so is what SHA-1 protects.
#[test]
fn what_an_older_key_or_digest_signed_is_in_step() {
    let ca = TestCa::new();
    let words = ["old.example.com", "--digest", "sha1"];
    Call::trustpack(["cert", "issue"])
        .args(words)
        .arg("--ca")
        .arg(ca.dir())
        .succeeds();
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(ca.dir())
        .succeeds();
    ca.issue("new.example.com", &[]);
    check_call(ca.dir())
        .succeeds()
        .prints("nothing is out of step");
    let call = |words: &[&str]| Call::trustpack(words).arg("--ca").arg(ca.dir());
    for name in ["old.example.com", "new.example.com"] {
        call(&["cert", "find", "--san", name]).succeeds();
        call(&["cert", "show", name]).succeeds();
    }
    // One of the key that was replaced and one of the present one, in one call.
    let before = ledger_serials(ca.dir()).len();
    call(&["cert", "renew", "--expiring-within", "3650"]).succeeds();
    assert_eq!(ledger_serials(ca.dir()).len(), before + 2);
}

/// OpenSSL signs for the CA in a way that is not verified here: nobody changed anything, and that is not said.
#[test]
fn what_cannot_be_verified_is_found_shown_and_left() {
    let ca = TestCa::with(&["--key", "rsa-2048"]);
    openssl::request(ca.dir(), "pss", "pss.example.com");
    Call::foreign("openssl", openssl::CA)
        .args(["-batch", "-notext", "-in", "pss.csr"])
        .args(["-sigopt", "rsa_padding_mode:pss"])
        .within(ca.dir())
        .succeeds();
    let serial = ledger_serials(ca.dir()).remove(0);
    let copy = ca.dir().join(format!("repository/{serial}.pem"));
    let before = fs::read(&copy).unwrap();
    let call = |words: &[&str]| Call::trustpack(words).arg("--ca").arg(ca.dir());
    let unknown = "cannot be told: the signature was made with RSA-PSS";
    let check = check_call(ca.dir()).succeeds();
    check.prints(&format!(
        "warning[TP6051]: whether a key of this CA signed it {unknown}"
    ));
    let repair = check_call(ca.dir()).arg("--repair").succeeds();
    assert!(!repair.stdout.contains("mended["), "{repair}");
    assert_eq!(fs::read(&copy).unwrap(), before);
    for words in [
        &["cert", "find", "--san", "pss.example.com"][..],
        &["cert", "find", "pss.example.com"],
    ] {
        call(words).succeeds().prints(&serial);
    }
    call(&["cert", "find", "--san", "pss.example.com"])
        .run()
        .says(unknown);
    let shown = call(&["cert", "show", &serial]).succeeds();
    shown.prints("pss.example.com").says(unknown);
    for words in [
        &["cert", "renew", &serial][..],
        &["cert", "revoke", "pss.example.com"],
        &["cert", "show", "pss.example.com"],
    ] {
        let refused = call(words).exits_with(1).says("cannot be told");
        assert!(!refused.stderr.contains("as it was issued"), "{refused}");
    }
    let folder = folder::temporary();
    let imported = Call::trustpack(["ca", "import"])
        .arg(ca.dir())
        .arg("--ca")
        .arg(folder.path().join("imported"))
        .succeeds();
    imported.prints(&format!("whether this CA signed it {unknown}"));
    call(&["cert", "revoke", &serial]).succeeds();
}

/// OpenSSL loads nothing with such a name: neither what the CA issues nor its lists.
#[test]
fn a_ca_whose_name_is_no_text_issues_nothing() {
    let ca = TestCa::new();
    let [pem, der] = [ca.conf("ca_cert.pem"), ca.dir().join("ca.der")];
    let convert = |forms: [&str; 2], input: &Path, output: &Path| {
        let words = ["x509", "-inform", forms[0], "-outform", forms[1], "-in"];
        let call = Call::foreign("openssl", words).arg(input);
        call.arg("-out").arg(output).run()
    };
    convert(["PEM", "DER"], &pem, &der);
    let mut octets = fs::read(&der).unwrap();
    for at in 0..octets.len() {
        if octets[at..].starts_with(b"Example CA") {
            octets[at] = 0xff;
        }
    }
    fs::write(&der, &octets).unwrap();
    assert!(
        !convert(["DER", "PEM"], &der, &ca.dir().join("none.pem"))
            .status
            .success()
    );
    let said =
        "the attribute CN is no text of its type UTF8String: octet 1 does not go on in UTF-8";
    let folder = folder::temporary();
    Call::trustpack(["ca", "import", "--certificate"])
        .arg(&der)
        .arg("--key")
        .arg(ca.conf("ca_priv_key.pem"))
        .arg("--ca")
        .arg(folder.path().join("imported"))
        .exits_with(1)
        .says(said);
    // Nor one that is worked on where it is.
    let words = ["base64", "-A", "-in"];
    let base64 = Call::foreign("openssl", words).arg(&der).succeeds().stdout;
    let lines: Vec<String> = base64
        .trim()
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let block = lines.join("\n");
    let text = format!("-----BEGIN CERTIFICATE-----\n{block}\n-----END CERTIFICATE-----\n");
    fs::write(&pem, text).unwrap();
    let before = ledger_serials(ca.dir());
    ca.issue_call("a.example.com", &[])
        .exits_with(1)
        .says(&format!("the issuer: {said}"));
    assert_eq!(ledger_serials(ca.dir()), before);
}

/// RFC 5280 section 7.1: neither case nor blanks nor the type of string tell two names apart.
#[test]
fn a_ca_whose_certificate_was_made_anew_elsewhere_has_still_issued_what_it_issued() {
    let ca = TestCa::new();
    let host = ca.issue("good.example.com", &[]);
    let line = "req -x509 -new -days 300 -key ca_conf/ca_priv_key.pem -out ca_conf/ca_cert.pem -addext keyUsage=critical,keyCertSign,cRLSign -subj";
    Call::foreign("openssl", line.split(' '))
        .arg("/CN=EXAMPLE  ca")
        .within(ca.dir())
        .succeeds();
    let line = "verify -CAfile ca_conf/ca_cert.pem";
    Call::foreign("openssl", line.split(' '))
        .arg(&host.ledger_copy)
        .within(ca.dir())
        .succeeds();
    let call = |words: &[&str]| Call::trustpack(words).arg("--ca").arg(ca.dir());
    let checked = check_call(ca.dir()).succeeds();
    assert!(!checked.stdout.contains("TP6014"), "{checked}");
    call(&["cert", "find", "--san", "good.example.com"])
        .succeeds()
        .prints(&host.serial);
    call(&["cert", "show", "good.example.com"]).succeeds();
    call(&["cert", "renew", &host.serial]).succeeds();
    call(&["cert", "revoke", &host.serial]).succeeds();
}
