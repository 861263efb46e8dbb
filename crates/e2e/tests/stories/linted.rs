//! An independent linter, PyPI `pkilint`, looks at what we make, and we at what it finds wrong.

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// Lints all files in one process, since it starts slowly, and prints what it finds under their names.
const LINT: &str = "import sys
from pkilint.bin.lint_pkix_cert import main
for file in sys.argv[1:]:
    print('file', file, flush=True)
    main(['lint', '-s', 'WARNING', file])
";

const KEYS: [&str; 4] = ["rsa-2048", "ecdsa-p256", "ecdsa-p384", "ed25519"];
const DIGESTS: [&str; 5] = ["sha1", "sha224", "sha256", "sha384", "sha512"];
const PROFILES: [&str; 4] = ["server", "gui", "client", "server-only"];

/// What the linter says of each file: nothing where all is well.
fn findings(folder: &Path, files: &[PathBuf]) -> Vec<(String, Vec<String>)> {
    let call = Call::python("python3", ["-c", LINT]).args(files);
    let output = call.within(folder).succeeds().stdout;
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for line in output.lines() {
        if let Some(file) = line.strip_prefix("file ") {
            all.push((file.to_owned(), Vec::new()));
        } else if let (Some((_, found)), false) = (all.last_mut(), line.trim().is_empty()) {
            found.push(line.trim().to_owned());
        }
    }
    assert_eq!(all.len(), files.len(), "{output}");
    all
}

#[test]
fn it_finds_nothing_in_what_we_make() {
    for key in KEYS {
        let digests = if key == "ed25519" {
            &[""][..]
        } else {
            &DIGESTS
        };
        for (index, digest) in digests.iter().enumerate() {
            let digest = match *digest {
                "" => Vec::new(),
                name => vec!["--digest", name],
            };
            check(key, &digest, index % 2 == 0);
        }
    }
    check("ecdsa-p256", &[], true);
    check("ecdsa-p256", &[], false);
}

/// A CA and hosts of every profile, with a key of this kind, with and without a mail address.
fn check(key: &str, digest: &[&str], mail: bool) {
    let mail: &[&str] = if mail {
        &["--email", "ca@example.com"]
    } else {
        &[]
    };
    let limits: &[&str] = match key {
        "ecdsa-p384" => &[
            "--permit",
            "dns:example.com",
            "--permit",
            "ip:10.0.0.0/8",
            "--permit",
            "email:example.com",
            "--exclude",
            "dns:bad.example.com",
            "--path-length",
            "0",
            "--crl-distribution-point",
            "http://pki.example.com/ca.crl",
        ],
        _ => &[],
    };
    let subject = &["--country", "DE", "--organization", "Müller, Inc. + Co"];
    let ca = TestCa::with(&[&["--key", key], digest, mail, limits, subject].concat());
    let mut files = vec![ca.conf("ca_cert.pem")];
    for profile in PROFILES {
        let host = format!("{profile}.example.com");
        let options = [
            "--profile",
            profile,
            "--ip",
            "10.0.0.1",
            "--email-protection",
        ];
        // The same kind for the host, where such a key is made at once.
        let quick = if key.starts_with("rsa") {
            "ecdsa-p256"
        } else {
            key
        };
        Call::trustpack(["cert", "issue", &host, "--key", quick])
            .args(options)
            .args(digest)
            .args(mail)
            .args(subject)
            .within(ca.dir())
            .succeeds();
        files.push(ca.newest(&host).certificate);
    }
    for (file, found) in findings(ca.dir(), &files) {
        assert!(found.is_empty(), "{file} ({key}, {digest:?}): {found:#?}");
    }
    let sha1 = digest.contains(&"sha1");
    let outcome = Call::trustpack(["cert", "lint"]).args(&files).succeeds();
    let warnings = if sha1 { "4 warnings" } else { "0 warnings" };
    outcome.prints(&format!("0 errors, {warnings}, 0 notes"));
}

#[test]
fn it_finds_nothing_in_our_lists_and_chains() {
    for key in KEYS {
        let ca = TestCa::with(&["--key", key]);
        let hosts = ["a", "b"].map(|name| ca.issue(&format!("{name}.example.com"), &[]));
        let list = ca.conf("crl.pem");
        let make = || {
            Call::trustpack(["crl", "create"])
                .within(ca.dir())
                .succeeds()
        };
        make();
        is_clean("lint_crl", &["-t", "CRL", "-p", "PKIX"], &[&list]);
        Call::trustpack(["cert", "revoke", &hosts[0].serial])
            .args(["--reason", "keyCompromise"])
            .within(ca.dir())
            .succeeds();
        make();
        is_clean("lint_crl", &["-t", "CRL", "-p", "PKIX"], &[&list]);
        Call::trustpack(["cert", "lint"])
            .arg(&list)
            .succeeds()
            .prints("0 errors, 0 warnings, 0 notes");
        let chain = [&ca.conf("ca_cert.pem"), &hosts[1].certificate];
        is_clean("lint_pkix_signer_signee_cert_chain", &[], &chain);
    }
}

/// It ends with 0 and has nothing to say.
fn is_clean(program: &str, options: &[&str], files: &[&PathBuf]) {
    let words = [&["lint", "-s", "WARNING"], options].concat();
    let outcome = Call::python(program, words).args(files).succeeds();
    assert_eq!(outcome.stdout.trim(), "", "{outcome}");
}

/// Certificates with a fault: the subject, and an extension.
const FAULTY: [(&str, &str); 19] = [
    ("/CN=x", "subjectAltName=DNS:a b"),
    ("/CN=x", "subjectAltName=DNS:a..b"),
    ("/CN=x", "subjectAltName=DNS:stat1"),
    ("/CN=x", "subjectAltName=DNS:*.example.com"),
    ("/CN=x", "subjectAltName=DNS:a.b."),
    ("/CN=x", "subjectAltName=email:a..b@c.example"),
    ("/CN=x", "subjectAltName=email:a@b"),
    ("/CN=x", "subjectAltName=URI:foo"),
    ("/CN=x", "subjectAltName=URI:http://pki/x"),
    ("/CN=x", "subjectAltName=URI:http://h.example:port/"),
    ("/CN=x", "subjectAltName=critical,DNS:a.example"),
    (
        "/CN=x/emailAddress=a@b.example",
        "subjectAltName=DNS:a.example",
    ),
    ("/CN=x", "nameConstraints=permitted;IP:10.0.0.0/255.0.255.0"),
    ("/CN=x", "policyConstraints=requireExplicitPolicy:1"),
    ("/CN=x", "extendedKeyUsage=timeStamping"),
    (
        "/CN=x",
        "authorityInfoAccess=critical,OCSP;URI:http://a.example/",
    ),
    (
        "/CN=x",
        "crlDistributionPoints=critical,URI:http://a.example/",
    ),
    ("/CN=x", "issuerAltName=critical,DNS:a.example"),
    ("/", "subjectAltName=DNS:a.example"),
];

/// Makes a certificate, not of a CA, with this subject and extension.
#[track_caller]
fn make(folder: &Path, file: &Path, subject: &str, extension: &str) {
    let mut call = Call::foreign("openssl", ["req", "-x509", "-newkey", "ec"])
        .args(["-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-nodes", "-keyout", "/dev/null", "-config", "cnf"])
        .args(["-subj", subject, "-out"])
        .arg(file);
    for extension in [
        "basicConstraints=critical,CA:FALSE",
        "keyUsage=critical,digitalSignature",
        extension,
    ] {
        call = call.args(["-addext", extension]);
    }
    call.within(folder).succeeds();
}

#[test]
fn we_find_what_it_finds() {
    let folder = folder::temporary();
    let dir = folder.path();
    fs::write(dir.join("cnf"), "[req]\ndistinguished_name=d\n[d]\n").unwrap();
    let mut files = Vec::new();
    for (index, (subject, extension)) in FAULTY.iter().enumerate() {
        let file = PathBuf::from(format!("{index}.pem"));
        make(dir, &file, subject, extension);
        files.push(file);
    }
    for ((file, theirs), (_, extension)) in findings(dir, &files).into_iter().zip(FAULTY) {
        assert!(!theirs.is_empty(), "it finds nothing in {extension:?}");
        let ours = Call::trustpack(["cert", "lint", &file]).within(dir).run();
        let found = ours.stdout.contains("  error: ") || ours.stdout.contains("  warning: ");
        assert!(found, "{theirs:?} in {extension:?}: {ours}");
    }
}
