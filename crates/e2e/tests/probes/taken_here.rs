//! What is at fault where it was this end that did not take what came, or had not what it takes to ask.

use std::fs;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::HOST_NAME;
use trustpack_e2e::program;

use crate::asked::{Asked, probe};
use crate::scene::{Scene, explained};

/// CA certificates that make a chain of more than the 64 KiB of a message that are taken.
const MANY: usize = 400;

/// Somebody took all the CAs of a system for the chain. The server has refused nothing, and its suites and keys are in order.
#[test]
fn a_chain_that_is_too_large() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let root = fs::read_to_string(scene.pki.certificate("root")).unwrap();
    fs::write(scene.pki.path("all.pem"), root.repeat(MANY)).unwrap();
    let all = scene.pki.path("all.pem").display().to_string();
    let [own, key] = [scene.pki.certificate("host"), scene.pki.key("host")];
    let root = scene.pki.certificate("root").display().to_string();
    let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
    let (why, at) = ("more in one message of the handshake", "the server");
    let remedy = "its own certificate and those of the CAs between it and the root";
    for version in ["-tls1_2", "-tls1_3"] {
        let server = ReversingServer::start(&own, &key, [version, "-cert_chain", &all]);
        scene.served_by("openssl", server.address());
        scene.write();
        for place in ["Desk/Server", "Server"] {
            let asked = Asked::of(scene.probe(&[place, "--json"]));
            explained(&asked, at, &["leave in certificate = ", remedy]);
            let what = asked.text("/endpoints/0/explanation/what");
            assert!(what.contains(why), "{asked}");
            assert!(!what.contains("suites"), "{asked}");
        }
        let asked = probe(server.address(), &trusting);
        assert_eq!(asked.text("/explanation/at"), at, "{asked}");
        assert!(asked.text("/explanation/remedy").ends_with(remedy));
        drop(server);
        let server = ReversingServer::start(&own, &key, [version]);
        scene.served_by("openssl", server.address());
        scene.write();
        scene.works();
        assert_eq!(probe(server.address(), &trusting).text("/works"), "true");
    }
}

/// No more is asked at once than the system lets this process have open, so that no service is blamed for that.
#[test]
fn few_open_files() {
    let mut scene = Scene::new();
    scene.start();
    let few = |files: u32| {
        Call::foreign("prlimit", [format!("--nofile={files}:{files}")])
            .arg(program::trustpack())
            .args(["probe", "--fleet"])
            .arg(scene.fleet())
            .arg("--files")
            .arg(scene.pki.dir())
            .succeeds()
            .prints("2 endpoints as expected")
    };
    few(34).says("no more than 1 service at once, not 2: this process may have 34 files open");
    let enough = few(36);
    assert!(!enough.stderr.contains("at once"), "{enough}");
}
