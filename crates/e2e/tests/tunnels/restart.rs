//! A restart: the next process takes the listening sockets over, and nobody is refused or cut.
//!
//! Long because the stories share the site on which one process follows another.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{HeldNumber, Service};
use trustpack_e2e::program;
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::{PATIENCE, Watched, until};

use crate::certificates::Certificates;

/// Two tunnels with a service behind them. Either can be started anew in the place of the one that runs.
struct Site {
    certificates: Certificates,
    service: Service,
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        Self {
            certificates: Certificates::new(),
            service: Service::returning_at_end(),
            folder: folder::temporary(),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `tunnel server`, which takes over if there is somebody to take over from.
    fn server_call(&self, listen: &str) -> Call {
        let to = self.service.address().to_string();
        Call::trustpack([
            "tunnel",
            "server",
            "--take-over",
            "--listen",
            listen,
            "--to",
            &to,
        ])
        .args(self.certificates.identity("p256"))
        .arg("--control")
        .arg(self.at("server"))
        .arg("--metrics")
        .arg(format!("unix:{}", self.at("metrics").display()))
    }

    fn server(&self, listen: &str) -> Tunnel {
        Tunnel::start(self.server_call(listen))
    }

    /// `tunnel client` on a UNIX socket, which takes over likewise.
    fn client(&self, to: SocketAddr, socket: &Path) -> Tunnel {
        let call = Call::trustpack(["tunnel", "client", "--take-over", "--listen"])
            .arg(format!("unix:{}", socket.display()))
            .args(["--to", &to.to_string(), "--trusted-ca"])
            .arg(self.certificates.file("root"))
            .arg("--control")
            .arg(self.at("client"));
        Tunnel::start(call)
    }
}

/// Sends something through a UNIX socket, ends, and reads what comes back.
fn exchange(socket: &Path) -> std::io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"data")?;
    stream.shutdown(Shutdown::Write)?;
    let mut got = Vec::new();
    stream.read_to_end(&mut got)?;
    Ok(got)
}

#[track_caller]
fn ended(tunnel: Tunnel) {
    let outcome = tunnel.end();
    assert!(outcome.status.success(), "{outcome}");
    outcome
        .says("another process has taken over")
        .says("stopped; every connection had ended");
}

#[test]
fn restart_under_load() {
    let site = Site::new();
    let socket = site.at("plain");
    let mut server = site.server("127.0.0.1:0");
    let address = server.address();
    let mut client = site.client(address, &socket);
    let inode = fs::metadata(&socket).unwrap().ino();
    let figures = fs::metadata(site.at("metrics")).unwrap().ino();
    let mut open = UnixStream::connect(&socket).unwrap();
    open.write_all(b"before ").unwrap();
    site.service.wait_for_connections(1);

    let done = AtomicBool::new(false);
    let carried = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    // Neither refused nor broken, whichever process has it.
                    assert_eq!(exchange(&socket).unwrap(), b"data");
                    carried.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let more = |count| {
            let wanted = carried.load(Ordering::SeqCst) + count;
            until("traffic", || carried.load(Ordering::SeqCst) >= wanted);
        };
        let mut old = Vec::new();
        for _ in 0..3 {
            more(20);
            let next = site.server(&address.to_string());
            old.push(std::mem::replace(&mut server, next));
            more(20);
            let next = site.client(address, &socket);
            old.push(std::mem::replace(&mut client, next));
        }
        more(20);
        done.store(true, Ordering::SeqCst);
        // A connection of the first processes is still open, and ends in order.
        open.write_all(b"and after").unwrap();
        open.shutdown(Shutdown::Write).unwrap();
        let mut got = String::new();
        open.read_to_string(&mut got).unwrap();
        assert_eq!(got, "before and after");
        old.into_iter().for_each(ended);
    });

    // The file is the same, and goes with the last process.
    assert_eq!(fs::metadata(&socket).unwrap().ino(), inode);
    assert_eq!(fs::metadata(site.at("metrics")).unwrap().ino(), figures);
    let mut reader = UnixStream::connect(site.at("metrics")).unwrap();
    reader.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    let mut page = String::new();
    reader.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    Call::trustpack(["tunnel", "stop", "--wait", "--control"])
        .arg(site.at("client"))
        .succeeds();
    assert!(client.end().status.success());
    assert!(!socket.exists());
    assert!(!site.at("client").exists());
    assert!(site.at("server").exists());
}

#[test]
fn a_restart_may_bring_other_addresses() {
    let (site, number) = (Site::new(), HeldNumber::take());
    let first = site.server(&number.address());
    let left = first.address();
    let second = site.server("127.0.0.1:0");
    ended(first);
    assert_ne!(second.address(), left);
    // Nobody has the old one any more.
    drop(TcpListener::bind(left).unwrap());
    let socket = site.at("plain");
    let client = site.client(second.address(), &socket);
    assert_eq!(exchange(&socket).unwrap(), b"data");

    let other = site.at("other");
    let next = site.client(second.address(), &other);
    ended(client);
    assert_eq!(exchange(&other).unwrap(), b"data");
    assert!(!socket.exists());
    drop(next);
}

#[test]
fn a_process_that_fails_before_it_is_ready_leaves_the_old_one_serving() {
    let site = Site::new();
    let socket = site.at("plain");
    let server = site.server("127.0.0.1:0");
    let client = site.client(server.address(), &socket);
    // Its settings are wrong.
    let address = server.address().to_string();
    let wrong = site
        .server_call(&address)
        .args(["--trusted-ca", "/nowhere"]);
    wrong.exits_with(1);
    // It had the sockets already, and is gone.
    for _ in 0..3 {
        let mut asking = UnixStream::connect(site.at("client")).unwrap();
        asking.write_all(b"{\"request\":\"hand-over\"}\n").unwrap();
        let mut answer = [0; 10];
        asking.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"{\"answer\":");
    }
    assert_eq!(exchange(&socket).unwrap(), b"data");
    assert!(socket.exists() && site.at("client").exists());
    // Nobody ends a process by a word alone.
    let mut asking = UnixStream::connect(site.at("client")).unwrap();
    asking.write_all(b"{\"request\":\"taken-over\"}\n").unwrap();
    let mut answer = [0; 19];
    asking.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"{\"answer\":\"refused\"");
    assert_eq!(exchange(&socket).unwrap(), b"data");
    drop((server, client));
}

/// A process before that hands its control socket over and, told that another one serves, says nothing: it ends, or it
/// goes on.
const SPEECHLESS: &str = r#"
import os, signal, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("ready", flush=True)
asking, _ = listener.accept()
asking.recv(1000)
asking.sendall(b'{"answer":"sockets","count":1,"process":%d}\n' % os.getpid())
socket.send_fds(asking, [b"\n"], [listener.fileno()])
asking.recv(1000)
if sys.argv[2] == "ends":
    os._exit(0)
asking.close()
signal.pause()
"#;

#[test]
fn only_a_process_that_is_gone_is_taken_over_without_its_word() {
    let site = Site::new();
    let before = |way| {
        drop(fs::remove_file(site.at("server")));
        let call = Call::foreign("python3", ["-c", SPEECHLESS]).arg(site.at("server"));
        let mut before = Watched::start(call.arg(way));
        before.line(|line| (line == "ready").then_some(()));
        before
    };
    let goes_on = before("goes on");
    site.server_call("127.0.0.1:0")
        .exits_with(3)
        .says("gave no answer")
        .says("it may still serve");
    assert!(site.at("server").exists());
    drop(goes_on);

    let gone = before("ends");
    let server = site.server("127.0.0.1:0");
    assert!(server.written().contains("said nothing at its end"));
    drop(gone);
    Call::trustpack(["tunnel", "stop", "--wait", "--control"])
        .arg(site.at("server"))
        .succeeds();
    assert!(server.end().status.success());
    assert!(!site.at("server").exists());
}

/// A process before that hands over more sockets than the next one may have open.
const MANY_SOCKETS: &str = r#"
import os, signal, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("ready", flush=True)
asking, _ = listener.accept()
asking.recv(1000)
asking.sendall(b'{"answer":"sockets","count":60,"process":%d}\n' % os.getpid())
socket.send_fds(asking, [b"\n"], [listener.fileno()] * 60)
asking.recv(1000)
signal.pause()
"#;

#[test]
fn sockets_that_the_next_process_may_not_have_are_told_as_that() {
    let site = Site::new();
    let call = Call::foreign("python3", ["-c", MANY_SOCKETS]).arg(site.at("server"));
    let mut before = Watched::start(call);
    before.line(|line| (line == "ready").then_some(()));
    let begun = Instant::now();
    let to = site.service.address().to_string();
    Call::foreign("prlimit", ["--nofile=40:40"])
        .arg(program::trustpack())
        .args(["tunnel", "server", "--take-over", "--listen", "127.0.0.1:0"])
        .args(["--to", &to])
        .args(site.certificates.identity("p256"))
        .arg("--control")
        .arg(site.at("server"))
        .exits_with(1)
        .says("of the 60 listening sockets of the process")
        .says("this process may open no more files")
        .says("hint: raise the limit of open files");
    assert!(begun.elapsed() < PATIENCE / 2);
}

#[test]
fn the_next_process_need_not_wait_for_the_end_of_a_drain() {
    // For a moment nobody listens there.
    let (site, number) = (Site::new(), HeldNumber::take());
    let mut server = site.server(&number.address());
    let address = server.address();
    let socket = site.at("plain");
    let client = site.client(address, &socket);
    let mut open = UnixStream::connect(&socket).unwrap();
    open.write_all(b"before ").unwrap();
    site.service.wait_for_connections(1);
    let waiting = Watched::start(
        Call::trustpack(["tunnel", "stop", "--wait", "--control"]).arg(site.at("server")),
    );
    server.says("stopping: no new connections, open ones may end");
    until("no new connection", || TcpStream::connect(address).is_err());

    let next = site.server(&address.to_string());
    assert_eq!(exchange(&socket).unwrap(), b"data");
    // Whoever waits for the end of the first waits for that, though another one answers there now.
    open.write_all(b"and after").unwrap();
    open.shutdown(Shutdown::Write).unwrap();
    let mut got = String::new();
    open.read_to_string(&mut got).unwrap();
    assert_eq!(got, "before and after");
    assert!(server.end().status.success());
    assert!(waiting.end().status.success());
    Call::trustpack(["tunnel", "status", "--control"])
        .arg(site.at("server"))
        .succeeds()
        .prints("serving");
    drop((next, client));
}

#[test]
fn a_process_that_drains_is_in_nobodys_way() {
    // For a moment nobody listens there.
    let (site, number) = (Site::new(), HeldNumber::take());
    let mut first = site.server(&number.address());
    let address = first.address();
    let socket = site.at("plain");
    let client = site.client(address, &socket);
    let mut open = UnixStream::connect(&socket).unwrap();
    open.write_all(b"data").unwrap();
    site.service.wait_for_connections(1);
    let next = site.server(&address.to_string());
    first.says("stopping: no new connections, open ones may end");
    // The one that serves is killed while the first one still carries a connection.
    let next_process = Pid::from_raw(next.process().try_into().unwrap()).unwrap();
    kill_process(next_process, Signal::KILL).unwrap();
    drop(next);
    let status = Call::trustpack(["tunnel", "status", "--control"]).arg(site.at("server"));
    let said = status.exits_with(3);
    assert!(said.stderr.contains("nobody listens"), "{said}");
    let last = site.server(&address.to_string());
    assert_eq!(exchange(&socket).unwrap(), b"data");
    open.shutdown(Shutdown::Write).unwrap();
    let mut got = String::new();
    open.read_to_string(&mut got).unwrap();
    assert_eq!(got, "data");
    assert!(first.end().status.success());
    drop((last, client));
}

/// What the process says that has the control socket now.
fn asked(site: &Site, options: &[&str]) -> Value {
    let call = Call::trustpack(["tunnel", "status", "--json"]).args(options);
    let said = call.arg("--control").arg(site.at("server")).succeeds();
    serde_json::from_str(&said.stdout).unwrap()
}

/// A caller of the process that has the control socket; so many have come before. The process before it takes callers in
/// until its doors are closed.
fn caller_of_the_present(site: &Site, socket: &Path, count: &mut usize) -> UnixStream {
    loop {
        let mut open = UnixStream::connect(socket).unwrap();
        open.write_all(b"data").unwrap();
        *count += 1;
        site.service.wait_for_connections(*count);
        let status = asked(site, &[]);
        if *status.pointer("/endpoints/0/figures/open").unwrap() == 1 {
            return open;
        }
    }
}

/// What is said of processes before, when each of them carries one connection.
fn when_each_has_one(site: &Site) -> Value {
    let mut status = Value::Null;
    until("each carries one", || {
        status = asked(site, &[]);
        let left = status.get("draining").and_then(Value::as_array);
        let one = |left: &Value| left.get("connections").and_then(Value::as_u64) == Some(1);
        left.unwrap().iter().all(one)
    });
    status
}

#[test]
fn processes_before_are_told_of_while_they_drain() {
    let site = Site::new();
    let socket = site.at("plain");
    let first = site.server("127.0.0.1:0");
    let address = first.address();
    let client = site.client(address, &socket);
    let mut count = 0;
    let mut open = || caller_of_the_present(&site, &socket, &mut count);
    let of_first = open();
    let second = site.server(&address.to_string());
    let of_second = open();
    let third = site.server(&address.to_string());
    let of_third = open();

    let status = when_each_has_one(&site);
    let left: Vec<_> = status["draining"].as_array().unwrap().iter().collect();
    assert_eq!(left.len(), 2, "{status}");
    for (left, process) in left.into_iter().zip([&second, &first]) {
        assert_eq!(left["process"], process.process(), "{status}");
        assert_eq!(left["connections"], 1, "{status}");
    }
    let connections = asked(&site, &["--connections"]);
    assert_eq!(connections["count"], 3, "{connections}");
    let processes: Vec<_> = (0..3)
        .map(|index| &connections["oldest"][index]["process"])
        .collect();
    assert_eq!(*processes[0], first.process());
    assert_eq!(*processes[1], second.process());
    assert_eq!(*processes[2], Value::Null);
    let text = Call::trustpack(["tunnel", "status", "--control"]).arg(site.at("server"));
    text.succeeds().prints(&format!(
        "process {} before this one drains for ",
        second.process()
    ));
    let live = Call::trustpack(["tunnel", "top", "--count", "1", "--interval", "100ms"]);
    let mut live = live.arg("--control").arg(site.at("server")).succeeds();
    for process in [&first, &second].map(Tunnel::process) {
        live = live.prints(&format!("process {process} before this one drains for "));
    }

    // The one between ends: what the first one carries is told of all the same, also by the one after.
    drop(of_second);
    ended(second);
    let told = || asked(&site, &[])["draining"].clone();
    let one = told();
    assert_eq!(one.as_array().unwrap().len(), 1, "{one}");
    assert_eq!(one[0]["process"], first.process(), "{one}");
    let fourth = site.server(&address.to_string());
    drop(of_third);
    ended(third);
    let one = told();
    assert_eq!(one.as_array().unwrap().len(), 1, "{one}");
    assert_eq!(one[0]["process"], first.process(), "{one}");
    assert_eq!(one[0]["connections"], 1, "{one}");
    drop(of_first);
    ended(first);
    let status = asked(&site, &[]);
    assert_eq!(status["draining"], json!([]), "{status}");
    drop((fourth, client));
}

#[test]
fn told_to_stop_after_a_take_over_it_cuts_after_the_drain() {
    let site = Site::new();
    let start = |listen: &str| Tunnel::start(site.server_call(listen).args(["--drain", "1"]));
    let mut server = start("127.0.0.1:0");
    let socket = site.at("plain");
    let client = site.client(server.address(), &socket);
    let mut open = UnixStream::connect(&socket).unwrap();
    open.write_all(b"data").unwrap();
    site.service.wait_for_connections(1);
    let next = start(&server.address().to_string());
    server.says("stopping: no new connections, open ones may end");
    server.tell_to_stop();
    let report = server.report();
    assert_eq!(report.text("reason"), Some("cut at the stop"), "{report}");
    assert!(server.end().status.success());
    drop((next, client));
}

#[test]
fn who_looks_on_sees_the_next_process() {
    let site = Site::new();
    let server = site.server("127.0.0.1:0");
    let top = [
        "tunnel",
        "top",
        "--interval",
        "1",
        "--count",
        "2",
        "--control",
    ];
    let mut top = Watched::start(Call::trustpack(top).arg(site.at("server")));
    top.line(|line| line.contains("command line").then_some(()));
    let next = site.server(&server.address().to_string());
    ended(server);
    let outcome = top.end();
    assert!(outcome.status.success(), "{outcome}");
    drop(next);
}

#[test]
fn without_a_control_socket_there_is_nobody_to_take_over_from() {
    let certificates = Certificates::new();
    Call::trustpack(["tunnel", "client", "--take-over", "--listen", "127.0.0.1:0"])
        .args(["--to", "localhost:1", "--trusted-ca"])
        .arg(certificates.file("root"))
        .refused("--take-over needs --control");
}
