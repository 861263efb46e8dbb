//! A reader on trial: seeds, what becomes of them, and what is asked of every outcome.
//!
//! Invariant: whatever a file holds, the reader gives a value or a named error, and its memory stays
//! within what the trial allows. Whoever links this crate has its memory counted.

use std::error::Error;
use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;

use crate::numbers::Numbers;
use crate::{octets, text};

#[global_allocator]
pub(crate) static MEMORY: PeakAlloc = PeakAlloc;

/// The counts are of the whole program: one trial at a time.
pub(crate) static TURN: Mutex<()> = Mutex::new(());

/// The test program's other threads are counted too; a reader takes the same each time.
pub(crate) const TRIES: usize = 20;

/// Longest message: texts of a file are quoted shortened.
const MAX_MESSAGE_BYTES: usize = 4096;

/// What a reader may allocate for a file, at most.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// For each octet of the file.
    pub per_octet: usize,
    /// For any file.
    pub octets: usize,
}

/// What a reader says to a file that it refuses.
pub type Refusal = Box<dyn Error>;

/// A reader on trial.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// What it may allocate.
    pub memory: Memory,
    /// Damaged copies of each seed.
    pub rounds: usize,
    /// Decides which damage.
    pub seed: u64,
}

/// How many files a reader took, of those that it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a reader that refuses everything passes: say how much it has to read"]
pub struct Taken {
    /// Of the seeds as they are.
    pub seeds: usize,
    /// Of the damaged copies.
    pub damaged: usize,
}

impl Taken {
    /// At least so many seeds and so many damaged copies were read, and the others refused.
    ///
    /// # Panics
    ///
    /// When it were fewer: then the trial looked at refusals only.
    #[track_caller]
    pub fn is_at_least(self, seeds: usize, damaged: usize) {
        assert!(
            self.seeds >= seeds && self.damaged >= damaged,
            "only {} seeds and {} damaged copies were read; {seeds} and {damaged} are expected",
            self.seeds,
            self.damaged
        );
    }
}

impl Trial {
    /// With damaged copies of files.
    ///
    /// # Panics
    ///
    /// When the reader breaks one of the rules; a line on standard error says with which file.
    pub fn of_octets<N: AsRef<str>>(
        &self,
        files: &[(N, Vec<u8>)],
        read: impl Fn(&[u8]) -> Result<(), Refusal>,
    ) -> Taken {
        let mut taken = Taken::default();
        let mut numbers = Numbers::new(self.seed);
        for (name, file) in files {
            let name = name.as_ref();
            taken.seeds += usize::from(self.one(name, file, &read));
            for round in 0..self.rounds {
                let other = &numbers.one_of(files).1;
                let damaged = octets::mutated(file, other, &mut numbers);
                let name = format!("{name}, damaged {round}");
                taken.damaged += usize::from(self.one(&name, &damaged, &read));
            }
        }
        taken
    }

    /// With damaged copies of texts.
    ///
    /// # Panics
    ///
    /// As [`Self::of_octets`].
    pub fn of_texts(&self, texts: &[&str], read: impl Fn(&str) -> Result<(), Refusal>) -> Taken {
        let mut taken = Taken::default();
        let read = |octets: &[u8]| read(&String::from_utf8_lossy(octets));
        let mut numbers = Numbers::new(self.seed);
        for seed in texts {
            taken.seeds += usize::from(self.one(seed, seed.as_bytes(), read));
            for round in 0..self.rounds {
                let other = numbers.one_of(texts);
                let damaged = text::mutated(seed, other, &mut numbers);
                let name = format!("{:?}, damaged {round}: {damaged:?}", start(seed));
                taken.damaged += usize::from(self.one(&name, damaged.as_bytes(), read));
            }
        }
        taken
    }

    /// With one file; says whether it was read.
    ///
    /// # Panics
    ///
    /// As [`Self::of_octets`].
    pub fn one(
        &self,
        name: &str,
        file: &[u8],
        read: impl Fn(&[u8]) -> Result<(), Refusal>,
    ) -> bool {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let _told = OnPanic(name, file);
        let allowed = self.memory.octets + self.memory.per_octet * file.len();
        let (mut outcome, mut used) = measured(file, &read);
        for _ in 1..TRIES {
            if used > allowed {
                (outcome, used) = measured(file, &read);
            }
        }
        assert!(
            used <= allowed,
            "{used} octets of memory for a file of {}; {allowed} are allowed",
            file.len()
        );
        match outcome {
            Ok(()) => true,
            Err(refusal) => {
                check_error(refusal.as_ref());
                false
            }
        }
    }
}

/// What the reader says, and the most memory that was in use meanwhile.
fn measured(
    file: &[u8],
    read: &impl Fn(&[u8]) -> Result<(), Refusal>,
) -> (Result<(), Refusal>, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let outcome = read(file);
    let used = MEMORY.peak_usage().saturating_sub(before);
    (outcome, used)
}

/// Says which file it was.
struct OnPanic<'a>(&'a str, &'a [u8]);

impl Drop for OnPanic<'_> {
    #[expect(
        clippy::print_stderr,
        reason = "a test that fails shows what it printed"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let file = &self.1[..self.1.len().min(2000)];
            eprintln!(
                "the file: {} ({} octets)\n{}",
                start(self.0),
                self.1.len(),
                file.escape_ascii()
            );
        }
    }
}

fn start(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(1000)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// The error and all its causes are sentences that a terminal can show.
///
/// # Panics
///
/// When one is not.
pub fn check_error(error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        check_message(&error.to_string());
        next = error.source();
    }
}

/// What several readers say to one file: it is read if one of them takes it, and every refusal is a
/// sentence.
///
/// # Errors
///
/// The last refusal, if all refuse.
///
/// # Panics
///
/// When a refusal is none that a terminal can show.
pub fn one_is_read<const N: usize>(outcomes: [Option<Refusal>; N]) -> Result<(), Refusal> {
    let refusals: Vec<Refusal> = outcomes.into_iter().flatten().collect();
    refusals
        .iter()
        .for_each(|refusal| check_error(refusal.as_ref()));
    let all = refusals.len() == N;
    refusals
        .into_iter()
        .last()
        .filter(|_| all)
        .map_or(Ok(()), Err)
}

/// A message is not empty, not endless, and has no characters that a terminal acts on.
///
/// # Panics
///
/// When it is not so.
#[track_caller]
pub fn check_message(message: &str) {
    assert!(!message.is_empty(), "an empty message");
    assert!(
        message.len() <= MAX_MESSAGE_BYTES,
        "a message of {} octets: {}",
        message.len(),
        start(message)
    );
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    assert!(!message.contains(acts), "raw characters: {message:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIAL: Trial = Trial {
        memory: Memory {
            per_octet: 2,
            octets: 10_000,
        },
        rounds: 10,
        seed: 1,
    };

    fn is_refused(read: impl Fn(&[u8]) -> Result<(), Refusal> + std::panic::UnwindSafe) {
        let outcome = std::panic::catch_unwind(|| TRIAL.one("a file", &[0; 100], read));
        assert!(outcome.is_err());
    }

    #[test]
    fn what_is_asked_is_found_out() {
        let files = [("a", vec![1, 2]), ("b", Vec::new())];
        let refused = TRIAL.of_octets(&files, |_| Err("no".into()));
        assert_eq!(refused, Taken::default());
        let guarded = std::panic::catch_unwind(|| refused.is_at_least(0, 1));
        assert!(guarded.is_err());
        TRIAL
            .of_texts(&["a = 1\n", ""], |_| Ok(()))
            .is_at_least(2, 20);
        is_refused(|_| Err("".into()));
        is_refused(|_| Err("a\u{1b}[31m".into()));
        is_refused(|_| Err("a".repeat(5000).into()));
        is_refused(|_| {
            drop(std::hint::black_box(vec![1_u8; 20_000]));
            Ok(())
        });
        is_refused(|file| Err(format!("{}", file[100]).into()));
    }
}
