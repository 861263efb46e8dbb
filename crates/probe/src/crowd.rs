//! Many services at once, and each of them one question after the other.
//!
//! One that said nothing to the first who asked is not waited for as long again by each of the others: they come several at
//! a time, and wait less. Invariant: never more than so many at a time, and none of it goes on when the answer is there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trustpack_settings::value::{NetworkAddress, PeerName};

use crate::callers::Callers;
use crate::contact::{Contact, Takes, contact, knock};
use crate::dial::Unreached;
use crate::limits::{AT_ONCE_OF_SILENT, Limits};
use crate::survey::asking::{Asked, ask, takes_at_most};
use crate::survey::names::Version;

/// One question.
#[derive(Debug)]
pub struct Question {
    /// The service.
    pub to: NetworkAddress,
    /// Who asks.
    pub callers: Callers,
    /// How long it may take.
    pub limits: Limits,
    /// What is asked.
    pub what: What,
}

/// What is asked of a service.
#[derive(Clone, Debug)]
pub enum What {
    /// Whether somebody listens: not a word is said, as to a program that is to speak plain text.
    Listening,
    /// What it does in a handshake, and more, if it speaks TLS.
    Handshake(More),
}

/// What else is asked of a service.
#[derive(Clone, Debug)]
pub enum More {
    /// Nothing.
    Nothing,
    /// Which version of at most this one it takes.
    AtMost(Version, Introduction),
    /// Everything that it takes.
    Offers(Introduction),
}

/// What hellos of our own need.
#[derive(Clone, Debug)]
pub struct Introduction {
    /// Whom is asked for.
    pub name: Option<PeerName>,
    /// Random octets; no secret.
    pub random: [u8; 32],
}

impl Question {
    async fn ask(&self, limits: Limits) -> Answer {
        let more = match &self.what {
            What::Listening => {
                return knock(&self.to, &limits, self.callers.header)
                    .await
                    .map(Answered::Listens);
            }
            What::Handshake(more) => more,
        };
        let mut contact = contact(&self.callers, &self.to, &limits).await?;
        if contact.speaks_tls() {
            // The address that has answered: another one of the name may be another service.
            let to = NetworkAddress::Given(vec![contact.address]);
            contact.takes = self.takes(more, &to).await;
        }
        Ok(Answered::Contact(Box::new(contact)))
    }

    /// What else it takes. A service that is gone in between was there all the same, and nothing is said of it.
    async fn takes(&self, more: &More, to: &NetworkAddress) -> Takes {
        let asked = |introduction: &Introduction| Asked {
            to,
            name: introduction.name.clone(),
            header: self.callers.header,
            limits: self.limits,
            random: introduction.random,
        };
        match more {
            More::Nothing => Takes::NotAsked,
            More::AtMost(version, introduction) => {
                let taken = takes_at_most(*version, &asked(introduction)).await;
                taken.map_or(Takes::NotAsked, Takes::AtMost)
            }
            More::Offers(introduction) => {
                let offers = ask(&asked(introduction)).await;
                offers.map_or(Takes::NotAsked, |offers| Takes::Offers(Box::new(offers)))
            }
        }
    }
}

/// What came of a question.
pub type Answer = Result<Answered, Unreached>;

/// What a service did that could be reached.
#[derive(Debug)]
pub enum Answered {
    /// It listens there.
    Listens(SocketAddr),
    /// This.
    Contact(Box<Contact>),
}

/// One service, which several may ask.
struct Service {
    /// Whose turn it is.
    turns: Semaphore,
    /// It has let somebody wait to the end of his time without a byte.
    is_silent: AtomicBool,
}

impl Service {
    fn new() -> Self {
        Self {
            turns: Semaphore::new(1),
            is_silent: AtomicBool::new(false),
        }
    }

    /// How long it is waited for now.
    fn limits(&self, usual: Limits) -> Limits {
        if self.is_silent.load(Ordering::SeqCst) {
            usual.for_silent()
        } else {
            usual
        }
    }

    fn learn(&self, answer: &Answer) {
        let was_silent = match answer {
            Ok(Answered::Contact(contact)) => contact.was_silent(),
            Ok(Answered::Listens(_)) => false,
            Err(why) => why.was_silence(),
        };
        if was_silent && !self.is_silent.swap(true, Ordering::SeqCst) {
            self.turns.add_permits(AT_ONCE_OF_SILENT - 1);
        }
    }
}

/// Asks all, `at_once` at a time, and gives the answers in their order. One service is asked one question after the
/// other, unless it is silent. `answered` is called for each.
///
/// An answer is missing only where asking itself has failed, which is a mistake of ours.
pub async fn ask_all(
    questions: Vec<Question>,
    at_once: usize,
    answered: impl Fn() + Clone + Send + 'static,
) -> Vec<Option<Answer>> {
    let mut answers: Vec<Option<Answer>> = questions.iter().map(|_| None).collect();
    let mut services: BTreeMap<NetworkAddress, Arc<Service>> = BTreeMap::new();
    let room = Arc::new(Semaphore::new(at_once));
    let mut asking = JoinSet::new();
    for (index, question) in questions.into_iter().enumerate() {
        let known = services.entry(question.to.clone());
        let service = Arc::clone(known.or_insert_with(|| Arc::new(Service::new())));
        let (room, answered) = (Arc::clone(&room), answered.clone());
        asking.spawn(async move {
            // Nobody closes the semaphores. A place is taken by whoever has his turn, so that none is held in vain.
            let _turn = service.turns.acquire().await;
            let _place = room.acquire().await;
            // In memory only from here on: most of the tasks wait for their turn, and what an answer takes is large.
            let answer = Box::pin(question.ask(service.limits(question.limits))).await;
            service.learn(&answer);
            answered();
            (index, answer)
        });
    }
    while let Some(done) = asking.join_next().await {
        let (index, answer) = match done {
            Ok(answer) => answer,
            // A fault of ours is no answer, and not to be taken for one.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_cancelled) => continue,
        };
        if let Some(place) = answers.get_mut(index) {
            *place = Some(answer);
        }
    }
    answers
}
