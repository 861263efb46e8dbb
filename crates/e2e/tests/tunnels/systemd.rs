//! Under systemd, whose environment is set by hand: sockets that it has opened, and what it is told.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;

use trustpack_e2e::call::Call;
use trustpack_e2e::folder;
use trustpack_e2e::plain::{self, Service};
use trustpack_e2e::program;
use trustpack_e2e::tunnel::Tunnel;
use trustpack_e2e::watched::PATIENCE;

use crate::certificates::Certificates;

fn call(certificates: &Certificates) -> Call {
    Call::trustpack(["tunnel", "client", "--listen", "127.0.0.1:0", "--to"])
        .args(["localhost:1", "--trusted-ca"])
        .arg(certificates.file("root"))
}

/// The next notice.
fn heard(manager: &UnixDatagram) -> String {
    let mut notice = [0; 256];
    let length = manager.recv(&mut notice).unwrap();
    String::from_utf8(notice.get(..length).unwrap().to_vec()).unwrap()
}

#[test]
fn the_manager_hears_of_each_stage() {
    let certificates = Certificates::new();
    let folder = folder::temporary();
    let path = folder.path().join("notify").display().to_string();
    let name = format!("trustpack-story-{}", std::process::id());
    let managers = [
        (UnixDatagram::bind(&path).unwrap(), path),
        (
            UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(),
            format!("@{name}"),
        ),
    ];
    for (manager, address) in managers {
        manager.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut tunnel = Tunnel::start(
            call(&certificates)
                .env("NOTIFY_SOCKET", &address)
                .env("WATCHDOG_USEC", "200000"),
        );
        let ready = heard(&manager);
        assert!(
            ready.starts_with("READY=1\nSTATUS=serving; addresses: 1"),
            "{ready}"
        );
        for _ in 0..3 {
            assert_eq!(heard(&manager), "WATCHDOG=1\n");
        }
        // As a unit of Type=notify-reload asks for it.
        tunnel.look_again();
        let reloading = but_watchdog(&manager);
        let since = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
        let since = since.and_then(|since| since.trim_end().parse::<u64>().ok());
        assert!(since.is_some_and(|since| since > 0), "{reloading}");
        assert_eq!(but_watchdog(&manager), "READY=1\n");
        tunnel.says("settings and files were read again; nothing has changed");
        tunnel.tell_to_stop();
        assert!(tunnel.end().status.success());
        let stopping = but_watchdog(&manager);
        assert!(stopping.starts_with("STOPPING=1\n"), "{stopping}");
    }
}

/// The next notice that says more than that it is alive.
fn but_watchdog(manager: &UnixDatagram) -> String {
    loop {
        let notice = heard(manager);
        if notice != "WATCHDOG=1\n" {
            return notice;
        }
    }
}

/// Opens a port as systemd does, and becomes the program.
const ACTIVATE: &str = r#"
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
address = "127.0.0.1:%d" % listener.getsockname()[1]
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="plain")
words = [word.replace("ADDRESS", address) for word in sys.argv[1:]]
os.execv(words[0], words)
"#;

#[test]
fn a_socket_of_the_manager_is_used_by_the_tunnel_of_its_address() {
    let certificates = Certificates::new();
    let service = Service::returning_at_end();
    let server = certificates.server(service.address(), "p256", &[]);
    let to = server.address().to_string();
    let call = Call::foreign("python3", ["-c", ACTIVATE])
        .arg(program::trustpack())
        .args(["tunnel", "client", "--listen", "ADDRESS", "--to", &to])
        .arg("--trusted-ca")
        .arg(certificates.file("root"));
    // Nobody else could have the address: the manager has it.
    let tunnel = Tunnel::start(call);
    assert_eq!(plain::exchange(tunnel.address(), b"data").unwrap(), b"data");
    assert!(
        !tunnel.written().contains("of no use"),
        "{}",
        tunnel.written()
    );
}

#[test]
fn a_process_of_the_service_takes_over_from_the_one_before() {
    let certificates = Certificates::new();
    let folder = folder::temporary();
    let address = folder.path().join("notify").display().to_string();
    let manager = UnixDatagram::bind(&address).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let control = folder.path().join("control").display().to_string();
    let call = |trusted: &Path| {
        Call::trustpack(["tunnel", "client", "--listen", "127.0.0.1:0", "--to"])
            .args(["localhost:1", "--control", &control, "--trusted-ca"])
            .arg(trusted)
            .env("NOTIFY_SOCKET", &address)
    };
    let root = certificates.file("root");
    let first = Tunnel::start(call(&root));
    assert!(heard(&manager).starts_with("READY=1"));
    // One that cannot serve leaves the other as it is, and says so.
    let next = ["--take-over", "--in-background"];
    // Its output is not read: what it started goes on and has it too.
    let code = |call: Call| call.args(next).discard_output().start().end().status.code();
    assert_eq!(code(call(&folder.path().join("missing.pem"))), Some(1));
    assert_eq!(code(call(&root)), Some(0));
    let main = heard(&manager);
    let process = main.strip_prefix("MAINPID=").unwrap().trim();
    assert_ne!(process, first.process().to_string());
    // That the first one stops is not told: the service goes on.
    assert!(first.end().status.success());
    assert!(heard(&manager).starts_with("READY=1"));
    Call::trustpack(["tunnel", "stop", "--wait", "--control", &control]).succeeds();
    assert!(heard(&manager).starts_with("STOPPING=1"));
}
