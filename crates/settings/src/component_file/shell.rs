//! Reads the assignments of a UNIX shell: `NAME=value`, `export NAME="value"`.
//!
//! Nothing is run. Quotation marks are followed over lines, so that what stands in them is no assignment; here
//! documents are not. Invariant: a value that depends on anything else than its own characters is [`Content::Computed`].
//!
//! Source: POSIX.1-2024, Shell Command Language, sections 2.2 (quoting), 2.9.1 (assignments before a command).

use std::ops::Range;

use super::variables::option_of;
use super::{Content, Form, Mistake, Raw, Read};
use crate::secret::Secret;

pub(super) fn read(text: &str) -> Read {
    let mut reader = Reader {
        text,
        read: Read::default(),
        command: Command::Start,
        empty: None,
    };
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at = match c {
            ' ' | '\t' | '\r' => at + 1,
            '\n' | ';' | '&' | '|' | '(' | ')' => {
                reader.command = Command::Start;
                reader.empty = None;
                at + 1
            }
            '#' => end_of_line(text, at),
            _ => {
                let word = word(text, at);
                let end = word.bytes.end;
                reader.word(&word);
                // A word has one character at least, so the walk ends.
                end.max(at + c.len_utf8())
            }
        };
    }
    reader.read
}

/// `value` as a word that reads as it, in the quotation marks that `was` has if they can hold it.
pub(super) fn quoted_like(was: &str, value: &str) -> Option<String> {
    let bare = !value.is_empty()
        && !value.starts_with('~')
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || "/._-:,+@%=~".contains(c));
    let in_double = !value.contains(['"', '$', '`', '\\', '\n']);
    let in_single = !value.contains(['\'', '\n']);
    if was.starts_with('"') && in_double {
        Some(format!("\"{value}\""))
    } else if bare && !was.starts_with(['"', '\'']) {
        Some(value.to_owned())
    } else if in_single {
        Some(format!("'{value}'"))
    } else {
        in_double.then(|| format!("\"{value}\""))
    }
}

/// Where in a command the next word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    /// At its start, where words with a `=` assign.
    Start,
    /// Behind `export` and its like, where they do too.
    Declares,
    /// Behind the name of a command.
    Arguments,
}

struct Reader<'s> {
    text: &'s str,
    read: Read,
    command: Command,
    /// The variable that the word before gave an empty value to, or that was itself the name of the command: a blank
    /// too many stands beside its `=`.
    empty: Option<Empty>,
}

struct Empty {
    name: String,
    bytes: Range<usize>,
    /// Whether the `=` has been there already.
    assigned: bool,
}

impl Reader<'_> {
    fn word(&mut self, word: &Word) {
        let raw = self.text.get(word.bytes.clone()).unwrap_or_default();
        if let Some(empty) = self.empty.take()
            && (empty.assigned || raw.starts_with('='))
        {
            let name = empty.name;
            self.read
                .mistakes
                .push((empty.bytes, Mistake::Blank { name }));
        }
        if !word.closed {
            let start = word.bytes.start;
            self.read.mistakes.push((start..start, Mistake::OpenQuote));
        }
        if self.command == Command::Arguments {
            return;
        }
        match raw.split_once('=').filter(|(name, _)| is_name(name)) {
            Some((name, _)) => self.assignment(name.to_owned(), word),
            None => self.command_word(raw, word),
        }
    }

    fn assignment(&mut self, name: String, word: &Word) {
        let name_bytes = word.bytes.start..word.bytes.start + name.len();
        let value = name_bytes.end + 1..word.bytes.end;
        let prefix = name.len() + 1;
        let content = match &word.says {
            // The name and the `=` have no quotation marks, so they are the first octets of what the word says.
            Some(says) => Content::Plain(Secret::new(says.get(prefix..).unwrap_or_default())),
            None => Content::Computed,
        };
        if option_of(Form::Shell, &name).is_some() {
            if content == Content::Computed {
                let name = name.clone();
                let mistake = Mistake::Computed { name };
                self.read.mistakes.push((value.clone(), mistake));
            }
            if value.is_empty() {
                self.empty = Some(Empty {
                    name: name.clone(),
                    bytes: word.bytes.clone(),
                    assigned: true,
                });
            }
        }
        self.read.assignments.push(Raw {
            section: None,
            name,
            name_bytes,
            content,
            value,
        });
    }

    fn command_word(&mut self, raw: &str, word: &Word) {
        if option_of(Form::Shell, raw).is_some() && self.command == Command::Start {
            self.empty = Some(Empty {
                name: raw.to_owned(),
                bytes: word.bytes.clone(),
                assigned: false,
            });
        }
        self.command = match raw {
            "export" | "readonly" | "declare" | "typeset" | "local" => Command::Declares,
            "then" | "do" | "else" | "{" | "!" | "if" | "while" | "until" | "time" => {
                Command::Start
            }
            _ if self.command == Command::Declares => Command::Declares,
            _ => Command::Arguments,
        };
    }
}

/// A word of a command.
struct Word {
    bytes: Range<usize>,
    /// What it says without its quotation marks; `None` if that is computed.
    says: Option<zeroize::Zeroizing<String>>,
    /// Whether its last quotation mark is closed.
    closed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// The word that begins at `start`.
fn word(text: &str, start: usize) -> Word {
    let mut says = zeroize::Zeroizing::new(String::new());
    let mut computed = false;
    let mut quote = Quote::None;
    let mut end = text.len();
    let mut characters = text
        .get(start..)
        .unwrap_or_default()
        .char_indices()
        .peekable();
    while let Some((offset, c)) = characters.next() {
        match (quote, c) {
            (Quote::None, ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')') => {
                end = start + offset;
                break;
            }
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            (Quote::None | Quote::Double, '$' | '`') => {
                computed = true;
                says.push(c);
            }
            // A redirection, or the home of somebody.
            (Quote::None, '<' | '>') => computed = true,
            (Quote::None, '~') if says.ends_with(['=', ':']) => computed = true,
            (Quote::None | Quote::Double, '\\') => match characters.next() {
                Some((_, '\n')) => {}
                Some((_, next)) => {
                    if quote == Quote::Double && !"$`\"\\".contains(next) {
                        says.push('\\');
                    }
                    says.push(next);
                }
                None => says.push('\\'),
            },
            (Quote::None | Quote::Single | Quote::Double, _) => says.push(c),
        }
    }
    Word {
        bytes: start..end,
        says: (!computed).then_some(says),
        closed: quote == Quote::None,
    }
}

/// Whether a text is the name of a variable.
fn is_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |offset| at + offset)
}
