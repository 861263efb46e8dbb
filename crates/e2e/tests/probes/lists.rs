//! Lists of suites of both ends that fit neither each other nor the key: what is to be done by a line of either log makes the connection
//! work, whichever of its choices is taken.

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::Key;

use crate::asked::Asked;
use crate::callers::{OF_128, OF_256, set};
use crate::scene::Scene;

const CLIENT: &str = "the client";
const SERVER: &str = "the server";
const EITHER: &str = "either end";
const BOTH: &str = "both ends";

/// The list of both, with what is to be done: where it leaves a choice, `turn` makes it.
#[track_caller]
fn applied(at: &str, told: &str, [client, server]: [&str; 2], turn: usize) -> [Option<String>; 2] {
    let told = told
        .strip_prefix("if it was Desk/Server:default that called, ")
        .unwrap_or(told);
    let takes_out = turn.is_multiple_of(2);
    let (_, suite) = told
        .split_once(if at == EITHER { ", is " } else { ", such as " })
        .unwrap();
    let suite = suite.split(';').next().unwrap();
    let mended = |list: &str| {
        let words = format!("take cipher-list = {list} (");
        assert!(at == EITHER || told.contains(&words), "{words:?}: {told}");
        (!takes_out).then(|| format!("{list}:{suite}"))
    };
    let kept = |list: &str| Some(list.to_owned());
    match at {
        CLIENT => [mended(client), kept(server)],
        SERVER => [kept(client), mended(server)],
        BOTH => {
            assert!(told.ends_with(" out, or add the same"), "{told}");
            [mended(client), mended(server)]
        }
        EITHER if turn.is_multiple_of(3) => {
            assert!(
                told.contains("have suites in common, or take one of them out; "),
                "{told}"
            );
            [None, kept(server)]
        }
        EITHER if turn % 3 == 1 => [kept(client), None],
        EITHER => [kept(client), kept(&format!("{server}:{suite}"))],
        _ => panic!("{at}"),
    }
}

/// Gives the client and the server these lists.
fn lists(scene: &mut Scene, [client, server]: [Option<String>; 2]) {
    for (lines, list) in [
        (&mut scene.settings.client, client),
        (&mut scene.settings.server, server),
    ] {
        lines.retain(|line| !line.starts_with("cipher-list"));
        if let Some(list) = list {
            set(lines, "cipher-list", &list);
        }
    }
}

#[test]
fn lists_of_both_ends_and_the_key() {
    let of_rsa = "ECDHE-RSA-AES128-GCM-SHA256";
    let line = r#"{"level":"WARN","message":"handshake refused","reason":"there is no cipher suite that both ends allow","place":"Server:default","role":"server","cause":"no-suite"}"#;
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    for (name, key) in [("large", Key::Rsa), ("ed", Key::Ed25519)] {
        scene.own_with_key(name, key);
    }
    set(&mut scene.settings.client, "sec-protocol-max", "TLSv12");
    let mut turn = 0;
    for key in ["host", "large", "ed"] {
        Scene::own(&scene.pki, &mut scene.settings.server, key);
        let fits = |list: &str| (list == of_rsa) == (key == "large");
        for client in [OF_128, OF_256, of_rsa] {
            for server in [OF_128, OF_256, of_rsa] {
                // Those that have both AES256 are like those that have both AES128.
                if (client == server && fits(client)) || (client, server) == (OF_256, OF_256) {
                    continue;
                }
                let at = match (fits(client), fits(server)) {
                    (true, true) => EITHER,
                    (true, false) => SERVER,
                    (false, true) => CLIENT,
                    (false, false) => BOTH,
                };
                lists(
                    &mut scene,
                    [client, server].map(|list| Some(list.to_owned())),
                );
                scene.write();
                let (told_at, remedy) = scene.told_of(line);
                assert_eq!(told_at, at, "{key} {client} {server}: {remedy}");
                lists(&mut scene, applied(at, &remedy, [client, server], turn));
                scene.start();
                scene.works();
                turn += 1;
            }
        }
    }
    // Where the key is not known nothing is said that depends on it.
    let call = Call::trustpack(["explain-failure", "--fleet"]).arg(scene.fleet());
    lists(&mut scene, [OF_128; 2].map(|list| Some(list.to_owned())));
    scene.write();
    let outcome = call.arg(line).succeeds();
    outcome.prints("have suites in common that fit the kind of key in the certificate of the server, or take both out");
}

/// The client and the server have these lists by their settings, which fit, and the server refuses all the same.
#[test]
fn lists_that_fit_by_the_settings() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    set(&mut scene.settings.client, "sec-protocol-max", "TLSv12");
    set(&mut scene.settings.client, "cipher-list", OF_128);
    set(&mut scene.settings.server, "cipher-list", OF_128);
    let serve = |scene: &mut Scene, list: &str| {
        let [own, key] = [scene.pki.certificate("host"), scene.pki.key("host")];
        let server = ReversingServer::start(&own, &key, ["-cipher", list]);
        scene.served_by("openssl", server.address());
        scene.write();
        server
    };
    let running = serve(&mut scene, OF_256);
    let line = r#"{"level":"WARN","message":"handshake refused","reason":"the peer refused with the alert handshake_failure (40)","place":"Desk/Server:default","role":"client","cause":"alert-40"}"#;
    let (at, remedy) = scene.told_of(line);
    assert_eq!(at, SERVER, "{remedy}");
    let words = "by the settings of both they have a suite in common: what runs there has others";
    assert!(remedy.starts_with(words), "{remedy}");
    // Which says which, by the question that it names; and restarted by its settings it works.
    assert!(
        remedy.contains(
            "; restart it, or update it; `trustpack probe --fleet FLEET 'Desk/Server:default'` says"
        ),
        "{remedy}"
    );
    let asked = Asked::of(scene.probe(&["Desk/Server:default", "--json"]));
    let what = asked.text("/endpoints/0/explanation/what");
    assert!(what.contains("AES_256_GCM_SHA384"), "{asked}");
    drop(running);
    let _running = serve(&mut scene, OF_128);
    scene.works();
}
