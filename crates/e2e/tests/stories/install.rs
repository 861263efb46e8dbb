//! The program in a folder of a host: installed, used, installed again, and what is refused.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl;
use trustpack_e2e::program;

fn install(dir: &Path) -> Call {
    Call::trustpack(["install", "--dir"]).arg(dir)
}

/// Only root can give files away; what only root can do is shown by root alone.
fn is_root(folder: &Path) -> bool {
    fs::metadata(folder).unwrap().uid() == 0
}

/// The version of a package that is locked.
fn locked(package: &str) -> String {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap();
    let (_, after) = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .unwrap();
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn what_is_installed_works_and_is_replaced_by_the_next() {
    let place = folder::temporary();
    let dir = place.path().join("trustpack");
    install(&dir)
        .args(["--host", "stat1.example.com"])
        .succeeds()
        .prints("can start the program")
        .prints("libtrustpack.so.1: it stands neither beside this program nor in ../lib");
    let version = Call::link(&dir.join("trustpack"), ["--version"]).succeeds();
    let version = version.stdout.trim().rsplit(' ').next().unwrap().to_owned();
    let readme = fs::read_to_string(dir.join(format!("README.{version}"))).unwrap();
    for words in [
        format!("Trustpack {version}\n"),
        format!(
            "TLS engine  rustls {}, aws-lc-rs {}",
            locked("rustls"),
            locked("aws-lc-rs")
        ),
        "AWS-LC ".to_owned(),
        "Compiler    rustc ".to_owned(),
        "FIPS 140    no validated module".to_owned(),
        "System      ".to_owned(),
        "Host        stat1.example.com\n".to_owned(),
    ] {
        assert!(readme.contains(&words), "{words:?} is not in {readme}");
    }
    // The links are the documented scripts, also when they are started from elsewhere.
    let ca = place.path().join("ca");
    fs::create_dir(&ca).unwrap();
    Call::link(&dir.join("create_ca.sh"), ["-CN", "Example CA"])
        .within(&ca)
        .succeeds();
    Call::link(
        &dir.join("create_cert.sh"),
        ["-host", "stat1.example.com", "-CN", "stat1"],
    )
    .within(&ca)
    .succeeds();
    assert!(openssl::text(&ca.join("ca_conf/ca_cert.pem")).contains("Example CA"));
    // Again, while the one before is in use; what an older version left goes.
    fs::rename(
        dir.join(format!("README.{version}")),
        dir.join("README.0.0.1"),
    )
    .unwrap();
    let again = install(&dir).arg("--json").succeeds();
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["checks"][0]["outcome"], "passed");
    let outcomes: Vec<_> = again["files"].as_array().unwrap().iter().collect();
    assert_eq!(outcomes.len(), 5);
    assert_eq!(outcomes[1]["outcome"], "replaced");
    assert_eq!(again["before"], serde_json::json!(["0.0.1"]));
    assert!(!dir.join("README.0.0.1").exists());
    let hidden = fs::read_dir(&dir).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with('.')
    });
    assert_eq!(hidden.count(), 0, "nothing half done is left");
}

#[test]
fn the_version_before_is_named() {
    let place = folder::temporary();
    let dir = place.path().join("trustpack");
    install(&dir).succeeds();
    let readme = fs::read_dir(&dir).unwrap().find_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_prefix("README.").map(str::to_owned)
    });
    let version = readme.unwrap();
    let now = format!("Trustpack {version} in {}", dir.display());
    let told = install(&dir).succeeds().stdout;
    assert!(told.starts_with(&format!("{now}\n")), "{told}");
    // An older one over a newer one may be meant, and is told.
    let newer = dir.join("README.77.0.0");
    fs::rename(dir.join(format!("README.{version}")), newer).unwrap();
    install(&dir)
        .succeeds()
        .prints(&format!("{now}, in the place of 77.0.0\n"));
}

#[test]
fn a_library_that_came_along_is_tried_and_told() {
    let place = folder::temporary();
    let unpacked = place.path().join("unpacked");
    fs::create_dir_all(unpacked.join("bin")).unwrap();
    fs::create_dir_all(unpacked.join("lib")).unwrap();
    let program = unpacked.join("bin/trustpack");
    fs::copy(program::trustpack(), &program).unwrap();
    let library = unpacked.join("lib/libtrustpack.so.1");
    // Any shared library is loaded as ours would be.
    Call::foreign("cc", ["-shared", "-o"])
        .arg(&library)
        .args(["-x", "c", "-"])
        .stdin(b"int trustpack(void) { return 1; }")
        .succeeds();
    let dir = place.path().join("it's here");
    let call = || Call::link(&program, ["install", "--dir"]).arg(&dir);
    let shown = dir.display().to_string().replace('\'', "'\\''");
    call()
        .succeeds()
        .prints("can load the library")
        .prints(&format!(
            "find the library:\n\n  export LD_LIBRARY_PATH='{shown}'${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
        ));
    let good = fs::read(dir.join("libtrustpack.so.1")).unwrap();
    fs::write(&library, "damaged on the way").unwrap();
    call()
        .exits_with(1)
        .prints("nothing was changed in ")
        .prints("cannot load the library");
    // What was there goes on.
    assert_eq!(fs::read(dir.join("libtrustpack.so.1")).unwrap(), good);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 6);
    // A folder that no variable can name.
    let colon = place.path().join("co:lon");
    Call::link(&program, ["install", "--dir"])
        .arg(&colon)
        .refused("has a colon or semicolon, with which LD_LIBRARY_PATH separates folders")
        .says("hint: choose another folder");
    assert!(!colon.exists());
    // Who may write there may be whoever put it there.
    let lib = unpacked.join("lib");
    fs::set_permissions(&lib, fs::Permissions::from_mode(0o1777)).unwrap();
    call().refused("other accounts may write to");
    // Only in a tarball `lib` is beside `bin`.
    fs::rename(unpacked.join("bin"), unpacked.join("elsewhere")).unwrap();
    Call::link(&unpacked.join("elsewhere/trustpack"), ["install", "--dir"])
        .arg(place.path().join("without"))
        .succeeds()
        .prints("it stands neither beside this program nor in ../lib");
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_written() {
    let place = folder::temporary();
    let at = |name: &str| place.path().join(name);
    fs::write(at("file"), "").unwrap();
    fs::create_dir(at("shared")).unwrap();
    fs::set_permissions(at("shared"), fs::Permissions::from_mode(0o1777)).unwrap();
    fs::create_dir(at("other")).unwrap();
    fs::write(at("other/create_ca.sh"), "the script of another product").unwrap();
    let before = folder::listing(place.path());
    install(&at("file")).refused("is no folder");
    install(&at("a/b"))
        .refused("cannot use the folder")
        .says("hint: name a folder that is there");
    symlink("nowhere", at("dangling")).unwrap();
    install(&at("dangling"))
        .refused("cannot use the folder")
        .says("hint: it is a link that leads nowhere");
    fs::remove_file(at("dangling")).unwrap();
    install(&at("shared")).refused("every account may write in");
    install(&at("other")).refused("is no link to trustpack");
    install(&at("new"))
        .args(["--owner", "nobody-of-this-name"])
        .refused("there is no account \"nobody-of-this-name\"");
    install(&at("new"))
        .args(["--group", "\u{1b}[31m"])
        .refused("there is no group \"\\u{1b}[31m\"");
    install(&at("new")).args(["--host", "../etc"]).exits_with(2);
    folder::assert_unchanged(place.path(), &before);
}

#[test]
fn the_account_of_the_services_is_who_it_is_tried_as() {
    let place = folder::temporary();
    let dir = place.path().join("trustpack");
    if !is_root(place.path()) {
        install(&dir)
            .args(["--owner", "root"])
            .refused("only root can give files");
        return;
    }
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    install(&dir)
        .args(["--owner", "daemon", "--group", "nogroup"])
        .succeeds()
        .prints("the account daemon can start");
    let found = fs::metadata(dir.join("trustpack")).unwrap();
    let group = Call::foreign("id", ["-g", "nobody"]).succeeds().stdout;
    assert_eq!(found.uid(), 1);
    assert_eq!(found.gid().to_string(), group.trim());
    // A folder that it cannot enter.
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
    install(&dir)
        .args(["--owner", "daemon"])
        .exits_with(1)
        .prints(&format!(
            "the account daemon cannot start the program: it cannot go through {}\n",
            place.path().display()
        ));
    // Folders and links of others lead where they like.
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let theirs = place.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    std::os::unix::fs::lchown(&theirs, Some(1), None).unwrap();
    install(&theirs).refused("belongs to another account (user 1)");
    let link = place.path().join("link");
    symlink(&dir, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(1), None).unwrap();
    install(&link).refused("belongs to another account (user 1)");
}
