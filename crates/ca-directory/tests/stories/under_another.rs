//! A CA that another one signed, here made by OpenSSL: its chain goes along, and the limits of
//! those above it are kept.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use trustpack_ca_directory::directory::CaDirectory;
use trustpack_ca_directory::entropy::Entropy;
use trustpack_ca_directory::issue::{IssueError, IssuedFiles};
use trustpack_keystore::pem::read_certificates;

use crate::support::{now, order, run_ok};

/// Makes a P-256 key, and with it what the rest of the `arguments` to `openssl req` say.
fn openssl_req(dir: &Path, arguments: &str) {
    let key = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    let arguments: Vec<&str> = key.split(' ').chain(arguments.split(' ')).collect();
    run_ok(dir, "openssl", &arguments);
}

/// An intermediate CA directory below a root with `extensions`, in `dir/sub`; the root in `dir`.
fn intermediate(extensions_of_root: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::create_dir_all(dir.join("sub/ca_conf")).unwrap();
    let usage = "-addext keyUsage=critical,keyCertSign,cRLSign";
    let files = "-keyout root.key -out root.pem";
    openssl_req(
        dir,
        &format!("-x509 {files} -subj /CN=Root -days 9000 {usage}{extensions_of_root}"),
    );
    openssl_req(
        dir,
        "-keyout sub/ca_conf/ca_priv_key.pem -out sub.csr -subj /CN=Sub",
    );
    let extensions = [
        "basicConstraints=critical,CA:TRUE,pathlen:0",
        "keyUsage=critical,keyCertSign,cRLSign",
        "subjectKeyIdentifier=hash",
        "authorityKeyIdentifier=keyid:always",
        "",
    ];
    fs::write(dir.join("sub.ext"), extensions.join("\n")).unwrap();
    let sign = "x509 -req -in sub.csr -CA root.pem -CAkey root.key -set_serial 7 -days 8000 \
                -extfile sub.ext -out sub/ca_conf/ca_cert.pem";
    run_ok(dir, "openssl", &sign.split_whitespace().collect::<Vec<_>>());
    fs::copy(dir.join("root.pem"), dir.join("sub/ca_conf/ca_chain.pem")).unwrap();
    fs::write(dir.join("sub/ca_conf/ca.db"), "").unwrap();
    fs::write(dir.join("sub/ca_conf/serial.num"), "01\n").unwrap();
    folder
}

fn issue(dir: &Path, host: &str) -> Result<IssuedFiles, IssueError> {
    let directory = CaDirectory::open(&dir.join("sub")).unwrap();
    let unlocked = directory.unlock(None).unwrap();
    // OpenSSL dates the CA by the clock of this machine, so the stories' day may come before it.
    let now = now().max(directory.certificate().validity().not_before);
    unlocked.issue(&order(host), now, &mut Entropy::new(|| [5; 16]))
}

#[test]
fn the_chain_follows_the_certificate() {
    let folder = intermediate("");
    let dir = folder.path();
    let issued = issue(dir, "a.example.com").unwrap();
    let pem = read_certificates(&fs::read(&issued.paths.certificate).unwrap()).unwrap();
    let subjects: Vec<String> = pem.iter().map(|c| c.subject().to_string()).collect();
    assert_eq!(subjects, ["CN=a.example.com", "CN=Sub"]);
    let copy = read_certificates(&fs::read(&issued.paths.ledger_copy).unwrap()).unwrap();
    assert_eq!(copy, [issued.certificate]);
    let certificate = issued.paths.certificate.to_str().unwrap();
    let verify = [
        "verify",
        "-x509_strict",
        "-no_check_time",
        "-CAfile",
        "root.pem",
        "-untrusted",
    ];
    run_ok(
        dir,
        "openssl",
        &[&verify[..], &[certificate, certificate]].concat(),
    );
    let pfx = issued.paths.pfx.unwrap();
    let read = [
        "pkcs12",
        "-legacy",
        "-nokeys",
        "-passin",
        "pass:",
        "-in",
        pfx.to_str().unwrap(),
    ];
    assert_eq!(
        run_ok(dir, "openssl", &read)
            .matches("BEGIN CERTIFICATE")
            .count(),
        3
    );
}

#[test]
fn the_chain_is_put_in_order_and_holds_nothing_else() {
    let folder = intermediate("");
    let dir = folder.path();
    let (sub, chain) = (
        dir.join("sub/ca_conf/ca_cert.pem"),
        dir.join("sub/ca_conf/ca_chain.pem"),
    );
    let [root, sub] = [dir.join("root.pem"), sub].map(|path| fs::read(path).unwrap());
    fs::write(&chain, [&root[..], &sub, &root].concat()).unwrap();
    let unlocked = CaDirectory::open(&dir.join("sub"))
        .unwrap()
        .unlock(None)
        .unwrap();
    assert_eq!(
        unlocked.authority().chain(),
        read_certificates(&root).unwrap()
    );
    openssl_req(
        dir,
        "-x509 -keyout other.key -out other.pem -subj /CN=Root -days 9000",
    );
    let other = fs::read(dir.join("other.pem")).unwrap();
    fs::write(&chain, [&root[..], &other].concat()).unwrap();
    let error = CaDirectory::open(&dir.join("sub"))
        .unwrap()
        .unlock(None)
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("did not sign"), "{source}");
}

#[test]
fn names_that_the_root_does_not_permit_are_refused() {
    let folder = intermediate(
        " -addext nameConstraints=critical,permitted;DNS:example.com,excluded;DNS:secret.example.com",
    );
    let dir = folder.path();
    assert!(issue(dir, "a.example.com").is_ok());
    for (host, want) in [
        (
            "a.example.org",
            "the CA CN=Root may not certify DNS:a.example.org; it may only DNS:example.com",
        ),
        ("a.secret.example.com", "DNS:secret.example.com is excluded"),
    ] {
        let error = issue(dir, host).unwrap_err().to_string();
        assert!(
            error.contains(want) && error.contains("RFC 5280 section 4.2.1.10"),
            "{error}"
        );
    }
    assert_eq!(fs::read_dir(dir.join("sub/repository")).unwrap().count(), 4);
}
