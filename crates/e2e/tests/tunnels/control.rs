//! The control socket: what can be asked there, who may, and what garbage does.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::PATIENCE;

use crate::certificates::Certificates;

/// Two tunnels with a service behind them; the server's side has a control socket.
struct Controlled {
    certificates: Certificates,
    _service: Service,
    folder: TempDir,
    server: Tunnel,
    client: Tunnel,
}

impl Controlled {
    fn start() -> Self {
        let certificates = Certificates::new();
        let folder = folder::temporary();
        let service = Service::returning_at_end();
        let socket = folder.path().join("control");
        let control = ["--control", socket.to_str().unwrap()];
        let server = certificates.server(service.address(), "p256", &control);
        let client = certificates.client(server.address(), None, &[]);
        Self {
            certificates,
            _service: service,
            folder,
            server,
            client,
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("control")
    }

    fn connect(&self) -> BufReader<UnixStream> {
        let stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        BufReader::new(stream)
    }

    #[track_caller]
    fn carries(&self) {
        let answer = plain::exchange(self.client.address(), b"data").unwrap();
        assert_eq!(answer, b"data");
    }
}

fn tunnel(command: &str, socket: &Path) -> Call {
    Call::trustpack(["tunnel", command, "--control"]).arg(socket)
}

/// Sends a line, and gives the one that comes back.
#[track_caller]
fn says(stream: &mut BufReader<UnixStream>, line: &[u8]) -> String {
    stream.get_mut().write_all(line).unwrap();
    let mut answer = String::new();
    stream.read_line(&mut answer).unwrap();
    answer
}

#[test]
fn a_reload_says_what_has_changed_and_what_stays() {
    let controlled = Controlled::start();
    let reload = || tunnel("reload", &controlled.socket());
    reload().succeeds().prints("unchanged");
    let certificate = controlled.certificates.file("p256");
    let good = fs::read(&certificate).unwrap();
    fs::write(&certificate, "no certificate").unwrap();
    reload().exits_with(1).prints("stays as it was: ");
    reload()
        .arg("--json")
        .exits_with(1)
        .prints(r#""outcome": "stays""#);
    controlled.carries();
    fs::write(&certificate, good).unwrap();
    reload().succeeds();
}

#[test]
fn a_stop_waits_for_the_end_and_takes_the_socket_along() {
    let controlled = Controlled::start();
    controlled.carries();
    let socket = controlled.socket();
    tunnel("stop", &socket).arg("--wait").succeeds();
    let outcome = controlled.server.end();
    assert!(outcome.status.success(), "{outcome}");
    let outcome = outcome.says("a request at the control socket");
    outcome.says("stopped; every connection had ended");
    assert!(!socket.exists());
    tunnel("reload", &socket).refused("there is no control socket");
}

#[test]
fn garbage_gets_a_named_reason_and_harms_nobody() {
    let mut controlled = Controlled::start();
    let mut stream = controlled.connect();
    for (line, reason) in [
        (&b"\n"[..], "no JSON"),
        (b"GET /metrics HTTP/1.1\r\n", "no JSON"),
        (b"\xff\x00\x1b[31m\n", "no JSON"),
        (b"[]\n", "a JSON object"),
        (b"{\"request\":\"halt\\u001b\"}\n", "halt\\\\u{1b}"),
    ] {
        let answer = says(&mut stream, line);
        assert!(
            answer.contains("refused") && answer.contains(reason),
            "{answer}"
        );
        controlled.server.says("control request refused");
        controlled.carries();
    }
    // The same connection still serves.
    let status = says(&mut stream, b"{\"request\":\"status\"}\n");
    assert!(status.contains(r#""stage":"serving""#), "{status}");

    // A line without end is not waited for.
    let answer = says(&mut stream, &[b' '; 5000]);
    assert!(answer.contains("longer than 4096 bytes"), "{answer}");
    // What was not read any more makes the close a reset.
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);

    let mut many: Vec<_> = (0..16).map(|_| controlled.connect()).collect();
    for stream in &mut many {
        says(stream, b"{\"request\":\"status\"}\n");
    }
    let mut answer = String::new();
    controlled.connect().read_line(&mut answer).unwrap();
    assert!(
        answer.contains("there are 16 control connections already"),
        "{answer}"
    );
    controlled.carries();
}

#[test]
fn whoever_asks_octet_by_octet_is_answered_and_whoever_takes_no_answer_disturbs_nobody() {
    let controlled = Controlled::start();
    let mut slow = controlled.connect();
    for octet in b"{\"request\":\"status\"}\n" {
        slow.get_mut().write_all(&[*octet]).unwrap();
    }
    let mut answer = String::new();
    slow.read_line(&mut answer).unwrap();
    assert!(answer.contains(r#""stage":"serving""#), "{answer}");
    // It asks until the answers that it does not take fill everything between the two.
    let mut deaf = controlled.connect();
    let limit = Some(Duration::from_millis(300));
    deaf.get_mut().set_write_timeout(limit).unwrap();
    let mut asked = 0;
    while deaf
        .get_mut()
        .write_all(b"{\"request\":\"status\"}\n")
        .is_ok()
    {
        asked += 1;
        assert!(asked < 1_000_000, "it reads on and on");
    }
    for _ in 0..3 {
        tunnel("status", &controlled.socket()).succeeds();
        controlled.carries();
    }
}

#[test]
fn only_the_owner_may_connect_and_a_live_socket_is_not_replaced() {
    let controlled = Controlled::start();
    let socket = controlled.socket();
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    let start = |socket: &Path| {
        Call::trustpack(["tunnel", "client", "--listen", "127.0.0.1:0", "--to"])
            .args(["localhost:1", "--trusted-ca"])
            .arg(controlled.certificates.file("root"))
            .arg("--control")
            .arg(socket)
    };
    start(&socket).refused("another process listens at the control socket");
    controlled.carries();

    let file = controlled.folder.path().join("file");
    fs::write(&file, "kept").unwrap();
    start(&file).refused("is no socket; it is left alone");
    assert_eq!(fs::read(&file).unwrap(), b"kept");

    // As a process leaves it that was killed.
    let stale = controlled.folder.path().join("stale");
    drop(UnixListener::bind(&stale).unwrap());
    tunnel("stop", &stale)
        .exits_with(3)
        .says("its process is gone");
    start(&controlled.folder.path().join("missing/control"))
        .refused("cannot be made")
        .says("hint: make the folder of the socket first");
    let again = Tunnel::start(start(&stale));
    tunnel("stop", &stale).arg("--wait").succeeds();
    assert!(again.end().status.success());
}

#[test]
fn a_service_of_systemd_has_its_socket_in_its_folder() {
    let certificates = Certificates::new();
    let folder = folder::temporary();
    let call = Call::trustpack(["tunnel", "client", "--listen", "127.0.0.1:0", "--to"])
        .args(["localhost:1", "--trusted-ca"])
        .arg(certificates.file("root"))
        .env("RUNTIME_DIRECTORY", folder.path().to_str().unwrap());
    let tunnel_of_service = Tunnel::start(call);
    tunnel("stop", &folder.path().join("control.sock")).succeeds();
    assert!(tunnel_of_service.end().status.success());
}
