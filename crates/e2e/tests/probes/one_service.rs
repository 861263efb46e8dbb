//! What is said of one service beside its handshake: what it asks of its clients and which CAs it names for that, and whether its
//! certificate was revoked; as JSON and as text, and what is to be done about a revoked one makes the connection work.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST_NAME, Pki, Validity, Wish};

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

/// It would count for nothing, whether it is there or not.
#[test]
fn a_list_while_nobody_is_trusted() {
    let call = Call::trustpack(["probe", "127.0.0.1:1", "--quick", "--crl", "list.pem"]);
    let outcome = call.exits_with(2);
    outcome
        .says("--crl is a list of a CA that is trusted, and no CA is trusted")
        .says("hint: give --trusted-ca FILE with the CA whose list it is");
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

/// A server that demands a certificate, and whose own is over: a client looks at that first.
#[test]
fn what_is_wrong_with_the_server_comes_before_what_it_demands() {
    let pki = Pki::new();
    let validity = Validity::Over;
    pki.issue(Wish::host("host", "root"));
    let wish = Wish::host("over", "root");
    pki.issue(Wish { validity, ..wish });
    let root = pki.certificate("root").display().to_string();
    let demands = ["-Verify", "2", "-verify_return_error", "-CAfile", &root];
    let of_client = "the server demands a certificate of its clients, and got none";
    let renew = "renew the certificate in certificate";
    let set = "set certificate and certificate-key";
    for version in ["-tls1_2", "-tls1_3"] {
        let serve = |name: &str| {
            let options = [&[version], &demands[..]].concat();
            ReversingServer::start(&pki.certificate(name), &pki.key(name), options)
        };
        let told = |service: SocketAddr, options: &[&str], failed: &str, words: (&str, &[&str])| {
            let asked = probe(service, &[&["--quick"], options].concat());
            assert_eq!(asked.text("/failed"), failed, "{asked}");
            let part = |key: &str| asked.text(&format!("/explanation/{key}"));
            let (what, remedies) = words;
            assert!(part("what").contains(what), "{what:?}: {asked}");
            let mut remedy = &*part("remedy");
            for words in remedies {
                // In this order.
                let at = remedy
                    .find(words)
                    .unwrap_or_else(|| panic!("{words:?}: {asked}"));
                remedy = &remedy[at..];
            }
            part("at")
        };
        let over = serve("over");
        let both = ("was valid until", &[renew, of_client, set][..]);
        assert_eq!(told(over.address(), &[], "dates", both), "the server");
        // Who takes every server is told of itself alone, and whoever trusts somebody of the server.
        let alone = (of_client, &[set][..]);
        let every = ["--client-auth", "0"];
        assert_eq!(told(over.address(), &every, "null", alone), "the client");
        let trusting = ["--trusted-ca", &root];
        let of_server = ("was valid until", &[renew][..]);
        assert_eq!(
            told(over.address(), &trusting, "dates", of_server),
            "the server"
        );
        let good = serve("host");
        assert_eq!(told(good.address(), &[], "null", alone), "the client");
    }
}
