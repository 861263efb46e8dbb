//! The lines of a log, read, explained and told.
//!
//! Invariant: of a log of any length only what it tells is held, each thing once, and never more than so many of these.

use std::io::{BufRead as _, Read as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::Serialize;
use trustpack_probe::explain::caller;
use trustpack_probe::explain::gathering::{Gathered, Gathering};
use trustpack_probe::explain::log_line::{LogLine, MAX_LINE_BYTES};
use trustpack_x509::time::Timestamp;

use super::Known;
use crate::failure::Failure;
use crate::output::{Output, Printed};
use crate::session::Session;

/// Different explanations that one document holds; in text they are forgotten when they are printed.
///
/// Source: ours; some hundred megabytes.
pub(super) const MAX_EXPLAINED: usize = 100_000;

/// Different explanations that are held before they are printed.
///
/// Source: ours; a few megabytes, and more than anybody reads.
const MAX_HELD: usize = 1_000;

/// How long a log is silent that is told of up to there.
///
/// Source: ours; somebody who waits for the next line does not notice it.
const PAUSE: Duration = Duration::from_secs(1);

/// How long something is held of a log that never pauses.
///
/// Source: ours; that it is told of once a minute is often enough.
const HELD: Duration = Duration::from_secs(60);

/// Lines that are read ahead.
///
/// Source: ours; together a few megabytes at most.
const AHEAD: usize = 64;

/// The document of `--json`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Document {
    explained: Vec<Explained>,
    passed_over: usize,
    /// Lines whose explanations are beyond those that a document holds.
    pub(super) left_out: usize,
    #[serde(skip)]
    pub(super) told: usize,
}

#[derive(Debug, Serialize)]
struct Explained {
    /// Which of the lines, from 1.
    line: usize,
    place: Option<String>,
    /// Whether the fleet has that place; not known without a fleet.
    in_fleet: Option<bool>,
    reason: String,
    what: String,
    at: String,
    remedy: String,
    /// How many lines tell the same, and when the first and the last were written.
    count: usize,
    first: Option<String>,
    last: Option<String>,
    #[serde(skip)]
    sentence: String,
}

/// What was told, and what is to be.
pub(super) struct Telling {
    known: Option<Known>,
    json: bool,
    gathering: Gathering,
    pub(super) document: Document,
}

impl Telling {
    pub(super) fn new(known: Option<Known>, json: bool) -> Self {
        Self {
            known,
            json,
            gathering: Gathering::default(),
            document: Document::default(),
        }
    }

    /// Takes a log to its end, and tells of it where it pauses: it may go on for ever.
    pub(super) fn take_log(
        &mut self,
        lines: &Receiver<std::io::Result<String>>,
        session: &mut Session,
    ) -> Result<(), Failure> {
        let mut number = 0;
        let mut told = Instant::now();
        loop {
            if self.gathering.is_empty() {
                told = Instant::now();
            }
            match lines.recv_timeout(PAUSE) {
                Ok(line) => {
                    number += 1;
                    self.take(number, &line.map_err(Failure::request)?, session)?;
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => self.tell_so_far(session)?,
            }
            if told.elapsed() > HELD {
                self.tell_so_far(session)?;
            }
        }
    }

    /// Explains a line.
    pub(super) fn take(
        &mut self,
        number: usize,
        text: &str,
        session: &mut Session,
    ) -> Result<(), Failure> {
        let line = LogLine::read(text);
        let ends = line
            .as_ref()
            .zip(self.known.as_ref())
            .map(|(line, known)| known.ends(line));
        let ends = ends.unwrap_or_default();
        let told = line.and_then(|line| {
            let explanation = caller::explanation(&line, &ends, session.now)?;
            Some((line, explanation))
        });
        let Some((line, explanation)) = told else {
            self.document.passed_over += 1;
            return Ok(());
        };
        self.document.told += 1;
        if self.json && self.gathering.len() >= MAX_EXPLAINED {
            self.document.left_out += 1;
            return Ok(());
        }
        self.gathering.take(number, line, explanation);
        if self.gathering.len() >= MAX_HELD {
            self.tell_so_far(session)?;
        }
        Ok(())
    }

    /// In text; a document is one, and told at the end.
    fn tell_so_far(&mut self, session: &mut Session) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        self.tell(session)
    }

    /// Tells what was gathered.
    pub(super) fn tell(&mut self, session: &mut Session) -> Result<(), Failure> {
        for gathered in std::mem::take(&mut self.gathering).finish() {
            let explained = Explained::new(gathered, self.known.as_ref());
            if self.json {
                self.document.explained.push(explained);
            } else {
                explained.write(&mut session.out)?;
            }
        }
        session.out.flush()?;
        Ok(())
    }
}

impl Explained {
    fn new(gathered: Gathered, known: Option<&Known>) -> Self {
        let Gathered {
            line,
            place,
            reason,
            explanation,
            count,
            times,
        } = gathered;
        let (first, last) = times.unzip();
        let in_words = |time: Timestamp| time.to_string();
        Self {
            line,
            in_fleet: place
                .as_ref()
                .zip(known)
                .map(|(place, known)| known.has(place)),
            place: place.map(|place| place.to_string()),
            reason,
            sentence: explanation.to_string(),
            what: explanation.what,
            at: explanation.at.to_string(),
            remedy: explanation.remedy,
            count,
            first: first.map(in_words),
            last: last.map(in_words),
        }
    }

    fn write(&self, out: &mut Output) -> Printed {
        match &self.place {
            Some(place) if self.in_fleet == Some(false) => writeln!(
                out,
                "{place} (which the fleet does not have): {}",
                self.sentence
            ),
            Some(place) => writeln!(out, "{place}: {}", self.sentence),
            None => writeln!(out, "{}", self.sentence),
        }?;
        match (&self.first, &self.last) {
            _ if self.count < 2 => Ok(()),
            (Some(first), Some(last)) if first == last => {
                writeln!(out, "  {} times, at {first}", self.count)
            }
            (Some(first), Some(last)) => {
                writeln!(out, "  {} times, from {first} to {last}", self.count)
            }
            (None, _) | (_, None) => writeln!(out, "  {} times", self.count),
        }
    }
}

/// The lines of standard input, which is read on while nothing comes.
pub(super) fn log_lines() -> Result<Receiver<std::io::Result<String>>, Failure> {
    let (sender, receiver) = sync_channel(AHEAD);
    let read = move || {
        let mut input = std::io::stdin().lock();
        while let Some(line) = next(&mut input).transpose() {
            let has_failed = line.is_err();
            // Nobody listens any more where nothing can be printed.
            if sender.send(line).is_err() || has_failed {
                return;
            }
        }
    };
    // It ends with the log, or with the program.
    std::thread::Builder::new()
        .spawn(read)
        .map_err(Failure::request)?;
    Ok(receiver)
}

/// The next line, as much of it as is looked at, and one byte more of one that is longer; what is beyond is read and thrown
/// away.
fn next(input: &mut impl std::io::BufRead) -> std::io::Result<Option<String>> {
    let mut octets = Vec::new();
    let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
    let most = most.saturating_add(1);
    let count = input.by_ref().take(most).read_until(b'\n', &mut octets)?;
    if count > MAX_LINE_BYTES && octets.last() != Some(&b'\n') {
        input.skip_until(b'\n')?;
    }
    if octets.last() == Some(&b'\n') {
        octets.pop();
    }
    Ok((count > 0).then(|| String::from_utf8_lossy(&octets).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_line_is_no_line() {
        let long = "a".repeat(3 * MAX_LINE_BYTES);
        let text = format!("{long}\n{}\nlast", "b".repeat(MAX_LINE_BYTES));
        let mut input = text.as_bytes();
        let mut lines = Vec::new();
        while let Some(line) = next(&mut input).expect("memory does not fail") {
            lines.push(line.len());
        }
        assert_eq!(lines, [MAX_LINE_BYTES + 1, MAX_LINE_BYTES, 4]);
    }
}
