//! `tunnel run`: the tunnels of a host from a fleet file; what has an error is left out, the rest runs.

use std::fs;

use trustpack_e2e::call::Call;
use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::plain::{self, HeldNumber, Service};
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

const OCTETS: usize = 100_000;

/// Servers on `host.example.com`, their client on `desk.example.com`; words in capitals are filled in.
const APPLICATIONS: &str = r#"
[[application]]
name = "Server"
host = "host.example.com"
certificate-source = "host"
[[application.port]]
id = "simple"
number = SIMPLE
mode = "secured"
tunnel = "SERVICE"
[[application.port]]
id = "mutual"
number = MUTUAL
mode = "secured"
transport = "tls=1;tls-mutual=1"
tunnel = "SERVICE"

[[application]]
name = "Desk"
host = "desk.example.com"
certificate-source = "host"
[[application.connection]]
to = "Server"
port = "simple"
tunnel = "127.0.0.1:0"
[[application.connection]]
to = "Server"
port = "mutual"
tunnel = "127.0.0.1:0"
"#;

/// Two hosts, both this machine.
struct Fleet {
    certificates: Certificates,
    simple: HeldNumber,
    mutual: HeldNumber,
    text: String,
}

/// A host of the fleet file.
fn host(certificates: &Certificates, name: &str, address: &str, certificate: &str) -> String {
    format!(
        r#"
[[host]]
name = "{name}"
addresses = ["{address}"]
platform = "unix"
[host.security]
certificate = "{}"
certificate-key = "{}"
trusted-ca = "{}"
tls-target-name-check = "host"
"#,
        certificates.file(certificate).display(),
        certificates.pki.key(certificate).display(),
        certificates.file("root").display(),
    )
}

impl Fleet {
    #[track_caller]
    fn in_front_of(service: &Service) -> Self {
        let certificates = Certificates::new();
        let [simple, mutual] = [HeldNumber::take(), HeldNumber::take()];
        let hosts = host(
            &certificates,
            "host.example.com",
            HeldNumber::ADDRESS,
            "p256",
        ) + &host(&certificates, "desk.example.com", "127.0.0.1", "rsa");
        let applications = APPLICATIONS
            .replace("SIMPLE", &simple.number().to_string())
            .replace("MUTUAL", &mutual.number().to_string())
            .replace("SERVICE", &service.address().to_string());
        Self {
            certificates,
            simple,
            mutual,
            text: hosts + &applications,
        }
    }

    /// The fleet with one part replaced.
    #[track_caller]
    fn with(mut self, part: &str, by: &str) -> Self {
        assert!(self.text.contains(part), "{part:?} is no part of the fleet");
        self.text = self.text.replacen(part, by, 1);
        self
    }

    /// `tunnel run` for a host of it, not run yet.
    #[track_caller]
    fn run(&self, host: &str) -> Call {
        let path = self.certificates.pki.path("fleet.toml");
        fs::write(&path, &self.text).unwrap();
        Call::trustpack(["tunnel", "run", "--host", host, "--fleet"]).arg(path)
    }
}

#[test]
fn all_tunnels_of_a_host_run() {
    let service = Service::returning_at_end();
    let fleet = Fleet::in_front_of(&service);
    let mut server = Tunnel::start(fleet.run("host.example.com"));
    let mut desk = Tunnel::start(fleet.run("desk.example.com"));
    let data = plain::noise(OCTETS);
    let addresses = desk.addresses().to_vec();
    assert_eq!(addresses.len(), 2, "{}", desk.written());
    for address in addresses {
        assert!(plain::exchange(address, &data).unwrap() == data);
        let [report, far] = [desk.carried(), server.carried()];
        assert_eq!(report.text("subject"), Some("CN=p256"), "{report}");
        let mutual = far.text("place") == Some("Server:mutual");
        assert_eq!(far.text("subject"), mutual.then_some("CN=rsa"), "{far}");
    }
}

#[test]
fn a_tunnel_with_an_error_is_left_out_and_the_others_run() {
    let service = Service::returning_at_end();
    let gone =
        "transport = \"tls=1;certificate=/gone.pem;certificate-key=/gone.key;trusted-ca=/gone.ca\"";
    for (error, reason) in [
        (gone, "/gone.pem"),
        ("transport = \"tls=1; tls-mutual=1\"", "blank"),
    ] {
        let fleet = Fleet::in_front_of(&service).with("transport = \"tls=1;tls-mutual=1\"", error);
        let mut server = Tunnel::start(fleet.run("host.example.com"));
        let only = server.address().to_string();
        assert_eq!(only, fleet.simple.address(), "{}", server.written());
        let skipped = server
            .written()
            .lines()
            .filter(|line| line.contains("not started"))
            .map(str::to_owned)
            .collect::<Vec<_>>();
        assert_eq!(skipped.len(), 1, "{skipped:?}");
        for words in ["Server:mutual", reason] {
            assert!(
                skipped[0].contains(words),
                "{words:?} is not in {skipped:?}"
            );
        }
        let mut client = fleet.certificates.client(server.address(), None, &[]);
        assert_eq!(plain::exchange(client.address(), b"data").unwrap(), b"data");
        client.carried();
        server.carried();
    }
}

#[test]
fn a_host_with_nothing_to_run_is_refused() {
    let service = Service::returning_at_end();
    let fleet = Fleet::in_front_of(&service);
    let unknown = fleet.run("nobody.example.com");
    unknown.refused("the fleet has no host nobody.example.com");

    let fleet = fleet.with(
        "name = \"Desk\"\nhost = \"desk",
        "name = \"Desk\"\nhost = \"host",
    );
    let idle = fleet.run("desk.example.com");
    idle.refused("no port and no connection of the host desk.example.com has a tunnel");

    // Both ports of the host have the same fault.
    let fleet = Fleet::in_front_of(&service);
    let certificate = fleet.certificates.file("p256").display().to_string();
    let fleet = fleet.with(&certificate, "/gone.pem");
    fleet
        .run("host.example.com")
        .refused("/gone.pem")
        .says("Server:simple")
        .says("Server:mutual");
}

#[test]
fn tls_at_a_port_that_is_left_open_is_noted() {
    let service = Service::returning(5);
    let fleet = Fleet::in_front_of(&service)
        .with("mode = \"secured\"", "mode = \"unsecured\"")
        .with("tls-target-name-check = \"host\"", "");
    let mut server = Tunnel::start(fleet.run("host.example.com"));
    let address = fleet.simple.address().parse().unwrap();
    let outcome = s_client(address, &fleet.certificates.file("root")).run();
    assert!(!outcome.status.success(), "{outcome}");
    let report = server.report();
    let note = report.text("note").unwrap_or_default();
    assert!(note.contains("spoke TLS"), "{report}");

    assert_eq!(plain::exchange(address, b"plain").unwrap(), b"plain");
    let report = server.carried();
    assert_eq!(report.text("note"), None, "{report}");
}

#[test]
fn a_port_that_detects_takes_both_kinds_of_clients() {
    let service = Service::returning(5);
    let fleet = Fleet::in_front_of(&service).with("mode = \"secured\"", "mode = \"auto-detect\"");
    let mut server = Tunnel::start(fleet.run("host.example.com"));
    let address = fleet.simple.address().parse().unwrap();
    let secure = s_client(address, &fleet.certificates.file("root")).stdin(b"hello");
    assert_eq!(secure.succeeds().stdout, "hello");
    let report = server.carried();
    assert_eq!(report.text("version"), Some("TLS 1.3"), "{report}");
    assert_eq!(plain::exchange(address, b"plain").unwrap(), b"plain");
    let report = server.carried();
    let note = report.text("note").unwrap_or_default();
    assert!(note.contains("spoke plain text"), "{report}");
    // Its other port is not touched by this.
    drop(plain::exchange(
        fleet.mutual.address().parse().unwrap(),
        b"plain",
    ));
    server.refused("protocol", "plain text instead of TLS");
}

#[test]
fn a_port_in_use_is_named() {
    let service = Service::returning_at_end();
    let fleet = Fleet::in_front_of(&service);
    let _first = Tunnel::start(fleet.run("host.example.com"));
    let mutual = fleet.mutual.address();
    fleet.run("host.example.com").refused(&format!(
        "Server:mutual: {mutual} is in use by another process"
    ));
}
