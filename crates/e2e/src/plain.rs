//! Plain programs at the two ends of a tunnel, as threads of the story.
//!
//! They know nothing of TLS. Invariant: every read has a limit, so that a tunnel that hangs fails the
//! story and does not hang it.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::watched::PATIENCE;

/// A service on a free port of the loopback address; every connection gets a thread.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
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
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if told.load(Ordering::SeqCst) {
                    return;
                }
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
