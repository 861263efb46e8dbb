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
use trustpack_judge::anchors::TrustAnchors;
use trustpack_judge::revocation::RevocationLists;
use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_material::peer_rules::PeerRules;
use trustpack_settings::endpoint::{Security, Versions};
use trustpack_settings::finding::Finding;
use trustpack_settings::value::PeerName;
use trustpack_x509::certificate::Certificate;
use trustpack_x509::public_key::PublicKeyAlgorithm;
use trustpack_x509::time::Timestamp;

use self::parts::TrustPart;
use crate::connections::{self, Connections, Tether, TrustEnded};
use crate::context::ContextError;

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

/// What an endpoint is by its settings and files, whatever its role.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) trust: Trust,
    /// The chain that it presents; empty if it has none.
    pub(crate) chain: Vec<Certificate>,
    /// What is doubtful in the settings of the engine.
    pub(crate) findings: Arc<[Finding]>,
    /// What is doubtful in the files.
    pub(crate) file_findings: Arc<[Finding]>,
    /// Whom the files say that it trusts, also where it judges nobody.
    pub(crate) trusted: TrustAnchors,
}

impl Facts {
    /// The certificate that it presents, if it has one.
    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        self.chain.first()
    }

    /// What kind of key that certificate has.
    pub(crate) fn own_key(&self) -> Option<PublicKeyAlgorithm> {
        let own = self.certificate()?;
        Some(own.public_key().algorithm().clone())
    }
}

/// A context that can be made: what its endpoint is, and how its role makes of that what connections begin with.
pub(crate) trait Plan {
    /// What connections of this role begin with.
    type Context;

    fn facts(&self) -> &Arc<Facts>;

    /// Makes it; `before` is that of the generation before, if trust is the same.
    ///
    /// # Errors
    ///
    /// [`ContextError`] if the engine does not take the settings or the key.
    fn context(
        &self,
        before: Option<&Self::Context>,
        clock: &Arc<dyn TimeProvider>,
    ) -> Result<Self::Context, ContextError>;
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
    /// What of its trust is another than in the one before.
    pub(crate) parts: Vec<TrustPart>,
    pub(crate) facts: Arc<Facts>,
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
    /// The first generation of an endpoint.
    ///
    /// # Errors
    ///
    /// Those of the plan.
    pub(crate) fn begin(
        plan: &impl Plan<Context = C>,
        clock: Arc<dyn TimeProvider>,
    ) -> Result<Self, ContextError> {
        let first = Generation {
            number: 1,
            parts: Vec::new(),
            facts: Arc::clone(plan.facts()),
            context: plan.context(None, &clock)?,
        };
        Ok(Self {
            current: RwLock::new(Arc::new(first)),
            connections: Arc::default(),
            changing: Mutex::default(),
            clock,
        })
    }

    /// What new connections see.
    pub(crate) fn current(&self) -> Arc<Generation<C>> {
        // Only ever replaced as a whole, so that a panic elsewhere cannot have broken it.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the endpoint is now.
    pub(crate) fn facts(&self) -> Arc<Facts> {
        Arc::clone(&self.current().facts)
    }

    /// Becomes what its settings and files say now, if that is something else.
    ///
    /// # Errors
    ///
    /// Those of the plan; everything stays as it was then.
    pub(crate) fn change(&self, plan: &impl Plan<Context = C>) -> Result<Change, ContextError> {
        let _only_one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.current();
        if plan.facts().trust != now.facts.trust {
            return self.succeed(&now, plan);
        }
        if plan.facts().chain == now.facts.chain {
            return Ok(Change::Nothing);
        }
        self.put(Generation {
            number: now.number,
            parts: now.parts.clone(),
            facts: Arc::clone(plan.facts()),
            context: plan.context(Some(&now.context), &self.clock)?,
        });
        Ok(Change::Identity)
    }

    /// Serves again after others had its place: a new generation, whether or not it trusts whom it trusted.
    ///
    /// # Errors
    ///
    /// Those of the plan; everything stays as it was then.
    pub(crate) fn resume(&self, plan: &impl Plan<Context = C>) -> Result<Change, ContextError> {
        let _only_one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.succeed(&self.current(), plan)
    }

    /// The highest numbers of the revocation lists that were seen.
    pub(crate) fn numbers(&self) -> SeenNumbers {
        let facts = self.facts();
        let rules = facts.trust.rules.as_ref();
        let lists = rules.and_then(PeerRules::lists);
        lists.map(RevocationLists::numbers).unwrap_or_default()
    }

    /// A new generation. Live connections whose peers it does not trust are cut.
    fn succeed(
        &self,
        of: &Generation<C>,
        plan: &impl Plan<Context = C>,
    ) -> Result<Change, ContextError> {
        let generation = of.number.saturating_add(1);
        let (facts, before) = (plan.facts(), &of.facts.trust);
        self.put(Generation {
            number: generation,
            parts: facts.trust.differences(before),
            facts: Arc::clone(facts),
            context: plan.context(None, &self.clock)?,
        });
        let cut = facts.trust.rules.as_ref().map_or(0, |rules| {
            let now = self.now();
            self.connections
                .judge_again(before.rules.as_ref(), rules, now)
        });
        Ok(Change::Trust { generation, cut })
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
            (&begun.facts.trust.rules, connection.peer_certificates())
        else {
            return Ok(None);
        };
        let tether = self.connections.keep(certificates, self.now());
        // Only now: a change before this moment is seen here, a later one finds the connection.
        let current = self.current();
        if current.number != begun.number
            && let Some(rules) = &current.facts.trust.rules
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
