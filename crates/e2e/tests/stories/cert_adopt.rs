//! Certificates that another authority signed: what is adopted, and what is not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl;

/// A root and an intermediate CA of OpenSSL, and a key and request of ours.
struct Others {
    folder: TempDir,
}

impl Others {
    fn new() -> Self {
        let others = Self {
            folder: folder::temporary(),
        };
        others.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "root.key",
            "-out",
            "root.pem",
            "-subj",
            "/O=Other/CN=Root",
            "-days",
            "300",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
        ]);
        others.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "sub.key",
            "-out",
            "sub.csr",
            "-subj",
            "/O=Other/CN=Sub",
        ]);
        let text = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
                    subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";
        fs::write(others.path("sub.ext"), text).unwrap();
        others.sign("sub.csr", "root", "sub.pem", &["-extfile", "sub.ext"]);
        Call::trustpack(["cert", "request", "Web.example.com", "--key", "ecdsa-p256"])
            .within(others.folder.path())
            .succeeds();
        others.sign(
            "Web_request.pem",
            "sub",
            "web.pem",
            &["-copy_extensions", "copy"],
        );
        others
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn openssl(&self, words: &[&str]) {
        Call::foreign("openssl", words)
            .within(self.folder.path())
            .succeeds();
    }

    #[track_caller]
    fn sign(&self, request: &str, ca: &str, out: &str, options: &[&str]) {
        let [certificate, key] = [format!("{ca}.pem"), format!("{ca}.key")];
        let words = [
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            &certificate,
            "-CAkey",
            &key,
            "-out",
            out,
        ];
        self.openssl(&[&words[..], options].concat());
    }

    fn adopt(&self, certificate: &str, arguments: &[&str]) -> Call {
        Call::trustpack(["cert", "adopt", certificate, "--key", "Web_priv_key.pem"])
            .args(arguments)
            .within(self.folder.path())
    }

    fn out(&self) -> PathBuf {
        let out = self.path("out");
        if !out.exists() {
            fs::create_dir(&out).unwrap();
        }
        out
    }
}

fn names(folder: &Path) -> Vec<String> {
    let listing = folder::listing(folder);
    let names = listing.keys().map(|path| path.to_string_lossy());
    names
        .map(|name| name.rsplit('_').next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_files_are_ours_and_complete() {
    let others = Others::new();
    let out = others.out();
    // In any order, with a stray.
    let mut all = String::new();
    for name in ["root.pem", "sub.pem", "web.pem"] {
        all.push_str(&fs::read_to_string(others.path(name)).unwrap());
    }
    fs::write(others.path("all.pem"), all).unwrap();
    let outcome = others
        .adopt("all.pem", &["--out", "out", "--json"])
        .succeeds();
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["chain"][0], "O=Other, CN=Sub");
    assert_eq!(report["trusted"], "O=Other, CN=Root");
    let serial = openssl::serial(&others.path("web.pem"));
    let file = |end: &str| out.join(format!("{serial}_web_{end}"));
    let text = fs::read_to_string(file("cert.pem")).unwrap();
    let want = ["web.pem", "sub.pem"].map(|name| fs::read_to_string(others.path(name)).unwrap());
    assert_eq!(text, want.concat());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        [mode(&file("priv_key.pem")), mode(&file("cert.pfx"))],
        [0o600; 2]
    );
    openssl::verify(
        &out.join("ca_cert.pem"),
        &["-untrusted", file("cert.pem").to_str().unwrap()],
        &file("cert.pem"),
    )
    .succeeds();
    Call::foreign(
        "openssl",
        ["pkcs12", "-legacy", "-nodes", "-passin", "pass:", "-in"],
    )
    .arg(file("cert.pfx"))
    .succeeds()
    .prints("CN = Root");
    let before = folder::listing(&out);
    others
        .adopt("all.pem", &["--out", "out"])
        .refused("nothing is overwritten");
    folder::assert_unchanged(&out, &before);
}

#[test]
fn a_chain_with_a_gap_names_who_is_missing() {
    let others = Others::new();
    others.out();
    others
        .adopt("web.pem", &["--out", "out"])
        .refused("O=Other, CN=Sub is missing");
    others
        .adopt("web.pem", &["--chain", "sub.pem", "--out", "out"])
        .refused("O=Other, CN=Root is missing");
    assert!(names(&others.out()).is_empty());
    others
        .adopt(
            "web.pem",
            &["--chain", "root.pem", "--chain", "sub.pem", "--out", "out"],
        )
        .succeeds();
    assert_eq!(names(&others.out()).len(), 5);
}

#[test]
fn what_does_not_hold_is_not_adopted() {
    let others = Others::new();
    others.out();
    let chain = ["--chain", "root.pem", "--chain", "sub.pem", "--out", "out"];
    let check = |certificate: &str, more: &[&str], words: &str| {
        others
            .adopt(certificate, &[&chain[..], more].concat())
            .refused(words);
        assert!(names(&others.out()).is_empty());
    };
    check(
        "web.pem",
        &["--host", "other.example.com"],
        "is not for other.example.com",
    );
    check("sub.pem", &[], "the key does not belong to the certificate");
    // Signed with a key that is not the issuer's.
    others.openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "false.key",
        "-out",
        "false.pem",
        "-subj",
        "/O=Other/CN=Sub",
    ]);
    others.sign(
        "Web_request.pem",
        "false",
        "forged.pem",
        &["-copy_extensions", "copy"],
    );
    check("forged.pem", &[], "is not adopted: ");
    // Ended yesterday.
    others.sign(
        "Web_request.pem",
        "sub",
        "old.pem",
        &["-copy_extensions", "copy", "-days", "-1"],
    );
    check("old.pem", &[], "is not adopted: ");
    let outcome = Call::trustpack([
        "cert", "adopt", "sub.pem", "--key", "sub.key", "--out", "out",
    ])
    .within(others.folder.path())
    .refused("is that of a CA");
    outcome.says("ca import");
}
