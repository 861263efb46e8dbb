//! Lists of suites, and files, with which an end does not start: that is told of it, at that end, with the option and where it stands; whoever
//! does its TLS, whether something runs there or not, with files and without. What is to be done makes the connection work; an end
//! that starts with its list is as it was.
//!
//! Long because the rows of each engine, running and not, stand together.

use std::path::PathBuf;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{Validity, Wish};

use crate::asked::Asked;
use crate::scene::{Scene, Settings, option};
use crate::staged::Found;

/// A list, and whether an end starts with it: of ours, and of OpenSSL.
struct List {
    words: &'static str,
    starts: [bool; 2],
}

/// One of today, for the key of the tests.
const GOOD: &str = "ECDHE-ECDSA-AES128-GCM-SHA256";

const LISTS: [List; 5] = [
    // Suites of TLS 1.3, where TLS 1.2 is allowed too.
    List {
        words: "TLS_AES_128_GCM_SHA256",
        starts: [false, true],
    },
    // Taken over from another system.
    List {
        words: "AES128-SHA256:ECDHE-RSA-AES128-SHA256",
        starts: [false, true],
    },
    List {
        words: "NONSENSE",
        starts: [false, false],
    },
    List {
        words: "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256",
        starts: [true, true],
    },
    List {
        words: GOOD,
        starts: [true, true],
    },
];

/// Who does TLS at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Ours,
    Openssl,
}

/// Which ends have the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Has {
    Client,
    Server,
    Both,
}

/// What stands at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum There {
    Runs,
    Nobody,
}

const CLIENT: &str = "the client";
const SERVER: &str = "the server";

fn set_list(settings: &mut Settings, has: Has, words: &str) {
    let list = format!("cipher-list = \"{words}\"");
    if has != Has::Server {
        Scene::set(&mut settings.client, list.clone());
    }
    if has != Has::Client {
        Scene::set(&mut settings.server, list);
    }
}

impl Engine {
    fn scene(self) -> Scene {
        let mut scene = Scene::new();
        scene.settings.port = "tls=1".to_owned();
        if self == Self::Openssl {
            scene.settings.of_connection = "engine = \"openssl\"".to_owned();
        }
        scene
    }

    /// What is to be done about a list, and what is said of it.
    fn words(self) -> [&'static str; 2] {
        match self {
            Self::Ours => [
                "name suites of TLS 1.2 in cipher-list, or allow TLS 1.3 alone (sec-protocol = TLSv13); see ",
                " leaves no suite for TLS 1.2, which is allowed; the engine has ",
            ],
            Self::Openssl => [
                "name suites that the engine has in cipher-list, or take it out; see ",
                " leaves nothing that the engine openssl can have",
            ],
        }
    }

    /// Whether an end starts with a list.
    fn starts(self, list: &List) -> bool {
        match self {
            Self::Ours => list.starts[0],
            Self::Openssl => list.starts[1],
        }
    }
}

/// The endpoint of the document is explained at this end by its list.
#[track_caller]
fn told(asked: &Asked, endpoint: usize, (at, does): (&str, &str), engine: Engine, list: &str) {
    let text = |key: &str| asked.text(&format!("/endpoints/{endpoint}/{key}"));
    assert_eq!(text("state"), "different", "{asked}");
    assert_eq!(text("explanation/at"), at, "{asked}");
    let what = text("explanation/what");
    let [remedy, why] = engine.words();
    for words in [does, &format!("TP5102: cipher-list \"{list}\"{why}")] {
        assert!(what.contains(words), "{words:?}: {asked}");
    }
    let told = text("explanation/remedy");
    assert!(told.contains(remedy), "{remedy:?}: {asked}");
    let (_, spot) = told.split_once("; see ").unwrap();
    assert!(spot.contains("fleet.toml:"), "{asked}");
}

/// Both endpoints of the fleet, as they are told with the files of their hosts and without.
#[track_caller]
fn check(scene: &Scene, (engine, has): (Engine, Has), list: &List, there: There) {
    let fleet = scene.pki.path("probed-fleet.toml");
    let without = Call::trustpack(["probe", "--fleet"]).arg(&fleet);
    for outcome in [scene.probe(&["--json"]), without.arg("--json").run()] {
        let asked = Asked::of(outcome);
        let text = |pointer: &str| asked.text(&format!("/endpoints/{pointer}"));
        assert_eq!(text("0/place"), "Server:default", "{asked}");
        let bars = |end: Has| !engine.starts(list) && [end, Has::Both].contains(&has);
        if bars(Has::Server) {
            let does = match there {
                There::Runs => "listening: expected: not started: ",
                There::Nobody => "the server does not start: ",
            };
            assert!(text("0/expected").starts_with("not started: TP5102: "));
            told(&asked, 0, (SERVER, does), engine, list.words);
            let again = text("0/explanation/remedy").contains("it would not start again: ");
            assert_eq!(again, there == There::Runs, "{asked}");
        } else {
            as_ever(&asked, 0, there);
        }
        if bars(Has::Client) {
            let expected = text("1/expected");
            let not_asked = "not probed: its client does not start: TP5102: ";
            assert!(expected.starts_with(not_asked), "{asked}");
            let does = "the client does not start: ";
            told(&asked, 1, (CLIENT, does), engine, list.words);
        } else if bars(Has::Server) {
            // Not that it does not start, where it runs.
            let does = match there {
                There::Runs => "listening: expected: not started: ",
                There::Nobody => "the server does not start: ",
            };
            told(&asked, 1, (SERVER, does), engine, list.words);
        } else {
            as_ever(&asked, 1, there);
        }
    }
}

/// An endpoint that starts is as expected where something runs, and else nobody listens.
#[track_caller]
fn as_ever(asked: &Asked, endpoint: usize, there: There) {
    let text = |key: &str| asked.text(&format!("/endpoints/{endpoint}/{key}"));
    match there {
        There::Runs => assert_eq!(text("state"), "as-expected", "{asked}"),
        There::Nobody => {
            assert_eq!(text("differences/0/what"), "listening", "{asked}");
            assert_eq!(text("explanation/at"), SERVER, "{asked}");
            assert!(text("explanation/remedy").starts_with("start "), "{asked}");
        }
    }
}

/// Writes the fleet that is probed, in which these ends have this list.
fn probed(scene: &mut Scene, has: Has, list: &str) -> PathBuf {
    let path = scene.pki.path("probed-fleet.toml");
    scene.write_as(&path, |settings, _| set_list(settings, has, list));
    path
}

/// Every list at each end, and at both.
#[track_caller]
fn check_all(scene: &mut Scene, engine: Engine, there: There) {
    for has in [Has::Client, Has::Server, Has::Both] {
        for list in &LISTS {
            probed(scene, has, list.words);
            check(scene, (engine, has), list, there);
        }
    }
}

#[test]
fn tunnels() {
    let mut scene = Engine::Ours.scene();
    scene.start();
    check_all(&mut scene, Engine::Ours, There::Runs);
    // As text: the table holds the beginning, and below all is told once.
    probed(&mut scene, Has::Client, LISTS[0].words);
    let text = scene.probe(&[]).stdout;
    let [remedy, why] = Engine::Ours.words();
    assert_eq!(text.matches(why).count(), 1, "{text}");
    assert!(
        text.contains(&format!("\n  on the client: {remedy}")),
        "{text}"
    );
    scene.stop();
    check_all(&mut scene, Engine::Ours, There::Nobody);
    // What it says, applied.
    let good = scene.settings.clone();
    for list in LISTS.iter().filter(|list| !list.starts[0]) {
        for has in [Has::Client, Has::Server] {
            scene.settings = good.clone();
            set_list(&mut scene.settings, has, list.words);
            scene.write();
            let found = Found::<5102>::here(&scene);
            let mended = format!("{}:{GOOD}", list.words);
            set_list(&mut scene.settings, has, &mended);
            scene.start();
            probed(&mut scene, has, &mended);
            scene.works();
            drop(found.gone(&scene));
            scene.stop();
        }
    }
    // Or the other way: of TLS 1.3 each leaves some.
    for list in LISTS.iter().filter(|list| !list.starts[0]) {
        scene.settings = good.clone();
        set_list(&mut scene.settings, Has::Both, list.words);
        for lines in [&mut scene.settings.client, &mut scene.settings.server] {
            Scene::set(lines, "sec-protocol = \"TLSv13\"".to_owned());
        }
        scene.start();
        probed(&mut scene, Has::Both, list.words);
        scene.works();
        scene.stop();
        // Where TLS 1.3 is not allowed there is no other way.
        for lines in [&mut scene.settings.client, &mut scene.settings.server] {
            lines.retain(|line| !line.starts_with("sec-protocol"));
            Scene::set(lines, "sec-protocol-max = \"TLSv12\"".to_owned());
        }
        probed(&mut scene, Has::Both, list.words);
        let asked = Asked::of(scene.probe(&["Server", "--json"]));
        let remedy = asked.text("/endpoints/0/explanation/remedy");
        let only = "name suites of TLS 1.2 in cipher-list; see ";
        assert!(remedy.starts_with(only), "{asked}");
    }
}

#[test]
fn openssl() {
    let mut scene = Engine::Openssl.scene();
    let [own, key] = [scene.pki.certificate("host"), scene.pki.key("host")];
    let running = ReversingServer::start(&own, &key, [""; 0]);
    scene.served_by("openssl", running.address());
    check_all(&mut scene, Engine::Openssl, There::Runs);
    // Each suite that the message names is one with which OpenSSL starts.
    probed(&mut scene, Has::Server, "NONSENSE");
    let asked = Asked::of(scene.probe(&["Server", "--json"]));
    let expected = asked.text("/endpoints/0/expected");
    let (_, named) = expected.split_once("it has for example ").unwrap();
    for name in named.split(", ") {
        let list = format!("NONSENSE:{name}");
        drop(Call::foreign("openssl", ["ciphers", &list]).succeeds());
        for has in [Has::Client, Has::Server] {
            probed(&mut scene, has, &list);
            let asked = Asked::of(scene.probe(&["--json"]));
            as_ever(&asked, 0, There::Runs);
            as_ever(&asked, 1, There::Runs);
        }
    }
    for has in [Has::Client, Has::Server] {
        probed(&mut scene, has, &format!("NONSENSE:{GOOD}"));
        scene.works();
    }
    drop(running);
    check_all(&mut scene, Engine::Openssl, There::Nobody);
}

/// What OpenSSL itself does with the lists: of suites of TLS 1.3 alone that is told as not known, since a program may set these by
/// themselves.
#[test]
fn what_openssl_does_with_lists() {
    let no_match = "no cipher match";
    for refused in [
        "TLS_AES_128_GCM_SHA256:!aNULL",
        "TLS_AES_128_GCM_SHA256:NONSENSE",
        "@STRENGTH:TLS_AES_128_GCM_SHA256",
    ] {
        let takes = Call::foreign("openssl", ["ciphers", refused]).run();
        assert!(takes.stderr.contains(no_match), "{takes}");
    }
    for list in &LISTS {
        let takes = Call::foreign("openssl", ["ciphers", list.words]).run();
        let is_of_tls13 = list.words == "TLS_AES_128_GCM_SHA256";
        let is_taken = list.starts[1] && !is_of_tls13;
        assert_eq!(takes.status.success(), is_taken, "{takes}");
        assert_eq!(!takes.stderr.contains(no_match), is_taken, "{takes}");
        // By itself it is no list of that kind.
        if is_of_tls13 {
            let words = ["ciphers", "-ciphersuites", list.words];
            drop(Call::foreign("openssl", words).succeeds());
        }
    }
    let mut scene = Engine::Openssl.scene();
    scene.served_by("openssl", scene.address());
    for (has, end) in [(Has::Client, "client"), (Has::Server, "server")] {
        for list in LISTS.iter().filter(|list| list.starts[1]) {
            let fleet = probed(&mut scene, has, list.words);
            let without = Call::trustpack(["probe", "--json", "--fleet"]).arg(&fleet);
            for outcome in [scene.probe(&["--json"]), without.run()] {
                let asked = Asked::of(outcome);
                let expected = asked.text("/endpoints/1/expected");
                let doubt = format!("not known: whether the {end} starts depends on its program");
                let is_doubtful = list.words == "TLS_AES_128_GCM_SHA256";
                assert_eq!(expected.starts_with(&doubt), is_doubtful, "{asked}");
                // Nobody listens: of the server's it is said what may be why.
                for endpoint in [0, 1] {
                    let key = format!("/endpoints/{endpoint}/explanation/remedy");
                    let is_told = asked.text(&key).contains(
                        "; whether the server starts depends on its program: its cipher-list (",
                    );
                    assert_eq!(is_told, is_doubtful && has == Has::Server, "{asked}");
                }
            }
        }
    }
}

/// Files with which OpenSSL does not start: of a port and of the connection to it the same is told.
#[test]
fn files_of_openssl() {
    let mut scene = Engine::Openssl.scene();
    scene.pki.issue(Wish {
        validity: Validity::Over,
        ..Wish::host("over", "root")
    });
    let [own, key] = [scene.pki.certificate("host"), scene.pki.key("host")];
    let running = ReversingServer::start(&own, &key, [""; 0]);
    scene.served_by("openssl", running.address());
    let good = scene.settings.server.clone();
    let gone = option("certificate", &scene.pki.path("gone.pem"));
    Scene::set(&mut scene.settings.server, gone);
    scene.write();
    let told = |scene: &Scene, there: There| {
        let asked = Asked::of(scene.probe(&["--json"]));
        let text = |pointer: &str| asked.text(&format!("/endpoints/{pointer}"));
        let expected = text("0/expected");
        assert!(expected.starts_with("not started: TP4001: "), "{asked}");
        for endpoint in ["0", "1"] {
            let text = |key: &str| text(&format!("{endpoint}/{key}"));
            assert_eq!(text("state"), "different", "{asked}");
            assert_eq!(text("explanation/at"), SERVER, "{asked}");
            assert!(text("explanation/what").contains("TP4001: "), "{asked}");
        }
        let again = text("0/explanation/remedy").contains("it would not start again: ");
        assert_eq!(again, there == There::Runs, "{asked}");
    };
    told(&scene, There::Runs);
    // With one that has expired it starts.
    Scene::own(&scene.pki, &mut scene.settings.server, "over");
    scene.write();
    let asked = Asked::of(scene.probe(&["Server", "--json"]));
    let expected = asked.text("/endpoints/0/expected");
    assert!(expected.starts_with("TLS 1.2 to TLS 1.3, "), "{asked}");
    scene.settings.server = good;
    scene.write();
    scene.works();
    let gone = option("certificate", &scene.pki.path("gone.pem"));
    Scene::set(&mut scene.settings.server, gone);
    scene.write();
    drop(running);
    told(&scene, There::Nobody);
}

/// A list and a file of one end: both rows tell the one that the connection is said to fail for, and that there is another.
#[test]
fn a_list_and_a_file() {
    let mut scene = Engine::Ours.scene();
    scene.pki.issue(Wish {
        validity: Validity::Over,
        ..Wish::host("over", "root")
    });
    Scene::own(&scene.pki, &mut scene.settings.server, "over");
    set_list(&mut scene.settings, Has::Server, LISTS[0].words);
    scene.write();
    let asked = Asked::of(scene.probe(&["--json"]));
    for endpoint in ["0", "1"] {
        let text = |key: &str| asked.text(&format!("/endpoints/{endpoint}/{key}"));
        assert!(text("differences/0/found").contains("TP4012"), "{asked}");
        assert!(text("explanation/what").contains("TP4012: "), "{asked}");
        let remedy = text("explanation/remedy");
        let (_, too) = remedy.split_once("; mend TP5102 at ").unwrap();
        assert!(
            too.contains("fleet.toml:") && too.ends_with(" too"),
            "{asked}"
        );
    }
}
