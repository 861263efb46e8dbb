//! The file in which a component keeps its own options: INI (`lca.cfg`, `gda.cfg`), or assignments to variables
//! (`setenv.sh`, `setenv.bat`).
//!
//! A document: every assignment with its place, every mistake, and one value changed at a time. Not here: what options
//! mean ([`crate::resolve`]).
//! Invariant: what was not changed is written back byte for byte, whatever the file holds.

mod batch;
mod encoding;
mod entries;
mod ini;
mod mistake;
mod shell;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::finding::Finding;
use crate::lines::Lines;
use crate::place::Place;
use crate::secret::{PEM_MARKER, Secret};
use crate::span::Spot;
use encoding::Decoded;
pub use mistake::Mistake;

/// Largest file, in bytes. Those in use have some kilobytes. Our own limit.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// Most lines of a file. Our own limit.
pub const MAX_LINES: usize = 20_000;
/// Longest line that is read, in bytes; the longest in use hold a cipher list. Our own limit.
pub const MAX_LINE_BYTES: usize = 8 * 1024;
/// Most mistakes that are listed; nobody reads more. Our own limit.
const MAX_MISTAKES: usize = 100;

/// How a component file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `[section]` and `name = value`.
    Ini,
    /// Assignments of a UNIX shell.
    Shell,
    /// `set NAME=value`, as the command interpreter of Windows reads it.
    Batch,
}

/// A component file, as it is written.
#[derive(Clone, PartialEq, Eq)]
pub struct ComponentFile {
    path: Box<str>,
    form: Form,
    decoded: Decoded,
    assignments: Vec<Assignment>,
    mistakes: Vec<(Spot, Mistake)>,
}

/// A line that gives a name a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The section it stands in; `None` in a file without sections.
    pub section: Option<String>,
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub name_spot: Spot,
    /// What the name gets.
    pub content: Content,
    /// Where that stands, quotation marks included.
    pub value_spot: Spot,
    /// The same as a range of the text.
    value: Range<usize>,
    /// Which assignment counts for the name, this one or another.
    counting: usize,
}

/// What an assignment gives to its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// This value, without the quotation marks of a shell.
    Plain(Secret),
    /// What comes out when the file is run; nobody else knows.
    Computed,
}

/// Octets are no component file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidComponentFile {
    /// More than is read.
    #[error("the file has {bytes} bytes; at most {MAX_FILE_BYTES} are read")]
    TooLarge {
        /// What it has.
        bytes: usize,
    },
    /// More lines than are read.
    #[error("the file has {lines} lines; at most {MAX_LINES} are read")]
    TooManyLines {
        /// What it has.
        lines: usize,
    },
    /// Text of 16-bit units.
    #[error("the file is UTF-16 text; save it as UTF-8")]
    Utf16,
    /// A certificate or a key.
    #[error(
        "a PEM block begins in line {line}; it is the file of a certificate or a key, or one was pasted into it"
    )]
    PemBlock {
        /// Where, from 1.
        line: usize,
    },
}

/// A value cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No line assigns it.
    #[error("the file has no {name:?} there")]
    NotThere {
        /// What was to be changed.
        name: String,
    },
    /// The value, which is not repeated, would be read as another one.
    #[error(
        "the new value of {name:?} cannot be written in this file: it would be read as another one"
    )]
    WouldReadOtherwise {
        /// What was to be changed.
        name: String,
    },
}

impl Form {
    /// The form that the name of a file says: `.sh` and `.bat` or `.cmd` are run, any other is INI.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let ending = name
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("sh") => Self::Shell,
            Some("bat" | "cmd") => Self::Batch,
            Some(_) | None => Self::Ini,
        }
    }
}

impl ComponentFile {
    /// Reads the octets of the file at `path`, whose name says its form. `path` is what messages show.
    ///
    /// # Errors
    ///
    /// [`InvalidComponentFile`] where it cannot be one as a whole. What is wrong with a line is a mistake in it
    /// ([`Self::mistakes`]).
    pub fn read(path: &str, octets: &[u8]) -> Result<Self, InvalidComponentFile> {
        if octets.len() > MAX_FILE_BYTES {
            return Err(InvalidComponentFile::TooLarge {
                bytes: octets.len(),
            });
        }
        let decoded = Decoded::read(octets)?;
        let lines = decoded.text.bytes().filter(|byte| *byte == b'\n').count() + 1;
        if lines > MAX_LINES {
            return Err(InvalidComponentFile::TooManyLines { lines });
        }
        let mut file = Self {
            path: path.into(),
            form: Form::of_path(path),
            decoded,
            assignments: Vec::new(),
            mistakes: Vec::new(),
        };
        if let Some(line) = file.pem_block() {
            return Err(InvalidComponentFile::PemBlock { line });
        }
        file.fill();
        file.count();
        Ok(file)
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How it is written.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Its text, which spots are ranges of. There may be passwords in it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.decoded.text
    }

    /// The octets of the file.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        self.decoded.octets()
    }

    /// Every assignment, in the order of the file.
    #[must_use]
    pub fn assignments(&self) -> &[Assignment] {
        &self.assignments
    }

    /// Every mistake, in the order of the file.
    #[must_use]
    pub fn mistakes(&self) -> &[(Spot, Mistake)] {
        &self.mistakes
    }

    /// The assignment that counts for `name`: the first of a section, the last of a file that is run.
    #[must_use]
    pub fn assignment(&self, section: Option<&str>, name: &str) -> Option<&Assignment> {
        let name = variables::key(self.form, name);
        let same = |a: &&Assignment| {
            a.section.as_deref() == section && variables::key(self.form, &a.name) == name
        };
        let any = self.assignments.iter().find(same)?;
        self.assignments.get(any.counting)
    }

    /// Changes the value that counts for `name`; every other character stays.
    ///
    /// # Errors
    ///
    /// [`EditError`], and nothing was changed.
    pub fn set(&mut self, section: Option<&str>, name: &str, value: &str) -> Result<(), EditError> {
        let found = self
            .assignment(section, name)
            .ok_or_else(|| EditError::NotThere {
                name: name.to_owned(),
            })?;
        let refused = || EditError::WouldReadOtherwise {
            name: name.to_owned(),
        };
        let range = found.value.clone();
        let was = self.text().get(range.clone()).unwrap_or_default();
        let written = match self.form {
            Form::Ini | Form::Batch => value.to_owned(),
            Form::Shell => shell::quoted_like(was, value).ok_or_else(refused)?,
        };
        let mut text = self.decoded.text.clone();
        text.replace_range(range, &written);
        let decoded = self.decoded.with_text(text).ok_or_else(refused)?;
        // Read again, as everybody else will: only what comes back as it was meant is kept.
        let after = Self::read(&self.path, &decoded.octets()).map_err(|_| refused())?;
        let says = |file: &Self| file.assignment(section, name).map(|a| a.content.clone());
        let others = |file: &Self| -> Vec<_> {
            let rows = file.assignments.iter();
            rows.map(|a| (a.section.clone(), a.name.clone())).collect()
        };
        let as_meant = says(&after) == Some(Content::Plain(Secret::new(value)))
            && others(&after) == others(self)
            && after.mistakes.len() <= self.mistakes.len();
        if !as_meant {
            return Err(refused());
        }
        *self = after;
        Ok(())
    }

    /// What is wrong in the file, as findings of the application at `place`.
    #[must_use]
    pub fn findings(&self, place: &Place) -> Vec<Finding> {
        entries::findings(self, place)
    }

    fn fill(&mut self) {
        let lines = Lines::new(&self.path, &self.decoded.text);
        let mut read = match self.form {
            Form::Ini => ini::read(&self.decoded.text),
            Form::Shell => shell::read(&self.decoded.text),
            Form::Batch => batch::read(&self.decoded.text),
        };
        mistake::of_text(&self.decoded, &mut read);
        read.mistakes.sort_by_key(|(bytes, _)| bytes.start);
        let too_many = read.mistakes.len() > MAX_MISTAKES;
        read.mistakes.truncate(MAX_MISTAKES);
        if too_many && let Some((_, last)) = read.mistakes.last_mut() {
            *last = Mistake::TooMany;
        }
        self.assignments = read
            .assignments
            .into_iter()
            .map(|raw| Assignment {
                section: raw.section,
                name_spot: lines.spot(raw.name_bytes),
                name: raw.name,
                value_spot: lines.spot(raw.value.clone()),
                value: raw.value,
                content: raw.content,
                counting: 0,
            })
            .collect();
        self.mistakes = read
            .mistakes
            .into_iter()
            .map(|(bytes, mistake)| (lines.spot(bytes), mistake))
            .collect();
    }

    /// Finds out which assignment counts for each name: one walk, however many there are.
    fn count(&mut self) {
        let mut counting: BTreeMap<(Option<String>, String), usize> = BTreeMap::new();
        let form = self.form;
        let key = |a: &Assignment| (a.section.clone(), variables::key(form, &a.name));
        for (index, assignment) in self.assignments.iter().enumerate() {
            match form {
                Form::Ini => counting.entry(key(assignment)).or_insert(index),
                Form::Shell | Form::Batch => counting
                    .entry(key(assignment))
                    .and_modify(|last| *last = index)
                    .or_insert(index),
            };
        }
        for assignment in &mut self.assignments {
            assignment.counting = counting.get(&key(assignment)).copied().unwrap_or(0);
        }
    }

    /// The line of the first PEM block; one in a comment does no harm.
    fn pem_block(&self) -> Option<usize> {
        let comment = |line: &str| line.trim_start().starts_with(['#', ';']);
        let mut lines = self.text().lines();
        let index = lines.position(|line| line.contains(PEM_MARKER) && !comment(line))?;
        Some(index + 1)
    }
}

/// Shows no value of it.
impl fmt::Debug for ComponentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComponentFile")
            .field("path", &self.path)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// What the reader of a form gives: ranges of the text instead of spots.
#[derive(Default)]
struct Read {
    assignments: Vec<Raw>,
    mistakes: Vec<(Range<usize>, Mistake)>,
}

/// An assignment with its ranges.
struct Raw {
    section: Option<String>,
    name: String,
    name_bytes: Range<usize>,
    content: Content,
    value: Range<usize>,
}

/// The lines of a text without their ends, each with where it begins. `\r\n` is an end too.
fn lines_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split('\n').map(move |line| {
        let at = next;
        next += line.len() + 1;
        (at, line.strip_suffix('\r').unwrap_or(line))
    })
}
