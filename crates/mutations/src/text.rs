//! Damage to texts: what a careless or hostile hand writes.
//!
//! Invariant: the result is text.

use crate::numbers::Numbers;

/// What breaks readers of texts: ends of lines, quotes, brackets, controls, what turns a line around.
const PIECES: [&str; 30] = [
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{1b}[31m",
    "é",
    "𝒜",
    "=",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\\u0000",
    "#",
    ";",
    ",",
    "/",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "${",
    "$(",
    "..",
    "-1",
    "99999999999999999999",
    "\u{85}",
];
/// Longest part that is removed or repeated, in characters.
const PART: usize = 40;
const STEPS: usize = 4;

/// A damaged copy of `seed`; `other` is what lines are taken from.
#[must_use]
pub fn mutated(seed: &str, other: &str, numbers: &mut Numbers) -> String {
    let mut text: Vec<char> = seed.chars().collect();
    for _ in 0..=numbers.below(STEPS) {
        let at = numbers.below(text.len() + 1);
        let end = (at + numbers.below(PART)).min(text.len());
        match numbers.below(7) {
            0 | 1 => drop(text.splice(at..at, numbers.one_of(&PIECES).chars())),
            2 => drop(text.splice(at..end, numbers.one_of(&PIECES).chars())),
            3 => drop(text.drain(at..end)),
            4 => {
                let copy = text[at..end].to_vec();
                text.splice(at..at, copy);
            }
            5 => {
                let lines: Vec<_> = other.split_inclusive('\n').collect();
                if !lines.is_empty() {
                    text.splice(at..at, numbers.one_of(&lines).chars());
                }
            }
            _ => text.truncate(at),
        }
    }
    text.into_iter().collect()
}
