//! What running tunnels say of themselves: status, report and top at the control socket, and figures for Prometheus,
//! whose own reader reads them.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::openssl_peer::s_client;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::until;

use crate::certificates::Certificates;

const DATA: &[u8] = b"some data";

/// A port that takes both, which two came to in TLS, one in plain text, and one who was refused.
struct Seen {
    certificates: Certificates,
    folder: TempDir,
    server: Tunnel,
    _service: Service,
}

impl Seen {
    fn after_four() -> Self {
        let certificates = Certificates::new();
        let folder = folder::temporary();
        let service = Service::returning(DATA.len());
        let [control, metrics] = ["control", "metrics"].map(|name| folder.path().join(name));
        let metrics = format!("unix:{}", metrics.display());
        let options = [
            "--upgrade",
            "1",
            "--control",
            control.to_str().unwrap(),
            "--metrics",
            &metrics,
        ];
        let mut server = certificates.server(service.address(), "p256", &options);
        for _ in 0..2 {
            let client = s_client(server.address(), &certificates.file("root"));
            client.stdin(DATA).succeeds();
            server.carried();
        }
        assert_eq!(plain::exchange(server.address(), DATA).unwrap(), DATA);
        server.carried();
        let twin = s_client(server.address(), &certificates.file("other-root"));
        assert!(!twin.stdin(b"x").run().status.success());
        server.report();
        Self {
            certificates,
            folder,
            server,
            _service: service,
        }
    }

    fn asks(&self, command: &str) -> Call {
        let socket = self.folder.path().join("control");
        Call::trustpack(["tunnel", command, "--control"]).arg(socket)
    }
}

fn json(outcome: &str) -> Value {
    serde_json::from_str(outcome).unwrap()
}

#[test]
fn status_tells_what_happened() {
    let mut seen = Seen::after_four();
    let held = plain::connect(seen.server.address());
    (&held).write_all(&DATA[..1]).unwrap();
    let mut status = Value::Null;
    until("the byte has arrived", || {
        status = json(&seen.asks("status").arg("--json").succeeds().stdout);
        status["endpoints"][0]["figures"]["bytes_in"] == 3 * DATA.len() + 1
    });
    assert_eq!(status["stage"], "serving");
    let endpoint = &status["endpoints"][0];
    assert_eq!(endpoint["place"], "command line");
    assert_eq!(endpoint["generation"], 1);
    assert_eq!(endpoint["certificate"]["subject"], "CN=p256");
    let figures = &endpoint["figures"];
    for (figure, count) in [
        ("open", 1),
        ("opened", 5),
        ("full_handshakes", 2),
        ("bytes_in", 3 * DATA.len() + 1),
        ("bytes_out", 3 * DATA.len()),
    ] {
        assert_eq!(figures[figure], count, "{figure}: {status}");
    }
    assert_eq!(figures["refused_handshakes"]["alert"], 1, "{status}");
    assert_eq!(endpoint["plain"]["count"], 2);
    let failure = &endpoint["last_failures"][0];
    assert!(
        failure["reason"].to_string().contains("unknown_ca"),
        "{status}"
    );
    let caller = held.local_addr().unwrap().to_string();
    let open = seen.asks("status").args(["--connections", "--json"]);
    let open = json(&open.succeeds().stdout);
    assert_eq!(open["count"], 1);
    let oldest = &open["oldest"][0];
    assert_eq!(oldest["caller"], *caller);
    assert_eq!(
        oldest["subject"],
        Value::Null,
        "plain text has none: {open}"
    );
    assert_eq!(oldest["bytes_in"], 1, "{open}");
    assert_eq!(oldest["waits_for"], "data", "{open}");
    let text = seen.asks("status").succeeds();
    text.prints("serving for ")
        .prints("the peer refused with the alert unknown_ca");
    let lines = seen.asks("top").args(["--count", "1"]).succeeds();
    lines.prints("command line: open 1, new ");
    drop(held);
    seen.server.report();
}

#[test]
fn connections_are_told_with_their_peers_and_what_they_wait_for() {
    let certificates = Certificates::new();
    let folder = folder::temporary();
    let socket = folder.path().join("control");
    // It reads as much as is sent first, and then nothing any more.
    let (go_on, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let service = Service::start(move |mut stream| {
        stream.read_exact(&mut [0; 4]).unwrap();
        stream.write_all(b"word").unwrap();
        told.lock().unwrap().recv().unwrap_err();
    });
    let options = ["--tls-mutual", "1", "--control", socket.to_str().unwrap()];
    let server = certificates.server(service.address(), "p256", &options);
    let client = certificates.client(server.address(), Some("rsa"), &[]);
    let silent = plain::connect(server.address());
    let mut program = plain::connect(client.address());
    program.write_all(b"word").unwrap();
    program.read_exact(&mut [0; 4]).unwrap();
    let told = || {
        let call = Call::trustpack(["tunnel", "status", "--connections", "--json", "--control"]);
        json(&call.arg(&socket).succeeds().stdout)
    };
    let one = |of: &Value, subject: &Value| {
        let mut all = of["oldest"].as_array().unwrap().iter();
        all.find(|one| one["subject"] == *subject).unwrap().clone()
    };
    let connections = told();
    let half_open = one(&connections, &Value::Null);
    assert_eq!(half_open["waits_for"], "handshake", "{connections}");
    let carried = one(&connections, &Value::from("CN=rsa"));
    assert_eq!(carried["version"], "TLS 1.3", "{connections}");
    let suite = carried["suite"].as_str().unwrap();
    assert!(suite.starts_with("TLS_AES_"), "{connections}");
    assert_eq!(
        (&carried["bytes_in"], &carried["bytes_out"]),
        (&Value::from(4), &Value::from(4)),
        "{connections}"
    );
    assert_eq!(carried["waits_for"], "data", "{connections}");
    // The program behind takes nothing any more.
    program
        .set_write_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    while program.write(&[0; 1 << 16]).is_ok() {}
    until("it waits for the program", || {
        one(&told(), &Value::from("CN=rsa"))["waits_for"] == "program"
    });
    let text = Call::trustpack(["tunnel", "status", "--connections", "--control"]).arg(&socket);
    text.succeeds()
        .prints("CN=rsa")
        .prints("the program to take data")
        .prints("the handshake");
    drop((silent, program, go_on));
}

#[test]
fn top_elsewhere_than_on_a_terminal_tells_of_the_interval_alone() {
    let seen = Seen::after_four();
    let lines = seen.asks("top").args(["--count", "1"]).succeeds();
    // Handshakes there were, but not in it.
    lines.prints("p50 -, p99 -, ");
}

#[test]
fn a_change_that_is_not_taken_over_is_in_the_status() {
    let mut seen = Seen::after_four();
    let certificate = seen.certificates.file("p256");
    std::fs::write(&certificate, "no certificate").unwrap();
    seen.asks("reload").exits_with(1);
    let status = json(&seen.asks("status").arg("--json").succeeds().stdout);
    let endpoint = &status["endpoints"][0];
    assert_eq!(endpoint["figures"]["changes_refused"], 1, "{status}");
    assert_eq!(endpoint["findings"][0]["severity"], "error", "{status}");
    assert_eq!(endpoint["certificate"]["subject"], "CN=p256");
    let failures = endpoint["last_failures"].to_string();
    assert!(failures.contains("a change was not taken over"), "{status}");
    seen.server.says("it stays as it was");
}

#[test]
fn report_says_who_still_comes_in_plain() {
    let seen = Seen::after_four();
    let report = json(&seen.asks("report").arg("--json").exits_with(1).stdout);
    let port = &report["ports"][0];
    assert_eq!(port["tls_handshakes"], 2, "{report}");
    assert_eq!(port["plain"]["count"], 1, "{report}");
    assert_eq!(port["callers"][0]["caller"], "127.0.0.1", "{report}");
    assert_eq!(port["forgotten"], Value::Null);
    seen.asks("report")
        .exits_with(1)
        .prints("1 came in plain text, 2 in TLS");
}

#[test]
fn report_says_when_a_port_can_be_closed_to_plain_text() {
    let certificates = Certificates::new();
    let folder = folder::temporary();
    let control = folder.path().join("control");
    let service = Service::returning(DATA.len());
    let start = |options: &[&str]| {
        let options = [&["--control", control.to_str().unwrap()], options].concat();
        certificates.server(service.address(), "p256", &options)
    };
    let report = || Call::trustpack(["tunnel", "report", "--control"]).arg(&control);
    let advised = |words: &str| {
        report().succeeds().prints(words);
        let told = json(&report().arg("--json").succeeds().stdout);
        assert_eq!(told["ports"][0]["plain"], Value::Null, "{told}");
        told["ports"][0]["tls_handshakes"].clone()
    };
    let mut server = start(&["--upgrade", "1"]);
    // Nobody at all says nothing of whom there is.
    assert_eq!(
        advised("0 in TLS; nobody came in TLS either: look again"),
        0
    );
    let in_tls = |server: &mut Tunnel| {
        let client = s_client(server.address(), &certificates.file("root"));
        client.stdin(DATA).succeeds();
        server.carried();
    };
    in_tls(&mut server);
    assert_eq!(advised("1 in TLS; it can be closed to plain text"), 1);
    assert_eq!(plain::exchange(server.address(), DATA).unwrap(), DATA);
    server.carried();
    let told = report().exits_with(1);
    assert!(!told.stdout.contains("can be closed"), "{told}");
    server.tell_to_stop();
    assert!(server.end().status.success());
    // One that takes no plain text has nothing to be closed.
    let server = start(&[]);
    report()
        .succeeds()
        .prints("no port takes plain text beside TLS");
    drop(server);
}

/// The page of figures, and that nobody else gets one.
fn page(socket: &Path, request: &str) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const READER: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
found = []
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        found.append([family.type, sample.name, sample.labels, sample.value])
json.dump(found, sys.stdout)
";

#[test]
fn prometheus_reads_the_figures() {
    let seen = Seen::after_four();
    let socket = seen.folder.path().join("metrics");
    // Readers that say nothing keep nobody from the figures.
    let silent: Vec<_> = (0..20)
        .map(|_| UnixStream::connect(&socket).unwrap())
        .collect();
    let begun = Instant::now();
    let answer = page(&socket, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(begun.elapsed() < Duration::from_secs(5));
    drop(silent);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("application/openmetrics-text"), "{head}");
    let read = Call::python("python3", ["-c", READER]).stdin(body.as_bytes());
    let samples = json(&read.succeeds().stdout);
    let value = |name: &str, label: (&str, &str)| {
        let all = samples.as_array().unwrap().iter();
        let mut matching = all.filter(|sample| {
            sample[1] == name && sample[2].get(label.0).is_some_and(|value| value == label.1)
        });
        matching.next().map(|sample| sample[3].as_f64().unwrap())
    };
    let place = ("place", "command line");
    for (name, label, count) in [
        ("trustpack_tunnel_handshakes_total", ("result", "full"), 2.0),
        (
            "trustpack_tunnel_handshakes_total",
            ("reason", "alert"),
            1.0,
        ),
        (
            "trustpack_tunnel_connections_ended_total",
            ("reason", "in-order"),
            3.0,
        ),
        ("trustpack_tunnel_handshake_seconds_count", place, 2.0),
        (
            "trustpack_tunnel_handshake_seconds_bucket",
            ("le", "+Inf"),
            2.0,
        ),
        ("trustpack_tunnel_plain_connections_total", place, 1.0),
        ("trustpack_tunnel_generation", place, 1.0),
    ] {
        assert_eq!(value(name, label), Some(count), "{name} {label:?}\n{body}");
    }
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404"),
        ("DELETE /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 405"),
        ("nonsense\r\n\r\n", "HTTP/1.1 400"),
    ] {
        let answer = page(&socket, request);
        assert!(answer.starts_with(status), "{answer}");
    }
}

#[test]
fn figures_stay_on_this_machine() {
    let certificates = Certificates::new();
    let refused = Call::trustpack(["tunnel", "server", "--listen", "127.0.0.1:0"])
        .args(["--to", "127.0.0.1:1", "--metrics", "192.0.2.1:9469"])
        .args(certificates.identity("p256"))
        .arg("--trusted-ca")
        .arg(certificates.file("root"));
    refused.refused("192.0.2.1:9469 is not a loopback address");
}

#[test]
fn top_draws_on_a_terminal_until_q() {
    let seen = Seen::after_four();
    let socket = seen.folder.path().join("control");
    // script(1) gives it a terminal.
    let program = trustpack_e2e::program::trustpack().display();
    let command = format!("{program} tunnel top --control {}", socket.display());
    let top = Call::foreign("script", ["-qec", &command, "/dev/null"]).stdin(b"q");
    let drawn = top
        .succeeds()
        .prints("(q ends)")
        .prints("command line")
        .prints("before handshake");
    let left = "\u{1b}[?25h\u{1b}[?1049l";
    assert!(drawn.stdout.contains(left), "{drawn}");
}
