//! Reads `set NAME=value`, as the command interpreter of Windows does.
//!
//! What it takes literally is taken literally: a blank before the `=` is part of the name, one at the end of the line
//! part of the value. Invariant: a value that depends on anything else than its line is [`Content::Computed`].

use std::ops::Range;

use super::variables::option_of;
use super::{Content, Form, MAX_LINE_BYTES, Mistake, Raw, Read, lines_of};
use crate::secret::Secret;

pub(super) fn read(text: &str) -> Read {
    let mut read = Read::default();
    for (at, line) in lines_of(text) {
        if line.len() <= MAX_LINE_BYTES {
            read_line(at, line, &mut read);
        }
    }
    read
}

fn read_line(at: usize, line: &str, read: &mut Read) {
    let first = line.trim_start_matches([' ', '\t', '@', '(']);
    let word = first.split([' ', '\t']).next().unwrap_or_default();
    let silent = word.starts_with("::")
        || ["rem", "echo"]
            .iter()
            .any(|command| word.eq_ignore_ascii_case(command));
    if silent {
        return;
    }
    let Some(arguments) = after_set(line) else {
        return;
    };
    let (range, quoted) = match inside_quotes(line, arguments.clone()) {
        Some(inside) => (inside, true),
        None => (arguments, false),
    };
    let rest = line.get(range.clone()).unwrap_or_default();
    let Some((name, value)) = rest.split_once('=') else {
        return;
    };
    let (start, end) = (at + range.start, at + range.end);
    let known = option_of(Form::Batch, name).is_some();
    let bare = name.trim_end();
    if bare != name && option_of(Form::Batch, bare).is_some() {
        let name = bare.to_owned();
        read.mistakes.push((start..end, Mistake::Blank { name }));
        return;
    }
    let acts = |c: char| matches!(c, '&' | '|' | '<' | '>' | '^');
    // `/a` and `/p` compute and ask.
    let computed = value.contains(['%', '!', '"'])
        || (!quoted && value.contains(acts))
        || name.trim_start().starts_with('/');
    let value_bytes = end - value.len()..end;
    let content = if computed {
        Content::Computed
    } else {
        Content::Plain(Secret::new(value))
    };
    if known {
        let name = name.to_owned();
        if computed {
            read.mistakes
                .push((value_bytes.clone(), Mistake::Computed { name }));
        } else if value.trim_end() != value {
            read.mistakes
                .push((value_bytes.clone(), Mistake::BlankAtEnd { name }));
        }
    }
    read.assignments.push(Raw {
        section: None,
        name: name.to_owned(),
        name_bytes: start..start + name.len(),
        content,
        value: value_bytes,
    });
}

/// What stands behind the first `set` of a line that is a command of its own.
fn after_set(line: &str) -> Option<Range<usize>> {
    const SET: &str = "set";
    let begins = |index: &usize| {
        let before = line.get(..*index).unwrap_or_default();
        before.is_empty() || before.ends_with([' ', '\t', '@', '(', '&'])
    };
    let at = line
        .char_indices()
        .map(|(index, _)| index)
        .filter(begins)
        .find(|index| {
            let word = line.get(*index..*index + SET.len());
            let behind = line.get(*index + SET.len()..).unwrap_or_default();
            word.is_some_and(|word| word.eq_ignore_ascii_case(SET))
                && behind.starts_with([' ', '\t'])
        })?;
    let behind = line.get(at + SET.len()..)?;
    let start = line.len() - behind.trim_start_matches([' ', '\t']).len();
    Some(start..line.len())
}

/// What stands between the quotation marks of `set "NAME=value"`.
fn inside_quotes(line: &str, arguments: Range<usize>) -> Option<Range<usize>> {
    let rest = line.get(arguments.clone())?.strip_prefix('"')?;
    let last = rest.rfind('"')?;
    let start = arguments.start + 1;
    Some(start..start + last)
}
