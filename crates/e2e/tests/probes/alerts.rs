//! Alerts that OpenSSL sends for several things: what it refuses may be in order, and what it lacks itself be at fault. Told on the
//! machine of the client, where nothing is known of the server but its settings.

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::call::Call;
use trustpack_e2e::clock;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{CA, HOST, Pki, Validity, Wish};
use trustpack_e2e::tunnel::Tunnel;

use crate::asked::{Asked, probe};
use crate::imitated::on_the_client;
use crate::scene::{Scene, explained, option};

/// A server of OpenSSL that judges its clients by this file, which its settings name, and by whatever else is said.
#[track_caller]
fn judging(scene: &mut Scene, own: &str, trusted: &Path, more: &[&str]) -> ReversingServer {
    let [own, key] = [scene.pki.certificate(own), scene.pki.key(own)];
    let file = trusted.display().to_string();
    let words = ["-Verify", "2", "-verify_return_error", "-CAfile", &file];
    let server = ReversingServer::start(&own, &key, words.into_iter().chain(more.iter().copied()));
    Scene::set(&mut scene.settings.server, option("trusted-ca", trusted));
    scene.served_by("openssl", server.address());
    scene.write();
    server
}

/// The server refuses with this alert; where that is to be mended, and how.
#[track_caller]
fn refuses(scene: &Scene, alert: &str, at: &str, remedy: &[&str]) {
    let asked = on_the_client(scene);
    let found = asked.text("/endpoints/0/found");
    assert!(found.contains(alert), "{asked}");
    explained(&asked, at, remedy);
    // The certificate of the client is in order, and its key is that.
    let told = asked.text("/endpoints/0/explanation/remedy");
    for wrong in ["renew", "certificate-key"] {
        assert!(!told.contains(wrong), "{wrong:?}: {asked}");
    }
}

#[track_caller]
fn works(scene: &Scene) {
    let asked = on_the_client(scene);
    assert_eq!(asked.text("/endpoints/0/state"), "as-expected", "{asked}");
    let found = asked.text("/endpoints/0/found");
    assert!(found.starts_with("works"), "{asked}");
}

#[test]
fn a_list_that_is_over() {
    let mut scene = Scene::new();
    let list = scene.list();
    Scene::set(&mut scene.settings.server, list);
    let root = scene.pki.certificate("root");
    let path = scene.pki.path("list.pem").display().to_string();
    let by_list = ["-crl_check", "-CRL", &path];
    let over =
        "-gencrl -crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z -out list.pem";
    scene.authority("root", &over.split(' ').collect::<Vec<_>>());
    let server = judging(&mut scene, "host", &root, &by_list);
    let remedy = [
        "of the server",
        ", or a list of that CA that is in order into crl = ",
    ];
    refuses(&scene, "certificate_expired", "the server", &remedy);
    drop(server);
    scene.make_list("root");
    let _server = judging(&mut scene, "host", &root, &by_list);
    works(&scene);
}

/// The same root, whose time is over.
#[track_caller]
fn over(scene: &Scene, root: &Path, key: &Path) -> PathBuf {
    let over = scene.pki.path("over.pem");
    Call::foreign("openssl", ["x509", "-days", "-1", "-in"])
        .arg(root)
        .arg("-signkey")
        .arg(key)
        .arg("-out")
        .arg(&over)
        .succeeds();
    over
}

#[test]
fn a_trusted_root_that_is_over() {
    let mut scene = Scene::new();
    let [root, key] = [scene.pki.certificate("root"), scene.pki.key("root")];
    let over = over(&scene, &root, &key);
    let server = judging(&mut scene, "host", &over, &[]);
    let remedy = "put the certificate of its CA as it is now into trusted-ca = ";
    refuses(&scene, "certificate_expired", "the server", &[remedy]);
    // So it is told of one service, of whose client the files are read.
    let [own, key, trusted] =
        ["desk.pem", "desk.key", "root.pem"].map(|file| scene.pki.path(file).display().to_string());
    let files = [
        "--certificate",
        &own,
        "--certificate-key",
        &key,
        "--trusted-ca",
        &trusted,
    ];
    let told = probe(scene.address(), &[&["--quick"], &files[..]].concat());
    assert_eq!(told.text("/explanation/at"), "the server", "{told}");
    let said = told.text("/explanation/remedy");
    assert!(
        said.contains("put the certificate of its CA as it is now into trusted-ca of the server"),
        "{told}"
    );
    assert!(
        said.contains(" of the client is valid now") && !said.contains("renew"),
        "{told}"
    );
    // Where the certificate of the client is not known either may be.
    let line = r#"{"message":"handshake refused","role":"client","cause":"alert-45",
        "reason":"the peer refused with the alert certificate_expired (45)"}"#;
    let line = line.replace('\n', "");
    let told = Call::trustpack(["explain-failure", &line]).succeeds();
    let told = told.prints("on either end: renew the certificate in certificate");
    let there = "put the certificate of its CA as it is now into trusted-ca of the server, if the one in there is over, or a list of that CA that \
                 is in order into crl, if it asks for one";
    told.prints(&format!(
        "; or, if that is valid now, {there}; or correct the clock of the server"
    ));
    let line = line
        .replace("45", "48")
        .replace("certificate_expired", "unknown_ca");
    let told = Call::trustpack(["explain-failure", &line]).succeeds();
    told.prints("put a list of it that is in order into crl, if it asks for one");
    drop(server);
    let _server = judging(&mut scene, "host", &root, &[]);
    works(&scene);
}

/// OpenSSL sends a root that it trusts with a certificate that stands alone in its file: that it is over is not of the certificate.
#[test]
fn a_root_that_is_over_at_both_ends() {
    let mut scene = Scene::new();
    let [root, key] = [scene.pki.certificate("root"), scene.pki.key("root")];
    let over = over(&scene, &root, &key);
    scene.pki.issue(Wish::host("elsewhere", "other-root"));
    Scene::own(&scene.pki, &mut scene.settings.server, "elsewhere");
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    let both = scene.pki.path("both.pem");
    let files = [&over, &scene.pki.certificate("other-root")];
    let files = files.map(|file| fs::read_to_string(file).unwrap());
    fs::write(&both, files.concat()).unwrap();
    Scene::set(&mut scene.settings.client, option("trusted-ca", &both));
    let server = judging(&mut scene, "elsewhere", &both, &[]);
    let remedy = "put the certificate of its CA as it is now into trusted-ca = ";
    refuses(&scene, "certificate_expired", "the server", &[remedy]);
    drop(server);
    let _server = judging(&mut scene, "elsewhere", &root, &[]);
    works(&scene);
}

/// A self-signed certificate that the server has in its `trusted-ca`: it is that of the client all the same.
#[test]
fn a_self_signed_certificate_that_is_over() {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    for (name, validity) in [("alone", Validity::Now), ("alone-over", Validity::Over)] {
        let wish = Wish::root(name);
        let extensions = HOST;
        scene.pki.issue(Wish {
            extensions,
            validity,
            ..wish
        });
    }
    let trusted = scene.pki.bundle("trusted.pem", &["alone", "alone-over"]);
    Scene::own(&scene.pki, &mut scene.settings.client, "alone-over");
    let _server = judging(&mut scene, "host", &trusted, &[]);
    let told = on_the_client(&scene);
    let found = told.text("/endpoints/0/found");
    assert!(found.contains("certificate_expired"), "{told}");
    let remedy = "renew the certificate in certificate = ";
    explained(&told, "the client", &[remedy]);
    // As the log of ours says it, which had such a certificate when it ended; the files of the other end are not there.
    let line = r#"{"message":"handshake refused","role":"server","cause":"alert-45","place":"Server:default",
        "reason":"the peer refused with the alert certificate_expired (45)"}"#;
    let line = line.replace('\n', "");
    let mut ours = Scene::new();
    Scene::own(&scene.pki, &mut ours.settings.server, "alone-over");
    ours.write();
    let call = Call::trustpack(["explain-failure", "--fleet"]).arg(ours.fleet());
    let told = call.args(["--host", "host.example.com", &line]).succeeds();
    told.prints(&format!("on the server: {remedy}"));
    Scene::own(&scene.pki, &mut scene.settings.client, "alone");
    scene.write();
    works(&scene);
}

/// Ours sends the alert of those that are over for them as well.
#[test]
fn a_certificate_that_is_not_valid_yet() {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    for (name, validity) in [("early", Validity::ToCome), ("late", Validity::Over)] {
        let wish = Wish::host(name, "root");
        scene.pki.issue(Wish { validity, ..wish });
    }
    scene.start();
    for (name, remedy) in [
        (
            "early",
            "put a certificate that is valid now into certificate = ",
        ),
        ("late", "renew the certificate in certificate = "),
    ] {
        Scene::own(&scene.pki, &mut scene.settings.client, name);
        scene.write();
        let told = on_the_client(&scene);
        let found = told.text("/endpoints/0/found");
        assert!(found.contains("certificate_expired"), "{told}");
        explained(&told, "the client", &[remedy]);
    }
}

/// What is valid by the clock of the client is over by that of the server.
#[test]
fn a_clock_that_is_wrong() {
    let mut scene = Scene::new();
    let short = scene.pki.path("short.pem");
    let words = "x509 -req -in desk.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile desk.ext -days 30 -out short.pem";
    Call::foreign("openssl", words.split(' '))
        .within(scene.pki.dir())
        .succeeds();
    Scene::set(&mut scene.settings.client, option("certificate", &short));
    scene.write();
    let run = |scene: &Scene| {
        let words = ["tunnel", "run", "--host", "host.example.com", "--fleet"];
        Call::trustpack(words).arg(scene.fleet())
    };
    let of_ours = scene.settings.of_connection.clone();
    let clock = "or correct the clock of the server, if that is wrong";
    let later = "2095-01-01 00:00:00";
    let server = Tunnel::start(clock::starting_at(later, run(&scene)));
    for of_connection in [of_ours, "engine = \"openssl\"".to_owned()] {
        scene.settings.of_connection = of_connection;
        scene.write();
        refuses(&scene, "certificate_expired", "the server", &[clock]);
        let with_files = Asked::of(scene.probe(&["Desk/Server", "--json"]));
        explained(&with_files, "the server", &[clock]);
    }
    server.tell_to_stop();
    drop(server.end());
    let _server = Tunnel::start(run(&scene));
    works(&scene);
}

/// Where certificates have no key ids, OpenSSL finds out by the signature that it is another key.
#[test]
fn another_key_of_the_ca() {
    let mut scene = Scene::new();
    let plain = |extensions: &str| {
        let lines = extensions.lines().map(|line| match line.split_once('=') {
            Some((name, _)) if name.ends_with("KeyIdentifier") => format!("{name}=none"),
            _other => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let of_ca = plain(&format!("{CA}\nauthorityKeyIdentifier=none"));
    let of_host = plain(HOST);
    let again = Pki::new();
    for pki in [&scene.pki, &again] {
        let wish = Wish::root("plain");
        let extensions = &of_ca;
        pki.issue(Wish { extensions, ..wish });
    }
    let wish = Wish::host("client", "plain");
    let extensions = &of_host;
    scene.pki.issue(Wish { extensions, ..wish });
    Scene::own(&scene.pki, &mut scene.settings.client, "client");
    let both = scene.pki.bundle("both.pem", &["root", "plain"]);
    Scene::set(&mut scene.settings.client, option("trusted-ca", &both));
    // Of ours it is known that its key is that of its certificate, and of a client of another engine as well, which has just signed with it.
    let of_ours = scene.settings.of_connection.clone();
    for of_connection in [of_ours, "engine = \"openssl\"".to_owned()] {
        scene.settings.of_connection = of_connection;
        let server = judging(&mut scene, "host", &again.certificate("plain"), &[]);
        let remedy = "if that CA has another key by now, put its certificate as it is now into trusted-ca = ";
        refuses(&scene, "decrypt_error", "either end", &[remedy]);
        drop(server);
        let now = scene.pki.certificate("plain");
        let _server = judging(&mut scene, "host", &now, &[]);
        works(&scene);
    }
}
