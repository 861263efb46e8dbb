//! The sessions of a server: tickets, which the client keeps, and a cache for clients that take none.
//!
//! One [`Sessions`] belongs to one generation of trust. Each connection of a server that judges its
//! clients works on them through a [`Visit`] of its own, which knows until when its client was found good.
//!
//! Invariant: what comes out of a ticket or the cache had its end sealed in when it went in.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::{ProducesTickets, StoresServerSessions};
use rustls::time_provider::TimeProvider;
use zeroize::Zeroizing;

use super::{End, MAX_SESSION_BYTES};

/// Sessions that are kept for clients of TLS 1.2 that take no tickets; the oldest makes room.
///
/// Source: ours; at most 16 MiB if every client sends long chains, and most take tickets.
const MAX_CACHED: usize = 1024;

/// The sessions of one server under one generation of trust.
pub(crate) struct Sessions {
    tickets: Arc<dyn ProducesTickets>,
    cache: Mutex<Cache>,
    clock: Arc<dyn TimeProvider>,
}

#[derive(Default)]
struct Cache {
    sessions: BTreeMap<Vec<u8>, (End, Zeroizing<Vec<u8>>)>,
    /// Their keys, the oldest first.
    order: VecDeque<Vec<u8>>,
}

/// What one connection does with the sessions of its server.
#[derive(Debug)]
pub(crate) struct Visit {
    sessions: Arc<Sessions>,
    /// Until when the client of this connection is good: set when it is judged, or when a session of it is resumed.
    end: Mutex<Option<End>>,
}

impl Sessions {
    /// None yet, with new keys for tickets.
    ///
    /// # Errors
    ///
    /// If the system gives no random numbers.
    pub(crate) fn new(clock: Arc<dyn TimeProvider>) -> Result<Self, rustls::Error> {
        Ok(Self {
            tickets: Ticketer::new()?,
            cache: Mutex::default(),
            clock,
        })
    }

    fn seal(&self, end: End, session: &[u8]) -> Option<Vec<u8>> {
        if session.len() > MAX_SESSION_BYTES {
            return None;
        }
        let mut plain = Zeroizing::new(Vec::with_capacity(session.len().saturating_add(8)));
        plain.extend_from_slice(&end.to_octets());
        plain.extend_from_slice(session);
        self.tickets.encrypt(&plain)
    }

    fn open(&self, ticket: &[u8]) -> Option<(End, Vec<u8>)> {
        let plain = Zeroizing::new(self.tickets.decrypt(ticket)?);
        let (end, session) = plain.split_first_chunk()?;
        let end = End::from_octets(*end);
        self.is_good(end).then(|| (end, session.to_vec()))
    }

    fn is_good(&self, end: End) -> bool {
        !end.is_past(self.clock.current_time())
    }

    fn with_cache<T>(&self, change: impl FnOnce(&mut Cache) -> T) -> T {
        // The cache is whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.cache.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Cache {
    fn put(&mut self, key: Vec<u8>, end: End, session: Vec<u8>) {
        let session = Zeroizing::new(session);
        if self.sessions.insert(key.clone(), (end, session)).is_none() {
            self.order.push_back(key);
        }
        while self.sessions.len() > MAX_CACHED
            && let Some(oldest) = self.order.pop_front()
        {
            self.sessions.remove(&oldest);
        }
    }

    fn take(&mut self, key: &[u8]) -> Option<(End, Zeroizing<Vec<u8>>)> {
        let taken = self.sessions.remove(key)?;
        self.order.retain(|other| other != key);
        Some(taken)
    }
}

impl Visit {
    /// A connection whose client is judged: nothing is remembered of it before.
    pub(crate) fn judged(sessions: Arc<Sessions>) -> Self {
        Self {
            sessions,
            end: Mutex::new(None),
        }
    }

    /// Connections whose clients are not asked who they are. One serves all of them.
    pub(crate) fn unjudged(sessions: Arc<Sessions>) -> Self {
        Self {
            sessions,
            end: Mutex::new(Some(End::NEVER)),
        }
    }

    /// The client was found good, until then.
    pub(crate) fn note(&self, end: End) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }

    fn end(&self) -> Option<End> {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session is about to be resumed. The end of a connection without judgement stays as it is: it never ends.
    fn resumed(&self, (end, session): (End, Vec<u8>)) -> Vec<u8> {
        self.note(end);
        session
    }
}

impl ProducesTickets for Visit {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.sessions.tickets.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.sessions.seal(self.end()?, plain)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let opened = self.sessions.open(cipher)?;
        Some(self.resumed(opened))
    }
}

impl StoresServerSessions for Visit {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let Some(end) = self.end() else { return false };
        if value.len() > MAX_SESSION_BYTES {
            return false;
        }
        self.sessions.with_cache(|cache| cache.put(key, end, value));
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let found = self.sessions.with_cache(|cache| {
            let (end, session) = cache.sessions.get(key)?;
            Some((*end, session.to_vec()))
        })?;
        let good = self.sessions.is_good(found.0);
        good.then(|| self.resumed(found))
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        let (end, session) = self.sessions.with_cache(|cache| cache.take(key))?;
        let good = self.sessions.is_good(end);
        good.then(|| self.resumed((end, session.to_vec())))
    }

    fn can_cache(&self) -> bool {
        true
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}
