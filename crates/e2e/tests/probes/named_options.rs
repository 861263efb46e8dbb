//! A server of the fleet with which nobody comes to an agreement: where an option of its settings is to blame it is named, with its
//! value and where it stands; and what is to be done about it makes the connection work.

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{Key, Wish};

use crate::asked::Asked;
use crate::scene::Scene;

/// Lets OpenSSL serve the port with this certificate, which the settings name as well.
fn serve(scene: &mut Scene, name: &str, options: &[&str]) -> ReversingServer {
    Scene::own(&scene.pki, &mut scene.settings.server, name);
    let (own, key) = (scene.pki.certificate(name), scene.pki.key(name));
    let server = ReversingServer::start(&own, &key, options);
    scene.served_by("openssl", server.address());
    scene.write();
    server
}

/// The remedy for the server, of its connection and of its port, with its files and without.
#[track_caller]
fn remedies(scene: &Scene) -> Vec<String> {
    let mut told = Vec::new();
    for words in [["Desk/Server", "--json"], ["Server", "--json"]] {
        let without = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
        for outcome in [scene.probe(&words), without.args(words).run()] {
            let asked = Asked::of(outcome);
            let text = |key: &str| asked.text(&format!("/endpoints/0/explanation/{key}"));
            assert_eq!(text("at"), "the server", "{asked}");
            told.push(text("remedy"));
        }
    }
    told
}

#[test]
fn a_list_of_ours_that_does_not_fit_the_key() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene.pki.issue(Wish {
        key: Key::Rsa,
        ..Wish::host("large", "root")
    });
    Scene::own(&scene.pki, &mut scene.settings.server, "large");
    let list = |names: &str| format!("cipher-list = \"{names}\"");
    let bad = "ECDHE-ECDSA-AES128-GCM-SHA256";
    let old = "sec-protocol-max = \"TLSv12\"".to_owned();
    Scene::set(&mut scene.settings.server, old);
    Scene::set(&mut scene.settings.server, list(bad));
    scene.start();
    for remedy in remedies(&scene) {
        assert!(
            remedy.starts_with(&format!("take cipher-list = {bad} (")),
            "{remedy}"
        );
        assert!(
            remedy.contains("fit the key in its certificate"),
            "{remedy}"
        );
    }
    let named = "which is RSA 2048 bits, such as ECDHE-RSA-AES128-GCM-SHA256";
    assert!(
        remedies(&scene)[0].contains(named),
        "{:?}",
        remedies(&scene)
    );
    let fit = "fit the kind of key in the certificate of the server";
    scene.log_says("the server", &["take cipher-list = ", fit]);
    // Either of the two.
    let both = format!("{bad}:ECDHE-RSA-AES128-GCM-SHA256");
    Scene::set(&mut scene.settings.server, list(&both));
    scene.start();
    scene.works();
    scene
        .settings
        .server
        .retain(|line| !line.starts_with("cipher-list"));
    scene.start();
    scene.works();
}

#[test]
fn a_list_in_the_settings_of_another_make() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let bad = "ECDHE-ECDSA-AES128-SHA256";
    let good = "ECDHE-ECDSA-AES128-GCM-SHA256";
    let _running = serve(&mut scene, "host", &["-tls1_2", "-cipher", bad]);
    let list = |names: &str| format!("cipher-list = \"{names}\"");
    Scene::set(&mut scene.settings.server, list(bad));
    scene.write();
    for remedy in remedies(&scene) {
        let begin = format!("take cipher-list = {bad} (");
        assert!(remedy.starts_with(&begin), "{remedy}");
        assert!(remedy.ends_with(&format!("such as {good}")), "{remedy}");
    }
    // Where it is mended there, and what runs is as before.
    let both = format!("{bad}:{good}");
    Scene::set(&mut scene.settings.server, list(&both));
    scene.write();
    for remedy in remedies(&scene) {
        let begin = format!("by cipher-list = {both} (");
        assert!(remedy.starts_with(&begin), "{remedy}");
        assert!(
            remedy.contains("let it read them again, or restart it"),
            "{remedy}"
        );
    }
    let _running = serve(&mut scene, "host", &["-tls1_2", "-cipher", &both]);
    scene.works();
}

#[test]
fn the_file_of_a_key_that_is_not_spoken() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene.pki.issue(Wish {
        key: Key::P521,
        ..Wish::host("rare", "root")
    });
    let _running = serve(&mut scene, "rare", &["-tls1_2"]);
    let file = scene.pki.certificate("rare").display().to_string();
    for remedy in remedies(&scene) {
        let begin =
            format!("put a certificate with another kind of key into certificate = {file} (");
        assert!(remedy.starts_with(&begin), "{remedy}");
    }
    let _running = serve(&mut scene, "host", &["-tls1_2"]);
    scene.works();
}
