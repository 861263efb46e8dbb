//! Standard output: text for people, in which nothing of others acts on a terminal, and data for programs.
//!
//! The one way there for a command. Invariant: what is written with `write!` and `writeln!` is
//! a line in which nothing acts on a terminal, whoever made its parts; only what a program is to read goes out as it is.

mod harmless_json;

use std::fmt::{self, Write as _};
use std::io::{self, BufWriter, Stdout, Write as _};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use thiserror::Error;

use self::harmless_json::Harmless;
use crate::terminal_text::{harmless, one_line};

/// Whether it could be written.
pub(crate) type Printed = Result<(), OutputError>;

/// Why nothing more comes out.
#[derive(Debug, Error)]
#[error("cannot write to standard output")]
pub(crate) struct OutputError(#[source] io::Error);

impl OutputError {
    /// Whether the reader went away, which is no failure of ours.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Standard output, buffered.
#[derive(Debug)]
pub(crate) struct Output(Sink);

#[derive(Debug)]
enum Sink {
    Standard(BufWriter<Stdout>),
    Memory(Vec<u8>),
}

impl Output {
    /// Standard output of this process.
    pub(crate) fn standard() -> Self {
        Self(Sink::Standard(BufWriter::new(io::stdout())))
    }

    /// Keeps what is written until [`Output::take_from`] writes it.
    pub(crate) fn kept() -> Self {
        Self(Sink::Memory(Vec::new()))
    }

    /// Writes what the other one kept.
    ///
    /// # Errors
    ///
    /// [`OutputError`]: standard output cannot be written to.
    pub(crate) fn take_from(&mut self, kept: &mut Self) -> Printed {
        match &mut kept.0 {
            Sink::Memory(octets) => self.data(&std::mem::take(octets)),
            Sink::Standard(_) => Ok(()),
        }
    }

    /// Writes a line for people, or a part of one; what `write!` and `writeln!` call. A line break is written out, but
    /// for one at the end.
    ///
    /// # Errors
    ///
    /// [`OutputError`]: standard output cannot be written to.
    pub(crate) fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> Printed {
        let mut whole = String::new();
        // Writing into a string does not fail.
        let _ = whole.write_fmt(text);
        let (line, end) = match whole.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (&*whole, ""),
        };
        self.data(one_line(line).as_bytes())?;
        self.data(end.as_bytes())
    }

    /// Writes a value as JSON over many lines, for programs.
    ///
    /// # Errors
    ///
    /// [`OutputError`]: standard output cannot be written to.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Printed {
        self.value(value, PrettyFormatter::new())?;
        self.data(b"\n")
    }

    /// Writes a value as JSON on the line that is begun, for programs.
    ///
    /// # Errors
    ///
    /// [`OutputError`]: standard output cannot be written to.
    pub(crate) fn json_in_line(&mut self, value: &impl Serialize) -> Printed {
        self.value(value, CompactFormatter)
    }

    fn value(&mut self, value: &impl Serialize, layout: impl Formatter) -> Printed {
        let mut out = Serializer::with_formatter(self.writer(), Harmless(layout));
        let written = value.serialize(&mut out);
        written.map_err(|error| OutputError(error.into()))
    }

    /// Writes what a program reads, octet for octet.
    ///
    /// # Errors
    ///
    /// [`OutputError`]: standard output cannot be written to.
    pub(crate) fn data(&mut self, octets: &[u8]) -> Printed {
        self.writer().write_all(octets).map_err(OutputError)
    }

    /// Lets everything out that waits here.
    ///
    /// # Errors
    ///
    /// [`OutputError`]: standard output cannot be written to.
    pub(crate) fn flush(&mut self) -> Printed {
        self.writer().flush().map_err(OutputError)
    }

    fn writer(&mut self) -> &mut dyn io::Write {
        match &mut self.0 {
            Sink::Standard(standard) => standard,
            Sink::Memory(octets) => octets,
        }
    }
}

/// A line that is written at once, by a thread that has no [`Output`].
pub(crate) fn print(line: &str) {
    // A reader that has gone away wants no more lines.
    drop(writeln!(io::stdout(), "{}", harmless(line)));
}

/// What `write` writes, for another place than standard output.
///
/// # Errors
///
/// Those of `write`.
pub(crate) fn text(write: impl FnOnce(&mut Output) -> Printed) -> Result<String, OutputError> {
    let mut out = Output::kept();
    write(&mut out)?;
    Ok(match out.0 {
        Sink::Memory(octets) => String::from_utf8_lossy(&octets).into_owned(),
        Sink::Standard(_) => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_people_do_not_act_on_the_terminal_and_data_is_not_touched() {
        let name = "a\u{1b}]0;owned\u{7}\nb\u{202e}.pem";
        let shown = text(|out| {
            writeln!(out, "left out  {name}")?;
            out.data(name.as_bytes())?;
            out.data(b"\n")?;
            out.json_in_line(&[name])?;
            out.flush()
        });
        assert_eq!(
            shown.unwrap(),
            "left out  a\\u{1b}]0;owned\\u{7}\\nb\\u{202e}.pem\n\
             a\u{1b}]0;owned\u{7}\nb\u{202e}.pem\n\
             [\"a\\u001b]0;owned\\u0007\\nb\\u202e.pem\"]"
        );
    }

    #[test]
    fn a_reader_that_went_away_is_told_apart() {
        assert!(OutputError(io::ErrorKind::BrokenPipe.into()).is_closed());
        assert!(!OutputError(io::ErrorKind::StorageFull.into()).is_closed());
    }
}
