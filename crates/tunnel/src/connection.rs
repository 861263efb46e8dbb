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
use crate::report::{Carried, End, Ends, Remote, Report};
use crate::socket::Socket;
use crate::spec::{Address, Mode, TunnelSpec};

/// Carries one connection until it ends or `cut` is cancelled, and reports it.
pub(crate) async fn carry(
    spec: &TunnelSpec,
    limits: &Limits,
    socket: Socket,
    caller: Remote,
    cut: &CancellationToken,
) {
    let mut carrying = Carrying {
        spec,
        limits,
        cut,
        dialled: None,
    };
    let carried = match &spec.mode {
        Mode::Server(context) => carrying.server(context, socket).await,
        Mode::Client(context) => carrying.client(context, socket).await,
        Mode::Open => carrying.open(socket).await,
    };
    let (caller, dialled) = (Some(caller), carrying.dialled);
    let ends = match &spec.to {
        Address::Plain(_) => Ends {
            peer: caller,
            program: dialled,
        },
        Address::Network(_) => Ends {
            peer: dialled,
            program: caller,
        },
    };
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
    cut: &'a CancellationToken,
    /// Whom it was forwarded to, once somebody has answered.
    dialled: Option<Remote>,
}

impl Carrying<'_> {
    /// TLS comes in. The plain side is dialled only for a client that was let in.
    async fn server(&mut self, context: &ServerContext, socket: Socket) -> Carried {
        let accepting = async {
            context
                .accept(socket, self.limits.handshake)
                .await
                .map_err(End::Refused)
        };
        let mut secure = match self.unless_cut(accepting).await {
            Ok(secure) => secure,
            Err(end) => return Carried::nothing(end),
        };
        let mut plain = match self.dial().await {
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
        let mut flows = Flows::default();
        let stopped = self.relay(&mut secure, &mut plain, &mut flows).await;
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
            tls_at_plain_port: false,
        }
    }

    /// Plain text comes in. The program sees a reset if its TLS cannot be had, and nothing of what
    /// it sent leaves.
    async fn client(&mut self, context: &ClientContext, mut plain: Socket) -> Carried {
        let connected = match self.dial().await {
            Ok(socket) => {
                let connecting = async {
                    context
                        .connect(socket, self.limits.handshake)
                        .await
                        .map_err(End::Refused)
                };
                self.unless_cut(connecting).await
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
        let mut flows = Flows::default();
        let stopped = self.relay(&mut plain, &mut secure, &mut flows).await;
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
            tls_at_plain_port: false,
        }
    }

    /// Plain text comes in and goes out, as the settings leave the endpoint open.
    async fn open(&mut self, mut socket: Socket) -> Carried {
        let mut to = match self.dial().await {
            Ok(to) => to,
            Err(end) => {
                socket.abort_on_close();
                return Carried::nothing(end);
            }
        };
        let mut flows = Flows::default();
        let stopped = self.relay(&mut socket, &mut to, &mut flows).await;
        let end = End::of_open(stopped, self.limits.idle);
        if !end.is_orderly() {
            socket.abort_on_close();
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
            tls_at_plain_port: flows.forth.began_like_tls,
        }
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
            () = self.cut.cancelled() => Err(End::Cut),
            done = step => done,
        }
    }

    /// The relay; `None` if it is cut.
    async fn relay<A, B>(&self, caller: &mut A, called: &mut B, flows: &mut Flows) -> Option<Ended>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        tokio::select! {
            biased;
            () = self.cut.cancelled() => None,
            ended = relay(caller, called, flows, self.limits.idle) => Some(ended),
        }
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
