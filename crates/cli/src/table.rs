//! Tables for people: columns as wide as what stands in them, two blanks between them.
//!
//! Not for programs, which get `--json`. Invariant: no cell acts on the terminal or breaks its line.
//!
//! A long table is written in parts: after each [`Table::write`] the rows so far are forgotten, the
//! widths are kept, so that memory stays small and columns stay in line.

use unicode_width::UnicodeWidthStr as _;

use crate::output::{Output, Printed};
use crate::terminal_text::one_line;

/// A table under way.
#[derive(Debug)]
pub(crate) struct Table {
    /// Written before the first row; none once that was done.
    headings: Option<Vec<String>>,
    widths: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings; it has as many columns.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self {
            headings: Some(headings.iter().map(|&heading| heading.to_owned()).collect()),
            widths: headings.iter().map(|heading| heading.width()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<String>) -> &mut Self {
        let cells: Vec<String> = cells.iter().map(|cell| one_line(cell)).collect();
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.width());
        }
        self.rows.push(cells);
        self
    }

    /// How many rows wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.rows.len()
    }

    /// Writes the rows that wait, under the headings if these have not been written.
    pub(crate) fn write(&mut self, out: &mut Output) -> Printed {
        let headings = self.headings.take();
        for row in headings.iter().chain(&self.rows) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&self.widths) {
                line.push_str(cell);
                let padding = width.saturating_sub(cell.width()) + 2;
                line.extend(std::iter::repeat_n(' ', padding));
            }
            writeln!(out, "{}", line.trim_end_matches(' '))?;
        }
        self.rows.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::text;

    #[test]
    fn columns_are_in_line() {
        let mut table = Table::new(&["serial", "subject", ""]);
        table.row(vec!["01".into(), "/CN=日本".into(), "x".into()]);
        table.row(vec!["0A0B0C0D".into(), "/CN=a\nb\u{1b}".into(), "".into()]);
        assert_eq!(table.waiting(), 2);
        let first = text(|out| table.write(out)).unwrap();
        table.row(vec!["02".into(), "/CN=c".into(), "y".into()]);
        let second = text(|out| table.write(out)).unwrap();
        assert_eq!(
            first + &second,
            "serial    subject\n\
             01        /CN=日本        x\n\
             0A0B0C0D  /CN=a\\nb\\u{1b}\n\
             02        /CN=c           y\n"
        );
    }
}
