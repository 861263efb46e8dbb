//! Many services at once, and each of them one question after the other.
//!
//! Invariant: never more than so many at a time, and none of it goes on when the answer is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trustpack_settings::value::{NetworkAddress, PeerName};

use crate::callers::Callers;
use crate::contact::{Contact, Takes, contact};
use crate::dial::Unreached;
use crate::limits::Limits;
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
    /// What else is asked, if it speaks TLS.
    pub more: More,
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
    async fn ask(&self) -> Answer {
        let mut contact = contact(&self.callers, &self.to, &self.limits).await?;
        if contact.speaks_tls() {
            // The address that has answered: another one of the name may be another service.
            let to = NetworkAddress::Given(vec![contact.address]);
            contact.takes = self.takes(&to).await;
        }
        Ok(contact)
    }

    /// What else it takes. A service that is gone in between was there all the same, and nothing is said of it.
    async fn takes(&self, to: &NetworkAddress) -> Takes {
        let asked = |introduction: &Introduction| Asked {
            to,
            name: introduction.name.clone(),
            header: self.callers.header,
            limits: self.limits,
            random: introduction.random,
        };
        match &self.more {
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
pub type Answer = Result<Contact, Unreached>;

/// Asks all, `at_once` at a time, and gives the answers in their order. One service is asked one question after the
/// other. `answered` is called for each.
///
/// An answer is missing only where asking itself has failed, which is a mistake of ours.
pub async fn ask_all(
    questions: Vec<Question>,
    at_once: usize,
    answered: impl Fn() + Clone + Send + 'static,
) -> Vec<Option<Answer>> {
    let mut answers: Vec<Option<Answer>> = questions.iter().map(|_| None).collect();
    let mut by_service: BTreeMap<NetworkAddress, Vec<(usize, Question)>> = BTreeMap::new();
    for (index, question) in questions.into_iter().enumerate() {
        let of_service = by_service.entry(question.to.clone()).or_default();
        of_service.push((index, question));
    }
    let room = Arc::new(Semaphore::new(at_once));
    let mut asking = JoinSet::new();
    for of_service in by_service.into_values() {
        let (room, answered) = (Arc::clone(&room), answered.clone());
        asking.spawn(async move {
            let mut answers = Vec::new();
            // Nobody closes the semaphore.
            let _place = room.acquire().await;
            for (index, question) in of_service {
                answers.push((index, question.ask().await));
                answered();
            }
            answers
        });
    }
    while let Some(done) = asking.join_next().await {
        let of_service = match done {
            Ok(of_service) => of_service,
            // A fault of ours is no answer, and not to be taken for one.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_cancelled) => continue,
        };
        for (index, answer) in of_service {
            if let Some(place) = answers.get_mut(index) {
                *place = Some(answer);
            }
        }
    }
    answers
}
