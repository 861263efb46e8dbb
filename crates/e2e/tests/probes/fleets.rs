//! A fleet as it is expected, and as it is found.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::ReversingServer;
use trustpack_e2e::pki::{Validity, Wish};
use trustpack_e2e::plain::Service;

use crate::asked::Asked;
use crate::scene::{Scene, explained};

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
    let without = Call::trustpack(["probe", "--fleet"]).arg(fleet);
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
    // In the table, and as what was found; the sentence begins with it and has no need to say it again.
    let text = scene.probe(&["Server"]);
    assert_eq!(text.stdout.matches("nobody listens").count(), 2, "{text}");
    let text = text.prints("  on the server: start its tunnel");
    drop(text);
    scene.start();
    // The fleet file of whoever asks is another than that of the tunnel.
    let fleet = scene.fleet();
    let others = scene.pki.path("others.toml");
    std::fs::copy(&fleet, &others).unwrap();
    scene.write_as(&others, |settings, pki| {
        Scene::own(pki, &mut settings.server, "renewed");
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
    // A program in plain text would see garbage: it is spoken to only where everything is asked.
    let outcome = scene.probe(&["Server"]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    outcome.prints("somebody listens");
    let asked = Asked::of(scene.probe(&["Server", "--offers", "--json"]));
    assert_eq!(asked.text("/endpoints/0/differences/0/what"), "security");
    assert_eq!(asked.outcome.status.code(), Some(1), "{asked}");
}

/// The number of the port in the fleet file is that of something else, which demands less, or has another certificate.
#[test]
fn another_service_at_the_number_of_a_port() {
    let mut scene = Scene::new();
    scene.pki.issue(Wish::host("elsewhere", "root"));
    let [own, key] = [
        scene.pki.certificate("elsewhere"),
        scene.pki.key("elsewhere"),
    ];
    let other = ReversingServer::start(&own, &key, [""; 0]);
    scene.served_by("openssl", other.address());
    for port in ["tls=1;tls-mutual=1", "tls=1"] {
        scene.settings.port = port.to_owned();
        scene.write();
        let asked = Asked::of(scene.probe(&["Server", "--json"]));
        let remedy = "if it is another service that answers there, correct the number of the port, or the addresses of the host";
        explained(&asked, "the server", &[remedy]);
    }
}

#[test]
fn a_program_in_plain_text_is_not_spoken_to() {
    let mut scene = Scene::new();
    let (tell, heard) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let program = Service::start(move |mut stream| {
        let mut all = Vec::new();
        drop(stream.read_to_end(&mut all));
        drop(tell.lock().unwrap().send(all));
    });
    scene.settings.port = String::new();
    scene.settings.mode = "unsecured".to_owned();
    scene.served_by("openssl", program.address());
    scene.write();
    // Its client is asked as well.
    let outcome = scene.probe(&[]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    outcome.prints("2 endpoints as expected");
    for _ in 0..2 {
        assert_eq!(heard.recv().unwrap(), b"");
    }
}

#[test]
fn what_to_do_is_of_whoever_does_tls_there() {
    let mut scene = Scene::new();
    let program = Service::start(|mut stream| drop(stream.write_all(b"220 ready\r\n")));
    scene.served_by("openssl", program.address());
    scene.write();
    let asked = Asked::of(scene.probe(&["Server", "--json"]));
    let remedy = asked.text("/endpoints/0/explanation/remedy");
    assert!(
        remedy.starts_with("switch TLS on in the program itself"),
        "{asked}"
    );
}

#[test]
fn a_port_whose_settings_say_two_things() {
    let mut scene = Scene::new();
    let program = Service::start(|mut stream| drop(stream.write_all(b"220 ready\r\n")));
    scene.served_by("openssl", program.address());
    let mut check = |mode: &str, parameters: &str, code: &str| {
        scene.settings.mode = mode.to_owned();
        scene.settings.port = parameters.to_owned();
        scene.write();
        for place in ["Server", "Desk/Server"] {
            let asked = Asked::of(scene.probe(&[place, "--json"]));
            assert_eq!(asked.outcome.status.code(), Some(1), "{asked}");
            assert_eq!(asked.text("/endpoints/0/state"), "different", "{asked}");
            let what = asked.text("/endpoints/0/explanation/what");
            assert!(what.contains(code), "{asked}");
        }
    };
    // The mode of a port with TLS, whose parameters leave it to the client, or in clear.
    check("secured", "upgrade=1", "TP2010");
    check("secured", "tls=0", "TP2009");
    check("unsecured", "upgrade=1", "TP2009");
}

#[test]
fn a_port_that_changes_to_tls_in_its_own_protocol_is_not_probed() {
    let mut scene = Scene::new();
    scene.settings.mode = "auto-detect".to_owned();
    scene.settings.port = "upgrade=1".to_owned();
    let nobody = scene.address();
    scene.served_by("openssl", nobody);
    scene.write();
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
    csv.prints("service,place,subject")
        .prints(",Server:default,CN=host,DNS:host.example.com,CN=root,")
        .prints(",Desk/Server:default,CN=host,DNS:host.example.com,CN=root,");
    let json = Asked::of(scene.probe(&["--inventory", "--json"]));
    assert_eq!(json.text("/certificates/0/subject"), "CN=host", "{json}");
    assert_eq!(json.text("/not_seen"), "[]", "{json}");
    let picture = scene.pki.path("ends.svg").display().to_string();
    let outcome = scene.probe(&["--inventory", "--svg", &picture]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    Call::foreign("xmllint", ["--noout", &picture]).succeeds();
    scene
        .probe(&["--inventory", "--svg", &picture])
        .says("is there already")
        .says("hint: --replace replaces it");
    scene.stop();
    let json = Asked::of(scene.probe(&["--inventory", "--json"]));
    assert_eq!(json.text("/certificates"), "[]", "{json}");
    assert_eq!(json.text("/not_seen/0/place"), "Server:default", "{json}");
    // One that lacks something is told in every form, and by the exit code.
    let why = "nobody listens at 127.0.0.1";
    for form in [&["--json"][..], &["--csv"], &["--svg", "-"], &[]] {
        let outcome = scene.probe(&[&["--inventory"], form].concat());
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        let outcome = outcome.prints(why);
        // Once: what stands in the table is not said beside it again.
        outcome
            .says("warning: the inventory is not whole: of 2 endpoints no certificate was seen\n");
    }
}

#[test]
fn what_cannot_start_is_never_as_expected() {
    let mut scene = Scene::new();
    scene.write();
    std::fs::write(scene.pki.certificate("host"), "nothing").unwrap();
    for place in ["Server", "Desk/Server"] {
        differs(&scene, place, "start", "not started: ");
    }
    // Something else has the port.
    let other = Service::start(|mut stream| drop(stream.write_all(b"220 ready\r\n")));
    scene.served_by("trustpack", other.address());
    scene.write();
    differs(&scene, "Server", "listening", "'220 ready");
}

#[test]
fn files_that_this_account_may_not_read_say_nothing() {
    let mut scene = Scene::new();
    scene.start();
    let key = scene.pki.key("host");
    // Whoever owns the files may give them away; the tests may run as root, who may read everything.
    open(scene.pki.dir(), 0o755);
    open(&key, 0o000);
    let fleet = scene.fleet();
    let as_monitor = || {
        let call = if rustix::process::geteuid().is_root() {
            let drop_root = ["--reuid=65534", "--regid=65534", "--clear-groups"];
            Call::foreign("setpriv", drop_root).arg(trustpack_e2e::program::trustpack())
        } else {
            Call::foreign("env", [trustpack_e2e::program::trustpack()])
        };
        let call = call.args(["probe", "--fleet"]).arg(&fleet);
        call.args(["--host", "host.example.com", "--json"]).run()
    };
    let alive = Asked::of(as_monitor());
    assert_eq!(alive.text("/endpoints/0/state"), "as-expected", "{alive}");
    alive.outcome.says("this account may not read");
    scene.stop();
    let dead = Asked::of(as_monitor());
    assert_eq!(dead.text("/endpoints/0/state"), "different", "{dead}");
    assert_eq!(dead.outcome.status.code(), Some(1), "{dead}");
}

#[track_caller]
fn open(path: &Path, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, mode).unwrap();
}

#[test]
fn a_folder_without_the_files_of_a_host() {
    let mut scene = Scene::new();
    scene.start();
    let call = Call::trustpack(["probe", "--files", "/", "--fleet"]).arg(scene.fleet());
    call.exits_with(2).says("there are no files of a host in /");
    std::fs::remove_file(scene.pki.path("desk.example.com")).unwrap();
    let outcome = scene.probe(&[]);
    outcome.says("there is no folder of desk.example.com");
}

#[test]
fn a_version_that_settings_do_not_allow() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let check = |scene: &mut Scene, options: &[&str], arguments: &[&str], want: i32| {
        let server = ReversingServer::start(
            &scene.pki.certificate("host"),
            &scene.pki.key("host"),
            options,
        );
        scene.served_by("openssl", server.address());
        scene.write();
        let outcome = scene.probe(&[&["Server"], arguments].concat());
        assert_eq!(outcome.status.code(), Some(want), "{outcome}");
        outcome
    };
    let old = ["-cipher", "ALL:@SECLEVEL=0"];
    let told = check(&mut scene, &old, &[], 1);
    let told = told.prints("found: TLS 1.1 is taken too");
    let told = told.prints("if it has to for clients of old, set sec-protocol, without which");
    // What differs is told once, and what to do about it below.
    assert_eq!(told.stdout.matches("is taken too").count(), 1, "{told}");
    check(&mut scene, &[], &[], 0);
    let told = check(&mut scene, &old, &["--offers"], 1);
    told.prints("found: TLS 1.0 is taken too")
        .prints("broken: ");
    // Settings that allow it expect it.
    let line = "sec-protocol = \"TLSv1\"".to_owned();
    Scene::set(&mut scene.settings.server, line);
    check(&mut scene, &old, &[], 0);
}

#[test]
fn the_mode_of_a_port_is_seen() {
    let mut scene = Scene::new();
    scene.settings.mode = "auto-detect".to_owned();
    scene.settings.port = "upgrade=1".to_owned();
    scene.start();
    let outcome = scene.probe(&["Server", "--offers"]);
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    outcome.prints("TLS 1.3, simple, plain text too");
    let others = scene.pki.path("others.toml");
    scene.write_as(&others, |settings, _| {
        settings.mode = "secured".to_owned();
        settings.port = "tls=1".to_owned();
    });
    let outcome = scene.probe(&["Server", "--offers"]);
    assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    outcome.prints("found: plain text: not refused");
}

#[test]
fn a_program_that_ends_at_an_empty_line_is_no_refusal_of_plain_text() {
    let mut scene = Scene::new();
    let program = Service::start(|mut stream| drop(stream.read(&mut [0; 4096])));
    scene.settings.mode = "auto-detect".to_owned();
    scene.settings.port = "upgrade=1".to_owned();
    scene.before(program);
    scene.start();
    let asked = Asked::of(scene.probe(&["Server", "--offers", "--json"]));
    assert_eq!(asked.outcome.status.code(), Some(0), "{asked}");
    let word = asked.text("/endpoints/0/offers/plain_text");
    assert_eq!(word, "closed", "{asked}");
}

#[test]
fn a_probe_leaves_in_order() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene.start();
    scene.works();
    drop(scene.probe(&["Server"]));
    let root = scene.pki.certificate("root").display().to_string();
    drop(crate::asked::probe(
        scene.address(),
        &["--quick", "--trusted-ca", &root],
    ));
    for _ in 0..3 {
        let line = scene.tunnel().carried();
        assert_eq!(line.text("reason"), Some("both sides were done"), "{line}");
    }
    let written = scene.tunnel().written();
    let broke = written.lines().find(|line| line.contains("broke"));
    assert_eq!(broke, None, "{written}");
}

#[test]
fn a_port_that_wants_to_hear_first_who_calls() {
    let mut scene = Scene::new();
    scene.settings.run = vec!["--proxy-in".to_owned(), "v2".to_owned()];
    scene.start();
    scene.fails("", "the server", &["probe it with --proxy-out v2"]);
    for right in ["v2", "Server:default=v2"] {
        let outcome = scene.probe(&["--proxy-out", right]);
        assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    }
    for wrong in ["v1", "Other:default=v2"] {
        let outcome = scene.probe(&["--proxy-out", wrong]);
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    }
    let asked = crate::asked::probe(scene.address(), &["--proxy-out", "v2"]);
    assert_eq!(asked.text("/speaks"), "tls", "{asked}");
    assert_eq!(asked.text("/offers/not_known"), "[]", "{asked}");
    let one = scene.address().to_string();
    let call = Call::trustpack(["probe", &one, "--proxy-out", "Server=v2"]);
    call.exits_with(2).says("names a place");
}
