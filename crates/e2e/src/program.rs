//! Where the program under test and the foreign programs are.
//!
//! Builds nothing: `./test` builds before. Invariant: a program that is missing, or older than its
//! sources, fails the test with what to do about it, and never lets it pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

/// Names the program under test; `./test` sets it.
const VARIABLE: &str = "TRUSTPACK_BIN";

/// Names the folder of the Python programs that judge what we make; `./test` sets it.
const PYTHON_VARIABLE: &str = "TRUSTPACK_PYTHON";

/// Foreign programs, with the Debian package of each.
const FOREIGN: &[(&str, &str)] = &[
    ("cc", "gcc"),
    ("cp", "coreutils"),
    ("debootstrap", "debootstrap"),
    ("dpkg-deb", "dpkg"),
    ("lintian", "lintian"),
    ("setfacl", "acl"),
    ("systemd-analyze", "systemd"),
    ("tar", "tar"),
    ("date", "coreutils"),
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("nm", "binutils"),
    ("readelf", "binutils"),
    ("pkg-config", "pkg-config"),
    ("valgrind", "valgrind"),
    ("id", "coreutils"),
    ("sh", "dash"),
    ("script", "bsdutils"),
    ("openssl", "openssl"),
    ("keytool", "default-jdk-headless"),
    ("java", "default-jdk-headless"),
    ("javac", "default-jdk-headless"),
    ("certtool", "gnutls-bin"),
    ("certutil", "libnss3-tools"),
    ("pk12util", "libnss3-tools"),
    ("crlutil", "libnss3-tools"),
    ("nss-pp", "libnss3-tools"),
    ("tstclnt", "libnss3-tools"),
    ("selfserv", "libnss3-tools"),
    ("vfychain", "libnss3-tools"),
    ("gnutls-cli", "gnutls-bin"),
    ("gnutls-serv", "gnutls-bin"),
    ("stdbuf", "coreutils"),
    ("node", "nodejs"),
    ("python3", "python3"),
    ("/usr/lib/ssl/misc/CA.pl", "openssl"),
    ("nginx", "nginx-light"),
    ("haproxy", "haproxy"),
    ("stunnel4", "stunnel4"),
    ("/usr/share/easy-rsa/easyrsa", "easy-rsa"),
    ("mkcert", "mkcert"),
    ("minica", "minica"),
    ("curl", "curl"),
    ("sslscan", "sslscan"),
    ("testssl", "testssl.sh"),
    ("strace", "strace"),
    ("bash", "bash"),
    ("faketime", "faketime"),
    ("timeout", "coreutils"),
    ("man", "man-db"),
    ("ps", "procps"),
    ("prlimit", "util-linux"),
    ("setpriv", "util-linux"),
    ("unshare", "util-linux"),
    ("xmllint", "libxml2-utils"),
];

/// The program under test: what `TRUSTPACK_BIN` names, else `target/debug/trustpack`.
#[track_caller]
pub fn trustpack() -> &'static Path {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PROGRAM.get_or_init(find) {
        Ok(path) => path,
        Err(text) => panic!("{text}"),
    }
}

/// A Python program: in the folder that `TRUSTPACK_PYTHON` names, else in `target/tools/python`.
pub fn python(program: &str) -> PathBuf {
    let folder = std::env::var_os(PYTHON_VARIABLE).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/python/bin"),
        PathBuf::from,
    );
    folder.join(program)
}

/// The Debian package of a foreign program.
#[track_caller]
pub fn debian_package(program: &str) -> &'static str {
    match FOREIGN.iter().find(|(name, _)| *name == program) {
        Some((_, package)) => package,
        None => panic!("{program} is none of the foreign programs of the stories"),
    }
}

fn find() -> Result<PathBuf, String> {
    let path = match std::env::var_os(VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => beside_the_test()?,
    };
    up_to_date(path)
}

/// The program, if it is there and not older than its sources.
///
/// # Errors
///
/// What is wrong with it, and what to do.
pub fn up_to_date(path: PathBuf) -> Result<PathBuf, String> {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let built = changed(&path).map_err(|error| {
        format!(
            "there is no program {} ({error}); run ./test, or cargo build -p trustpack-cli",
            path.display()
        )
    })?;
    // Relative to the tests' folder it would lead elsewhere once a story changes to its own.
    let path = path
        .canonicalize()
        .map_err(|error| format!("{}: {error}", path.display()))?;
    match newer_source(&path.with_extension("d"), built) {
        Some(source) => Err(format!(
            "{} is older than {source}; run ./test, or cargo build -p trustpack-cli",
            path.display()
        )),
        None => Ok(path),
    }
}

/// Test programs lie in `target/debug/deps`.
fn beside_the_test() -> Result<PathBuf, String> {
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    match test.ancestors().nth(2) {
        Some(folder) => Ok(folder.join("trustpack")),
        None => Err(format!("{} lies in no target folder", test.display())),
    }
}

/// A file, of those that cargo noted beside the program, that was changed after it was built.
///
/// A program that was copied away from its notes is taken as it is.
fn newer_source(notes: &Path, built: SystemTime) -> Option<String> {
    let text = fs::read_to_string(notes).ok()?;
    let (_, sources) = text.split_once(':')?;
    let changed = |path: &str| fs::metadata(path).and_then(|file| file.modified());
    // Cargo writes a blank in a path as `\ `: such a path is not found here, and so not compared.
    sources
        .split_whitespace()
        .find(|source| changed(source).is_ok_and(|changed| changed > built))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_program_that_is_older_than_its_sources_is_none() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let change = |name: &str, second: u64| {
            let time = UNIX_EPOCH + Duration::from_secs(second);
            File::create(at(name)).unwrap().set_modified(time).unwrap();
        };
        change("trustpack", 20);
        change("main.rs", 10);
        let notes = format!("trustpack: {}\n", at("main.rs").display());
        fs::write(at("trustpack.d"), notes).unwrap();
        assert!(up_to_date(at("trustpack")).is_ok());
        change("main.rs", 30);
        let told = up_to_date(at("trustpack")).unwrap_err();
        assert!(told.contains("is older than"), "{told}");
        assert!(up_to_date(at("none")).is_err());
    }
}
