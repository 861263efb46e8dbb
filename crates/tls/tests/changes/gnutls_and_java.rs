//! Sessions that GnuTLS and Java keep by themselves, and offer after a change of trust.

use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::java;
use trustpack_e2e::talk::Commanded;
use trustpack_tls::established::Resumed;

use crate::served::{Served, World};
use crate::world::{Clock, change_server};

const VERSIONS: [(&str, &str); 2] = [("VERS-TLS1.2", "TLSv1.2"), ("VERS-TLS1.3", "TLSv1.3")];

/// `gnutls-cli` connects twice; the server waits with the second one until `between` is done.
#[track_caller]
fn gnutls_twice(world: &World, served: &Served, version: &str, between: impl FnOnce()) -> Resumed {
    let client = Call::foreign("gnutls-cli", ["--resume", "--waitresumption"])
        .arg(format!("--priority=NORMAL:-VERS-ALL:+{version}"))
        .arg("--x509cafile")
        .arg(world.file("root.pem"))
        .arg("--x509certfile")
        .arg(world.file("own.pem"))
        .arg("--x509keyfile")
        .arg(world.file("own.key"))
        .args(["--verify-hostname", "a.example.com"])
        .args(["--port", &served.address.port().to_string()])
        .arg("127.0.0.1")
        .discard_output()
        .start();
    served.take_next();
    assert_eq!(served.came().unwrap(), Resumed::No, "the first of two");
    between();
    served.take_next();
    let resumed = served.came().unwrap();
    drop(client.end());
    resumed
}

#[test]
fn gnutls_resumes_until_trust_changes() {
    let world = World::new();
    for (version, _) in VERSIONS {
        let mut site = world.site();
        let served = Served::start(&site, &Clock::at("2030-01-01"));
        let resumed = gnutls_twice(&world, &served, version, || {});
        assert_eq!(resumed, Resumed::Yes, "{version}");
        for (what, change) in world.changes() {
            site = change(site);
            let changed = || {
                change_server(&served.context, &site);
            };
            let resumed = gnutls_twice(&world, &served, version, changed);
            assert_eq!(resumed, Resumed::No, "{version}, after {what}");
        }
    }
}

/// The next connection of a program that keeps its sessions.
#[track_caller]
fn java_connects(java: &mut Commanded, served: &Served) -> Resumed {
    served.take_next();
    java.command(&["connect"]);
    assert_eq!(java.answer(), ["hello"]);
    served.came().unwrap()
}

#[test]
fn java_resumes_until_trust_changes() {
    const PASSWORD: &str = "changeit";
    let world = World::new();
    let own = world.file("own.p12");
    to_pkcs12(&world, &own, PASSWORD);
    for (_, version) in VERSIONS {
        let mut site = world.site();
        let served = Served::start(&site, &Clock::at("2030-01-01"));
        let program = java::program("Resumes")
            .arg(served.address.port().to_string())
            .arg(&own)
            .arg(PASSWORD)
            .arg(world.file("root.pem"))
            .arg(version);
        let mut java = Commanded::start(program);
        java_connects(&mut java, &served);
        for (what, change) in world.changes() {
            let before = java_connects(&mut java, &served);
            assert_eq!(before, Resumed::Yes, "{version}, before {what}");
            site = change(site);
            change_server(&served.context, &site);
            let after = java_connects(&mut java, &served);
            assert_eq!(after, Resumed::No, "{version}, after {what}");
        }
    }
}

#[track_caller]
fn to_pkcs12(world: &World, to: &Path, password: &str) {
    Call::foreign("openssl", ["pkcs12", "-export", "-passout"])
        .arg(format!("pass:{password}"))
        .arg("-in")
        .arg(world.file("own.pem"))
        .arg("-inkey")
        .arg(world.file("own.key"))
        .arg("-out")
        .arg(to)
        .succeeds();
}
