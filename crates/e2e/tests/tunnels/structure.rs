//! Tunnels that come, go, move and change between plain text and TLS as their fleet file says, while others serve.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;

use tempfile::TempDir;
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{HeldNumber, Service, connect};
use trustpack_e2e::tunnel::Tunnel;

/// One host with its files.
struct Site {
    ca: TestCa,
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            ca: TestCa::new(),
            folder: folder::temporary(),
        };
        site.issue("");
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a certificate and key of the host there, under names that end so.
    fn issue(&self, suffix: &str) {
        let host = self.ca.issue("localhost", &[]);
        fs::copy(&host.certificate, self.at(&format!("cert{suffix}.pem"))).unwrap();
        fs::copy(&host.key, self.at(&format!("key{suffix}.pem"))).unwrap();
    }

    /// Writes the fleet file: this host, another one, and these applications.
    fn settings(&self, applications: &str) {
        let file = |name: &str| self.at(name).display().to_string();
        let host = format!(
            r#"[[host]]
name = "localhost"
addresses = ["127.0.0.2"]
[host.security]
certificate = "{}"
certificate-key = "{}"
trusted-ca = "{}"
[[host]]
name = "elsewhere"
addresses = ["127.0.0.3"]
"#,
            file("cert.pem"),
            file("key.pem"),
            self.ca.conf("ca_cert.pem").display(),
        );
        fs::write(self.at("fleet.toml"), host + applications).unwrap();
    }

    fn start(&self) -> Tunnel {
        self.start_with(&[])
    }

    fn start_with(&self, options: &[&str]) -> Tunnel {
        let call = Call::trustpack(["tunnel", "run", "--host", "localhost", "--fleet"]);
        Tunnel::start(call.arg(self.at("fleet.toml")).args(options))
    }

    /// Changes the applications of a process that runs.
    fn change(&self, running: &Tunnel, applications: &str) {
        self.settings(applications);
        running.look_again();
    }
}

/// An application with one port.
fn port(name: &str, number: &HeldNumber, to: SocketAddr, more: &str) -> String {
    format!(
        "[[application]]\nname = \"{name}\"\nhost = \"localhost\"\n[[application.port]]\nnumber = {}\ntunnel = \"{to}\"\n{more}\n",
        number.number()
    )
}

/// An application with a connection to the port of S.
const CLIENT: &str = r#"[[application]]
name = "D"
host = "localhost"
[[application.connection]]
to = "S"
tunnel = "127.0.0.1:0"
"#;

fn at(number: &HeldNumber) -> SocketAddr {
    let text = format!("{}:{}", HeldNumber::ADDRESS, number.number());
    text.parse().unwrap()
}

/// A plain program that answers each octet with this one.
fn answering(answer: u8) -> Service {
    Service::start(move |mut stream| {
        let mut octet = [0];
        while stream.read_exact(&mut octet).is_ok() && stream.write_all(&[answer]).is_ok() {}
    })
}

#[track_caller]
fn assert_answer(stream: &mut TcpStream, answer: u8) {
    let mut octet = [0];
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut octet).unwrap();
    assert_eq!(octet, [answer]);
}

#[track_caller]
fn assert_cut(mut stream: TcpStream) {
    drop(stream.write_all(b"x"));
    // An alert may come, and never an answer.
    let mut octet = [0];
    while stream.read(&mut octet).is_ok_and(|read| read > 0) {
        assert!(!octet[0].is_ascii_lowercase(), "an answer: {octet:?}");
    }
}

const MORE: &str = "it is secured otherwise from now on";
const LESS: &str = "less is demanded of its traffic from now on";

#[test]
fn a_port_and_its_client_go_from_plain_text_to_tls_and_back() {
    let site = Site::new();
    let (service, number) = (answering(b'a'), HeldNumber::take());
    let fleet = |mode: &str| {
        let mode = format!("mode = \"{mode}\"");
        port("S", &number, service.address(), &mode) + CLIENT
    };
    site.settings(&fleet("unsecured"));
    // An endpoint in clear reads no file of its TLS, so that the sandbox is to be told of those to come.
    let folder = site.ca.conf("").display().to_string();
    let mut running = site.start_with(&["--allow-read", &folder]);
    let [server, client] = running.addresses()[..] else {
        panic!("two tunnels: {}", running.written());
    };
    let (mut raw, mut through) = (connect(server), connect(client));
    assert_answer(&mut raw, b'a');
    assert_answer(&mut through, b'a');

    // The client speaks TLS to it from now on; who is there in plain text may stay.
    site.change(&running, &fleet("auto-detect"));
    assert_eq!(running.says(MORE).text("before"), Some("open"));
    running.says(MORE);
    assert_cut(through);
    assert_answer(&mut raw, b'a');
    let mut another = connect(server);
    assert_answer(&mut another, b'a');
    assert_answer(&mut connect(client), b'a');

    site.change(&running, &fleet("secured"));
    let secured = running.says(MORE);
    assert_eq!(secured.text("before"), Some("auto-detect"), "{secured}");
    assert_eq!(secured.text("security"), Some("simple"), "{secured}");
    assert_eq!(secured.number("cut"), Some(2), "{secured}");
    assert_cut(raw);
    assert_cut(another);
    assert_cut(connect(server));
    let mut secure = connect(client);
    assert_answer(&mut secure, b'a');
    let is_told = || running.written().contains("cut: it was in plain text");
    trustpack_e2e::watched::until("the log tells of it", is_told);

    site.change(&running, &fleet("unsecured"));
    running.says(LESS);
    assert_eq!(running.says(LESS).text("security"), Some("open"));
    assert_answer(&mut connect(server), b'a');
    assert_answer(&mut secure, b'a');
}

#[test]
fn tunnels_come_move_and_go_and_others_are_not_touched() {
    let site = Site::new();
    let (first, second) = (answering(b'a'), answering(b'b'));
    let numbers = [(); 3].map(|()| HeldNumber::take());
    let secured = "mode = \"unsecured\"";
    let stays = port("Stays", &numbers[0], first.address(), secured);
    site.settings(&stays);
    let mut running = site.start_with(&["--danger-no-sandbox"]);
    let mut live = connect(at(&numbers[0]));
    assert_answer(&mut live, b'a');

    let comes = port("Comes", &numbers[1], first.address(), secured);
    site.change(&running, &(stays.clone() + &comes));
    let listening = running.says("listening");
    assert_eq!(listening.text("place"), Some("Comes:default"));
    let mut of_first = connect(at(&numbers[1]));
    assert_answer(&mut of_first, b'a');

    // Elsewhere, and to another program: who is there goes on.
    let moves = port("Comes", &numbers[2], second.address(), secured);
    site.change(&running, &(stays.clone() + &moves));
    running.says("listens and leads so from now on");
    let mut of_second = connect(at(&numbers[2]));
    assert_answer(&mut of_second, b'b');
    assert_answer(&mut of_first, b'a');
    assert!(TcpStream::connect(at(&numbers[1])).is_err());

    // To another host: nobody comes in any more, who is there may end.
    let goes = moves.replace("\"localhost\"", "\"elsewhere\"");
    site.change(&running, &(stays.clone() + &goes));
    let stopped = running.says("stopped: the settings no longer have it on this host");
    assert_eq!(stopped.number("open"), Some(2), "{stopped}");
    assert!(TcpStream::connect(at(&numbers[2])).is_err());
    assert_answer(&mut of_second, b'b');
    drop((of_first, of_second));
    running.says("every connection of the stopped tunnel has ended");

    // Its name changes, and it has the same address.
    let renamed = stays.replace("\"Stays\"", "\"Renamed\"");
    site.change(&running, &renamed);
    let listening = running.says("listening");
    assert_eq!(listening.text("place"), Some("Renamed:default"));
    assert_answer(&mut connect(at(&numbers[0])), b'a');
    assert_answer(&mut live, b'a');
}

#[test]
fn what_the_sandbox_forbids_takes_a_restart() {
    let site = Site::new();
    let (first, second) = (answering(b'a'), answering(b'b'));
    let number = HeldNumber::take();
    let leads_to = |service: &Service| {
        let open = "mode = \"unsecured\"";
        port("S", &number, service.address(), open)
    };
    site.settings(&leads_to(&first));
    let mut running = site.start();
    site.change(&running, &leads_to(&second));
    let stays = running.says("it stays as it was");
    let remedy = stays.text("remedy");
    assert_eq!(
        remedy,
        Some("it takes effect with a restart; with --take-over nobody is cut off"),
        "{stays}"
    );
    assert_answer(&mut connect(at(&number)), b'a');
    // The way is clear to TCP alone: neither a UNIX socket nor a host whose address is to be looked up.
    let unix = format!("unix:{}", site.at("program").display());
    let to_unix = leads_to(&first).replace(&first.address().to_string(), &unix);
    site.change(&running, &to_unix);
    let stays = running.says("it stays as it was");
    let reason = stays.text("reason").unwrap_or_default();
    assert!(reason.contains("to no UNIX socket"), "{stays}");
    assert_answer(&mut connect(at(&number)), b'a');
}

#[test]
fn a_target_that_becomes_a_name_takes_a_restart() {
    let site = Site::new();
    let (service, number) = (answering(b'a'), HeldNumber::take());
    let target = "mode = \"secured\"\ntransport = \"tls-mutual=0\"";
    let target = port("S", &number, service.address(), target);
    let target = target.replace("\"localhost\"", "\"elsewhere\"");
    site.settings(&(target + CLIENT));
    let mut running = site.start();
    let fleet = fs::read_to_string(site.at("fleet.toml")).unwrap();
    let named = fleet.replace("addresses = [\"127.0.0.3\"]\n", "");
    assert_ne!(named, fleet);
    fs::write(site.at("fleet.toml"), named).unwrap();
    running.look_again();
    let stays = running.says("it stays as it was");
    let reason = stays.text("reason").unwrap_or_default();
    assert!(reason.contains("look up no names"), "{stays}");
    let remedy = stays.text("remedy");
    assert_eq!(
        remedy,
        Some("it takes effect with a restart; with --take-over nobody is cut off"),
        "{stays}"
    );
}

#[test]
fn a_reload_in_the_drain_lets_nobody_in() {
    let site = Site::new();
    let service = answering(b'a');
    let numbers = [(); 2].map(|()| HeldNumber::take());
    let open = |number| port("S", number, service.address(), "mode = \"unsecured\"");
    let late = open(&numbers[1]).replace("\"S\"", "\"Late\"");
    site.settings(&open(&numbers[0]));
    let mut running = site.start_with(&["--danger-no-sandbox"]);
    let mut live = connect(at(&numbers[0]));
    assert_answer(&mut live, b'a');
    running.tell_to_stop();
    running.says("stopping: no new connections, open ones may end");
    let refused = || TcpStream::connect(at(&numbers[0])).is_err();
    trustpack_e2e::watched::until("no new connection", refused);
    site.change(&running, &(open(&numbers[0]) + &late));
    let told = running.says("not started");
    let reason = told.text("reason").unwrap_or_default();
    assert!(reason.contains("the process is stopping"), "{told}");
    assert!(TcpStream::connect(at(&numbers[1])).is_err());
    site.change(&running, &open(&numbers[1]));
    let told = running.says("it stays as it was");
    let reason = told.text("reason").unwrap_or_default();
    assert!(reason.contains("the process is stopping"), "{told}");
    assert_answer(&mut live, b'a');
    drop(live);
    assert!(running.end().status.success());
}

#[test]
fn what_a_broken_fleet_file_hides_goes_on() {
    let site = Site::new();
    let (service, number) = (answering(b'a'), HeldNumber::take());
    let open = port("S", &number, service.address(), "mode = \"unsecured\"");
    site.settings(&open);
    let mut running = site.start();
    let mut live = connect(at(&number));
    assert_answer(&mut live, b'a');
    for broken in ["number = ", "[[aplication]]\nname = \"T\"\n"] {
        site.change(&running, broken);
        let stays = running.says("it stays as it was");
        let findings = stays.text("findings").unwrap_or_default();
        assert!(findings.contains("fleet.toml:"), "{stays}");
        assert_answer(&mut connect(at(&number)), b'a');
    }
    fs::write(site.at("fleet.toml"), "").unwrap();
    running.look_again();
    let stays = running.says("it stays as it was");
    let reason = stays.text("reason").unwrap_or_default();
    assert_eq!(reason, "the fleet no longer has the host localhost");
    assert_answer(&mut live, b'a');

    // Without an error it is really gone.
    site.change(&running, "");
    running.says("stopped: the settings no longer have it on this host");
}

/// What is said of an endpoint by its name keeps no other one down, be it that it has an error itself.
#[test]
fn a_proxy_header_may_be_asked_for_where_nothing_starts() {
    let site = Site::new();
    let service = answering(b'a');
    let numbers = [(); 2].map(|()| HeldNumber::take());
    let open = port(
        "Open",
        &numbers[0],
        service.address(),
        "mode = \"unsecured\"",
    );
    let missing = "mode = \"secured\"\ntransport = \"certificate=/nowhere/cert.pem\"";
    let broken = port("S", &numbers[1], service.address(), missing);
    site.settings(&(open.clone() + &broken));
    let mut running = site.start_with(&["--proxy-in", "S:default=v2"]);
    assert_answer(&mut connect(at(&numbers[0])), b'a');
    site.change(&running, &open);
    running.says("a PROXY header is asked for at a place that the settings no longer have");
    Call::trustpack([
        "tunnel",
        "run",
        "--host",
        "localhost",
        "--proxy-in",
        "T=v2",
        "--fleet",
    ])
    .arg(site.at("fleet.toml"))
    .refused("no tunnel of this host has the place \"T\"");
}

#[test]
fn a_tunnel_whose_files_are_missing_starts_once_they_are_there() {
    let site = Site::new();
    let service = answering(b'a');
    let numbers = [(); 2].map(|()| HeldNumber::take());
    let late = format!(
        "mode = \"secured\"\ntransport = \"certificate={};certificate-key={};trusted-ca={}\"",
        site.at("cert_late.pem").display(),
        site.at("key_late.pem").display(),
        site.ca.conf("ca_cert.pem").display()
    );
    let open = port(
        "Open",
        &numbers[0],
        service.address(),
        "mode = \"unsecured\"",
    );
    let late = port("S", &numbers[1], service.address(), &late);
    site.settings(&(open + &late));
    let mut running = site.start_with(&["--danger-no-sandbox"]);
    let written = running.written();
    assert!(written.contains("not started"), "{written}");
    site.issue("_late");
    let listening = running.says("listening");
    assert_eq!(listening.text("place"), Some("S:default"));
    // Kept from now on as the others are.
    site.issue("_late");
    running.look_again();
    running.says("presents another certificate from now on");
}
