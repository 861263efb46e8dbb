//! Graphs of one line each: of the last looks, and of how full a room is.
//!
//! Invariant: a graph has one column for each look, the newest last, and its highest column is the most that it shows.

use std::collections::VecDeque;

use crate::output::{Output, Printed};

/// Looks that are kept: a minute of them with the usual interval, and a line of them fits beside its numbers.
const LOOKS: usize = 60;

/// Eighths of a line, from nearly nothing to all of it.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Columns of a name, and of a graph: with both and its numbers a line has less than 80.
const NAME_COLUMNS: usize = 16;
const GRAPH_COLUMNS: usize = 30;

/// A line for each: its name, the newest, the last looks, and the most of them.
pub(super) fn draw_graphs(
    out: &mut Output,
    graphs: &[(&str, &History)],
    shown: fn(f64) -> String,
) -> Printed {
    for (name, history) in graphs {
        let (now, most) = (shown(history.now()), shown(history.most()));
        let (now, most) = (format!("{now}/s"), format!("most {most}/s"));
        let graph = history.graph(GRAPH_COLUMNS);
        writeln!(out, "{name:<NAME_COLUMNS$}  {now:>10}  {graph}  {most}")?;
    }
    Ok(())
}

/// How full a room is.
pub(super) fn draw_room(out: &mut Output, name: &str, used: usize, limit: usize) -> Printed {
    let filled = used.saturating_mul(GRAPH_COLUMNS).div_ceil(limit.max(1));
    let filled = filled.min(GRAPH_COLUMNS);
    let bar = format!(
        "{}{}",
        "█".repeat(filled),
        "░".repeat(GRAPH_COLUMNS.saturating_sub(filled))
    );
    writeln!(out, "{name:<NAME_COLUMNS$}  {used:>10}  {bar}  of {limit}")
}

/// A figure of each of the last looks.
#[derive(Debug, Default)]
pub(super) struct History(VecDeque<f64>);

impl History {
    pub(super) fn push(&mut self, value: f64) {
        if self.0.len() == LOOKS {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    /// The newest.
    fn now(&self) -> f64 {
        self.0.back().copied().unwrap_or_default()
    }

    /// The most of them.
    fn most(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }

    /// The newest of them as columns, so many at most, with blanks before if there are fewer.
    fn graph(&self, columns: usize) -> String {
        let columns = columns.min(LOOKS);
        let left_out = self.0.len().saturating_sub(columns);
        let most = self.most();
        let blanks = columns.saturating_sub(self.0.len());
        let shown = self.0.iter().skip(left_out);
        std::iter::repeat_n(' ', blanks)
            .chain(shown.map(|value| column(*value, most)))
            .collect()
    }
}

/// Nothing is the lowest column: it was looked.
fn column(value: f64, most: f64) -> char {
    let [lowest, higher @ ..] = HEIGHTS;
    // Parts of the most that the columns after the first begin above.
    let begins = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|seventh| most * seventh / 7.0);
    let steps = begins.into_iter().zip(higher);
    let reached = steps.take_while(|(begin, _)| value > *begin).last();
    reached.map_or(lowest, |(_, column)| column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[f64], columns: usize, want: &str) {
        let mut history = History::default();
        values.iter().for_each(|value| history.push(*value));
        assert_eq!(history.graph(columns), want);
    }

    #[test]
    fn a_graph_has_a_column_for_each_look_and_the_most_fills_the_line() {
        check(&[], 3, "   ");
        check(&[0.0, 0.0], 3, " ▁▁");
        check(&[0.0, 1.0, 7.0], 3, "▁▂█");
        check(&[7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0], 8, "█▇▆▅▄▃▂▁");
        // The highest may be out of sight: the columns stay as they were while it is among the last looks.
        check(&[8.0, 4.0, 2.0], 2, "▅▃");
    }

    #[test]
    fn what_is_a_minute_ago_is_forgotten() {
        let mut history = History::default();
        history.push(100.0);
        for _ in 0..LOOKS {
            history.push(1.0);
        }
        assert_eq!((history.most(), history.now()), (1.0, 1.0));
        assert_eq!(history.graph(LOOKS + 10), "█".repeat(LOOKS));
    }
}
