//! Our small Java programs in `crates/e2e/java`, which do what programs of users do with the classes of Java.
//!
//! Invariant: they are compiled once for each change of them, not for each story: the compiler takes longer
//! than all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use crate::call::Call;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/java");

/// What `keytool` runs is in no package for everybody.
const EXPORTS: [&str; 2] = [
    "--add-exports",
    "java.base/sun.security.tools.keytool=ALL-UNNAMED",
];

/// A run of the program with this name, without arguments so far.
#[track_caller]
#[must_use]
pub fn program(name: &str) -> Call {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    let classes = CLASSES.get_or_init(compile);
    Call::foreign("java", ["-cp"])
        .arg(classes)
        .args(EXPORTS)
        .arg(name)
}

/// The folder of the classes, which are not older than their sources.
#[track_caller]
fn compile() -> PathBuf {
    let classes = folder();
    let names = names(Path::new(SOURCES), "java");
    let source = |name: &String| Path::new(SOURCES).join(format!("{name}.java"));
    let fresh = |name: &String| {
        let class = classes.join(format!("{name}.class"));
        matches!((changed(&class), changed(&source(name))), (Some(class), Some(source)) if class > source)
    };
    if !names.iter().all(fresh) {
        Call::foreign("javac", ["-d"])
            .arg(&classes)
            .args(EXPORTS)
            .args(names.iter().map(source))
            .succeeds();
    }
    classes
}

/// Beside what cargo builds: test programs lie in `target/debug/deps`.
#[track_caller]
fn folder() -> PathBuf {
    let test = std::env::current_exe().ok();
    match test.as_deref().and_then(|test| test.ancestors().nth(3)) {
        Some(target) => target.join("tmp/e2e-java"),
        None => panic!("the test lies in no target folder"),
    }
}

#[track_caller]
fn names(folder: &Path, extension: &str) -> Vec<String> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => panic!("{}: {error}", folder.display()),
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let named = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let stem = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = named.filter_map(stem).collect();
    names.sort();
    names
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}
