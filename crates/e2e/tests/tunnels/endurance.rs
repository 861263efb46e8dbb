//! Ten thousand connections at once, and ten minutes of churn, changes, floods, resets, programs that hang, restarts and
//! garbage at the control socket: memory and descriptors stay flat.
//!
//! Long because what goes on for ten minutes stands together.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;
use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::{PATIENCE, until};

use crate::certificates::Certificates;

const MANY: usize = 10_000;

/// Files that a process has open beside connections, at most.
const BESIDES: u64 = 200;

/// A connection with both ends and all of its TLS, in a tunnel, at most.
///
/// Source: measured: some 25 KiB in a release build; the memory of the allocator is counted.
const MOST_BYTES_EACH: u64 = 64 * 1024;

/// What a process has taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: u64,
    pub(crate) descriptors: usize,
}

impl Taken {
    pub(crate) fn by(tunnel: &Tunnel) -> Self {
        let folder = format!("/proc/{}", tunnel.id());
        let rollup = fs::read_to_string(format!("{folder}/smaps_rollup")).unwrap();
        // Its own pages. Of those of the program's file each process that runs it has its share, which grows when others end.
        let line = rollup
            .lines()
            .find_map(|line| line.strip_prefix("Anonymous:"));
        let kib = line.unwrap().trim().trim_end_matches(" kB");
        Self {
            bytes: kib.parse::<u64>().unwrap() * 1024,
            descriptors: fs::read_dir(format!("{folder}/fd")).unwrap().count(),
        }
    }
}

/// Ten thousand, or as many as this machine lets a process have: each has two sockets in a tunnel, and in
/// this process; and a tunnel keeps as many again for a tenth of them, for callers before their handshake.
fn as_many_as_allowed() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    let room = limit.maximum.unwrap_or(u64::MAX).saturating_sub(BESIDES) * 10 / 22;
    let many = usize::try_from(room).unwrap_or(MANY).min(MANY);
    assert!(
        many * 10 >= MANY * 9,
        "too few open files are allowed (ulimit -Hn): {:?}",
        limit.maximum
    );
    many
}

/// A service that answers each byte of each connection with the same byte, one connection after the other, and again
/// each time it is told to.
fn answering(many: usize) -> (SocketAddr, mpsc::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (again, asked) = mpsc::channel::<()>();
    thread::spawn(move || {
        let answer = |stream: &mut TcpStream| {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            stream.write_all(&byte).unwrap();
        };
        let mut open = Vec::new();
        while open.len() < many {
            let (mut stream, _) = listener.accept().unwrap();
            answer(&mut stream);
            open.push(stream);
        }
        while asked.recv().is_ok() {
            open.iter_mut().for_each(answer);
        }
    });
    (address, again)
}

fn ask(program: &mut TcpStream, byte: u8) {
    program.write_all(&[byte]).unwrap();
    let mut got = [0];
    program.read_exact(&mut got).unwrap();
    assert_eq!(got, [byte]);
}

#[test]
#[ignore = "takes minutes; ./test --long runs it"]
fn ten_thousand_connections_at_once() {
    let many = as_many_as_allowed();
    let certificates = Certificates::new();
    let (address, again) = answering(many);
    let server = certificates.server(address, "p256", &[]);
    let client = certificates.client(server.address(), None, &[]);
    let mut first = plain::connect(client.address());
    ask(&mut first, 1);
    let mut programs = vec![first];
    let before = [Taken::by(&server), Taken::by(&client)];
    while programs.len() < many {
        let mut program = plain::connect(client.address());
        ask(&mut program, 2);
        programs.push(program);
    }
    again.send(()).unwrap();
    for program in &mut programs {
        ask(program, 3);
    }
    for (tunnel, before) in [&server, &client].into_iter().zip(before) {
        let now = Taken::by(tunnel);
        let each = now.bytes.saturating_sub(before.bytes) / u64::try_from(many).unwrap();
        assert!(each < MOST_BYTES_EACH, "{each} bytes for each connection");
    }
    drop((programs, again));
    for (tunnel, before) in [&server, &client].into_iter().zip(before) {
        until("descriptors are given back", || {
            Taken::by(tunnel).descriptors <= before.descriptors
        });
    }
}

/// How long the long story goes on.
const ENDURANCE: Duration = Duration::from_secs(10 * 60);

/// Memory that may come in the second half: pages of the allocator that were not touched before.
const SLACK_BYTES: u64 = 4 * 1024 * 1024;

/// Tunnels whose certificate is replaced again and again.
struct Enduring {
    certificates: Certificates,
    folder: TempDir,
    server: Tunnel,
    client: Tunnel,
    /// Before a program that accepts and never reads.
    hanging: Tunnel,
    before_hanging: Tunnel,
    /// Another process takes its place again and again.
    restarted: Tunnel,
    _service: Service,
    _hangs: Service,
}

impl Enduring {
    fn start() -> Self {
        let certificates = Certificates::new();
        let folder = folder::temporary();
        let service = Service::returning_at_end();
        let path = |name: &str| folder.path().join(name).into_os_string();
        for (name, from) in [
            ("certificate", certificates.file("p256")),
            ("key", certificates.pki.key("p256")),
        ] {
            fs::copy(from, path(name)).unwrap();
        }
        let server = Tunnel::server(
            service.address(),
            [
                "--certificate".into(),
                path("certificate"),
                "--certificate-key".into(),
                path("key"),
                "--trusted-ca".into(),
                certificates.file("root").into_os_string(),
                "--tls-mutual".into(),
                "1".into(),
                "--handshake-timeout".into(),
                "2".into(),
                "--control".into(),
                path("control"),
            ],
        );
        let client = certificates.client(server.address(), Some("rsa"), &[]);
        // It lets go when its caller is gone, which is what it sees of the tunnel.
        let hangs = Service::start(|stream| {
            let mut gone = [PollFd::new(&stream, PollFlags::HUP)];
            poll(&mut gone, None).unwrap();
        });
        let idle = ["--idle-timeout", "1"];
        let before_hanging = certificates.server(hangs.address(), "p256", &idle);
        let hanging = certificates.client(before_hanging.address(), None, &idle);
        let restarted = next(
            &certificates,
            folder.path(),
            "127.0.0.1:0",
            server.address(),
        );
        Self {
            certificates,
            folder,
            restarted,
            server,
            client,
            hanging,
            before_hanging,
            _service: service,
            _hangs: hangs,
        }
    }

    fn tunnels(&self) -> [&Tunnel; 5] {
        [
            &self.server,
            &self.client,
            &self.before_hanging,
            &self.hanging,
            &self.restarted,
        ]
    }

    /// All of it once.
    fn round(&mut self, certificate: &str) {
        self.churn();
        self.flood();
        self.resets();
        self.hang();
        self.change(certificate);
        self.garbage();
        self.restart();
    }

    /// Many short connections, eight at a time.
    fn churn(&self) {
        let address = self.client.address();
        let workers = (0..8).map(|worker| {
            thread::spawn(move || {
                for round in 0..10 {
                    let data = plain::noise(1000 * (1 + worker * round));
                    let got = plain::exchange(address, &data).unwrap();
                    assert!(got == data, "other data came back");
                }
            })
        });
        let workers: Vec<_> = workers.collect();
        workers
            .into_iter()
            .for_each(|worker| worker.join().unwrap());
    }

    /// Callers that say nothing, too little, or plain text, and are gone or stay until they are closed.
    fn flood(&self) {
        let mut held = Vec::new();
        for number in 0..60 {
            let mut caller = plain::connect(self.server.address());
            let words = match number % 3 {
                0 => "",
                1 => "\x16\x03\x01",
                _ => "GET / HTTP/1.1\r\n",
            };
            caller.write_all(words.as_bytes()).unwrap();
            if number % 2 == 0 {
                held.push(caller);
            }
        }
        for mut caller in held {
            // To its end, orderly or not.
            drop(caller.read_to_end(&mut Vec::new()));
        }
    }

    /// Callers who break off: after a byte of TLS, in the middle of their data, and while their program takes nothing.
    fn resets(&self) {
        for number in 0..30 {
            let mut caller = match number % 3 {
                0 => plain::connect(self.server.address()),
                _ => plain::connect(self.client.address()),
            };
            let words = match number % 3 {
                0 => &b"\x16"[..],
                1 => &[b'x'; 5000][..],
                _ => b"",
            };
            caller.write_all(words).unwrap();
            set_socket_linger(&caller, Some(Duration::ZERO)).unwrap();
        }
    }

    /// Programs that hang with callers who send all that is taken, and give up: some break off, some end. Nothing is left
    /// of any.
    fn hang(&self) {
        let tunnels = [&self.before_hanging, &self.hanging];
        let before = tunnels.map(Taken::by);
        let callers = (0..4).map(|number| {
            let mut caller = plain::connect(self.hanging.address());
            thread::spawn(move || {
                let limit = Some(Duration::from_millis(200));
                caller.set_write_timeout(limit).unwrap();
                while caller.write(&[0; 64 << 10]).is_ok() {}
                if number % 2 == 0 {
                    set_socket_linger(&caller, Some(Duration::ZERO)).unwrap();
                }
            })
        });
        let callers: Vec<_> = callers.collect();
        callers
            .into_iter()
            .for_each(|caller| caller.join().unwrap());
        for (tunnel, before) in tunnels.into_iter().zip(before) {
            until("nothing is left of them", || {
                Taken::by(tunnel).descriptors <= before.descriptors
            });
        }
    }

    /// What is no request, a line without end, half a line, and more callers than there may be, at the control socket.
    fn garbage(&self) {
        let call = || {
            let stream = UnixStream::connect(self.folder.path().join("control")).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream
        };
        let mut asks = BufReader::new(call());
        for words in [
            "\n",
            "GET / HTTP/1.1\r\n",
            "[]\n",
            "{\"request\":\"halt\"}\n",
        ] {
            asks.get_mut().write_all(words.as_bytes()).unwrap();
            let mut answer = String::new();
            asks.read_line(&mut answer).unwrap();
            assert!(answer.contains("refused"), "{answer}");
        }
        // It is closed before its end comes.
        drop(call().write_all(&[b' '; 100_000]));
        call().write_all(b"{\"request\":").unwrap();
        let many: Vec<_> = (0..40).map(|_| call()).collect();
        drop(many);
        until("whoever asks is answered", || {
            let mut asks = BufReader::new(call());
            let asked = asks.get_mut().write_all(b"{\"request\":\"status\"}\n");
            let mut answer = String::new();
            asked.is_ok() && asks.read_line(&mut answer).is_ok() && answer.contains("serving")
        });
    }

    /// Another process takes over while callers come; one who was there before goes on, and nobody is refused.
    fn restart(&mut self) {
        let address = self.restarted.address();
        let mut open = plain::connect(address);
        open.write_all(b"before ").unwrap();
        let done = AtomicBool::new(false);
        let come = || {
            while !done.load(Ordering::SeqCst) {
                assert_eq!(plain::exchange(address, b"data")?, b"data");
            }
            Ok::<(), io::Error>(())
        };
        let (old, came) = thread::scope(|scope| {
            let callers = [scope.spawn(come), scope.spawn(come)];
            let listen = address.to_string();
            let (certificates, folder) = (&self.certificates, self.folder.path());
            let next = next(certificates, folder, &listen, self.server.address());
            let old = std::mem::replace(&mut self.restarted, next);
            thread::sleep(Duration::from_millis(200));
            done.store(true, Ordering::SeqCst);
            (old, callers.map(|caller| caller.join().unwrap()))
        });
        for came in came {
            let logs = || [&old, &self.restarted, &self.server].map(Tunnel::written);
            assert!(
                came.is_ok(),
                "{came:?}; {:#?}",
                logs().map(|log| unusual(&log))
            );
        }
        open.write_all(b"and after").unwrap();
        open.shutdown(Shutdown::Write).unwrap();
        let mut got = String::new();
        open.read_to_string(&mut got).unwrap();
        assert_eq!(got, "before and after");
        let ended = old.end();
        assert!(ended.status.success(), "{ended}");
    }

    /// Another certificate and its key; then a broken one, which is not taken.
    fn change(&self, name: &str) {
        for (file, from) in [
            ("certificate", self.certificates.file(name)),
            ("key", self.certificates.pki.key(name)),
        ] {
            fs::copy(from, self.folder.path().join(file)).unwrap();
        }
        let reload = || {
            let socket = self.folder.path().join("control");
            Call::trustpack(["tunnel", "reload", "--control"]).arg(socket)
        };
        reload().succeeds();
        fs::write(self.folder.path().join("certificate"), "broken").unwrap();
        reload().exits_with(1);
    }
}

/// The lines of a log but for those of connections without a fault.
fn unusual(log: &str) -> Vec<String> {
    let usual = |line: &&str| !line.contains("both sides were done");
    log.lines().filter(usual).map(str::to_owned).collect()
}

/// A tunnel to this server that takes the place of the one before it, if there is one.
fn next(certificates: &Certificates, folder: &Path, listen: &str, to: SocketAddr) -> Tunnel {
    let to = to.to_string();
    let call = Call::trustpack(["tunnel", "client", "--take-over", "--listen", listen]);
    let call = call.args(["--to", &to]).args(certificates.identity("rsa"));
    let call = call.arg("--trusted-ca").arg(certificates.file("root"));
    Tunnel::start(call.arg("--control").arg(folder.join("restarted")))
}

/// The same as for ten minutes, once: nothing of it is left.
#[test]
fn after_churn_changes_floods_and_a_restart_descriptors_are_given_back() {
    let mut enduring = Enduring::start();
    enduring.churn();
    let before = enduring
        .tunnels()
        .map(|tunnel| Taken::by(tunnel).descriptors);
    enduring.round("rsa");
    for (tunnel, before) in enduring.tunnels().into_iter().zip(before) {
        // One more is the connection to a process before it, which is known to have ended when it is asked next.
        until("descriptors are given back", || {
            Taken::by(tunnel).descriptors <= before + 1
        });
    }
}

#[test]
#[ignore = "takes ten minutes; ./test --long runs it"]
fn ten_minutes_of_churn_changes_floods_and_restarts() {
    let mut enduring = Enduring::start();
    let begun = Instant::now();
    let mut samples: Vec<(Duration, [Taken; 5])> = Vec::new();
    let mut round = 0;
    while begun.elapsed() < ENDURANCE {
        enduring.round(if round % 2 == 0 { "rsa" } else { "p256" });
        round += 1;
        let taken = enduring.tunnels().map(Taken::by);
        samples.push((begun.elapsed(), taken));
    }
    for tunnel in 0..5 {
        let most = |from: u32, to: u32| {
            let of_time = samples
                .iter()
                .filter(|(at, _)| *at * 4 >= ENDURANCE * from && *at * 4 <= ENDURANCE * to);
            let taken = of_time.map(|(_, taken)| taken[tunnel]);
            taken.fold((0, 0), |most: (u64, usize), taken| {
                (most.0.max(taken.bytes), most.1.max(taken.descriptors))
            })
        };
        // The first quarter is for getting warm.
        let (early, late) = (most(1, 2), most(3, 5));
        assert!(
            late.0 <= early.0 + SLACK_BYTES,
            "after {round} rounds: {early:?}, then {late:?}"
        );
        assert!(
            late.1 <= early.1 + 8,
            "descriptors: {early:?}, then {late:?}"
        );
    }
}
