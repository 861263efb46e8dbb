//! What can be wrong in a component file, and what is wrong with any text.
//!
//! Invariant: no message repeats a value, which may be a password.

use super::encoding::{Decoded, Encoding};
use super::{Content, MAX_LINE_BYTES, Read, lines_of};

/// Something in a component file that cannot be read, or not as it was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// NUL, an escape, a lone carriage return.
    #[error("a control character ({code:#04x}) stands in the line; lines end with LF or CRLF")]
    ControlCharacter {
        /// Its number in Unicode.
        code: u32,
    },
    /// Longer than is read.
    #[error("the line has {bytes} bytes; at most {MAX_LINE_BYTES} are read")]
    LongLine {
        /// What it has.
        bytes: usize,
    },
    /// A value above ASCII in a file that is no UTF-8.
    #[error(
        "the value has characters above ASCII and the file is not UTF-8, so which ones is unknown; save it as UTF-8"
    )]
    NotUtf8,
    /// Neither section nor assignment nor comment.
    #[error(
        "the line has no `=`; allowed are [section], name = value, and comments that begin with # or ;"
    )]
    NoAssignment,
    /// Nothing before the `=`.
    #[error("no name stands before the `=`")]
    NoName,
    /// An assignment before the first section.
    #[error("the line stands before the first [section], so it belongs to none")]
    NoSection,
    /// `[` without `]`, or something behind it.
    #[error("a section is written [name], alone on its line")]
    Section,
    /// `[Security]`.
    #[error(
        "names of sections are case-sensitive and have no blanks: [{written}] is not read as [{right}]"
    )]
    SectionSpelling {
        /// What stands there.
        written: String,
        /// What should.
        right: &'static str,
    },
    /// A variable in the value, or a command.
    #[error(
        "the value of {name} is put together when the file is run, so it is unknown here; write it out"
    )]
    Computed {
        /// The variable.
        name: String,
    },
    /// `NAME = value` where only `NAME=value` assigns.
    #[error(
        "a blank stands beside the `=` of {name}, so that nothing is assigned to it; write {name}=value"
    )]
    Blank {
        /// The variable.
        name: String,
    },
    /// `set NAME=value` with a blank at the end, which is then part of the value.
    #[error("a blank stands at the end of the value of {name} and is part of it; take it out")]
    BlankAtEnd {
        /// The variable.
        name: String,
    },
    /// A quotation mark that the file does not close.
    #[error("the quotation mark that begins here is not closed")]
    OpenQuote,
    /// The rest is not listed.
    #[error("more mistakes follow than are listed")]
    TooMany,
}

/// Adds what is wrong with the lines as text, in whatever form.
pub(super) fn of_text(decoded: &Decoded, read: &mut Read) {
    for (at, line) in lines_of(&decoded.text) {
        if line.len() > MAX_LINE_BYTES {
            let bytes = line.len();
            read.mistakes.push((at..at, Mistake::LongLine { bytes }));
            continue;
        }
        let control = line
            .char_indices()
            .find(|(_, c)| c.is_control() && *c != '\t');
        // The other half of ISO 8859-1 control characters are letters in the code pages of Windows.
        if let Some((offset, c)) = control.filter(|(_, c)| c.is_ascii()) {
            let code = u32::from(c);
            let at = at + offset;
            read.mistakes
                .push((at..at + 1, Mistake::ControlCharacter { code }));
        }
    }
    if decoded.encoding == Encoding::SingleOctets {
        let unclear = read.assignments.iter().filter(|raw| match &raw.content {
            Content::Plain(value) => !value.expose().is_ascii(),
            Content::Computed => false,
        });
        let mistakes: Vec<_> = unclear
            .map(|raw| (raw.value.clone(), Mistake::NotUtf8))
            .collect();
        read.mistakes.extend(mistakes);
    }
}
