//! What the stories share: a CA on a fixed day with countable randomness, and foreign programs.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use trustpack_ca::lifetime::Lifetime;
use trustpack_ca::request::{CaRequest, HostRequest};
use trustpack_ca_directory::create::{Created, NewCa};
use trustpack_ca_directory::directory::{CaDirectory, UnlockedDirectory};
use trustpack_ca_directory::entropy::Entropy;
use trustpack_ca_directory::issue::{IssueError, IssueOrder, IssuedFiles};
use trustpack_keystore::password::Password;
use trustpack_keystore::private_key::spec::KeySpec;
use trustpack_x509::time::Timestamp;

/// A CA directory in a folder that goes away, and its authority.
pub(crate) struct TestCa {
    _folder: TempDir,
    pub(crate) unlocked: UnlockedDirectory,
    drawn: Cell<u8>,
}

/// The day on which the stories take place. Foreign programs are told it, or do not look.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T08:00:00Z".parse().unwrap()
}

pub(crate) fn ca_request() -> CaRequest {
    CaRequest::new("Example CA")
        .unwrap()
        .with_key(KeySpec::EcP256)
}

pub(crate) fn create(dir: &Path, key_password: Option<&str>) -> Created {
    let new = NewCa {
        request: ca_request(),
        key_password: key_password.map(Password::new),
    };
    CaDirectory::create(dir, &new, now(), &mut Entropy::new(|| [0xCA; 16])).unwrap()
}

pub(crate) fn order(host: &str) -> IssueOrder {
    let request = HostRequest::new(host.parse().unwrap());
    IssueOrder::new(
        request.with_lifetime(Lifetime::from_days(30).unwrap()),
        KeySpec::EcP256,
    )
}

impl TestCa {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let Created { unlocked, .. } = create(&folder.path().join("ca"), None);
        Self {
            _folder: folder,
            unlocked,
            drawn: Cell::new(0),
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.unlocked.directory().layout().dir
    }

    pub(crate) fn conf(&self, name: &str) -> PathBuf {
        self.dir().join("ca_conf").join(name)
    }

    pub(crate) fn issue(&self, order: &IssueOrder) -> Result<IssuedFiles, IssueError> {
        let mut entropy = Entropy::new(|| {
            self.drawn.set(self.drawn.get() + 1);
            [self.drawn.get(); 16]
        });
        self.unlocked.issue(order, now(), &mut entropy)
    }

    pub(crate) fn reopened(&self) -> CaDirectory {
        CaDirectory::open(self.dir()).unwrap()
    }

    /// Codes and file names of what `ca check` finds.
    pub(crate) fn findings(&self) -> Vec<String> {
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let findings = self.reopened().check(now(), None).findings;
        findings
            .iter()
            .map(|f| format!("{} {}", f.code(), name(&f.path)))
            .collect()
    }

    /// Fails unless `ca check` finds nothing.
    #[track_caller]
    pub(crate) fn assert_in_order(&self) {
        assert_eq!(self.findings(), Vec::<String>::new());
    }

    /// Every file with its contents.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        snapshot(self.dir())
    }

    pub(crate) fn ledger(&self) -> String {
        fs::read_to_string(self.conf("ca.db")).unwrap()
    }
}

pub(crate) fn snapshot(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // A link may lead nowhere.
            let contents = if path.is_dir() || !path.exists() {
                Vec::new()
            } else {
                fs::read(&path).unwrap()
            };
            if path.is_dir() {
                folders.push(path.clone());
            }
            files.insert(path, contents);
        }
    }
    files
}

/// Runs a foreign program in `dir`; a program that is missing fails the test by its name.
#[track_caller]
pub(crate) fn run(dir: &Path, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .output()
        .unwrap_or_else(|error| panic!("this test needs the program {program}: {error}"))
}

/// The same, where the program must succeed; gives what it printed.
#[track_caller]
pub(crate) fn run_ok(dir: &Path, program: &str, arguments: &[&str]) -> String {
    let output = run(dir, program, arguments);
    let [out, err] =
        [output.stdout, output.stderr].map(|o| String::from_utf8_lossy(&o).into_owned());
    assert!(
        output.status.success(),
        "{program} {arguments:?}\n{out}\n{err}"
    );
    out + &err
}
