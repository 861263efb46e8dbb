//! Reading a ledger of any length, on several cores, in the order of its lines.
//!
//! The file is read in blocks with `pread`: mapping it would turn a file that gets shorter meanwhile
//! into a signal that ends the program. Invariant: every line is given once, to the block in which it
//! starts; memory stays that of a few blocks, however long the file is.

use std::fs::File;
use std::num::NonZero;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{io, thread};

use memchr::{memchr, memchr_iter};

use super::fields::Line;
use crate::durable::{self, Doing, FileError};
use crate::ledger_line::{InvalidField, InvalidLine};

/// So much is read at a time: enough for a disk to be kept busy, little enough to stay in a cache.
const BLOCK_BYTES: u64 = 1 << 20;
/// The longest line that is taken for one: a subject of OpenSSL's one-line form stays far below.
pub(crate) const MAX_LINE_BYTES: usize = 64 * 1024;
/// More readers than this find a disk that is not faster.
const MAX_READERS: usize = 8;
/// Blocks that a reader may be ahead of whoever takes them.
const AHEAD: usize = 2;

/// Where a line stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Octets before it in the file.
    pub(crate) offset: u64,
    /// Lines before it in its block.
    pub(crate) line_in_block: usize,
    /// Its octets, without its line break.
    pub(crate) length: usize,
}

/// What was gathered from the lines that start in one block.
#[derive(Debug)]
pub(crate) struct Block<Gathered> {
    pub(crate) gathered: Gathered,
    /// Lines of the file before those of this block.
    pub(crate) lines_before: usize,
}

struct Counted<Gathered> {
    gathered: Gathered,
    lines: usize,
}

/// Gives every line that is no comment to `each`, with what its block has gathered so far, and every
/// block to `done`, in the order of the file, until that gives an error.
///
/// `each` runs on several threads. What is added to the file meanwhile is not looked at.
pub(crate) fn scan<Gathered: Default + Send, Failed: From<FileError>>(
    path: &Path,
    each: impl Fn(&mut Gathered, Place, Result<Line<'_>, InvalidLine>) + Sync,
    mut done: impl FnMut(Block<Gathered>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let error = |source: io::Error| Failed::from(FileError::new(Doing::Read, path, source));
    let ledger = Blocks::open(path).map_err(error)?;
    let mut lines_before = 0;
    let mut take = |counted: io::Result<Counted<Gathered>>| {
        let Counted { gathered, lines } = counted.map_err(error)?;
        done(Block {
            gathered,
            lines_before,
        })?;
        lines_before += lines;
        Ok(())
    };
    let blocks = ledger.length.div_ceil(BLOCK_BYTES);
    let readers = thread::available_parallelism().map_or(1, NonZero::get);
    let readers = u64::try_from(readers.min(MAX_READERS))
        .unwrap_or(1)
        .min(blocks);
    if readers <= 1 {
        let mut buffer = Vec::new();
        return (0..blocks).try_for_each(|block| take(ledger.read(block, &mut buffer, &each)));
    }
    thread::scope(|scope| {
        let mut results: Vec<Receiver<io::Result<Counted<Gathered>>>> = Vec::new();
        for reader in 0..readers {
            let (sender, receiver) = sync_channel(AHEAD);
            results.push(receiver);
            let (ledger, each) = (&ledger, &each);
            let mine = (reader..blocks).step_by(usize::try_from(readers).unwrap_or(1));
            scope.spawn(move || ledger.read_all(mine, &sender, each));
        }
        // A reader that has nothing more to say has had its last block taken.
        (0..blocks)
            .zip(results.iter().cycle())
            .map_while(|(_, results)| results.recv().ok())
            .try_for_each(take)
    })
}

/// A file in blocks.
struct Blocks {
    file: File,
    /// As it was when it was opened.
    length: u64,
}

impl Blocks {
    fn open(path: &Path) -> io::Result<Self> {
        let file = durable::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }

    fn read_all<Gathered: Default>(
        &self,
        blocks: impl Iterator<Item = u64>,
        results: &SyncSender<io::Result<Counted<Gathered>>>,
        each: &(impl Fn(&mut Gathered, Place, Result<Line<'_>, InvalidLine>) + Sync),
    ) {
        let mut buffer = Vec::new();
        for block in blocks {
            let counted = self.read(block, &mut buffer, each);
            let failed = counted.is_err();
            // Nobody takes it when the search is over.
            if results.send(counted).is_err() || failed {
                return;
            }
        }
    }

    /// Gathers from the lines that start in a block.
    fn read<Gathered: Default>(
        &self,
        block: u64,
        buffer: &mut Vec<u8>,
        each: &impl Fn(&mut Gathered, Place, Result<Line<'_>, InvalidLine>),
    ) -> io::Result<Counted<Gathered>> {
        let mut counted = Counted {
            gathered: Gathered::default(),
            lines: 0,
        };
        let start = block * BLOCK_BYTES;
        let end = (start + BLOCK_BYTES).min(self.length);
        // The octet before shows whether a line starts with the block.
        let from = start.saturating_sub(1);
        self.fill(buffer, from, end)?;
        let begin = match start {
            0 => 0,
            _ => match memchr(b'\n', buffer) {
                Some(line_break) => line_break + 1,
                None => return Ok(counted),
            },
        };
        if begin >= buffer.len() {
            return Ok(counted);
        }
        let beyond = self.complete_last_line(buffer, end)?;
        let text = buffer.get(begin..).unwrap_or_default();
        let ends = memchr_iter(b'\n', text).chain((!text.ends_with(b"\n")).then_some(text.len()));
        let mut line_start = 0;
        for line_end in ends {
            let line = text.get(line_start..line_end).unwrap_or_default();
            // Only the last one has none of its line break here.
            let beyond = if line_end == text.len() { beyond } else { 0 };
            let place = Place {
                offset: from + u64::try_from(begin + line_start).unwrap_or_default(),
                line_in_block: counted.lines,
                length: line.len() + beyond,
            };
            if !line.starts_with(b"#") {
                each(&mut counted.gathered, place, parse(line));
            }
            counted.lines += 1;
            line_start = line_end + 1;
        }
        Ok(counted)
    }

    /// Reads on behind the block until its last line is whole, or too long; of one that is too long, gives how
    /// many octets more it has.
    fn complete_last_line(&self, buffer: &mut Vec<u8>, end: u64) -> io::Result<usize> {
        if buffer.ends_with(b"\n") || end >= self.length {
            return Ok(0);
        }
        let more = u64::try_from(MAX_LINE_BYTES).unwrap_or_default() + 1;
        let until = (end + more).min(self.length);
        let mut rest = Vec::new();
        self.fill(&mut rest, end, until)?;
        if let Some(line_break) = memchr(b'\n', &rest) {
            buffer.extend_from_slice(rest.get(..=line_break).unwrap_or_default());
            return Ok(0);
        }
        buffer.append(&mut rest);
        self.to_line_break(until)
    }

    /// The octets from here to the next line break, or to the end of the file.
    fn to_line_break(&self, from: u64) -> io::Result<usize> {
        let mut window = Vec::new();
        let mut passed = 0;
        loop {
            let start = from + u64::try_from(passed).map_err(io::Error::other)?;
            self.fill(&mut window, start, (start + BLOCK_BYTES).min(self.length))?;
            match memchr(b'\n', &window) {
                Some(line_break) => return Ok(passed + line_break),
                None if window.is_empty() => return Ok(passed),
                None => passed += window.len(),
            }
        }
    }

    /// The octets `from` to `end` of the file; fewer if it has got shorter.
    fn fill(&self, buffer: &mut Vec<u8>, from: u64, end: u64) -> io::Result<()> {
        let wanted = usize::try_from(end.saturating_sub(from)).unwrap_or_default();
        buffer.resize(wanted, 0);
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let position = from + u64::try_from(filled).unwrap_or_default();
            match self.file.read_at(rest, position) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        buffer.truncate(filled);
        Ok(())
    }
}

fn parse(line: &[u8]) -> Result<Line<'_>, InvalidLine> {
    if line.len() > MAX_LINE_BYTES {
        return Err(InvalidLine {
            column: MAX_LINE_BYTES + 1,
            field: InvalidField::TooLong,
        });
    }
    Line::parse(line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Serials and numbers of all lines, those that are wrong as `-`.
    fn lines(text: &[u8]) -> Vec<(usize, String)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.db");
        std::fs::write(&path, text).unwrap();
        let mut found = Vec::new();
        let each = |gathered: &mut Vec<(Place, String)>, place, line: Result<Line<'_>, _>| {
            let serial = line.map(|line| String::from_utf8_lossy(line.serial).into_owned());
            gathered.push((place, serial.unwrap_or_else(|_| "-".into())));
        };
        scan(&path, each, |block: Block<Vec<(Place, String)>>| {
            for (place, serial) in block.gathered {
                found.push((block.lines_before + place.line_in_block + 1, serial.clone()));
                let start = usize::try_from(place.offset).unwrap();
                let end = start + place.length;
                assert!(matches!(text.get(end), None | Some(b'\n')), "ends at {end}");
                assert!(!text[start..end].contains(&b'\n'), "from {start} to {end}");
                if serial != "-" {
                    let line = &text[start..];
                    assert!(line.starts_with(b"V\t") && line[19..].starts_with(serial.as_bytes()));
                }
            }
            Ok::<(), FileError>(())
        })
        .unwrap();
        found
    }

    fn line(serial: usize, subject_length: usize) -> String {
        let subject = "x".repeat(subject_length);
        format!("V\t20270301085240Z\t\t{serial:08X}\tunknown\t/CN={subject}\n")
    }

    #[test]
    fn gives_each_line_of_many_blocks_once_and_in_order() {
        let text: String = (1..60_000)
            .map(|serial| line(serial, serial % 97))
            .collect();
        assert!(text.len() > 4 << 20);
        let want: Vec<_> = (1..60_000)
            .map(|serial| (serial, format!("{serial:08X}")))
            .collect();
        for text in [text.as_str(), text.trim_end()] {
            let got = lines(text.as_bytes());
            assert_eq!(got.len(), want.len());
            assert!(got == want);
        }
    }

    #[test]
    fn a_line_may_end_or_start_with_a_block() {
        let block = usize::try_from(BLOCK_BYTES).unwrap();
        for shift in 0..3 {
            let first = line(1, 0);
            let comment = format!("#{}\n", "c".repeat(block - 2 - 2 * first.len() + 1 - shift));
            let text = format!("{first}{comment}{}{}{}", line(2, 0), line(3, 0), line(4, 0));
            let serials: Vec<_> = lines(text.as_bytes());
            let want = [(1, 1), (3, 2), (4, 3), (5, 4)];
            assert_eq!(
                serials,
                want.map(|(line, serial)| (line, format!("{serial:08X}")))
            );
        }
    }

    #[test]
    fn a_line_without_end_hides_no_other() {
        let long = "V\t".to_owned() + &"x".repeat(3 << 20);
        let text = format!(
            "{}{long}\n{}\n{}#{long}\n{}",
            line(1, 1),
            line(2, 2),
            line(3, 3),
            line(4, 1)
        );
        let want = [
            (1, "00000001"),
            (2, "-"),
            (3, "00000002"),
            (4, "-"),
            (5, "00000003"),
            (7, "00000004"),
        ];
        assert_eq!(
            lines(text.as_bytes()),
            want.map(|(line, serial)| (line, serial.to_owned()))
        );
    }

    #[test]
    fn an_empty_file_has_no_lines() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n"), [(1, "-".to_owned())]);
    }
}
