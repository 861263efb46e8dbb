//! A CA directory is made, all or nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use trustpack_ca::warning::Warning;
use trustpack_ca_directory::create::{CreateError, NewCa};
use trustpack_ca_directory::directory::{AuthorityError, CaDirectory, OpenError};
use trustpack_ca_directory::entropy::Entropy;
use trustpack_ca_directory::founding::FoundingError;
use trustpack_keystore::password::Password;

use crate::support::{TestCa, ca_request, create, now, snapshot};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn try_create(dir: &Path) -> Result<(), CreateError> {
    let new = NewCa {
        request: ca_request(),
        key_password: None,
    };
    CaDirectory::create(dir, &new, now(), &mut Entropy::new(|| [1; 16])).map(|_| ())
}

#[test]
fn has_the_files_and_permissions_of_the_layout() {
    let ca = TestCa::new();
    let mut names: Vec<String> = fs::read_dir(ca.dir().join("ca_conf"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let want = [
        "ca.conf",
        "ca.db",
        "ca_cert.pem",
        "ca_cert.pfx",
        "ca_priv_key.pem",
        "crl_number",
        "serial.num",
    ];
    assert_eq!(names, want);
    assert_eq!(mode(&ca.dir().join("ca_conf")), 0o700);
    assert_eq!(mode(&ca.conf("ca_priv_key.pem")), 0o400);
    assert!(ca.dir().join("repository").is_dir());
    ca.assert_in_order();
}

#[test]
fn a_ca_that_is_there_is_named_and_not_touched() {
    let ca = TestCa::new();
    let before = ca.snapshot();
    let error = try_create(ca.dir()).unwrap_err();
    let want = format!(
        "{} has a CA already: CN=Example CA, until 2036-11-20T08:00:00Z",
        ca.dir().display()
    );
    assert_eq!(error.to_string(), want);
    assert_eq!(ca.snapshot(), before);
}

#[test]
fn a_part_of_a_ca_is_not_touched() {
    for name in ["ca_conf", "ca.db", "serial.num", "ca_priv_key.pem"] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), "x").unwrap();
        let before = snapshot(folder.path());
        let error = try_create(folder.path()).unwrap_err();
        assert!(
            matches!(error, CreateError::Place(FoundingError::Occupied { .. })),
            "{error}"
        );
        assert_eq!(snapshot(folder.path()), before);
    }
}

#[test]
fn other_files_of_the_folder_stay() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    try_create(folder.path()).unwrap();
    assert_eq!(
        fs::read_to_string(folder.path().join("notes.txt")).unwrap(),
        "x"
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let error = try_create(Path::new("/proc/trustpack/ca")).unwrap_err();
    assert_eq!(error.to_string(), "cannot create /proc/trustpack");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(try_create(&file.join("ca")).is_err());
}

#[test]
fn folders_that_were_made_in_vain_go_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("there")).unwrap();
    let name = "a".repeat(300);
    let error = try_create(&folder.path().join("there/x/y").join(&name)).unwrap_err();
    assert!(error.to_string().contains(&name), "{error}");
    let left: Vec<_> = snapshot(folder.path()).into_keys().collect();
    assert_eq!(left, [folder.path().join("there")]);
}

#[test]
fn what_a_killed_attempt_left_goes() {
    let folder = tempfile::tempdir().unwrap();
    let aside = folder.path().join(".ca_conf.new");
    fs::create_dir(&aside).unwrap();
    fs::write(aside.join("ca_priv_key.pem"), "half a key").unwrap();
    fs::create_dir(folder.path().join("repository")).unwrap();
    let error = CaDirectory::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::NoAuthority { .. }), "{error}");
    assert_eq!(snapshot(folder.path()).len(), 0, "opening cleans up");
    fs::create_dir(&aside).unwrap();
    try_create(folder.path()).unwrap();
    assert!(!aside.exists());
}

#[test]
fn a_repository_that_is_missing_is_made() {
    let ca = TestCa::new();
    fs::remove_dir(ca.dir().join("repository")).unwrap();
    ca.issue(&crate::support::order("stat1.example.com"))
        .unwrap();
    ca.assert_in_order();
}

#[test]
fn the_key_may_be_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path(), Some("secret")));
    let ca = CaDirectory::open(folder.path()).unwrap();
    assert!(matches!(
        ca.unlock(None),
        Err(AuthorityError::PasswordNeeded { .. })
    ));
    assert!(matches!(
        ca.unlock(Some(&Password::new("other"))),
        Err(AuthorityError::Key { .. })
    ));
    assert!(ca.unlock(Some(&Password::new("secret"))).is_ok());
    let codes = |password: Option<&Password>| -> Vec<String> {
        ca.check(now(), password)
            .findings
            .iter()
            .map(|f| f.code().to_string())
            .collect()
    };
    assert_eq!(codes(None), ["TP6003"]);
    assert!(codes(Some(&Password::new("secret"))).is_empty());
}

#[test]
fn a_short_lived_ca_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let request = ca_request().with_lifetime(trustpack_ca::lifetime::Lifetime::SCRIPT_CA);
    let new = NewCa {
        request,
        key_password: None,
    };
    let created =
        CaDirectory::create(folder.path(), &new, now(), &mut Entropy::new(|| [1; 16])).unwrap();
    let not_after = "2027-11-21T08:00:00Z".parse().unwrap();
    assert_eq!(created.warnings, [Warning::ShortAuthority { not_after }]);
}
