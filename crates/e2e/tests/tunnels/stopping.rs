//! Stopping: no new connections, open ones may end, those that do not are cut and named.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use trustpack_e2e::ca::TestCa;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::watched::until;

use trustpack_e2e::call::Call;
use trustpack_e2e::tunnel::Tunnel;

use crate::certificates::Certificates;

#[test]
fn an_open_connection_may_end_and_no_new_one_comes_in() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let mut server = certificates.server(service.address(), "p256", &[]);
    let client = certificates.client(server.address(), None, &[]);
    let mut stream = plain::connect(client.address());
    stream.write_all(b"before ").unwrap();
    // The tunnel dials the service only for a client that was let in.
    service.wait_for_connections(1);

    server.tell_to_stop();
    server.says("stopping: no new connections, open ones may end");
    until("no new connection", || {
        TcpStream::connect(server.address()).is_err()
    });
    stream.write_all(b"and after").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut received = String::new();
    stream.read_to_string(&mut received).unwrap();
    assert_eq!(received, "before and after");
    // Our own knocking may have been reported before it.
    let report = server.says("connection ended");
    assert_eq!(
        report.text("reason"),
        Some("both sides were done"),
        "{report}"
    );
    let outcome = server.end();
    assert!(outcome.status.success(), "{outcome}");
    outcome.says("stopped; every connection had ended");
}

#[test]
fn a_connection_that_does_not_end_is_cut_and_named() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let mut server = certificates.server(service.address(), "p256", &["--drain", "1"]);
    let client = certificates.client(server.address(), None, &[]);
    let mut stream = plain::connect(client.address());
    stream.write_all(b"for ever").unwrap();
    service.wait_for_connections(1);
    server.tell_to_stop();
    let report = server.report();
    assert_eq!(report.text("reason"), Some("cut at the stop"), "{report}");
    let outcome = server.end();
    assert!(outcome.status.success(), "{outcome}");
    outcome.says("the limit for draining was reached");
    // The program learns of it.
    assert!(stream.read(&mut [0]).is_err());
}

#[test]
fn a_second_signal_ends_at_once() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let mut server = certificates.server(service.address(), "p256", &["--drain", "86400"]);
    let client = certificates.client(server.address(), None, &[]);
    let mut stream = plain::connect(client.address());
    stream.write_all(b"for ever").unwrap();
    service.wait_for_connections(1);
    server.tell_to_stop();
    server.says("stopping: no new connections, open ones may end");
    server.tell_to_stop();
    let report = server.report();
    assert_eq!(report.text("reason"), Some("cut at the stop"), "{report}");
    let outcome = server.end();
    assert!(outcome.status.success(), "{outcome}");
    outcome.says("told to stop a second time: open connections are cut");
}

#[test]
fn few_open_files_mean_fewer_connections() {
    let certificates = Certificates::new();
    let few = "ulimit -n 300; exec \"$0\" \"$@\"";
    let call = Call::foreign("sh", ["-c", few])
        .arg(trustpack_e2e::program::trustpack())
        .args(["tunnel", "client", "--listen", "127.0.0.1:0"])
        .args(["--to", "127.0.0.1:1", "--trusted-ca"])
        .arg(certificates.file("root"));
    let tunnel = Tunnel::start(call);
    let written = tunnel.written();
    let line = written
        .lines()
        .find(|line| line.contains("fewer connections at once than usual"));
    assert!(
        line.is_some_and(|line| line.contains("\"connections\":36,")),
        "{written}"
    );
}

#[test]
fn what_is_wrong_at_the_start_is_in_the_log() {
    let certificates = Certificates::new();
    let call = Call::trustpack(["tunnel", "client", "--listen", "127.0.0.1:0"])
        .args(["--to", "127.0.0.1:1", "--trusted-ca"])
        .arg(certificates.file("root"))
        .env("TRUSTPACK_LOG", "verbose");
    let written = Tunnel::start(call).written();
    assert!(
        written.contains("the value of TRUSTPACK_LOG is not understood"),
        "{written}"
    );
    assert!(
        written.contains("the name of the server is not checked"),
        "{written}"
    );
    assert!(written.contains("name the server with --name"), "{written}");
}

/// The program that read the log may have ended: that is no reason to stop, nor not to.
#[test]
fn a_log_that_nobody_reads_changes_nothing() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let server = certificates.server(service.address(), "p256", &[]);
    let client = certificates.client(server.address(), None, &[]);
    let carries = || assert_eq!(plain::exchange(client.address(), b"data").unwrap(), b"data");
    server.close_log_after_next_line();
    carries();
    server.wait_for_closed_log();
    carries();
    carries();
    server.tell_to_stop();
    let outcome = server.end();
    assert!(outcome.status.success(), "{outcome}");
}

/// The program that reads the log may have stopped reading: the log waits, and nothing else does.
#[test]
fn a_log_whose_reader_has_stopped_holds_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let ca = TestCa::new();
    let socket = folder.path().join("plain.socket");
    let mut tunnel = Command::new(trustpack_e2e::program::trustpack())
        .args(["tunnel", "client", "--to", "127.0.0.1:1", "--trusted-ca"])
        .arg(ca.conf("ca_cert.pem"))
        .arg("--listen")
        .arg(format!("unix:{}", socket.display()))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the tunnel listens", || {
        UnixStream::connect(&socket).is_ok()
    });
    // Each leaves a line, and a pipe holds some hundred.
    for _ in 0..1_000 {
        let mut stream = UnixStream::connect(&socket).unwrap();
        let mut nothing = Vec::new();
        // Nobody listens at the other end: closed, in order or not.
        drop(stream.read_to_end(&mut nothing));
        assert!(nothing.is_empty());
    }
    let id = i32::try_from(tunnel.id())
        .ok()
        .and_then(Pid::from_raw)
        .unwrap();
    kill_process(id, Signal::TERM).unwrap();
    until("the tunnel ends", || tunnel.try_wait().unwrap().is_some());
    assert!(tunnel.wait().unwrap().success());
}
