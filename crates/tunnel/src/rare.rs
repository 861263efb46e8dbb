//! Waiting for something that hardly ever happens, beside something that happens all the time.
//!
//! What cuts connections is a future that many of them share, and each look at it takes a lock that they share too. So it
//! is looked at when it has something to say, and not whenever bytes have come.
//!
//! Invariant: what the rare future says is heard by the task that waits, whatever else wakes that.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// What the first of two futures says that is done; the rare one, if both are.
pub(crate) async fn unless<T>(rare: impl Future<Output = T>, usual: impl Future<Output = T>) -> T {
    let (mut rare, mut usual) = (pin!(rare), pin!(usual));
    let bell = Arc::new(Bell::default());
    let rope = Waker::from(Arc::clone(&bell));
    let mut task = None;
    poll_fn(|cx| {
        bell.wakes(cx.waker(), &mut task);
        // After it is known whom to wake: who rings does it the other way round.
        if bell.has_rung()
            && let Poll::Ready(said) = rare.as_mut().poll(&mut Context::from_waker(&rope))
        {
            return Poll::Ready(said);
        }
        usual.as_mut().poll(cx)
    })
    .await
}

/// Tells that the rare future wants to be asked.
struct Bell {
    rung: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Bell {
    /// Has it wake this task; `known` is whom it wakes so far.
    fn wakes(&self, task: &Waker, known: &mut Option<Waker>) {
        if !known.as_ref().is_some_and(|known| known.will_wake(task)) {
            *self.task() = Some(task.clone());
            *known = Some(task.clone());
        }
    }

    /// Whether it has rung since this was last asked.
    fn has_rung(&self) -> bool {
        // A look first: it is shared memory that is read all the time and written hardly ever.
        self.rung.load(Ordering::Acquire) && self.rung.swap(false, Ordering::AcqRel)
    }

    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Bell {
    /// Rung: the future has never been asked.
    fn default() -> Self {
        Self {
            rung: AtomicBool::new(true),
            task: Mutex::default(),
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        let task = self.task().clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;

    use super::*;

    /// Says what is in the cell, counts how often it was asked, and leaves its waker.
    struct Asked<'a> {
        says: &'a Cell<Option<u8>>,
        times: &'a Cell<u32>,
        waker: &'a Cell<Option<Waker>>,
    }

    impl Future for Asked<'_> {
        type Output = u8;

        fn poll(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u8> {
            self.times.set(self.times.get() + 1);
            self.waker.set(Some(cx.waker().clone()));
            self.says.get().map_or(Poll::Pending, Poll::Ready)
        }
    }

    /// Counts how often a task is woken.
    #[derive(Default)]
    struct Count(std::sync::atomic::AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_rare_future_is_asked_once_and_when_it_rings() {
        let (says, times, waker) = (Cell::new(None), Cell::new(0), Cell::new(None));
        let asked = Asked {
            says: &says,
            times: &times,
            waker: &waker,
        };
        let mut waiting = pin!(unless(asked, pending()));
        let count = Arc::new(Count::default());
        let task = Waker::from(Arc::clone(&count));
        for _ in 0..100 {
            let polled = waiting.as_mut().poll(&mut Context::from_waker(&task));
            assert_eq!(polled, Poll::Pending);
        }
        assert_eq!(times.get(), 1);
        says.set(Some(7));
        waker.take().expect("it was asked").wake();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        let polled = waiting.as_mut().poll(&mut Context::from_waker(&task));
        assert_eq!((polled, times.get()), (Poll::Ready(7), 2));
    }

    #[test]
    fn whoever_waits_now_is_woken() {
        let (says, times, waker) = (Cell::new(None), Cell::new(0), Cell::new(None));
        let asked = Asked {
            says: &says,
            times: &times,
            waker: &waker,
        };
        let mut waiting = pin!(unless(asked, pending()));
        let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
        for count in [&first, &second] {
            let task = Waker::from(Arc::clone(count));
            let polled = waiting.as_mut().poll(&mut Context::from_waker(&task));
            assert_eq!(polled, Poll::Pending);
        }
        waker.take().expect("it was asked").wake();
        let woken = [&first, &second].map(|count| count.0.load(Ordering::Relaxed));
        assert_eq!(woken, [0, 1]);
    }
}
