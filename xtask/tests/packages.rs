//! The tarball and the Debian packages, as somebody who gets them uses them.
//!
//! The packages here hold the program under test behind a script, so that they are made in a moment; the ones that people
//! get are in the story of a new machine, which takes long and needs root.

#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;
use trustpack_e2e::program;

#[path = "packages/new_machine.rs"]
mod new_machine;

/// A time of the sources: a fixed one.
const TIME: &str = "1700000000";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Packages of a stand-in for the program.
struct Dist {
    folder: TempDir,
}

impl Dist {
    fn new(umask: &str) -> Self {
        let folder = folder::temporary();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = folder.path().join("stand-in");
        let text = format!(
            "#!/bin/sh\nexec '{}' \"$@\"\n",
            program::trustpack().display()
        );
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Call::foreign("sh", ["-c", "umask $0 && exec \"$@\"", umask])
            .arg(env!("CARGO_BIN_EXE_xtask"))
            .args(["dist", "--program"])
            .arg(&program)
            .arg("--out")
            .arg(folder.path().join("dist"))
            .env("SOURCE_DATE_EPOCH", TIME)
            .within(&root())
            .succeeds()
            .prints("dist: ");
        Self { folder }
    }

    /// The packages, by name.
    fn packages(&self) -> BTreeMap<String, PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("dist")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .map(|path| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    path,
                )
            })
            .collect()
    }

    /// The package whose name ends so.
    fn package(&self, ending: &str) -> PathBuf {
        let packages = self.packages();
        let mut found = packages.iter().filter(|(name, _)| name.ends_with(ending));
        found.next().unwrap().1.clone()
    }

    /// The Debian package, unpacked.
    fn unpacked(&self) -> PathBuf {
        let to = self.folder.path().join("unpacked");
        Call::foreign("dpkg-deb", ["--extract"])
            .arg(self.package(".deb"))
            .arg(&to)
            .succeeds();
        to
    }

    /// The folder of the tarball.
    fn tarball(&self) -> PathBuf {
        Call::foreign("tar", ["--extract", "--file"])
            .arg(self.package(".tar.gz"))
            .within(self.folder.path())
            .succeeds();
        let name = self.package(".tar.gz");
        let name = name.file_name().unwrap().to_string_lossy().into_owned();
        self.folder.path().join(name.trim_end_matches(".tar.gz"))
    }
}

#[test]
fn the_same_sources_give_the_same_octets() {
    let (one, other) = (Dist::new("022"), Dist::new("077"));
    let sums = |dist: &Dist| -> BTreeMap<String, Vec<u8>> {
        let packages = dist.packages().into_iter();
        packages
            .map(|(name, path)| (name, fs::read(path).unwrap()))
            .collect()
    };
    // The stand-in names itself nowhere, so that both are the same.
    let (one, other) = (sums(&one), sums(&other));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (name, octets) in &one {
        assert!(
            other[name] == *octets,
            "{name} is another at the second time"
        );
    }
}

#[test]
fn the_debian_package_has_what_a_system_needs() {
    let dist = Dist::new("022");
    let deb = dist.package(".deb");
    let field = |name: &str| {
        let call = Call::foreign("dpkg-deb", ["--field"]).arg(&deb).arg(name);
        call.succeeds().stdout.trim().to_owned()
    };
    assert_eq!(field("Package"), "trustpack");
    assert!(field("Depends").starts_with("adduser"));
    let conffiles = Call::foreign("dpkg-deb", ["--info"])
        .arg(&deb)
        .arg("conffiles");
    assert_eq!(
        conffiles.succeeds().stdout,
        "/etc/default/trustpack-tunnel\n"
    );
    let listed = Call::foreign("dpkg-deb", ["--contents"])
        .arg(&deb)
        .succeeds()
        .stdout;
    for line in listed.lines() {
        assert!(line.contains(" root/root "), "{line}");
    }
    let root = dist.unpacked();
    for path in [
        "etc/trustpack",
        "usr/lib/systemd/system/trustpack-tunnel.service",
        "usr/share/bash-completion/completions/trustpack",
        "usr/share/doc/trustpack/changelog.gz",
        "usr/share/doc/trustpack/copyright",
        "usr/share/doc/trustpack/examples/trustpack-tunnel.socket",
        "usr/share/doc/trustpack/html/guides/first-ca.html",
        "usr/share/doc/trustpack/html/index.html",
        "usr/share/man/man1/create_ca.sh.1.gz",
        "usr/share/man/man1/trustpack-host-install.1.gz",
        "usr/share/zsh/vendor-completions/_trustpack",
    ] {
        assert!(root.join(path).exists(), "{path} is missing");
    }
    for (path, entry) in folder::listing(&root) {
        let writable = entry.mode & 0o022 != 0 && !root.join(&path).is_symlink();
        assert!(!writable, "{} may be written by others", path.display());
    }
    let script = root.join("usr/bin/create_ca.sh");
    assert_eq!(fs::read_link(script).unwrap(), Path::new("trustpack"));
    Call::link(&root.join("usr/bin/trustpack"), ["--version"]).succeeds();
}

#[test]
fn the_units_are_what_systemd_understands_and_the_guide_shows() {
    let dist = Dist::new("022");
    let unpacked = dist.unpacked();
    let service = unpacked.join("usr/lib/systemd/system/trustpack-tunnel.service");
    let text = fs::read_to_string(&service).unwrap();
    let guide = fs::read_to_string(root().join("docs/guides/tunnel-service.md")).unwrap();
    assert!(
        guide.contains(&format!("```ini\n{text}```")),
        "the guide shows another unit than packaging/systemd/trustpack-tunnel.service"
    );
    // As if the package were installed.
    let program = unpacked.join("usr/bin/trustpack").display().to_string();
    let units = dist.folder.path().join("units");
    fs::create_dir(&units).unwrap();
    let here = units.join("trustpack-tunnel.service");
    fs::write(&here, text.replace("/usr/bin/trustpack", &program)).unwrap();
    let socket = units.join("trustpack-tunnel.socket");
    fs::copy(
        root().join("packaging/systemd/trustpack-tunnel.socket"),
        &socket,
    )
    .unwrap();
    let verified = Call::foreign("systemd-analyze", ["verify", "--man=no"])
        .arg(&here)
        .arg(&socket)
        .succeeds();
    assert_eq!(verified.stderr, "", "{verified}");
    // Its options are those of the program: it gets as far as to miss the fleet file.
    for line in text.lines().filter(|line| line.starts_with("Exec")) {
        let (_, command) = line.split_once("=/usr/bin/trustpack ").unwrap();
        let words = command
            .replace("${TRUSTPACK_HOST}", "stat1.example.com")
            .replace("$TRUSTPACK_OPTIONS", "")
            .replace("/etc/trustpack/fleet.toml", "/nowhere/fleet.toml");
        let words = words
            .split_whitespace()
            .filter(|word| *word != "--in-background");
        Call::trustpack(words)
            .env("RUNTIME_DIRECTORY", &units.display().to_string())
            .exits_with(1)
            .says("/nowhere/fleet.toml");
    }
}

#[test]
fn the_tarball_installs_itself() {
    let dist = Dist::new("022");
    let unpacked = dist.tarball();
    let script = unpacked.join("install.sh");
    // The stand-in would be copied as what it stands for.
    fs::copy(program::trustpack(), unpacked.join("bin/trustpack")).unwrap();
    let call = || Call::foreign("sh", [&script]);
    call().exits_with(2).says("there is no terminal to ask at");
    let dir = dist.folder.path().join("by-options");
    call()
        .arg("--dir")
        .arg(&dir)
        .succeeds()
        .prints("new       ");
    assert_is_installed(&dir);
    // With a terminal it asks; an empty answer takes what stands in brackets.
    let dir = dist.folder.path().join("by-answers");
    let answers = format!("stat1.example.com\n{}\n\n\n", dir.display());
    let asked = Call::foreign("script", ["--quiet", "--return", "--command"])
        .arg(format!("sh '{}'", script.display()))
        .arg("/dev/null")
        .stdin(answers.as_bytes())
        .succeeds();
    let asked: Outcome = asked.prints("Folder to install into [/opt/trustpack]:");
    asked.prints("can start the program");
    assert_is_installed(&dir);
    let readme = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut readme = readme.filter(|path| path.to_string_lossy().contains("README."));
    let readme = fs::read_to_string(readme.next().unwrap()).unwrap();
    assert!(readme.contains("stat1.example.com"), "{readme}");
}

#[track_caller]
fn assert_is_installed(dir: &Path) {
    let program = fs::metadata(dir.join("create_cert.sh")).unwrap();
    assert_eq!(program.mode() & 0o7777, 0o755);
}
