//! An endpoint over time: what it is now, how it becomes something else, and which connections that ends.
//!
//! Settings and files of an endpoint are replaced as a whole. Connections that begin afterwards see the new;
//! those that live go on, unless their peers are no longer trusted. Each change of trust raises the number
//! of the generation, and leaves the sessions of the one before behind.
//!
//! Invariant: of those who were judged, whoever was admitted is trusted by the generation that is there, or is cut.
//! Who connected while nobody was asked who they are stays, as do those who had begun to.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::CommonState;
use rustls::time_provider::TimeProvider;
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_material::peer_rules::PeerRules;
use trustpack_settings::endpoint::{Security, Versions};
use trustpack_settings::value::PeerName;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use self::parts::TrustPart;
use crate::connections::{self, Connections, Tether, TrustEnded};

pub mod parts;

/// Everything that decides who may connect and how: when it changes, no earlier session counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    /// How peers are judged; `None` if they are not.
    pub(crate) rules: Option<PeerRules>,
    pub(crate) peer: Option<PeerName>,
    pub(crate) security: Security,
    pub(crate) versions: Versions,
    /// The names of the suites, in their order.
    pub(crate) suites: Vec<rustls::CipherSuite>,
}

/// What became of an endpoint whose settings and files were read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They are the same.
    Nothing,
    /// It presents another certificate, and trusts whom it trusted.
    Identity,
    /// Whom it trusts, or how it speaks, has changed. No earlier session is resumed.
    Trust {
        /// The number of the generation; the first is 1.
        generation: u64,
        /// How many live connections were cut.
        cut: usize,
    },
}

/// An endpoint under settings and files that do not change.
#[derive(Debug)]
pub(crate) struct Generation<C> {
    pub(crate) number: u64,
    pub(crate) trust: Trust,
    /// What of its trust is another than in the one before.
    pub(crate) parts: Vec<TrustPart>,
    /// The chain that it presents; empty if it has none.
    pub(crate) chain: Vec<Certificate>,
    pub(crate) context: C,
}

/// An endpoint over time.
#[derive(Debug)]
pub(crate) struct Live<C> {
    current: RwLock<Arc<Generation<C>>>,
    connections: Arc<Connections>,
    /// Held while one change is made, so that two make two.
    changing: Mutex<()>,
    pub(crate) clock: Arc<dyn TimeProvider>,
}

impl<C> Live<C> {
    pub(crate) fn new(
        trust: Trust,
        chain: Vec<Certificate>,
        context: C,
        clock: Arc<dyn TimeProvider>,
    ) -> Self {
        let first = Generation {
            number: 1,
            trust,
            parts: Vec::new(),
            chain,
            context,
        };
        Self {
            current: RwLock::new(Arc::new(first)),
            connections: Arc::default(),
            changing: Mutex::default(),
            clock,
        }
    }

    /// What new connections see.
    pub(crate) fn current(&self) -> Arc<Generation<C>> {
        // Only ever replaced as a whole, so that a panic elsewhere cannot have broken it.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Becomes what its settings and files say now, if that is something else. `make` makes the context, of the one before if
    /// trust is the same.
    ///
    /// # Errors
    ///
    /// Those of `make`; everything stays as it was then.
    pub(crate) fn change<E>(
        &self,
        trust: Trust,
        chain: Vec<Certificate>,
        make: impl FnOnce(Option<&C>) -> Result<C, E>,
    ) -> Result<Change, E> {
        let _only_one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.current();
        if trust != now.trust {
            let context = make(None)?;
            return Ok(self.succeed(&now, trust, chain, context));
        }
        if chain == now.chain {
            return Ok(Change::Nothing);
        }
        let context = make(Some(&now.context))?;
        Ok(self.present(&now, chain, context))
    }

    /// Serves again after others had its place: a new generation, whether or not it trusts whom it trusted.
    ///
    /// # Errors
    ///
    /// Those of `make`; everything stays as it was then.
    pub(crate) fn resume<E>(
        &self,
        trust: Trust,
        chain: Vec<Certificate>,
        make: impl FnOnce() -> Result<C, E>,
    ) -> Result<Change, E> {
        let _only_one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let context = make()?;
        Ok(self.succeed(&self.current(), trust, chain, context))
    }

    /// The highest numbers of the revocation lists that were seen.
    pub(crate) fn numbers(&self) -> SeenNumbers {
        let generation = self.current();
        let rules = generation.trust.rules.as_ref();
        let lists = rules.and_then(PeerRules::lists);
        lists.map(RevocationLists::numbers).unwrap_or_default()
    }

    /// Another identity under the same trust.
    fn present(&self, of: &Generation<C>, chain: Vec<Certificate>, context: C) -> Change {
        self.put(Generation {
            number: of.number,
            trust: of.trust.clone(),
            parts: of.parts.clone(),
            chain,
            context,
        });
        Change::Identity
    }

    /// A new generation. Live connections whose peers it does not trust are cut.
    fn succeed(
        &self,
        of: &Generation<C>,
        trust: Trust,
        chain: Vec<Certificate>,
        context: C,
    ) -> Change {
        let generation = of.number.saturating_add(1);
        let rules = trust.rules.clone();
        let before = of.trust.rules.as_ref();
        self.put(Generation {
            number: generation,
            parts: trust.differences(&of.trust),
            trust,
            chain,
            context,
        });
        let cut = rules.map_or(0, |rules| {
            let now = self.now();
            self.connections.judge_again(before, &rules, now)
        });
        Change::Trust { generation, cut }
    }

    fn put(&self, generation: Generation<C>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(generation);
    }

    /// Takes in a connection that was made under `begun`, for which the peer was judged, if peers are.
    ///
    /// # Errors
    ///
    /// If trust has changed meanwhile and the peer is not trusted any more.
    pub(crate) fn admit(
        &self,
        begun: &Generation<C>,
        connection: &CommonState,
    ) -> Result<Option<Tether>, TrustEnded> {
        let (Some(before), Some(certificates)) =
            (&begun.trust.rules, connection.peer_certificates())
        else {
            return Ok(None);
        };
        let tether = self.connections.keep(certificates, self.now());
        // Only now: a change before this moment is seen here, a later one finds the connection.
        let current = self.current();
        if current.number != begun.number
            && let Some(rules) = &current.trust.rules
            && let Some(ended) = connections::ended(tether.peer(), before, rules, self.now())
        {
            return Err(ended);
        }
        Ok(Some(tether))
    }

    fn now(&self) -> Timestamp {
        // Without a clock every date is past, which cuts no connection.
        let now = self.clock.current_time();
        now.map_or(Timestamp::MAX, |now| Timestamp::from_unix(now.as_secs()))
    }
}
