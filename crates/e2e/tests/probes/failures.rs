//! Each kind of failure, staged for real between a running tunnel and a probed client: the sentence names the right end
//! and the right option, and what it says to do makes the connection work.
//!
//! Long because each kind of failure has its stage here.

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::{HOST, HOST_NAME, Key, Pki, Wish};

use crate::imitated::on_the_client;
use crate::scene::{Scene, explained, option};
use crate::staged::{Found, Proven};

/// Gives one end its chain up to the root in its own file, so that it needs no CA of others for it.
fn with_root(pki: &Pki, lines: &mut Vec<String>, name: &str) {
    let chain = pki.bundle(&format!("{name}-chain.pem"), &[name, "root"]);
    Scene::set(lines, option("certificate", &chain));
}

fn trusting(pki: &Pki, lines: &mut Vec<String>, name: &str) {
    Scene::set(lines, option("trusted-ca", &pki.certificate(name)));
}

#[test]
pub(crate) fn path_the_client_does_not_trust_the_server() -> Proven<4101> {
    let mut scene = Scene::new();
    trusting(&scene.pki, &mut scene.settings.client, "other-root");
    with_root(&scene.pki, &mut scene.settings.client, "desk");
    scene.start();
    let file = scene.pki.certificate("other-root").display().to_string();
    let remedy = [
        "add the certificate of the CA that issued it to trusted-ca = ",
        &file,
    ];
    scene.fails("neither trusted nor among", "the client", &remedy);
    scene.log_says("the client", &remedy);
    let found = Found::here(&scene);
    let both = scene.pki.bundle("both.pem", &["other-root", "root"]);
    std::fs::copy(both, scene.pki.certificate("other-root")).unwrap();
    scene.works();
    found.gone(&scene)
}

#[test]
fn path_the_server_does_not_trust_the_client() -> Proven<4101> {
    let mut scene = Scene::new();
    trusting(&scene.pki, &mut scene.settings.server, "other-root");
    with_root(&scene.pki, &mut scene.settings.server, "host");
    scene.start();
    let file = scene.pki.certificate("other-root").display().to_string();
    let remedy = [
        "add the certificate of the CA that issued it to trusted-ca = ",
        &file,
    ];
    scene.fails(
        "the server refuses the client's certificate",
        "the server",
        &remedy,
    );
    scene.log_says("the server", &remedy);
    let found = Found::here(&scene);
    let both = scene.pki.bundle("both.pem", &["other-root", "root"]);
    std::fs::copy(both, scene.pki.certificate("other-root")).unwrap();
    scene.start();
    scene.works();
    found.gone(&scene)
}

#[test]
pub(crate) fn name() -> Proven<4102> {
    let mut scene = Scene::new();
    let other = HOST.replace("host.example.com", "other.example.com");
    scene.pki.issue(Wish {
        extensions: &other,
        ..Wish::host("other", "root")
    });
    Scene::own(&scene.pki, &mut scene.settings.server, "other");
    scene.start();
    let remedy = ["put a certificate for that name into certificate = "];
    scene.fails("the host is host.example.com", "the server", &remedy);
    scene.log_says("the server", &remedy);
    let found = Found::here(&scene);
    Scene::own(&scene.pki, &mut scene.settings.server, "host");
    scene.start();
    scene.works();
    found.gone(&scene)
}

#[test]
pub(crate) fn revocation() -> Proven<4103> {
    let mut scene = Scene::new();
    let list = scene.list();
    Scene::set(&mut scene.settings.client, list);
    scene.authority("root", &["-revoke", "host.pem"]);
    scene.make_list("root");
    scene.pki.issue(Wish::host("second", "root"));
    scene.start();
    let remedy = ["put a new certificate into certificate = "];
    scene.fails("was revoked on", "the server", &remedy);
    scene.log_says("the server", &remedy);
    let found = Found::here(&scene);
    Scene::own(&scene.pki, &mut scene.settings.server, "second");
    scene.start();
    scene.works();
    found.gone(&scene)
}

#[test]
pub(crate) fn revocation_by_a_list_of_another_ca() -> Proven<4104> {
    let mut scene = Scene::new();
    let list = scene.list();
    Scene::set(&mut scene.settings.client, list);
    scene.make_list("other-root");
    scene.start();
    let remedy = ["add the revocation list of that CA to crl = "];
    scene.fails("there is no list of its issuer", "the client", &remedy);
    let found = Found::here(&scene);
    scene.make_list("root");
    scene.works();
    found.gone(&scene)
}

/// A list that is missing is refused with the alert of a CA that is not trusted.
#[test]
fn a_list_that_the_server_has_not() {
    let mut scene = Scene::new();
    let list = scene.list();
    Scene::set(&mut scene.settings.server, list);
    scene.make_list("other-root");
    scene.start();
    let asked = on_the_client(&scene);
    let or_list = "; or, if that CA is in there, put a list of it that is in order into crl = ";
    explained(&asked, "the server", &["to trusted-ca = ", or_list]);
    scene.make_list("root");
    scene.start();
    scene.works();
    assert_eq!(
        on_the_client(&scene).text("/endpoints/0/state"),
        "as-expected"
    );
}

#[test]
fn allowed_names() {
    let mut scene = Scene::new();
    let only = |names: &str| format!("allowed-names = \"{names}\"");
    Scene::set(&mut scene.settings.server, only("cn:somebody"));
    scene.start();
    let remedy = ["add one of its names to allowed-names = cn:somebody"];
    scene.fails("none of the names that are allowed", "the server", &remedy);
    scene.log_says("the server", &remedy);
    Scene::set(&mut scene.settings.server, only("cn:somebody,cn:desk"));
    scene.start();
    scene.works();
}

#[test]
fn protocol_of_a_server_that_is_held_at_an_old_version() {
    let scene = Scene::new();
    let host = scene.pki.certificate("host");
    let server = trustpack_e2e::openssl_peer::ReversingServer::start(
        &host,
        &scene.pki.key("host"),
        ["-tls1_2"],
    );
    let root = scene.pki.certificate("root").display().to_string();
    let trusting = ["--trusted-ca", &root];
    let new = [&trusting[..], &["--sec-protocol", "TLSv13"]].concat();
    let asked = crate::asked::probe(server.address(), &new);
    assert_eq!(asked.text("/explanation/at"), "the client", "{asked}");
    assert!(
        asked
            .text("/explanation/remedy")
            .contains("let sec-protocol = TLSv13"),
        "{asked}"
    );
    assert_eq!(
        crate::asked::probe(server.address(), &trusting).text("/works"),
        "true"
    );
    let suites = ["--cipher-list", "ECDHE-ECDSA-CHACHA20-POLY1305"];
    let narrow = trustpack_e2e::openssl_peer::ReversingServer::start(
        &host,
        &scene.pki.key("host"),
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
    );
    let asked = crate::asked::probe(narrow.address(), &[&trusting[..], &suites].concat());
    assert_eq!(asked.text("/explanation/at"), "the client", "{asked}");
    let suite = "add ECDHE-ECDSA-AES128-GCM-SHA256 to cipher-list = ";
    assert!(asked.text("/explanation/remedy").contains(suite), "{asked}");
    let both = [
        "--cipher-list",
        "ECDHE-ECDSA-CHACHA20-POLY1305:TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    ];
    let asked = crate::asked::probe(narrow.address(), &[&trusting[..], &both].concat());
    assert_eq!(asked.text("/works"), "true", "{asked}");
}

#[test]
fn a_name_is_checked_whoever_is_trusted() {
    let scene = Scene::new();
    let server = trustpack_e2e::openssl_peer::ReversingServer::start(
        &scene.pki.certificate("host"),
        &scene.pki.key("host"),
        ["-tls1_3"],
    );
    // It is called by its address, which its certificate is not for.
    let check = ["--quick", "--tls-target-name-check", "host"];
    let asked = crate::asked::probe(server.address(), &check);
    assert_eq!(asked.text("/failed"), "name", "{asked}");
    let named = [
        "--quick",
        "--name",
        HOST_NAME,
        "--tls-target-name-check",
        "host",
    ];
    let asked = crate::asked::probe(server.address(), &named);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    // Whoever says so takes any server, and is told what is wrong all the same.
    let any = [
        "--quick",
        "--name",
        "other.example.com",
        "--client-auth",
        "0",
    ];
    let asked = crate::asked::probe(server.address(), &any);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    assert_eq!(asked.outcome.status.code(), Some(0), "{asked}");
    assert!(
        asked
            .text("/also/0")
            .contains("the host is other.example.com"),
        "{asked}"
    );
    let no = [
        "--quick",
        "--name",
        "other.example.com",
        "--tls-target-name-check",
        "no",
    ];
    let asked = crate::asked::probe(server.address(), &no);
    assert_eq!(asked.text("/works"), "true", "{asked}");
    assert_eq!(asked.text("/also"), "[]", "{asked}");
}

#[test]
fn what_cannot_be_asked_is_no_answer() {
    let check = |arguments: &[&str], words: &str| {
        let outcome = Call::trustpack(["probe"]).args(arguments).exits_with(2);
        outcome.says(words);
    };
    for service in ["127.0.0.1", "127.0.0.1:99999", "https://127.0.0.1:1/"] {
        check(&[service], "is no service: ");
    }
    check(
        &["127.0.0.1:1", "--trusted-ca", "nowhere.pem"],
        "nowhere.pem",
    );
    check(
        &["127.0.0.1:1", "--proxy-out", "App:default=v2"],
        "names a place",
    );
    let fleet = "hint: name the fleet with --fleet\n";
    check(&["--fleet", "nowhere.toml"], fleet);
    check(&["--fleet", "nowhere.toml", "--inventory"], fleet);
    let scene = Scene::new();
    scene.write();
    let fleet = scene.fleet().display().to_string();
    check(
        &["--fleet", &fleet, "Nobody:default"],
        "the fleet has no endpoint at",
    );
    check(&["--fleet", &fleet, "not a place"], "");
    check(
        &["--fleet", &fleet, "--trusted-ca", "a"],
        "has no effect with --fleet",
    );
    let picture = scene.pki.path("ends.svg");
    std::fs::write(&picture, "").unwrap();
    let picture = picture.display().to_string();
    let drawn = ["--fleet", &fleet, "--inventory", "--svg", &picture];
    check(&drawn, "hint: --replace replaces it");
}

#[test]
fn a_suite_that_nobody_has_is_named() {
    let options = [
        "probe",
        "127.0.0.1:9",
        "--quick",
        "--cipher-list",
        "NONSENSE",
    ];
    let outcome = Call::trustpack(options).exits_with(2);
    assert!(outcome.stderr.contains("NONSENSE"), "{outcome}");
    assert!(outcome.stderr.contains("[TP"), "{outcome}");
}

#[test]
fn a_certificate_is_demanded() {
    let mut scene = Scene::new();
    scene.start();
    let root = scene.pki.certificate("root").display().to_string();
    let address = scene.address();
    let trusting = ["--trusted-ca", &root];
    let asked = crate::asked::probe(address, &trusting);
    assert_eq!(asked.text("/explanation/at"), "the client", "{asked}");
    let told = asked.text("/explanation/remedy");
    assert!(
        told.contains("set certificate and certificate-key"),
        "{asked}"
    );
    let files = [scene.pki.certificate("desk"), scene.pki.key("desk")];
    let [own, key] = files.map(|file| file.display().to_string());
    let mended = ["--certificate", &own, "--certificate-key", &key];
    let asked = crate::asked::probe(address, &[&trusting[..], &mended].concat());
    assert_eq!(asked.text("/works"), "true", "{asked}");
}

#[test]
fn plain_text_where_tls_is_expected() {
    let mut scene = Scene::new();
    let others = scene.pki.path("others.toml");
    scene.settings.mode = "unsecured".to_owned();
    scene.settings.port = String::new();
    scene.start();
    scene.write_as(&others, |settings, _| {
        settings.mode = "secured".to_owned();
        settings.port = "tls=1".to_owned();
    });
    let remedy = ["trustpack tunnel run --host host.example.com"];
    scene.fails("the peer stayed without a word", "the server", &remedy);
    scene.settings.mode = "secured".to_owned();
    scene.settings.port = "tls=1".to_owned();
    scene.start();
    scene.works();
}

#[test]
fn nobody_listens() {
    let mut scene = Scene::new();
    scene.write();
    let remedy = ["start its tunnel, `trustpack tunnel run --host host.example.com`"];
    scene.fails("nobody listens", "the server", &remedy);
    scene.start();
    scene.works();
}

/// Gives `end` the certificate `name`, whose key is on P-384, or on P-256.
fn on_curve(scene: &Scene, name: &str, key: Key) {
    scene.pki.issue(Wish {
        key,
        ..Wish::host(name, "root")
    });
}

#[test]
fn a_client_that_takes_no_signature_of_the_server() {
    let mut scene = Scene::new();
    on_curve(&scene, "large", Key::P384);
    scene.settings.port = "tls=1".to_owned();
    Scene::own(&scene.pki, &mut scene.settings.server, "large");
    scene.start();
    let root = scene.pki.certificate("root");
    // As clients of embedded systems that have no curve but P-256.
    let connect = |scene: &Scene| {
        let words = ["s_client", "-tls1_2", "-sigalgs", "ECDSA+SHA256"];
        let address = scene.address().to_string();
        let call = Call::foreign("openssl", words).args(["-connect", &address, "-CAfile"]);
        call.arg(&root).run()
    };
    let outcome = connect(&scene);
    assert!(!outcome.status.success(), "{outcome}");
    // It is told, and does not only see an end.
    outcome.says("handshake failure");
    scene
        .tunnel()
        .refused("protocol", "there is no signature algorithm");
    let fleet = scene.fleet().display().to_string();
    let explain = Call::trustpack(["explain-failure", "--fleet", &fleet]);
    let told = explain
        .stdin(scene.tunnel().written().as_bytes())
        .succeeds();
    told.prints("the client takes none of the key of this server; on either end: put a certificate with another kind of key")
        .prints("P-256");
    Scene::own(&scene.pki, &mut scene.settings.server, "host");
    scene.start();
    let outcome = connect(&scene);
    assert!(outcome.status.success(), "{outcome}");
}

#[test]
fn a_server_that_takes_no_signature_of_the_client() {
    let scene = Scene::new();
    on_curve(&scene, "large", Key::P384);
    let root = scene.pki.certificate("root").display().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let server = trustpack_e2e::openssl_peer::ReversingServer::start(
            &scene.pki.certificate("host"),
            &scene.pki.key("host"),
            [
                version,
                "-client_sigalgs",
                "ECDSA+SHA256",
                "-Verify",
                "3",
                "-verify_return_error",
                "-CAfile",
                &root,
            ],
        );
        let asked = |name: &str| {
            let files = [scene.pki.certificate(name), scene.pki.key(name)];
            let [own, key] = files.map(|file| file.display().to_string());
            let own = ["--certificate", &own, "--certificate-key", &key];
            let options = [&["--quick", "--trusted-ca", &root], &own[..]].concat();
            crate::asked::probe(server.address(), &options)
        };
        let told = asked("large");
        assert_eq!(told.text("/works"), "false", "{told}");
        assert_eq!(told.text("/explanation/at"), "the client", "{told}");
        let what = told.text("/explanation/what");
        assert!(
            what.contains("takes no signature of the client's key"),
            "{told}"
        );
        let remedy = told.text("/explanation/remedy");
        assert!(
            remedy.contains("another kind of key into certificate = "),
            "{told}"
        );
        assert_eq!(asked("desk").text("/works"), "true", "{version}");
    }
}
