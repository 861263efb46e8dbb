//! Handshakes on a lane: those whose signatures take long are made one step after the other.
//!
//! One signature by RSA takes as long as moving some hundred pieces of data, so that before each of them is looked whether
//! bytes have come for others.
//!
//! Invariant: between two steps of handshakes that take long, a lane does what else there is to do; and no step is made of
//! a handshake whose time is over.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};
use trustpack_tls::handshake::Failure;
use trustpack_x509::public_key::PublicKeyAlgorithm;

/// Why there is no connection in TLS.
#[derive(Debug)]
pub(crate) enum NotMade {
    /// The handshake failed.
    Failed(Failure),
    /// Its time was over while it waited for its turn: those before it had signatures to be made.
    TooBusy {
        /// How long it may take.
        limit: Duration,
    },
}

/// Makes handshakes on a lane.
#[derive(Clone, Debug)]
pub(crate) struct Handshakes {
    /// For the one step that takes long and comes next; without it they are made as they come.
    turn: Option<Arc<Semaphore>>,
}

impl Handshakes {
    pub(super) fn one_after_the_other() -> Self {
        Self {
            turn: Some(Arc::new(Semaphore::new(1))),
        }
    }

    pub(super) fn as_they_come() -> Self {
        Self { turn: None }
    }

    /// Makes a handshake in which we may sign with a key of this kind. It may take so long, waits for its turns included;
    /// `begin` gets what is left of that when it has its first.
    pub(crate) async fn make<T, H>(
        &self,
        own: Option<PublicKeyAlgorithm>,
        limit: Duration,
        begin: impl FnOnce(Duration) -> Pin<Box<H>>,
    ) -> Result<T, NotMade>
    where
        H: Future<Output = Result<T, Failure>>,
    {
        let Some(turn) = self
            .turn
            .as_ref()
            .filter(|_| own.as_ref().is_some_and(is_slow))
        else {
            return begin(limit).await.map_err(NotMade::Failed);
        };
        let turns = Turns::until(limit, turn);
        let mut taken = turns.next().await?;
        let mut handshake = begin(turns.left());
        // Which step is the one that signs is known to the engine alone; while it waits for its peer a handshake keeps
        // nobody else out.
        loop {
            let step = poll_fn(|cx| Poll::Ready(handshake.as_mut().poll(cx))).await;
            drop(taken);
            match step {
                Poll::Ready(made) => return made.map_err(NotMade::Failed),
                Poll::Pending => woken().await,
            }
            if turns.left().is_zero() {
                // It was its peer that took so long. What it says then takes no turn: it ends without a further step.
                return handshake.await.map_err(NotMade::Failed);
            }
            taken = turns.next().await?;
        }
    }
}

/// The turns of one handshake.
struct Turns<'a> {
    turn: &'a Semaphore,
    limit: Duration,
    begun: Instant,
}

impl<'a> Turns<'a> {
    fn until(limit: Duration, turn: &'a Semaphore) -> Self {
        let begun = Instant::now();
        Self { turn, limit, begun }
    }

    /// What is left of its time.
    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.begun.elapsed())
    }

    /// The next one, when all else that is ready has been done; nothing only if turns are no longer given, which nobody does.
    async fn next(&self) -> Result<Option<SemaphorePermit<'a>>, NotMade> {
        let limit = self.limit;
        let too_busy = NotMade::TooBusy { limit };
        let taken = match self.begun.checked_add(limit) {
            Some(end) => match timeout_at(end, self.turn.acquire()).await {
                Ok(taken) => taken,
                Err(_elapsed) => return Err(too_busy),
            },
            None => self.turn.acquire().await,
        };
        // What is new on sockets comes before, too.
        yield_now().await;
        if self.left().is_zero() {
            return Err(too_busy);
        }
        Ok(taken.ok())
    }
}

/// Waits until the task is woken by what it has polled before.
async fn woken() {
    let mut was_asked = false;
    poll_fn(|_| {
        if was_asked {
            return Poll::Ready(());
        }
        was_asked = true;
        Poll::Pending
    })
    .await;
}

/// Whether signatures with such a key take long. Those by P-256 and Ed25519, for which the engine has code of its own, take a
/// tenth of one by RSA; by P-384 and P-521 they do not.
fn is_slow(key: &PublicKeyAlgorithm) -> bool {
    match key {
        PublicKeyAlgorithm::Rsa { .. }
        | PublicKeyAlgorithm::EcP384
        | PublicKeyAlgorithm::EcP521
        | PublicKeyAlgorithm::Other(_) => true,
        PublicKeyAlgorithm::EcP256 | PublicKeyAlgorithm::Ed25519 => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::runtime::Builder;

    use super::*;

    const RSA: PublicKeyAlgorithm = PublicKeyAlgorithm::Rsa { bits: 2048 };
    const A_LONG_TIME: Duration = Duration::from_secs(60);
    const A_SHORT_TIME: Duration = Duration::from_millis(20);

    /// What happens when two handshakes of three steps each, with such a key, are made beside a task that is always ready.
    fn order(handshakes: &Handshakes, key: &PublicKeyAlgorithm) -> String {
        let happened = Arc::new(Mutex::new(String::new()));
        let runtime = runtime();
        for _ in 0..2 {
            let (happened, handshakes) = (Arc::clone(&happened), handshakes.clone());
            let key = Some(key.clone());
            runtime.spawn(async move {
                let steps = async move {
                    for _ in 0..3 {
                        happened.lock().expect("it is whole").push('s');
                        // As if the answer of the peer were there at once.
                        yield_now().await;
                    }
                    Ok(())
                };
                let begin = |_left| Box::pin(steps);
                handshakes.make(key, A_LONG_TIME, begin).await
            });
        }
        runtime.block_on(async {
            for _ in 0..20 {
                happened.lock().expect("it is whole").push('d');
                yield_now().await;
            }
        });
        happened.lock().expect("it is whole").clone()
    }

    #[test]
    fn between_two_slow_steps_there_is_time_for_data() {
        let order = order(&Handshakes::one_after_the_other(), &RSA);
        assert_eq!(order.matches('s').count(), 6, "{order}");
        assert!(!order.contains("ss"), "{order}");
    }

    #[test]
    fn steps_that_are_quick_or_alone_on_a_runtime_wait_for_nobody() {
        let lane = Handshakes::one_after_the_other();
        assert!(order(&lane, &PublicKeyAlgorithm::EcP256).starts_with("dss"));
        assert!(order(&Handshakes::as_they_come(), &RSA).starts_with("dss"));
    }

    /// A runtime whose tasks see time pass.
    fn runtime() -> tokio::runtime::Runtime {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().build().expect("a runtime")
    }

    fn is_too_busy<T>(made: Result<T, NotMade>, after: Duration) -> bool {
        matches!(made, Err(NotMade::TooBusy { limit }) if limit == after)
    }

    #[test]
    fn a_handshake_whose_turn_does_not_come_in_time_is_not_begun() {
        let lane = Handshakes::one_after_the_other();
        let turn = lane.turn.clone().expect("it has turns");
        runtime().block_on(async {
            let other = turn.acquire().await.expect("it is there");
            let begin = |_left| -> Pin<Box<std::future::Pending<Result<(), Failure>>>> {
                panic!("it is begun")
            };
            let made = lane.make(Some(RSA), A_SHORT_TIME, begin).await;
            assert!(is_too_busy(made, A_SHORT_TIME));
            drop(other);
        });
        assert_eq!(turn.available_permits(), 1);
    }

    #[test]
    fn a_handshake_that_waits_too_long_for_its_next_turn_takes_no_further_step() {
        let lane = Handshakes::one_after_the_other();
        let turn = lane.turn.clone().expect("it has turns");
        let steps = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&steps);
        runtime().block_on(async {
            let mut in_line = Vec::new();
            let handshake = poll_fn(move |cx| {
                counted.fetch_add(1, Ordering::Relaxed);
                // Somebody gets in line for the turn after this one, and keeps it.
                let mut other = Box::pin(Arc::clone(&turn).acquire_owned());
                assert!(other.as_mut().poll(cx).is_pending());
                in_line.push(other);
                // As if the answer of the peer were there at once.
                cx.waker().wake_by_ref();
                Poll::<Result<(), Failure>>::Pending
            });
            let begin = |_left| Box::pin(handshake);
            let made = lane.make(Some(RSA), A_SHORT_TIME, begin).await;
            assert!(is_too_busy(made, A_SHORT_TIME));
        });
        assert_eq!(steps.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_a_handshake_may_take_includes_its_wait() {
        let lane = Handshakes::one_after_the_other();
        let turn = lane.turn.clone().expect("it has turns");
        let left = runtime().block_on(async {
            let other = turn.acquire().await.expect("it is there");
            let given = Arc::new(Mutex::new(None));
            let kept = Arc::clone(&given);
            let made = tokio::spawn(async move {
                let begin = |left| {
                    *kept.lock().expect("it is whole") = Some(left);
                    Box::pin(std::future::ready(Ok(())))
                };
                lane.make(Some(RSA), A_LONG_TIME, begin).await
            });
            // Its time begins when it first runs.
            yield_now().await;
            tokio::time::sleep(A_SHORT_TIME).await;
            drop(other);
            made.await.expect("it ran").expect("there was time");
            let left = given.lock().expect("it is whole").take();
            left.expect("it was begun")
        });
        assert!(left <= A_LONG_TIME - A_SHORT_TIME, "{left:?}");
    }

    #[test]
    fn a_handshake_whose_peer_is_too_slow_says_so_itself() {
        let lane = Handshakes::one_after_the_other();
        let made = runtime().block_on(async {
            let begin = |left| {
                Box::pin(async move {
                    tokio::time::sleep(left).await;
                    Err::<(), _>(Failure::CutShort)
                })
            };
            lane.make(Some(RSA), A_SHORT_TIME, begin).await
        });
        assert!(matches!(made, Err(NotMade::Failed(Failure::CutShort))));
    }
}
