//! The fields of a line as a tunnel writes it, in both forms.
//!
//! Pure. Invariant: any text is read without fail, and what stands in quotes is never taken for a field.

use std::collections::BTreeMap;

use trustpack_x509::time::Timestamp;

/// The fields that lines have.
const FIELDS: [&str; 23] = [
    "step",
    "reason",
    "alert_sent",
    "later",
    "place",
    "role",
    "cause",
    "peer",
    "program",
    "via",
    "subject",
    "version",
    "suite",
    "group",
    "resumed",
    "bytes_in",
    "bytes_out",
    "note",
    "times",
    "code",
    "remedy",
    "findings",
    "generation",
];

/// Places at which an object that is cut may end.
///
/// Source: ours; lines of tunnels have fewer fields.
const MAX_ENDS: usize = 32;

/// The texts of a line by the names of their fields.
pub(super) type Fields = BTreeMap<String, String>;

/// Where collectors of logs put a line into an object of their own: journald with `-o json`, and the log driver of Docker.
///
/// Source: systemd.journal-fields(7); the `json-file` driver of Docker.
const OF_COLLECTORS: [&str; 2] = ["MESSAGE", "log"];

/// The line in an object that a collector made of it.
pub(super) fn in_object(line: &str) -> Option<String> {
    let mut texts = texts(line)?;
    OF_COLLECTORS.iter().find_map(|name| texts.remove(*name))
}

/// A flat JSON object, which ends the line; what stands before it is not ours.
pub(super) fn of_json(line: &str) -> Option<(String, Fields)> {
    let mut fields = texts(line.get(line.find('{')?..)?)?;
    Some((fields.remove("message")?, fields))
}

/// The same of one that ends in the middle: the fields that are whole.
pub(super) fn of_cut_json(line: &str) -> Option<(String, Fields)> {
    let object = line.get(line.find('{')?..)?;
    // In a text a quotation mark has a backslash before it, so that this stands between two fields, or is the end of a text.
    let mut ends = object.rmatch_indices(",\"").take(MAX_ENDS);
    let mut fields = ends.find_map(|(end, _)| {
        let whole = object.get(..end)?;
        texts(&format!("{whole}}}"))
    })?;
    Some((fields.remove("message")?, fields))
}

/// The texts of a flat JSON object.
fn texts(object: &str) -> Option<Fields> {
    let object: BTreeMap<String, serde_json::Value> = serde_json::from_str(object).ok()?;
    let texts = object.into_iter().filter_map(|(key, value)| match value {
        serde_json::Value::String(text) => Some((key, text)),
        // One that is there and says nothing.
        serde_json::Value::Null if key == "reason" => Some((key, String::new())),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    });
    Some(texts.collect())
}

/// Time, level, message, and fields as `name=value`, with values in quotes where they are texts of others.
/// `messages` are those that are looked for.
pub(super) fn of_text(line: &str, messages: &[&str]) -> Option<(String, Fields)> {
    let start = messages
        .iter()
        .filter_map(|message| line.find(message))
        .min()?;
    let (before, rest) = line.split_at_checked(start)?;
    let mut parts = split(rest);
    if is_cut(rest) && parts.len() > 1 {
        parts.pop();
    }
    let mut parts = parts.into_iter();
    let message = parts.next()?.trim();
    let message = beginning(message, messages).unwrap_or(message).to_owned();
    let fields = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        // A text that is empty has its quotation marks: this line ends here.
        let value = Some(value.trim_end()).filter(|value| !value.is_empty())?;
        Some((name.to_owned(), unquoted(value)))
    });
    let mut fields: Fields = fields.collect();
    // A collector's own time may stand before it, and the level behind it.
    let words = before.split_whitespace().rev().take(2);
    for word in words {
        let name = if time(word).is_some() {
            "timestamp"
        } else {
            "level"
        };
        let name = name.to_owned();
        fields.entry(name).or_insert_with(|| word.to_owned());
    }
    if fields.contains_key("timestamp") && ends_in_cause(rest) {
        fields.remove("cause");
    }
    Some((message, fields))
}

/// The message that is followed by the begin of a field and nothing else.
fn beginning<'m>(text: &str, messages: &[&'m str]) -> Option<&'m str> {
    messages.iter().copied().find(|message| {
        let rest = text.strip_prefix(message);
        let begin = rest.and_then(|rest| rest.strip_prefix(' '));
        begin.is_some_and(|begin| FIELDS.iter().any(|field| field.starts_with(begin)))
    })
}

/// Whether a line of text ends in the middle of a value: its last quotation mark is not closed.
pub(super) fn is_cut(line: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    for character in line.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}

/// Whether the last thing in a line of text is its cause: behind that stands the peer, so that it may be the begin of another
/// word, as `alert-4` is of `alert-40`.
pub(super) fn ends_in_cause(line: &str) -> bool {
    split(line)
        .last()
        .is_some_and(|last| last.starts_with("cause="))
}

/// A moment as tunnels write it, to the second.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let seconds = text.split_once('.').map_or(text, |(seconds, _)| seconds);
    let seconds = seconds.strip_suffix('Z').unwrap_or(seconds);
    format!("{seconds}Z").parse().ok()
}

/// The message, and each field: cut at blanks outside of quotes behind which a field begins.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted && begins_field(text.get(at + 1..).unwrap_or_default()) => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn begins_field(text: &str) -> bool {
    let name = text.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| FIELDS.contains(&name))
}

/// A value without its quotes and what was escaped in them. Behind the quotes only the begin of another field can stand.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return text,
            '\\' => match characters.next() {
                // What else is escaped are characters that no sentence of ours is known by.
                Some(escaped @ ('"' | '\\' | '\'')) => text.push(escaped),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    // They are not closed.
    value.to_owned()
}

/// The line without the sequences that colour it on a terminal.
pub(super) fn without_colours(line: &str) -> String {
    let mut text = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // ESC, a bracket, numbers, and a letter.
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}
