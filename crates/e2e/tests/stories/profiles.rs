//! The profiles of a site: what they allow, and every mistake in their file.

use std::fs;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::folder;
use trustpack_e2e::openssl;

const PROFILES: &str = r#"
[profile.kiosk]
purposes = ["clientAuth", "1.3.6.1.5.5.7.3.17"]
key-usage = ["digitalSignature", "keyAgreement"]
days = 7
max-days = 14
permit = ["dns:kiosk.example.com", "ip:10.0.0.0/8"]
exclude = ["dns:old.kiosk.example.com"]
wildcards = false
"#;

#[test]
fn a_profile_of_the_site_says_what_stands_in_certificates() {
    let ca = TestCa::new();
    fs::write(ca.conf("profiles.toml"), PROFILES).unwrap();
    let kiosk = ca.issue("k1.kiosk.example.com", &["--profile", "kiosk"]);
    let text = openssl::text(&kiosk.certificate);
    for fact in [
        "Digital Signature, Key Agreement\n",
        "TLS Web Client Authentication, ipsec Internet Key Exchange\n",
    ] {
        assert!(text.contains(fact), "{fact}: {text}");
    }
    assert_eq!(openssl::days(&kiosk.certificate), 7);
    ca.issue(
        "k2.kiosk.example.com",
        &["--profile", "kiosk", "--days", "14"],
    );
    // The built-in ones are there beside it.
    ca.issue("a.example.com", &["--profile", "gui"]);
    ca.assert_in_order();
}

#[test]
fn what_a_profile_does_not_allow_is_refused_before_anything_is_written() {
    let ca = TestCa::new();
    fs::write(ca.conf("profiles.toml"), PROFILES).unwrap();
    let before = folder::listing(ca.dir());
    for (host, arguments, words) in [
        (
            "a.example.com",
            &[][..],
            "it may only DNS:kiosk.example.com",
        ),
        (
            "old.kiosk.example.com",
            &[],
            "DNS:old.kiosk.example.com is excluded",
        ),
        (
            "k.kiosk.example.com",
            &["--ip", "192.0.2.1"],
            "does not allow IP:192.0.2.1",
        ),
        (
            "k.kiosk.example.com",
            &["--san", "*.kiosk.example.com"],
            "wildcards are not allowed",
        ),
        (
            "k.kiosk.example.com",
            &["--days", "15"],
            "allows at most 14 days",
        ),
    ] {
        ca.issue_call(host, &["--profile", "kiosk"])
            .args(arguments)
            .refused(words)
            .says("kiosk");
    }
    ca.issue_call("a.example.com", &["--profile", "kiosks"])
        .refused("\"kiosks\" is no profile for hosts; allowed are client, gui, server, server-only, kiosk");
    folder::assert_unchanged(ca.dir(), &before);
}

#[test]
fn every_mistake_of_the_file_is_told_with_its_place() {
    let ca = TestCa::new();
    let file = ca.conf("profiles.toml");
    fs::write(
        &file,
        "[profile.a]\npurposes = [\"serverAuth\", \"any\"]\ndayz = 3\n[profile.server]\npurposes = [\n",
    )
    .unwrap();
    let place = |at: &str| format!("{}:{at}: ", file.display());
    ca.issue_call("a.example.com", &[])
        .refused(&place("2:27"))
        .says("\"any\" is no purpose")
        .says(&place("3:1"))
        .says("\"dayz\" is no key of a profile")
        .says(&place("4:1"))
        .says("is built in")
        .says("mistakes in the profiles");
    // Another file in its place.
    let other = ca.dir().join("other.toml");
    fs::write(&other, "[profile.a]\npurposes = [\"serverAuth\"]\n").unwrap();
    let other = other.to_str().unwrap();
    ca.issue("a.example.com", &["--profiles", other, "--profile", "a"]);
    ca.issue_call("a.example.com", &["--profiles", "missing.toml"])
        .refused("missing.toml");
}
