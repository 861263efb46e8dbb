//! The control socket, as its two ends see it: who is listened to for how long, and who hears of the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::io::{BufRead as _, BufReader as StdBufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use trustpack_tunnel::control::client::{AskError, Client};
use trustpack_tunnel::control::server::{ControlSocket, Until};
use trustpack_tunnel::control::{Answer, Request};
use trustpack_tunnel::handover::Custody;

/// A silence that is over soon.
const LIMIT: Duration = Duration::from_millis(20);

/// Serves a control socket whose process does nothing but to say that it stops.
async fn served(path: &Path, until: Until) {
    let socket = ControlSocket::bind(path, &Custody::default()).await;
    let (commands, mut asked) = mpsc::channel(1);
    let socket = socket.unwrap().with_limit_of_silence(LIMIT);
    tokio::spawn(socket.serve(commands, until));
    tokio::spawn(async move {
        while let Some(command) = asked.recv().await {
            drop(command.answer.send(Answer::Stopping.into()));
        }
    });
}

async fn line(stream: &mut BufReader<UnixStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    line
}

#[tokio::test]
async fn who_waits_for_the_end_is_told_of_it_however_long_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control");
    let until = Until::default();
    served(&path, until.clone()).await;
    let mut waits = BufReader::new(UnixStream::connect(&path).await.unwrap());
    let stop = Request::Stop.line();
    waits.write_all(stop.as_bytes()).await.unwrap();
    assert_eq!(line(&mut waits).await, "{\"answer\":\"stopping\"}\n");
    // Whoever asks nothing is not kept.
    let mut silent = UnixStream::connect(&path).await.unwrap();
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    // Another process may have the socket meanwhile.
    until.silence.cancel();
    until.end.cancel();
    assert_eq!(line(&mut waits).await, "{\"answer\":\"stopped\"}\n");
    assert_eq!(line(&mut waits).await, "");
    assert!(!path.exists());
}

#[test]
fn a_close_without_a_word_is_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control");
    let listener = UnixListener::bind(&path).unwrap();
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        let mut reader = StdBufReader::new(stream.try_clone().unwrap());
        reader.read_line(&mut line).unwrap();
        stream.write_all(&Answer::Stopping.line()).unwrap();
    });
    let mut client = Client::connect(&path).unwrap();
    assert_eq!(client.ask(Request::Stop).unwrap(), Answer::Stopping);
    serving.join().unwrap();
    let waited = client.wait_for_end();
    assert!(
        matches!(waited, Err(AskError::NoAnswer { .. })),
        "{waited:?}"
    );
}
