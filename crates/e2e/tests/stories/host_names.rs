//! What is told of names without files, of certificates without keys, and of groups of others.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::path::Path;

use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::{folder, program};

#[test]
fn a_name_that_leads_nowhere_and_a_certificate_without_its_key_are_told() {
    let (ca, place) = (TestCa::new(), folder::temporary());
    let at = |name: &str| place.path().join(name);
    let issued = ca.issue("stat1.example.com", &[]);
    fs::create_dir(at("bundle")).unwrap();
    let files = [
        (ca.conf("ca_cert.pem"), "ca_cert.pem"),
        (issued.certificate, "stat1_cert.pem"),
        (issued.key, "stat1_priv_key.pem"),
    ];
    for (from, name) in &files {
        fs::copy(from, at("bundle").join(name)).unwrap();
    }
    let install = || {
        Call::trustpack(["host", "install"])
            .arg(at("bundle"))
            .arg("--to")
            .arg(at("tls"))
    };
    let check = || Call::trustpack(["host", "check"]).arg(at("tls"));
    install().succeeds();
    check().succeeds();
    // Somebody has taken the key out of what is installed.
    fs::remove_file(at("tls/.installed/current/stat1_priv_key.pem")).unwrap();
    check()
        .exits_with(1)
        .prints("stat1_priv_key.pem\n  error[TP7009]: it is a link to .installed/current/stat1_priv_key.pem, and there is")
        .prints("stat1_cert.pem\n  error[TP7010]: the key of the certificate of CN=stat1.example.com is in no file");
    install().succeeds();
    check().succeeds();
    // What is there to be trusted needs no key; what belongs to nobody here is no name of ours.
    fs::copy(at("bundle/stat1_cert.pem"), at("tls/peers.pem")).unwrap();
    symlink("nowhere", at("tls/notes")).unwrap();
    fs::remove_file(at("tls/stat1_cert.pem")).unwrap();
    fs::remove_file(at("tls/stat1_priv_key.pem")).unwrap();
    check().succeeds();
    // Nothing but names: that is no empty folder.
    fs::create_dir(at("lost")).unwrap();
    symlink("nowhere.pem", at("lost/ca_cert.pem")).unwrap();
    Call::trustpack(["host", "check"])
        .arg(at("lost"))
        .exits_with(1)
        .prints("error[TP7009]");
}

#[test]
fn a_certificate_that_comes_without_its_key_is_told_at_once() {
    let (ca, place) = (TestCa::new(), folder::temporary());
    let at = |name: &str| place.path().join(name);
    let issued = ca.issue("stat1.example.com", &[]);
    let bundle = |name: &str, files: &[(&Path, &str)]| {
        fs::create_dir(at(name)).unwrap();
        for (from, to) in files {
            fs::copy(from, at(name).join(to)).unwrap();
        }
    };
    let anchor = ca.conf("ca_cert.pem");
    let certificate = (&*issued.certificate, "stat1_cert.pem");
    bundle("half", &[(&anchor, "ca_cert.pem"), certificate]);
    let key = (&*issued.key, "stat1_priv_key.pem");
    bundle("whole", &[(&anchor, "ca_cert.pem"), certificate, key]);
    let install = |name: &str| {
        Call::trustpack(["host", "install"])
            .arg(at(name))
            .arg("--to")
            .arg(at("tls"))
            .succeeds()
    };
    install("half").says(
        "stat1_cert.pem: the key of the certificate of CN=stat1.example.com is in no file beside it; install the bundle with the key",
    );
    assert_eq!(install("whole").stderr, "");
    assert_eq!(install("half").stderr, "", "its key is there now");
}

#[test]
fn what_has_the_name_of_a_file_and_is_none_is_told() {
    let (ca, place) = (TestCa::new(), folder::temporary());
    let at = |name: &str| place.path().join(name);
    fs::copy(ca.conf("ca_cert.pem"), at("ca_cert.pem")).unwrap();
    let check = || Call::trustpack(["host", "check"]).arg(place.path());
    // Of what has another name it is not known that it should be one of ours.
    symlink("/dev/zero", at("notes")).unwrap();
    fs::create_dir(at("archive")).unwrap();
    check().succeeds().prints("1 file: ");
    symlink("/dev/zero", at("stat1_cert.pem")).unwrap();
    Call::foreign("mkfifo", [at("stat1_priv_key.pem")]).succeeds();
    let outcome = check().succeeds();
    for name in ["stat1_cert.pem", "stat1_priv_key.pem"] {
        let told = format!("{name}\n  warning[TP7008]: it is no regular file, and so was not read");
        assert!(outcome.stdout.contains(&told), "{outcome}");
    }
}

#[test]
fn files_are_given_to_groups_of_the_caller_alone() {
    let (ca, place) = (TestCa::new(), folder::temporary());
    let at = |name: &str| place.path().join(name);
    if fs::metadata(place.path()).unwrap().uid() != 0 {
        let group = Call::foreign("id", ["-gn"]).succeeds().stdout;
        assert_ne!(
            group.trim(),
            "root",
            "only root runs this as another account"
        );
        Call::trustpack(["install", "--group", "root", "--dir"])
            .arg(at("tools"))
            .refused("only root can give files to the group root");
        return;
    }
    let readable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(place.path(), readable).unwrap();
    fs::copy(program::trustpack(), at("trustpack")).unwrap();
    for folder in ["bundle", "theirs"] {
        fs::create_dir(at(folder)).unwrap();
    }
    fs::copy(ca.conf("ca_cert.pem"), at("bundle/ca_cert.pem")).unwrap();
    lchown(at("theirs"), Some(1), Some(1)).unwrap();
    let as_daemon = |group: &str| {
        Call::foreign("setpriv", ["--reuid=1", "--regid=1", "--clear-groups"])
            .arg(at("trustpack"))
            .args(["host", "install", "--group", group, "--to"])
            .arg(at("theirs/tls"))
            .arg(at("bundle"))
    };
    as_daemon("root")
        .refused("only root can give files to the group root, and the account daemon is not in it");
    assert!(!at("theirs/tls").exists());
    as_daemon("daemon").succeeds();
}
