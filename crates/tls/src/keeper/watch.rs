//! Looking at the files of endpoints from time to time, and at once when somebody asks for it.
//!
//! The system is asked about each file once in an interval, and nothing is read unless one has changed. That works on
//! every file system, those of networks included, through every link; and it costs little. What stays as it was is tried
//! again all the same: a list may have become valid, a machine may have descriptors again.
//!
//! Invariant: what is still being changed is left alone, until nothing more has changed for an interval, or for
//! [`MAX_UNREST`].

use std::collections::{BTreeMap, VecDeque};
use std::error::Error as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};
use trustpack_material::files::watched::Noted;
use trustpack_settings::place::Place;
use trustpack_x509::time::Timestamp;

use super::kept::{Told, told};
use super::{Keeper, NotRead, Refreshed, Stays};
use crate::generation::Change;

/// How often files are looked at.
///
/// Source: ours; a look at a file takes a few microseconds.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// How often what stays as it was is tried again.
///
/// Source: ours; long beside what reading takes, short beside how long a revoked peer may go on.
pub const RETRY: Duration = Duration::from_secs(10);

/// For how long files may go on changing before they are read all the same.
///
/// Source: ours; copying a folder of files takes a moment, and something that writes to one of them for ever must not
/// keep a revocation out.
pub const MAX_UNREST: Duration = Duration::from_secs(10);

/// How often it is told again that something stays as it was.
///
/// Source: ours; a log that is looked at each day has it, and it fills none.
pub const REMINDER: Duration = Duration::from_secs(60 * 60);

/// Somebody asks for a look at once: a signal, a command.
#[derive(Debug, Default)]
pub struct LookNow {
    /// Where what became of it is given to, for whoever wants to know more than that it was told.
    pub answer: Option<oneshot::Sender<Result<Refreshed, NotRead>>>,
}

/// For how long a look may take before it is told that it hangs.
///
/// Source: ours; a list of a million entries is read in a few seconds.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Why files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// An interval is over.
    InTurn,
    /// Somebody asked: everything is read again, changed or not.
    Asked,
}

/// What the time has come for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// Nothing: no file has changed, or it is still changing.
    Nothing,
    /// What has changed is read.
    Change,
    /// What stays as it was is tried again.
    Retry,
}

/// What is to be told of a look.
#[derive(Debug)]
enum Look {
    /// Nothing has changed, or is still changing.
    Quiet,
    /// Everything was read again.
    Done(Result<Refreshed, NotRead>),
}

/// The watch over a keeper's files, from look to look.
struct Watching {
    keeper: Keeper,
    unrest: Option<Unrest>,
    ailing: Option<Ailing>,
}

/// Files that are changing.
struct Unrest {
    since: Instant,
    /// As they were in the last look.
    last: Noted,
    /// Whether it was told that it does not end.
    told: bool,
}

/// Something could not be taken over.
struct Ailing {
    /// When it is tried again.
    next: Instant,
    /// When it is told again, changed or not.
    reminder: Instant,
    told: Complaints,
}

/// What could not be taken over, without words that may name the time.
#[derive(Debug, Default, PartialEq, Eq)]
struct Complaints {
    not_read: Option<String>,
    stays: BTreeMap<Place, (Vec<Told>, String)>,
}

impl Keeper {
    /// Keeps the endpoints current for as long as it runs, and tells what becomes of them. `clock` gives the time.
    ///
    /// Files are looked at on a thread of their own, as a file system may hang. What stays as it was is tried again
    /// every [`RETRY`], and told when something about it is new, or after each [`REMINDER`].
    pub async fn watch(
        self,
        clock: impl Fn() -> Timestamp,
        mut asked: UnboundedReceiver<LookNow>,
        mut tell: impl FnMut(&Result<Refreshed, NotRead>),
    ) {
        let watching = Arc::new(Mutex::new(Watching::new(self)));
        // Those who wait for an answer of their own.
        let mut waiting = VecDeque::new();
        loop {
            if waiting.is_empty() {
                tokio::select! {
                    () = sleep(INTERVAL) => {}
                    Some(first) = asked.recv() => waiting.push_back(first),
                }
            }
            let asking: Option<LookNow> = waiting.pop_front();
            // One look is enough for all who want no answer.
            while let Ok(more) = asked.try_recv() {
                waiting.extend(more.answer.is_some().then_some(more));
            }
            let why = match asking {
                Some(_) => Why::Asked,
                None => Why::InTurn,
            };
            let (now, moment) = (clock(), Instant::now());
            let looking = Arc::clone(&watching);
            let mut looked = spawn_blocking(move || locked(&looking).look(why, now, moment));
            let ended = match timeout(PATIENCE, &mut looked).await {
                Ok(ended) => ended,
                Err(_elapsed) => {
                    tell(&Err(NotRead::Hangs));
                    looked.await
                }
            };
            let look = match ended {
                Ok(look) => look,
                Err(error) => match words_of_panic(error) {
                    Some(words) => locked(&watching).after_panic(words, why, moment),
                    // The runtime is going, and takes the thread along.
                    None => return,
                },
            };
            if let Look::Done(refreshed) = look {
                tell(&refreshed);
                if let Some(answer) = asking.and_then(|asking| asking.answer) {
                    // Whoever asked may have gone; it was told all the same.
                    drop(answer.send(refreshed));
                }
            }
        }
    }
}

impl Watching {
    fn new(keeper: Keeper) -> Self {
        Self {
            keeper,
            unrest: None,
            ailing: None,
        }
    }

    fn look(&mut self, why: Why, now: Timestamp, moment: Instant) -> Look {
        let due = match why {
            Why::Asked => Due::Change,
            Why::InTurn => self.due(moment),
        };
        if due == Due::Nothing {
            return Look::Quiet;
        }
        let refreshed = self.keeper.refresh(now);
        match (&refreshed, why) {
            (Err(NotRead::Unsettled), Why::InTurn) => self.unsettled(moment),
            (Err(NotRead::Unsettled), Why::Asked) => Look::Done(refreshed),
            (Ok(_) | Err(NotRead::Source(_) | NotRead::Hangs | NotRead::Broken { .. }), _) => {
                self.unrest = None;
                self.told(refreshed, due, moment)
            }
        }
    }

    fn due(&mut self, moment: Instant) -> Due {
        let present = self.keeper.noted.now();
        if present == self.keeper.noted {
            self.unrest = None;
            let retry = self.ailing.as_ref().map(|ailing| ailing.next);
            return match retry {
                Some(next) if next <= moment => Due::Retry,
                Some(_) | None => Due::Nothing,
            };
        }
        let unrest = self.unrest.get_or_insert_with(|| Unrest {
            since: moment,
            last: Noted::default(),
            told: false,
        });
        let settled = unrest.last == present;
        unrest.last = present;
        if settled || unrest.is_long(moment) {
            Due::Change
        } else {
            Due::Nothing
        }
    }

    /// The next look finds the files settled, or changing still. That it goes on for long is told once.
    fn unsettled(&mut self, moment: Instant) -> Look {
        match &mut self.unrest {
            Some(unrest) if unrest.is_long(moment) && !unrest.told => {
                unrest.told = true;
                Look::Done(Err(NotRead::Unsettled))
            }
            Some(_) | None => Look::Quiet,
        }
    }

    /// A fault of ours keeps nobody from looking again.
    fn after_panic(&mut self, words: String, why: Why, moment: Instant) -> Look {
        self.unrest = None;
        self.keeper.noted = self.keeper.noted.now();
        let due = match why {
            Why::Asked => Due::Change,
            Why::InTurn => Due::Retry,
        };
        self.told(Err(NotRead::Broken { words }), due, moment)
    }

    /// What of it is to be told: of a retry only something new.
    fn told(&mut self, refreshed: Result<Refreshed, NotRead>, due: Due, moment: Instant) -> Look {
        let told = Complaints::of(&refreshed);
        let before = self.ailing.take();
        if told == Complaints::default() {
            return Look::Done(refreshed);
        }
        let known = before.filter(|before| {
            due == Due::Retry
                && before.told == told
                && moment < before.reminder
                && is_nothing_new(&refreshed)
        });
        self.ailing = Some(Ailing {
            next: moment + RETRY,
            reminder: known
                .as_ref()
                .map_or(moment + REMINDER, |known| known.reminder),
            told,
        });
        match known {
            Some(_) => Look::Quiet,
            None => Look::Done(refreshed),
        }
    }
}

impl Unrest {
    fn is_long(&self, moment: Instant) -> bool {
        moment.saturating_duration_since(self.since) >= MAX_UNREST
    }
}

impl Complaints {
    fn of(refreshed: &Result<Refreshed, NotRead>) -> Self {
        let refreshed = match refreshed {
            Ok(refreshed) => refreshed,
            Err(error) => {
                let cause = error.source().map(ToString::to_string);
                return Self {
                    not_read: Some(format!("{error}: {cause:?}")),
                    stays: BTreeMap::new(),
                };
            }
        };
        let stays = refreshed.endpoints.iter().filter_map(|(place, result)| {
            let stays = result.as_ref().err()?;
            let findings = stays.findings().into_iter().map(told).collect();
            Some((place.clone(), (findings, stays.to_string())))
        });
        let arranged = refreshed
            .arranged
            .iter()
            .filter_map(|(place, arrangement)| {
                let hindrance = arrangement.hindrance()?;
                let findings = hindrance.findings.iter().map(told).collect();
                Some((place.clone(), (findings, hindrance.reason.clone())))
            });
        Self {
            not_read: None,
            stays: stays.chain(arranged).collect(),
        }
    }
}

/// Whether nothing was taken over, and nothing else is to be said.
fn is_nothing_new(refreshed: &Result<Refreshed, NotRead>) -> bool {
    match refreshed {
        Err(_) => true,
        Ok(refreshed) => {
            let changed = |result: &Result<Change, Stays>| match result {
                Ok(Change::Nothing) | Err(_) => false,
                Ok(Change::Identity | Change::Trust { .. }) => true,
            };
            refreshed.mended.is_empty()
                && refreshed.new.is_empty()
                && refreshed.findings.is_empty()
                && refreshed
                    .arranged
                    .iter()
                    .all(|(_, arrangement)| arrangement.hindrance().is_some())
                && !refreshed
                    .endpoints
                    .iter()
                    .any(|(_, result)| changed(result))
        }
    }
}

fn locked(watching: &Mutex<Watching>) -> MutexGuard<'_, Watching> {
    // A panic of a look leaves a keeper that reads everything again.
    watching.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread said when it panicked; `None` if it did not.
fn words_of_panic(error: JoinError) -> Option<String> {
    let payload = error.try_into_panic().ok()?;
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    Some(text.unwrap_or_else(|| "a panic without words".to_owned()))
}

#[cfg(test)]
mod tests;
