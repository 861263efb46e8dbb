//! The newest files of a host under names that stay.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

#[track_caller]
fn export(ca: &TestCa, what: &str, to: &Path) -> Call {
    Call::trustpack(["cert", "export", what, "--ca"])
        .arg(ca.dir())
        .arg("--to")
        .arg(to)
}

#[track_caller]
fn certificate(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[track_caller]
fn check_pair(folder: &Path, label: &str) {
    let [certificate, key] =
        ["cert", "priv_key"].map(|kind| folder.join(format!("{label}_{kind}.pem")));
    let public =
        |words: &[&str], path: &Path| Call::foreign("openssl", words).arg(path).succeeds().stdout;
    assert_eq!(
        public(&["x509", "-noout", "-pubkey", "-in"], &certificate),
        public(&["pkey", "-pubout", "-in"], &key)
    );
}

/// The folder of the host is made, and not a whole way to it, which may be a slip.
#[test]
fn a_folder_above_that_is_not_there_is_told() {
    let ca = TestCa::new();
    let place = folder::temporary();
    ca.issue("web1.example.com", &[]);
    export(&ca, "web1.example.com", &place.path().join("tls/web1"))
        .refused("cannot write ")
        .says("the folder above it is not there: make it first (mkdir -p)");
    export(&ca, "web1.example.com", &place.path().join("web1")).succeeds();
}

#[test]
fn the_revocation_list_comes_along_where_it_is_asked_for() {
    let ca = TestCa::new();
    let place = folder::temporary();
    let to = place.path().join("web1");
    ca.issue("web1.example.com", &[]);
    export(&ca, "web1.example.com", &to)
        .arg("--crl")
        .refused("there is no ")
        .says("`trustpack crl create` makes one");
    assert!(!to.exists(), "nothing is written without it");
    let create = || {
        Call::trustpack(["crl", "create", "--ca"])
            .arg(ca.dir())
            .succeeds()
    };
    create();
    let told = export(&ca, "web1.example.com", &to).arg("--crl").succeeds();
    told.prints("crl.pem");
    assert_eq!(
        certificate(&to.join("crl.pem")),
        certificate(&ca.conf("crl.pem"))
    );
    let again = export(&ca, "web1.example.com", &to).arg("--crl").succeeds();
    assert_eq!(again.stdout.matches("unchanged  ").count(), 4, "{again}");
    create();
    let told = export(&ca, "web1.example.com", &to).arg("--crl").succeeds();
    assert!(told.stdout.contains("replaced  "), "{told}");
    // A host takes it with the rest.
    Call::trustpack(["host", "install"])
        .arg(&to)
        .arg("--to")
        .arg(place.path().join("tls"))
        .succeeds()
        .prints("crl.pem");
}

#[test]
fn the_newest_takes_the_place_of_the_one_before() {
    let ca = TestCa::new();
    let place = folder::temporary();
    let to = place.path().join("web1");
    let first = ca.issue("Web1.example.com", &[]);
    export(&ca, "web1.example.com", &to)
        .succeeds()
        .prints("new  ")
        .prints("web1_priv_key.pem");
    let path = to.join("web1_cert.pem");
    assert_eq!(certificate(&path), certificate(&first.certificate));
    assert_eq!(
        certificate(&to.join("ca_cert.pem")),
        certificate(&ca.conf("ca_cert.pem"))
    );
    let key = fs::metadata(to.join("web1_priv_key.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    // What is as it should be is not even touched, so that nobody reads it again for nothing.
    let told = export(&ca, "web1.example.com", &to).succeeds();
    assert_eq!(told.stdout.matches("unchanged  ").count(), 3, "{told}");
    let again = fs::metadata(to.join("web1_priv_key.pem")).unwrap();
    assert_eq!(
        (key.ino(), key.mtime_nsec()),
        (again.ino(), again.mtime_nsec())
    );
    // Renewed, and there are files of somebody else.
    fs::write(to.join("own.txt"), "mine").unwrap();
    Call::trustpack(["cert", "renew", &first.serial, "--ca"])
        .arg(ca.dir())
        .succeeds();
    let second = ca.newest("Web1.example.com");
    export(&ca, "web1.example.com", &to)
        .succeeds()
        .prints(&format!("serial {}", second.serial))
        .prints(&format!("in place of  {}", first.serial));
    assert_eq!(certificate(&path), certificate(&second.certificate));
    check_pair(&to, "web1");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 4);
    // The one before by its serial, as long as it counts.
    let told = export(&ca, &first.serial, &to).arg("--json").succeeds();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["replaced"], Value::from(second.serial));
    assert_eq!(told["files"][1]["outcome"], "replaced");
    Call::trustpack(["cert", "revoke", &first.serial, "--ca"])
        .arg(ca.dir())
        .succeeds();
    export(&ca, &first.serial, &to)
        .exits_with(1)
        .says("is revoked");
}

#[test]
fn hosts_with_the_same_first_label_are_not_mixed_up() {
    let ca = TestCa::new();
    let place = folder::temporary();
    let to = place.path().join("web1");
    let prod = ca.issue("web1.prod.example.com", &[]);
    let test = ca.issue(
        "web1.test.example.com",
        &["--san", "web1.spare.example.com"],
    );
    export(&ca, "web1.prod.example.com", &to).succeeds();
    export(&ca, "web1.test.example.com", &to)
        .exits_with(1)
        .says("is the certificate of another host: CN=web1.prod.example.com")
        .says("hint: choose a folder of its own");
    assert_eq!(
        certificate(&to.join("web1_cert.pem")),
        certificate(&prod.certificate)
    );
    check_pair(&to, "web1");
    // The first label is no host, and a further name is not the name of the host.
    export(&ca, "web1", &to)
        .exits_with(1)
        .says("there is no valid certificate for the host web1");
    export(&ca, "web1.spare.example.com", &to)
        .exits_with(1)
        .says("of others it is a further name")
        .says(&test.serial);
}

#[test]
fn programs_get_their_files_and_keep_their_configuration() {
    let ca = TestCa::new();
    let place = folder::temporary();
    ca.issue("web1.example.com", &[]);
    let call = || export(&ca, "web1.example.com", place.path()).args(["--for", "nginx,java"]);
    call()
        .succeeds()
        .prints("keystore.p12")
        .prints("nginx.conf");
    fs::write(place.path().join("nginx.conf"), "# mine\n").unwrap();
    fs::write(place.path().join("keytool.txt"), "").unwrap();
    let told = call().succeeds();
    assert!(told.stdout.contains("kept  "), "{told}");
    let text = |name: &str| fs::read_to_string(place.path().join(name)).unwrap();
    assert_eq!(text("nginx.conf"), "# mine\n");
    assert!(text("keytool.txt").contains("keytool"));
    // Stores differ with each writing; what is in them does not.
    for store in ["keystore.p12", "truststore.p12"] {
        let line = format!("unchanged  {}", place.path().join(store).display());
        assert!(told.stdout.contains(&line), "{told}");
    }
    // An authority that somebody has added is gone, and that is said.
    let other = TestCa::new();
    let trusted = place.path().join("ca_cert.pem");
    let both = text("ca_cert.pem") + &certificate(&other.conf("ca_cert.pem"));
    fs::write(&trusted, both).unwrap();
    call().succeeds().says("which is not in it any more");
}

#[test]
fn what_is_in_the_way_is_named() {
    let ca = TestCa::new();
    let place = folder::temporary();
    ca.issue("web1.example.com", &[]);
    let at = |name: &str| place.path().join(name);
    let refused = |text: &str| {
        export(&ca, "web1.example.com", place.path())
            .exits_with(1)
            .says(text);
        assert!(!at("ca_cert.pem").exists(), "nothing is written before");
    };
    fs::write(at("web1_cert.pem"), "a letter").unwrap();
    refused("no certificate in it can be read; it was left as it is");
    fs::remove_file(at("web1_cert.pem")).unwrap();
    fs::create_dir(at("web1_priv_key.pem")).unwrap();
    refused("which would be replaced");
    fs::remove_dir(at("web1_priv_key.pem")).unwrap();
    symlink("/nowhere/key.pem", at("web1_priv_key.pem")).unwrap();
    refused("web1_priv_key.pem");
    fs::remove_file(at("web1_priv_key.pem")).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
    refused("every account may write in");
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o770)).unwrap();
    export(&ca, "web1.example.com", place.path())
        .succeeds()
        .says("other accounts may write in");
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    export(&ca, "web1.example.com", place.path()).succeeds();
}
