//! What the system says instead of a caller: each lack has its line in the log, who is connected is not touched, and who
//! waits is let in afterwards; and a system that does not answer. A library that is loaded into the program takes its place.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::Duration;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::{PATIENCE, until};

use crate::certificates::Certificates;

/// In the place of `accept4`: the number of an error, as often as the second number of the plan says; and no answer at all
/// for as long as the error is below 0. The plan is shared with the story, and mapped before the program confines itself.
const SYSTEM: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int *plan;

__attribute__((constructor)) static void see_plan(void) {
    int file = open(getenv("ACCEPT_PLAN"), O_RDWR);
    plan = mmap(0, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || plan == MAP_FAILED) abort();
    close(file);
}

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    while (__atomic_load_n(plan, __ATOMIC_SEQ_CST) < 0) usleep(1000);
    if (__atomic_load_n(plan + 1, __ATOMIC_SEQ_CST) > 0 && __atomic_fetch_sub(plan + 1, 1, __ATOMIC_SEQ_CST) > 0) {
        errno = plan[0];
        return -1;
    }
    return syscall(SYS_accept4, listener, address, length, flags);
}
"#;

/// How often each of them is said.
const TIMES: i32 = 4;

/// What the system may lack (`errno.h` of Linux): the number, what the log says, and of its remedy.
const LACKS: [(i32, &str, &str); 4] = [
    (24, "Too many open files (os error 24)", "LimitNOFILE="),
    (
        23,
        "Too many open files in system (os error 23)",
        "fs.file-max",
    ),
    (
        105,
        "No buffer space available (os error 105)",
        "memory of this machine",
    ),
    (
        12,
        "Cannot allocate memory (os error 12)",
        "memory of this machine",
    ),
];

/// ECONNABORTED: the caller at the head of the queue has gone.
const ABORTED: i32 = 103;

/// A tunnel for which the system is played.
struct Played {
    folder: tempfile::TempDir,
    plan: File,
    certificates: Certificates,
    service: Service,
}

impl Played {
    fn new() -> Self {
        let folder = folder::temporary();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("system.c"), SYSTEM).unwrap();
        Call::foreign("cc", ["-shared", "-fPIC", "-o", "system.so", "system.c"])
            .within(folder.path())
            .succeeds();
        fs::write(at("plan"), [0; 8]).unwrap();
        let plan = File::options().write(true).open(at("plan")).unwrap();
        Self {
            plan,
            folder,
            certificates: Certificates::new(),
            service: Service::start(|mut stream| {
                let mut four = [0; 4];
                while stream.read_exact(&mut four).is_ok() && stream.write_all(&four).is_ok() {}
            }),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn server(&self) -> Tunnel {
        Tunnel::start(self.server_call())
    }

    fn server_call(&self) -> Call {
        let to = self.service.address().to_string();
        Call::trustpack(["tunnel", "server", "--listen", "127.0.0.1:0", "--to", &to])
            .args(self.certificates.identity("p256"))
            .arg("--trusted-ca")
            .arg(self.certificates.file("root"))
            .env("LD_PRELOAD", self.at("system.so").to_str().unwrap())
            .env("ACCEPT_PLAN", self.at("plan").to_str().unwrap())
    }

    /// Has the system say this so often; not cut and written anew, since it is mapped.
    fn says(&self, error: i32, times: i32) {
        let plan = [error.to_ne_bytes(), times.to_ne_bytes()].concat();
        self.plan.write_all_at(&plan, 0).unwrap();
    }
}

/// There and back.
#[track_caller]
fn goes_through(program: &mut TcpStream) {
    program.write_all(b"data").unwrap();
    let mut back = [0; 4];
    program.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"data");
}

#[test]
fn what_the_system_lacks_for_accepting_is_named_and_touches_nobody_else() {
    let played = Played::new();
    for (error, words, remedy) in LACKS {
        let mut server = played.server();
        let client = played.certificates.client(server.address(), None, &[]);
        let mut untouched = plain::connect(client.address());
        goes_through(&mut untouched);
        played.says(error, TIMES);
        let mut waiting = plain::connect(client.address());
        waiting.write_all(b"data").unwrap();
        let begins = server.says("connections cannot be accepted for now");
        assert_eq!(begins.text("error"), Some(words), "{begins}");
        assert_eq!(begins.text("place"), Some("command line"), "{begins}");
        assert!(begins.text("remedy").unwrap().contains(remedy), "{begins}");
        goes_through(&mut untouched);
        let ends = server.says("connections are accepted again");
        assert_eq!(
            ends.number("failures"),
            Some(TIMES.unsigned_abs().into()),
            "{ends}"
        );
        let mut back = [0; 4];
        waiting.read_exact(&mut back).unwrap();
        goes_through(&mut untouched);
        let told = server.written();
        assert_eq!(told.matches("cannot be accepted").count(), 1, "{told}");
        drop((waiting, untouched));
    }
}

#[test]
fn a_caller_who_is_gone_before_it_is_accepted_is_no_trouble() {
    let played = Played::new();
    let mut server = played.server();
    let client = played.certificates.client(server.address(), None, &[]);
    let mut untouched = plain::connect(client.address());
    goes_through(&mut untouched);
    played.says(ABORTED, 50);
    goes_through(&mut plain::connect(client.address()));
    goes_through(&mut untouched);
    let gone = server.says("callers were gone before they were accepted");
    assert_eq!(
        gone.text("error"),
        Some("Software caused connection abort (os error 103)")
    );
    assert_eq!(gone.number("times"), Some(1), "{gone}");
    drop(untouched);
    server.tell_to_stop();
    let rest = server.says("callers were gone before they were accepted");
    assert_eq!(rest.number("times"), Some(49), "{rest}");
    let told = server.written();
    assert!(!told.contains("cannot be accepted"), "{told}");
}

#[test]
fn the_manager_hears_nothing_while_a_thread_that_carries_connections_hangs() {
    let played = Played::new();
    let address = played.at("notify").display().to_string();
    let manager = UnixDatagram::bind(&address).unwrap();
    let call = played.server_call();
    let call = call.env("NOTIFY_SOCKET", &address);
    let server = Tunnel::start(call.env("WATCHDOG_USEC", "100000"));
    let hears = |patience| {
        manager.set_read_timeout(Some(patience)).unwrap();
        let mut notice = [0; 256];
        let length = manager.recv(&mut notice).ok()?;
        Some(String::from_utf8(notice[..length].to_vec()).unwrap())
    };
    assert!(hears(PATIENCE).unwrap().starts_with("READY=1"));
    assert_eq!(hears(PATIENCE).as_deref(), Some("WATCHDOG=1\n"));
    // The system gives no answer, as it should never be.
    played.says(-1, 0);
    let caller = plain::connect(server.address());
    // What was told before it hung is heard first.
    until("nothing is told", || {
        hears(Duration::from_millis(500)).is_none()
    });
    assert_eq!(hears(Duration::from_millis(500)), None);
    played.says(0, 0);
    assert_eq!(hears(PATIENCE).as_deref(), Some("WATCHDOG=1\n"));
    drop((caller, server));
}
