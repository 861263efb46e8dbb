//! Many services at once, and each of them one question after the other.
//!
//! Invariant: never more than so many at a time, and none of it goes on when the answer is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trustpack_settings::value::NetworkAddress;

use crate::callers::Callers;
use crate::contact::{Contact, contact};
use crate::dial::Unreached;
use crate::limits::Limits;

/// One question.
#[derive(Debug)]
pub struct Question {
    /// The service.
    pub to: NetworkAddress,
    /// Who asks.
    pub callers: Callers,
    /// How long it may take.
    pub limits: Limits,
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
                let Question {
                    to,
                    callers,
                    limits,
                } = question;
                answers.push((index, contact(&callers, &to, &limits).await));
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
