//! Lines of the log of the fleet's client, for each cause: which end is named, and what is to be done. Nobody asks there who called.

use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::HOST_NAME;

use crate::scene::Scene;

const CLIENT: &str = "the client";
const SERVER: &str = "the server";

#[test]
fn lines_of_the_client() {
    let scene = Scene::new();
    scene.write();
    let file = |name: &str| scene.pki.certificate(name).display().to_string();
    let [own, other] = ["host", "desk"].map(file);
    for (cause, reason, at, remedy) in [
        (
            "no-version",
            "there is no version of TLS that both ends allow",
            SERVER,
            "what runs there has others",
        ),
        (
            "alert-70",
            "the peer refused with the alert protocol_version (70)",
            SERVER,
            "what runs there has others",
        ),
        (
            "alert-112",
            "the peer refused with the alert unrecognized_name (112)",
            SERVER,
            "let it answer to host.example.com",
        ),
        (
            "alert-116",
            "the peer refused with the alert certificate_required (116)",
            CLIENT,
            &other,
        ),
        (
            "alert-45",
            "the peer refused with the alert certificate_expired (45)",
            CLIENT,
            &other,
        ),
        ("expired", "it was valid until 2026", SERVER, &own),
        (
            "plain-text",
            "plain text instead of TLS",
            SERVER,
            "let its tunnel have that port",
        ),
    ] {
        let line = format!(
            r#"{{"level":"WARN","message":"handshake refused","reason":"{reason}","place":"Desk/Server:default","role":"client","cause":"{cause}"}}"#
        );
        let (told_at, told) = scene.told_of(&line);
        assert_eq!(told_at, at, "{cause}: {told}");
        assert!(told.contains(remedy), "{remedy:?} is not in {told:?}");
        assert!(!told.contains("called"), "{told}");
    }
}

#[test]
fn a_server_that_does_not_know_its_name() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let serve = |scene: &mut Scene, name: &str| {
        let [own, key] = [scene.pki.certificate("host"), scene.pki.key("host")];
        let [second, second_key] =
            [own.clone(), key.clone()].map(|file| file.display().to_string());
        let of_name = [
            "-servername",
            name,
            "-servername_fatal",
            "-cert2",
            &second,
            "-key2",
            &second_key,
        ];
        let server = ReversingServer::start(&own, &key, of_name);
        scene.served_by("openssl", server.address());
        scene.write();
        server
    };
    let running = serve(&mut scene, "other.example.com");
    let why = "unrecognized_name";
    let remedy = ["let it answer to host.example.com, the name of its host"];
    scene.fails(why, SERVER, &remedy);
    drop(running);
    let _running = serve(&mut scene, HOST_NAME);
    scene.works();
}
