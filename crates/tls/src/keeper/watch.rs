//! Looking at the files of endpoints from time to time, and at once when somebody asks for it.
//!
//! The system is asked about each file once in an interval, and nothing is read unless one has changed. That works on
//! every file system, those of networks included, through every link; and it costs little.
//!
//! Invariant: what is still being changed is left alone, until nothing more has changed for an interval.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use trustpack_material::files::watched::Noted;
use trustpack_x509::time::Timestamp;

use super::{Keeper, NotRead, Refreshed};

/// How often files are looked at.
///
/// Source: ours; a look at a file takes a few microseconds.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Somebody asks for a look at once: a signal, a command.
#[derive(Debug, Default)]
pub struct LookNow {
    /// Where what became of it is given to, for whoever wants to know more than that it was told.
    pub answer: Option<oneshot::Sender<Result<Refreshed, NotRead>>>,
}

/// Why files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// An interval is over.
    InTurn,
    /// Somebody asked: everything is read again, changed or not.
    Asked,
}

/// What is to be told of a look.
enum Look {
    /// Nothing has changed, or is still changing.
    Quiet,
    /// Everything was read again.
    Done(Result<Refreshed, NotRead>),
}

impl Keeper {
    /// Keeps the endpoints current for as long as it runs, and tells what becomes of them. `clock` gives the time.
    ///
    /// Files are looked at on a thread of their own, as a file system may hang.
    pub async fn watch(
        self,
        clock: impl Fn() -> Timestamp,
        mut asked: UnboundedReceiver<LookNow>,
        mut tell: impl FnMut(&Result<Refreshed, NotRead>),
    ) {
        let mut keeper = self;
        // Files as they were in the last look, if they were changing then.
        let mut changing: Option<Noted> = None;
        loop {
            let asked = tokio::select! {
                () = sleep(INTERVAL) => None,
                Some(asked) = asked.recv() => Some(asked),
            };
            let why = if asked.is_some() {
                Why::Asked
            } else {
                Why::InTurn
            };
            let now = clock();
            let looked = spawn_blocking(move || {
                let look = look(&mut keeper, &mut changing, why, now);
                (keeper, changing, look)
            });
            let look;
            (keeper, changing, look) = match looked.await {
                Ok(looked) => looked,
                // The runtime is going, and takes the thread along.
                Err(_gone) => return,
            };
            match look {
                Look::Quiet => {}
                Look::Done(refreshed) => {
                    tell(&refreshed);
                    if let Some(answer) = asked.and_then(|asked| asked.answer) {
                        // Whoever asked may have gone; it was told all the same.
                        drop(answer.send(refreshed));
                    }
                }
            }
        }
    }
}

fn look(keeper: &mut Keeper, changing: &mut Option<Noted>, why: Why, now: Timestamp) -> Look {
    let before = changing.take();
    if why == Why::InTurn {
        let present = keeper.noted.now();
        if present == keeper.noted {
            return Look::Quiet;
        }
        if before.as_ref() != Some(&present) {
            *changing = Some(present);
            return Look::Quiet;
        }
    }
    let refreshed = keeper.refresh(now);
    if matches!(refreshed, Err(NotRead::Source(_))) {
        // Told once: until something changes again nothing is better.
        keeper.noted = keeper.noted.now();
    }
    match (refreshed, why) {
        // The next look finds it settled, or changing still.
        (Err(NotRead::Unsettled), Why::InTurn) => Look::Quiet,
        (refreshed, _) => Look::Done(refreshed),
    }
}
