//! Many services at once: as many as are allowed, never more, and none of them is left with a connection.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports by panicking"
)]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use trustpack_probe::callers::Callers;
use trustpack_probe::crowd::{Answered, Introduction, More, Question, What, ask_all};
use trustpack_probe::limits::{AT_ONCE, Limits};
use trustpack_settings::value::NetworkAddress;

/// How long anything is waited for that happens at once unless something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the services see of whoever asks.
#[derive(Default)]
struct Seen {
    /// The connections that had not been ended at the last look.
    open: Vec<TcpStream>,
    came: usize,
    most: usize,
}

impl Seen {
    /// Leaves out the connections that the other end has ended: it ends one before it begins the next.
    fn look(&mut self) {
        self.open.retain_mut(|stream| {
            loop {
                match stream.read(&mut [0; 4096]) {
                    Ok(count) if count > 0 => {}
                    Ok(_) => return false,
                    Err(error) => return error.kind() == ErrorKind::WouldBlock,
                }
            }
        });
    }
}

/// Services that answer in plain text, and only when as many are asked as may be at a time.
struct Services {
    addresses: Vec<SocketAddr>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Services {
    fn start(count: usize, at_once: usize) -> Self {
        let seen = Arc::<(Mutex<Seen>, Condvar)>::default();
        let listeners: Vec<TcpListener> = (0..count)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
            .collect();
        let addresses = listeners.iter().map(|one| one.local_addr().unwrap());
        let addresses = addresses.collect();
        for listener in listeners {
            let seen = Arc::clone(&seen);
            // Ends with its listener's one connection.
            thread::spawn(move || {
                let (stream, _) = listener.accept().unwrap();
                let mut answering = stream.try_clone().unwrap();
                stream.set_nonblocking(true).unwrap();
                let (lock, more) = &*seen;
                let mut now = lock.lock().unwrap();
                now.look();
                now.open.push(stream);
                now.came += 1;
                now.most = now.most.max(now.open.len());
                more.notify_all();
                let waits = |seen: &mut Seen| seen.open.len() < at_once && seen.came < count;
                drop(more.wait_timeout_while(now, PATIENCE, waits).unwrap());
                drop(answering.write_all(b"220 ready\r\n"));
            });
        }
        Self { addresses, seen }
    }
}

#[tokio::test]
async fn as_many_as_are_allowed_and_nothing_is_left_open() {
    for (count, at_once) in [(3 * AT_ONCE + 5, AT_ONCE), (9, 2), (3, 1)] {
        let services = Services::start(count, at_once);
        let question = |address: &SocketAddr| Question {
            to: NetworkAddress::Given(vec![*address]),
            callers: Callers::nobody(None).unwrap(),
            introduction: Introduction::default(),
            limits: Limits::default(),
            what: What::Handshake(More::Nothing),
        };
        let questions = services.addresses.iter().map(question).collect();
        let told = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&told);
        let answers = ask_all(questions, at_once, move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let answers = answers.await;
        assert_eq!(told.load(Ordering::SeqCst), count, "each is told once");
        for (answer, address) in answers.iter().zip(&services.addresses) {
            let Answered::Contact(contact) = answer.as_ref().unwrap().as_ref().unwrap() else {
                panic!("{answer:?}");
            };
            assert_eq!(contact.address, *address, "answers stand in their order");
            assert!(!contact.speaks_tls(), "{:?}", contact.failure());
        }
        let mut seen = services.seen.0.lock().unwrap();
        assert_eq!((seen.came, seen.most), (count, at_once));
        seen.look();
        assert!(seen.open.is_empty(), "{} are left open", seen.open.len());
    }
}

#[tokio::test]
async fn many_clients_of_a_silent_service_are_not_waited_for_one_after_the_other() {
    hang(b"", "the peer stayed without a word").await;
}

#[tokio::test]
async fn nor_of_one_that_stops_in_the_middle() {
    // The beginning of a record of the handshake.
    let words = "the peer stopped in the middle of the handshake";
    hang(b"\x16\x03\x03\x00\x7a\x02", words).await;
}

/// Many clients of a service that says this to each, and then nothing.
async fn hang(says: &'static [u8], words: &str) {
    const CLIENTS: usize = 20;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let most = Arc::<AtomicUsize>::default();
    let (seen, limit) = (Arc::clone(&most), Duration::from_secs(3));
    thread::spawn(move || {
        let mut held = Seen::default();
        for mut stream in listener.incoming().map_while(Result::ok) {
            stream.write_all(says).unwrap();
            stream.set_nonblocking(true).unwrap();
            held.look();
            held.open.push(stream);
            seen.fetch_max(held.open.len(), Ordering::SeqCst);
        }
    });
    let question = |_| Question {
        to: NetworkAddress::Given(vec![address]),
        callers: Callers::nobody(None).unwrap(),
        introduction: Introduction::default(),
        limits: Limits {
            handshake: limit,
            ..Limits::default()
        },
        what: What::Handshake(More::Nothing),
    };
    let questions = (0..CLIENTS).map(question).collect();
    let begun = std::time::Instant::now();
    let answers = ask_all(questions, AT_ONCE, || {}).await;
    let took = begun.elapsed();
    // The first has its whole time; one after the other they would have had a minute.
    assert!((limit..PATIENCE / 3).contains(&took), "{took:?}");
    assert!(most.load(Ordering::SeqCst) <= 8);
    for (number, answer) in answers.into_iter().enumerate() {
        let Ok(Answered::Contact(contact)) = answer.unwrap() else {
            panic!("it listens");
        };
        let why = contact.failure().unwrap().to_string();
        assert!(why.ends_with(words), "{why}");
        // It is always the first one who has waited to the end of his time.
        assert_eq!(why.contains("after 3s"), number == 0, "{number}: {why}");
    }
}

#[tokio::test]
async fn whoever_knocks_says_nothing() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 ready\r\n").unwrap();
        let mut heard = Vec::new();
        // Its end is one in order.
        stream.read_to_end(&mut heard).unwrap();
        heard
    });
    let question = Question {
        to: NetworkAddress::Given(vec![address]),
        callers: Callers::nobody(None).unwrap(),
        introduction: Introduction::default(),
        limits: Limits::default(),
        what: What::Listening,
    };
    let answers = ask_all(vec![question], 1, || {}).await;
    let found = answers.into_iter().next().flatten().unwrap();
    assert!(matches!(found, Ok(Answered::Listens(at)) if at == address));
    assert_eq!(heard.join().unwrap(), b"");
}

#[tokio::test]
async fn whoever_stops_asking_leaves_nothing_open() {
    // Nobody answers before the second one is asked, which does not happen.
    let services = Services::start(2, 2);
    let question = |address: &SocketAddr| Question {
        to: NetworkAddress::Given(vec![*address]),
        callers: Callers::nobody(None).unwrap(),
        introduction: Introduction::default(),
        limits: Limits::default(),
        what: What::Handshake(More::Nothing),
    };
    let questions = services.addresses.iter().map(question).collect();
    let seen = Arc::clone(&services.seen);
    let came = tokio::task::spawn_blocking(move || {
        let (lock, more) = &*seen;
        let none = |seen: &mut Seen| seen.came == 0;
        drop(more.wait_timeout_while(lock.lock().unwrap(), PATIENCE, none));
    });
    tokio::select! {
        _ = ask_all(questions, 1, || {}) => unreachable!("it waits for its first answer"),
        came = came => came.unwrap(),
    }
    // What was asked is dropped with the question, at the runtime's next turn.
    tokio::task::yield_now().await;
    let mut seen = services.seen.0.lock().unwrap();
    seen.look();
    assert!(seen.open.is_empty(), "{} are left open", seen.open.len());
}
