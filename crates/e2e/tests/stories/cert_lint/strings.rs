//! Values of names that are no text of the type that they say: what OpenSSL and GnuTLS make of them, and what we say.

use std::fs;
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;

use super::lint;

/// The values of the certificate that is changed: tag, length, text. The first two stand in issuer and subject.
const EVEN: &[u8] = b"\x0c\x04even";
const FIVES: &[u8] = b"\x0c\x05fives";
const INNER: &[u8] = b"\x0c\x05inner";
/// Which of the two.
const ISSUER: usize = 0;
const SUBJECT: usize = 1;

/// A value, what is put in its place, whether OpenSSL loads the certificate then, the rule, and a part of its message.
type Fault = (
    &'static [u8],
    &'static [u8],
    bool,
    &'static str,
    &'static str,
);
const FAULTS: [Fault; 15] = [
    // UTF-8: an octet that is never one, an overlong form, half a pair of surrogates, a cut end.
    (
        FIVES,
        b"\x0c\x05\xffives",
        false,
        "string-octets",
        "octet 1 ",
    ),
    (
        FIVES,
        b"\x0c\x05fi\xc0\xafs",
        false,
        "string-octets",
        "octet 3 ",
    ),
    (
        FIVES,
        b"\x0c\x05f\xed\xa0\x80s",
        false,
        "string-octets",
        "octet 2 ",
    ),
    (
        FIVES,
        b"\x0c\x05fiv\xe2\x82",
        false,
        "string-octets",
        "octet 4 ",
    ),
    // PrintableString.
    (
        FIVES,
        b"\x13\x05f\xe4ves",
        true,
        "characters",
        "the octet 0xe4",
    ),
    (FIVES, b"\x13\x05f*ves", true, "characters", "'*'"),
    (
        FIVES,
        b"\x13\x05f\xc3\xa4es",
        true,
        "characters",
        "'\u{e4}'",
    ),
    // IA5String.
    (
        FIVES,
        b"\x16\x05f\xe4ves",
        true,
        "characters",
        "the octet 0xe4",
    ),
    (
        FIVES,
        b"\x16\x05f\xc3\xa4es",
        true,
        "characters",
        "'\u{e4}'",
    ),
    // NumericString.
    (FIVES, b"\x12\x0512a45", true, "characters", "'a'"),
    // BMPString: an odd length, half a pair of surrogates, a whole one.
    (
        FIVES,
        b"\x1e\x05\0f\0i\0",
        false,
        "string-octets",
        "5 octets",
    ),
    (EVEN, b"\x1e\x04\xd8\0\0e", false, "string-octets", "0xd800"),
    (
        EVEN,
        b"\x1e\x04\xd8\x3d\xde\0",
        false,
        "string-octets",
        "0xd83d",
    ),
    // UniversalString: octets too many, and what is no character.
    (
        FIVES,
        b"\x1c\x05\0\0\0f\0",
        false,
        "string-octets",
        "5 octets",
    ),
    (
        EVEN,
        b"\x1c\x04\0\x11\0\0",
        false,
        "string-octets",
        "0x110000",
    ),
];
/// What is right for its type.
const FINE: [(&[u8], &[u8]); 5] = [
    (EVEN, b"\x1c\x04\0\0\0e"),
    (FIVES, b"\x0c\x05f\xc3\xa4es"),
    (FIVES, b"\x13\x05(a=b)"),
    (FIVES, b"\x14\x05f\xe4ves"),
    (EVEN, b"\x1e\x04\0e\x20\xac"),
];

/// A certificate of `O=even, CN=fives` with a directory name among its alternative names, in DER.
fn certificate(folder: &Path) -> Vec<u8> {
    let settings = "[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\nbasicConstraints=critical,CA:false\n\
                    subjectAltName=DNS:a.example.com,dirName:inner\n[inner]\nOU=inner\n";
    fs::write(folder.join("good.cnf"), settings).unwrap();
    let line = "req -x509 -config good.cnf -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -utf8 \
                -subj /O=even/CN=fives -keyout good.key -outform DER -out good.der";
    Call::foreign("openssl", line.split_whitespace())
        .within(folder)
        .succeeds();
    fs::read(folder.join("good.der")).unwrap()
}

/// The same with one value in place of another of the same length, in `odd.der`.
#[track_caller]
fn change(folder: &Path, good: &[u8], old: &[u8], place: usize, new: &[u8]) {
    assert_eq!(old.len(), new.len(), "{new:x?}");
    let mut places = good
        .windows(old.len())
        .enumerate()
        .filter(|(_, found)| *found == old);
    let (at, _) = places.nth(place).unwrap();
    let mut odd = good.to_vec();
    odd[at..at + new.len()].copy_from_slice(new);
    fs::write(folder.join("odd.der"), odd).unwrap();
}

fn openssl(folder: &Path) -> Outcome {
    let words = "x509 -inform der -in odd.der -noout -text";
    Call::foreign("openssl", words.split(' '))
        .within(folder)
        .run()
}

fn certtool(folder: &Path) -> Outcome {
    let words = "--inder --certificate-info --infile odd.der";
    Call::foreign("certtool", words.split(' '))
        .within(folder)
        .succeeds()
}

/// What the rules about characters and octets say of `odd.der`: the rule and its message.
fn said(folder: &Path) -> Vec<(String, String)> {
    let outcome = lint(&["odd.der", "--json"]).within(folder).run();
    let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let found = json["linted"][0]["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    found
        .iter()
        .map(|one| (text(&one["rule"]), text(&one["message"])))
        .filter(|(rule, _)| rule == "string-octets" || rule == "characters")
        .collect()
}

/// GnuTLS shows each of these; OpenSSL does not load the certificate, or shows the value as if nothing were wrong.
#[test]
fn each_fault_of_a_value_is_told() {
    let folder = folder::temporary();
    let folder = folder.path();
    let good = certificate(folder);
    change(folder, &good, FIVES, SUBJECT, FIVES);
    assert_eq!(said(folder), []);
    assert!(openssl(folder).status.success());
    for (old, new, is_loaded, rule, message) in FAULTS {
        change(folder, &good, old, SUBJECT, new);
        let told = said(folder);
        let [(by, text)] = &told[..] else {
            panic!("{new:x?}: {told:?}");
        };
        assert_eq!(by, rule, "{new:x?}: {text}");
        assert!(text.starts_with("the subject: "), "{new:x?}: {text}");
        assert!(text.contains(message), "{new:x?}: {text}");
        lint(&["odd.der"])
            .within(folder)
            .exits_with(1)
            .prints(&format!("error: {text}"));
        let loaded = openssl(folder);
        assert_eq!(loaded.status.success(), is_loaded, "{new:x?}: {loaded}");
        certtool(folder).prints("Subject: ");
    }
    for (old, new) in FINE {
        change(folder, &good, old, SUBJECT, new);
        assert_eq!(said(folder), [], "{new:x?}");
        assert!(openssl(folder).status.success(), "{new:x?}");
        certtool(folder).prints("Subject: ");
    }
}

/// In whichever name it stands, it is told once, with the name.
#[test]
fn issuer_and_directory_names_are_looked_at_too() {
    let folder = folder::temporary();
    let folder = folder.path();
    let good = certificate(folder);
    for (old, place, new, whose) in [
        (FIVES, ISSUER, b"\x0c\x05\xffives", "the issuer: "),
        (FIVES, SUBJECT, b"\x0c\x05\xffives", "the subject: "),
        (INNER, 0, b"\x0c\x05\xffnner", "a name in subjectAltName: "),
    ] {
        change(folder, &good, old, place, new);
        let told = said(folder);
        assert_eq!(told.len(), 1, "{whose}: {told:?}");
        let (rule, text) = &told[0];
        assert_eq!(rule, "string-octets");
        assert!(text.starts_with(whose), "{whose}: {text}");
        Call::trustpack(["cert", "show", "odd.der"])
            .within(folder)
            .succeeds()
            .prints(text);
    }
    // OpenSSL loads this one, and shows nothing of its alternative names.
    let shown = openssl(folder);
    assert!(shown.status.success() && !shown.stdout.contains("DNS:a.example.com"));
    certtool(folder).prints("directoryName: OU=");
}
