//! The sandbox from inside: this program starts tunnels, confines itself as `trustpack tunnel` does, and tries what must
//! not be possible any more. Each attempt fails, and the tunnels go on.
//!
//! It is a door into the process that the product does not have. The program starts itself once more, since there is no
//! way out of the sandbox. What the product itself forbids, after its own start, is tried in `crates/e2e/tests/tunnels/inside.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests"
)]

mod harness;
#[path = "../../material/tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::IoSlice;
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use harness::{Running, Service, World, patiently, send_then_read, spec};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, Protocol, SendAncillaryBuffer, SendFlags, SocketType, sendmsg_addr, sendto,
    socket,
};
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::bind::{Bound, ListenAddress, bind};
use trustpack_tunnel::limits::Limits;
use trustpack_tunnel::sandbox::memory::hide_memory;
use trustpack_tunnel::sandbox::{Beside, Bounds, confine};

/// Names the folder that the confined process may read.
const CHILD: &str = "TRUSTPACK_CONFINED";

/// Says to that process that its tunnels lead to addresses only.
const NAMELESS: &str = "TRUSTPACK_NAMELESS";

/// Whether the confined process looks names up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lookups {
    Names,
    None,
}

fn main() {
    let lookups = match std::env::var_os(NAMELESS) {
        Some(_) => Lookups::None,
        None => Lookups::Names,
    };
    match std::env::var_os(CHILD) {
        Some(folder) => confined(Path::new(&folder), lookups),
        None => start(),
    }
}

/// Runs the confined part in a process of its own.
fn start() {
    // A harness that lists the tests finds one.
    if std::env::args().any(|argument| argument == "--list") {
        println!("the_sandbox_holds: test");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("material"), "readable").unwrap();
    for lookups in [Lookups::Names, Lookups::None] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.env(CHILD, folder.path()).stdin(Stdio::null());
        if lookups == Lookups::None {
            child.env(NAMELESS, "1");
        }
        let status = child.status().unwrap();
        assert!(status.success(), "the confined process ended with {status}");
    }
    println!("the_sandbox_holds ... ok");
}

fn confined(folder: &Path, lookups: Lookups) {
    let preparing = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (mut bounds, [server, client]) = preparing.block_on(prepare(folder));
    drop(preparing);
    bounds.names = lookups == Lookups::Names;
    let port = bounds.ports.clone().unwrap();

    // A thread that is there already, as that of the log.
    let (rules, given) = mpsc::channel();
    let earlier = std::thread::spawn(move || {
        let rules: trustpack_tunnel::sandbox::ThreadRules = given.recv().unwrap();
        rules.apply().unwrap();
        refused_everywhere("a thread from before", lookups);
    });
    // As the program does with and without a sandbox.
    assert_eq!(hide_memory().err().map(|missing| missing.to_string()), None);
    let confinement = confine(&bounds);
    assert!(confinement.missing.is_empty(), "{:?}", confinement.missing);
    rules.send(confinement.threads.unwrap()).unwrap();
    earlier.join().unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (server, client) = (Running::run(server), Running::run(client));
        carries(&client).await;
        for name in ["a worker", "a thread for what blocks"] {
            tokio::task::spawn_blocking(move || refused_everywhere(name, lookups))
                .await
                .unwrap();
        }
        carries(&client).await;
        tokio::task::spawn_blocking({
            let folder = folder.to_owned();
            move || still_possible(&folder, &port, lookups)
        })
        .await
        .unwrap();
        carries(&client).await;
        client.stopped().await;
        server.stopped().await;
    });
}

/// An echo, a server tunnel before it and a client tunnel before that, and what they may still do.
async fn prepare(folder: &Path) -> (Bounds, [Bound; 2]) {
    let world = World::new();
    // The echo is a process of its own: this one is confined to serving.
    let echo = echo_process();
    let server = bind(
        vec![spec(&world.server(echo), Role::Server)],
        Limits::default(),
    )
    .await;
    let server = server.unwrap().bound;
    let address = match server.listening().next().unwrap().address {
        ListenAddress::Tcp(address) => *address,
        ListenAddress::Unix(_) => panic!("a TCP address"),
    };
    let client = bind(
        vec![spec(&world.client(address), Role::Client)],
        Limits::default(),
    )
    .await;
    let client = client.unwrap().bound;
    let own = match client.listening().next().unwrap().address {
        ListenAddress::Tcp(address) => *address,
        ListenAddress::Unix(_) => panic!("a TCP address"),
    };
    let mut bounds = Bounds {
        names: true,
        ports: Some(BTreeSet::from([echo.port(), address.port(), own.port()])),
        ..Bounds::default()
    };
    // Neither does a file in the root of all folders open everything, nor one that is not there.
    assert_eq!(bounds.read_beside(Path::new("/nowhere")), Beside::FileAlone);
    bounds.read(Path::new("/")).unwrap_err();
    bounds.read(Path::new("/etc/nowhere")).unwrap_err();
    let material = folder.join("material");
    assert_eq!(bounds.read_beside(&material), Beside::Folder);
    (bounds, [server, client])
}

/// The echo lives in a thread of its own runtime, started before the sandbox.
fn echo_process() -> SocketAddr {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let service = Service::new().await;
            tell.send(service.address).unwrap();
            service.echo();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

async fn carries(client: &Running) {
    let mut program = client.connect().await;
    let got = patiently(send_then_read(&mut program, b"data"))
        .await
        .unwrap();
    assert_eq!(got, b"data");
}

/// What must not be possible on any thread.
fn refused_everywhere(thread: &str, lookups: Lookups) {
    for path in [
        "/etc/passwd",
        "/proc/self/environ",
        "/proc/1/cmdline",
        "/etc",
        "/",
    ] {
        let listed = fs::read_dir(path).map(drop);
        let opened = File::open(path).map(drop);
        assert!(
            listed.is_err() && opened.is_err(),
            "{thread}: {path} was opened"
        );
    }
    for path in ["/tmp/trustpack-confined", "/dev/shm/trustpack-confined"] {
        assert!(
            fs::write(path, "x").is_err(),
            "{thread}: {path} was written"
        );
    }
    for program in ["/bin/sh", "/bin/true"] {
        let started = Command::new(program).arg("-c").arg("true").spawn();
        assert!(started.is_err(), "{thread}: {program} was started");
    }
    no_other_socket(thread);
    no_way_around_ports(thread);
    if lookups == Lookups::None {
        nothing_of_lookups(thread);
    }
    no_power_over_processes(thread);
}

fn no_other_socket(thread: &str) {
    // Routes, packets, the ciphers of the kernel (38 is AF_ALG), the machine outside, ICMP.
    let families = [
        (AddressFamily::NETLINK, SocketType::RAW, None),
        (AddressFamily::PACKET, SocketType::RAW, None),
        (AddressFamily::from_raw(38), SocketType::SEQPACKET, None),
        (AddressFamily::VSOCK, SocketType::STREAM, None),
        (
            AddressFamily::INET,
            SocketType::RAW,
            Some(rustix::net::ipproto::ICMP),
        ),
        (AddressFamily::UNIX, SocketType::SEQPACKET, None),
    ];
    for (family, kind, protocol) in families {
        let protocol: Option<Protocol> = protocol;
        let made = socket(family, kind, protocol).map(drop);
        assert_eq!(
            made,
            Err(Errno::NOSYS),
            "{thread}: a socket of {family:?}, {kind:?}"
        );
    }
    assert!(
        TcpListener::bind("127.0.0.1:0").is_err(),
        "{thread}: a port was bound"
    );
    // A port that no tunnel leads to.
    let connected = TcpStream::connect("127.0.0.1:9").map_err(|error| error.kind());
    assert_eq!(
        connected.map(drop),
        Err(std::io::ErrorKind::PermissionDenied),
        "{thread}"
    );
}

/// What Landlock does not see: other protocols that connect, and sending that does.
fn no_way_around_ports(thread: &str) {
    // MPTCP, SCTP and UDP-Lite.
    for (kind, protocol) in [
        (SocketType::STREAM, 262),
        (SocketType::STREAM, 132),
        (SocketType::DGRAM, 136),
    ] {
        let protocol = Protocol::from_raw(std::num::NonZero::new(protocol).unwrap());
        for family in [AddressFamily::INET, AddressFamily::INET6] {
            let made = socket(family, kind, Some(protocol)).map(drop);
            assert_eq!(made, Err(Errno::NOSYS), "{thread}: {protocol:?}");
        }
    }
    let tcp = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    // MSG_FASTOPEN.
    let connects = SendFlags::from_bits_retain(0x2000_0000);
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 9));
    let sent = sendto(&tcp, b"data", connects, &anywhere).map(drop);
    assert_eq!(sent, Err(Errno::NOSYS), "{thread}");
    let (data, mut nothing) = ([IoSlice::new(b"data")], SendAncillaryBuffer::default());
    let sent = sendmsg_addr(&tcp, &anywhere, &data, &mut nothing, connects).map(drop);
    assert_eq!(sent, Err(Errno::NOSYS), "{thread}");
}

/// What only lookups of names need.
fn nothing_of_lookups(thread: &str) {
    for (family, kind) in [
        (AddressFamily::INET, SocketType::DGRAM),
        (AddressFamily::INET6, SocketType::DGRAM),
        (AddressFamily::UNIX, SocketType::DGRAM),
        (AddressFamily::UNIX, SocketType::STREAM),
    ] {
        let made = socket(family, kind, None).map(drop);
        assert_eq!(made, Err(Errno::NOSYS), "{thread}: {family:?}, {kind:?}");
    }
    assert!(
        ("localhost", 1).to_socket_addrs().is_err(),
        "{thread}: a name was looked up"
    );
}

fn no_power_over_processes(thread: &str) {
    let killed =
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM);
    assert_eq!(killed, Err(Errno::NOSYS), "{thread}");
    let limit = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let changed = rustix::process::setrlimit(rustix::process::Resource::Nofile, limit);
    assert_eq!(changed, Err(Errno::NOSYS), "{thread}");
}

/// What the tunnels need in the long run.
fn still_possible(folder: &Path, ports: &BTreeSet<u16>, lookups: Lookups) {
    assert_eq!(
        fs::read_to_string(folder.join("material")).unwrap(),
        "readable"
    );
    let port = *ports.first().unwrap();
    match lookups {
        Lookups::Names => {
            let names: Vec<_> = ("localhost", 1).to_socket_addrs().unwrap().collect();
            assert!(!names.is_empty());
            TcpStream::connect(("localhost", port)).unwrap();
        }
        Lookups::None => drop(TcpStream::connect(("127.0.0.1", port)).unwrap()),
    }
    std::thread::spawn(|| ()).join().unwrap();
    let large: Vec<u8> = vec![1; 64 * 1024 * 1024];
    assert_eq!(
        large.iter().map(|octet| usize::from(*octet)).sum::<usize>(),
        large.len()
    );
    assert_eq!(
        rustix::process::dumpable_behavior(),
        Ok(rustix::process::DumpableBehavior::NotDumpable)
    );
}
