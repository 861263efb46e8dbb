//! A server of the fleet with which nobody comes to an agreement: where an option of its settings is to blame it is named, with its
//! value and where it stands; and what is to be done about it makes the connection work.
//!
//! Long because each option that can be in the way has its stage here.

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST, Key, Wish};

use crate::asked::Asked;
use crate::clients::connect;
use crate::scene::{Scene, explained};

/// Simple TLS: what the client has does not matter.
fn simple() -> Scene {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene
}

/// The same with a server that has an RSA key.
fn with_rsa_key() -> Scene {
    let mut scene = simple();
    scene.own_with_key("large", Key::Rsa);
    scene
}

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
    let mut scene = with_rsa_key();
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
    let mut scene = simple();
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
    let mut scene = simple();
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

/// The client is held at TLS 1.2, and the server has TLS 1.3 too.
fn held_back(mut scene: Scene) -> Scene {
    Scene::set(&mut scene.settings.client, MAX.to_owned());
    scene
}

const MAX: &str = "sec-protocol-max = \"TLSv12\"";

fn allow(lines: &mut Vec<String>) {
    lines.retain(|line| line != MAX);
}

fn list(lines: &mut Vec<String>, names: &str) {
    Scene::set(lines, format!("cipher-list = \"{names}\""));
}

/// The connection fails, on this end, and these words are to be done. Without files it fails as well: its versions and suites are in
/// its settings.
#[track_caller]
fn told(scene: &Scene, why: &str, at: &str, remedy: &[&str]) {
    let without = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
    let asked = Asked::of(without.args(["Desk/Server", "--json"]).run());
    let found = asked.text("/endpoints/0/found");
    assert!(found.starts_with("fails at the step protocol"), "{asked}");
    let why_there = asked.text("/endpoints/0/explanation/what");
    assert!(why_there.contains("the server "), "{asked}");
    let asked = Asked::of(scene.probe(&["Desk/Server", "--json"]));
    explained(&asked, at, remedy);
    let what = asked.text("/endpoints/0/explanation/what");
    assert!(what.contains(why), "{why:?}: {asked}");
}

#[test]
fn a_list_of_the_server_for_one_that_is_held_back() {
    let mut scene = held_back(with_rsa_key());
    let bad = "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256";
    list(&mut scene.settings.server, bad);
    scene.start();
    let take = format!("take cipher-list = {bad} (");
    let or_client = "; or let sec-protocol-max = TLSv12 (";
    let why = "the server speaks TLS 1.3, and takes nothing of TLS 1.2";
    told(&scene, why, "the server", &[&take, or_client]);
    let with_suite = format!("{bad}:ECDHE-RSA-AES128-GCM-SHA256");
    list(&mut scene.settings.server, &with_suite);
    scene.start();
    scene.works();
    // Or on the client.
    list(&mut scene.settings.server, bad);
    allow(&mut scene.settings.client);
    scene.start();
    scene.works();
}

#[test]
fn a_list_of_one_that_is_held_back() {
    let mut scene = held_back(simple());
    scene.own_with_key("ed", Key::Ed25519);
    let bad = "ECDHE-RSA-AES128-GCM-SHA256";
    list(&mut scene.settings.client, bad);
    scene.start();
    let suite = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    let of_curves = "ECDHE-ECDSA-AES128-GCM-SHA256";
    let add = format!("add {of_curves} to cipher-list = {bad} (");
    told(&scene, suite, "the client", &[&add]);
    list(&mut scene.settings.client, &format!("{bad}:{suite}"));
    scene.write();
    scene.works();
    // One of another make, and the same length of key.
    let mut scene = held_back(simple());
    let longer = "ECDHE-ECDSA-AES256-GCM-SHA384";
    let _running = serve(&mut scene, "host", &["-cipher", longer]);
    list(&mut scene.settings.client, "ECDHE-ECDSA-AES128-GCM-SHA256");
    scene.write();
    let add = "add ECDHE-ECDSA-AES256-GCM-SHA384 to cipher-list = ";
    told(
        &scene,
        "the server speaks TLS_ECDHE_ECDSA_",
        "the client",
        &[add],
    );
    list(&mut scene.settings.client, longer);
    scene.write();
    scene.works();
}

#[test]
fn what_a_server_lacks_for_one_that_is_held_back() {
    let rare = Wish {
        key: Key::P521,
        ..Wish::host("rare", "root")
    };
    let old = ["-cipher", "ECDHE-ECDSA-AES128-SHA"];
    let both = [
        "-cipher",
        "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256",
    ];
    for (name, options, lacks, remedy, mended) in [
        (
            "host",
            &old[..],
            "and in TLS 1.2 the server takes no suite of today",
            "; or on the server: let it take suites with ECDHE",
            &both[..],
        ),
        (
            "rare",
            &[],
            "and in TLS 1.2 the key in the server's certificate is on secp521r1",
            "; or on the server: put a certificate with another kind of key into certificate = ",
            &[],
        ),
    ] {
        let mut scene = held_back(simple());
        scene.pki.issue(rare);
        let running = serve(&mut scene, name, options);
        let allow_it = "let sec-protocol-max = TLSv12 (";
        told(&scene, lacks, "either end", &[allow_it, remedy]);
        drop(running);
        let _running = serve(&mut scene, "host", mended);
        scene.works();
        let _running = serve(&mut scene, name, options);
        allow(&mut scene.settings.client);
        scene.write();
        scene.works();
    }
}

#[test]
fn a_server_that_runs_with_other_versions() {
    let mut scene = held_back(simple());
    let _running = serve(&mut scene, "host", &["-tls1_3"]);
    let why = "the server speaks TLS 1.3, and takes nothing of TLS 1.2";
    told(
        &scene,
        why,
        "the server",
        &["what runs has others", "restart it"],
    );
    let _running = serve(&mut scene, "host", &[]);
    scene.works();
}

const NONE: &str = "fails at the step protocol";
const OLDER: &str = "TLS 1.2";
const NEWER: &str = "TLS 1.3";

/// An engine with `sec-protocol`, and what it comes to: at a server that has nothing of TLS 1.2 for its key, and at one that has.
const ENGINES: [(&str, &str, [&str; 2]); 6] = [
    ("openssl", "TLSv12", [NONE, OLDER]),
    ("schannel", "TLSv12", [NONE, OLDER]),
    ("jsse", "TLSv12", [NONE, OLDER]),
    ("openssl", "TLSv13", [NEWER, NEWER]),
    ("openssl", "", [NEWER, NEWER]),
    ("trustpack", "TLSv12", [NEWER, NEWER]),
];

/// What `sec-protocol` of the client means is a matter of its engine: it is asked so with its files and without.
#[test]
fn versions_of_the_engine_of_the_client() {
    let mut scene = with_rsa_key();
    let of_13_alone = "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256";
    let of_both = format!("{of_13_alone}:ECDHE-RSA-AES128-GCM-SHA256");
    let place = ["Desk/Server", "--json"];
    for (turn, names) in [of_13_alone, &of_both].into_iter().enumerate() {
        list(&mut scene.settings.server, names);
        scene.start();
        for (engine, lowest, found) in ENGINES {
            scene.settings.of_connection = match engine {
                "trustpack" => "tunnel = \"127.0.0.1:1\"".to_owned(),
                engine => format!("engine = \"{engine}\""),
            };
            let lowest = format!("sec-protocol = \"{lowest}\"");
            Scene::set(&mut scene.settings.client, lowest);
            scene.write();
            let without = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
            let with_files = Asked::of(scene.probe(&place));
            // The key of the server is in its file: it is as expected.
            let state = with_files.text("/endpoints/0/state");
            assert_eq!(state, "as-expected", "{with_files}");
            for asked in [with_files, Asked::of(without.args(place).run())] {
                let told = asked.text("/endpoints/0/found");
                let told = told.strip_prefix("works, ").unwrap_or(&told);
                assert!(told.starts_with(found[turn]), "{engine} {found:?}: {asked}");
            }
        }
    }
    // What OpenSSL does itself.
    list(&mut scene.settings.server, of_13_alone);
    scene.start();
    for (version, is_up) in [("-tls1_2", false), ("-tls1_3", true)] {
        let outcome = connect(&scene, &[], &[version]);
        assert_eq!(outcome.status.success(), is_up, "{outcome}");
    }
}

#[test]
fn a_version_and_a_list_of_one_that_is_held_back() {
    let mut scene = held_back(simple());
    let options = [
        "-cipher",
        "ECDHE-ECDSA-AES128-SHA",
        "-ciphersuites",
        "TLS_CHACHA20_POLY1305_SHA256",
    ];
    let _running = serve(&mut scene, "host", &options);
    let own = "ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256";
    list(&mut scene.settings.client, own);
    scene.write();
    let both = "allow TLS 1.3, and add TLS_CHACHA20_POLY1305_SHA256 to cipher-list = ";
    told(&scene, "the server speaks TLS 1.3", "either end", &[both]);
    allow(&mut scene.settings.client);
    let with_suite = format!("{own}:TLS_CHACHA20_POLY1305_SHA256");
    list(&mut scene.settings.client, &with_suite);
    scene.write();
    scene.works();
}

#[test]
fn lists_of_both_ends_that_do_not_fit_the_key() {
    let mut scene = held_back(with_rsa_key());
    let of_curves = "ECDHE-ECDSA-AES128-GCM-SHA256";
    let own = format!("{of_curves}:TLS_AES_128_GCM_SHA256");
    list(&mut scene.settings.server, &own);
    list(&mut scene.settings.client, of_curves);
    scene.start();
    // Whatever the server does with its list, that of the client has nothing for its key.
    let why = "the client allows TLS 1.2 alone, the server speaks TLS 1.3";
    let allow_it = "let sec-protocol-max = TLSv12 (";
    told(&scene, why, "the client", &[allow_it]);
    list(
        &mut scene.settings.server,
        &format!("{own}:ECDHE-RSA-AES128-GCM-SHA256"),
    );
    scene.start();
    let suite = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    told(
        &scene,
        suite,
        "the client",
        &["add ECDHE-RSA-AES128-GCM-SHA256 to cipher-list = "],
    );
    list(&mut scene.settings.server, &own);
    allow(&mut scene.settings.client);
    scene.start();
    scene.works();
}

/// No version in common, and a certificate that is refused as soon as there is one: both are told, and both are to be mended.
#[test]
fn a_version_and_a_certificate_of_the_client() {
    let mut scene = Scene::new();
    scene.settings.of_connection = "engine = \"openssl\"".to_owned();
    let for_servers = HOST.replace(",clientAuth", "");
    scene.pki.issue(Wish {
        extensions: &for_servers,
        ..Wish::host("for-servers", "root")
    });
    Scene::own(&scene.pki, &mut scene.settings.client, "for-servers");
    let newer = "sec-protocol = \"TLSv13\"".to_owned();
    Scene::set(&mut scene.settings.client, newer);
    let root = scene.pki.certificate("root").display().to_string();
    let demands = ["-tls1_2", "-Verify", "2", "-verify_return_error"];
    let demands = [&demands[..], &["-CAfile", &root]].concat();
    let _running = serve(&mut scene, "host", &demands);
    let place = ["Desk/Server", "--json"];
    let of_certificate = "that is for clients (clientAuth)";
    let asked = Asked::of(scene.probe(&place));
    let found = asked.text("/endpoints/0/found");
    assert!(found.starts_with("fails at the step protocol"), "{asked}");
    let remedy = asked.text("/endpoints/0/explanation/remedy");
    for words in [
        "let sec-protocol = TLSv13 (",
        "of the client allow TLS 1.2",
        "; when that is mended, the server refuses the client's certificate: ",
        "; on the client: put a certificate into ",
        of_certificate,
    ] {
        assert!(remedy.contains(words), "{words:?}: {asked}");
    }
    // The one is mended.
    let lines = &mut scene.settings.client;
    lines.retain(|line| !line.starts_with("sec-protocol"));
    scene.write();
    let why = "the server refuses the client's certificate";
    scene.fails(why, "the client", &[of_certificate]);
    // Then the other one; and first that one.
    Scene::own(&scene.pki, &mut scene.settings.client, "desk");
    scene.write();
    scene.works();
    Scene::set(
        &mut scene.settings.client,
        "sec-protocol = \"TLSv13\"".to_owned(),
    );
    scene.write();
    let asked = Asked::of(scene.probe(&place));
    let remedy = asked.text("/endpoints/0/explanation/remedy");
    assert!(remedy.contains("of the client allow TLS 1.2"), "{asked}");
    assert!(!remedy.contains("when that is mended"), "{asked}");
}
