//! The library as programs find it, and programs in C that use it.

#![allow(dead_code, reason = "no test program needs all of it")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use trustpack_e2e::call::Call;

/// How a program in C is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Build {
    /// With the shared library.
    Shared,
    /// With the static library inside.
    Static,
    /// With the shared library, and with the address sanitizer.
    Sanitized,
}

/// A folder of this crate.
pub(crate) fn of_crate(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// A folder with the library that cargo has built for these tests, under the names that linkers and loaders look for.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let (built, name) = (test.parent().unwrap(), test.file_name().unwrap());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        let links = [
            ("libtrustpack.so", "libtrustpack.so"),
            ("libtrustpack.so", "libtrustpack.so.1"),
            ("libtrustpack.a", "libtrustpack.a"),
        ];
        for (file, link) in links {
            let file = built.join(file);
            assert!(file.is_file(), "{} is not there", file.display());
            symlink(file, folder.join(link)).unwrap();
        }
        folder
    })
}

/// An example, or a program of these tests in `tests/c`.
pub(crate) fn program(name: &str, build: Build) -> PathBuf {
    static BUILT: Mutex<BTreeMap<(String, Build), PathBuf>> = Mutex::new(BTreeMap::new());
    // Held while it is built: two tests may want the same one.
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = built.get(&(name.to_owned(), build)) {
        return known.clone();
    }
    let sources = ["examples", "tests/c"].map(|folder| of_crate(folder).join(format!("{name}.c")));
    let source = sources.iter().find(|source| source.exists()).unwrap();
    let program = folder().join(format!("{name}-{build:?}"));
    compile(source, &program, build);
    built.insert((name.to_owned(), build), program.clone());
    program
}

fn compile(source: &Path, program: &Path, build: Build) {
    let warnings = ["-Wall", "-Wextra", "-Werror"];
    let call = Call::foreign("gcc", ["-std=c11", "-O1", "-g", "-pthread"])
        .args(warnings)
        .arg("-I")
        .arg(of_crate("include"))
        .arg(source)
        .arg("-o")
        .arg(program);
    let call = match build {
        Build::Shared | Build::Sanitized => call.arg("-L").arg(folder()).arg("-ltrustpack"),
        // As trustpack.pc says it.
        Build::Static => call.arg(folder().join("libtrustpack.a")).args([
            "-lgcc_s",
            "-lutil",
            "-lrt",
            "-lpthread",
            "-lm",
            "-ldl",
            "-lc",
        ]),
    };
    let call = match build {
        Build::Sanitized => call.args(["-fsanitize=address", "-fno-omit-frame-pointer"]),
        Build::Shared | Build::Static => call,
    };
    call.succeeds();
}

/// A run of a program that finds the library.
pub(crate) fn run(program: &Path) -> Call {
    with_library(Call::foreign(&program.to_string_lossy(), [""; 0]))
}

/// A run of a program under valgrind, which fails it for anything that it does wrong with memory, leaks included.
pub(crate) fn under_valgrind(name: &str) -> Call {
    let words = [
        "--quiet",
        "--error-exitcode=99",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,possible",
    ];
    Call::foreign("valgrind", words)
        .arg(program(name, Build::Shared))
        .env("LD_LIBRARY_PATH", &slim().to_string_lossy())
}

/// A folder with the shared library without the lines of its sources, which valgrind would read each time; the names of
/// its functions are there.
fn slim() -> &'static Path {
    static SLIM: OnceLock<PathBuf> = OnceLock::new();
    SLIM.get_or_init(|| {
        let slim = folder().join("slim");
        fs::create_dir(&slim).unwrap();
        Call::foreign("strip", ["--strip-debug", "-o"])
            .arg(slim.join("libtrustpack.so.1"))
            .arg(folder().join("libtrustpack.so"))
            .succeeds();
        slim
    })
}

/// Lets a run find the library.
pub(crate) fn with_library(call: Call) -> Call {
    call.env("LD_LIBRARY_PATH", &folder().to_string_lossy())
}
