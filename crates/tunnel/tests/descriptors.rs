//! A process that has no file descriptors left. A test program of its own: the limit is the whole process's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod harness;
#[path = "../../material/tests/support/mod.rs"]
mod support;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;

use harness::{Log, Running, Service, World, patiently};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use trustpack_settings::endpoint::Role;
use trustpack_tunnel::control::server::{ControlSocket, Until};
use trustpack_tunnel::control::{Answer, Request};
use trustpack_tunnel::handover::Custody;
use trustpack_tunnel::limits::Limits;

async fn says(program: &mut TcpStream, words: &[u8]) {
    patiently(async {
        program.write_all(words).await.unwrap();
        let mut got = vec![0; words.len()];
        program.read_exact(&mut got).await.unwrap();
        assert_eq!(got, words);
    })
    .await;
}

fn open_descriptors() -> u64 {
    let count = std::fs::read_dir("/proc/self/fd").unwrap().count();
    // One of them was the folder's own.
    u64::try_from(count).unwrap() - 1
}

#[tokio::test]
async fn accept_error_recovery() {
    let (log, _guard) = Log::keep();
    let world = World::new();
    let service = Service::new().await;
    let server = world.server(service.address);
    service.echo();
    let server = Running::start(&server, Role::Server, Limits::default()).await;
    let client = world.client(server.tcp());
    let client = Running::start(&client, Role::Client, Limits::default()).await;
    let mut untouched = client.connect().await;
    says(&mut untouched, b"before").await;
    // They wait in the system's queue: the tunnels run on this thread, which does not let go meanwhile.
    let address = client.tcp();
    let callers: Vec<_> = (0..10)
        .map(|_| std::net::TcpStream::connect(address).unwrap())
        .collect();
    let usual = getrlimit(Resource::Nofile);
    let scarce = Rlimit {
        current: Some(open_descriptors() + 1),
        maximum: usual.maximum,
    };
    setrlimit(Resource::Nofile, scarce).unwrap();
    log.line_with(&[
        "WARN connections cannot be accepted for now",
        "command line",
    ])
    .await;
    log.line_with(&[
        "WARN connection ended",
        "was not reached",
        "Too many open files",
    ])
    .await;
    says(&mut untouched, b"meanwhile").await;
    setrlimit(Resource::Nofile, usual).unwrap();
    log.line_with(&["INFO connections are accepted again", "failures="])
        .await;
    drop(callers);
    says(&mut client.connect().await, b"after").await;
    says(&mut untouched, b"after").await;
    one_at_a_time_is_answered_without_files(&log, usual).await;
    says(&mut untouched, b"after").await;
}

/// At the control socket of a process that has none left but what is kept for that.
async fn one_at_a_time_is_answered_without_files(log: &Log, usual: Rlimit) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control");
    let socket = ControlSocket::bind(&path, &Custody::default()).await;
    let (commands, mut asked) = mpsc::channel(1);
    tokio::spawn(socket.unwrap().serve(commands, Until::default()));
    tokio::spawn(async move {
        while let Some(command) = asked.recv().await {
            assert_eq!(command.request, Request::Status);
            drop(command.answer.send(Answer::Stopping.into()));
        }
    });
    tokio::task::yield_now().await;
    // Their own ends are there before, as those of other processes are.
    let callers = [(); 4].map(|()| UnixStream::connect(&path).unwrap());
    let scarce = Rlimit {
        current: Some(open_descriptors() + 1),
        maximum: usual.maximum,
    };
    setrlimit(Resource::Nofile, scarce).unwrap();
    // Numbers that became free before are taken again first.
    let taken: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    let callers = callers.map(|caller| {
        (&caller)
            .write_all(Request::Status.line().as_bytes())
            .unwrap();
        caller
    });
    for (index, caller) in callers.into_iter().enumerate() {
        let answered = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(&caller).read_line(&mut line).unwrap();
            (line, caller)
        });
        let (line, caller) = patiently(answered).await.unwrap();
        assert_eq!(line, "{\"answer\":\"stopping\"}\n");
        if index == 0 {
            // The others wait for the end of this one.
            log.line_with(&[
                "WARN nobody can be accepted at the control socket for now",
                "Too many open files",
            ])
            .await;
        }
        drop(caller);
    }
    setrlimit(Resource::Nofile, usual).unwrap();
    drop(taken);
    let _caller = UnixStream::connect(&path).unwrap();
    log.line_with(&["INFO callers are accepted at the control socket again"])
        .await;
}
