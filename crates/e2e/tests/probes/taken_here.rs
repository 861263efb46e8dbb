//! What is said where it was this end that did not take what came, did not wait for it, or had not what it takes to ask.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST_NAME, Validity, Wish};
use trustpack_e2e::plain::Service;
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

/// How long a server that looks its clients up takes for one.
const LOOK_UP: Duration = Duration::from_millis(1500);

/// A server like this one that sees what comes behind the first flight of a client, its certificate, so much later.
fn slow(server: SocketAddr) -> Service {
    Service::start(move |mut caller| {
        let mut server = TcpStream::connect(server).unwrap();
        let (mut back, mut answers) = (caller.try_clone().unwrap(), server.try_clone().unwrap());
        let answering = thread::spawn(move || {
            // It ends when either end does.
            drop(std::io::copy(&mut answers, &mut back));
            drop(back.shutdown(Shutdown::Both));
        });
        let mut bytes = [0; 16 << 10];
        let mut flights = 0;
        while let Ok(count @ 1..) = caller.read(&mut bytes) {
            flights += 1;
            if flights == 2 {
                thread::sleep(LOOK_UP);
            }
            if server.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(server.shutdown(Shutdown::Write));
        answering.join().unwrap();
    })
}

/// What is said where nothing was.
const NOTHING: &str =
    "the server said nothing to the client's certificate, or to the lack of one, within 1s";

/// A server of TLS 1.3 that demands a certificate, and takes its time to judge it.
fn judging(scene: &Scene) -> (ReversingServer, Service) {
    let demanding = ["-tls1_3", "-Verify", "2", "-verify_return_error", "-CAfile"].map(Into::into);
    let root = scene.pki.certificate("root").into_os_string();
    let [own, key] = [scene.pki.certificate("host"), scene.pki.key("host")];
    let server = ReversingServer::start(&own, &key, demanding.into_iter().chain([root]));
    let slow = slow(server.address());
    (server, slow)
}

/// Silence is neither letting in nor refusing: it is waited for as long as is told, and then it is not known.
#[test]
fn a_server_that_looks_its_clients_up() {
    let scene = Scene::new();
    let (_server, slow) = judging(&scene);
    let file = |path: std::path::PathBuf| path.display().to_string();
    let root = file(scene.pki.certificate("root"));
    let trusting = ["--quick", "--name", HOST_NAME, "--trusted-ca", &root];
    let desk = [
        "--certificate",
        &file(scene.pki.certificate("desk")),
        "--certificate-key",
        &file(scene.pki.key("desk")),
    ];
    let asked = |more: &[&str]| probe(slow.address(), &[&trusting[..], more].concat());
    // One alone is waited for.
    let refused = asked(&[]);
    assert_eq!(refused.text("/works"), "false", "{refused}");
    let without = "/client_certificate/without";
    assert_eq!(refused.text(without), "refused", "{refused}");
    assert_eq!(asked(&desk).text("/works"), "true");
    for client in [&[][..], &desk] {
        let told = asked(&[&["--timeout", "1"], client].concat());
        assert_eq!(told.text(without), "not-seen", "{told}");
        for key in ["/client_certificate/why", "/also/0"] {
            assert!(told.text(key).starts_with(NOTHING), "{key}: {told}");
        }
    }
    let text = Call::trustpack(["probe", &slow.address().to_string(), "--timeout", "1"]);
    let text = text.args(trusting).succeeds();
    let text = text.prints("TLS works, as far as is known\n");
    let text = text.prints("of \"CN=root\"; what becomes of one without is not known");
    text.prints(NOTHING);
}

/// That somebody is slow is no difference.
#[test]
fn a_server_of_a_fleet_that_looks_its_clients_up() {
    let mut scene = Scene::new();
    let (_server, slow) = judging(&scene);
    scene.served_by("openssl", slow.address());
    scene.write();
    let rows = |seconds: &str| {
        let call = Call::trustpack(["probe", "--json", "--timeout", seconds, "--fleet"]);
        let call = call.arg(scene.fleet()).arg("--files").arg(scene.pki.dir());
        let asked = Asked::of(call.run());
        assert_eq!(asked.outcome.status.code(), Some(0), "{asked}");
        [0, 1].map(|row| asked.text(&format!("/endpoints/{row}/found")))
    };
    let [of_port, of_connection] = rows("1");
    assert!(of_connection.contains(NOTHING), "{of_connection}");
    assert!(
        of_port.contains(", a certificate is asked for, "),
        "{of_port}"
    );
    let [of_port, of_connection] = rows("5");
    assert_eq!(of_connection, "works, TLS 1.3");
    assert!(of_port.contains(", mutual, "), "{of_port}");
    // What the files say is told though it is not seen.
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    let validity = Validity::Over;
    let wish = Wish::host("over", "root");
    scene.pki.issue(Wish { validity, ..wish });
    Scene::own(&scene.pki, &mut scene.settings.client, "over");
    scene.write();
    let call = Call::trustpack(["probe", "Desk/Server", "--json", "--timeout", "1"]);
    let call = call.arg("--fleet").arg(scene.fleet());
    let asked = Asked::of(call.arg("--files").arg(scene.pki.dir()).run());
    let found = asked.text("/endpoints/0/found");
    assert!(found.contains(NOTHING), "{asked}");
    explained(
        &asked,
        "the client",
        &["renew the certificate in certificate = "],
    );
}
