//! How near a word is to one that exists.
//!
//! Invariant: the work is bounded by the length of the words that exist, whatever is written.

use std::cell::Cell;

/// The known word that `written` was probably meant to be: at most two letters wrong, swapped, missing
/// or too many, and fewer than a third of the word.
#[must_use]
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let mut measure = Measure::new(written);
    known
        .into_iter()
        .filter_map(|word| {
            let distance = measure.distance(word)?;
            Some((distance, word))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Guesses what was meant by names of a fleet, of which there may be tens of thousands that nobody knows, beside as
/// many that are known. A few mistakes are each guessed; where everything is unknown, guesses end and cost no more.
pub(crate) struct Guesses {
    left: Cell<usize>,
}

/// Comparisons of two names that are made in all. Our own limit: a few tenths of a second.
const MAX_COMPARISONS: usize = 2_000_000;

impl Guesses {
    pub(crate) fn new() -> Self {
        Self {
            left: Cell::new(MAX_COMPARISONS),
        }
    }

    /// As [`nearest`] of this many known words; `None` also where that would be one comparison too many.
    pub(crate) fn nearest<'a>(
        &self,
        written: &str,
        known: impl ExactSizeIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let left = self.left.get().checked_sub(known.len())?;
        self.left.set(left);
        nearest(written, known)
    }
}

/// The most letters that may be wrong, however long the word is.
const MAX_DISTANCE: usize = 2;

/// A word that others are compared with, and room for the three lines of the table that this takes: there may
/// be tens of thousands of others.
struct Measure<'w> {
    written: &'w str,
    letters: usize,
    right: Vec<char>,
    before_last: Vec<usize>,
    last: Vec<usize>,
    current: Vec<usize>,
}

impl<'w> Measure<'w> {
    fn new(written: &'w str) -> Self {
        Self {
            written,
            letters: written.chars().count(),
            right: Vec::new(),
            before_last: Vec::new(),
            last: Vec::new(),
            current: Vec::new(),
        }
    }

    /// The number of single changes (Damerau-Levenshtein, adjacent swaps) from the written word to `word`, if
    /// `word` is near enough to be meant.
    fn distance(&mut self, word: &str) -> Option<usize> {
        // No letter has more than four octets, so most words are too long or too short at first sight.
        if word.len() > 4 * (self.letters + MAX_DISTANCE) {
            return None;
        }
        self.right.clear();
        self.right.extend(word.chars());
        let allowed = MAX_DISTANCE.min(self.right.len() / 3);
        if self.letters.abs_diff(self.right.len()) > allowed {
            return None;
        }
        self.before_last.clear();
        self.before_last.resize(self.right.len() + 1, 0);
        self.last.clear();
        self.last.extend(0..=self.right.len());
        let mut previous: Option<char> = None;
        for (row, letter) in self.written.chars().enumerate() {
            self.line(row, letter, previous);
            if self.last.iter().all(|&distance| distance > allowed) {
                return None;
            }
            previous = Some(letter);
        }
        self.last
            .last()
            .copied()
            .filter(|&distance| distance <= allowed)
    }

    /// The next line of the table, for the letter of the written word at `row`.
    fn line(&mut self, row: usize, letter: char, previous: Option<char>) {
        let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
        self.current.clear();
        self.current.push(row + 1);
        for (column, &r) in self.right.iter().enumerate() {
            let change = at(&self.last, column) + usize::from(letter != r);
            let mut best = change
                .min(at(&self.last, column + 1) + 1)
                .min(at(&self.current, column) + 1);
            let swapped = column.checked_sub(1).and_then(|i| self.right.get(i)) == Some(&letter)
                && previous == Some(r);
            if swapped {
                best = best.min(at(&self.before_last, column - 1) + 1);
            }
            self.current.push(best);
        }
        std::mem::swap(&mut self.before_last, &mut self.last);
        std::mem::swap(&mut self.last, &mut self.current);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 4] = ["tls", "tls-mutual", "certificate", "certificate-key"];

    #[track_caller]
    fn check(written: &str, want: Option<&str>) {
        assert_eq!(nearest(written, WORDS), want, "{written}");
    }

    #[test]
    fn guesses_come_to_an_end() {
        let known: Vec<String> = (0..MAX_COMPARISONS / 3).map(|n| n.to_string()).collect();
        let guesses = Guesses::new();
        let guess = |written| guesses.nearest(written, known.iter().map(String::as_str));
        for _ in 0..3 {
            assert_eq!(guess("12345"), Some("12345"));
        }
        assert_eq!(guess("12345"), None);
        assert_eq!(
            Guesses::new().nearest("tlss", WORDS.into_iter()),
            Some("tls")
        );
    }

    #[test]
    fn near_words_are_found_and_far_ones_not() {
        check("tls-mutal", Some("tls-mutual"));
        check("tls_mutual", Some("tls-mutual"));
        check("tls-mutaul", Some("tls-mutual"));
        check("certifcate-key", Some("certificate-key"));
        check("certificates", Some("certificate"));
        check("tlss", Some("tls"));
        check("tsl", Some("tls"));
        check("ssl", None);
        check("port", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }
}
