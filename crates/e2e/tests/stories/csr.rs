//! Requests: those of others, certified here, and ours, for others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;
use trustpack_e2e::openssl;

/// A request made by OpenSSL: `NAME.csr` in `folder`, with a P-256 key.
#[track_caller]
fn request(folder: &Path, subject: &str, options: &[&str]) {
    Call::foreign("openssl", ["req", "-new", "-newkey", "ec", "-utf8"])
        .args(["-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-keyout", "a.key", "-out", "a.csr", "-subj", subject])
        .args(options)
        .within(folder)
        .succeeds();
}

/// `cert issue --csr a.csr`, run in `folder`.
fn issue(ca: &TestCa, folder: &Path, arguments: &[&str]) -> Call {
    Call::trustpack(["cert", "issue", "--csr", "a.csr", "--ca"])
        .arg(ca.dir())
        .args(arguments)
        .within(folder)
}

#[test]
fn names_of_a_request_are_taken_and_what_is_not_is_said() {
    let ca = TestCa::new();
    let folder = folder::temporary();
    let names = "subjectAltName=DNS:b.example.com,DNS:A.example.com,IP:10.0.0.1,email:a@example.com,URI:http://x/";
    let extensions = [
        "-addext",
        names,
        "-addext",
        "keyUsage=keyCertSign",
        "-addext",
        "extendedKeyUsage=codeSigning",
    ];
    request(
        folder.path(),
        r"/C=de/O=Ex, Inc \+ Co/OU=one/OU=two/CN=a.example.com",
        &extensions,
    );
    issue(&ca, folder.path(), &[])
        .succeeds()
        .says("not taken: the extension keyUsage")
        .says("not taken: the extension extendedKeyUsage")
        .says("not taken: the name URI:http://x/")
        .says("not taken: OU=two")
        .says("taken: DNS:b.example.com, DNS:a.example.com, IP:10.0.0.1, email:a@example.com");
    let issued = ca.newest("b.example.com");
    let text = openssl::text(&issued.certificate);
    for fact in [
        "Subject: C = DE, O = \"Ex, Inc + Co\", OU = one, CN = a.example.com\n",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "TLS Web Server Authentication, TLS Web Client Authentication\n",
        "DNS:b.example.com, DNS:a.example.com, IP Address:10.0.0.1, email:a@example.com\n",
    ] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    assert!(!text.contains("URI"), "{text}");
    assert!(!issued.key.exists() && !issued.pfx.exists());
    openssl::verify(&ca.conf("ca_cert.pem"), &[], &issued.certificate).succeeds();
}

#[test]
fn beside_a_named_host_only_named_names_are_taken() {
    let ca = TestCa::new();
    let folder = folder::temporary();
    let names = "subjectAltName=DNS:a.example.com,DNS:bank.example.net,IP:10.0.0.1";
    request(folder.path(), "/CN=bank.example.net", &["-addext", names]);
    issue(&ca, folder.path(), &["a.example.com", "--ip", "10.0.0.1"])
        .succeeds()
        .says("not taken: the name DNS:bank.example.net")
        .says("not taken: the common name bank.example.net");
    let issued = ca.newest("a.example.com");
    let text = openssl::text(&issued.certificate);
    assert!(text.contains("Subject: CN = a.example.com\n"), "{text}");
    assert!(
        text.contains("DNS:a.example.com, IP Address:10.0.0.1\n"),
        "{text}"
    );
}

#[test]
fn a_common_name_of_any_form_is_one_nobody_named() {
    let ca = TestCa::new();
    for name in [
        "*.other.example.net",
        "10.0.0.1",
        "::1",
        "root@bank.example.net",
        "admin",
        "bank.example.net:443",
        r"https:\/\/bank.example.net",
        r"..\/..\/etc\/passwd",
    ] {
        let folder = folder::temporary();
        let names = "subjectAltName=DNS:a.example.com";
        request(
            folder.path(),
            &format!("/O=Bank/CN={name}"),
            &["-addext", names],
        );
        issue(&ca, folder.path(), &["a.example.com"])
            .succeeds()
            .says("not taken: the common name")
            .says("taken: the subject O=Bank, CN=a.example.com");
    }
}

/// A request that is refused, with these words, and leaves the CA directory as it was.
#[track_caller]
fn refused(ca: &TestCa, folder: &Path, words: &str) -> Outcome {
    let before = folder::listing(ca.dir());
    let outcome = issue(ca, folder, &[]).refused(words);
    folder::assert_unchanged(ca.dir(), &before);
    outcome
}

#[test]
fn requests_for_more_than_a_host_may_have_are_refused_by_name() {
    let ca = TestCa::new();
    let folder = folder::temporary();
    let dir = folder.path();
    for (extension, words) in [
        ("basicConstraints=CA:TRUE", "the certificate of a CA"),
        ("tlsfeature=status_request", "the extension tlsFeature"),
        ("1.2.3.4=ASN1:UTF8String:x", "the extension 1.2.3.4"),
        (
            "nameConstraints=permitted;DNS:a",
            "the extension nameConstraints",
        ),
        ("subjectAltName=DNS:a/b.example.com", "DNS:a/b.example.com"),
        ("subjectAltName=DNS:..", "the name DNS:.."),
        ("subjectAltName=DNS:a.*.com", "DNS:a.*.com"),
        ("subjectAltName=DNS:10.0.0.1", "DNS:10.0.0.1"),
        (
            "subjectAltName=email:a b@example.com",
            "email:a b@example.com",
        ),
    ] {
        request(dir, "/CN=a.example.com", &["-addext", extension]);
        refused(&ca, dir, words);
    }
    request(dir, "/CN=Kiosk, hall", &[]);
    refused(&ca, dir, "names no host").says("name the host on the command line");
    request(dir, "/C=D1/CN=a.example.com", &[]);
    refused(&ca, dir, "two letters");
    fs::write(dir.join("a.csr"), "nothing").unwrap();
    refused(&ca, dir, "a.csr");
    fs::copy(ca.conf("ca_cert.pem"), dir.join("a.csr")).unwrap();
    refused(&ca, dir, "has no certification request in it");
}

#[test]
fn weak_keys_and_signatures_of_others_are_refused() {
    let ca = TestCa::new();
    let folder = folder::temporary();
    let dir = folder.path();
    let rsa = |options: &[&str], digest: &str| {
        Call::foreign("openssl", ["genrsa", "-out", "rsa.key"])
            .args(options)
            .within(dir)
            .succeeds();
        Call::foreign("openssl", ["req", "-new", "-key", "rsa.key", digest])
            .args(["-out", "a.csr", "-subj", "/CN=a.example.com"])
            .within(dir)
            .succeeds();
    };
    rsa(&["1024"], "-sha256");
    refused(&ca, dir, "1024 bits");
    rsa(&["-3", "2048"], "-sha256");
    refused(&ca, dir, "65537");
    rsa(&["2048"], "-sha1");
    refused(&ca, dir, "SHA-1");
    // One octet of the signature, or of what is signed, is another.
    rsa(&["2048"], "-sha256");
    Call::foreign(
        "openssl",
        ["req", "-in", "a.csr", "-outform", "DER", "-out", "a.der"],
    )
    .within(dir)
    .succeeds();
    let good = fs::read(dir.join("a.der")).unwrap();
    for place in [good.len() - 1, good.len() / 2, 30] {
        let mut spoilt = good.clone();
        spoilt[place] ^= 1;
        fs::write(dir.join("a.csr"), spoilt).unwrap();
        refused(&ca, dir, "a.csr");
    }
    fs::write(dir.join("a.csr"), good).unwrap();
    issue(&ca, dir, &[]).succeeds();
}

/// `cert request` for a host with a key of this kind, an organization with odd signs, and more names.
#[track_caller]
fn request_of_ours(dir: &Path, host: &str, key: &str) {
    Call::trustpack(["cert", "request", host, "--key", key])
        .args(["--country", "de", "--organization", "Ex, Inc/=+"])
        .args(["--unit", "Ünit", "--email", "a@example.com"])
        .args(["--ip", "::1", "--san", "b.example.com"])
        .within(dir)
        .succeeds();
}

#[test]
fn a_request_of_ours_is_as_openssl_writes_it() {
    let folder = folder::temporary();
    let dir = folder.path();
    for key in ["rsa-2048", "ecdsa-p256", "ecdsa-p384", "ed25519"] {
        let host = format!("{key}.example.com");
        request_of_ours(dir, &host, key);
        let request = format!("{key}_request.pem");
        let words = ["req", "-noout", "-text", "-verify", "-in", &request];
        let text = Call::foreign("openssl", words)
            .args(["-nameopt", "oneline,utf8,-esc_msb,sep_comma_plus_space"])
            .within(dir)
            .succeeds();
        let text = text.says("verify OK").stdout;
        let names = format!(
            "DNS:{host}, DNS:b.example.com, IP Address:0:0:0:0:0:0:0:1, email:a@example.com\n"
        );
        let subject = format!(
            "C = DE, O = \"Ex, Inc/=+\", OU = Ünit, CN = {host}, emailAddress = a@example.com\n"
        );
        for fact in [&names, &subject] {
            assert!(text.contains(fact), "{fact}: {text}");
        }
        let types = Call::foreign("openssl", ["asn1parse", "-in", &request])
            .within(dir)
            .succeeds()
            .stdout;
        for kind in [
            "PRINTABLESTRING   :DE",
            "UTF8STRING        :Ex, Inc/=+",
            "IA5STRING         :a@example.com",
        ] {
            assert!(types.contains(kind), "{kind}: {types}");
        }
    }
}

#[test]
fn a_request_overwrites_nothing_and_takes_a_key_that_is_there() {
    let folder = folder::temporary();
    let dir = folder.path();
    let host = "ed25519.example.com";
    request_of_ours(dir, host, "ed25519");
    let key = dir.join("ed25519_priv_key.pem");
    let mode = fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    Call::foreign("openssl", ["pkey", "-noout", "-in"])
        .arg(&key)
        .succeeds();
    Call::trustpack(["cert", "request", host])
        .within(dir)
        .refused("nothing is overwritten");
    Call::trustpack(["cert", "request", "again.example.com", "--key-file"])
        .arg(&key)
        .within(dir)
        .succeeds();
    assert!(!dir.join("again_priv_key.pem").exists());
}
