//! Certificates that a program of another make serves, and that no client takes: the fleet is not as expected, and the
//! inventory marks them.

use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{HOST, Validity, Wish};

use crate::asked::Asked;
use crate::scene::{Scene, option};

/// A fleet whose port has TLS by another engine, and certificates of all kinds.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let elsewhere = HOST.replace("host.example.com", "elsewhere.example.com");
    for (name, extensions, validity) in [
        ("over", HOST, Validity::Over),
        ("to-come", HOST, Validity::ToCome),
        ("elsewhere", &*elsewhere, Validity::Now),
    ] {
        scene.pki.issue(Wish {
            extensions,
            validity,
            ..Wish::host(name, "root")
        });
    }
    scene.settings.port = "tls=1".to_owned();
    scene
}

/// Lets a server have the port that shows the certificate `name`, as its settings say.
fn serve(scene: &mut Scene, name: &str) -> ReversingServer {
    let none = std::iter::empty::<&str>();
    let own = scene.pki.certificate(name);
    let server = ReversingServer::start(&own, &scene.pki.key(name), none);
    scene.served_by("openssl", server.address());
    Scene::own(&scene.pki, &mut scene.settings.server, name);
    scene.write();
    server
}

/// Without files: nobody's trust is known, and what is wrong for everybody is seen.
#[track_caller]
fn ask(scene: &Scene, words: &[&str]) -> Outcome {
    let call = Call::trustpack(["probe", "--fleet"]).arg(scene.fleet());
    call.args(words).run()
}

#[test]
fn what_no_client_takes_is_not_as_expected() {
    let mut scene = scene();
    for (name, why, remedy) in [
        (
            "over",
            "was valid until 2020-12-31",
            "renew the certificate",
        ),
        ("to-come", "is valid only from 2090", "that is valid now"),
        ("elsewhere", "the host is host.example.com", "for that name"),
    ] {
        let _server = serve(&mut scene, name);
        for place in ["Server", "Desk/Server"] {
            let asked = Asked::of(ask(&scene, &[place, "--json"]));
            assert_eq!(asked.outcome.status.code(), Some(1), "{asked}");
            let different = |key: &str| asked.text(&format!("/endpoints/0/differences/0/{key}"));
            assert_eq!(different("what"), "certificate", "{asked}");
            assert!(different("found").contains(why), "{asked}");
            assert_eq!(asked.text("/endpoints/0/explanation/at"), "the server");
            let told = asked.text("/endpoints/0/explanation/remedy");
            assert!(told.contains(remedy), "{asked}");
        }
        // Who has the files is told of the connection as well.
        let outcome = scene.probe(&[]);
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        outcome.prints(why);
    }
    let _server = serve(&mut scene, "host");
    let outcome = ask(&scene, &[]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
}

#[test]
fn renewed_in_the_file_and_not_where_it_runs() {
    let mut scene = scene();
    let _server = serve(&mut scene, "over");
    Scene::own(&scene.pki, &mut scene.settings.server, "host");
    scene.write();
    let again = &["read them again", "host.pem"];
    scene.fails("was valid until 2020-12-31", "the server", again);
    let line = |reason: &str| {
        let line = format!(
            r#"{{"message":"handshake refused","place":"Desk/Server:default","role":"client","reason":"{reason}"}}"#
        );
        let call = Call::trustpack(["explain-failure", "--fleet"]).arg(scene.fleet());
        let call = call.arg("--files").arg(scene.pki.dir()).arg(line);
        call.succeeds().stdout
    };
    let unknown = line("the peer refused with the alert unknown_ca (48)");
    assert!(unknown.contains("read them again"), "{unknown}");
    let handshake = line("the peer refused with the alert handshake_failure (40)");
    assert!(!handshake.contains("read them again"), "{handshake}");
}

#[test]
fn a_name_that_no_client_checks_is_none_that_is_wrong() {
    let mut scene = scene();
    let check = |line: &String| !line.starts_with("tls-target-name-check");
    scene.settings.client.retain(check);
    let _server = serve(&mut scene, "elsewhere");
    let outcome = ask(&scene, &[]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
}

#[test]
fn a_port_to_which_nobody_of_the_fleet_leads() {
    let mut scene = scene();
    scene.settings.to = "Nobody".to_owned();
    let wildcard = HOST.replace("host.example.com", "*.example.com");
    scene.pki.issue(Wish {
        extensions: &wildcard,
        ..Wish::host("wildcard", "root")
    });
    // Clients outside of it ask for the host, and match wildcards.
    for (name, code) in [("host", 0), ("wildcard", 0), ("elsewhere", 1), ("over", 1)] {
        let _server = serve(&mut scene, name);
        let outcome = ask(&scene, &["Server"]);
        assert_eq!(outcome.status.code(), Some(code), "{name}: {outcome}");
    }
}

#[test]
fn the_inventory_calls_nothing_valid_that_a_client_refuses() {
    let mut scene = scene();
    let good = scene.settings.clone();
    let list = scene.list();
    Scene::set(&mut scene.settings.client, list);
    scene.authority("root", &["-revoke", "host.pem"]);
    scene.make_list("root");
    let check = |scene: &mut Scene, why: &str| {
        let _server = serve(scene, "host");
        let inventory = |form: &[&str]| scene.probe(&[&["--inventory"], form].concat());
        let json = Asked::of(inventory(&["--json"]));
        let first = |key: &str| json.text(&format!("/certificates/0/{key}"));
        assert_eq!(first("state"), "refused", "{json}");
        assert_eq!(first("refused/0/place"), "Desk/Server:default", "{json}");
        assert!(first("refused/0/why").contains(why), "{json}");
        let table = inventory(&[]).prints("  refused  ");
        table
            .prints("Desk/Server:default refuses that of ")
            .prints(why);
        let csv = inventory(&["--csv"]);
        let lines: Vec<&str> = csv.stdout.lines().collect();
        let of = |place: &str| lines.iter().find(|line| line.contains(place)).unwrap();
        assert!(of(",Desk/Server:default,").contains(why), "{csv}");
        // The port itself refuses nobody.
        assert!(of(",Server:default,").ends_with(",refused,"), "{csv}");
        inventory(&["--svg", "-"]).prints(", refused</text>");
        // Without files nobody's trust and lists are known.
        let json = Asked::of(ask(scene, &["--inventory", "--json"]));
        assert_eq!(json.text("/certificates/0/state"), "valid", "{json}");
        assert_eq!(json.text("/certificates/0/refused"), "[]", "{json}");
    };
    check(&mut scene, "was revoked on");
    scene.settings = good;
    let other = option("trusted-ca", &scene.pki.certificate("other-root"));
    Scene::set(&mut scene.settings.client, other);
    let chain = scene.pki.bundle("desk-chain.pem", &["desk", "root"]);
    Scene::set(&mut scene.settings.client, option("certificate", &chain));
    check(&mut scene, "neither trusted nor among");
}

#[test]
fn the_inventory_marks_what_is_not_valid() {
    let mut scene = scene();
    for (name, state) in [
        ("over", "ended"),
        ("to-come", "not-yet-valid"),
        ("host", "valid"),
    ] {
        let _server = serve(&mut scene, name);
        let json = Asked::of(ask(&scene, &["--inventory", "--json"]));
        assert_eq!(json.text("/certificates/0/state"), state, "{json}");
        for form in [&[][..], &["--csv"]] {
            ask(&scene, &[&["--inventory"], form].concat()).prints(state);
        }
        let picture = ask(&scene, &["--inventory", "--svg", "-"]).stdout;
        // One that is valid needs no mark.
        let mark = format!(", {state}</text>");
        assert_eq!(picture.contains(&mark), name != "host", "{picture}");
    }
}
