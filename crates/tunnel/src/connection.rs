//! One connection from its acceptance to its line in the log.
//!
//! Long because each kind of connection, and how its end is to be read, is told from the begin to the end in one place.
//!
//! Invariant: whatever happens to one side, the other side learns of it in the same manner: an
//! orderly end as an orderly end, anything else as a reset.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use trustpack_tls::client::ClientContext;
use trustpack_tls::connections::Cut;
use trustpack_tls::handshake::Failure;
use trustpack_tls::hello::FirstBytes;
use trustpack_tls::port::{Arrival, PlainStream, Port};
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;

use crate::dial::dial;
use crate::figures::Failed;
use crate::figures::outcomes::{Ending, Refusal};
use crate::handshakes::Handshakes;
use crate::limits::Limits;
use crate::proxy_header::{Facts, Header, Route};
use crate::proxying;
use crate::relay::{Break, Direction, Ended, Flows, relay};
use crate::report::{Carried, End, Ends, Note, Remote, Report};
use crate::roll::Entry;
use crate::running::Terms;
use crate::socket::Socket;
use crate::spec::{Address, Mode, TunnelSpec};

/// What holds for all connections of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'a> {
    pub(crate) limits: &'a Limits,
    /// Cancelled when the connections that are left are to be cut.
    pub(crate) stop: &'a CancellationToken,
    pub(crate) handshakes: &'a Handshakes,
}

/// Carries one connection until it ends or is cut, and reports it.
pub(crate) async fn carry(terms: &Terms, common: Common<'_>, socket: Socket, entry: &Entry) {
    let spec = &*terms.spec;
    let mut carrying = Carrying {
        spec,
        limits: common.limits,
        terms,
        stop: common.stop,
        handshakes: common.handshakes,
        plain: None,
        caller: entry.caller,
        received: None,
        route: Route::Direct,
        dialled: None,
    };
    spec.figures.opened.add(1);
    let carried = carrying.carry(socket, entry).await;
    let received = carrying.received.as_ref();
    let via = received.and_then(proxying::caller).and(Some(entry.caller));
    let (caller, dialled) = (Some(carrying.caller), carrying.dialled);
    let (peer, program) = match &spec.to {
        Address::Plain(_) => (caller, dialled),
        Address::Network(_) => (dialled, caller),
    };
    let ends = Ends { peer, program, via };
    spec.figures.ended.count(Ending::of(&carried.end));
    if let End::Refused(failure) = &carried.end {
        spec.figures.refused.count(Refusal::of(failure));
    }
    if carried.end.is_failure() {
        spec.figures.failed(Failed {
            at: Instant::now(),
            caller,
            reason: carried.end.to_string(),
        });
    }
    Report {
        place: &spec.place,
        ends,
        carried,
    }
    .log();
}

/// One connection on its way.
struct Carrying<'a> {
    spec: &'a TunnelSpec,
    limits: &'a Limits,
    terms: &'a Terms,
    /// Cuts the connections of all tunnels.
    stop: &'a CancellationToken,
    handshakes: &'a Handshakes,
    /// Counts it as one in plain text over the network, once it is.
    plain: Option<TaskTrackerToken>,
    /// Who called; as far as this machine sees, until somebody says who it really was.
    caller: Remote,
    /// What whoever passed it on said of it.
    received: Option<Header>,
    /// Between whom it really is, if the program is to be told.
    route: Route,
    /// Whom it was forwarded to, once somebody has answered.
    dialled: Option<Remote>,
}

impl Carrying<'_> {
    async fn carry(&mut self, mut socket: Socket, entry: &Entry) -> Carried {
        if let Err(end) = self.take_header(&mut socket, entry).await {
            socket.abort_on_close();
            return Carried::nothing(end);
        }
        match &self.spec.mode {
            // Asked anew for each connection: the mode of a port may change while it serves.
            Mode::Server(context) if context.detects() => self.detect(context, socket).await,
            Mode::Server(context) => self.server(context, socket).await,
            Mode::Client(context) => self.client(context, socket).await,
            Mode::Open(context) => match context.check() {
                Ok(()) => self.open(PlainStream::new(socket)).await,
                Err(demanded) => {
                    socket.abort_on_close();
                    Carried::nothing(End::Refused(Failure::Io(io::Error::other(demanded))))
                }
            },
        }
    }

    /// Finds out who really called, where callers speak for others.
    async fn take_header(&mut self, socket: &mut Socket, entry: &Entry) -> Result<(), End> {
        if let Some(accepted) = self.spec.proxy.taken {
            let taking = async {
                proxying::take(socket, accepted, self.limits.handshake)
                    .await
                    .map_err(End::NoHeader)
            };
            let header = self.unless_cut(taking).await?;
            if let Some(caller) = proxying::caller(&header) {
                entry.is_of(caller);
                self.caller = caller;
            }
            self.received = Some(header);
        }
        if self.spec.proxy.sent.is_some() {
            self.route = proxying::route(self.received.as_ref(), socket);
        }
        Ok(())
    }

    /// TLS comes in. The plain side is dialled only for a client that was let in.
    async fn server(&mut self, context: &ServerContext, socket: Socket) -> Carried {
        let begun = Instant::now();
        let (own, limit) = (context.clone(), self.limits.handshake);
        let accepting = async move { own.accept(socket, limit).await };
        let made = self.handshakes.make(|| context.own_key(), accepting);
        let accepting = async { made.await.map_err(End::Refused) };
        match self.unless_cut(accepting).await {
            Ok(secure) => {
                let figures = &self.spec.figures;
                figures.established(secure.resumed(), begun.elapsed());
                self.secured(context, secure).await
            }
            Err(end) => Carried::nothing(end),
        }
    }

    /// TLS or plain text comes in. The plain side is dialled once it is clear which, and after TLS has succeeded.
    async fn detect(&mut self, context: &ServerContext, socket: Socket) -> Carried {
        let port = Port::AutoDetect(context.clone());
        let begun = Instant::now();
        let limit = self.limits.handshake;
        let arriving = async move { port.take_in(socket, limit).await };
        let made = self.handshakes.make(|| context.own_key(), arriving);
        let arriving = async { made.await.map_err(End::Refused) };
        match self.unless_cut(arriving).await {
            Ok(Arrival::Secure(secure)) => {
                let figures = &self.spec.figures;
                figures.established(secure.resumed(), begun.elapsed());
                self.secured(context, *secure).await
            }
            Ok(Arrival::Plain(plain)) => {
                let now = Instant::now();
                self.spec.figures.plain_callers().note(self.caller, now);
                self.open(plain).await
            }
            Err(end) => Carried::nothing(end),
        }
    }

    /// A client whose handshake has succeeded.
    async fn secured(
        &mut self,
        context: &ServerContext,
        mut secure: SecureStream<Socket>,
    ) -> Carried {
        let known = || proxying::facts(context, &secure.established(), secure.server_name());
        let mut plain = match self.dial_program(known).await {
            Ok(plain) => plain,
            Err(end) => {
                secure.transport().abort_on_close();
                let established = Some(secure.established());
                return Carried {
                    established,
                    ..Carried::nothing(end)
                };
            }
        };
        let figures = &self.spec.figures;
        let mut flows = Flows::counted(&figures.bytes_in, &figures.bytes_out);
        let cut = secure.cut();
        let relay = self.relay(&mut secure, &mut plain, &mut flows);
        let stopped = unless_trust_ends(cut, Direction::Forth, relay).await;
        let end = End::of(stopped, Direction::Forth, &secure, self.limits.idle);
        if !end.is_orderly() {
            secure.transport().abort_on_close();
            plain.abort_on_close();
        }
        Carried {
            end,
            established: Some(secure.established()),
            bytes_in: flows.forth.bytes,
            bytes_out: flows.back.bytes,
            note: None,
        }
    }

    /// Plain text comes in. The program sees a reset if its TLS cannot be had, and nothing of what
    /// it sent leaves.
    async fn client(&mut self, context: &ClientContext, mut plain: Socket) -> Carried {
        let connected = match self.dial().await {
            Ok(socket) => {
                let begun = Instant::now();
                let (own, limit) = (context.clone(), self.limits.handshake);
                let connecting = async move { own.connect(socket, limit).await };
                let made = self.handshakes.make(|| context.own_key(), connecting);
                let connecting = async { made.await.map_err(End::Refused) };
                let connected = self.unless_cut(connecting).await;
                if let Ok(secure) = &connected {
                    let figures = &self.spec.figures;
                    figures.established(secure.resumed(), begun.elapsed());
                }
                connected
            }
            Err(end) => Err(end),
        };
        let mut secure = match connected {
            Ok(secure) => secure,
            Err(end) => {
                plain.abort_on_close();
                return Carried::nothing(end);
            }
        };
        let figures = &self.spec.figures;
        let mut flows = Flows::counted(&figures.bytes_out, &figures.bytes_in);
        let cut = secure.cut();
        let relay = self.relay(&mut plain, &mut secure, &mut flows);
        let stopped = unless_trust_ends(cut, Direction::Back, relay).await;
        let end = End::of(stopped, Direction::Back, &secure, self.limits.idle);
        if !end.is_orderly() {
            plain.abort_on_close();
            secure.transport().abort_on_close();
        }
        Carried {
            end,
            established: Some(secure.established()),
            bytes_in: flows.back.bytes,
            bytes_out: flows.forth.bytes,
            note: None,
        }
    }

    /// Plain text comes in and goes out, as the settings leave the endpoint open, or to the client.
    async fn open(&mut self, mut caller: PlainStream<Socket>) -> Carried {
        self.plain = Some(self.terms.plain.token());
        // What is known of it can only be from whoever passed it on.
        let received = self.received.as_ref();
        let facts = received.map(|header| header.facts.clone());
        let mut to = match self.dial_program(|| facts.unwrap_or_default()).await {
            Ok(to) => to,
            Err(end) => {
                caller.transport().abort_on_close();
                return Carried {
                    note: self.note(&caller),
                    ..Carried::nothing(end)
                };
            }
        };
        let figures = &self.spec.figures;
        let (forth, back) = match &self.spec.to {
            Address::Plain(_) => (&figures.bytes_in, &figures.bytes_out),
            Address::Network(_) => (&figures.bytes_out, &figures.bytes_in),
        };
        let mut flows = Flows::counted(forth, back);
        let stopped = self.relay(&mut caller, &mut to, &mut flows).await;
        let end = End::of_open(stopped, self.limits.idle);
        if !end.is_orderly() {
            caller.transport().abort_on_close();
            to.abort_on_close();
        }
        let (bytes_in, bytes_out) = match &self.spec.to {
            Address::Plain(_) => (flows.forth.bytes, flows.back.bytes),
            Address::Network(_) => (flows.back.bytes, flows.forth.bytes),
        };
        Carried {
            end,
            established: None,
            bytes_in,
            bytes_out,
            note: self.note(&caller),
        }
    }

    /// What is to be said of a caller that is served in plain text.
    fn note(&self, caller: &PlainStream<Socket>) -> Option<Note> {
        match &self.spec.mode {
            Mode::Server(_) => Some(Note::PlainText),
            Mode::Open(_) => {
                let first = caller.first_bytes();
                let speaks_tls = first.is_some_and(FirstBytes::may_be_hello);
                speaks_tls.then_some(Note::TlsAtPlainPort)
            }
            Mode::Client(_) => None,
        }
    }

    /// Dials, and says who really called, if the other end is to be told that.
    async fn dial_program(&mut self, known: impl FnOnce() -> Facts) -> Result<Socket, End> {
        let mut socket = self.dial().await?;
        let Some(version) = self.spec.proxy.sent else {
            return Ok(socket);
        };
        let mut facts = known();
        if facts.unique_id.is_none() {
            let received = self.received.as_ref();
            facts.unique_id = received.and_then(|header| header.facts.unique_id.clone());
        }
        let route = self.route.clone();
        let header = Header { route, facts }.to_bytes(version);
        let sending = async {
            // It fits into the buffer of any new socket.
            socket.write_all(&header).await.map_err(End::ProgramBroke)
        };
        self.unless_cut(sending).await?;
        Ok(socket)
    }

    async fn dial(&mut self) -> Result<Socket, End> {
        let dialling = async {
            dial(&self.spec.to, self.limits.connect)
                .await
                .map_err(End::NotReached)
        };
        let (socket, remote) = self.unless_cut(dialling).await?;
        self.dialled = Some(remote);
        Ok(socket)
    }

    async fn unless_cut<T>(&self, step: impl Future<Output = Result<T, End>>) -> Result<T, End> {
        tokio::select! {
            biased;
            () = self.ends().cancelled() => Err(self.cut()),
            done = step => done,
        }
    }

    /// What cuts it as it is now.
    fn ends(&self) -> &CancellationToken {
        match self.plain {
            Some(_) => &self.terms.plain_cut,
            None => &self.terms.cut,
        }
    }

    /// Why it is cut.
    fn cut(&self) -> End {
        if self.stop.is_cancelled() {
            End::Cut
        } else if self.terms.cut.is_cancelled() {
            End::TunnelGone
        } else {
            End::NoMorePlain
        }
    }

    /// The relay, until it ends or is cut.
    async fn relay<A, B>(
        &self,
        caller: &mut A,
        called: &mut B,
        flows: &mut Flows<'_>,
    ) -> Result<Ended, End>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        tokio::select! {
            biased;
            () = self.ends().cancelled() => Err(self.cut()),
            ended = relay(caller, called, flows, self.limits.idle) => Ok(ended),
        }
    }
}

/// A relay, until the TLS peer is no longer trusted: also while it waits for the program alone, and asks the TLS side
/// nothing. `from_peer` is the direction in which the peer sends.
async fn unless_trust_ends(
    cut: Cut,
    from_peer: Direction,
    relay: impl Future<Output = Result<Ended, End>>,
) -> Result<Ended, End> {
    tokio::select! {
        biased;
        ended = cut => {
            let error = io::Error::new(io::ErrorKind::ConnectionAborted, ended);
            Ok(Ended::Broken(from_peer, Break::Reading(error)))
        }
        stopped = relay => stopped,
    }
}

impl Carried {
    fn nothing(end: End) -> Self {
        Self {
            end,
            established: None,
            bytes_in: 0,
            bytes_out: 0,
            note: None,
        }
    }
}

impl End {
    /// What the end of a relay means; `from_peer` is the direction in which the TLS peer sends.
    fn of(
        stopped: Result<Ended, Self>,
        from_peer: Direction,
        secure: &SecureStream<Socket>,
        idle: Option<Duration>,
    ) -> Self {
        let (direction, broken) = match Self::without_break(stopped, idle) {
            Ok(end) => return end,
            Err(broken) => broken,
        };
        let by_peer = match broken {
            Break::Reading(_) => direction == from_peer,
            Break::Writing(_) => direction != from_peer,
        };
        let (Break::Reading(error) | Break::Writing(error)) = broken;
        if !by_peer {
            return Self::ProgramBroke(error);
        }
        let failure = secure.failure(error);
        if let Failure::PeerAlert(alert) = failure {
            Self::PeerAlert(alert)
        } else if let Failure::TrustEnded(ended) = failure {
            Self::TrustEnded(ended)
        } else {
            Self::PeerBroke(failure)
        }
    }

    fn of_open(stopped: Result<Ended, Self>, idle: Option<Duration>) -> Self {
        match Self::without_break(stopped, idle) {
            Ok(end) => end,
            Err((_, Break::Reading(error) | Break::Writing(error))) => Self::ProgramBroke(error),
        }
    }

    fn without_break(
        stopped: Result<Ended, Self>,
        idle: Option<Duration>,
    ) -> Result<Self, (Direction, Break)> {
        match stopped {
            Err(cut) => Ok(cut),
            Ok(Ended::InOrder) => Ok(Self::InOrder),
            Ok(Ended::Idle) => Ok(Self::Idle(idle.unwrap_or_default())),
            Ok(Ended::Broken(direction, broken)) => Err((direction, broken)),
        }
    }
}
