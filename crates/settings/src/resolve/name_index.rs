//! Finds applications by their names: half a million connections each look for one.
//!
//! A list of numbers made of the names, where a search in a tree of texts waits for memory at every step.
//! Invariant: a text is found at each position at which it was given, and nowhere else.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Texts by numbers made of them.
pub(crate) struct NameIndex<'t> {
    texts: Vec<&'t str>,
    /// Each number with the position of its text, in order.
    numbers: Vec<(u64, usize)>,
    /// Where those begin that start with the same bits, by these; and the end.
    starts: Vec<usize>,
    /// How many bits a number has behind these.
    shift: u32,
}

impl<'t> NameIndex<'t> {
    /// Of these texts, which have the positions 0, 1 and so on.
    pub(crate) fn new(texts: impl Iterator<Item = &'t str>) -> Self {
        let texts: Vec<&str> = texts.collect();
        let mut all: Vec<(u64, usize)> = texts
            .iter()
            .enumerate()
            .map(|(position, text)| (number(text), position))
            .collect();
        all.sort_unstable();
        // About as many starts as numbers; at least one bit, since a number cannot be shifted by all that it has.
        let bits = (all.len().max(2)).ilog2();
        let shift = u64::BITS - bits;
        let starts = (0..1_u64 << bits)
            .map(|first| all.partition_point(|(known, _)| known >> shift < first))
            .chain([all.len()]);
        Self {
            texts,
            starts: starts.collect(),
            numbers: all,
            shift,
        }
    }

    /// The positions at which `text` is.
    pub(crate) fn positions(&self, text: &str) -> impl Iterator<Item = usize> {
        let number = number(text);
        let first = usize::try_from(number >> self.shift).unwrap_or(usize::MAX - 1);
        let range = self.starts.get(first).zip(self.starts.get(first + 1));
        let near = range.and_then(|(start, end)| self.numbers.get(*start..*end));
        near.unwrap_or_default()
            .iter()
            .filter(move |(known, _)| *known == number)
            .map(|(_, position)| *position)
            .filter(move |position| self.texts.get(*position) == Some(&text))
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
        assert_eq!(index.positions(text).collect::<Vec<_>>(), want);
    }

    #[test]
    fn a_text_is_found_wherever_it_is() {
        let many: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let index = NameIndex::new(many.iter().map(String::as_str));
        for (position, text) in many.iter().enumerate() {
            assert!(index.positions(text).eq([position]), "{text}");
        }
        let none = NameIndex::new([].into_iter());
        assert_eq!(none.positions("a").count(), 0);
        check("a", &[1]);
        check("b", &[0, 3]);
        check("", &[2]);
        check("c", &[]);
    }
}
