//! A line of the log of a tunnel, as text or JSON, and the explanation of the failure that it tells.
//!
//! Invariant: any text is read without fail; what is no such line is `None`.

use std::collections::BTreeMap;

use trustpack_settings::endpoint::Role;
use trustpack_settings::place::Place;
use trustpack_x509::time::Timestamp;

use super::cause::Cause;
use super::ends::Ends;
use super::trouble::Trouble;
use super::{Explanation, Who, remedy};

/// Bytes of a line that are read; the rest is left out.
///
/// Source: ours; the longest reason lists ten names of 255 characters.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// The fields that lines about connections have.
const FIELDS: [&str; 18] = [
    "step",
    "reason",
    "alert_sent",
    "later",
    "place",
    "peer",
    "program",
    "subject",
    "version",
    "suite",
    "group",
    "resumed",
    "bytes_in",
    "bytes_out",
    "note",
    "code",
    "remedy",
    "generation",
];

/// Messages that tell of a failed handshake or of a connection that ended.
const REPORTS: [&str; 3] = [
    "connection ended",
    "handshake refused",
    "handshake refused by the peer",
];

/// A line about one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The message.
    pub message: String,
    /// Why it ended.
    pub reason: String,
    /// The endpoint; the command line for a tunnel by hand.
    pub place: Option<Place>,
}

impl LogLine {
    /// Reads a line as a tunnel writes it, in either form; `None` if it is none about a connection.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let end = line.floor_char_boundary(MAX_LINE_BYTES);
        let line = without_colours(line.get(..end)?.trim());
        let (message, mut fields) = if line.starts_with('{') {
            of_json(&line)?
        } else {
            of_text(&line)?
        };
        REPORTS.contains(&&*message).then(|| Self {
            reason: fields.remove("reason").unwrap_or_default(),
            place: fields.remove("place").and_then(|place| place_of(&place)),
            message,
        })
    }

    /// Which end wrote it, if its place says so.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match self.place.as_ref()? {
            Place::Port { .. } => Some(Role::Server),
            Place::Connection { .. } | Place::Backup { .. } => Some(Role::Client),
            Place::Fleet | Place::Host(_) | Place::Application(_) | Place::CommandLine => None,
        }
    }

    /// Why the connection failed; `None` if the line tells of no failure that is known.
    #[must_use]
    pub fn explain(&self, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
        let cause = Cause::of_sentence(&self.reason)?;
        let told_by = self.role().map_or(Who::Here, Who::The);
        let told_by = match (told_by, &*self.reason) {
            // The reason itself says what the other one is.
            (Who::Here, reason) if reason.contains("the TLS client") => Who::The(Role::Server),
            (Who::Here, reason) if reason.contains("the TLS server") => Who::The(Role::Client),
            (known, _) => known,
        };
        if matches!(cause, Cause::Alert(_))
            && let Some((judging, rejected)) = ends.refusal(now)
            && judging == told_by.other()
        {
            let first = &rejected.first;
            let what = format!("{judging} refuses the certificate of {told_by}: {first}");
            return Some(remedy::of_refusal(
                Trouble::of_reason(first),
                judging,
                ends,
                &what,
            ));
        }
        Some(remedy::of(cause, told_by, ends, &self.reason))
    }
}

/// The place of a line. That of a tunnel by hand is written like the name of an application.
fn place_of(text: &str) -> Option<Place> {
    if text == Place::CommandLine.to_string() {
        return Some(Place::CommandLine);
    }
    text.parse().ok()
}

type Fields = BTreeMap<String, String>;

/// A flat JSON object.
fn of_json(line: &str) -> Option<(String, Fields)> {
    let object: BTreeMap<String, serde_json::Value> = serde_json::from_str(line).ok()?;
    let texts = object.into_iter().filter_map(|(key, value)| match value {
        serde_json::Value::String(text) => Some((key, text)),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    });
    let mut fields: Fields = texts.collect();
    Some((fields.remove("message")?, fields))
}

/// Time, level, message, and fields as `name=value`, with values in quotes where they are texts of others.
fn of_text(line: &str) -> Option<(String, Fields)> {
    let start = REPORTS
        .iter()
        .filter_map(|message| line.find(message))
        .min()?;
    let rest = line.get(start..)?;
    let mut parts = split(rest).into_iter();
    let message = parts.next()?.trim().to_owned();
    let fields = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        Some((name.to_owned(), unquoted(value.trim_end())))
    });
    Some((message, fields.collect()))
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

/// A value without its quotes and what was escaped in them.
fn unquoted(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    let Some(inner) = inner else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                // What else is escaped are characters that no sentence of ours is known by.
                Some(escaped @ ('"' | '\\' | '\'')) => text.push(escaped),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    text
}

/// The line without the sequences that colour it on a terminal.
fn without_colours(line: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "2026-11-22T00:59:42.290737Z  WARN handshake refused step=allowed names \
        reason=\"the certificate \\\"CN=host\\\" with serial 74 bears none of the names that are allowed here: \
        dns:other.example.com\" alert_sent=access_denied (49) place=\"Server:default\" peer=127.0.0.1:55432";

    #[track_caller]
    fn check(line: &str, told: Option<(&str, Option<Role>)>) {
        let read = LogLine::read(line);
        let found = read.as_ref().map(|line| (&*line.reason, line.role()));
        assert_eq!(found, told);
    }

    #[test]
    fn lines_of_both_forms_are_read() {
        let reason = "the certificate \"CN=host\" with serial 74 bears none of the names that are allowed here: \
            dns:other.example.com";
        check(TEXT, Some((reason, Some(Role::Server))));
        let coloured = format!("\u{1b}[2m{TEXT}\u{1b}[0m");
        check(&coloured, Some((reason, Some(Role::Server))));
        let json = r#"{"timestamp":"x","level":"WARN","message":"handshake refused","step":"path","reason":"the TLS client presented no certificate; one is demanded","place":"command line","bytes_in":0}"#;
        let reason = "the TLS client presented no certificate; one is demanded";
        check(json, Some((reason, None)));
        for other in [
            "",
            "{",
            "{}",
            "ready",
            "connection",
            "{\"message\":\"ready\"}",
            "a=\"b",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn a_line_is_explained() {
        let line = LogLine::read(TEXT).expect("a line");
        let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
        let told = told.expect("a failure").to_string();
        assert!(
            told.contains("on the server: add one of its names to allowed-names"),
            "{told}"
        );
        let json = r#"{"message":"handshake refused","reason":"the TLS client presented no certificate; one is demanded","place":"command line"}"#;
        let line = LogLine::read(json).expect("a line");
        let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
        let told = told.expect("a failure").to_string();
        assert!(told.contains("on the client: set certificate"), "{told}");
    }
}
