//! From bytes of a text to line and column.
//!
//! Invariant: asking in the order of the text costs one walk over it, however long its lines are.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use crate::span::{Location, Spot};

/// A text with the starts of its lines.
pub(crate) struct Lines<'s> {
    file: Arc<str>,
    text: &'s str,
    starts: Vec<usize>,
    /// The byte asked for last, and its column from 0: the next question is mostly right of it.
    last: Cell<(usize, usize)>,
    /// The line asked for last, from 1: the next question is mostly about it or one of those below.
    last_line: Cell<usize>,
}

impl<'s> Lines<'s> {
    /// The lines of `text`, which came from `file`.
    pub(crate) fn new(file: &str, text: &'s str) -> Self {
        // Lines are short: to look at each octet is faster than to search.
        let newlines = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n');
        let starts = std::iter::once(0)
            .chain(newlines.map(|(_, next)| next))
            .collect();
        Self {
            file: file.into(),
            text,
            starts,
            last: Cell::new((0, 0)),
            last_line: Cell::new(1),
        }
    }

    /// The spot of a range of bytes.
    pub(crate) fn spot(&self, range: Range<usize>) -> Spot {
        Spot::File(self.location(range))
    }

    /// The line of a byte, from 1.
    fn line(&self, byte: usize) -> usize {
        /// Lines that are looked at below the last one before all are searched.
        const NEAR: usize = 8;
        let last = self.last_line.get();
        let from = self.starts.get(last - 1..).unwrap_or_default();
        let near = from.iter().take(NEAR + 1);
        let near = near.take_while(|&&start| start <= byte).count();
        let line = if (1..=NEAR).contains(&near) {
            last + near - 1
        } else {
            let all = self.starts.partition_point(|&start| start <= byte);
            all.max(1)
        };
        self.last_line.set(line);
        line
    }

    fn location(&self, range: Range<usize>) -> Location {
        let line = self.line(range.start);
        let line_start = self.starts.get(line - 1).copied().unwrap_or(0);
        let (last, last_column) = self.last.get();
        let (from, column) = if (line_start..=range.start).contains(&last) {
            (last, last_column)
        } else {
            (line_start, 0)
        };
        let walked = self
            .text
            .get(from..range.start)
            .map_or(0, |text| text.chars().count());
        let column = column + walked;
        self.last.set((range.start, column));
        Location {
            file: Arc::clone(&self.file),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
            start: range.start,
            end: range.end.max(range.start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &Lines<'_>, at: usize, want: &str) {
        assert_eq!(lines.location(at..at).to_string(), want);
    }

    #[test]
    fn lines_and_columns_count_from_one_and_columns_are_characters() {
        let lines = Lines::new("f", "aé=1\n\nb\n");
        check(&lines, 0, "f:1:1");
        check(&lines, 3, "f:1:3");
        check(&lines, 6, "f:2:1");
        check(&lines, 7, "f:3:1");
        check(&lines, 4, "f:1:4");
        check(&lines, 3, "f:1:3");
        check(&lines, 9, "f:4:1");
    }
}
