//! `explain-failure`: lines of the log of a running tunnel, in both forms.

use trustpack_e2e::call::Call;

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
    let json = Asked::of(explain(&["--json"]).run());
    assert_eq!(json.text("/explained/0/at"), "the client", "{json}");
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
