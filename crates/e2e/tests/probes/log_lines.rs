//! `explain-failure`: lines of the log of a running tunnel, in both forms.

use std::io::Write as _;

use trustpack_e2e::call::Call;
use trustpack_e2e::pki::Wish;
use trustpack_e2e::watched::{Watched, until};

use crate::asked::{Asked, probe};
use crate::scene::Scene;

#[test]
fn lines_of_a_running_tunnel_are_explained() {
    let mut scene = Scene::new();
    let only = "allowed-names = \"cn:somebody\"".to_owned();
    Scene::set(&mut scene.settings.server, only);
    scene.start();
    let root = scene.pki.certificate("root").display().to_string();
    drop(probe(scene.address(), &["--quick", "--trusted-ca", &root]));
    drop(scene.probe(&["Desk/Server"]));
    scene.tunnel().refused("path", "presented no certificate");
    scene.tunnel().refused("allowed names", "none of the names");
    let log = scene.tunnel().written();
    let explain = |arguments: &[&str]| {
        let call = Call::trustpack(["explain-failure"]).args(arguments);
        call.stdin(log.as_bytes())
    };
    let outcome = explain(&[]).succeeds();
    let outcome = outcome.prints("Server:default: the TLS client presented no certificate; one is demanded; on the client: set");
    outcome.prints("on the server: add one of its names to allowed-names");
    let fleet = scene.fleet().display().to_string();
    let outcome = explain(&["--fleet", &fleet]).succeeds();
    outcome
        .prints("allowed-names = cn:somebody")
        .prints("fleet.toml:");
    // As journalctl shows it.
    let behind = log
        .lines()
        .map(|line| format!("Nov 22 10:00:00 host trustpack[123]: {line}\n"));
    let told = told(&behind.collect::<String>());
    assert_eq!(told.text("/explained/0/at"), "the client", "{told}");
    let json = Asked::of(explain(&["--json"]).run());
    assert_eq!(json.text("/explained/0/at"), "the client", "{json}");
    let count = log.matches("presented no certificate").count().to_string();
    assert_eq!(json.text("/explained/0/count"), count, "{json}");
    let first = json.text("/explained/0/first");
    assert!(log.contains(first.trim_end_matches('Z')), "{json}");
    assert_eq!(json.text("/explained/1/at"), "the server", "{json}");
}

#[test]
fn a_line_of_text_and_one_that_is_none() {
    let line = "2026-11-22T00:59:42Z  WARN handshake refused step=dates reason=\"the certificate \\\"CN=a\\\" with serial 1 \
        was valid until 2026-01-01T00:00:00Z; the time is 2026-11-22T00:59:42Z\" place=\"Desk/Server:default\"";
    let outcome = Call::trustpack(["explain-failure", line]).succeeds();
    outcome.prints("on the server: renew the certificate in certificate");
    Call::trustpack(["explain-failure", "it does not work"])
        .refused("no line tells of a connection");
    Call::trustpack(["explain-failure"]).refused("no line tells of a connection");
    Call::trustpack([
        "explain-failure",
        concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
    ])
    .refused("a file is read from standard input");
}

#[test]
fn equal_lines_are_told_once_with_how_often_and_when() {
    let mut scene = Scene::new();
    scene.start();
    let root = scene.pki.certificate("root").display().to_string();
    for _ in 0..3 {
        drop(probe(scene.address(), &["--quick", "--trusted-ca", &root]));
    }
    // Each has knocked twice: as its client, and as nobody.
    until("all have been refused", || {
        scene.tunnel().written().matches("no certificate").count() >= 3
    });
    let log = scene.tunnel().written();
    let outcome = Call::trustpack(["explain-failure"]).stdin(log.as_bytes());
    let outcome = outcome.succeeds();
    let told: Vec<&str> = outcome.stdout.lines().collect();
    let [sentence, times] = told[..] else {
        panic!("{outcome}");
    };
    assert!(sentence.contains("if somebody probed it"), "{outcome}");
    let count = log.matches("handshake refused").count();
    assert!(
        times.starts_with(&format!("  {count} times, ")),
        "{outcome}"
    );
}

#[test]
fn what_a_probe_has_left_is_told_as_that() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene.start();
    drop(probe(scene.address(), &[]));
    let log = scene.tunnel().written();
    let outcome = Call::trustpack(["explain-failure"]).stdin(log.as_bytes());
    let words = "Server:default: somebody at 127.0.0.1 has tried out what this service takes";
    let outcome = outcome.succeeds().prints(words);
    assert_eq!(outcome.stdout.lines().count(), 2, "{outcome}");
}

#[test]
fn a_log_that_goes_on_is_told_of_up_to_there() {
    let line = r#"{"message":"handshake refused","reason":"quux","place":"Server:default"}"#;
    let scene = Scene::new();
    let pipe = scene.pki.path("log").display().to_string();
    Call::foreign("mkfifo", [&pipe]).succeeds();
    let program = trustpack_e2e::program::trustpack().display();
    let command = format!("exec {program} explain-failure <{pipe}");
    let mut watched = Watched::start(Call::foreign("sh", ["-c", &command]));
    // It stays open: the log has no end.
    let mut log = std::fs::File::options().write(true).open(&pipe).unwrap();
    for reason in ["quux", "plugh"] {
        writeln!(log, "{}", line.replace("quux", reason)).unwrap();
        let told = format!("the reason \"{reason}\" is none");
        watched.line(|line| line.contains(&told).then_some(()));
    }
}

#[test]
fn a_fleet_that_cannot_be_read_is_no_answer() {
    let call = Call::trustpack(["explain-failure", "--fleet", "nowhere.toml", "x"]);
    let outcome = call.exits_with(2);
    outcome.says("hint: name the fleet with --fleet\n");
}

/// What is said of the one line of this log.
#[track_caller]
fn told(log: &str) -> Asked {
    let call = Call::trustpack(["explain-failure", "--json"]);
    Asked::of(call.stdin(log.as_bytes()).run())
}

#[test]
fn a_peer_does_not_choose_what_is_told_of_it() {
    let mut scene = Scene::new();
    let name = "there is no version of TLS";
    scene.pki.issue(Wish::host(name, "other-root"));
    scene.start();
    let [own, key] = [scene.pki.certificate(name), scene.pki.key(name)];
    let [own, key] = [own, key].map(|file| file.display().to_string());
    let shown = ["--quick", "--certificate", &own, "--certificate-key", &key];
    drop(probe(scene.address(), &shown));
    scene.tunnel().refused("path", name);
    let json = told(&scene.tunnel().written());
    let remedy = json.text("/explained/0/remedy");
    assert!(remedy.contains("to trusted-ca"), "{json}");
    // Nor of an older program, whose lines have no word for the cause.
    let log = scene.tunnel().written().replace("cause", "because");
    assert_eq!(told(&log).text("/explained/0/remedy"), remedy);
}

#[test]
fn what_a_line_is_not_about() {
    let line = |place: &str, more: &str| {
        format!(
            r#"{{"message":"connection ended","reason":"the connection to the peer broke: reset","place":"{place}"{more}}}"#
        )
    };
    let mut scene = Scene::new();
    scene.write();
    scene.start();
    let fleet = scene.fleet().display().to_string();
    let with_fleet =
        |line: &str| Call::trustpack(["explain-failure", "--fleet", &fleet, line]).succeeds();
    with_fleet(&line("Gone/StatServer:default", ""))
        .prints("Gone/StatServer:default (which the fleet does not have): ");
    with_fleet(&line("Desk/Server:default", "")).prints("Desk/Server:default: the connection");
    let up = line(
        "Desk/Server:default",
        r#","version":"TLS 1.3","cause":"peer-broke""#,
    );
    with_fleet(&up).prints("on the server: look at its log: TLS was up");
    let header = r#"{"message":"connection ended","reason":"no PROXY header: it began with 'GET /'","place":"Server:default"}"#;
    with_fleet(header).prints("that called, let it send a PROXY header first");
}
