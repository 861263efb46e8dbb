//! One connection from its acceptance to its line in the log.
//!
//! Invariant: whatever happens to one side, the other side learns of it in the same manner: an
//! orderly end as an orderly end, anything else as a reset.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use trustpack_tls::client::ClientContext;
use trustpack_tls::handshake::Failure;
use trustpack_tls::server::ServerContext;
use trustpack_tls::stream::SecureStream;

use crate::dial::dial;
use crate::limits::Limits;
use crate::relay::{Break, Direction, Ended, Flows, relay};
use crate::report::{Caller, Carried, End, Report};
use crate::socket::Socket;
use crate::spec::{Address, Mode, TunnelSpec};

/// Carries one connection until it ends or `cut` is cancelled, and reports it.
pub(crate) async fn carry(
    spec: &TunnelSpec,
    limits: &Limits,
    socket: Socket,
    caller: Caller,
    cut: &CancellationToken,
) {
    let carried = match &spec.mode {
        Mode::Server(context) => server(context, spec, limits, socket, cut).await,
        Mode::Client(context) => client(context, spec, limits, socket, cut).await,
        Mode::Open => open(spec, limits, socket, cut).await,
    };
    Report {
        place: &spec.place,
        caller,
        carried,
    }
    .log();
}

/// TLS comes in. The plain side is dialled only for a client that was let in.
async fn server(
    context: &ServerContext,
    spec: &TunnelSpec,
    limits: &Limits,
    socket: Socket,
    cut: &CancellationToken,
) -> Carried {
    let accepted = tokio::select! {
        biased;
        () = cut.cancelled() => return Carried::nothing(End::Cut),
        accepted = context.accept(socket, limits.handshake) => accepted,
    };
    let mut secure = match accepted {
        Ok(secure) => secure,
        Err(failure) => return Carried::nothing(End::Refused(failure)),
    };
    let established = secure.established();
    let dialled = tokio::select! {
        biased;
        () = cut.cancelled() => Err(End::Cut),
        dialled = dial(&spec.to, limits.connect) => dialled.map_err(End::NotReached),
    };
    let mut plain = match dialled {
        Ok(plain) => plain,
        Err(end) => {
            secure.transport().abort_on_close();
            return Carried {
                established: Some(established),
                ..Carried::nothing(end)
            };
        }
    };
    let mut flows = Flows::default();
    let stopped = run(&mut secure, &mut plain, &mut flows, limits.idle, cut).await;
    let end = End::of(stopped, Direction::Forth, &secure, limits.idle);
    if !end.is_orderly() {
        secure.transport().abort_on_close();
        plain.abort_on_close();
    }
    Carried {
        end,
        established: Some(established),
        bytes_in: flows.forth.bytes,
        bytes_out: flows.back.bytes,
        tls_at_plain_port: false,
    }
}

/// Plain text comes in. The program sees a reset if its TLS cannot be had, and nothing of what it
/// sent leaves.
async fn client(
    context: &ClientContext,
    spec: &TunnelSpec,
    limits: &Limits,
    mut plain: Socket,
    cut: &CancellationToken,
) -> Carried {
    let connecting = async {
        let socket = dial(&spec.to, limits.connect)
            .await
            .map_err(End::NotReached)?;
        context
            .connect(socket, limits.handshake)
            .await
            .map_err(End::Refused)
    };
    let connected = tokio::select! {
        biased;
        () = cut.cancelled() => Err(End::Cut),
        connected = connecting => connected,
    };
    let mut secure = match connected {
        Ok(secure) => secure,
        Err(end) => {
            plain.abort_on_close();
            return Carried::nothing(end);
        }
    };
    let established = secure.established();
    let mut flows = Flows::default();
    let stopped = run(&mut plain, &mut secure, &mut flows, limits.idle, cut).await;
    let end = End::of(stopped, Direction::Back, &secure, limits.idle);
    if !end.is_orderly() {
        plain.abort_on_close();
        secure.transport().abort_on_close();
    }
    Carried {
        end,
        established: Some(established),
        bytes_in: flows.back.bytes,
        bytes_out: flows.forth.bytes,
        tls_at_plain_port: false,
    }
}

/// Plain text comes in and goes out, as the settings leave the endpoint open.
async fn open(
    spec: &TunnelSpec,
    limits: &Limits,
    mut socket: Socket,
    cut: &CancellationToken,
) -> Carried {
    let dialled = tokio::select! {
        biased;
        () = cut.cancelled() => Err(End::Cut),
        dialled = dial(&spec.to, limits.connect) => dialled.map_err(End::NotReached),
    };
    let mut to = match dialled {
        Ok(to) => to,
        Err(end) => {
            socket.abort_on_close();
            return Carried::nothing(end);
        }
    };
    let mut flows = Flows::default();
    let stopped = run(&mut socket, &mut to, &mut flows, limits.idle, cut).await;
    let end = End::of_open(stopped, limits.idle);
    if !end.is_orderly() {
        socket.abort_on_close();
        to.abort_on_close();
    }
    let (bytes_in, bytes_out) = match &spec.to {
        Address::Plain(_) => (flows.forth.bytes, flows.back.bytes),
        Address::Network(_) => (flows.back.bytes, flows.forth.bytes),
    };
    Carried {
        end,
        established: None,
        bytes_in,
        bytes_out,
        tls_at_plain_port: flows.forth.began_like_tls,
    }
}

/// The relay, unless it is cut first.
async fn run<A, B>(
    caller: &mut A,
    called: &mut B,
    flows: &mut Flows,
    idle: Option<Duration>,
    cut: &CancellationToken,
) -> Option<Ended>
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    tokio::select! {
        biased;
        () = cut.cancelled() => None,
        ended = relay(caller, called, flows, idle) => Some(ended),
    }
}

impl Carried {
    fn nothing(end: End) -> Self {
        Self {
            end,
            established: None,
            bytes_in: 0,
            bytes_out: 0,
            tls_at_plain_port: false,
        }
    }
}

impl End {
    /// What the end of a relay means; `from_peer` is the direction in which the TLS peer sends.
    fn of(
        stopped: Option<Ended>,
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
        } else {
            Self::PeerBroke(failure)
        }
    }

    fn of_open(stopped: Option<Ended>, idle: Option<Duration>) -> Self {
        match Self::without_break(stopped, idle) {
            Ok(end) => end,
            Err((_, Break::Reading(error) | Break::Writing(error))) => Self::ProgramBroke(error),
        }
    }

    fn without_break(
        stopped: Option<Ended>,
        idle: Option<Duration>,
    ) -> Result<Self, (Direction, Break)> {
        match stopped {
            None => Ok(Self::Cut),
            Some(Ended::InOrder) => Ok(Self::InOrder),
            Some(Ended::Idle) => Ok(Self::Idle(idle.unwrap_or_default())),
            Some(Ended::Broken(direction, broken)) => Err((direction, broken)),
        }
    }
}
