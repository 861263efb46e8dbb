//! The live connections of an endpoint whose peers were judged, and how one is cut.
//!
//! Connections are kept by the certificates that their peers presented, so that a peer is judged again once,
//! however many connections it has. Connections whose peers nobody judges are not kept.
//!
//! Invariant: a connection is here as long as its [`Tether`] lives.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Waker};

use rustls::pki_types::CertificateDer;
use trustpack_judge::reason::{Rank, Reason};
use trustpack_judge::verdict::Rejected;
use trustpack_material::peer_rules::PeerRules;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

/// Why a live connection is cut: its peer is not trusted any more by what is trusted now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is cut, because its peer is no longer trusted: {reason}")]
pub struct TrustEnded {
    /// What the judge says now.
    pub reason: Reason,
}

/// The live connections of one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<Roll>);

#[derive(Debug, Default)]
struct Roll {
    next: u64,
    peers: BTreeMap<Peer, BTreeMap<u64, Arc<Line>>>,
}

/// The certificates that a peer presented, in DER, its own first.
type Peer = Arc<[Vec<u8>]>;

/// What a connection and whoever cuts it share.
#[derive(Default)]
struct Line {
    ended: OnceLock<TrustEnded>,
    wakers: Mutex<Wakers>,
}

/// Who waits for a connection, each for one direction of it.
#[derive(Default)]
struct Wakers {
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Waiting {
    /// For bytes of the peer.
    Reader,
    /// For room to send.
    Writer,
}

/// The hold of an endpoint on one of its connections. The connection is forgotten when it goes.
pub(crate) struct Tether {
    connections: Arc<Connections>,
    peer: Peer,
    number: u64,
    line: Arc<Line>,
    /// Who was told to the line last; asking it would take its lock each time.
    known: Wakers,
}

impl Connections {
    /// Keeps a connection to a peer that presented these certificates.
    pub(crate) fn keep(self: &Arc<Self>, certificates: &[CertificateDer<'_>]) -> Tether {
        let peer: Peer = certificates.iter().map(|one| one.to_vec()).collect();
        let line = Arc::<Line>::default();
        let (peer, number) = self.with_roll(|roll| {
            let number = roll.next;
            roll.next = number.wrapping_add(1);
            // Of the certificates of one peer there is one copy.
            let known = roll.peers.get_key_value(&peer);
            let peer = known.map_or(peer, |(known, _)| Arc::clone(known));
            let lines = roll.peers.entry(Arc::clone(&peer)).or_default();
            lines.insert(number, Arc::clone(&line));
            (peer, number)
        });
        Tether {
            connections: Arc::clone(self),
            peer,
            number,
            line,
            known: Wakers::default(),
        }
    }

    /// Cuts the connections to peers that are no longer trusted by `rules`, and says how many there were.
    pub(crate) fn judge_again(&self, rules: &PeerRules, now: Timestamp) -> usize {
        // Judged outside of the lock: connections come and go meanwhile.
        let peers: Vec<Peer> = self.with_roll(|roll| roll.peers.keys().cloned().collect());
        let ended = peers
            .into_iter()
            .filter_map(|peer| Some((ended(&peer, rules, now)?, peer)));
        ended
            .map(|(ended, peer)| {
                let lines = self.with_roll(|roll| roll.peers.get(&peer).cloned());
                let lines = lines.unwrap_or_default();
                lines.values().filter(|line| line.cut(&ended)).count()
            })
            .sum()
    }

    fn with_roll<T>(&self, change: impl FnOnce(&mut Roll) -> T) -> T {
        // The roll is whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Why connections to this peer are cut under these rules; `None` if they are not.
pub(crate) fn ended(peer: &[Vec<u8>], rules: &PeerRules, now: Timestamp) -> Option<TrustEnded> {
    let mut certificates = peer.iter().map(|der| Certificate::from_der(der));
    let leaf = certificates.next()?.ok()?;
    let others: Vec<_> = certificates.filter_map(Result::ok).collect();
    let rejected = rules.judge(&leaf, &others, now).err()?;
    let reason = reason_to_cut(&rejected)?.clone();
    Some(TrustEnded { reason })
}

/// A live connection is cut when its peer's certificate or a CA above it is revoked, when no path leads to a
/// trusted CA any more, and when its name is no longer allowed. That time has passed, that a list is missing or
/// has become old, and stricter settings concern new connections.
fn reason_to_cut(rejected: &Rejected) -> Option<&Reason> {
    rejected.reasons().find(|reason| match reason.rank() {
        Rank::Links | Rank::Signatures | Rank::AllowedNames => true,
        Rank::Revocation => is_revoked(reason),
        Rank::Constraints | Rank::Strength | Rank::Usages | Rank::Name | Rank::Dates => false,
    })
}

fn is_revoked(reason: &Reason) -> bool {
    matches!(reason, Reason::Revoked { .. })
}

impl Line {
    /// Ends the connection; says whether it had not ended before.
    fn cut(&self, why: &TrustEnded) -> bool {
        let is_first = self.ended.set(why.clone()).is_ok();
        let wakers = std::mem::take(&mut *self.wakers());
        wakers
            .reader
            .into_iter()
            .chain(wakers.writer)
            .for_each(Waker::wake);
        is_first
    }

    fn wakers(&self) -> std::sync::MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wakers {
    fn of(&mut self, waiting: Waiting) -> &mut Option<Waker> {
        match waiting {
            Waiting::Reader => &mut self.reader,
            Waiting::Writer => &mut self.writer,
        }
    }
}

impl Tether {
    /// Whether the connection is to end; if not, the task of `context` is woken when it is.
    ///
    /// # Errors
    ///
    /// Why it ends.
    pub(crate) fn check(
        &mut self,
        context: &Context<'_>,
        waiting: Waiting,
    ) -> Result<(), TrustEnded> {
        let known = self.known.of(waiting);
        if !known
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()))
        {
            let waker = context.waker().clone();
            *self.line.wakers().of(waiting) = Some(waker.clone());
            *known = Some(waker);
        }
        // After the waker is known: whoever cuts does it the other way round.
        match self.line.ended.get() {
            None => Ok(()),
            Some(ended) => Err(ended.clone()),
        }
    }

    /// Why the connection is to end, if it is.
    pub(crate) fn ended(&self) -> Option<&TrustEnded> {
        self.line.ended.get()
    }

    /// Wakes whoever waits for bytes of the peer when the connection is to end.
    pub(crate) fn wake(&self, waker: &Waker) {
        *self.line.wakers().of(Waiting::Reader) = Some(waker.clone());
        // It may have ended before the waker was known.
        if self.ended().is_some() {
            waker.wake_by_ref();
        }
    }

    /// The certificates of its peer.
    pub(crate) fn peer(&self) -> &[Vec<u8>] {
        &self.peer
    }
}

impl Drop for Tether {
    fn drop(&mut self) {
        self.connections.with_roll(|roll| {
            if let Some(lines) = roll.peers.get_mut(&self.peer) {
                lines.remove(&self.number);
                if lines.is_empty() {
                    roll.peers.remove(&self.peer);
                }
            }
        });
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("ended", &self.ended).finish()
    }
}

impl fmt::Debug for Tether {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tether")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}
