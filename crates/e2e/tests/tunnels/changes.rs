//! Settings and files that change while tunnels serve: who gets the new, who is cut, and what stays as it was.
//!
//! Long because every kind of change is tried on one site.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use trustpack_e2e::ca::{HostFiles, TestCa};
use trustpack_e2e::call::{Call, Outcome};
use trustpack_e2e::folder;
use trustpack_e2e::lists::{crl, revoke};
use trustpack_e2e::plain::{HeldNumber, Service, connect};
use trustpack_e2e::tunnel::Tunnel;

/// The message of a change of trust.
const TRUST_CHANGED: &str = "what it trusts has changed; earlier sessions are not resumed";

/// A server under a fleet file, with its files at fixed places, and clients that it lets in.
struct Site {
    ca: TestCa,
    other: TestCa,
    one: HostFiles,
    two: HostFiles,
    folder: TempDir,
    port: HeldNumber,
}

impl Site {
    fn new() -> Self {
        let ca = TestCa::new();
        let site = Self {
            other: TestCa::new(),
            one: ca.issue("one.example.com", &[]),
            two: ca.issue("two.example.com", &[]),
            folder: folder::temporary(),
            port: HeldNumber::take(),
            ca,
        };
        site.present(&site.ca.issue("localhost", &[]));
        site.trust(&[&site.ca]);
        site.list();
        site
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn present(&self, host: &HostFiles) {
        fs::copy(&host.certificate, self.at("cert.pem")).unwrap();
        self.put_key(host);
    }

    fn put_key(&self, host: &HostFiles) {
        fs::copy(&host.key, self.at("key.pem")).unwrap();
    }

    fn trust(&self, cas: &[&TestCa]) {
        let read = |ca: &&TestCa| fs::read_to_string(ca.conf("ca_cert.pem")).unwrap();
        fs::write(self.at("ca.pem"), cas.iter().map(read).collect::<String>()).unwrap();
    }

    /// A new list of the CA.
    fn list(&self) {
        crl(&self.ca, &["create"]).succeeds();
        fs::copy(self.ca.conf("crl.pem"), self.at("crl.pem")).unwrap();
    }

    /// Writes the fleet file, with these options for the port.
    fn settings(&self, to: SocketAddr, mode: &str, transport: &str) {
        let file = |name: &str| self.at(name).display().to_string();
        let fleet = format!(
            r#"[[host]]
name = "localhost"
addresses = ["127.0.0.2"]
[host.security]
certificate = "{}"
certificate-key = "{}"
trusted-ca = "{}"
[[application]]
name = "S"
host = "localhost"
[[application.port]]
number = {}
mode = "{mode}"
tunnel = "{to}"
transport = "{transport}"
"#,
            file("cert.pem"),
            file("key.pem"),
            file("ca.pem"),
            self.port.number(),
        );
        fs::write(self.at("fleet.toml"), fleet).unwrap();
    }

    fn start(&self) -> Tunnel {
        let call = Call::trustpack(["tunnel", "run", "--host", "localhost", "--fleet"]);
        Tunnel::start(call.arg(self.at("fleet.toml")))
    }

    /// A word to the server and back, as this client, by OpenSSL.
    fn openssl(&self, server: SocketAddr, client: &HostFiles, options: &[&str]) -> Outcome {
        let words = ["s_client", "-ign_eof", "-verify_return_error"];
        Call::foreign("openssl", words)
            .args(["-connect", &server.to_string()])
            .arg("-CAfile")
            .arg(self.ca.conf("ca_cert.pem"))
            .arg("-cert")
            .arg(&client.certificate)
            .arg("-key")
            .arg(&client.key)
            .args(options)
            .stdin(b"word")
            .run()
    }
}

/// How a client keeps its session: by a ticket of each version, or by an identifier that the server remembers.
const KEPT: [&[&str]; 3] = [&["-tls1_3"], &["-tls1_2"], &["-tls1_2", "-no_ticket"]];

#[track_caller]
fn assert_session(outcome: &Outcome, word: &str) {
    let found = outcome
        .stdout
        .lines()
        .find(|line| line.starts_with("New, ") || line.starts_with("Reused, "));
    let found = found.unwrap_or_else(|| panic!("no handshake: {outcome}"));
    assert!(found.starts_with(word), "{word} is expected: {found}");
}

/// Sessions that OpenSSL keeps before each kind of change, and offers after it.
#[test]
fn a_session_from_before_a_change_of_trust_leads_to_a_full_handshake() {
    let site = Site::new();
    let service = Service::returning(4);
    let to = service.address();
    let mutual = "tls-mutual=1";
    site.settings(to, "secured", mutual);
    let mut tunnel = site.start();
    let crl = format!("{mutual};crl={}", site.at("crl.pem").display());
    let names = format!("{crl};allowed-names=dns:one.example.com");
    let settings = |mode: &str, transport: &str| site.settings(to, mode, transport);
    let changes: [&dyn Fn(); 7] = [
        &|| site.trust(&[&site.ca, &site.other]),
        &|| settings("secured", &crl),
        &|| site.list(),
        &|| settings("secured", &names),
        &|| settings("secured", "tls-mutual=0"),
        // Plain text is let in too, and not any more.
        &|| settings("auto-detect", "tls-mutual=0"),
        &|| settings("secured", "tls-mutual=0"),
    ];
    for change in changes {
        let sessions: Vec<String> = KEPT
            .iter()
            .map(|kept| {
                let file = site.at(&format!("session{}", kept.concat()));
                let file = file.display().to_string();
                let out = [kept, &["-sess_out", &file][..]].concat();
                assert_session(&site.openssl(tunnel.address(), &site.one, &out), "New");
                file
            })
            .collect();
        let offered = |tunnel: &Tunnel, word: &str| {
            for (kept, file) in KEPT.iter().zip(&sessions) {
                let offer = [kept, &["-sess_in", file][..]].concat();
                let outcome = site.openssl(tunnel.address(), &site.one, &offer);
                assert_session(&outcome, word);
            }
        };
        offered(&tunnel, "Reused");
        change();
        tunnel.says(TRUST_CHANGED);
        offered(&tunnel, "New");
    }
}

/// A plain program behind the tunnel that gives back each octet at once.
fn echo() -> Service {
    Service::start(|mut stream| {
        let mut octet = [0];
        while stream.read_exact(&mut octet).is_ok() && stream.write_all(&octet).is_ok() {}
    })
}

#[track_caller]
fn assert_echo(stream: &mut TcpStream) {
    let mut octet = [0];
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut octet).unwrap();
    assert_eq!(&octet, b"x");
}

/// `tunnel client` of ours to a server, with this certificate.
fn client(server: SocketAddr, host: &HostFiles, ca: &Path) -> Tunnel {
    let file = |path: &Path| path.display().to_string();
    let options = [
        "--name",
        "localhost",
        "--certificate",
        &file(&host.certificate),
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["--certificate-key".to_owned(), file(&host.key)])
    .chain(["--trusted-ca".to_owned(), file(ca)]);
    Tunnel::client(server, options)
}

#[test]
fn a_revoked_client_is_cut_and_refused_and_its_neighbour_is_neither() {
    let site = Site::new();
    let service = echo();
    let transport = format!("tls-mutual=1;crl={}", site.at("crl.pem").display());
    site.settings(service.address(), "secured", &transport);
    let mut server = site.start();
    let trusted = site.ca.conf("ca_cert.pem");
    let one = client(server.address(), &site.one, &trusted);
    let two = client(server.address(), &site.two, &trusted);
    let (mut revoked, mut neighbour) = (connect(one.address()), connect(two.address()));
    assert_echo(&mut revoked);
    assert_echo(&mut neighbour);

    revoke(&site.ca, &[&site.one.serial, "--reason", "keyCompromise"]).succeeds();
    site.list();
    let report = server.report();
    let reason = report.text("reason").unwrap_or_default();
    assert!(reason.contains("no longer trusted"), "{report}");
    assert!(reason.contains("was revoked"), "{report}");
    assert_eq!(revoked.read(&mut [0]).ok().filter(|read| *read > 0), None);
    assert_echo(&mut neighbour);

    // Anew, with the session that its tunnel kept: refused too.
    drop(connect(one.address()).write_all(b"x"));
    server.refused("revocation", "was revoked");
    assert_echo(&mut neighbour);
}

/// The relay waits for the program alone then, and asks the side of TLS nothing.
#[test]
fn a_revoked_client_is_cut_while_the_program_keeps_still() {
    let site = Site::new();
    let (done, hold) = std::sync::mpsc::channel::<()>();
    let hold = std::sync::Mutex::new(hold);
    // It neither reads nor writes until the test is over.
    let service = Service::start(move |_stream| assert!(hold.lock().unwrap().recv().is_err()));
    let transport = format!("tls-mutual=1;crl={}", site.at("crl.pem").display());
    site.settings(service.address(), "secured", &transport);
    let mut server = site.start();
    let trusted = site.ca.conf("ca_cert.pem");
    let one = client(server.address(), &site.one, &trusted);
    let half_closed = connect(one.address());
    half_closed.shutdown(std::net::Shutdown::Write).unwrap();
    let mut pushing = connect(one.address());
    // Until nobody takes anything any more.
    let patience = std::time::Duration::from_millis(500);
    pushing.set_write_timeout(Some(patience)).unwrap();
    while pushing.write(&[0; 64 * 1024]).is_ok() {}
    revoke(&site.ca, &[&site.one.serial, "--reason", "keyCompromise"]).succeeds();
    site.list();
    for _ in 0..2 {
        let report = server.report();
        let reason = report.text("reason").unwrap_or_default();
        assert!(reason.contains("was revoked"), "{report}");
    }
    drop(done);
}

#[test]
fn a_new_certificate_serves_new_connections_once_its_key_is_there() {
    let site = Site::new();
    let service = echo();
    site.settings(service.address(), "secured", "tls-mutual=0");
    let mut server = site.start();
    let trusted = site.ca.conf("ca_cert.pem");
    let one = client(server.address(), &site.one, &trusted);
    let mut live = connect(one.address());
    assert_echo(&mut live);
    let presented = |server: &Tunnel| {
        // Its input is empty: it ends after the handshake.
        let shown = Call::foreign(
            "openssl",
            ["s_client", "-showcerts", "-verify_return_error"],
        )
        .args(["-connect", &server.address().to_string(), "-CAfile"])
        .arg(&trusted)
        .succeeds()
        .stdout;
        let certificate = shown.split("-----").nth(2);
        certificate.expect("a certificate").to_owned()
    };
    let before = presented(&server);

    let renewed = site.ca.issue("localhost", &[]);
    fs::copy(&renewed.certificate, site.at("cert.pem")).unwrap();
    let stays = server.says("it stays as it was");
    let findings = stays.text("findings").unwrap_or_default();
    assert!(findings.contains("TP4007"), "{stays}");
    assert_eq!(presented(&server), before);
    site.put_key(&renewed);
    server.says("presents another certificate from now on");
    assert_ne!(presented(&server), before);
    assert_echo(&mut live);
}

#[test]
fn what_is_broken_stays_as_it_was() {
    let site = Site::new();
    let service = echo();
    site.settings(service.address(), "secured", "tls-mutual=1");
    let mut server = site.start();
    let trusted = site.ca.conf("ca_cert.pem");
    let one = client(server.address(), &site.one, &trusted);
    let mut live = connect(one.address());
    assert_echo(&mut live);
    let good = fs::read_to_string(site.at("fleet.toml")).unwrap();
    for (file, broken, words) in [
        ("ca.pem", "nothing", "TP4"),
        ("cert.pem", "", "TP4"),
        ("fleet.toml", &good.replace("secured", "secret"), "TP1"),
    ] {
        let path = site.at(file);
        let before = fs::read(&path).unwrap();
        fs::write(&path, broken).unwrap();
        let stays = server.says("it stays as it was");
        let findings = stays.text("findings").unwrap_or_default();
        assert!(findings.contains(words), "{file}: {stays}");
        assert_echo(&mut live);
        assert_echo(&mut connect(one.address()));
        fs::write(&path, before).unwrap();
        server.says("its settings and files are whole again");
    }
    fs::remove_file(site.at("fleet.toml")).unwrap();
    server.says("settings and files could not be read again; everything stays as it was");
    assert_echo(&mut connect(one.address()));
}

/// Neither when it comes while tunnels run, nor at their start.
#[test]
fn a_mistake_in_writing_lets_nobody_in_without_a_certificate() {
    let site = Site::new();
    let service = echo();
    site.settings(service.address(), "secured", "tls-mutual=1");
    let mut server = site.start();
    site.settings(service.address(), "secured", "mutual=1");
    let stays = server.says("it stays as it was");
    let reason = stays.text("reason").unwrap_or_default();
    let weaker = "demand less than before: no client is asked for a certificate";
    assert!(reason.ends_with(weaker), "{stays}");
    site.settings(service.address(), "secured", "tls-mutal=1");
    let stays = server.says("it stays as it was");
    let findings = stays.text("findings").unwrap_or_default();
    assert!(findings.contains("write \"tls-mutual\" if"), "{stays}");
    Call::trustpack(["tunnel", "run", "--host", "localhost", "--fleet"])
        .arg(site.at("fleet.toml"))
        .refused("no tunnel of the host localhost can be started")
        .says("TP2015");
    site.settings(service.address(), "secured", "tls-mutual=0");
    server.says(TRUST_CHANGED);
}

/// A port whose TLS cannot be set up does not go on in clear either.
#[test]
fn a_port_in_clear_lets_nobody_in_once_its_settings_demand_tls() {
    let site = Site::new();
    let service = echo();
    site.settings(service.address(), "unsecured", "tls-mutual=0");
    let mut server = site.start();
    let mut live = connect(server.address());
    assert_echo(&mut live);
    fs::remove_file(site.at("key.pem")).unwrap();
    site.settings(service.address(), "secured", "tls-mutual=1");
    let shut = server.says("it is shut: it is to do TLS and cannot, and lets nobody through");
    let findings = shut.text("findings").unwrap_or_default();
    assert!(findings.contains("key.pem"), "{shut}");
    drop(connect(server.address()).write_all(b"x"));
    assert_eq!(live.read(&mut [0]).ok().filter(|read| *read > 0), None);
    site.settings(service.address(), "unsecured", "tls-mutual=0");
    server.says("its settings and files are whole again");
    assert_echo(&mut connect(server.address()));
}

#[test]
fn who_waits_while_a_port_is_closed_to_plain_text_is_refused() {
    let site = Site::new();
    let service = echo();
    site.settings(service.address(), "auto-detect", "tls-mutual=0");
    let mut server = site.start();
    assert_echo(&mut connect(server.address()));
    server.carried();
    let mut waiting = connect(server.address());
    site.settings(service.address(), "secured", "tls-mutual=0");
    server.says(TRUST_CHANGED);
    waiting.write_all(b"word").unwrap();
    let mut heard = Vec::new();
    // An end or a reset: what it hears is at most an alert, and no echo.
    drop(waiting.read_to_end(&mut heard));
    assert!(!heard.starts_with(b"w"), "{heard:?}");
    server.refused("protocol", "plain text instead of TLS");
}

#[test]
fn a_signal_asks_for_a_look_at_once() {
    let site = Site::new();
    let service = echo();
    site.settings(service.address(), "secured", "tls-mutual=1");
    let mut server = site.start();
    server.look_again();
    server.says("settings and files were read again; nothing has changed");
    site.trust(&[&site.ca, &site.other]);
    server.look_again();
    server.says(TRUST_CHANGED);
    let good = fs::read_to_string(site.at("fleet.toml")).unwrap();
    fs::write(
        site.at("fleet.toml"),
        good.replace("127.0.0.2\"]", "127.0.0.3\"]"),
    )
    .unwrap();
    server.look_again();
    let stays = server.says("it stays as it was");
    assert!(stays.text("remedy").unwrap().contains("restart"), "{stays}");
}
