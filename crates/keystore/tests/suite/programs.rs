//! Programs that are not ours, run in a folder that goes away.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::fixtures;

/// Debian's packages of the programs.
const PACKAGES: [(&str, &str); 7] = [
    ("openssl", "openssl"),
    ("keytool", "default-jre-headless"),
    ("java", "default-jdk-headless"),
    ("certtool", "gnutls-bin"),
    ("certutil", "libnss3-tools"),
    ("pk12util", "libnss3-tools"),
    ("mkdir", "coreutils"),
];

/// A folder in which programs run.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs a program, whose words are parted by blanks; `@name` is a fixture. It must succeed.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> String {
        let (succeeded, text) = self.try_run(line);
        assert!(succeeded, "{line} failed: {text}");
        text
    }

    /// The same for a program that must fail.
    #[track_caller]
    pub(crate) fn fails(&self, line: &str) -> String {
        let (succeeded, text) = self.try_run(line);
        assert!(!succeeded, "{line} succeeded: {text}");
        text
    }

    #[track_caller]
    fn try_run(&self, line: &str) -> (bool, String) {
        let mut words = line.split_whitespace();
        let program = words.next().unwrap();
        let package = PACKAGES.iter().find(|(name, _)| *name == program);
        let (_, package) = package.unwrap_or_else(|| panic!("no package of {program}"));
        let output = Command::new(program)
            .args(words.map(argument))
            .current_dir(self.0.path())
            // Java takes the encoding of its arguments from it.
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| {
                panic!("this test needs {program}, of Debian's package {package}: {error}")
            });
        let text = [output.stdout, output.stderr]
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .concat();
        (output.status.success(), text)
    }
}

fn argument(word: &str) -> String {
    match word.strip_prefix('@') {
        Some(name) => fixtures::path(name).to_str().unwrap().to_owned(),
        // The empty word.
        None if word == "''" => String::new(),
        None => word.to_owned(),
    }
}
