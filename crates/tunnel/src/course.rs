//! How far an open connection has come: for whoever asks, while it goes on.
//!
//! The task that carries the connection writes, whoever asks reads: single numbers without a lock, and what was agreed once.
//!
//! Invariant: telling costs the data nothing but a few stores, and asking disturbs no connection.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use trustpack_settings::value::ProtocolVersion;
use trustpack_tls::established::{Established, Resumed};

use crate::relay::{Flows, WaitsOf};
use crate::report::bounded;

/// The course of one connection.
#[derive(Debug, Default)]
pub(crate) struct Course {
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    waits: AtomicU8,
    agreed: OnceLock<Box<Agreed>>,
}

/// What its handshake gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// Of the peer's certificate, if it has one; cut, if it is long.
    pub(crate) subject: Option<Box<str>>,
    pub(crate) version: Option<ProtocolVersion>,
    pub(crate) suite: Option<&'static str>,
    pub(crate) group: Option<&'static str>,
    pub(crate) resumed: Resumed,
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitsFor {
    /// Room: others have to go first.
    #[default]
    Room,
    /// The header in which its caller says for whom it speaks.
    ProxyHeader,
    /// The end of its handshake.
    Handshake,
    /// An answer from where it leads.
    Target,
    /// Data, from either end.
    Data,
    /// The peer, to take data that was read for it.
    Peer,
    /// The program, to take data that was read for it.
    Program,
    /// Both, to take data.
    Both,
    /// The end of the peer: the program has said that it is done.
    PeerEnd,
    /// The end of the program: the peer has said that it is done.
    ProgramEnd,
}

impl WaitsFor {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Room,
        Self::ProxyHeader,
        Self::Handshake,
        Self::Target,
        Self::Data,
        Self::Peer,
        Self::Program,
        Self::Both,
        Self::PeerEnd,
        Self::ProgramEnd,
    ];

    /// Its place among all.
    fn number(self) -> u8 {
        match self {
            Self::Room => 0,
            Self::ProxyHeader => 1,
            Self::Handshake => 2,
            Self::Target => 3,
            Self::Data => 4,
            Self::Peer => 5,
            Self::Program => 6,
            Self::Both => 7,
            Self::PeerEnd => 8,
            Self::ProgramEnd => 9,
        }
    }

    /// For people.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::ProxyHeader => "its PROXY header",
            Self::Handshake => "the handshake",
            Self::Target => "an answer from where it leads",
            Self::Data => "data",
            Self::Peer => "the peer to take data",
            Self::Program => "the program to take data",
            Self::Both => "both ends to take data",
            Self::PeerEnd => "the end of the peer",
            Self::ProgramEnd => "the end of the program",
        }
    }
}

/// At which end the first of two flows begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    /// On the network.
    AtPeer,
    /// On the plain side.
    AtProgram,
}

impl Begins {
    /// Bytes from the network, and to it.
    pub(crate) fn in_and_out(self, flows: &Flows<'_>) -> (u64, u64) {
        let (forth, back) = (flows.forth.bytes, flows.back.bytes);
        match self {
            Self::AtPeer => (forth, back),
            Self::AtProgram => (back, forth),
        }
    }

    fn waits_for(self, flows: &Flows<'_>) -> WaitsFor {
        let (first, second) = flows.wait_for();
        let (peer, program) = match self {
            Self::AtPeer => (first, second),
            Self::AtProgram => (second, first),
        };
        match (peer, program) {
            (WaitsOf::Taking, WaitsOf::Taking) => WaitsFor::Both,
            (WaitsOf::Taking, WaitsOf::Ending | WaitsOf::Nothing) => WaitsFor::Peer,
            (WaitsOf::Ending | WaitsOf::Nothing, WaitsOf::Taking) => WaitsFor::Program,
            (WaitsOf::Ending, WaitsOf::Ending | WaitsOf::Nothing) => WaitsFor::PeerEnd,
            (WaitsOf::Nothing, WaitsOf::Ending) => WaitsFor::ProgramEnd,
            (WaitsOf::Nothing, WaitsOf::Nothing) => WaitsFor::Data,
        }
    }
}

impl Course {
    /// It waits for this now.
    pub(crate) fn waits_for(&self, what: WaitsFor) {
        self.waits.store(what.number(), Ordering::Relaxed);
    }

    /// Its data has come so far.
    pub(crate) fn tell(&self, flows: &Flows<'_>, begins: Begins) {
        let (bytes_in, bytes_out) = begins.in_and_out(flows);
        // Only its own task writes: no other count is lost.
        self.bytes_in.store(bytes_in, Ordering::Relaxed);
        self.bytes_out.store(bytes_out, Ordering::Relaxed);
        self.waits_for(begins.waits_for(flows));
    }

    /// Its handshake has succeeded.
    pub(crate) fn is_agreed(&self, established: &Established) {
        self.agreed
            .get_or_init(|| Box::new(Agreed::of(established)));
    }

    pub(crate) fn agreed(&self) -> Option<&Agreed> {
        self.agreed.get().map(|agreed| &**agreed)
    }

    /// What it waits for.
    pub(crate) fn waiting(&self) -> WaitsFor {
        let number = usize::from(self.waits.load(Ordering::Relaxed));
        WaitsFor::ALL.get(number).copied().unwrap_or_default()
    }

    /// Bytes from the network, and to it.
    pub(crate) fn moved(&self) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.bytes_in), of(&self.bytes_out))
    }
}

impl Agreed {
    pub(crate) fn of(established: &Established) -> Self {
        let peer = established.peer.as_ref();
        let subject = peer.map(|certificate| bounded(certificate.subject().to_string()));
        Self {
            subject: subject.map(String::into_boxed_str),
            version: established.version,
            suite: established.suite,
            group: established.group,
            resumed: established.resumed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Counter;

    #[test]
    fn what_was_told_is_read_back() {
        let course = Course::default();
        assert_eq!(course.waiting(), WaitsFor::Room);
        for what in WaitsFor::ALL {
            course.waits_for(what);
            assert_eq!(course.waiting(), what);
        }
        let (forth, back) = (Counter::default(), Counter::default());
        let mut flows = Flows::counted(&forth, &back);
        (flows.forth.bytes, flows.back.bytes) = (1, 2);
        for (begins, moved) in [(Begins::AtPeer, (1, 2)), (Begins::AtProgram, (2, 1))] {
            course.tell(&flows, begins);
            assert_eq!((course.moved(), course.waiting()), (moved, WaitsFor::Data));
        }
        assert_eq!(course.agreed(), None);
    }
}
