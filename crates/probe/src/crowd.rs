//! Many services at once, and each of them one question after the other.
//!
//! One that let the first who asked wait in vain is not waited for as long again by each of the others: they come several at
//! a time, and wait less. Invariant: never more than so many at a time, and none of it goes on when the answer is there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trustpack_settings::value::{NetworkAddress, PeerName};

use crate::callers::Callers;
use crate::contact::{Contact, Takes, contact, knock};
use crate::dial::Unreached;
use crate::limits::{AT_ONCE_OF_SILENT, Limits};
use crate::survey::asking::{Asked, ask, takes_at_most};
use crate::survey::names::Version;
use crate::survey::progress::Progress;

/// One question.
#[derive(Debug)]
pub struct Question {
    /// The service.
    pub to: NetworkAddress,
    /// Who asks.
    pub callers: Callers,
    /// How long it may take.
    pub limits: Limits,
    /// What hellos of our own say of who asks.
    pub introduction: Introduction,
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
    AtMost(Version),
    /// Everything that it takes.
    Offers,
}

/// What hellos of our own need.
#[derive(Clone, Debug, Default)]
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
            let asked = Asked {
                to: &to,
                name: self.introduction.name.clone(),
                header: self.callers.header,
                limits,
                random: self.introduction.random,
                progress: Progress::default(),
            };
            contact.takes = takes(more, &asked).await;
            contact.seek_lack(&asked).await;
        }
        Ok(Answered::Contact(Box::new(contact)))
    }
}

/// What else a service takes. One that is gone in between was there all the same, and nothing is said of it.
async fn takes(more: &More, asked: &Asked<'_>) -> Takes {
    match more {
        More::Nothing => Takes::NotAsked,
        More::AtMost(version) => {
            let taken = takes_at_most(*version, asked).await;
            taken.map_or(Takes::NotAsked, Takes::AtMost)
        }
        More::Offers => {
            let offers = ask(asked).await;
            offers.map_or(Takes::NotAsked, |offers| Takes::Offers(Box::new(offers)))
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

/// Questions to one service, each with its number among all.
type Numbered = Vec<(usize, Question)>;

/// Answers with the numbers of their questions.
type Answers = Vec<(usize, Answer)>;

/// Asks all, `at_once` at a time, and gives the answers in their order. One service is asked one question after the
/// other, unless it hangs. `answered` is called for each.
///
/// An answer is missing only where asking itself has failed, which is a mistake of ours.
pub async fn ask_all(
    questions: Vec<Question>,
    at_once: usize,
    answered: impl Fn() + Clone + Send + 'static,
) -> Vec<Option<Answer>> {
    let mut answers: Vec<Option<Answer>> = questions.iter().map(|_| None).collect();
    let mut services: BTreeMap<NetworkAddress, Numbered> = BTreeMap::new();
    for (number, question) in questions.into_iter().enumerate() {
        let of_service = services.entry(question.to.clone()).or_default();
        of_service.push((number, question));
    }
    let room = Arc::new(Semaphore::new(at_once));
    let mut asking = JoinSet::new();
    for of_service in services.into_values() {
        asking.spawn(ask_service(of_service, Arc::clone(&room), answered.clone()));
    }
    while let Some(of_service) = next(&mut asking).await {
        for (number, answer) in of_service {
            if let Some(place) = answers.get_mut(number) {
                *place = Some(answer);
            }
        }
    }
    answers
}

/// Asks one service, in the order of the questions: so it is the same one each time who waits for one that hangs to the end of
/// his time, and nobody's answer depends on who came first.
async fn ask_service(
    questions: Numbered,
    room: Arc<Semaphore>,
    answered: impl Fn() + Clone + Send + 'static,
) -> Answers {
    let mut answers = Answers::new();
    let mut questions = questions.into_iter();
    for (number, question) in questions.by_ref() {
        let answer = ask_in_turn(&question, question.limits, &room).await;
        answered();
        let is_over = let_wait(&answer);
        answers.push((number, answer));
        if is_over {
            break;
        }
    }
    let mut questions = questions.peekable();
    if questions.peek().is_none() {
        return answers;
    }
    let turns = Arc::new(Semaphore::new(AT_ONCE_OF_SILENT));
    let mut asking = JoinSet::new();
    for (number, question) in questions {
        let (room, turns, answered) = (Arc::clone(&room), Arc::clone(&turns), answered.clone());
        asking.spawn(async move {
            // Nobody closes the semaphores. A place is taken by whoever has his turn, so that none is held in vain.
            let _turn = turns.acquire().await;
            let answer = ask_in_turn(&question, question.limits.for_silent(), &room).await;
            answered();
            (number, answer)
        });
    }
    while let Some(answer) = next(&mut asking).await {
        answers.push(answer);
    }
    answers
}

async fn ask_in_turn(question: &Question, limits: Limits, room: &Semaphore) -> Answer {
    let _place = room.acquire().await;
    // In memory only from here on: most of the tasks wait for their turn, and what an answer takes is large.
    Box::pin(question.ask(limits)).await
}

/// What the next task to end has to say; nothing when all have ended.
async fn next<T: 'static>(asking: &mut JoinSet<T>) -> Option<T> {
    loop {
        match asking.join_next().await? {
            Ok(said) => return Some(said),
            // A fault of ours is no answer, and not to be taken for one.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_cancelled) => {}
        }
    }
}

/// Whether a service has let somebody wait to the end of his time.
fn let_wait(answer: &Answer) -> bool {
    match answer {
        Ok(Answered::Contact(contact)) => contact.let_wait(),
        Ok(Answered::Listens(_)) => false,
        Err(why) => why.was_silence(),
    }
}
