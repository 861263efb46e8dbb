//! Files that `cert show` cannot show.

use std::fs;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;

use super::check_refused;

#[test]
fn files_without_a_certificate() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &[]);
    let certificate = fs::read_to_string(host.certificate).unwrap();
    let dir = ca.dir();
    let write = |name: &str, contents: &[u8]| fs::write(dir.join(name), contents).unwrap();
    write("empty", b"");
    write("garbage", b"\x00\xff garbage \x1b[2J");
    write("text", b"hello\n");
    write("torn.pem", &certificate.as_bytes()[..300]);
    write(
        "four-dashes.pem",
        certificate.replace("-----BEGIN", "----BEGIN").as_bytes(),
    );
    write("not-base64.pem", certificate.replace('M', "*").as_bytes());
    write("cut.der", &[0x30, 0x82, 0x01]);
    // Nested far deeper than any certificate.
    write("deep.der", &[0x30, 0x80].repeat(100_000));
    let huge = fs::File::create(dir.join("huge")).unwrap();
    huge.set_len(70 * 1024 * 1024).unwrap();
    for (file, words) in [
        ("empty", &["the file is empty"][..]),
        ("garbage", &["neither PEM nor DER"]),
        ("text", &["neither PEM nor DER"]),
        ("torn.pem", &["line 1", "no END marker"]),
        ("four-dashes.pem", &["line 1", "five dashes"]),
        ("not-base64.pem", &["line 1", "Base64"]),
        ("cut.der", &["DER of another kind"]),
        ("deep.der", &["DER of another kind"]),
        ("huge", &["larger than 67108864 bytes"]),
        (".", &["Is a directory"]),
        ("/dev/null", &["the file is empty"]),
        ("/dev/zero", &["larger than 67108864 bytes"]),
        ("ca_conf/ca.db", &["neither PEM nor DER"]),
    ] {
        let call = Call::trustpack(["cert", "show", file]);
        let outcome = check_refused(call, dir, 1, words);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        outcome.says(&format!("cannot read {file}"));
    }
    for missing in ["no-such-file", "", "00FF", "a/b:443", "host:port"] {
        let call = Call::trustpack(["cert", "show", missing]);
        let words = format!("{missing:?} is no file that is there");
        check_refused(call, dir, 1, &[&words]);
    }
}

#[test]
fn stores_with_another_password() {
    let ca = TestCa::new();
    let write = |name: &str, contents: &str| fs::write(ca.dir().join(name), contents).unwrap();
    write("right", "s3cret\n");
    write("wrong", "other\n");
    write("empty", "");
    let right = ca.dir().join("right");
    let host = ca.issue(
        "a.example.com",
        &["--password-file", right.to_str().unwrap()],
    );
    let show = |arguments: &[&str]| {
        Call::trustpack(["cert", "show"])
            .arg(&host.pfx)
            .args(arguments)
    };
    for (arguments, words) in [
        (&[][..], "is protected by a password"),
        (&["--password-file", "wrong"], "the password does not open"),
        (&["--password-file", "empty"], "the password does not open"),
    ] {
        let outcome = check_refused(show(arguments), ca.dir(), 1, &[words]);
        assert!(!outcome.stderr.contains("s3cret"), "{outcome}");
    }
    check_refused(
        show(&["--password-file", "missing"]),
        ca.dir(),
        1,
        &["missing"],
    );
    let opened = show(&["--password-file", "right"]).within(ca.dir());
    opened.succeeds().prints("a.example.com");
}

/// One bit at a time: each file is shown or refused, and none makes it panic.
#[test]
fn damaged_files_never_make_it_panic() {
    let ca = TestCa::new();
    let host = ca.issue("a.example.com", &["--ip", "10.0.0.1"]);
    let der = Call::foreign(
        "openssl",
        ["x509", "-outform", "DER", "-out", "whole.der", "-in"],
    )
    .arg(&host.certificate)
    .within(ca.dir());
    der.succeeds();
    let whole = fs::read(ca.dir().join("whole.der")).unwrap();
    for position in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[position] ^= 0x80;
        fs::write(ca.dir().join("damaged.der"), &damaged).unwrap();
        let outcome = Call::trustpack(["cert", "show", "damaged.der"])
            .within(ca.dir())
            .run();
        assert!(
            matches!(outcome.status.code(), Some(0 | 1)),
            "{position}: {outcome}"
        );
    }
}
