//! An account that may only read a folder locks it as a whole, and keeps nobody from changing it.

use std::fs::{self, File};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;

/// Locks a folder as everybody can who may read it.
fn hold(folder: &Path) -> File {
    let opened = File::open(folder).unwrap();
    flock(&opened, FlockOperation::LockExclusive).unwrap();
    opened
}

/// A call that ends by itself, and not only when nobody holds the folder any more.
fn patient<const N: usize>(words: [&str; N]) -> Call {
    Call::foreign("timeout", ["30"])
        .arg(trustpack_e2e::program::trustpack())
        .args(words)
}

#[test]
fn nobody_who_may_only_read_a_folder_holds_up_who_changes_it() {
    let (ca, place) = (TestCa::new(), folder::temporary());
    let at = |name: &str| place.path().join(name);
    let dir = ca.dir().to_str().unwrap();
    ca.issue("stat1.example.com", &[]);
    Call::trustpack(["crl", "create", "--ca", dir]).succeeds();
    for name in ["web", "bundle", "tls", "tools", "pki"] {
        fs::create_dir(at(name)).unwrap();
    }
    let held = ["web", "bundle", "tls", "tools", "pki"].map(|name| hold(&at(name)));
    let repository = hold(&ca.dir().join("repository"));
    let publish = patient(["crl", "publish", "--ca", dir, "--to"]);
    publish.arg(at("web")).succeeds();
    let export = patient(["cert", "export", "--ca", dir, "stat1.example.com", "--to"]);
    export.arg(at("bundle")).succeeds();
    let install = patient(["host", "install"]).arg(at("bundle"));
    install.arg("--to").arg(at("tls")).succeeds();
    patient(["install", "--dir"]).arg(at("tools")).succeeds();
    let create = patient(["ca", "create", "Other CA", "--ca"]);
    create.arg(at("pki")).succeeds();
    // The folder of a bundle is put on record.
    let issue = patient([
        "cert",
        "issue",
        "--ca",
        dir,
        "db1.example.com",
        "--for",
        "nginx",
    ]);
    issue.succeeds();
    drop((held, repository));
    // What locks for those who may write is gone with the command.
    for name in ["web", "bundle", "tls", "tools", "pki"] {
        let names = folder::listing(&at(name)).into_keys();
        for name in names.map(|name| name.display().to_string()) {
            assert!(!name.contains("lock"), "{name}");
        }
    }
}
