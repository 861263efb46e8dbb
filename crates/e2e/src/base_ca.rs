//! CA directories of stories about killed commands: made once, copied for each kill.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::ca::{QUICK_KEY, check_call, ledger_serials};
use crate::call::{Call, Outcome};
use crate::folder;

/// A folder that holds a CA directory called `ca`, from which copies are made.
#[derive(Debug)]
pub struct BaseCa {
    folder: TempDir,
}

impl BaseCa {
    /// A CA with one certificate for each of these hosts, and a revocation list.
    #[track_caller]
    pub fn with_hosts(hosts: &[&str]) -> Self {
        let base = Self {
            folder: folder::temporary(),
        };
        base.run(&["ca", "create", "Example CA"], &QUICK_KEY);
        base.run(&[&["cert", "issue"][..], hosts].concat(), &QUICK_KEY);
        base.run(&["crl", "create"], &[]);
        base
    }

    /// Runs a command of ours on it.
    #[track_caller]
    pub fn run(&self, command: &[&str], arguments: &[&str]) {
        Call::trustpack(command)
            .args(["--ca", "ca"])
            .args(arguments)
            .within(self.path())
            .succeeds();
    }

    /// The folder above the CA directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The CA directory.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.path().join("ca")
    }

    /// A folder with a copy of it, and of what lies beside it.
    #[track_caller]
    #[must_use]
    pub fn copy(&self) -> TempDir {
        let folder = folder::temporary();
        folder::copy(&self.dir(), &folder.path().join("ca"));
        for entry in fs::read_dir(self.path()).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                drop(fs::copy(
                    entry.path(),
                    folder.path().join(entry.file_name()),
                ));
            }
        }
        folder
    }
}

/// Lets the next command clean up, and fails unless nothing is out of step then.
#[track_caller]
pub fn assert_recovered(dir: &Path) -> Outcome {
    assert_recovered_but_for(dir, &[])
}

/// The same where findings of these codes may be right: what was asked for brings them, and no kill.
#[track_caller]
pub fn assert_recovered_but_for(dir: &Path, expected: &[&str]) -> Outcome {
    let mut checked = check_call(dir).succeeds();
    let is_expected = |line: &&str| {
        expected
            .iter()
            .any(|code| line.contains(&format!("[{code}]")))
    };
    let findings: Vec<&str> = checked
        .stdout
        .lines()
        .filter(|line| line.contains("[TP"))
        .collect();
    if findings.is_empty() || !findings.iter().all(is_expected) {
        checked = checked.prints("nothing is out of step");
    }
    for leftover in ["ca_conf/.pending", ".ca_conf.new"] {
        assert!(!dir.join(leftover).exists(), "{leftover} is still there");
    }
    checked
}

/// The state of a serial in the ledger: `V`, `R` or `E`.
#[track_caller]
#[must_use]
pub fn state_of(dir: &Path, serial: &str) -> char {
    let path = dir.join("ca_conf/ca.db");
    let ledger = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let line = ledger
        .lines()
        .find(|line| line.split('\t').nth(3) == Some(serial));
    match line.and_then(|line| line.chars().next()) {
        Some(state) => state,
        None => panic!("no line of {serial}: {:?}", ledger_serials(dir)),
    }
}
