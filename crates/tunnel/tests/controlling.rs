//! The control socket, as its two ends see it: who is listened to for how long, and who hears of the end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::io::{BufRead as _, BufReader as StdBufReader, ErrorKind, IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::AsFd as _;
use std::os::unix::net::{UnixListener, UnixStream as StdUnixStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use trustpack_tunnel::control::before::MAX_DRAINING;
use trustpack_tunnel::control::client::{AskError, Client};
use trustpack_tunnel::control::server::{ControlSocket, Until};
use trustpack_tunnel::control::{Answer, Draining, MAX_ANSWER_BYTES, NotAnAnswer, Request};
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

/// Somebody who listens at a control socket, and does this with whoever asks.
struct Odd {
    _folder: tempfile::TempDir,
    client: Client,
    serving: JoinHandle<()>,
}

impl Odd {
    fn who(answers: impl FnOnce(StdUnixStream) + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control");
        let listener = UnixListener::bind(&path).unwrap();
        let serving = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            let mut reader = StdBufReader::new(stream.try_clone().unwrap());
            reader.read_line(&mut line).unwrap();
            answers(stream);
        });
        let client = Client::connect(&path).unwrap();
        Self {
            _folder: folder,
            client,
            serving,
        }
    }

    /// Who says this and closes.
    fn says(words: impl Into<Vec<u8>>) -> Self {
        let words = words.into();
        Self::who(move |mut stream| {
            // Whoever has heard enough closes.
            drop(stream.write_all(&words));
        })
    }

    /// Who says a byte now and then, for as long as somebody listens.
    fn drips() -> Self {
        Self::who(|mut stream| {
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(LIMIT / 4);
            }
        })
    }
}

/// What somebody asks who has this little patience.
fn impatient(odd: Odd, ask: impl FnOnce(&mut Client) -> Option<AskError>) -> Option<AskError> {
    let begun = Instant::now();
    let mut client = odd.client.with_limit(LIMIT);
    let error = ask(&mut client);
    assert!(begun.elapsed() >= LIMIT, "it did not wait");
    drop(client);
    odd.serving.join().unwrap();
    error
}

#[test]
fn an_answer_that_comes_byte_by_byte_has_the_same_limit() {
    let asks = |client: &mut Client| client.ask(Request::Status).err();
    let takes_over = |client: &mut Client| client.hand_over().err();
    for error in [
        impatient(Odd::drips(), asks),
        impatient(Odd::drips(), takes_over),
    ] {
        assert!(
            matches!(&error, Some(AskError::Io { error, .. }) if error.kind() == ErrorKind::TimedOut),
            "{error:?}"
        );
    }
}

#[test]
fn what_is_no_whole_answer_is_named() {
    let asks = |words: Vec<u8>| {
        let mut odd = Odd::says(words);
        odd.client.ask(Request::Status).unwrap_err()
    };
    assert!(matches!(asks(Vec::new()), AskError::NoAnswer { .. }));
    let half = Answer::Stopping.line();
    let half = half[..10].to_vec();
    for (words, want) in [
        (half, NotAnAnswer::Cut { bytes: 10 }),
        (b"HTTP/1.1 400\n".to_vec(), NotAnAnswer::NotJson { byte: 1 }),
        (vec![b' '; MAX_ANSWER_BYTES + 1], NotAnAnswer::TooLong),
    ] {
        let error = asks(words);
        assert!(
            matches!(&error, AskError::NotUnderstood { error, .. } if *error == want),
            "{want}: {error:?}"
        );
    }
}

#[test]
fn sockets_that_do_not_come_as_told_are_not_taken_over() {
    let takes_over = |words: &[u8]| {
        let mut odd = Odd::says(words);
        odd.client.hand_over().expect_err("none have come")
    };
    let sockets = |count: u64, draining: usize| {
        let draining = vec![r#"{"process":1,"seconds":2}"#; draining].join(",");
        format!(r#"{{"answer":"sockets","count":{count},"draining":[{draining}]}}"#) + "\n"
    };
    for words in [
        String::new(),
        "{\"answer\":\"sockets\",\"count\":1".to_owned(),
        sockets(1, 0),
        sockets(1, 0) + "\n\n\n",
        sockets(u64::MAX, 0),
        // The connections to processes before it are awaited as well, and are not more than are told of.
        sockets(0, 1),
        sockets(0, MAX_DRAINING) + "\n",
        sockets(0, MAX_DRAINING + 1),
        "{\"answer\":\"stopping\"}\n".to_owned(),
    ] {
        let error = takes_over(words.as_bytes());
        assert!(
            matches!(error, AskError::NoSockets { .. }),
            "{words}: {error:?}"
        );
    }
    let endless = takes_over(&vec![b' '; 1 << 20]);
    assert!(matches!(endless, AskError::NoSockets { .. }), "{endless:?}");
    let other = takes_over(b"nothing\n");
    assert!(matches!(other, AskError::NotUnderstood { .. }), "{other:?}");
}

/// Somebody who tells of so many listening sockets and processes before it, and passes so many descriptors on.
fn hands_over(count: usize, draining: &[u32], passed: usize) -> Result<(usize, usize), AskError> {
    let draining = draining.iter().map(|process| Draining {
        process: Some(*process),
        seconds: 2,
    });
    let told = Answer::Sockets {
        count,
        process: None,
        of_manager: Vec::new(),
        draining: draining.collect(),
    };
    let mut odd = Odd::who(move |mut stream| {
        stream.write_all(&told.line()).unwrap();
        let (socket, _other) = StdUnixStream::pair().unwrap();
        let passed = vec![socket.as_fd(); passed];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(20))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        assert!(ancillary.push(SendAncillaryMessage::ScmRights(&passed)));
        let flags = SendFlags::NOSIGNAL;
        sendmsg(&stream, &[IoSlice::new(b"\n")], &mut ancillary, flags).unwrap();
    });
    let listening = odd.client.hand_over()?.len();
    odd.serving.join().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let before = runtime.block_on(async {
        let before = odd.client.into_before().unwrap();
        before.duplicates().await.len()
    });
    // The one that was asked is the first of them.
    Ok((listening, before - 1))
}

#[test]
fn what_comes_with_listening_sockets_is_as_many_as_was_told() {
    assert_eq!(hands_over(2, &[7], 3).unwrap(), (2, 1));
    let missing = hands_over(2, &[7, 8], 3);
    assert!(
        matches!(missing, Err(AskError::NoSockets { .. })),
        "{missing:?}"
    );
    // What nobody told of is let go of.
    assert_eq!(hands_over(1, &[7], 4).unwrap(), (1, 1));
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
