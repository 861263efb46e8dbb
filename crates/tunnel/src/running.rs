//! The tunnels of a process while they run: what each does with who comes next, and what ends those who are there.
//!
//! Terms are replaced as a whole. A connection has those of the moment in which it came, and looks at no lock afterwards.
//!
//! Invariant: a connection in plain text ends when the terms of its tunnel allow none any more.

use std::sync::{Arc, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bind::ListenAddress;
use crate::limits::Limits;
use crate::rooms::Room;
use crate::spec::TunnelSpec;

/// A tunnel that has its addresses.
#[derive(Debug)]
pub(crate) struct Tunnel {
    terms: RwLock<Terms>,
    doors: RwLock<Vec<Doorway>>,
    /// Its part of the room for handshakes.
    pub(crate) share: Room,
    /// Its connections.
    pub(crate) connections: TaskTracker,
}

/// What a tunnel does with who comes.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) spec: Arc<TunnelSpec>,
    /// Ends every connection of the tunnel.
    pub(crate) cut: CancellationToken,
    /// The connections in plain text over the network, as many as there are tokens of it.
    pub(crate) plain: TaskTracker,
    /// Ends those; is cancelled with `cut`.
    pub(crate) plain_cut: CancellationToken,
}

/// A door of a tunnel, for who is to close it.
#[derive(Clone, Debug)]
pub(crate) struct Doorway {
    pub(crate) address: ListenAddress,
    /// Closes it.
    pub(crate) closing: CancellationToken,
    /// It is closed: its address is free.
    pub(crate) closed: CancellationToken,
}

/// What a change of terms did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainCut(pub(crate) usize);

impl Tunnel {
    /// `cut` ends its connections.
    pub(crate) fn new(spec: TunnelSpec, limits: &Limits, cut: CancellationToken) -> Self {
        Self {
            terms: RwLock::new(Terms {
                spec: Arc::new(spec),
                plain: TaskTracker::new(),
                plain_cut: cut.child_token(),
                cut,
            }),
            doors: RwLock::default(),
            share: Room::of_one_tunnel(limits),
            connections: TaskTracker::new(),
        }
    }

    /// What it does with who comes now.
    pub(crate) fn terms(&self) -> Terms {
        self.terms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn spec(&self) -> Arc<TunnelSpec> {
        self.terms().spec
    }

    /// Does this from now on. Connections in plain text are cut if there may be none any more.
    pub(crate) fn change(&self, spec: TunnelSpec) -> PlainCut {
        let mut terms = self.terms.write().unwrap_or_else(PoisonError::into_inner);
        let ends_plain = terms.spec.takes_plain() && !spec.takes_plain();
        terms.spec = Arc::new(spec);
        if ends_plain {
            terms.end_plain()
        } else {
            PlainCut(0)
        }
    }

    /// Cuts the connections in plain text that there are.
    pub(crate) fn end_plain(&self) -> PlainCut {
        let mut terms = self.terms.write().unwrap_or_else(PoisonError::into_inner);
        terms.end_plain()
    }

    /// Its doors now.
    pub(crate) fn doors(&self) -> Vec<Doorway> {
        self.doors
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set_doors(&self, doors: Vec<Doorway>) {
        *self.doors.write().unwrap_or_else(PoisonError::into_inner) = doors;
    }
}

impl Terms {
    fn end_plain(&mut self) -> PlainCut {
        let open = self.plain.len();
        self.plain_cut.cancel();
        self.plain = TaskTracker::new();
        self.plain_cut = self.cut.child_token();
        PlainCut(open)
    }
}

/// The tunnels that have their addresses, for whoever shows or changes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tunnels(Arc<RwLock<Vec<Arc<Tunnel>>>>);

impl Tunnels {
    /// All of them, in the order in which they came.
    pub(crate) fn all(&self) -> Vec<Arc<Tunnel>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn add(&self, tunnel: Arc<Tunnel>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(tunnel);
    }

    pub(crate) fn remove(&self, tunnel: &Arc<Tunnel>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|other| !Arc::ptr_eq(other, tunnel));
    }
}
