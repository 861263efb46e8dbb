//! On which line of `hosts.csv` a record begins.
//!
//! A record may have several lines, and what the reader of the library says is one too low after CRLF.
//! Invariant: lines are counted from 1, as editors do.

use csv::ByteRecord;

/// Says on which line a record begins.
pub(super) struct LineCounter<'t> {
    octets: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    pub(super) fn new(octets: &'t [u8]) -> Self {
        Self {
            octets,
            at: 0,
            line: 1,
        }
    }

    /// Records must come in their order.
    pub(super) fn line_of(&mut self, record: &ByteRecord) -> u64 {
        let position = record.position().map_or(0, csv::Position::byte);
        let begin = usize::try_from(position).unwrap_or(usize::MAX);
        let is_break = |octet: &u8| matches!(octet, b'\r' | b'\n');
        while let Some(octet) = self.octets.get(self.at) {
            if self.at >= begin && !is_break(octet) {
                break;
            }
            self.at += 1;
            let before_feed = *octet == b'\r' && self.octets.get(self.at) == Some(&b'\n');
            if is_break(octet) && !before_feed {
                self.line += 1;
            }
        }
        self.line
    }
}
