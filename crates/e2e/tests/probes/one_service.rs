//! What is said of one service beside its handshake: what it asks of its clients and which CAs it names for that, and whether its
//! certificate was revoked; as JSON and as text, and what is to be done about a revoked one makes the connection work.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST_NAME, Pki, Wish};

use crate::asked::{Asked, probe};
use crate::scene::Scene;

/// Options of a client that trusts this file and has no certificate.
fn trusting(root: &str) -> [&str; 5] {
    ["--quick", "--name", HOST_NAME, "--trusted-ca", root]
}

/// The text that is printed of a service.
#[track_caller]
fn text(service: SocketAddr, options: &[&str]) -> String {
    let call = Call::trustpack(["probe", &service.to_string()]);
    call.args(options).run().stdout
}

/// What it asks: whether, of which CAs, what becomes of one without; and the line of the text.
#[track_caller]
fn asks(
    service: SocketAddr,
    root: &str,
    (asked, names, without): (&str, &[&str], &str),
    line: &str,
) {
    let told = probe(service, &trusting(root));
    let key = |key: &str| told.text(&format!("/client_certificate/{key}"));
    assert_eq!(key("asked"), asked, "{told}");
    assert_eq!(key("without"), without, "{told}");
    for (index, name) in names.iter().enumerate() {
        assert_eq!(key(&format!("authorities/{index}")), *name, "{told}");
    }
    if names.is_empty() {
        assert_eq!(key("authorities"), "[]", "{told}");
    }
    let text = text(service, &trusting(root));
    let is_there = text.lines().any(|one| {
        let fact = one.trim().strip_prefix("clients");
        fact.is_some_and(|fact| fact.trim_start().starts_with(line))
    });
    assert!(is_there, "{line:?} is not in {text}");
}

#[test]
fn what_is_asked_of_clients() {
    let pki = Pki::new();
    pki.issue(Wish::root("other-root"));
    pki.issue(Wish::host("host", "root"));
    let [own, key] = [pki.certificate("host"), pki.key("host")];
    let root = pki.certificate("root").display().to_string();
    let both = pki.bundle("both.pem", &["root", "other-root"]);
    let both = both.display().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let check = |options: &[&str], json: (&str, &[&str], &str), line: &str| {
            let options = [&[version], options].concat();
            let server = ReversingServer::start(&own, &key, &options);
            asks(server.address(), &root, json, line);
        };
        check(
            &[],
            ("false", &[], "not-asked"),
            "are not asked for a certificate",
        );
        check(
            &["-verify", "3"],
            ("true", &[], "let-in"),
            "are asked for a certificate, of any CA, and let in without",
        );
        check(
            &["-verify", "3", "-CAfile", &both],
            ("true", &["CN=root", "CN=other-root"], "let-in"),
            "are asked for a certificate of \"CN=root\" or \"CN=other-root\", and let in without",
        );
        check(
            &["-Verify", "3", "-verify_return_error", "-CAfile", &root],
            ("true", &["CN=root"], "refused"),
            "are asked for a certificate of \"CN=root\"; without one: ",
        );
    }
    // Ours.
    let mut scene = Scene::new();
    scene.start();
    let root = scene.pki.certificate("root").display().to_string();
    let line = "are asked for a certificate of \"CN=root\"; without one: ";
    let json = ("true", &["CN=root"][..], "refused");
    asks(scene.address(), &root, json, line);
}

#[test]
fn a_certificate_that_was_revoked() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene.pki.issue(Wish::host("second", "root"));
    scene.start();
    let root = scene.pki.certificate("root").display().to_string();
    let list = scene.pki.path("list.pem").display().to_string();
    let with_list = [&trusting(&root)[..], &["--crl", &list]].concat();
    let refused = |scene: &Scene, (why, at, remedy): (&str, &str, &str)| {
        let asked = probe(scene.address(), &with_list);
        assert_eq!(asked.text("/failed"), "revocation", "{asked}");
        assert!(asked.text("/why").contains(why), "{why:?}: {asked}");
        assert_eq!(asked.text("/explanation/at"), at, "{asked}");
        let told = asked.text("/explanation/remedy");
        assert!(told.contains(remedy), "{remedy:?}: {asked}");
        let text = text(scene.address(), &with_list);
        assert!(text.contains(why) && text.contains(remedy), "{text}");
    };
    let works = |scene: &Scene, options: &[&str]| {
        let asked: Asked = probe(scene.address(), options);
        assert_eq!(asked.text("/works"), "true", "{asked}");
    };
    scene.make_list("other-root");
    refused(
        &scene,
        (
            "there is no list of its issuer",
            "the client",
            "add the revocation list of that CA to crl = ",
        ),
    );
    scene.make_list("root");
    works(&scene, &with_list);
    scene.authority("root", &["-revoke", "host.pem"]);
    scene.make_list("root");
    refused(
        &scene,
        (
            "was revoked on",
            "the server",
            "put a new certificate into certificate",
        ),
    );
    // Whoever has no list does not know.
    works(&scene, &trusting(&root));
    Scene::own(&scene.pki, &mut scene.settings.server, "second");
    scene.start();
    works(&scene, &with_list);
}
