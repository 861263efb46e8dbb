//! Files and addresses that a tunnel cannot use: it does not start, and says which and why.

use std::fs;
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

/// `tunnel server` with these options, run in the folder of the certificates, not run yet.
fn server(certificates: &Certificates, options: &[&str]) -> Call {
    let fixed = [
        "tunnel",
        "server",
        "--listen",
        "127.0.0.1:0",
        "--to",
        "127.0.0.1:9",
    ];
    Call::trustpack(fixed)
        .args(["--trusted-ca", "root.pem"])
        .args(options)
        .within(certificates.pki.dir())
}

/// It must not start, must say all of `words`, and must not change a file.
#[track_caller]
fn check_refused(certificates: &Certificates, options: &[&str], words: &[&str]) {
    let before = folder::listing(certificates.pki.dir());
    let mut outcome = server(certificates, options).exits_with(1);
    for part in words {
        outcome = outcome.says(part);
    }
    folder::assert_unchanged(certificates.pki.dir(), &before);
}

/// SHA-256 of the public key of a private key, in lower-case hexadecimal.
#[track_caller]
fn fingerprint(certificates: &Certificates, key: &str) -> String {
    let openssl = |words: &[&str]| {
        let call = Call::foreign("openssl", words).within(certificates.pki.dir());
        call.succeeds().stdout
    };
    openssl(&[
        "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", "public",
    ]);
    let digest = openssl(&["dgst", "-sha256", "-r", "public"]);
    digest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn certificate_and_key_belong_together() {
    let certificates = Certificates::new();
    let check = |options: &[&str], words: &[&str]| check_refused(&certificates, options, words);
    check(&["--certificate", "p256.pem"], &["certificate-key"]);
    check(&["--certificate-key", "p256.key"], &["certificate"]);
    let fingerprints = ["rsa.key", "p256.key"].map(|key| fingerprint(&certificates, key));
    check(
        &["--certificate", "p256.pem", "--certificate-key", "rsa.key"],
        &["CN=p256", "rsa.key", &fingerprints[0], &fingerprints[1]],
    );
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let certificates = Certificates::new();
    let folder = certificates.pki.dir();
    fs::write(folder.join("text.pem"), "no certificate").unwrap();
    fs::create_dir(folder.join("folder.pem")).unwrap();
    let good = ["--certificate", "p256.pem", "--certificate-key", "p256.key"];
    let check = |option: &str, file: &str, words: &[&str]| {
        let mut options = good.to_vec();
        match good.iter().position(|word| *word == option) {
            Some(place) => options[place + 1] = file,
            None => options.extend([option, file]),
        }
        check_refused(&certificates, &options, words);
    };
    check("--certificate", "gone.pem", &["gone.pem"]);
    check("--certificate-key", "gone.key", &["gone.key"]);
    check("--certificate", "text.pem", &["text.pem"]);
    check("--certificate-key", "text.pem", &["text.pem"]);
    check("--certificate", "folder.pem", &["folder.pem"]);
    check("--certificate", "expired.pem", &["expired"]);
    check("--sec-protocol", "TLSv14", &["TLSv14", "TLSv13"]);
    // A list is looked at where somebody is judged.
    let listing = [&good[..], &["--tls-mutual", "1", "--crl", "root.pem"]].concat();
    check_refused(&certificates, &listing, &["crl", "root.pem"]);
}

/// Runs until it is ready, and is stopped.
#[track_caller]
fn runs(call: Call) {
    let tunnel = Tunnel::start(call);
    tunnel.tell_to_stop();
    let outcome = tunnel.end();
    assert!(outcome.status.success(), "{outcome}");
}

#[test]
fn an_encrypted_key_needs_its_password() {
    let certificates = Certificates::new();
    let folder = certificates.pki.dir();
    fs::write(folder.join("password"), "secret one\n").unwrap();
    fs::write(folder.join("wrong"), "secret two\n").unwrap();
    let words = ["pkcs8", "-topk8", "-in", "p256.key", "-out", "locked.key"];
    Call::foreign("openssl", words)
        .args(["-passout", "file:password"])
        .within(folder)
        .succeeds();
    let with = |password: &[&'static str]| {
        let files = [
            "--certificate",
            "p256.pem",
            "--certificate-key",
            "locked.key",
        ];
        [&files[..], password].concat()
    };
    let check = |password: &[&'static str], words: &[&str]| {
        check_refused(&certificates, &with(password), words);
    };
    check(&[], &["locked.key", "keystore-password"]);
    check(
        &["--keystore-password", "file:wrong"],
        &["locked.key", "password"],
    );
    check(&["--keystore-password", "file:gone"], &["gone"]);
    check(
        &["--keystore-password", "env:NOT_SET_HERE"],
        &["NOT_SET_HERE"],
    );
    runs(server(
        &certificates,
        &with(&["--keystore-password", "file:password"]),
    ));
    let variable = with(&["--keystore-password", "env:KEY_PASSWORD"]);
    runs(server(&certificates, &variable).env("KEY_PASSWORD", "secret one"));
}

#[test]
fn addresses_that_cannot_be_had() {
    let certificates = Certificates::new();
    let service = Service::returning(1);
    let taken = service.address().to_string();
    let tunnel = |role: &str, listen: &str, to: &str| {
        let call = Call::trustpack(["tunnel", role, "--listen", listen, "--to", to]);
        let files = [
            ("--certificate", "p256.pem"),
            ("--certificate-key", "p256.key"),
        ];
        files
            .iter()
            .fold(call, |call, (option, file)| call.args([option, file]))
            .args(["--trusted-ca", "root.pem"])
            .within(certificates.pki.dir())
    };
    tunnel("server", &taken, "127.0.0.1:9")
        .refused(&format!("{taken} is in use by another process"));
    tunnel("client", &taken, "127.0.0.1:9")
        .refused(&format!("{taken} is in use by another process"));
    // TEST-NET-1 of RFC 5737 is no machine's.
    tunnel("server", "192.0.2.1:0", "127.0.0.1:9")
        .refused("192.0.2.1:0 is no address of this machine");
    // The plain side is read by whoever is between.
    tunnel("server", "127.0.0.1:0", "192.0.2.1:9").refused("192.0.2.1:9");
    tunnel("client", "0.0.0.0:0", "127.0.0.1:9").refused("0.0.0.0:0");
    runs(tunnel("client", "0.0.0.0:0", "127.0.0.1:9").arg("--danger-plain-anywhere"));
    let file = certificates.pki.path("p256.pem");
    let unix = format!("unix:{}", file.display());
    let before = fs::read(&file).unwrap();
    tunnel("client", &unix, "127.0.0.1:9").refused("exists and is no socket; it is left alone");
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(Path::new(&file).exists());
    assert_eq!(plain::exchange(service.address(), b"x").unwrap(), b"x");
}
