//! Writes a draft as a fleet file.
//!
//! Invariant: the text is TOML, and its strings are the characters of the draft.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::Report;
use super::attributes::Literal;
use super::draft::{ApplicationDraft, Body, Draft};

/// The text, and how much is in it.
pub(super) fn write(draft: &Draft) -> (Zeroizing<String>, Report) {
    let mut report = Report {
        hosts: draft.hosts.len(),
        applications: draft.applications.len(),
        ..Report::default()
    };
    let mut text = Zeroizing::new(String::from(
        "# Made by trustpack fleet import. What is to be mended in it: trustpack fleet check\n",
    ));
    for (name, body) in draft.hosts.iter() {
        header(&mut text, "[[host]]", &[("name", name.as_str())]);
        keys(&mut text, body);
        security(&mut text, "[host.security]", body, &mut report);
    }
    for (name, application) in draft.applications.iter() {
        header(&mut text, "[[application]]", &[("name", name.as_str())]);
        keys(&mut text, &application.body);
        security(
            &mut text,
            "[application.security]",
            &application.body,
            &mut report,
        );
        ends(&mut text, application);
        report.ports += application.ports.len();
        report.connections += application.connections.len();
    }
    (text, report)
}

fn ends(text: &mut String, application: &ApplicationDraft) {
    for (id, body) in application.ports.iter() {
        header(text, "[[application.port]]", &[("id", id.as_str())]);
        keys(text, body);
    }
    for ((to, port), body) in application.connections.iter() {
        let names = [("to", to.as_str()), ("port", port.as_str())];
        header(text, "[[application.connection]]", &names);
        keys(text, body);
    }
}

fn header(text: &mut String, header: &str, names: &[(&str, &str)]) {
    text.push('\n');
    text.push_str(header);
    text.push('\n');
    for (key, value) in names {
        line(text, key, &string(value));
    }
}

fn keys(text: &mut String, body: &Body) {
    for (key, literal) in body.keys.iter() {
        let value = match literal {
            Literal::Text(value) => string(value),
            Literal::Bare(value) => value.clone(),
            Literal::List(values) => {
                let values: Vec<String> = values.iter().map(|value| string(value)).collect();
                format!("[{}]", values.join(", "))
            }
        };
        line(text, key, &value);
    }
}

fn security(text: &mut String, header: &str, body: &Body, report: &mut Report) {
    if body.security.len() == 0 {
        return;
    }
    text.push_str(header);
    text.push('\n');
    for (name, value) in body.security.iter() {
        let bare = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let name = if bare { name.clone() } else { string(name) };
        line(text, &name, &Zeroizing::new(string(value.expose())));
        report.options += 1;
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    text.push_str(key);
    text.push_str(" = ");
    text.push_str(value);
    text.push('\n');
}

/// A basic string of TOML.
///
/// Source: TOML 1.0.0, "String": quotation mark, backslash and control characters but the tab are escaped.
fn string(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                text.push('\\');
                text.push(c);
            }
            '\t' => text.push(c),
            c if c.is_control() => {
                // Writing into a string does not fail.
                let _ = write!(text, "\\u{:04X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
