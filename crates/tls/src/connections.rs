//! The live connections of an endpoint whose peers were judged, and how one is cut.
//!
//! Connections are kept by the certificates that their peers presented, so that a peer is judged again once,
//! however many connections it has. Connections whose peers nobody judges are not kept.
//!
//! Long because who keeps connections and who cuts them share one line, on which both wake each other.
//!
//! Invariant: a connection is here as long as its [`Tether`] lives.

mod standing;

use std::collections::BTreeMap;
use std::fmt;
#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
#[cfg(feature = "tokio")]
use std::task::Poll;
use std::task::{Context, Waker};

use rustls::pki_types::CertificateDer;
use trustpack_judge::reason::Reason;
use trustpack_material::peer_rules::PeerRules;
use trustpack_x509::time::Timestamp;

pub(crate) use self::standing::ended;
use self::standing::{Standing, Way, standing};

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
    peers: BTreeMap<Peer, Known>,
}

/// What is known of a peer, and its connections.
#[derive(Debug)]
struct Known {
    lines: BTreeMap<u64, Arc<Line>>,
    /// When the first of them was taken in.
    since: Timestamp,
    /// How it was trusted when it was judged again last.
    way: Option<Way>,
}

/// The certificates that a peer presented, in DER, its own first.
type Peer = Arc<[Vec<u8>]>;

/// What a connection and whoever cuts it share.
///
/// A waker is dropped outside of the locks, as it may be the last hold on its task: what the task owned goes with it, which
/// may be another hold on the same connection.
#[derive(Default)]
pub(crate) struct Line {
    ended: OnceLock<TrustEnded>,
    wakers: Mutex<Wakers>,
    holders: Mutex<Holders>,
}

/// Who waits for a connection, each for one direction of it.
#[derive(Default)]
struct Wakers {
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Who waits for the cut alone.
#[derive(Default)]
struct Holders {
    next: u64,
    wakers: BTreeMap<u64, Waker>,
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
    pub(crate) fn keep(
        self: &Arc<Self>,
        certificates: &[CertificateDer<'_>],
        now: Timestamp,
    ) -> Tether {
        let peer: Peer = certificates.iter().map(|one| one.to_vec()).collect();
        let line = Arc::<Line>::default();
        let (peer, number) = self.with_roll(|roll| {
            let number = roll.next;
            roll.next = number.wrapping_add(1);
            // Of the certificates of one peer there is one copy.
            let known = roll.peers.get_key_value(&peer);
            let peer = known.map_or(peer, |(known, _)| Arc::clone(known));
            let known = roll.peers.entry(Arc::clone(&peer));
            let known = known.or_insert_with(|| Known {
                lines: BTreeMap::new(),
                since: now,
                way: None,
            });
            known.lines.insert(number, Arc::clone(&line));
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

    /// Cuts the connections to peers that are no longer trusted by `rules`, and says how many there were. `before` are
    /// the rules until now.
    pub(crate) fn judge_again(
        &self,
        before: Option<&PeerRules>,
        rules: &PeerRules,
        now: Timestamp,
    ) -> usize {
        // Judged outside of the lock: connections come and go meanwhile.
        let peers: Vec<_> = self.with_roll(|roll| {
            let known = roll.peers.iter();
            known
                .map(|(peer, known)| (Arc::clone(peer), known.since, known.way.clone()))
                .collect()
        });
        let mut cut = 0;
        for (peer, since, way) in peers {
            let way = || way.or_else(|| Way::at(&peer, before?, since));
            let standing = standing(&peer, rules, now, way);
            match standing {
                Standing::Trusted(way) => self.with_roll(|roll| {
                    if let Some(known) = roll.peers.get_mut(&peer) {
                        known.way = way;
                    }
                }),
                Standing::Ended(ended) => {
                    let lines = self.lines_of(&peer);
                    // Whoever is woken may let go of another connection at once, which takes the lock.
                    cut += lines.iter().filter(|line| line.cut(&ended)).count();
                }
            }
        }
        cut
    }

    /// The connections to a peer. Whoever comes later has seen the rules by which it is judged again.
    fn lines_of(&self, peer: &Peer) -> Vec<Arc<Line>> {
        self.with_roll(|roll| {
            let known = roll.peers.get(peer);
            known.map_or_else(Vec::new, |known| known.lines.values().cloned().collect())
        })
    }

    fn with_roll<T>(&self, change: impl FnOnce(&mut Roll) -> T) -> T {
        // The roll is whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Line {
    /// Ends the connection; says whether it had not ended before.
    fn cut(&self, why: &TrustEnded) -> bool {
        let is_first = self.ended.set(why.clone()).is_ok();
        let wakers = std::mem::take(&mut *self.wakers());
        let holders = std::mem::take(&mut self.holders().wakers);
        wakers
            .reader
            .into_iter()
            .chain(wakers.writer)
            .chain(holders.into_values())
            .for_each(Waker::wake);
        is_first
    }

    /// Has this one woken for that direction from now on.
    fn wake_for(&self, waiting: Waiting, waker: Waker) {
        let _before = self.wakers().of(waiting).replace(waker);
    }

    /// Has this one woken when the connection is cut from now on, or nobody of this number any more.
    #[cfg(feature = "tokio")]
    fn wake_holder(&self, number: u64, waker: Option<Waker>) {
        let mut holders = self.holders();
        let _before = match waker {
            Some(waker) => holders.wakers.insert(number, waker),
            None => holders.wakers.remove(&number),
        };
        // Before the waker that was there, which would go first otherwise.
        drop(holders);
    }

    fn holders(&self) -> std::sync::MutexGuard<'_, Holders> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
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
            self.line.wake_for(waiting, waker.clone());
            *known = Some(waker);
        }
        // After the waker is known: whoever cuts does it the other way round.
        match self.line.ended.get() {
            None => Ok(()),
            Some(ended) => Err(ended.clone()),
        }
    }

    /// When the connection is to end, and why.
    #[cfg(feature = "tokio")]
    pub(crate) fn cut(&self) -> Cut {
        let mut holders = self.line.holders();
        let number = holders.next;
        holders.next = number.wrapping_add(1);
        Cut(Some(Holder {
            line: Arc::clone(&self.line),
            number,
        }))
    }

    /// Why the connection is to end, if it is.
    pub(crate) fn ended(&self) -> Option<&TrustEnded> {
        self.line.ended.get()
    }

    /// Wakes whoever waits for bytes of the peer when the connection is to end.
    pub(crate) fn wake(&self, waker: &Waker) {
        self.line.wake_for(Waiting::Reader, waker.clone());
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

/// Done when a connection is to end because its peer is no longer trusted, and says why; else it waits for ever. For
/// whoever holds a stream and waits for something else.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct Cut(Option<Holder>);

/// One of those who wait for a cut.
#[cfg(feature = "tokio")]
#[derive(Debug)]
struct Holder {
    line: Arc<Line>,
    number: u64,
}

#[cfg(feature = "tokio")]
impl Drop for Holder {
    fn drop(&mut self) {
        self.line.wake_holder(self.number, None);
    }
}

#[cfg(feature = "tokio")]
impl Cut {
    /// Of a connection whose peer nobody judges.
    pub(crate) fn never() -> Self {
        Self(None)
    }
}

#[cfg(feature = "tokio")]
impl Future for Cut {
    type Output = TrustEnded;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TrustEnded> {
        let Some(Holder { line, number }) = &self.0 else {
            return Poll::Pending;
        };
        line.wake_holder(*number, Some(context.waker().clone()));
        // After the waker is known: whoever cuts does it the other way round.
        match line.ended.get() {
            None => Poll::Pending,
            Some(ended) => Poll::Ready(ended.clone()),
        }
    }
}

impl Drop for Tether {
    fn drop(&mut self) {
        self.connections.with_roll(|roll| {
            if let Some(known) = roll.peers.get_mut(&self.peer) {
                known.lines.remove(&self.number);
                if known.lines.is_empty() {
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
