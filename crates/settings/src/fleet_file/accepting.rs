//! Writes an acceptance into the text of a fleet file.
//!
//! Only its own lines are touched: comments, order and everything else stay octet for octet. Which file it is, and whether
//! the finding occurs, is decided elsewhere ([`crate::accepting`]).
//! Invariant: the new text reads as the old one did, with this one acceptance more, or changed.

use std::fmt::Write as _;

use super::tree::{self, ArrayForm, Bytes, Node, Scalar, Table};
use super::{Source, read};
use crate::finding::Code;
use crate::fleet::Acceptance;
use crate::place::Place;
use trustpack_x509::time::Timestamp;

/// An acceptance that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAcceptance {
    /// Of which kind of finding.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// Why. Not empty.
    pub reason: String,
    /// The last day, as any time of it.
    pub until: Timestamp,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file had no acceptance of this code and place.
    Added,
    /// It had one, which has the new reason and day now.
    Updated,
}

/// The text cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotEdit {
    /// It has errors.
    #[error("the file has errors of TOML; mend them first")]
    Broken,
    /// Acceptances are written as `accept = [...]`.
    #[error("its acceptances are written as `accept = [...]`, which is not edited")]
    Inline,
    /// There is an acceptance of this code and place, without a reason or a day.
    #[error("its acceptance of this code and place has no reason or no day")]
    Incomplete,
    /// The result would not read as intended.
    #[error("with the acceptance in it the file would not read as it does now")]
    Doubtful,
}

impl CannotEdit {
    /// What is to be done instead of `new`, with the text to write.
    #[must_use]
    pub fn by_hand(&self, new: &NewAcceptance) -> String {
        match self {
            Self::Broken | Self::Doubtful => {
                format!("write it by hand:\n{}", block(new).trim_end())
            }
            // A header beside the list would be the same key twice.
            Self::Inline => format!(
                "write it by hand into that list:\n{{ {} }}",
                lines(new).join(", ")
            ),
            Self::Incomplete => {
                let [_, _, reason, until] = lines(new);
                format!("write them by hand into that acceptance:\n{reason}\n{until}")
            }
        }
    }
}

/// `text` with an acceptance in it. If it has one of this code and place, that one gets the new reason and day.
///
/// # Errors
///
/// When the text has errors, or is written in a way that is not edited; what is to be written by hand then says
/// [`CannotEdit::by_hand`].
pub fn accept(text: &str, new: &NewAcceptance) -> Result<(String, Change), CannotEdit> {
    let (root, problems) = tree::read(text);
    if !problems.is_empty() {
        return Err(CannotEdit::Broken);
    }
    let item = root.items.iter().find(|item| item.key == "accept");
    let (tables, form) = match item.map(|item| &item.node) {
        None => (Vec::new(), ArrayForm::Headers),
        Some(Node::Array(nodes, form)) => (nodes.iter().filter_map(table).collect(), *form),
        Some(Node::Table(_) | Node::Scalar(_)) => return Err(CannotEdit::Inline),
    };
    let same = tables.iter().rev().find(|table| is_of(table, new));
    let edited = match same {
        Some(table) => (updated(text, table, new)?, Change::Updated),
        None if form == ArrayForm::Inline => return Err(CannotEdit::Inline),
        None => (
            added(text, tables.last().copied(), &block(new)),
            Change::Added,
        ),
    };
    if reads_as_intended(text, &edited, new) {
        Ok(edited)
    } else {
        Err(CannotEdit::Doubtful)
    }
}

/// The lines of an acceptance, as they are written.
#[must_use]
pub fn block(new: &NewAcceptance) -> String {
    format!("[[accept]]\n{}\n", lines(new).join("\n"))
}

fn lines(new: &NewAcceptance) -> [String; 4] {
    [
        format!("code = \"{}\"", new.code),
        format!("place = {}", string(&new.place.to_string())),
        format!("reason = {}", string(&new.reason)),
        format!("until = {}", new.until.date_string()),
    ]
}

fn table<'a, 's>(node: &'a Node<'s>) -> Option<&'a Table<'s>> {
    match node {
        Node::Table(table) => Some(table),
        Node::Array(..) | Node::Scalar(_) => None,
    }
}

fn scalar<'a, 's>(table: &'a Table<'s>, key: &str) -> Option<&'a Scalar<'s>> {
    let item = table.items.iter().find(|item| item.key == key)?;
    match &item.node {
        Node::Scalar(scalar) => Some(scalar),
        Node::Array(..) | Node::Table(_) => None,
    }
}

fn is_of(table: &Table<'_>, new: &NewAcceptance) -> bool {
    let code = scalar(table, "code").and_then(|code| code.text.parse().ok());
    let place = scalar(table, "place").and_then(|place| place.text.parse().ok());
    code == Some(new.code) && place.as_ref() == Some(&new.place)
}

fn updated(text: &str, table: &Table<'_>, new: &NewAcceptance) -> Result<String, CannotEdit> {
    let bytes = |key| scalar(table, key).map(|scalar| scalar.bytes.clone());
    let reason = bytes("reason").ok_or(CannotEdit::Incomplete)?;
    let until = bytes("until").ok_or(CannotEdit::Incomplete)?;
    let mut changes = [
        (reason, string(&new.reason)),
        (until, new.until.date_string()),
    ];
    // From the end of the text, so that the first change does not move the second.
    changes.sort_by_key(|(bytes, _)| std::cmp::Reverse(bytes.start));
    let mut text = text.to_owned();
    for (bytes, value) in changes {
        text.replace_range(bytes, &value);
    }
    Ok(text)
}

/// The text with a block behind the last acceptance, or at its end.
fn added(text: &str, last: Option<&Table<'_>>, block: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let block = block.replace('\n', newline);
    let at = last.map_or(text.len(), |last| end_of_line(text, end_of(last)));
    let (before, after) = text.split_at(at);
    let mut edited = String::with_capacity(text.len() + block.len() + 2);
    edited.push_str(before);
    if !before.is_empty() {
        if !before.ends_with('\n') {
            edited.push_str(newline);
        }
        edited.push_str(newline);
    }
    edited.push_str(&block);
    // What follows keeps the blank line, if any, that stood before it.
    edited.push_str(after);
    edited
}

fn end_of(table: &Table<'_>) -> usize {
    let values = table.items.iter().map(|item| match &item.node {
        Node::Scalar(scalar) => scalar.bytes.end,
        Node::Array(..) | Node::Table(_) => item.key_bytes.end,
    });
    let Bytes { end, .. } = table.bytes;
    values.max().unwrap_or(end).max(end)
}

/// The first octet of the next line.
fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}

/// A string of TOML on one line.
///
/// Source: TOML 1.0.0, section String: what must be escaped in a basic string.
fn string(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                // Writing into a string does not fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn reads_as_intended(old: &str, edited: &(String, Change), new: &NewAcceptance) -> bool {
    let (text, change) = edited;
    let at = |text| read(&[Source { path: "", text }]);
    let (before, after) = (at(old), at(text));
    let is_new = |a: &&Acceptance| a.code == new.code && a.place == new.place;
    let written = after.acceptances.iter().rev().find(is_new);
    let as_said = written.is_some_and(|written| {
        written.reason == new.reason && written.until.date_string() == new.until.date_string()
    });
    let more = match change {
        Change::Added => 1,
        Change::Updated => 0,
    };
    as_said
        && after.acceptances.len() == before.acceptances.len() + more
        && after.hosts.len() == before.hosts.len()
        && after.applications.len() == before.applications.len()
        && after.findings().count() <= before.findings().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# who: Ops\n[[host]]\nname = \"a.example.com\" # the first\n";

    fn new() -> NewAcceptance {
        NewAcceptance {
            code: Code::new(5001),
            place: "A/B".parse().unwrap(),
            reason: "it \"works\"\\".to_owned(),
            until: "2027-03-31".parse().unwrap(),
        }
    }

    const BLOCK: &str = "[[accept]]\ncode = \"TP5001\"\nplace = \"A/B:default\"\nreason = \"it \\\"works\\\"\\\\\"\nuntil = 2027-03-31\n";

    #[track_caller]
    fn check(text: &str, want: Result<(String, Change), CannotEdit>) {
        assert_eq!(accept(text, &new()), want, "{text}");
    }

    #[test]
    fn it_goes_to_the_end_or_behind_the_last_one() {
        check(HEAD, Ok((format!("{HEAD}\n{BLOCK}"), Change::Added)));
        let cut = HEAD.trim_end();
        check(cut, Ok((format!("{HEAD}\n{BLOCK}"), Change::Added)));
        let other = "[[accept]]\ncode = \"TP5002\"\nplace = \"A\"\nreason = \"r\"\nuntil = 2027-01-01 # soon\n";
        let rest = "\n[[host]]\nname = \"b.example.com\"\n";
        check(
            &format!("{HEAD}{other}{rest}"),
            Ok((format!("{HEAD}{other}\n{BLOCK}{rest}"), Change::Added)),
        );
        let windows = HEAD.replace('\n', "\r\n");
        let block = BLOCK.replace('\n', "\r\n");
        check(
            &windows,
            Ok((format!("{windows}\r\n{block}"), Change::Added)),
        );
    }

    #[test]
    fn item_2_7_3_one_that_is_there_gets_the_new_values_and_keeps_its_comments() {
        let old = "[[accept]]\nuntil = 2026-01-01 # asked for\nplace = 'A/B' # short\nreason = \"\"\"\nlong\"\"\"\ncode = \"TP5001\"\n";
        let changed = "[[accept]]\nuntil = 2027-03-31 # asked for\nplace = 'A/B' # short\nreason = \"it \\\"works\\\"\\\\\"\ncode = \"TP5001\"\n";
        check(
            &format!("{HEAD}{old}"),
            Ok((format!("{HEAD}{changed}"), Change::Updated)),
        );
        let inline = "accept = [{code=\"TP5001\",place=\"A/B\",reason=\"r\",until=2026-01-01}]\n";
        let changed = "accept = [{code=\"TP5001\",place=\"A/B\",reason=\"it \\\"works\\\"\\\\\",until=2027-03-31}]\n";
        check(inline, Ok((changed.to_owned(), Change::Updated)));
    }

    #[test]
    fn what_cannot_be_edited_is_refused() {
        check("a b\n", Err(CannotEdit::Broken));
        let inline = "accept = [{code=\"TP5002\",place=\"A/B\",reason=\"r\",until=2026-01-01}]\n";
        check(inline, Err(CannotEdit::Inline));
        let incomplete = "[[accept]]\ncode = \"TP5001\"\nplace = \"A/B\"\n";
        check(incomplete, Err(CannotEdit::Incomplete));
    }

    #[test]
    fn what_is_written_by_hand_instead_is_taken() {
        let text = |error: CannotEdit| {
            let told = error.by_hand(&new());
            told.split_once('\n').unwrap().1.to_owned()
        };
        let taken = |text: &str| {
            let fleet = read(&[Source { path: "", text }]);
            let found: Vec<String> = fleet.findings().map(|one| one.code().to_string()).collect();
            assert_eq!(found, [""; 0], "{text}");
            let of = fleet
                .acceptances
                .iter()
                .filter(|one| one.place == new().place);
            assert_eq!(
                of.map(|one| one.reason.clone()).collect::<Vec<_>>(),
                [new().reason]
            );
        };
        let other = "{code=\"TP5002\",place=\"A\",reason=\"r\",until=2026-01-01}";
        let inline = text(CannotEdit::Inline);
        taken(&format!("accept = [{other}, {inline}]\n{HEAD}"));
        let rest = text(CannotEdit::Incomplete);
        taken(&format!(
            "{HEAD}[[accept]]\ncode = \"TP5001\"\nplace = \"A/B\"\n{rest}\n"
        ));
        taken(&format!("{HEAD}{}", text(CannotEdit::Doubtful)));
    }
}
