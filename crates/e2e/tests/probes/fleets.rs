//! A fleet as it is expected, and as it is found.

use trustpack_e2e::pki::{Validity, Wish};

use crate::asked::Asked;
use crate::scene::{Scene, option};

#[track_caller]
fn differs(scene: &Scene, place: &str, what: &str, found: &str) {
    let asked = Asked::of(scene.probe(&[place, "--json"]));
    assert_eq!(asked.outcome.status.code(), Some(1), "{asked}");
    assert_eq!(
        asked.text("/endpoints/0/differences/0/what"),
        what,
        "{asked}"
    );
    let seen = asked.text("/endpoints/0/differences/0/found");
    assert!(seen.contains(found), "{asked}");
}

#[test]
fn a_fleet_that_is_as_its_file_says() {
    let mut scene = Scene::new();
    scene.start();
    let outcome = scene.probe(&[]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    let outcome = outcome.prints("2 endpoints as expected, 0 not, 0 not probed");
    let outcome = outcome.prints("TLS 1.3, mutual, \"CN=host\" until 2099-12-31");
    outcome.prints("works, TLS 1.3");
    // Without files nobody can be imitated, and what the settings say is seen all the same.
    let fleet = scene.fleet();
    let without = trustpack_e2e::call::Call::trustpack(["probe", "--fleet"]).arg(fleet);
    without.succeeds().prints("2 endpoints as expected");
    let outcome = scene.probe(&["--host", "desk.example.com"]);
    outcome.prints("1 endpoint as expected, 0 not, 0 not probed");
}

#[test]
fn what_is_not_as_the_file_says() {
    let mut scene = Scene::new();
    scene.pki.issue(Wish::host("renewed", "root"));
    scene.write();
    differs(&scene, "Server", "listening", "nobody listens");
    scene.start();
    // The fleet file of whoever asks is another than that of the tunnel.
    let fleet = scene.fleet();
    let others = scene.pki.path("others.toml");
    std::fs::copy(&fleet, &others).unwrap();
    scene.write_as(&others, |settings, pki| {
        let own = option("certificate", &pki.certificate("renewed"));
        Scene::set(&mut settings.server, own);
        let key = option("certificate-key", &pki.key("renewed"));
        Scene::set(&mut settings.server, key);
    });
    differs(&scene, "Server", "certificate", "\"CN=host\"");
    scene.write_as(&others, |settings, _| settings.port = "tls=1".to_owned());
    differs(&scene, "Server", "client certificate", "demanded");
    scene.write_as(&others, |settings, _| {
        let old = "sec-protocol-max = \"TLSv12\"".to_owned();
        Scene::set(&mut settings.server, old);
    });
    differs(&scene, "Server", "version", "TLS 1.3");
    scene.write_as(&others, |settings, _| {
        settings.port = String::new();
        settings.mode = "unsecured".to_owned();
    });
    differs(&scene, "Server", "security", "fails");
}

#[test]
fn a_port_that_changes_to_tls_in_its_own_protocol_is_not_probed() {
    let mut scene = Scene::new();
    scene.settings.mode = "auto-detect".to_owned();
    scene.settings.port = "upgrade=1".to_owned();
    scene.write();
    let text = std::fs::read_to_string(scene.fleet()).unwrap();
    let start = text.find("tunnel = \"").unwrap();
    let end = start + text[start..].find('\n').unwrap();
    let text = format!("{}engine = \"openssl\"{}", &text[..start], &text[end..]);
    std::fs::write(scene.fleet(), text).unwrap();
    let outcome = scene.probe(&["Server"]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    outcome.prints("inside its own protocol, which is no fault");
}

#[test]
fn the_inventory() {
    let mut scene = Scene::new();
    scene.pki.issue(Wish {
        validity: Validity::Over,
        ..Wish::host("over", "root")
    });
    scene.start();
    let table = scene.probe(&["--inventory"]);
    table
        .prints("2099-12-31")
        .prints("Server:default, Desk/Server:default");
    let csv = scene.probe(&["--inventory", "--csv"]);
    csv.prints("service,places,subject")
        .prints(",CN=host,DNS:host.example.com,CN=root,");
    let json = Asked::of(scene.probe(&["--inventory", "--json"]));
    assert_eq!(json.text("/certificates/0/subject"), "CN=host", "{json}");
    assert_eq!(json.text("/not_seen"), "[]", "{json}");
    let picture = scene.pki.path("ends.svg").display().to_string();
    let outcome = scene.probe(&["--inventory", "--svg", &picture]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    trustpack_e2e::call::Call::foreign("xmllint", ["--noout", &picture]).succeeds();
    scene
        .probe(&["--inventory", "--svg", &picture])
        .says("is there already");
    scene.stop();
    let json = Asked::of(scene.probe(&["--inventory", "--json"]));
    assert_eq!(json.text("/certificates"), "[]", "{json}");
    assert_eq!(json.text("/not_seen/0/place"), "Server:default", "{json}");
    let table = scene.probe(&["--inventory"]);
    table.says("of Server:default no certificate was seen: nobody listens");
}
