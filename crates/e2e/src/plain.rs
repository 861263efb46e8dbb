//! Plain programs at the two ends of a tunnel, as threads of the story.
//!
//! They know nothing of TLS. Invariant: every read has a limit, so that a tunnel that hangs fails the
//! story and does not hang it.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::watched::PATIENCE;

/// A service on a free port of the loopback address; every connection gets a thread.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    counter: Arc<Counter>,
    accepting: Option<JoinHandle<()>>,
}

impl Service {
    /// Starts a service that does `serve` with each connection.
    #[track_caller]
    #[must_use]
    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let bound = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = match bound {
            Ok(bound) => bound,
            Err(error) => panic!("no free port on 127.0.0.1: {error}"),
        };
        let stopping = Arc::<AtomicBool>::default();
        let told = Arc::clone(&stopping);
        let serve = Arc::new(serve);
        let counter = Arc::<Counter>::default();
        let counted = Arc::clone(&counter);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                counted.count_one();
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || {
                    if with_limits(&stream).is_ok() {
                        serve(stream);
                    }
                });
            }
        });
        Self {
            address,
            stopping,
            counter,
            accepting: Some(accepting),
        }
    }

    /// A service that reads so many octets, sends them back and closes. It says nothing before it
    /// has all of them, so that nobody needs to read and write at the same time.
    #[track_caller]
    #[must_use]
    pub fn returning(octets: usize) -> Self {
        Self::start(move |mut stream| {
            let mut received = vec![0; octets];
            // A client that is refused sends nothing, and its story looks at that end.
            if stream.read_exact(&mut received).is_ok() {
                drop(stream.write_all(&received));
            }
        })
    }

    /// A service that reads to the end of what the client sends, then sends it all back and closes.
    #[track_caller]
    #[must_use]
    pub fn returning_at_end() -> Self {
        Self::start(|mut stream| {
            let mut received = Vec::new();
            if stream.read_to_end(&mut received).is_ok() {
                drop(stream.write_all(&received));
            }
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until so many connections have come in since it was started.
    #[track_caller]
    pub fn wait_for_connections(&self, count: usize) {
        assert!(
            self.counter.reaches(count),
            "fewer than {count} connections came in"
        );
    }
}

/// How many connections have come in.
#[derive(Debug, Default)]
struct Counter {
    count: Mutex<usize>,
    more: Condvar,
}

impl Counter {
    fn count_one(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.more.notify_all();
    }

    fn reaches(&self, count: usize) -> bool {
        let so_far = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let (_count, waited) = self
            .more
            .wait_timeout_while(so_far, PATIENCE, |so_far| *so_far < count)
            .unwrap_or_else(PoisonError::into_inner);
        !waited.timed_out()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

/// The number of a port that nobody has on [`HeldNumber::ADDRESS`], for programs that cannot be asked
/// which they took: we have it on `127.0.0.1`, so that nobody can have it on all addresses.
#[derive(Debug)]
pub struct HeldNumber(TcpListener);

impl HeldNumber {
    /// The loopback address on which the number is free.
    pub const ADDRESS: &str = "127.0.0.2";

    /// Takes a number.
    #[track_caller]
    #[must_use]
    pub fn take() -> Self {
        match TcpListener::bind("127.0.0.1:0") {
            Ok(listener) => Self(listener),
            Err(error) => panic!("no free port on 127.0.0.1: {error}"),
        }
    }

    /// The number.
    #[track_caller]
    #[must_use]
    pub fn number(&self) -> u16 {
        match self.0.local_addr() {
            Ok(address) => address.port(),
            Err(error) => panic!("a listening socket has an address: {error}"),
        }
    }

    /// The address with the number.
    #[track_caller]
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}:{}", Self::ADDRESS, self.number())
    }
}

/// A connection to `address` whose reads and writes have a limit.
#[track_caller]
#[must_use]
pub fn connect(address: SocketAddr) -> TcpStream {
    let connected = TcpStream::connect(address).and_then(|stream| {
        with_limits(&stream)?;
        Ok(stream)
    });
    match connected {
        Ok(stream) => stream,
        Err(error) => panic!("cannot connect to {address}: {error}"),
    }
}

/// Sends `data`, closes the writing side, and gives all that came back until the end; or how the
/// connection broke.
///
/// # Errors
///
/// The system's, of the first read or write that failed.
#[track_caller]
pub fn exchange(address: SocketAddr, data: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(address);
    stream.write_all(data)?;
    stream.shutdown(Shutdown::Write)?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    Ok(received)
}

/// So many octets without a pattern that a broken copy could keep by chance (an LCG; the upper bits
/// are taken, the lower ones repeat soon).
#[must_use]
pub fn noise(octets: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let [.., high] = state.to_le_bytes();
        high
    })
    .take(octets)
    .collect()
}

fn with_limits(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))
}
