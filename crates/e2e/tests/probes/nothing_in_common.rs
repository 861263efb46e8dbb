//! Servers of other makes with which nobody comes to an agreement: what they have nothing of is named, also in a fleet, with
//! `--quick`, and whatever alert they send; and what is to be done about it makes the connection work.

use std::net::SocketAddr;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::Pki;

use crate::asked::{Asked, probe};
use crate::gnutls;
use crate::scene::Scene;

/// A server that runs until this is dropped.
type Running = (Box<dyn std::any::Any>, SocketAddr);

fn openssl(pki: &Pki, options: &[&str]) -> Running {
    let (own, key) = (pki.certificate("host"), pki.key("host"));
    let server = ReversingServer::start(&own, &key, options.iter().copied());
    let address = server.address();
    (Box::new(server), address)
}

fn of_gnutls(pki: &Pki, options: &[&str]) -> Running {
    let options = [&["--disable-client-cert"], options].concat();
    let (server, address) = gnutls::serve(pki, "host", &options);
    (Box::new(server), address)
}

/// How a server is started with these options.
type Serve = fn(&Pki, &[&str]) -> Running;

/// With the options `bad` a server takes what `takes` says, and this is the remedy; `mended` is what it makes of them.
#[track_caller]
fn check(serve: Serve, bad: &[&str], takes: &str, remedy: &str, mended: &[&str]) {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let (server, address) = serve(&scene.pki, bad);
    scene.served_by("openssl", address);
    scene.write();
    let is_told = |asked: &Asked, of: &str| {
        assert_eq!(asked.outcome.status.code(), Some(1), "{asked}");
        let text = |key: &str| asked.text(&format!("{of}/explanation/{key}"));
        assert_eq!(text("at"), "the server", "{asked}");
        assert!(text("what").contains(takes), "{takes:?}: {asked}");
        assert!(text("remedy").starts_with(remedy), "{remedy:?}: {asked}");
        let all = &asked.outcome.stdout;
        assert!(!all.contains("cipher-list"), "{asked}");
    };
    // With the client's files and without, the connection alone and beside its port, and with everything asked.
    for words in [
        &["Desk/Server"][..],
        &["Server"],
        &[],
        &["--offers", "Server"],
        &["--offers", "Desk/Server"],
    ] {
        let words = [words, &["--json"]].concat();
        is_told(&Asked::of(scene.probe(&words)), "/endpoints/0");
        let call = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
        is_told(&Asked::of(call.args(&words).run()), "/endpoints/0");
    }
    is_told(&Asked::of(scene.probe(&["--json"])), "/endpoints/1");
    is_told(&probe(address, &["--quick"]), "");
    is_told(&probe(address, &[]), "");
    // Of a port that demands a certificate this is not the refusal that is expected.
    let kept = scene.settings.clone();
    scene.settings.port = "tls=1;tls-mutual=1".to_owned();
    scene.write();
    is_told(
        &Asked::of(scene.probe(&["Server", "--json"])),
        "/endpoints/0",
    );
    scene.settings = kept;
    drop(server);
    let (_server, address) = serve(&scene.pki, mended);
    scene.served_by("openssl", address);
    scene.write();
    let asked = probe(address, &["--quick"]);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    // It may still take what is old.
    let asked = Asked::of(scene.probe(&["Desk/Server", "--json"]));
    assert_eq!(asked.text("/endpoints/0/state"), "as-expected", "{asked}");
}

const OLD: &str = "let it take TLS 1.2 or TLS 1.3";

#[test]
fn a_version_of_gnutls() {
    check(
        of_gnutls,
        &["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.1"],
        "the server takes TLS 1.1 a",
        OLD,
        &["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.2"],
    );
}

#[test]
fn a_version_of_openssl() {
    check(
        openssl,
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        "the server takes TLS 1.1 a",
        OLD,
        &["-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0"],
    );
}

#[test]
fn suites() {
    check(
        openssl,
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
        "the server takes no suite of today, but ",
        "let it take suites with ECDHE and AES-GCM",
        &[
            "-tls1_2",
            "-cipher",
            "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256",
        ],
    );
}

#[test]
fn groups() {
    for version in ["-tls1_3", "-tls1_2"] {
        check(
            openssl,
            &[version, "-groups", "P-521"],
            "the server takes no group that is spoken here, but ",
            "let it take X25519 or P-256",
            &[version, "-groups", "P-521:P-256"],
        );
    }
}

#[test]
fn signatures() {
    let pki = Pki::new();
    let serve = |key: &[&str], name: &str| {
        let words = ["req", "-x509", "-nodes", "-subj", "/CN=host"];
        let files = [format!("{name}.key"), format!("{name}.pem")];
        let call = Call::foreign("openssl", words).args(key);
        let call = call.args(["-keyout", &files[0], "-out", &files[1]]);
        call.within(pki.dir()).succeeds();
        let none = std::iter::empty::<&str>();
        ReversingServer::start(&pki.certificate(name), &pki.key(name), none)
    };
    let server = serve(&["-newkey", "ed448"], "goldilocks");
    let asked = probe(server.address(), &["--quick"]);
    assert_eq!(asked.text("/explanation/at"), "the server", "{asked}");
    let what = asked.text("/explanation/what");
    assert!(what.contains("one that is signed with ed448"), "{asked}");
    let remedy = asked.text("/explanation/remedy");
    let words = "give it a certificate with another kind of key, P-256";
    assert!(remedy.starts_with(words), "{asked}");
    let p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let server = serve(&p256, "usual");
    let asked = probe(server.address(), &["--quick"]);
    assert_eq!(asked.text("/works"), "true", "{asked}");
}

#[test]
fn a_line_of_the_client_s_log_says_whom_to_ask() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let (_server, address) = openssl(
        &scene.pki,
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],
    );
    scene.served_by("openssl", address);
    scene.write();
    let line = r#"{"level":"WARN","message":"handshake refused","reason":"the peer refused with the alert handshake_failure (40)","place":"Desk/Server:default","role":"client","cause":"alert-40"}"#;
    let explained = |scene: &Scene| {
        let call = Call::trustpack(["explain-failure", "--json", "--fleet"]).arg(scene.fleet());
        let asked = Asked::of(call.arg("--files").arg(scene.pki.dir()).arg(line).run());
        asked.text("/explained/0/remedy")
    };
    let remedy = explained(&scene);
    let asking = "`trustpack probe --fleet FLEET 'Desk/Server:default'` says which";
    assert!(remedy.contains(asking), "{remedy}");
    assert!(!remedy.contains("cipher-list"), "{remedy}");
    // A list that is set may be the reason, and need not be.
    let list = "cipher-list = \"ECDHE-ECDSA-AES128-GCM-SHA256\"".to_owned();
    Scene::set(&mut scene.settings.client, list);
    scene.write();
    let remedy = explained(&scene);
    assert!(remedy.starts_with("take cipher-list = "), "{remedy}");
    assert!(remedy.contains(asking), "{remedy}");
    // Who does as it says is told.
    let asked = Asked::of(scene.probe(&["Desk/Server:default", "--json"]));
    let what = asked.text("/endpoints/0/explanation/what");
    assert!(what.contains("no suite of today"), "{asked}");
}
