//! A connection whose bytes somebody else moves: for programs without tokio.
//!
//! Bytes of the peer go in by [`Connection::read_tls`], then [`Connection::process`] says what they mean. What is to be
//! sent comes out by [`Connection::write_tls`], whenever [`Connection::wants_write`]; also after a failure, since an
//! alert may wait there. How long a handshake may take is for whoever moves the bytes to say
//! ([`HANDSHAKE`](crate::limits::HANDSHAKE)): there is no clock here.
//!
//! Invariant: a connection of which `process` says that its handshake is done is cut when its peer is no longer trusted.
//!
//! ```
//! use std::io::{Read, Write};
//!
//! use trustpack_tls::client::ClientContext;
//! use trustpack_tls::connection::Connection;
//!
//! /// Asks a server something over a stream that blocks: what it answers until it ends.
//! fn ask(
//!     context: &ClientContext,
//!     stream: &mut (impl Read + Write),
//!     question: &[u8],
//! ) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//!     let mut connection = context.connection()?;
//!     connection.writer().write_all(question)?;
//!     let mut answer = Vec::new();
//!     loop {
//!         send(&mut connection, stream)?;
//!         if connection.read_tls(stream)? == 0 {
//!             // Its end by TLS comes before the end of the stream; without it somebody may have cut the answer off.
//!             return Err("the server ended the stream, and not the connection".into());
//!         }
//!         let processed = connection.process();
//!         // Also an alert, if the server was refused.
//!         send(&mut connection, stream)?;
//!         let state = processed?;
//!         let mut piece = vec![0; state.plaintext_bytes_to_read()];
//!         connection.reader().read_exact(&mut piece)?;
//!         answer.extend(piece);
//!         if state.peer_has_closed() {
//!             return Ok(answer);
//!         }
//!     }
//! }
//!
//! fn send(connection: &mut Connection, stream: &mut impl Write) -> std::io::Result<()> {
//!     while connection.wants_write() {
//!         connection.write_tls(stream)?;
//!     }
//!     Ok(())
//! }
//! ```

use std::io::{self, Read, Write};
use std::task::Waker;

use rustls::{ClientConnection, CommonState, IoState, Reader, ServerConnection, Writer};

use crate::client::{self, ClientContext};
use crate::connections::{Tether, TrustEnded};
use crate::established::Established;
use crate::handshake::Failure;
use crate::limits::MAX_BYTES_WITHOUT_DATA;
use crate::peer::Refusal;
use crate::server::{self, ServerContext};

/// A connection of a server or client.
#[derive(Debug)]
pub struct Connection {
    engine: rustls::Connection,
    begun: Begun,
    admitted: Admitted,
    /// Bytes that were read since data came last, once the handshake was done.
    without_data: usize,
}

/// What it began with.
#[derive(Debug)]
enum Begun {
    Server(ServerContext, server::Begun),
    Client(ClientContext, client::Begun),
}

/// Whether its context knows that it lives.
#[derive(Debug)]
enum Admitted {
    /// The handshake goes on.
    NotYet,
    /// It is cut when its peer is no longer trusted; there is nothing to cut if peers are not judged.
    Yes(Option<Tether>),
}

impl Connection {
    pub(crate) fn of_server(
        engine: ServerConnection,
        context: ServerContext,
        begun: server::Begun,
    ) -> Self {
        Self::new(engine.into(), Begun::Server(context, begun))
    }

    pub(crate) fn of_client(
        engine: ClientConnection,
        context: ClientContext,
        begun: client::Begun,
    ) -> Self {
        Self::new(engine.into(), Begun::Client(context, begun))
    }

    fn new(engine: rustls::Connection, begun: Begun) -> Self {
        Self {
            engine,
            begun,
            admitted: Admitted::NotYet,
            without_data: 0,
        }
    }

    /// Reads bytes of the peer from `stream`, as many as one call of it gives: 0 at its end, of which [`Self::process`] knows
    /// nothing. Whoever has read 0 before [`IoState::peer_has_closed`] was told so by the network alone, and stops.
    ///
    /// # Errors
    ///
    /// Those of `stream`, and one of the kind `Other` when more was read than was processed.
    pub fn read_tls(&mut self, stream: &mut dyn Read) -> io::Result<usize> {
        let count = self.engine.read_tls(stream)?;
        self.without_data = self.without_data.saturating_add(count);
        Ok(count)
    }

    /// Looks at what was read: goes on with the handshake, and deciphers. To be called after every reading, and to ask
    /// whether the connection still may live.
    ///
    /// # Errors
    ///
    /// [`Failure`] when the handshake fails, the peer broke the protocol or sent an alert, when it sends on and on without
    /// data ([`Failure::WithoutData`]), or when it was trusted and no longer is ([`Failure::TrustEnded`]). The connection is
    /// of no use then; what it [wants to write](Self::wants_write) still tells the peer.
    pub fn process(&mut self) -> Result<IoState, Failure> {
        let engine = &mut self.engine;
        let processed = match &self.begun {
            Begun::Server(..) => engine.process_new_packets(),
            Begun::Client(_, begun) => begun.handshake.drive(|| engine.process_new_packets()),
        };
        let state = processed.map_err(|error| Failure::after(self.refusal(), error))?;
        if let Admitted::NotYet = self.admitted
            && !self.engine.is_handshaking()
        {
            let tether = self.begun.admit(&self.engine).map_err(ended)?;
            self.admitted = Admitted::Yes(tether);
        }
        if let Some(why) = self.tether().and_then(Tether::ended) {
            return Err(ended(why.clone()));
        }
        if self.engine.is_handshaking() || state.plaintext_bytes_to_read() > 0 {
            self.without_data = 0;
        }
        if self.without_data > MAX_BYTES_WITHOUT_DATA {
            return Err(Failure::WithoutData);
        }
        Ok(state)
    }

    /// Whoever waits for bytes of the peer is woken when the connection is to be cut; [`Self::process`] says why then.
    /// Only the last waker counts, and none before the handshake is done.
    pub fn wake_when_cut(&self, waker: &Waker) {
        if let Some(tether) = self.tether() {
            tether.wake(waker);
        }
    }

    /// Whether there is something to be sent to the peer.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        self.engine.wants_write()
    }

    /// Whether bytes of the peer are waited for.
    #[must_use]
    pub fn wants_read(&self) -> bool {
        self.engine.wants_read()
    }

    /// Writes what is to be sent to `stream`, as much as one call of it takes.
    ///
    /// # Errors
    ///
    /// Those of `stream`.
    pub fn write_tls(&mut self, stream: &mut dyn Write) -> io::Result<usize> {
        self.engine.write_tls(stream)
    }

    /// What the peer said, deciphered.
    #[must_use]
    pub fn reader(&mut self) -> Reader<'_> {
        self.engine.reader()
    }

    /// What is to be said to the peer, also before the handshake is done.
    #[must_use]
    pub fn writer(&mut self) -> Writer<'_> {
        self.engine.writer()
    }

    /// Says that nothing more will be said.
    pub fn send_close_notify(&mut self) {
        self.engine.send_close_notify();
    }

    /// Whether the handshake goes on.
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.engine.is_handshaking()
    }

    /// What is known of the connection.
    #[must_use]
    pub fn established(&self) -> Established {
        Established::of(&self.engine)
    }

    /// Whether the handshake is done and the certificates of the peer were judged, then or when the session that it
    /// resumed began. Not so of whom nobody was asked about: any server under `client-auth=0`, any client of a server
    /// without mutual TLS.
    #[must_use]
    pub fn is_peer_judged(&self) -> bool {
        self.tether().is_some()
    }

    /// What the engine knows of it.
    #[must_use]
    pub fn state(&self) -> &CommonState {
        &self.engine
    }

    fn tether(&self) -> Option<&Tether> {
        match &self.admitted {
            Admitted::Yes(tether) => tether.as_ref(),
            Admitted::NotYet => None,
        }
    }

    fn refusal(&self) -> &Refusal {
        match &self.begun {
            Begun::Server(_, begun) => &begun.refusal,
            Begun::Client(_, begun) => &begun.handshake.refusal,
        }
    }
}

impl Begun {
    fn admit(&self, connection: &CommonState) -> Result<Option<Tether>, TrustEnded> {
        match self {
            Self::Server(context, begun) => context.admit(begun, connection),
            Self::Client(context, begun) => context.admit(begun, connection),
        }
    }
}

fn ended(why: TrustEnded) -> Failure {
    Failure::TrustEnded(Box::new(why))
}
