//! Takes the keys of one table, each as the type it must have.
//!
//! Invariant: every key is either taken or reported as unknown by [`Object::finish`].

use std::fmt::Display;
use std::str::FromStr;

use toml_parser::decoder::ScalarKind;

use super::tree::{ArrayForm, Item, Node, Scalar, Table};
use crate::belonging;
use crate::finding::Finding;
use crate::findings::{bad_key_value, missing_key, unknown_key, value_case};
use crate::lines::Lines;
use crate::place::Place;
use crate::secret::{HIDDEN, may_be_key_material};
use crate::span::{Located, Spot};
use crate::spelling;

/// Longest piece of a value that a message repeats, in characters; our own limit.
const MAX_QUOTED: usize = 80;

/// A table being read, with where its findings go.
pub(super) struct Object<'a, 's> {
    items: Vec<Item<'s>>,
    /// Where the object is in the fleet, as far as known yet.
    pub(super) place: Place,
    /// Where it is defined.
    pub(super) spot: Spot,
    /// What kind of object it is, for messages.
    kind: &'static str,
    /// The keys this kind has.
    allowed: &'static [&'static str],
    /// Keys whose value was reported as bad; they are there, so they are not missing.
    bad_keys: Vec<String>,
    pub(super) lines: &'a Lines<'s>,
}

impl<'a, 's> Object<'a, 's> {
    /// Starts to read `table`.
    pub(super) fn new(
        table: Table<'s>,
        kind: &'static str,
        allowed: &'static [&'static str],
        place: Place,
        lines: &'a Lines<'s>,
    ) -> Self {
        let spot = lines.spot(table.bytes);
        Self {
            items: table.items,
            place,
            spot,
            kind,
            allowed,
            bad_keys: Vec::new(),
            lines,
        }
    }

    fn take(&mut self, key: &str) -> Option<Item<'s>> {
        let index = self.items.iter().position(|item| item.key == key)?;
        Some(self.items.swap_remove(index))
    }

    /// A key that must be there.
    pub(super) fn required<T>(
        &self,
        key: &str,
        value: Option<T>,
        findings: &mut Vec<Finding>,
    ) -> Option<T> {
        let reported = self.bad_keys.iter().any(|bad| bad == key);
        if value.is_none() && !reported {
            findings.push(missing_key::found(
                self.place.clone(),
                &self.spot,
                self.kind,
                key,
            ));
        }
        value
    }

    /// A string.
    pub(super) fn text(
        &mut self,
        key: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Located<String>> {
        let scalar = self.string(key, findings)?;
        Some(Located::new(
            scalar.text.into_owned(),
            self.lines.spot(scalar.bytes),
        ))
    }

    /// A string that reads as a `T`.
    pub(super) fn parsed<T: FromStr<Err: Display>>(
        &mut self,
        key: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Located<T>> {
        let scalar = self.string(key, findings)?;
        let spot = self.lines.spot(scalar.bytes);
        match scalar.text.parse() {
            Ok(value) => Some(Located::new(value, spot)),
            Err(error) => {
                self.bad(&spot, key, &error.to_string(), findings);
                None
            }
        }
    }

    /// One of a few words; another case is taken with a warning.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &str,
        words: &[(&str, T)],
        findings: &mut Vec<Finding>,
    ) -> Option<Located<T>> {
        let scalar = self.string(key, findings)?;
        let (text, spot) = (scalar.text.as_ref(), self.lines.spot(scalar.bytes));
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(Located::new(*value, spot));
        }
        if let Some((word, value)) = words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
        {
            let place = self.place.clone();
            findings.push(value_case::found(place, &spot, key, text, word));
            return Some(Located::new(*value, spot));
        }
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let problem = format!(
            "{:?} is not allowed; allowed are {}",
            quoted(text),
            words.join(", ")
        );
        self.bad(&spot, key, &problem, findings);
        let near = spelling::nearest(text, words.iter().copied());
        if let (Some(near), Some(finding)) = (near, findings.last_mut()) {
            finding.remedy = format!("write {near:?} if that was meant").into();
        }
        None
    }

    /// The text of a string, a number, a truth value or a date, as option values may be written.
    pub(super) fn bare(
        &mut self,
        key: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<Located<String>> {
        let item = self.take(key)?;
        match item.node {
            Node::Scalar(scalar) => Some(Located::new(
                scalar.text.into_owned(),
                self.lines.spot(scalar.bytes),
            )),
            Node::Table(_) | Node::Array(..) => {
                let spot = self.lines.spot(item.key_bytes);
                self.bad(
                    &spot,
                    key,
                    "it must be a string, a number or a date",
                    findings,
                );
                None
            }
        }
    }

    /// A string, with where its text stands.
    pub(super) fn string(&mut self, key: &str, findings: &mut Vec<Finding>) -> Option<Scalar<'s>> {
        let item = self.take(key)?;
        match item.node {
            Node::Scalar(scalar) if scalar.kind == ScalarKind::String => Some(scalar),
            Node::Scalar(_) | Node::Table(_) | Node::Array(..) => {
                let spot = self.lines.spot(item.key_bytes);
                self.bad(
                    &spot,
                    key,
                    "it must be a string in quotation marks",
                    findings,
                );
                None
            }
        }
    }

    /// An array of strings, each read as a `T`; one that does not read is reported and left out.
    pub(super) fn list<T: FromStr<Err: Display>>(
        &mut self,
        key: &str,
        findings: &mut Vec<Finding>,
    ) -> Vec<Located<T>> {
        let Some(item) = self.take(key) else {
            return Vec::new();
        };
        let key_spot = self.lines.spot(item.key_bytes);
        let Node::Array(nodes, ..) = item.node else {
            self.bad(&key_spot, key, "it must be an array of strings", findings);
            return Vec::new();
        };
        let mut values = Vec::new();
        for node in nodes {
            match node {
                Node::Scalar(scalar) if scalar.kind == ScalarKind::String => {
                    let spot = self.lines.spot(scalar.bytes);
                    match scalar.text.parse() {
                        Ok(value) => values.push(Located::new(value, spot)),
                        Err(error) => {
                            let problem = format!("{:?}: {error}", quoted(&scalar.text));
                            self.bad(&spot, key, &problem, findings);
                        }
                    }
                }
                Node::Scalar(_) | Node::Table(_) | Node::Array(..) => {
                    self.bad(&key_spot, key, "it must be an array of strings", findings);
                }
            }
        }
        values
    }

    /// The tables of `[[...key]]`.
    pub(super) fn tables(&mut self, key: &str, findings: &mut Vec<Finding>) -> Vec<Table<'s>> {
        let Some(item) = self.take(key) else {
            return Vec::new();
        };
        let spot = self.lines.spot(item.key_bytes);
        let problem = || format!("each {key} must be a table of its own, `[[...{key}]]`");
        let Node::Array(nodes, ArrayForm::Headers | ArrayForm::Inline) = item.node else {
            self.bad(&spot, key, &problem(), findings);
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Table(table) => tables.push(table),
                Node::Array(..) | Node::Scalar(_) => self.bad(&spot, key, &problem(), findings),
            }
        }
        tables
    }

    /// The table of `[...key]`.
    pub(super) fn table(&mut self, key: &str, findings: &mut Vec<Finding>) -> Option<Table<'s>> {
        let item = self.take(key)?;
        match item.node {
            Node::Table(table) => Some(table),
            Node::Array(..) | Node::Scalar(_) => {
                let spot = self.lines.spot(item.key_bytes);
                self.bad(&spot, key, "it must be a table", findings);
                None
            }
        }
    }

    /// Reports a bad value of `key`.
    pub(super) fn bad(
        &mut self,
        spot: &Spot,
        key: &str,
        problem: &str,
        findings: &mut Vec<Finding>,
    ) {
        self.bad_keys.push(key.to_owned());
        findings.push(bad_key_value::found(self.place.clone(), spot, key, problem));
    }

    /// Reports every key that was not taken.
    pub(super) fn finish(mut self, findings: &mut Vec<Finding>) {
        self.items.sort_by_key(|item| item.key_bytes.start);
        for item in &self.items {
            let nearest =
                spelling::nearest(&item.key, self.allowed.iter().copied()).or_else(|| {
                    self.allowed
                        .iter()
                        .copied()
                        .find(|known| known.eq_ignore_ascii_case(&item.key))
                });
            let spot = self.lines.spot(item.key_bytes.clone());
            let place = self.place.clone();
            let key = quoted(&item.key);
            findings.push(unknown_key::found(
                place,
                &spot,
                &key,
                self.allowed,
                nearest,
                belonging::of_key(&item.key, self.kind),
            ));
        }
    }
}

/// The start of a text, for messages.
pub(super) fn quoted(text: &str) -> String {
    if may_be_key_material(text) {
        return HIDDEN.to_owned();
    }
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
