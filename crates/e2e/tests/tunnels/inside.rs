//! The sandbox from inside of the product: a door is loaded into the program, behind which each of its threads tries what must
//! not be possible, after the program has loaded, bound, confined itself and begun to serve, in its own order.

use std::fs;
use std::path::{Path, PathBuf};

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::until;

use crate::certificates::Certificates;

/// Loaded beside the program's own code. At its start, and in each thread that gets SIGUSR2, it tries everything and writes
/// down what came of it: a line with the thread, what it tried, and the number of the error, 0 for none.
const DOOR: &str = r#"
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int told = -1;
static const char *material;

static char *number(char *end, long value) {
    *--end = 0;
    do *--end = '0' + value % 10; while (value /= 10);
    return end;
}

static void tell(const char *what, long result) {
    long error = result < 0 ? errno : 0;
    char line[200] = "", digits[24];
    strcat(line, number(digits + sizeof digits, syscall(SYS_gettid)));
    strcat(strcat(line, " "), what);
    strcat(strcat(line, " "), number(digits + sizeof digits, error));
    strcat(line, "\n");
    if (write(told, line, strlen(line)) < 0) abort();
}

static void opens(const char *what, const char *path, int flags) {
    int file = open(path, flags, 0600);
    tell(what, file);
    if (file >= 0) close(file);
}

static void makes_socket(const char *what, int family, int kind, int protocol) {
    int made = socket(family, kind, protocol);
    tell(what, made);
    if (made >= 0) close(made);
}

static void connects(const char *what, int use) {
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(use == 0 ? 0 : 9) };
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int made = socket(AF_INET, SOCK_STREAM, 0);
    if (made < 0) { tell(what, made); return; }
    tell(what, use == 0 ? bind(made, (struct sockaddr *)&there, sizeof there)
                        : connect(made, (struct sockaddr *)&there, sizeof there));
    close(made);
}

static void try_all(void) {
    opens("material", material, O_RDONLY);
    opens("passwd", "/etc/passwd", O_RDONLY);
    opens("environment", "/proc/self/environ", O_RDONLY);
    opens("folder", "/", O_RDONLY | O_DIRECTORY);
    opens("new-file", "/tmp/trustpack-door", O_WRONLY | O_CREAT);
    opens("material-to-write", material, O_WRONLY);
    makes_socket("netlink", AF_NETLINK, SOCK_RAW, 0);
    makes_socket("packet", AF_PACKET, SOCK_RAW, 0);
    makes_socket("udp", AF_INET, SOCK_DGRAM, 0);
    makes_socket("icmp", AF_INET, SOCK_RAW, IPPROTO_ICMP);
    makes_socket("unix", AF_UNIX, SOCK_STREAM, 0);
    makes_socket("vsock", AF_VSOCK, SOCK_STREAM, 0);
    connects("bind", 0);
    connects("another-port", 1);
    char *shell[] = { "/bin/sh", "-c", "exit 0", 0 };
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    tell("process", child);
    tell("kill", syscall(SYS_kill, getppid(), 0));
    tell("ptrace", syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
    tell("account", syscall(SYS_setuid, 0));
    tell("shell", execve(shell[0], shell, environ));
    tell("end", 0);
}

static void door(int signal) {
    int before = errno;
    (void)signal;
    try_all();
    errno = before;
}

__attribute__((constructor)) static void open_door(void) {
    material = getenv("DOOR_MATERIAL");
    told = open(getenv("DOOR"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    /* Before there is a sandbox these can be opened: it is the sandbox that forbids them. */
    opens("passwd", "/etc/passwd", O_RDONLY);
    makes_socket("netlink", AF_NETLINK, SOCK_RAW, 0);
    makes_socket("udp", AF_INET, SOCK_DGRAM, 0);
    connects("bind", 0);
    struct sigaction action = { .sa_handler = door, .sa_flags = SA_RESTART };
    sigaction(SIGUSR2, &action, 0);
}
"#;

/// Sends SIGUSR2 to one thread of a process.
const KNOCK: &str = r#"
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **given) {
    return count != 3 || syscall(SYS_tgkill, atoi(given[1]), atoi(given[2]), SIGUSR2) != 0;
}
"#;

/// What the system answers (`errno.h` of Linux).
const NOTHING: u32 = 0;
const EACCES: u32 = 13;
const ENOSYS: u32 = 38;

/// What each thread may do, and what not: Landlock refuses a file or a port, seccomp a call.
const TRIED: [(&str, u32); 20] = [
    ("material", NOTHING),
    ("passwd", EACCES),
    ("environment", EACCES),
    ("folder", EACCES),
    ("new-file", EACCES),
    ("material-to-write", EACCES),
    ("netlink", ENOSYS),
    ("packet", ENOSYS),
    ("udp", ENOSYS),
    ("icmp", ENOSYS),
    ("unix", ENOSYS),
    ("vsock", ENOSYS),
    ("bind", ENOSYS),
    ("another-port", EACCES),
    ("process", ENOSYS),
    ("kill", ENOSYS),
    ("ptrace", ENOSYS),
    ("account", ENOSYS),
    ("shell", ENOSYS),
    ("end", NOTHING),
];

/// A folder with the door and with what knocks at it.
struct Door(tempfile::TempDir);

impl Door {
    fn new() -> Self {
        let door = Self(folder::temporary());
        fs::write(door.at("door.c"), DOOR).unwrap();
        fs::write(door.at("knock.c"), KNOCK).unwrap();
        let library = ["-shared", "-fPIC", "-o", "door.so", "door.c"];
        for arguments in [&library[..], &["-o", "knock", "knock.c"]] {
            Call::foreign("cc", arguments)
                .within(door.0.path())
                .succeeds();
        }
        door
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn loaded_into(&self, call: Call, material: &Path) -> Call {
        call.env("LD_PRELOAD", self.at("door.so").to_str().unwrap())
            .env("DOOR", self.at("told").to_str().unwrap())
            .env("DOOR_MATERIAL", material.to_str().unwrap())
    }

    /// What a thread has told so far, in its order; without a thread, all of them.
    fn told(&self, thread: u32) -> Vec<(String, u32)> {
        let told = fs::read_to_string(self.at("told")).unwrap();
        let lines = told.lines().filter_map(|line| {
            let (number, rest) = line.split_once(' ')?;
            let (what, error) = rest.split_once(' ')?;
            (number.parse() == Ok(thread)).then(|| (what.to_owned(), error.parse().unwrap()))
        });
        lines.collect()
    }

    /// Has a thread try everything; what came of it.
    fn knock(&self, tunnel: &Tunnel, thread: u32) -> Vec<(String, u32)> {
        let before = self.told(thread).len();
        let numbers = [tunnel.process(), thread].map(|number| number.to_string());
        let knock = self.at("knock");
        Call::foreign(knock.to_str().unwrap(), numbers).succeeds();
        let end = ("end".to_owned(), NOTHING);
        until("the thread has tried everything", || {
            self.told(thread).last() == Some(&end)
        });
        self.told(thread).split_off(before)
    }
}

#[test]
fn no_thread_of_the_program_can_do_what_the_sandbox_forbids() {
    let door = Door::new();
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let to = service.address().to_string();
    let call = Call::trustpack(["tunnel", "server", "--listen", "127.0.0.1:0", "--to", &to])
        .args(certificates.identity("p256"))
        .arg("--trusted-ca")
        .arg(certificates.file("root"))
        .args(["--sandbox", "required"]);
    let server = Tunnel::start(door.loaded_into(call, &certificates.file("p256")));
    let at_start = door.told(server.process());
    assert_eq!(at_start.len(), 4, "{at_start:?}");
    assert!(
        at_start.iter().all(|(_, error)| *error == NOTHING),
        "{at_start:?}"
    );
    let client = certificates.client(server.address(), None, &[]);
    let carries = || assert_eq!(plain::exchange(client.address(), b"data").unwrap(), b"data");
    carries();
    let names = server.threads_say("Name");
    // The first one, that of the log, the lanes and those of the runtime.
    for name in ["trustpack", "lane 1", "tokio-rt-worker", "tracing-appende"] {
        assert!(names.iter().any(|other| other == name), "{name}: {names:?}");
    }
    for thread in server.threads() {
        let tried = door.knock(&server, thread);
        let tried: Vec<_> = tried
            .iter()
            .map(|(what, error)| (&**what, *error))
            .collect();
        assert_eq!(tried, TRIED, "thread {thread} of {names:?}");
        carries();
    }
}
