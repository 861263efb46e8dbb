//! Finds applications by their names: half a million connections each look for one.
//!
//! A sorted list of numbers made of the names, which stays in the cache of a processor, where a tree of texts does not.
//! Invariant: every text that was given is among the candidates for it; others may be as well.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Texts by numbers made of them, each with its position.
pub(crate) struct NameIndex(Vec<(u64, usize)>);

impl NameIndex {
    /// Of these texts, which have the positions 0, 1 and so on.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut all: Vec<(u64, usize)> = texts
            .enumerate()
            .map(|(position, text)| (number(text), position))
            .collect();
        all.sort_unstable();
        Self(all)
    }

    /// The positions at which `text` may be.
    pub(crate) fn candidates(&self, text: &str) -> impl Iterator<Item = usize> {
        let number = number(text);
        let start = self.0.partition_point(|(known, _)| *known < number);
        self.0
            .iter()
            .skip(start)
            .take_while(move |(known, _)| *known == number)
            .map(|(_, position)| *position)
    }
}

/// The same for the same text within a run of the program.
fn number(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[usize]) {
        let index = NameIndex::new(["b", "a", "", "b"].into_iter());
        assert_eq!(index.candidates(text).collect::<Vec<_>>(), want);
    }

    #[test]
    fn a_text_is_found_wherever_it_is() {
        check("a", &[1]);
        check("b", &[0, 3]);
        check("", &[2]);
        check("c", &[]);
    }
}
