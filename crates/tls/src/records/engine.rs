//! rustls without buffers of its own: which bytes it is given, and what it makes of them.
//!
//! No I/O. What came goes in by [`Engine::receive`]; what is to be sent waits in [`Engine::outgoing`].
//!
//! Invariant: after an error the engine is asked for its alert and for nothing else, and after the peer's close_notify
//! for nothing of the peer's.

use std::fmt;

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, UnbufferedStatus, WriteTraffic,
};
use rustls::{CommonState, Error, InvalidMessage};
use tokio::io::ReadBuf;

use super::rest::Rest;

/// The engine of one connection.
pub(crate) struct Engine {
    side: Side,
    /// Enciphered, and not yet taken by the transport.
    pub(super) outgoing: Rest,
    pub(super) received: Received,
    /// Whether it has said that nothing more comes, after which it says nothing.
    closed: bool,
}

enum Side {
    Server(Box<UnbufferedServerConnection>),
    Client(Box<UnbufferedClientConnection>),
}

/// How far the peer's side of the connection has come.
#[derive(Clone, Debug)]
pub(super) enum Received {
    /// There may be more.
    Open,
    /// The peer said that nothing more comes.
    Closed,
    /// What came is no TLS, or the peer said that it failed.
    Failed(Error),
    /// A message is larger than is taken, and the peer is told so.
    TooLarge,
}

/// Where deciphered bytes go: to who reads, and what they have no room for waits.
pub(super) struct Plain<'a, 'b> {
    pub(super) reader: Option<&'a mut ReadBuf<'b>>,
    pub(super) rest: &'a mut Rest,
}

/// What came of a step of the engine.
enum Step {
    /// There may be more to do at once.
    More,
    /// The peer said that nothing more comes.
    PeerClosed,
    /// So many bytes were enciphered for what was asked of it; it waits for bytes of the peer.
    Waits(usize),
}

/// What is asked of the engine once it has done with what came.
enum Asked<'a> {
    Nothing,
    /// To encipher these bytes to there.
    Encipher(&'a [u8], &'a mut [u8]),
    /// To say that nothing more comes.
    Close,
}

/// That a message is larger than is taken.
pub(super) fn too_large() -> Error {
    InvalidMessage::HandshakePayloadTooLarge.into()
}

impl Engine {
    pub(crate) fn of_server(engine: UnbufferedServerConnection) -> Self {
        Self::new(Side::Server(Box::new(engine)))
    }

    pub(crate) fn of_client(engine: UnbufferedClientConnection) -> Self {
        Self::new(Side::Client(Box::new(engine)))
    }

    fn new(side: Side) -> Self {
        Self {
            side,
            outgoing: Rest::default(),
            received: Received::Open,
            closed: false,
        }
    }

    pub(super) fn is_server(&self) -> bool {
        match &self.side {
            Side::Server(_) => true,
            Side::Client(_) => false,
        }
    }

    /// What the engine knows of the connection.
    pub(crate) fn state(&self) -> &CommonState {
        match &self.side {
            Side::Server(engine) => engine,
            Side::Client(engine) => engine,
        }
    }

    /// Tickets for sessions of TLS 1.3 that came of a server.
    pub(super) fn tickets_received(&self) -> u32 {
        match &self.side {
            Side::Server(_) => 0,
            Side::Client(engine) => engine.tls13_tickets_received(),
        }
    }

    /// Does with what came whatever can be done, until whoever reads has no more room: how many bytes are done with.
    /// The others are to be given again, with what comes after them.
    pub(super) fn receive(&mut self, incoming: &mut [u8], plain: &mut Plain<'_, '_>) -> usize {
        self.run(incoming, plain, Asked::Nothing).0
    }

    /// Enciphers bytes to `to`, behind nothing that waits: how many bytes that makes. `incoming` is what was not done with.
    pub(super) fn encipher(
        &mut self,
        incoming: &mut Vec<u8>,
        plain: &mut Plain<'_, '_>,
        bytes: &[u8],
        to: &mut [u8],
    ) -> Result<usize, Error> {
        let (done, made) = self.run(incoming, plain, Asked::Encipher(bytes, to));
        incoming.drain(..done);
        self.failed().map_or(Ok(made), Err)
    }

    /// Has it wait to be sent that nothing more comes, unless an alert has ended the connection.
    pub(super) fn close(&mut self, incoming: &mut Vec<u8>, plain: &mut Plain<'_, '_>) {
        self.closed = true;
        let (done, _made) = self.run(incoming, plain, Asked::Close);
        incoming.drain(..done);
    }

    fn failed(&self) -> Option<Error> {
        match &self.received {
            Received::Failed(error) => Some(error.clone()),
            Received::TooLarge => Some(too_large()),
            Received::Open | Received::Closed => None,
        }
    }

    fn run(
        &mut self,
        incoming: &mut [u8],
        plain: &mut Plain<'_, '_>,
        mut asked: Asked<'_>,
    ) -> (usize, usize) {
        let (mut done, mut made) = (0, 0);
        loop {
            let came = match self.received {
                Received::Open if plain.is_full() => break,
                Received::Open => incoming.get_mut(done..).unwrap_or_default(),
                // What comes after the end is thrown away (RFC 8446 section 6.1).
                Received::Closed => {
                    done = incoming.len();
                    &mut []
                }
                Received::Failed(_) | Received::TooLarge => break,
            };
            let (discard, step) = self.step(came, plain, &mut asked);
            done = done.saturating_add(discard).min(incoming.len());
            match step {
                Ok(Step::More) => {}
                Ok(Step::PeerClosed) => self.received = Received::Closed,
                Ok(Step::Waits(count)) => {
                    made = count;
                    break;
                }
                Err(error) => self.fail(error, plain, incoming.len()),
            }
        }
        match self.received {
            Received::Open => (done, made),
            Received::Closed | Received::Failed(_) | Received::TooLarge => (incoming.len(), made),
        }
    }

    /// After an error the alert is taken from the engine, and nothing is given to it any more: it would look at the same
    /// bytes again. `given` is how many it was given last.
    pub(super) fn fail(&mut self, error: Error, plain: &mut Plain<'_, '_>, given: usize) {
        self.received = if error == too_large() && !self.closed {
            self.stumble(plain, given);
            Received::TooLarge
        } else {
            Received::Failed(error)
        };
        while self.state().wants_write() {
            let (_discard, step) = self.step(&mut [], plain, &mut Asked::Nothing);
            if step.is_err() {
                break;
            }
        }
    }

    /// Over a message that is too large the engine takes leave without a word. Over what is no record it says decode_error,
    /// which fits both: "a message could not be decoded because ... the length of the message was incorrect".
    ///
    /// What it has looked at already, of the bytes that it was given last, it does not look at again.
    ///
    /// Source: RFC 8446 section 6.2; rustls 0.23, `conn.rs` (`process_more_input`).
    fn stumble(&mut self, plain: &mut Plain<'_, '_>, given: usize) {
        /// A content type that there is not, and a length beyond all limits.
        const NO_RECORD: [u8; 5] = [0xff; 5];
        let mut no_records = vec![0xff; given];
        no_records.extend(NO_RECORD);
        // What it still has to say comes first.
        while let (_, Ok(Step::More)) = self.step(&mut no_records, plain, &mut Asked::Nothing) {}
    }

    fn step(
        &mut self,
        incoming: &mut [u8],
        plain: &mut Plain<'_, '_>,
        asked: &mut Asked<'_>,
    ) -> (usize, Result<Step, Error>) {
        let outgoing = &mut self.outgoing;
        match &mut self.side {
            Side::Server(engine) => {
                handle(engine.process_tls_records(incoming), plain, outgoing, asked)
            }
            Side::Client(engine) => {
                handle(engine.process_tls_records(incoming), plain, outgoing, asked)
            }
        }
    }
}

/// Does what the engine's state demands. The first number is how many bytes it is done with.
fn handle<Data>(
    UnbufferedStatus { discard, state, .. }: UnbufferedStatus<'_, '_, Data>,
    plain: &mut Plain<'_, '_>,
    outgoing: &mut Rest,
    asked: &mut Asked<'_>,
) -> (usize, Result<Step, Error>) {
    let mut discard = discard;
    let step = state.and_then(|state| match state {
        ConnectionState::ReadTraffic(mut traffic) => {
            while let Some(record) = traffic.next_record() {
                let record = record?;
                discard = discard.saturating_add(record.discard);
                plain.put(record.payload);
            }
            Ok(Step::More)
        }
        ConnectionState::EncodeTlsData(mut message) => {
            if let Err(EncodeError::InsufficientSize(size)) = message.encode(&mut []) {
                // There is room for it now: it cannot fail.
                outgoing.put_made(size.required_size, |room| {
                    message.encode(room).unwrap_or_default()
                });
            }
            Ok(Step::More)
        }
        // It was put where it waits for the transport.
        ConnectionState::TransmitTlsData(message) => {
            message.done();
            Ok(Step::More)
        }
        ConnectionState::PeerClosed => Ok(Step::PeerClosed),
        ConnectionState::WriteTraffic(traffic) => answer(traffic, outgoing, asked).map(Step::Waits),
        ConnectionState::BlockedHandshake | ConnectionState::Closed => Ok(Step::Waits(0)),
        // Data before the end of the handshake are never asked for.
        other @ (ConnectionState::ReadEarlyData(_) | _) => {
            Err(Error::General(format!("unexpected state {other:?}")))
        }
    });
    (discard, step)
}

fn answer<Data>(
    mut traffic: WriteTraffic<'_, Data>,
    outgoing: &mut Rest,
    asked: &mut Asked<'_>,
) -> Result<usize, Error> {
    let exhausted = |error| match error {
        EncryptError::EncryptExhausted => Error::EncryptError,
        EncryptError::InsufficientSize(size) => {
            Error::General(format!("{} bytes are too many", size.required_size))
        }
    };
    match asked {
        Asked::Nothing => Ok(0),
        Asked::Encipher(bytes, to) => traffic.encrypt(bytes, to).map_err(exhausted),
        Asked::Close => {
            if let Err(EncryptError::InsufficientSize(size)) = traffic.queue_close_notify(&mut []) {
                // There is room for it now: it cannot fail.
                outgoing.put_made(size.required_size, |room| {
                    traffic.queue_close_notify(room).unwrap_or_default()
                });
            }
            Ok(0)
        }
    }
}

impl Plain<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        let room = self.reader.as_ref().map_or(0, |reader| reader.remaining());
        let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        if let Some(reader) = &mut self.reader {
            reader.put_slice(now);
        }
        self.rest.put(later);
    }

    /// Nobody asks for more; without a reader whatever was sent is taken.
    fn is_full(&self) -> bool {
        let reader = self.reader.as_ref();
        reader.is_some_and(|reader| reader.remaining() == 0)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
