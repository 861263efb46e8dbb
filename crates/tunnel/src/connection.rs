//! One connection from its acceptance to its line in the log.
//!
//! Long because each kind of connection, and how its end is to be read, is told from the begin to the end in one place.
//!
//! Invariant: whatever happens to one side, the other side learns of it in the same manner: an
//! orderly end as an orderly end, anything else as a reset.

use std::io;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use trustpack_settings::endpoint::Role;
use trustpack_tls::client::ClientContext;
use trustpack_tls::handshake::Failure;
use trustpack_tls::hello::FirstBytes;
use trustpack_tls::port::{Arrival, PlainStream, Port};
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;
use trustpack_x509::public_key::PublicKeyAlgorithm;

use crate::course::{Begins, Course, WaitsFor};
use crate::dial::{NotReached, dial};
use crate::figures::{Failed, Figures};
use crate::lanes::handshakes::{Handshakes, NotMade};
use crate::limits::Limits;
use crate::proxy_header::{Facts, Header, Route};
use crate::proxying::{self, NoHeader};
use crate::rare::unless;
use crate::relay::{Break, Direction, Ended, Flows, relay};
use crate::report::{Carried, End, Ends, Note, Remote, Report, bounded};
use crate::roll::Entry;
use crate::rooms::{Admission, NoRoom, Place, Rooms};
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
    pub(crate) rooms: &'a Rooms,
}

/// Carries one connection until it ends or is cut, and reports it; one for which there was no room is reported only. There
/// is no `admission` for one that came at the stop and was cut before there was room.
pub(crate) async fn carry(
    terms: &Terms,
    common: Common<'_>,
    socket: Socket,
    entry: &Entry,
    admission: Result<Option<Admission>, NoRoom>,
) {
    let spec = &*terms.spec;
    let (admission, turned_away) = match admission {
        Ok(admission) => (admission, None),
        Err(no_room) => (None, Some(no_room)),
    };
    let mut carrying = Carrying {
        spec,
        limits: common.limits,
        terms,
        stop: common.stop,
        handshakes: common.handshakes,
        rooms: common.rooms,
        room: admission.map(Room::Admitted),
        plain: None,
        caller: entry.caller,
        received: None,
        route: Route::Direct,
        dialled: None,
        course: &entry.course,
    };
    spec.figures.opened.add(1);
    let carried = match turned_away {
        None => carrying.carry(socket, entry).await,
        Some(no_room) => {
            socket.abort_on_close();
            *Carried::nothing(End::NoRoom(no_room))
        }
    };
    let received = carrying.received.as_ref();
    let via = received.and_then(proxying::caller).and(Some(entry.caller));
    let (caller, dialled) = (Some(carrying.caller), carrying.dialled);
    let (peer, program) = match &spec.to {
        Address::Plain(_) => (caller, dialled),
        Address::Network(_) => (dialled, caller),
    };
    let ends = Ends { peer, program, via };
    count(&spec.figures, &carried.end, caller);
    let role = match &spec.to {
        Address::Plain(_) => Role::Server,
        Address::Network(_) => Role::Client,
    };
    Report {
        place: &spec.place,
        role,
        ends,
        agreed: entry.course.agreed(),
        carried,
    }
    .log(&spec.figures.repeats);
}

/// Counts a connection that has ended so.
fn count(figures: &Figures, end: &End, caller: Option<Remote>) {
    let cause = end.cause();
    figures.ended.count(cause);
    if let End::Refused(_) | End::Shut(_) | End::TooBusy(_) = end {
        figures.refused.count(cause);
    }
    if end.is_failure() {
        figures.failed(Failed {
            at: Instant::now(),
            caller,
            reason: bounded(end.to_string()),
        });
    }
}

/// The direction in which a TLS peer sends, whoever of the two has called.
const FROM_PEER: Direction = Direction::Forth;

/// The other one.
const TO_PEER: Direction = Direction::Back;

/// A connection whose two ends stand.
#[expect(
    clippy::large_enum_variant,
    reason = "it is always on the heap, and most are in TLS"
)]
enum Link {
    Secured {
        /// The end on the network.
        peer: SecureStream<Socket>,
        program: Socket,
    },
    /// Neither end is in TLS.
    Open {
        caller: PlainStream<Socket>,
        called: Socket,
    },
}

/// What a connection takes of the room that there is. Only kept: it is given back when it goes.
enum Room {
    Admitted(#[expect(dead_code, reason = "kept")] Admission),
    Carried(#[expect(dead_code, reason = "kept")] Place),
}

/// One connection on its way.
struct Carrying<'a> {
    spec: &'a TunnelSpec,
    limits: &'a Limits,
    terms: &'a Terms,
    /// Cuts the connections of all tunnels.
    stop: &'a CancellationToken,
    handshakes: &'a Handshakes,
    rooms: &'a Rooms,
    /// What it takes of the room; nothing if it came at the stop, and was cut before there was some.
    room: Option<Room>,
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
    /// How far it has come, for who asks.
    course: &'a Course,
}

impl Carrying<'_> {
    async fn carry(&mut self, socket: Socket, entry: &Entry) -> Carried {
        // On the heap, and gone before the first byte is relayed: a task has the size of its largest step for as long as
        // it lives, and most connections wait most of the time.
        let mut link = match Box::pin(self.link(socket, entry)).await {
            Ok(link) => link,
            Err(unlinked) => return *unlinked,
        };
        match &mut *link {
            Link::Secured { peer, program } => self.secured(peer, program).await,
            Link::Open { caller, called } => self.open(caller, called).await,
        }
    }

    /// From its acceptance until both ends stand; if they do not, what became of it.
    async fn link(&mut self, mut socket: Socket, entry: &Entry) -> Result<Box<Link>, Box<Carried>> {
        if let Err(end) = self.take_header(&mut socket, entry).await {
            socket.abort_on_close();
            return Err(Carried::nothing(end));
        }
        match &self.spec.mode {
            // Asked anew for each connection: the mode of a port may change while it serves.
            Mode::Server(context) if context.detects() => self.detect(context, socket).await,
            Mode::Server(context) => self.server(context, socket).await,
            Mode::Client(context) => self.client(context, socket).await,
            Mode::Open(context) => match context.check() {
                Ok(()) => self.link_open(PlainStream::new(socket)).await,
                Err(demanded) => {
                    socket.abort_on_close();
                    Err(Carried::nothing(End::Shut(demanded)))
                }
            },
        }
    }

    /// Finds out who really called, where callers speak for others.
    async fn take_header(&mut self, socket: &mut Socket, entry: &Entry) -> Result<(), End> {
        if let Some(accepted) = self.spec.proxy.taken {
            let from = &self.spec.proxy.from;
            if !from.include(entry.caller) {
                let taken_from = from.to_string();
                return Err(End::NoHeader(NoHeader::OfSomebodyElse { taken_from }));
            }
            self.course.waits_for(WaitsFor::ProxyHeader);
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
    async fn server(
        &mut self,
        context: &ServerContext,
        socket: Socket,
    ) -> Result<Box<Link>, Box<Carried>> {
        let begun = Instant::now();
        let accepting = |left| Box::pin(context.accept(socket, left));
        let secure = self
            .shake_hands(context.own_key(), accepting)
            .await
            .map_err(Carried::nothing)?;
        let figures = &self.spec.figures;
        figures.established(secure.resumed(), begun.elapsed());
        self.link_client(context, secure).await
    }

    /// TLS or plain text comes in. The plain side is dialled once it is clear which, and after TLS has succeeded.
    async fn detect(
        &mut self,
        context: &ServerContext,
        socket: Socket,
    ) -> Result<Box<Link>, Box<Carried>> {
        let port = Port::AutoDetect(context.clone());
        let begun = Instant::now();
        let arriving = |left| Box::pin(port.take_in(socket, left));
        let arrival = self.shake_hands(context.own_key(), arriving).await;
        match arrival.map_err(Carried::nothing)? {
            Arrival::Secure(secure) => {
                let figures = &self.spec.figures;
                figures.established(secure.resumed(), begun.elapsed());
                self.link_client(context, *secure).await
            }
            Arrival::Plain(plain) => {
                let now = Instant::now();
                self.spec.figures.plain_callers().note(self.caller, now);
                self.link_open(plain).await
            }
        }
    }

    /// Dials the program of a client whose handshake has succeeded.
    async fn link_client(
        &mut self,
        context: &ServerContext,
        peer: SecureStream<Socket>,
    ) -> Result<Box<Link>, Box<Carried>> {
        let established = peer.established();
        self.course.is_agreed(&established);
        let known = || proxying::facts(context, &established, peer.server_name());
        match self.dial_program(known).await {
            Ok(program) => Ok(Box::new(Link::Secured { peer, program })),
            Err(end) => {
                peer.transport().abort_on_close();
                Err(Carried::nothing(end))
            }
        }
    }

    /// Plain text comes in. The program sees a reset if its TLS cannot be had, and nothing of what
    /// it sent leaves.
    async fn client(
        &mut self,
        context: &ClientContext,
        program: Socket,
    ) -> Result<Box<Link>, Box<Carried>> {
        match self.call(context).await {
            Ok(peer) => Ok(Box::new(Link::Secured { peer, program })),
            Err(end) => {
                program.abort_on_close();
                Err(Carried::nothing(end))
            }
        }
    }

    /// Connects to the server in TLS.
    async fn call(&mut self, context: &ClientContext) -> Result<SecureStream<Socket>, End> {
        let socket = self.dial().await?;
        let begun = Instant::now();
        let connecting = |left| Box::pin(context.connect(socket, left));
        let secure = self.shake_hands(context.own_key(), connecting).await?;
        let figures = &self.spec.figures;
        figures.established(secure.resumed(), begun.elapsed());
        self.course.is_agreed(&secure.established());
        self.settle().await?;
        Ok(secure)
    }

    /// Takes a place among the connections, after whatever is demanded of it before.
    async fn settle(&mut self) -> Result<(), End> {
        self.course.waits_for(WaitsFor::Room);
        let place = async { self.rooms.place().await.map_err(End::NoRoom) };
        let place = self.unless_cut(place).await?;
        self.room = Some(Room::Carried(place));
        Ok(())
    }

    /// Makes a handshake in which we may sign with a key of this kind; `begin` gets how long it may take still. It is boxed,
    /// since each step that is given it would hold it twice.
    async fn shake_hands<T, H>(
        &self,
        own: Option<PublicKeyAlgorithm>,
        begin: impl FnOnce(Duration) -> Pin<Box<H>>,
    ) -> Result<T, End>
    where
        H: Future<Output = Result<T, Failure>>,
    {
        self.course.waits_for(WaitsFor::Handshake);
        let limit = self.limits.handshake;
        let made = self.handshakes.make(own, limit, begin);
        let made = async {
            made.await
                .map_err(|not_made| End::of_unmade(not_made, limit))
        };
        self.unless_cut(made).await
    }

    /// The peer is in TLS, whoever of the two has called.
    async fn secured(&self, peer: &mut SecureStream<Socket>, program: &mut Socket) -> Carried {
        let figures = &self.spec.figures;
        let mut flows = Flows::counted(&figures.bytes_in, &figures.bytes_out);
        let untrusted = peer.cut();
        // Also while it waits for the program alone, and asks the TLS side nothing.
        let ends = async {
            tokio::select! {
                biased;
                end = self.cut_short() => Err(end),
                why = untrusted => {
                    let error = io::Error::new(io::ErrorKind::ConnectionAborted, why);
                    Ok(Ended::Broken(FROM_PEER, Break::Reading(error)))
                }
            }
        };
        let told = |flows: &Flows<'_>| self.course.tell(flows, Begins::AtPeer);
        let relay = async { Ok(relay(peer, program, &mut flows, self.limits.idle, told).await) };
        let stopped = unless(ends, relay).await;
        let end = End::of(stopped, peer, &flows);
        if !end.is_orderly() {
            peer.transport().abort_on_close();
            program.abort_on_close();
        }
        Carried {
            end,
            bytes_in: flows.forth.bytes,
            bytes_out: flows.back.bytes,
            note: None,
        }
    }

    /// Plain text comes in and goes out, as the settings leave the endpoint open, or to the client.
    async fn link_open(&mut self, caller: PlainStream<Socket>) -> Result<Box<Link>, Box<Carried>> {
        self.plain = Some(self.terms.plain.token());
        // What is known of it can only be from whoever passed it on.
        let received = self.received.as_ref();
        let facts = received.map(|header| header.facts.clone());
        match self.dial_program(|| facts.unwrap_or_default()).await {
            Ok(called) => Ok(Box::new(Link::Open { caller, called })),
            Err(end) => {
                caller.transport().abort_on_close();
                Err(Box::new(Carried {
                    note: self.note(&caller),
                    ..*Carried::nothing(end)
                }))
            }
        }
    }

    async fn open(&self, caller: &mut PlainStream<Socket>, called: &mut Socket) -> Carried {
        let figures = &self.spec.figures;
        let (forth, back, from) = match &self.spec.to {
            Address::Plain(_) => (&figures.bytes_in, &figures.bytes_out, Begins::AtPeer),
            Address::Network(_) => (&figures.bytes_out, &figures.bytes_in, Begins::AtProgram),
        };
        let mut flows = Flows::counted(forth, back);
        let ends = async { Err(self.cut_short().await) };
        let told = |flows: &Flows<'_>| self.course.tell(flows, from);
        let relay = async { Ok(relay(caller, called, &mut flows, self.limits.idle, told).await) };
        let stopped = unless(ends, relay).await;
        let end = End::of_open(stopped);
        if !end.is_orderly() {
            caller.transport().abort_on_close();
            called.abort_on_close();
        }
        let (bytes_in, bytes_out) = from.in_and_out(&flows);
        Carried {
            end,
            bytes_in,
            bytes_out,
            note: self.note(caller),
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
        self.settle().await?;
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
        let limit = self.limits.connect;
        let sending = async {
            // It fits into the buffer of any new TCP socket. That of a UNIX socket has the size that the program gives it.
            let sent = timeout(limit, socket.write_all(&header)).await;
            sent.map_err(|_elapsed| {
                End::NotReached(NotReached::took_no_header(&self.spec.to, limit))
            })?
            .map_err(End::ProgramBroke)
        };
        self.unless_cut(sending).await?;
        Ok(socket)
    }

    async fn dial(&mut self) -> Result<Socket, End> {
        self.course.waits_for(WaitsFor::Target);
        let dialling = async {
            dial(&self.spec.to, self.limits)
                .await
                .map_err(End::NotReached)
        };
        let (socket, remote) = self.unless_cut(dialling).await?;
        self.dialled = Some(remote);
        Ok(socket)
    }

    async fn unless_cut<T>(&self, step: impl Future<Output = Result<T, End>>) -> Result<T, End> {
        unless(async { Err(self.cut_short().await) }, step).await
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

    /// When it is cut, and why.
    async fn cut_short(&self) -> End {
        self.ends().cancelled().await;
        self.cut()
    }
}

impl Carried {
    fn nothing(end: End) -> Box<Self> {
        Box::new(Self {
            end,
            bytes_in: 0,
            bytes_out: 0,
            note: None,
        })
    }
}

impl End {
    /// What it means that there was no handshake within this limit.
    fn of_unmade(not_made: NotMade, limit: Duration) -> Self {
        match not_made {
            NotMade::TooBusy { limit } => Self::TooBusy(limit),
            // It was told what was left of the limit, which says nothing to who reads of it.
            NotMade::Failed(Failure::TimedOut {
                begun,
                limit: _left,
            }) => Self::Refused(Failure::TimedOut { begun, limit }),
            NotMade::Failed(Failure::Silent { limit: _left }) => {
                Self::Refused(Failure::Silent { limit })
            }
            NotMade::Failed(failure) => Self::Refused(failure),
        }
    }

    /// What the end of a relay from and to a TLS peer means.
    fn of(stopped: Result<Ended, Self>, secure: &SecureStream<Socket>, flows: &Flows<'_>) -> Self {
        let (direction, broken) = match Self::without_break(stopped) {
            Ok(end) => return end,
            Err(broken) => broken,
        };
        let by_peer = match broken {
            Break::Reading(_) => direction == FROM_PEER,
            Break::Writing(_) => direction != FROM_PEER,
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
        } else if matches!(failure, Failure::CutShort) && flows.last() == Some(TO_PEER) {
            Self::PeerLeft
        } else {
            Self::PeerBroke(failure)
        }
    }

    fn of_open(stopped: Result<Ended, Self>) -> Self {
        match Self::without_break(stopped) {
            Ok(end) => end,
            Err((_, Break::Reading(error) | Break::Writing(error))) => Self::ProgramBroke(error),
        }
    }

    fn without_break(stopped: Result<Ended, Self>) -> Result<Self, (Direction, Break)> {
        match stopped {
            Err(cut) => Ok(cut),
            Ok(Ended::InOrder) => Ok(Self::InOrder),
            Ok(Ended::Idle(limit)) => Ok(Self::Idle(limit)),
            Ok(Ended::Broken(direction, broken)) => Err((direction, broken)),
        }
    }
}
