//! The program in a folder: put there, replaced, and what stays.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use rustix::process::{getegid, geteuid};
use tempfile::TempDir;

use super::*;
use crate::safe_place::Missing;

struct Site {
    folder: TempDir,
    source: TempDir,
}

impl Site {
    fn new() -> Self {
        let (folder, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        Self { folder, source }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn install(&self, version: &str) -> Result<Placed, InstallProgramError> {
        let program = self.source.path().join("program");
        fs::write(&program, format!("program {version}")).unwrap();
        let library = self.source.path().join("library");
        fs::write(&library, format!("library {version}")).unwrap();
        let parts = Parts {
            program: &program,
            library: Some(&library),
            version,
            readme: &format!("{README_TITLE}{version}\n{SECOND_LINE}    for tests\n"),
        };
        let place = SafePlace::find(self.folder.path(), Missing::Refuse).unwrap();
        let owner = FileOwner {
            uid: geteuid().as_raw(),
            gid: getegid().as_raw(),
        };
        prepare(&place, &parts, owner)?.put_in_place()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

#[test]
fn a_new_version_takes_the_place_of_the_old_one() {
    let site = Site::new();
    let first = site.install("1").unwrap();
    assert!(first.files.iter().all(|one| !one.replaced));
    assert_eq!(first.before, [""; 0]);
    fs::write(site.at("README.mine"), "not ours").unwrap();
    let own = [
        "README.txt",
        "README.3",
        ".trustpack-notes.0123456789abcdef",
    ];
    for name in own {
        fs::write(site.at(name), "Trustpack on our hosts: call 555\n").unwrap();
    }
    // As kills leave them: what is written to a hidden name has another one meanwhile.
    for name in [
        ".trustpack.0123456789abcdef",
        "..trustpack.0123456789abcdef.fedcba9876543210",
        "..README.0.9.0123456789abcdef.fedcba9876543210",
        ".create_ca.sh.0123456789abcdef",
    ] {
        fs::write(site.at(name), "left by a killed one").unwrap();
    }
    let second = site.install("2").unwrap();
    assert_eq!(second.files.iter().filter(|one| one.replaced).count(), 5);
    assert_eq!(second.before, ["1"]);
    let mut want = vec!["README.2", "README.mine", LIBRARY, PROGRAM];
    want.extend(LINKS);
    want.extend(own);
    want.sort_unstable();
    assert_eq!(site.names(), want);
    assert_eq!(fs::read(site.at("create_ca.sh")).unwrap(), b"program 2");
    let mode = |name: &str| fs::metadata(site.at(name)).unwrap().mode() & 0o7777;
    assert_eq!([mode(PROGRAM), mode(LIBRARY)], [0o755, 0o644]);
}

#[test]
fn what_is_not_ours_stays() {
    let site = Site::new();
    site.install("1").unwrap();
    fs::remove_file(site.at("create_cert.sh")).unwrap();
    fs::write(site.at("create_cert.sh"), "the script of another product").unwrap();
    assert!(matches!(
        site.install("2"),
        Err(InstallProgramError::NotOurs { .. })
    ));
    assert_eq!(fs::read(site.at(PROGRAM)).unwrap(), b"program 1");
    fs::remove_file(site.at("create_cert.sh")).unwrap();
    fs::remove_file(site.at(LIBRARY)).unwrap();
    fs::create_dir(site.at(LIBRARY)).unwrap();
    assert!(matches!(
        site.install("2"),
        Err(InstallProgramError::NoFile { .. })
    ));
    assert_eq!(site.names().len(), 5);
}

#[test]
fn a_link_in_the_place_of_the_program_is_replaced_and_not_followed() {
    let site = Site::new();
    fs::write(site.source.path().join("elsewhere"), "not ours").unwrap();
    symlink(site.source.path().join("elsewhere"), site.at(PROGRAM)).unwrap();
    site.install("1").unwrap();
    let elsewhere = fs::read(site.source.path().join("elsewhere")).unwrap();
    assert_eq!(elsewhere, b"not ours");
    let program = site.at(PROGRAM).symlink_metadata().unwrap();
    assert!(program.is_file() && program.permissions().mode() & 0o111 != 0);
}
