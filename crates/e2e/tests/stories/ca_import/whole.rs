//! All of a folder of ours comes, and of an authority that cannot be read nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use trustpack_e2e::ca::{QUICK_KEY, TestCa};
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// A folder of ours with all that it has: what the replaced key signed is there too, and can be named.
#[test]
fn a_key_that_was_replaced_comes_with_its_certificates() {
    let ca = TestCa::new();
    let old = ca.issue("old.example.com", &[]);
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let new = ca.issue("new.example.com", &[]);
    let folder = folder::temporary();
    let csr = folder.path().join("csr.pem");
    Call::foreign("openssl", ["req", "-new", "-newkey", "rsa:2048", "-nodes"])
        .args(["-subj", "/CN=asked.example.com", "-keyout", "asked.key"])
        .arg("-out")
        .arg(&csr)
        .within(folder.path())
        .succeeds();
    Call::trustpack(["cert", "issue", "asked.example.com", "--csr"])
        .arg(&csr)
        .arg("--ca")
        .arg(ca.dir())
        .succeeds();
    let dir = folder.path().join("imported");
    let imported = Call::trustpack(["ca", "import"])
        .arg(ca.dir())
        .arg("--ca")
        .arg(&dir)
        .succeeds();
    let imported = imported.prints("replaced  1 older key of the CA");
    assert!(!imported.stdout.contains("did not sign"), "{imported}");
    let call = |words: &[&str]| Call::trustpack(words).arg("--ca").arg(&dir).succeeds();
    call(&["ca", "check"]).prints("nothing is out of step");
    // All but the new configuration is as it was.
    let names = |dir: &Path| {
        let all = fs::read_dir(dir.join("repository")).unwrap();
        let mut all: Vec<_> = all.map(|entry| entry.unwrap().file_name()).collect();
        all.sort();
        all
    };
    assert_eq!(names(&dir), names(ca.dir()));
    for host in [&old, &new] {
        for file in [&host.certificate, &host.key, &host.pfx, &host.ledger_copy] {
            let brought = dir.join("repository").join(file.file_name().unwrap());
            assert_eq!(fs::read(&brought).unwrap(), fs::read(file).unwrap());
        }
    }
    let keys = |dir: &Path| {
        let all = fs::read_dir(dir.join("ca_conf/retired")).unwrap();
        all.map(|entry| entry.unwrap().path().join("ca_priv_key.pem"))
            .collect::<Vec<_>>()
    };
    let (theirs, ours) = (keys(ca.dir()), keys(&dir));
    assert_eq!(ours.len(), 1);
    assert_eq!(fs::read(&ours[0]).unwrap(), fs::read(&theirs[0]).unwrap());
    let mode = fs::metadata(&ours[0]).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o400);
    for name in ["old.example.com", "new.example.com", "asked.example.com"] {
        call(&["cert", "show", name]).prints(": valid");
    }
    call(&["cert", "renew", "new.example.com"]);
    call(&["cert", "revoke", &old.serial, "--reason", "superseded"]);
    let lists = call(&["crl", "create", "--json"]);
    let lists: serde_json::Value = serde_json::from_str(&lists.stdout).unwrap();
    assert_eq!(lists["lists"].as_array().map(Vec::len), Some(2));
}

/// Where the old key cannot come, the cross certificate still says which certificates are of this CA.
#[test]
fn without_the_old_key_its_certificates_come_by_the_cross() {
    let ca = TestCa::new();
    let old = ca.issue("old.example.com", &[]);
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let new = ca.issue("new.example.com", &[]);
    let folder = folder::temporary();
    let (kept, moved) = (
        ca.dir().join("ca_conf/retired"),
        folder.path().join("moved"),
    );
    fs::rename(&kept, &moved).unwrap();
    std::os::unix::fs::symlink(&moved, &kept).unwrap();
    let dir = folder.path().join("imported");
    let imported = Call::trustpack(["ca", "import"])
        .arg(ca.dir())
        .arg("--ca")
        .arg(&dir)
        .succeeds();
    let imported = imported.prints(&format!("left out  {}: leads to", kept.display()));
    // Nothing else stays, also not the cross certificate behind that of a host.
    assert_eq!(imported.stdout.matches("left out").count(), 2, "{imported}");
    assert!(!dir.join("ca_conf/retired").exists());
    for file in [&old.key, &old.certificate, &new.certificate] {
        let brought = dir.join("repository").join(file.file_name().unwrap());
        assert_eq!(fs::read(brought).unwrap(), fs::read(file).unwrap());
    }
    let sent = fs::read_to_string(&new.certificate).unwrap();
    assert_eq!(sent.matches("BEGIN CERTIFICATE").count(), 2);
    let call = |words: &[&str]| Call::trustpack(words).arg("--ca").arg(&dir);
    let check = call(&["ca", "check"]).succeeds();
    check.prints("nothing is out of step");
    // That the old key was this CA's the cross certificate says there too.
    for name in ["new.example.com", "old.example.com"] {
        call(&["cert", "find", "--san", name]).succeeds();
        call(&["cert", "show", name]).succeeds();
        call(&["cert", "renew", name]).succeeds();
    }
}

/// Where nothing in the source tells of the old key, that is the reason, and not that another CA signed; and what is to be
/// put back brings them.
#[test]
fn without_the_cross_it_is_said_what_is_missing() {
    let ca = TestCa::new();
    let old = ca.issue("old.example.com", &[]);
    Call::trustpack(["ca", "rekey", "--ca"])
        .arg(ca.dir())
        .succeeds();
    let new = ca.issue("new.example.com", &[]);
    let folder = folder::temporary();
    let repository = ca.dir().join("repository");
    let hosts = [&old.ledger_copy, &new.ledger_copy];
    let names = fs::read_dir(&repository).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name());
    // Copies of neither host: the two cross certificates.
    let lost: Vec<_> = names
        .filter(|name| !name.to_string_lossy().contains('_'))
        .map(|name| repository.join(name))
        .filter(|path| !hosts.contains(&path))
        .chain([ca.dir().join("ca_conf/retired")])
        .collect();
    assert_eq!(lost.len(), 3);
    let away = |path: &Path| folder.path().join(path.file_name().unwrap());
    lost.iter()
        .for_each(|path| fs::rename(path, away(path)).unwrap());
    let import = |name: &str| {
        let call = Call::trustpack(["ca", "import"]).arg(ca.dir()).arg("--ca");
        call.arg(folder.path().join(name)).succeeds()
    };
    let imported = import("without");
    let why = format!(
        "names this CA as its issuer, and no key signed it that is known to be this CA's; if the CA replaced the key that \
         did, put its folder in {} back, or the cross certificates in the repository, and import into a new folder",
        ca.dir().join("ca_conf/retired").display()
    );
    for (file, what) in [
        (&old.certificate, "it"),
        (&old.ledger_copy, "it"),
        (
            &new.certificate,
            "the certificate of CN=Example CA behind it",
        ),
    ] {
        let line = format!("left out  {}: {what} {why}\n", file.display());
        assert!(imported.stdout.contains(&line), "{line}: {imported}");
    }
    assert!(!imported.stdout.contains("did not sign"), "{imported}");
    // Either of the two is enough.
    let (crosses, retired) = lost.split_at(2);
    for (name, back) in [("by-crosses", crosses), ("by-retired", retired)] {
        back.iter()
            .for_each(|path| fs::rename(away(path), path).unwrap());
        let imported = import(name);
        assert!(!imported.stdout.contains(&why), "{imported}");
        back.iter()
            .for_each(|path| fs::rename(path, away(path)).unwrap());
    }
}

/// What a host sends is nothing that another authority signed, whatever that is called.
#[test]
fn foreign_certificates_behind_one_are_left_out_and_said() {
    let same_name =
        "names this CA as its issuer, and no key signed it that is known to be this CA's";
    let other_name = "is none of this CA, nor of one above it";
    for (organization, ca_name, why) in [
        (&[][..], "CN=Example CA", same_name),
        (
            &["--organization", "Other"],
            "O=Other, CN=Example CA",
            other_name,
        ),
    ] {
        let ca = TestCa::new();
        let host = ca.issue("a.example.com", &[]);
        let foreign = TestCa::with(&[&QUICK_KEY, organization].concat());
        let theirs = foreign.issue("b.example.com", &[]);
        let own = fs::read_to_string(&host.certificate).unwrap();
        let mut all = own.clone();
        for file in [&theirs.certificate, &foreign.conf("ca_cert.pem")] {
            all.push_str(&fs::read_to_string(file).unwrap());
        }
        fs::write(&host.certificate, all).unwrap();
        let folder = folder::temporary();
        let dir = folder.path().join("imported");
        let imported = Call::trustpack(["ca", "import"])
            .arg(ca.dir())
            .arg("--ca")
            .arg(&dir)
            .succeeds();
        imported
            .prints(&format!(
                "the certificate of CN=b.example.com behind it {why}"
            ))
            .prints(&format!("the certificate of {ca_name} behind it {why}"));
        let brought = dir
            .join("repository")
            .join(host.certificate.file_name().unwrap());
        assert_eq!(fs::read_to_string(brought).unwrap(), own);
    }
}

/// It cannot be told what such a CA may sign: nobody goes on with it.
#[test]
fn an_authority_with_a_malformed_extension_is_refused() {
    let folder = folder::temporary();
    let path = |name: &str| folder.path().join(name);
    let settings = "[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\n\
                    basicConstraints=critical,CA:true\nkeyUsage=DER:04:01:00\n";
    fs::write(path("odd.cnf"), settings).unwrap();
    Call::foreign(
        "openssl",
        [
            "req", "-x509", "-config", "odd.cnf", "-nodes", "-newkey", "rsa:2048", "-subj",
            "/CN=odd",
        ],
    )
    .args(["-keyout", "odd.key", "-out", "odd.pem"])
    .within(folder.path())
    .succeeds();
    Call::trustpack([
        "ca",
        "import",
        "--certificate",
        "odd.pem",
        "--key",
        "odd.key",
    ])
    .args(["--ca", "ca"])
    .within(folder.path())
    .exits_with(1)
    .says("the extension keyUsage is not well formed");
    assert!(!path("ca").exists());
}
