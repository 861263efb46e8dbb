//! `--watch`: what changes at a running fleet, once each; the bar of its progress; and that nothing is left open.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use trustpack_e2e::call::Call;
use trustpack_e2e::pki::Wish;
use trustpack_e2e::plain::Service;
use trustpack_e2e::watched::{PATIENCE, Watched, until};

use crate::scene::Scene;

/// `trustpack probe` of the scene, again and again.
#[track_caller]
fn watch(scene: &Scene, options: &[&str]) -> Watched {
    let call = scene.probing(&["Desk/Server", "--watch", "1"]);
    Watched::start(call.args(options))
}

/// Waits for the next line that has all these words.
#[track_caller]
fn says(watched: &mut Watched, words: &[&str]) {
    watched.line(|line| words.iter().all(|word| line.contains(word)).then_some(()));
}

#[test]
fn what_changes_is_said_once() {
    let mut scene = Scene::new();
    scene.write();
    let mut watched = watch(&scene, &[]);
    let place = "Desk/Server:default";
    says(&mut watched, &[place, "not as expected: nobody listens"]);
    says(&mut watched, &["start its tunnel"]);
    scene.start();
    says(&mut watched, &[place, ": as expected: works, TLS 1.3"]);
    let good = fs::read(scene.fleet()).unwrap();
    fs::write(scene.fleet(), "[[host").unwrap();
    says(&mut watched, &["warning", "fleet.toml"]);
    // One that is not asked, as its client does not start.
    let down = String::from_utf8(good.clone()).unwrap();
    fs::write(
        scene.fleet(),
        down.replace("transport = \"\"", "transport = \"tls=0\""),
    )
    .unwrap();
    let words = "not as expected: not probed: its client does not start: TP3001: ";
    says(&mut watched, &[place, words]);
    fs::write(scene.fleet(), good).unwrap();
    scene.stop();
    says(&mut watched, &[place, "not as expected: nobody listens"]);
    let written = watched.written();
    let of_place = written
        .lines()
        .filter(|line| line.contains(": as expected"));
    assert_eq!(of_place.count(), 1, "{written}");
}

#[test]
fn what_the_fleet_has_no_more() {
    let mut scene = Scene::new();
    scene.start();
    let call = scene.probing(&["--watch", "1"]);
    let mut watched = Watched::start(call);
    let good = fs::read_to_string(scene.fleet()).unwrap();
    let end = good.find("[[application.connection]]").unwrap();
    // Nothing is said of what is as expected; what follows is the second time at the earliest.
    until("it has asked", || {
        scene.tunnel().written().contains("connection ended")
    });
    fs::write(scene.fleet(), &good[..end]).unwrap();
    let words = ["Desk/Server:default: not probed: the fleet has it no more"];
    says(&mut watched, &words);
}

#[test]
fn a_file_with_a_mistake_is_not_taken_for_a_whole_fleet() {
    let mut scene = Scene::new();
    scene.start();
    let good = fs::read_to_string(scene.fleet()).unwrap();
    fs::write(scene.fleet(), format!("{good}[[host")).unwrap();
    let outcome = scene.probe(&["Server"]);
    outcome.says("fleet.toml:").says("`trustpack fleet check`");
    // A connection that has no place, and so no row.
    let lost = good.replace("to = \"Server\"\n", "");
    assert_ne!(lost, good);
    fs::write(scene.fleet(), lost).unwrap();
    let outcome = scene.probe(&["Server"]);
    outcome.says("the connection has no \"to\"; `trustpack fleet check`");
    fs::write(scene.fleet(), "").unwrap();
    let outcome = scene.probe(&[]);
    assert_eq!(outcome.status.code(), Some(2), "{outcome}");
    outcome.says("the fleet has no endpoint");
}

#[test]
fn changes_as_json() {
    let mut scene = Scene::new();
    scene.write();
    let mut watched = watch(&scene, &["--json"]);
    let mut next = || {
        let document = watched.line(|line| serde_json::from_str::<Value>(line).ok());
        document["state"].as_str().map(str::to_owned)
    };
    assert_eq!(next().as_deref(), Some("different"));
    scene.start();
    assert_eq!(next().as_deref(), Some("as-expected"));
}

#[test]
fn a_bar_on_a_terminal_and_nowhere_else() {
    let mut scene = Scene::new();
    scene.start();
    let plain = scene.probe(&[]);
    assert_eq!(plain.stderr, "", "{plain}");
    // script(1) gives it a terminal.
    let program = trustpack_e2e::program::trustpack().display();
    let command = format!("{program} probe --fleet {}", scene.fleet().display());
    let shown = Call::foreign("script", ["-qec", &command, "/dev/null"]).succeeds();
    let shown = shown.prints(" of 2, ");
    shown.prints("2 endpoints as expected");
    // To ask one service what it takes may take minutes.
    let address = scene.address();
    let plain = crate::asked::probe(address, &[]);
    assert_eq!(plain.outcome.stderr, "", "{plain}");
    let command = format!("{program} probe {address}");
    let shown = Call::foreign("script", ["-qec", &command, "/dev/null"]).run();
    shown.prints("asking what it takes: connection ");
}

#[test]
fn a_service_is_left_with_no_connection() {
    let mut scene = Scene::new();
    scene.start();
    let files = format!("/proc/{}/fd", scene.tunnel().id());
    let open = || fs::read_dir(&files).unwrap().count();
    let before = open();
    assert_eq!(scene.probe(&[]).status.code(), Some(0));
    // Its offers as well, which are handshakes that are begun and not finished.
    let asked = crate::asked::probe(scene.address(), &[]);
    assert!(asked.text("/offers/connections").parse::<u32>().unwrap() > 20);
    until("the tunnel has no connection more", || open() <= before);
}

/// How long it takes what a service far away says to arrive.
const DISTANCE: Duration = Duration::from_millis(500);

/// Whoever goes before it has come would reset the connection, which the service logs as one that broke.
#[test]
fn the_end_of_a_service_far_away_is_waited_for() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene.start();
    let to = scene.address();
    let (told, left) = mpsc::channel();
    let far = Service::start(move |mut caller| {
        let mut service = TcpStream::connect(to).unwrap();
        let (mut back, mut said) = (caller.try_clone().unwrap(), service.try_clone().unwrap());
        let arriving = thread::spawn(move || {
            let mut bytes = [0; 16 << 10];
            while matches!(said.peek(&mut [0]), Ok(1)) {
                thread::sleep(DISTANCE);
                let count = said.read(&mut bytes).unwrap();
                drop(back.write_all(&bytes[..count]));
            }
            back.take_error().unwrap()
        });
        drop(std::io::copy(&mut caller, &mut service));
        drop(service.shutdown(Shutdown::Write));
        told.send(arriving.join().unwrap()).unwrap();
    });
    let asked = crate::asked::probe(far.address(), &["--quick"]);
    assert_eq!(asked.text("/speaks"), "tls", "{asked}");
    let broke = left.recv_timeout(PATIENCE).unwrap();
    assert!(broke.is_none(), "{broke:?}: {asked}");
}

#[test]
fn one_service() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    let address = scene.address().to_string();
    for more in [&[][..], &["--quick"]] {
        scene.stop();
        let call = Call::trustpack(["probe", &address, "--watch", "1"]).args(more);
        let mut watched = Watched::start(call);
        says(&mut watched, &[&address, "nobody listens"]);
        scene.start();
        says(&mut watched, &[&address, ": TLS works"]);
        let call = Call::trustpack(["probe", &address, "--watch", "1", "--json"]).args(more);
        let mut json = Watched::start(call);
        let mut works = || {
            let document = json.line(|line| serde_json::from_str::<Value>(line).ok());
            document["works"].as_bool()
        };
        assert_eq!(works(), Some(true));
        scene.stop();
        assert_eq!(works(), Some(false));
        says(&mut watched, &[&address, "nobody listens"]);
    }
}

#[test]
fn what_has_changed_of_one_that_works() {
    let mut scene = Scene::new();
    scene.settings.port = "tls=1".to_owned();
    scene.start();
    let address = scene.address().to_string();
    let root = scene.pki.certificate("root");
    let call = Call::trustpack(["probe", &address, "--watch", "1", "--trusted-ca"]);
    let mut service = Watched::start(call.arg(root));
    says(&mut service, &[&address, ": TLS works"]);
    let mut fleet = Watched::start(scene.probing(&["--watch", "1"]));
    // Said when it was asked for the first time.
    says(&mut fleet, &["2 endpoints watched"]);
    scene.pki.issue(Wish::host("host", "root"));
    scene.tunnel().look_again();
    says(
        &mut service,
        &["it shows another certificate: \"CN=host\" until 2099-"],
    );
    says(
        &mut fleet,
        &["its server shows another certificate than before"],
    );
    for (port, change) in [
        (
            "tls=1;sec-protocol-max=TLSv12",
            "it speaks TLS 1.2, and spoke TLS 1.3",
        ),
        ("tls=1", "it speaks TLS 1.3, and spoke TLS 1.2"),
        (
            "tls=1;tls-mutual=1",
            "a client without a certificate is refused now",
        ),
        (
            "tls=1",
            "a client without a certificate is not asked for it any more",
        ),
    ] {
        scene.settings.port = port.to_owned();
        scene.write();
        scene.tunnel().look_again();
        says(&mut service, &[change]);
    }
}
