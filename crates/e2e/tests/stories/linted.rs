//! An independent linter, PyPI `pkilint`, looks at what we make, and we at what it finds wrong.

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::ca::{TestCa, ledger_serials};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::formats::{KEYS, KeyKind};

/// Lints all files in one process, since it starts slowly, and prints what it finds under their names. A file is
/// `ca=PATH`, `host=PATH` below the CA before it, `list=PATH`, or `alone=PATH`.
const LINT: &str = "import sys
from pkilint.bin.lint_crl import main as list
from pkilint.bin.lint_pkix_cert import main as certificate
from pkilint.bin.lint_pkix_signer_signee_cert_chain import main as pair
for argument in sys.argv[1:]:
    kind, file = argument.split('=', 1)
    print('file', file, flush=True)
    words = ['lint', '-s', 'WARNING']
    if kind == 'list':
        list(words + ['-t', 'CRL', '-p', 'PKIX', file])
        continue
    certificate(words + [file])
    if kind == 'ca':
        issuer = file
    if kind != 'alone':
        pair(words + [issuer, file])
";

const DIGESTS: [&str; 5] = ["sha1", "sha224", "sha256", "sha384", "sha512"];
const PROFILES: [&str; 4] = ["server", "gui", "client", "server-only"];

/// What the linter says of each file: nothing where all is well.
#[track_caller]
pub(crate) fn findings(folder: &Path, files: &[String]) -> Vec<(String, Vec<String>)> {
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

/// How a CA, its hosts and its lists are made.
#[derive(Clone, Copy, Debug)]
struct Kind {
    key: KeyKind,
    digest: Option<&'static str>,
    /// Whether all have a mail address (`-E`).
    mail: bool,
}

impl Kind {
    /// Every kind of key with every digest that has an effect, with and without a mail address.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for key in KEYS {
            // Ed25519 has a digest of its own.
            let digests = match key {
                KeyKind::Ed25519 => vec![None],
                KeyKind::Rsa | KeyKind::P256 | KeyKind::P384 => DIGESTS.map(Some).to_vec(),
            };
            for digest in digests {
                all.extend([true, false].map(|mail| Self { key, digest, mail }));
            }
        }
        all
    }

    fn words(self) -> Vec<&'static str> {
        let digest = self.digest.iter().flat_map(|digest| ["--digest", digest]);
        digest.collect()
    }

    /// A CA of this kind; of one kind of key with all that limits a CA.
    #[track_caller]
    fn authority(self) -> TestCa {
        let mut words = vec!["--key", self.key.word()];
        words.extend(self.words());
        words.extend(SUBJECT);
        if self.mail {
            words.extend(["--email", "ca@example.com"]);
        }
        if self.key == KeyKind::P384 {
            words.extend(LIMITS);
        }
        TestCa::with(&words)
    }

    /// Keys of hosts are of the same kind; RSA keys, which take long, without mail address only.
    fn host_key(self) -> &'static str {
        if self.key == KeyKind::Rsa && self.mail {
            KeyKind::P256.word()
        } else {
            self.key.word()
        }
    }
}

const SUBJECT: [&str; 4] = ["--country", "DE", "--organization", "Müller, Inc. + Co"];

const LIMITS: [&str; 12] = [
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
];

/// A host of every profile.
#[track_caller]
fn issue(ca: &TestCa, kind: Kind) {
    let mut table = String::from("host,profile,ip,email\n");
    for profile in PROFILES {
        let mail = if kind.mail { "ca@example.com" } else { "" };
        table += &format!("{profile}.example.com,{profile},10.0.0.1,{mail}\n");
    }
    fs::write(ca.dir().join("hosts.csv"), table).unwrap();
    let words = ["cert", "issue", "--from", "hosts.csv", "--email-protection"];
    Call::trustpack(words)
        .args(["--key", kind.host_key()])
        .args(kind.words())
        .args(SUBJECT)
        .within(ca.dir())
        .succeeds();
}

/// An empty list, and one with a certificate on it.
#[track_caller]
fn make_lists(ca: &TestCa, kind: Kind) -> [PathBuf; 2] {
    let lists = ["empty.pem", "full.pem"].map(|name| ca.dir().join(name));
    for list in &lists {
        Call::trustpack(["crl", "create"])
            .args(kind.words())
            .within(ca.dir())
            .succeeds();
        fs::copy(ca.conf("crl.pem"), list).unwrap();
        if list.ends_with("empty.pem") {
            let first = &ledger_serials(ca.dir())[0];
            Call::trustpack(["cert", "revoke", first, "--reason", "keyCompromise"])
                .within(ca.dir())
                .succeeds();
        }
    }
    lists
}

#[test]
fn it_finds_nothing_in_what_we_make() {
    let mut authorities = Vec::new();
    let mut files = Vec::new();
    for kind in Kind::all() {
        let ca = kind.authority();
        issue(&ca, kind);
        let mut own = vec![format!("ca={}", ca.conf("ca_cert.pem").display())];
        for serial in ledger_serials(ca.dir()) {
            let copy = ca.dir().join(format!("repository/{serial}.pem"));
            own.push(format!("host={}", copy.display()));
        }
        let lists = make_lists(&ca, kind);
        own.extend(lists.map(|list| format!("list={}", list.display())));
        we_find_nothing(kind, &own);
        files.extend(own);
        authorities.push((kind, ca));
    }
    for (file, found) in findings(authorities[0].1.dir(), &files) {
        let of = |(_, ca): &&(Kind, TestCa)| Path::new(&file).starts_with(ca.dir());
        let kind = authorities.iter().find(of).map(|(kind, _)| kind);
        assert!(found.is_empty(), "{file} ({kind:?}): {found:#?}");
    }
}

/// Nor do we; SHA-1 aside, which we warn of.
#[track_caller]
fn we_find_nothing(kind: Kind, files: &[String]) {
    let paths = files.iter().filter_map(|file| file.split_once('='));
    let outcome = Call::trustpack(["cert", "lint"])
        .args(paths.map(|(_, path)| path))
        .succeeds();
    if kind.digest != Some("sha1") {
        outcome.prints("0 errors, 0 warnings, 0 notes");
    }
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
        let file = format!("{index}.pem");
        make(dir, Path::new(&file), subject, extension);
        files.push(format!("alone={file}"));
    }
    for ((file, theirs), (_, extension)) in findings(dir, &files).into_iter().zip(FAULTY) {
        assert!(!theirs.is_empty(), "it finds nothing in {extension:?}");
        let ours = Call::trustpack(["cert", "lint", &file]).within(dir).run();
        let found = ours.stdout.contains("  error: ") || ours.stdout.contains("  warning: ");
        assert!(found, "{theirs:?} in {extension:?}: {ours}");
    }
}
