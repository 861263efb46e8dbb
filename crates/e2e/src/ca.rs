//! A CA directory of a story, and what is always true of one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::call::Call;
use crate::folder;

/// Keys that are made at once.
pub const QUICK_KEY: [&str; 2] = ["--key", "ecdsa-p256"];

/// A CA directory, made by the program, that goes away with the story.
#[derive(Debug)]
pub struct TestCa {
    _folder: TempDir,
    dir: PathBuf,
}

/// The files of one host certificate.
#[derive(Clone, Debug)]
pub struct HostFiles {
    /// In upper-case hexadecimal.
    pub serial: String,
    /// PEM, alone.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
    /// PKCS#12.
    pub pfx: PathBuf,
    /// The copy that the ledger names.
    pub ledger_copy: PathBuf,
}

impl TestCa {
    /// A CA named `Example CA` with a P-256 key.
    #[track_caller]
    pub fn new() -> Self {
        Self::with(&QUICK_KEY)
    }

    /// A CA named `Example CA`, with these arguments of `ca create`.
    #[track_caller]
    pub fn with(arguments: &[&str]) -> Self {
        let folder = folder::temporary();
        let dir = folder.path().join("ca");
        Call::trustpack(["ca", "create", "Example CA", "--ca"])
            .arg(&dir)
            .args(arguments)
            .succeeds();
        Self {
            _folder: folder,
            dir,
        }
    }

    /// The CA directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A file in `ca_conf`.
    #[must_use]
    pub fn conf(&self, name: &str) -> PathBuf {
        self.dir.join("ca_conf").join(name)
    }

    /// `cert issue` for a host with a P-256 key and these arguments, not run yet.
    #[track_caller]
    #[must_use]
    pub fn issue_call(&self, host: &str, arguments: &[&str]) -> Call {
        Call::trustpack(["cert", "issue", host, "--ca"])
            .arg(&self.dir)
            .args(QUICK_KEY)
            .args(arguments)
    }

    /// Issues a certificate for a host, with a P-256 key and these arguments.
    #[track_caller]
    pub fn issue(&self, host: &str, arguments: &[&str]) -> HostFiles {
        self.issue_call(host, arguments).succeeds();
        self.newest(host)
    }

    /// The files of the newest certificate, which is for `host`.
    #[track_caller]
    #[must_use]
    pub fn newest(&self, host: &str) -> HostFiles {
        newest(&self.dir, host)
    }

    /// Fails unless `ca check` finds nothing, and ledger and files agree.
    #[track_caller]
    pub fn assert_in_order(&self) {
        assert_in_order(&self.dir);
    }
}

impl Default for TestCa {
    fn default() -> Self {
        Self::new()
    }
}

impl HostFiles {
    fn new(dir: &Path, serial: &str, host: &str) -> Self {
        let label = host.split('.').next().unwrap_or_default();
        let repository = dir.join("repository");
        let file = |end: &str| repository.join(format!("{serial}_{label}_{end}"));
        Self {
            serial: serial.to_owned(),
            certificate: file("cert.pem"),
            key: file("priv_key.pem"),
            pfx: file("cert.pfx"),
            ledger_copy: repository.join(format!("{serial}.pem")),
        }
    }
}

/// The files of the newest certificate of a CA directory, which is for `host`.
#[track_caller]
#[must_use]
pub fn newest(dir: &Path, host: &str) -> HostFiles {
    match ledger_serials(dir).pop() {
        Some(serial) => HostFiles::new(dir, &serial, host),
        None => panic!("the ledger of {} is empty", dir.display()),
    }
}

/// `ca check` of a CA directory, not run yet.
#[track_caller]
#[must_use]
pub fn check_call(dir: &Path) -> Call {
    Call::trustpack(["ca", "check", "--ca"]).arg(dir)
}

/// Serials of the ledger, in its order.
#[track_caller]
#[must_use]
pub fn ledger_serials(dir: &Path) -> Vec<String> {
    let path = dir.join("ca_conf/ca.db");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "the last line of the ledger is torn: {text:?}"
    );
    text.lines()
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [_, _, _, serial, _, _] => serial.to_owned(),
            _ => panic!("no line of a ledger: {line:?}"),
        })
        .collect()
}

/// Fails unless `ca check` finds nothing, and ledger and files agree by our own look at them.
///
/// For folders whose certificates we issued with keys made there.
#[track_caller]
pub fn assert_in_order(dir: &Path) {
    check_call(dir).succeeds().prints("nothing is out of step");
    assert_whole(dir);
}

/// Fails unless every line of the ledger has its files, every file its line, no serial stands twice,
/// and no change is left half done.
#[track_caller]
pub fn assert_whole(dir: &Path) {
    let serials = ledger_serials(dir);
    let distinct: BTreeSet<&String> = serials.iter().collect();
    assert_eq!(distinct.len(), serials.len(), "a serial twice: {serials:?}");
    for leftover in ["ca_conf/.pending", ".ca_conf.new"] {
        assert!(!dir.join(leftover).exists(), "{leftover} is still there");
    }
    let mut ends = BTreeMap::<String, Vec<String>>::new();
    let repository = folder::listing(&dir.join("repository"));
    for name in repository.keys().map(|path| path.to_string_lossy()) {
        let serial = name.split(['_', '.']).next().unwrap_or_default();
        let end = name.rsplit('_').next().unwrap_or_default();
        let kind = if end == format!("{serial}.pem") {
            "copy"
        } else {
            end
        };
        ends.entry(serial.to_owned())
            .or_default()
            .push(kind.to_owned());
    }
    for (serial, mut kinds) in ends {
        assert!(distinct.contains(&serial), "files without a line: {serial}");
        kinds.sort();
        // `..._priv_key.pem` ends with `key.pem`.
        assert_eq!(
            kinds,
            ["cert.pem", "cert.pfx", "copy", "key.pem"],
            "files of {serial}"
        );
    }
    let with_files = repository.len() / 4;
    assert_eq!(
        with_files,
        serials.len(),
        "lines without files: {serials:?}"
    );
}
