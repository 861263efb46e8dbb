//! Bundles on the host that needs them: put in place, replaced, put back, checked; and what is refused.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// A CA, and a host with a folder for its files.
struct Site {
    ca: TestCa,
    place: TempDir,
}

impl Site {
    fn new() -> Self {
        let (ca, place) = (TestCa::new(), folder::temporary());
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Self { ca, place }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A bundle of a new certificate, as it came to the host.
    fn bundle(&self, host: &str, name: &str, target: &str) -> PathBuf {
        let issued = self.ca.issue(host, &[]);
        let out = self.at(&format!("{name}-sent"));
        fs::create_dir(&out).unwrap();
        Call::trustpack(["cert", "bundle", &issued.serial, "--for", target, "--out"])
            .arg(&out)
            .arg("--ca")
            .arg(self.ca.dir())
            .succeeds();
        let made = fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
        fs::rename(made, self.at(name)).unwrap();
        fs::remove_dir(out).unwrap();
        self.at(name)
    }

    fn install(&self, bundle: &Path) -> Call {
        Call::trustpack(["host", "install"])
            .arg(bundle)
            .arg("--to")
            .arg(self.at("tls"))
    }

    fn check(&self) -> Call {
        Call::trustpack(["host", "check"]).arg(self.at("tls"))
    }

    fn installed(&self, name: &str) -> Vec<u8> {
        fs::read(self.at("tls").join(name)).unwrap()
    }
}

const FILES: [&str; 3] = ["ca_cert.pem", "stat1_cert.pem", "stat1_priv_key.pem"];

#[test]
fn a_bundle_is_installed_replaced_and_put_back() {
    let site = Site::new();
    let first = site.bundle("stat1.example.com", "first", "unix");
    site.install(&first).succeeds().prints("new        ");
    for name in FILES {
        assert_eq!(site.installed(name), fs::read(first.join(name)).unwrap());
    }
    let mode = |name: &str| fs::metadata(site.at("tls").join(name)).unwrap().mode() & 0o7777;
    assert_eq!(FILES.map(mode), [0o644, 0o644, 0o600]);
    site.check().succeeds().prints("can read what it must");
    site.install(&first).succeeds().prints("unchanged  ");
    // Renewed: the new one takes its place, and what was there comes back on request.
    let second = site.bundle("stat1.example.com", "second", "unix");
    let told = site.install(&second).arg("--json").succeeds();
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["files"][1]["outcome"], "replaced");
    assert_eq!(told["files"][0]["outcome"], "unchanged");
    assert_eq!(told["hosts"][0]["host"], "stat1.example.com");
    let is = |bundle: &Path| {
        let same = |name: &&str| site.installed(name) == fs::read(bundle.join(name)).unwrap();
        FILES.iter().all(same)
    };
    assert!(is(&second));
    let back = || Call::trustpack(["host", "install", "--previous", "--to"]).arg(site.at("tls"));
    back().succeeds();
    assert!(is(&first));
    back().succeeds();
    assert!(is(&second));
    // A second host beside it, and another one of the same first label.
    let other = site.bundle("db1.example.com", "other", "nginx");
    site.install(&other).succeeds().prints("nginx.conf");
    assert!(is(&second));
    let namesake = site.bundle("stat1.example.org", "namesake", "unix");
    site.install(&namesake)
        .refused("is the certificate of another host: CN=stat1.example.com")
        .says("hint: choose a folder of its own");
    assert!(is(&second));
    let generations = fs::read_dir(site.at("tls/.installed")).unwrap().count();
    assert_eq!(generations, 4, "two generations and the links to them");
}

#[test]
fn going_back_keeps_what_others_put_there_and_takes_no_list_back() {
    let site = Site::new();
    let list = |name: &str| {
        Call::trustpack(["crl", "create", "--ca"])
            .arg(site.ca.dir())
            .succeeds();
        let folder = site.at(name);
        fs::create_dir(&folder).unwrap();
        fs::copy(site.ca.conf("crl.pem"), folder.join("crl.pem")).unwrap();
        folder
    };
    let (old, new) = (list("old-list"), list("new-list"));
    let first = site.bundle("stat1.example.com", "first", "unix");
    let second = site.bundle("stat1.example.com", "second", "unix");
    for bundle in [&old, &first, &second, &new] {
        site.install(bundle).succeeds();
    }
    site.install(&old)
        .refused("is older; it was left as it is")
        .says("--older-list takes this one");
    // Somebody has put a file of his own there; and the list that came meanwhile was no step.
    let own = site.at("tls/ca_cert.pem");
    fs::remove_file(&own).unwrap();
    fs::write(&own, "mine").unwrap();
    let back = || Call::trustpack(["host", "install", "--previous", "--to"]).arg(site.at("tls"));
    let told = back().succeeds().stdout;
    assert!(told.contains("CN=stat1.example.com until "), "{told}");
    assert!(told.contains("unchanged  "), "{told}");
    assert_eq!(
        site.installed("stat1_cert.pem"),
        fs::read(first.join("stat1_cert.pem")).unwrap()
    );
    let newest = fs::read(new.join("crl.pem")).unwrap();
    assert_eq!(site.installed("crl.pem"), newest);
    back().succeeds();
    assert_eq!(site.installed("ca_cert.pem"), b"mine");
    assert_eq!(site.installed("crl.pem"), newest);
    // What is no file is left alone.
    fs::remove_file(&own).unwrap();
    symlink("/etc/hostname", &own).unwrap();
    back().refused("no regular file; it was left as it is");
    assert_eq!(fs::read_link(&own).unwrap(), Path::new("/etc/hostname"));
    site.install(&old).arg("--older-list").succeeds();
}

#[test]
fn a_key_that_is_kept_and_whom_a_list_of_rights_names_are_looked_at() {
    let site = Site::new();
    for name in ["first", "second"] {
        let bundle = site.bundle("stat1.example.com", name, "unix");
        site.install(&bundle).succeeds();
    }
    site.check().succeeds();
    let kept = site.at("tls/.installed/previous/stat1_priv_key.pem");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o644)).unwrap();
    site.check().exits_with(1).prints("error[TP7002]");
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();
    Call::foreign("setfacl", ["-m", "user:54321:r--"])
        .arg(site.at("tls/stat1_priv_key.pem"))
        .succeeds();
    site.check()
        .exits_with(1)
        .prints("user 54321, who has no account here, may read it");
}

#[test]
fn files_that_were_copied_by_hand_become_part_of_it() {
    let site = Site::new();
    let first = site.bundle("stat1.example.com", "first", "nginx");
    fs::create_dir(site.at("tls")).unwrap();
    for name in FILES {
        fs::copy(first.join(name), site.at("tls").join(name)).unwrap();
    }
    fs::write(site.at("tls/nginx.conf"), "# mine").unwrap();
    fs::write(site.at("tls/fleet.toml"), "").unwrap();
    let second = site.bundle("stat1.example.com", "second", "nginx");
    site.install(&second).succeeds().prints("kept  ");
    assert_eq!(site.installed("nginx.conf"), b"# mine");
    assert_eq!(
        site.installed("stat1_priv_key.pem"),
        fs::read(second.join("stat1_priv_key.pem")).unwrap()
    );
    Call::trustpack(["host", "install", "--previous", "--to"])
        .arg(site.at("tls"))
        .succeeds();
    assert_eq!(
        site.installed("stat1_cert.pem"),
        fs::read(first.join("stat1_cert.pem")).unwrap()
    );
    assert!(site.at("tls/fleet.toml").is_file());
}

/// A bundle with which something was done on the way.
#[track_caller]
fn spoilt(site: &Site, spoil: impl Fn(&Path), words: &str) {
    let bundle = site.bundle("stat1.example.com", "spoilt", "nginx");
    spoil(&bundle);
    site.install(&bundle).refused(words);
    assert!(!site.at("tls/stat1_cert.pem").exists(), "{words}");
    fs::remove_dir_all(bundle).unwrap();
}

fn replace_by_link(path: &Path, to: &str) {
    fs::remove_file(path).unwrap();
    symlink(to, path).unwrap();
}

#[test]
fn what_is_no_part_of_a_bundle_is_refused() {
    let site = Site::new();
    let check = |spoil: &dyn Fn(&Path), words: &str| spoilt(&site, spoil, words);
    let put = |name: &'static str, contents: &'static [u8]| {
        move |bundle: &Path| fs::write(bundle.join(name), contents).unwrap()
    };
    let no_file = "is no regular file";
    check(
        &|bundle| replace_by_link(&bundle.join("nginx.conf"), "/etc/shadow"),
        no_file,
    );
    check(
        &|bundle| replace_by_link(&bundle.join("ca_cert.pem"), "../ca.pem"),
        no_file,
    );
    check(
        &|bundle| fs::create_dir(bundle.join("folder")).unwrap(),
        no_file,
    );
    let name = "is no name of a file of a bundle";
    check(&put(".bashrc", b""), name);
    check(&put("a\nb.pem", b""), name);
    check(
        &put("run.sh", b"#!/bin/sh"),
        "is no certificate, key or configuration",
    );
    check(&put("nginx.conf", b"\xff\0"), "is no text");
    let huge =
        |bundle: &Path| fs::write(bundle.join("huge.pem"), vec![b'a'; 1024 * 1024 + 1]).unwrap();
    check(&huge, "it is larger than 1048576 bytes");
    let many = |bundle: &Path| {
        for number in 0..70 {
            fs::write(bundle.join(format!("{number}.pem")), "").unwrap();
        }
    };
    check(&many, "has more than 64 files");
}

#[test]
fn keys_and_certificates_of_others_are_refused() {
    let site = Site::new();
    let check = |spoil: &dyn Fn(&Path), words: &str| spoilt(&site, spoil, words);
    let copy = |from: &Path, to: PathBuf| fs::copy(from, to).map(drop).unwrap();
    check(
        &|bundle| fs::remove_file(bundle.join("ca_cert.pem")).unwrap(),
        "no trusted CA",
    );
    check(
        &|bundle| copy(&site.ca.conf("ca_priv_key.pem"), bundle.join("extra.pem")),
        "is the key of a CA; it stays in the CA directory",
    );
    let other = site.ca.issue("other.example.com", &[]);
    check(
        &|bundle| copy(&other.key, bundle.join("stat1_priv_key.pem")),
        "is the key of another certificate",
    );
    let windows = site.bundle("stat1.example.com", "windows", "windows");
    site.install(&windows).refused("is a bundle for Windows");
    for nothing in [site.at("nowhere"), site.ca.conf("ca_cert.pem")] {
        site.install(&nothing).refused("cannot read the bundle");
    }
}

#[test]
fn what_stands_where_a_file_is_to_go_stays() {
    let site = Site::new();
    let bundle = site.bundle("stat1.example.com", "good", "unix");
    let words = "is no file that this command put there";
    fs::create_dir_all(site.at("tls/ca_cert.pem")).unwrap();
    site.install(&bundle).refused(words);
    fs::remove_dir(site.at("tls/ca_cert.pem")).unwrap();
    symlink("/etc/passwd", site.at("tls/ca_cert.pem")).unwrap();
    site.install(&bundle).refused(words);
}

#[test]
fn a_revocation_list_comes_alone() {
    let site = Site::new();
    site.install(&site.bundle("stat1.example.com", "bundle", "unix"))
        .succeeds();
    Call::trustpack(["crl", "create", "--ca"])
        .arg(site.ca.dir())
        .succeeds();
    fs::create_dir(site.at("lists")).unwrap();
    fs::copy(site.ca.conf("crl.pem"), site.at("lists/crl.pem")).unwrap();
    site.install(&site.at("lists")).succeeds().prints("new  ");
    site.check().succeeds().prints("4 files: ");
}

#[test]
fn stores_of_java_are_installed_with_the_rest() {
    let site = Site::new();
    let bundle = site.bundle("stat1.example.com", "java", "java");
    site.install(&bundle)
        .succeeds()
        .prints("keystore.p12")
        .prints("no use     keytool.txt");
    let mode = |name: &str| fs::metadata(site.at("tls").join(name)).unwrap().mode() & 0o777;
    assert_eq!(
        [mode("keystore.p12"), mode("truststore.p12")],
        [0o600, 0o644]
    );
    site.check().succeeds();
}

#[test]
fn a_check_finds_who_reads_and_who_can_exchange() {
    let site = Site::new();
    let bundle = site.bundle("stat1.example.com", "bundle", "unix");
    site.install(&bundle).succeeds();
    let key = site.at("tls/stat1_priv_key.pem");
    let set = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let finds = |code: &str, words: &str| {
        site.check()
            .exits_with(1)
            .prints(&format!("error[{code}]"))
            .prints(words);
    };
    set(&key, 0o644);
    finds("TP7002", "any other account may read it");
    set(&key, 0o666);
    finds("TP7003", "any other account may write to it");
    set(&key, 0o600);
    set(&site.at("tls"), 0o777);
    finds("TP7003", "may put other files in the place of those in it");
    set(&site.at("tls"), 0o755);
    site.check().succeeds();
    // One of two files was lost, another is damaged.
    fs::remove_file(site.at("tls/stat1_cert.pem")).unwrap();
    finds("TP7004", "no certificate beside it belongs to this key");
    fs::remove_file(site.at("tls/ca_cert.pem")).unwrap();
    finds("TP7007", "no certificate of an authority");
    fs::write(site.at("tls/damaged.pem"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    site.check().exits_with(1).prints("warning[TP7008]");
    Call::trustpack(["host", "check"])
        .arg(site.at("bundle-sent"))
        .refused("cannot look into");
}

#[test]
fn the_account_of_the_services_gets_the_files_and_nobody_else() {
    let site = Site::new();
    let bundle = site.bundle("stat1.example.com", "bundle", "unix");
    if fs::metadata(site.place.path()).unwrap().uid() != 0 {
        site.install(&bundle)
            .args(["--owner", "root"])
            .refused("only root can give files");
        return;
    }
    site.install(&bundle).args(["--owner", "daemon"]).succeeds();
    let key = fs::metadata(site.at("tls/stat1_priv_key.pem")).unwrap();
    assert_eq!((key.uid(), key.mode() & 0o7777), (1, 0o600));
    site.check().succeeds().prints("daemon can read");
    site.check()
        .args(["--account", "nobody"])
        .exits_with(1)
        .prints("error[TP7001]: the account nobody may not read it")
        .prints("error[TP7002]: it holds a private key, and daemon may read it");
    // Of a group: for a service whose account is made when it starts.
    site.install(&bundle)
        .args(["--group", "nogroup"])
        .succeeds()
        .prints("replaced   ");
    let key = fs::metadata(site.at("tls/stat1_priv_key.pem")).unwrap();
    assert_eq!((key.uid(), key.mode() & 0o7777), (0, 0o640));
    site.check()
        .args(["--group", "nogroup"])
        .exits_with(1)
        .prints("nobody may read it");
    // A second name of a secret of root, in a folder of somebody else.
    let theirs = site.at("bundle");
    fs::hard_link(site.ca.conf("ca_priv_key.pem"), theirs.join("extra.pem"))
        .or_else(|_| {
            fs::write(site.at("secret"), "secret")
                .and_then(|()| fs::remove_file(theirs.join("ca_cert.pem")))
                .and_then(|()| fs::hard_link(site.at("secret"), theirs.join("ca_cert.pem")))
        })
        .unwrap();
    std::os::unix::fs::lchown(&theirs, Some(1), None).unwrap();
    site.install(&theirs)
        .refused("belongs to user 0 and has 2 names");
}
