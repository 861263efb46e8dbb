//! What a bug report needs and only the build knows: the compiler, the target, the versions of the TLS engine.
//!
//! Invariant: what is not known is said to be, and never stops a build.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Packages whose versions are told.
const ENGINE: [(&str, &str); 2] = [
    ("TRUSTPACK_RUSTLS", "rustls"),
    ("TRUSTPACK_AWS_LC_RS", "aws-lc-rs"),
];

/// What stands for what is not known.
const UNKNOWN: &str = "unknown";

fn main() {
    let variable = |name: &str| std::env::var_os(name).and_then(|value| value.into_string().ok());
    let compiler = variable("RUSTC").and_then(|rustc| {
        let output = Command::new(rustc).arg("--version").output().ok()?;
        String::from_utf8(output.stdout).ok()
    });
    let compiler = compiler.as_deref().map_or(UNKNOWN, str::trim);
    tell("TRUSTPACK_COMPILER", compiler);
    let target = variable("TARGET");
    tell("TRUSTPACK_TARGET", target.as_deref().unwrap_or(UNKNOWN));
    let profile = variable("PROFILE");
    tell("TRUSTPACK_PROFILE", profile.as_deref().unwrap_or(UNKNOWN));
    // Asked for as it runs: a folder of builds that several trees share has one program of this for all of them.
    let here = variable("CARGO_MANIFEST_DIR").unwrap_or_default();
    let lock = Path::new(&here).join("../../Cargo.lock");
    let text = fs::read_to_string(&lock).unwrap_or_default();
    for (name, package) in ENGINE {
        tell(name, version_of(&text, package).unwrap_or(UNKNOWN));
    }
    say(&format!("cargo::rerun-if-changed={}", lock.display()));
    say("cargo::rerun-if-changed=build.rs");
}

/// The version of a package that is locked.
fn version_of<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next()
}

fn tell(name: &str, value: &str) {
    say(&format!("cargo::rustc-env={name}={value}"));
}

fn say(line: &str) {
    println!("{line}");
}
