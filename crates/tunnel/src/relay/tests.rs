//! Turns of the two directions, with streams that are always ready; and with real sockets, whom a relay waits for.

use std::task::Waker;
use std::time::Instant;

use rustix::net::sockopt;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;
use crate::socket::{Presence, Socket};

/// Takes everything at once; gives so many octets at once, and then none.
struct Ready(u64);

impl AsyncRead for Ready {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = usize::try_from(self.0)
            .unwrap_or(usize::MAX)
            .min(buffer.remaining());
        if count == 0 {
            return Poll::Pending;
        }
        self.0 -= u64::try_from(count).expect("a buffer is small");
        buffer.put_slice(&vec![b'x'; count]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Ready {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_busy_direction_keeps_neither_the_other_nor_other_connections_waiting() {
    let (forth, back) = (Counter::default(), Counter::default());
    let mut flows = Flows::counted(&forth, &back);
    let (mut busy, mut quiet) = (Ready(u64::MAX), Ready(1));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(flows.poll(&mut cx, &mut busy, &mut quiet).is_pending());
    assert_eq!(back.get(), 1);
    let most = BUFFER_BYTES.saturating_mul(TURNS);
    assert_eq!(forth.get(), u64::try_from(most).expect("it is small"));
}

/// Octets of the buffers on the way to the program.
const SMALL: usize = 16 << 10;

/// More than these hold, and less than what the system takes of a caller whom nobody reads from.
const MORE_THAN_SMALL: usize = 100_000;

/// Ends as real sockets have them: a caller and a program, each with the socket at its own end.
struct Scene {
    caller: TcpStream,
    near_caller: Socket,
    program: TcpStream,
    near_program: Socket,
}

impl Scene {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it has one");
        let pair = async || {
            let far = TcpStream::connect(address).await.expect("it listens");
            let (near, _) = listener.accept().await.expect("it was called");
            (far, Socket::Tcp(near))
        };
        let ((caller, near_caller), (program, near_program)) = (pair().await, pair().await);
        if let Socket::Tcp(near) = &near_program {
            // So that little fills the way to the program.
            sockopt::set_socket_send_buffer_size(near, SMALL).expect("it can");
            sockopt::set_socket_recv_buffer_size(&program, SMALL).expect("it can");
        }
        Self {
            caller,
            near_caller,
            program,
            near_program,
        }
    }

    /// Relays between the two while `story` does something with their far ends; what it gives back is kept open.
    async fn relayed<T>(
        self,
        patience: Patience,
        story: impl AsyncFnOnce(TcpStream, TcpStream) -> T,
    ) -> (Ended, Duration) {
        let Self {
            caller,
            mut near_caller,
            program,
            mut near_program,
        } = self;
        let (forth, back) = (Counter::default(), Counter::default());
        let mut flows = Flows::counted(&forth, &back);
        let begun = Instant::now();
        let relayed = relay_with(
            &mut near_caller,
            &mut near_program,
            &mut flows,
            patience,
            |_| {},
        );
        let (ended, _kept) = timeout(Duration::from_secs(30), async {
            tokio::join!(relayed, story(caller, program))
        })
        .await
        .expect("somebody is waited for without end");
        (ended, begun.elapsed())
    }
}

/// Sends until nothing more is taken.
async fn fill(stream: &mut TcpStream) {
    let piece = vec![0; 1 << 20];
    while let Ok(sent) = timeout(Duration::from_millis(300), stream.write(&piece)).await {
        sent.expect("it is open");
    }
}

const SHORT: Patience = Patience {
    idle: None,
    half_closed: Duration::from_secs(3600),
    last_words: Duration::from_secs(3600),
    look: Duration::from_millis(50),
    ticket: Duration::from_millis(20),
};

#[tokio::test]
async fn a_caller_who_aborts_is_noticed_while_the_program_takes_nothing() {
    let (ended, _) = Scene::new()
        .await
        .relayed(SHORT, async |mut caller, program| {
            fill(&mut caller).await;
            caller.set_zero_linger().expect("it can");
            drop(caller);
            program
        })
        .await;
    assert!(
        matches!(&ended, Ended::Broken(Direction::Forth, Break::Reading(_))),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_caller_who_takes_nothing_and_aborts_does_not_leave_the_program_waiting() {
    let patience = Patience {
        last_words: Duration::from_millis(300),
        ..SHORT
    };
    let (ended, _) = Scene::new()
        .await
        .relayed(patience, async |mut caller, mut program| {
            // Neither reads: both directions wait to write.
            fill(&mut caller).await;
            fill(&mut program).await;
            caller.set_zero_linger().expect("it can");
            drop(caller);
            program
        })
        .await;
    assert!(matches!(&ended, Ended::Broken(_, _)), "{ended:?}");
}

#[tokio::test]
async fn a_caller_who_is_done_waits_for_a_program_that_hangs_up_to_a_limit() {
    let patience = Patience {
        half_closed: Duration::from_millis(500),
        ..SHORT
    };
    for much in [1, MORE_THAN_SMALL] {
        let (ended, after) = Scene::new()
            .await
            .relayed(patience, async |mut caller, program| {
                let sent = caller.write_all(&vec![b'x'; much]).await;
                sent.expect("it is open");
                caller.shutdown().await.expect("it is open");
                (caller, program)
            })
            .await;
        assert!(matches!(&ended, Ended::Idle(_)), "{ended:?}");
        assert!(after >= patience.half_closed, "{after:?}");
    }
}

#[tokio::test]
async fn whoever_is_slow_and_there_is_waited_for() {
    let (ended, after) = Scene::new()
        .await
        .relayed(SHORT, async |mut caller, mut program| {
            fill(&mut caller).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            caller.shutdown().await.expect("it is open");
            let mut got = vec![0; 1 << 20];
            while program.read(&mut got).await.expect("it is open") > 0 {}
            program.shutdown().await.expect("it is open");
            assert_eq!(caller.read(&mut got).await.expect("it is open"), 0);
        })
        .await;
    assert!(matches!(&ended, Ended::InOrder), "{ended:?}");
    assert!(after >= Duration::from_millis(500), "{after:?}");
}

#[tokio::test]
async fn a_program_that_reads_slowly_is_not_idle() {
    let patience = Patience {
        idle: Some(Duration::from_secs(1)),
        ..SHORT
    };
    let (ended, after) = Scene::new()
        .await
        .relayed(patience, async |mut caller, mut program| {
            let sending = async {
                let sent = caller.write_all(&vec![b'x'; 4 << 20]).await;
                sent.expect("it is open");
                caller.shutdown().await.expect("it is open");
            };
            let reading = async {
                let mut got = vec![0; 256 << 10];
                while program.read(&mut got).await.expect("it is open") > 0 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                program.shutdown().await.expect("it is open");
            };
            tokio::join!(sending, reading);
            caller
        })
        .await;
    assert!(matches!(&ended, Ended::InOrder), "{ended:?}");
    assert!(after > Duration::from_secs(1), "{after:?}");
}

/// A socket that owes something which waits for data, and tells what it goes out with.
struct HoldsBack {
    socket: Socket,
    owed: Option<mpsc::UnboundedSender<&'static str>>,
}

impl HoldsBack {
    fn goes_out_with(&mut self, what: &'static str) {
        if let Some(owed) = self.owed.take() {
            owed.send(what).expect("it is awaited");
        }
    }
}

impl AsyncRead for HoldsBack {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for HoldsBack {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.goes_out_with("data");
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.goes_out_with("nothing");
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.goes_out_with("the end");
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

impl Side for HoldsBack {
    fn presence(&self) -> Presence {
        self.socket.presence()
    }

    fn holds_back(&self) -> bool {
        self.owed.is_some()
    }
}

/// What goes along with what a caller is owed, where the program does this with what it was sent; then both end.
async fn goes_out_with(
    ticket: Duration,
    program_does: impl AsyncFnOnce(&mut TcpStream),
) -> &'static str {
    let scene = Scene::new().await;
    let (owed, mut told) = mpsc::unbounded_channel();
    let mut near_caller = HoldsBack {
        socket: scene.near_caller,
        owed: Some(owed),
    };
    let (mut caller, mut program, mut near_program) =
        (scene.caller, scene.program, scene.near_program);
    let (forth, back) = (Counter::default(), Counter::default());
    let mut flows = Flows::counted(&forth, &back);
    let patience = Patience { ticket, ..SHORT };
    let told_of = |_: &Flows<'_>| {};
    let relayed = relay_with(
        &mut near_caller,
        &mut near_program,
        &mut flows,
        patience,
        told_of,
    );
    let story = async {
        caller.write_all(b"word").await.expect("it is open");
        program.read_exact(&mut [0; 4]).await.expect("it is open");
        program_does(&mut program).await;
        let with = told.recv().await.expect("it goes out");
        caller.shutdown().await.expect("it is open");
        program.shutdown().await.expect("it is open");
        with
    };
    let (ended, with) = timeout(Duration::from_secs(30), async {
        tokio::join!(relayed, story)
    })
    .await
    .expect("somebody is waited for without end");
    assert!(matches!(ended, Ended::InOrder), "{ended:?}");
    with
}

#[tokio::test]
async fn what_waits_for_data_goes_with_it_or_with_the_end_or_after_a_moment() {
    let (moment, for_ever) = (Duration::from_millis(20), Duration::from_secs(3600));
    let answers =
        async |program: &mut TcpStream| program.write_all(b"word").await.expect("it is open");
    assert_eq!(goes_out_with(for_ever, answers).await, "data");
    let ends = async |program: &mut TcpStream| program.shutdown().await.expect("it is open");
    assert_eq!(goes_out_with(for_ever, ends).await, "the end");
    let says_nothing = async |_: &mut TcpStream| {};
    assert_eq!(goes_out_with(moment, says_nothing).await, "nothing");
}
