//! The sessions of a client, which has one target.
//!
//! The engine hands sessions over without a word on their server. So a session is kept with what its connection knows of
//! that, which is asked when the session is to be resumed.
//!
//! Invariant: each ticket of TLS 1.3 is used once (RFC 8446 appendix C.4).

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use rustls::time_provider::TimeProvider;

use super::End;

/// Tickets of TLS 1.3 that are kept; the oldest makes room.
///
/// Source: what rustls keeps for one server by default.
const MAX_TICKETS: usize = 8;

/// The sessions of one client under one generation of trust.
pub(crate) struct Sessions {
    kept: Mutex<Kept>,
    clock: Arc<dyn TimeProvider>,
}

#[derive(Default)]
struct Kept {
    group: Option<NamedGroup>,
    tls12: Option<(Word, Tls12ClientSessionValue)>,
    tls13: VecDeque<(Word, Tls13ClientSessionValue)>,
}

/// What a connection knows of the end of its server.
type Word = Arc<Known>;

#[derive(Default)]
struct Known {
    /// Of the server as it was judged: by a full handshake.
    judged: OnceLock<End>,
    /// Of the session that was offered: what counts if the handshake was none of full length.
    offered: OnceLock<End>,
}

/// What one connection does with the sessions of its client.
pub(crate) struct Visit {
    sessions: Arc<Sessions>,
    word: Word,
}

impl Sessions {
    pub(crate) fn new(clock: Arc<dyn TimeProvider>) -> Self {
        Self {
            kept: Mutex::default(),
            clock,
        }
    }

    fn with_kept<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        // What is kept is whole after every change, so that a panic elsewhere cannot have broken it.
        change(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The end that a connection named, if it has not come.
    fn good(&self, word: &Word) -> Option<End> {
        let end = *word.judged.get().or_else(|| word.offered.get())?;
        (!end.is_past(self.clock.current_time())).then_some(end)
    }
}

impl Visit {
    /// A connection of which nothing is known yet.
    pub(crate) fn new(sessions: Arc<Sessions>) -> Self {
        Self {
            sessions,
            word: Word::default(),
        }
    }

    /// The server of this connection was found good, until then.
    pub(crate) fn judged(&self, end: End) {
        // The engine asks about the server of a connection once.
        self.word.judged.get_or_init(|| end);
    }

    fn offer(&self, end: End) {
        // One session is offered, in the hello.
        self.word.offered.get_or_init(|| end);
    }
}

impl ClientSessionStore for Visit {
    fn set_kx_hint(&self, _server_name: ServerName<'static>, group: NamedGroup) {
        self.sessions.with_kept(|kept| kept.group = Some(group));
    }

    fn kx_hint(&self, _server_name: &ServerName<'_>) -> Option<NamedGroup> {
        self.sessions.with_kept(|kept| kept.group)
    }

    fn set_tls12_session(&self, _server_name: ServerName<'static>, value: Tls12ClientSessionValue) {
        let session = Some((Arc::clone(&self.word), value));
        self.sessions.with_kept(|kept| {
            kept.tls12 = session;
            // The server no longer speaks TLS 1.3: the engine would offer each of these first, in vain.
            kept.tls13.clear();
        });
    }

    fn tls12_session(&self, _server_name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let (word, session) = self.sessions.with_kept(|kept| kept.tls12.clone())?;
        self.offer(self.sessions.good(&word)?);
        Some(session)
    }

    fn remove_tls12_session(&self, _server_name: &ServerName<'static>) {
        self.sessions.with_kept(|kept| kept.tls12 = None);
    }

    fn insert_tls13_ticket(
        &self,
        _server_name: ServerName<'static>,
        value: Tls13ClientSessionValue,
    ) {
        let ticket = (Arc::clone(&self.word), value);
        self.sessions.with_kept(|kept| {
            if kept.tls13.len() == MAX_TICKETS {
                kept.tls13.pop_front();
            }
            kept.tls13.push_back(ticket);
        });
    }

    fn take_tls13_ticket(
        &self,
        _server_name: &ServerName<'static>,
    ) -> Option<Tls13ClientSessionValue> {
        let (word, ticket) = self.sessions.with_kept(|kept| kept.tls13.pop_back())?;
        self.offer(self.sessions.good(&word)?);
        Some(ticket)
    }
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit").finish_non_exhaustive()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}
