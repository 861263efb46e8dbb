//! Clients of other engines than ours, which connects in their place: with what that engine shows, and by its rules as far as these
//! are known; where ours judges otherwise that is said. What OpenSSL really does stands beside it.

use std::io::Write as _;
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST, Key, Validity, Wish};
use trustpack_e2e::plain::Service;

use crate::asked::Asked;
use crate::scene::{Scene, explained, option};

/// What is said of the connection on the machine of the client: of the server nothing is known but its settings.
#[track_caller]
pub(crate) fn on_the_client(scene: &Scene) -> Asked {
    let call = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
    Asked::of(call.args(["--host", "desk.example.com", "--json"]).run())
}

/// A client of OpenSSL, and a server that asks for no certificate.
pub(crate) fn of_openssl() -> Scene {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    scene.settings.port = "tls=1".to_owned();
    scene
}

/// What is said of the connection: on the machine of the client, and with the files of both.
#[track_caller]
fn both(scene: &Scene) -> [Asked; 2] {
    let with_files = Asked::of(scene.probe(&["Desk/Server", "--json"]));
    [on_the_client(scene), with_files]
}

/// Whether OpenSSL itself connects, which trusts this file. Its input is empty, so that it ends after the handshake.
#[track_caller]
fn really(scene: &Scene, trusted: &Path) -> bool {
    let words = ["s_client", "-verify_return_error", "-verify_hostname"];
    let call = Call::foreign("openssl", words).args(["host.example.com", "-CAfile"]);
    let call = call.arg(trusted);
    let outcome = call.args(["-connect", &scene.address().to_string()]).run();
    outcome.status.success()
}

/// Its own engine shows a certificate that ours would not start with, and judges with its own files: so it is asked.
#[test]
fn a_client_of_another_engine_with_a_bad_certificate() {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    let for_servers = HOST.replace(",clientAuth", "");
    scene.pki.issue(Wish {
        validity: Validity::Over,
        ..Wish::host("over", "root")
    });
    scene.pki.issue(Wish {
        extensions: &for_servers,
        ..Wish::host("for-servers", "root")
    });
    let good = scene.settings.clone();
    scene.start();
    for (name, remedy) in [
        ("over", "renew the certificate in certificate = "),
        ("for-servers", "that is for clients (clientAuth)"),
    ] {
        Scene::own(&scene.pki, &mut scene.settings.client, name);
        scene.write();
        for asked in [
            on_the_client(&scene),
            Asked::of(scene.probe(&["Desk/Server", "--json"])),
        ] {
            explained(&asked, "the client", &[remedy]);
            let found = asked.text("/endpoints/0/found");
            assert!(found.contains("the peer refused with the alert"), "{asked}");
        }
        assert_eq!(
            on_the_client(&scene).text("/endpoints/0/state"),
            "different"
        );
    }
    // A server that asks for none lets it in, if it takes that itself.
    scene.settings.port = "tls=1".to_owned();
    scene.start();
    assert_eq!(
        on_the_client(&scene).text("/endpoints/0/state"),
        "as-expected"
    );
    let other = option("trusted-ca", &scene.pki.certificate("other-root"));
    Scene::set(&mut scene.settings.client, other);
    scene.write();
    let remedy = "add the certificate of the CA that issued it to trusted-ca = ";
    explained(&on_the_client(&scene), "the client", &[remedy]);
    scene.settings = good;
    scene.start();
    scene.works();
    assert_eq!(
        on_the_client(&scene).text("/endpoints/0/state"),
        "as-expected"
    );
}

/// What its own engine does not trust, ours does: it is asked by the rules of its own.
#[test]
fn a_client_of_openssl_that_trusts_no_root() {
    let mut scene = of_openssl();
    scene.pki.issue(Wish {
        issuer: "root",
        ..Wish::root("middle")
    });
    scene.pki.issue(Wish::host("below", "middle"));
    Scene::own(&scene.pki, &mut scene.settings.server, "below");
    let chain = scene.pki.bundle("chain.pem", &["below", "middle"]);
    Scene::set(&mut scene.settings.server, option("certificate", &chain));
    let middle = scene.pki.certificate("middle");
    Scene::set(&mut scene.settings.client, option("trusted-ca", &middle));
    scene.start();
    assert!(!really(&scene, &middle));
    let remedy = "openssl trusts a CA that is no root only if its root is in there too";
    for asked in both(&scene) {
        explained(&asked, "the client", &["to trusted-ca = ", remedy]);
        let found = asked.text("/endpoints/0/found");
        assert!(found.starts_with("fails at the step path"), "{asked}");
    }
    let whole = scene.pki.bundle("both.pem", &["middle", "root"]);
    assert!(really(&scene, &whole));
    Scene::set(&mut scene.settings.client, option("trusted-ca", &whole));
    scene.write();
    scene.works();
}

/// Ours takes the certificate of a server, or refuses it, and OpenSSL does otherwise: what that does is told, if it is known.
#[test]
fn what_openssl_makes_of_the_certificate_of_a_server() {
    let any = HOST.replace("serverAuth,clientAuth", "anyExtendedKeyUsage");
    let old = HOST.replace("digitalSignature", "keyAgreement");
    let root_of = |scene: &Scene| scene.pki.certificate("root");
    for (extensions, connects, found, states, remedy) in [
        (
            &any,
            false,
            "fails at the step path: the certificate",
            ["different", "as-expected"],
            "put a certificate into certificate = ",
        ),
        (
            &old,
            true,
            "not known: the key usage of the certificate",
            ["as-expected", "as-expected"],
            "if it does not, put a certificate into certificate = ",
        ),
    ] {
        let mut scene = of_openssl();
        let wish = Wish::host("other", "root");
        scene.pki.issue(Wish { extensions, ..wish });
        Scene::own(&scene.pki, &mut scene.settings.server, "other");
        let [own, key] = [scene.pki.certificate("other"), scene.pki.key("other")];
        let running = ReversingServer::start(&own, &key, [""; 0]);
        scene.served_by("openssl", running.address());
        scene.write();
        assert_eq!(really(&scene, &root_of(&scene)), connects, "{extensions}");
        for (asked, state) in both(&scene).iter().zip(states) {
            assert_eq!(asked.text("/endpoints/0/state"), state, "{asked}");
            assert!(
                asked.text("/endpoints/0/found").starts_with(found),
                "{asked}"
            );
            explained(asked, "the server", &[remedy]);
        }
        Scene::own(&scene.pki, &mut scene.settings.server, "host");
        let [own, key] = [scene.pki.certificate("host"), scene.pki.key("host")];
        let running = ReversingServer::start(&own, &key, [""; 0]);
        scene.served_by("openssl", running.address());
        scene.write();
        scene.works();
    }
}

/// A server of OpenSSL with this certificate, and with these options.
#[track_caller]
pub(crate) fn serve(scene: &mut Scene, name: &str, options: &[&str]) -> ReversingServer {
    Scene::own(&scene.pki, &mut scene.settings.server, name);
    let [own, key] = [scene.pki.certificate(name), scene.pki.key(name)];
    let running = ReversingServer::start(&own, &key, options);
    scene.served_by("openssl", running.address());
    scene.write();
    running
}

#[track_caller]
pub(crate) fn found(asked: &Asked, state: &str, begins: &str) {
    assert_eq!(asked.text("/endpoints/0/state"), state, "{asked}");
    let found = asked.text("/endpoints/0/found");
    assert!(found.starts_with(begins), "{begins:?}: {asked}");
}

/// The certificate of the client is over, which the server says.
#[track_caller]
fn refused_as_over(scene: &mut Scene) {
    Scene::own(&scene.pki, &mut scene.settings.client, "over");
    scene.write();
    for (asked, state) in both(scene).iter().zip(["different", "as-expected"]) {
        let alert = "fails: the peer refused with the alert certificate_expired";
        found(asked, state, alert);
        let remedy = "renew the certificate in certificate = ";
        explained(asked, "the client", &[remedy]);
    }
}

/// That it is not known whether the client takes the server hides nothing that the server has against it, and nothing that is
/// certain.
#[test]
fn what_is_not_known_hides_nothing() {
    let mut scene = of_openssl();
    let extensions = HOST.replace("digitalSignature", "keyAgreement");
    for (name, validity) in [("old", Validity::Now), ("old-and-over", Validity::Over)] {
        let wish = Wish::host(name, "root");
        let extensions = &extensions;
        scene.pki.issue(Wish {
            extensions,
            validity,
            ..wish
        });
    }
    let validity = Validity::Over;
    let wish = Wish::host("over", "root");
    scene.pki.issue(Wish { validity, ..wish });
    let root = scene.pki.certificate("root").display().to_string();
    let demands = ["-Verify", "2", "-verify_return_error", "-CAfile", &root];
    scene.settings.port = "tls=1;tls-mutual=1".to_owned();
    let running = serve(&mut scene, "old", &demands);
    for asked in both(&scene) {
        found(&asked, "as-expected", "not known: the key usage");
    }
    refused_as_over(&mut scene);
    drop(running);
    Scene::own(&scene.pki, &mut scene.settings.client, "desk");
    let _running = serve(&mut scene, "old-and-over", &demands);
    for (asked, state) in both(&scene).iter().zip(["different", "as-expected"]) {
        found(asked, state, "fails at the step dates: ");
        explained(
            asked,
            "the server",
            &["renew the certificate in certificate = "],
        );
    }
}

/// What it agrees on with suites that ours has not is not known; what comes behind that is seen all the same.
#[test]
fn a_client_of_whose_suites_ours_has_none() {
    let mut scene = of_openssl();
    let validity = Validity::Over;
    let wish = Wish::host("over", "root");
    scene.pki.issue(Wish { validity, ..wish });
    for line in [
        "sec-protocol = \"TLSv12\"",
        "cipher-list = \"ECDHE-ECDSA-AES128-SHA\"",
    ] {
        Scene::set(&mut scene.settings.client, line.to_owned());
    }
    let root = scene.pki.certificate("root").display().to_string();
    let demands = ["-Verify", "2", "-verify_return_error", "-CAfile", &root];
    scene.settings.port = "tls=1;tls-mutual=1".to_owned();
    let _running = serve(&mut scene, "host", &demands);
    for asked in both(&scene) {
        let words = "not known: trustpack, which has tried in the place of the client";
        found(&asked, "as-expected", words);
    }
    refused_as_over(&mut scene);
    // A list of OpenSSL does not limit TLS 1.3, on which they agree then.
    let lines = &mut scene.settings.client;
    lines.retain(|line| !line.starts_with("sec-protocol"));
    Scene::own(&scene.pki, lines, "desk");
    scene.write();
    for asked in both(&scene) {
        found(&asked, "as-expected", "works, TLS 1.3");
    }
}

/// Nor is what becomes of it where the server takes none of ours.
#[test]
fn a_client_and_a_server_of_whose_suites_ours_has_none() {
    let mut scene = of_openssl();
    let suite = "ECDHE-ECDSA-AES128-SHA";
    for line in [
        "sec-protocol = \"TLSv12\"".to_owned(),
        format!("cipher-list = \"{suite}\""),
    ] {
        Scene::set(&mut scene.settings.client, line);
    }
    let _server = serve(&mut scene, "host", &["-tls1_2", "-cipher", suite]);
    for asked in both(&scene) {
        let words = "not known: trustpack, which has tried in the place of the client";
        found(&asked, "as-expected", words);
    }
}

/// What has nothing to do with suites is told as what it is.
#[test]
fn plain_text_is_no_matter_of_suites() {
    let mut scene = of_openssl();
    let list = "cipher-list = \"ECDHE-ECDSA-AES128-SHA\"".to_owned();
    Scene::set(&mut scene.settings.client, list);
    let program = Service::start(|mut stream| drop(stream.write_all(b"220 ready\r\n")));
    scene.served_by("openssl", program.address());
    scene.write();
    for asked in both(&scene) {
        found(&asked, "different", "plain text instead of TLS");
    }
}

/// The inventory calls a certificate what the rows do.
#[test]
fn the_inventory_goes_by_the_engine_of_the_client() {
    let any = HOST.replace("serverAuth,clientAuth", "anyExtendedKeyUsage");
    let old = HOST.replace("digitalSignature", "keyAgreement");
    for (extensions, state) in [(&any, "refused"), (&old, "valid")] {
        let mut scene = of_openssl();
        let wish = Wish::host("other", "root");
        scene.pki.issue(Wish { extensions, ..wish });
        let _running = serve(&mut scene, "other", &[]);
        let asked = Asked::of(scene.probe(&["Desk/Server", "--inventory", "--json"]));
        assert_eq!(asked.text("/certificates/0/state"), state, "{asked}");
    }
}

/// Its engine signs with a key that ours does not: what the server makes of its certificate is not known, and it is not said to have none.
#[test]
fn a_key_that_ours_does_not_sign_with() {
    let mut scene = of_openssl();
    let key = Key::SmallRsa;
    let wish = Wish::host("small", "root");
    scene.pki.issue(Wish { key, ..wish });
    Scene::own(&scene.pki, &mut scene.settings.client, "small");
    scene.settings.port = "tls=1;tls-mutual=1".to_owned();
    let root = scene.pki.certificate("root").display().to_string();
    let taken = ["-cipher", "DEFAULT@SECLEVEL=0", "-CAfile", &root];
    let words = "not known: trustpack, which has tried in the place of the client, cannot sign with the key";
    let told = "if it does not, put a certificate with another key into certificate = ";
    for version in ["-tls1_2", "-tls1_3"] {
        let demands = ["-Verify", "2", "-verify_return_error"];
        let options = [&[version], &demands[..], &taken].concat();
        let _server = serve(&mut scene, "host", &options);
        for asked in both(&scene) {
            found(&asked, "as-expected", words);
            explained(&asked, "the client", &[told]);
        }
    }
    // One that asks, and lets in without, says no more.
    let options = [&["-verify", "2", "-verify_return_error"], &taken[..]].concat();
    let server = serve(&mut scene, "host", &options);
    for asked in both(&scene) {
        found(&asked, "as-expected", words);
        let told = asked.text("/endpoints/0/explanation");
        assert_eq!(told, "null", "{asked}");
    }
    drop(server);
    // One that asks for none has nothing against it.
    let _server = serve(&mut scene, "host", &[]);
    for asked in both(&scene) {
        found(&asked, "as-expected", "works");
    }
    // Ours refuses it, and says what a key has to be.
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    scene.pki.issue(Wish { key, ..wish });
    Scene::own(&scene.pki, &mut scene.settings.client, "small");
    scene.start();
    for (asked, state) in both(&scene).iter().zip(["different", "as-expected"]) {
        found(
            asked,
            state,
            "fails: the peer refused with the alert certificate_required",
        );
        explained(asked, "the client", &["a key of today, also above it"]);
    }
    // Unless it is told to take that.
    let until = "danger-accept-weak = \"2099-01-01\"".to_owned();
    Scene::set(&mut scene.settings.server, until);
    scene.start();
    for asked in both(&scene) {
        found(&asked, "as-expected", words);
    }
    Scene::own(&scene.pki, &mut scene.settings.client, "desk");
    scene.write();
    scene.works();
}
