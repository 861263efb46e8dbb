//! The tables of a small TOML text, flat: each with its keys, each key with a value or a list of values.
//!
//! A text of this shape alone: tables by headers, keys without dots, strings, numbers, truth values and
//! lists of them. What the tables mean is not known here. Invariant: everything that is not of this
//! shape is a problem with its place, none is passed over.

use std::borrow::Cow;
use std::ops::Range;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, Expected, ParseError, Raw, Source, Span};

/// Problems of one text that are told; nobody reads more. Our own limit.
pub(super) const MAX_PROBLEMS: usize = 100;
/// Keys in one table; a profile has seven. Our own limit, so that looking for a key stays cheap.
const MAX_KEYS: usize = 64;

/// A range of bytes in the text.
pub(super) type Bytes = Range<usize>;

/// A table with its header.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The keys of its header, of none before the first header.
    pub(super) path: Vec<String>,
    pub(super) bytes: Bytes,
    pub(super) entries: Vec<Entry>,
}

/// A key with what stands behind it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_bytes: Bytes,
    pub(super) value: Value,
}

/// What stands behind a key.
#[derive(Debug)]
pub(super) enum Value {
    One(Scalar),
    List(Vec<Scalar>),
}

/// A string, number or truth value, as text.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) kind: ScalarKind,
    pub(super) bytes: Bytes,
}

/// What is wrong at a place.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) bytes: Bytes,
    pub(super) message: String,
}

/// Reads a text; the tables hold what could be read.
pub(super) fn read(text: &str) -> (Vec<Table>, Vec<Problem>) {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut reader = Reader::new(source);
    let mut errors = Errors(Vec::new());
    parse_document(&tokens, &mut reader, &mut errors);
    let mut problems = reader.problems;
    problems.extend(errors.0.iter().map(|error| syntax(text, error)));
    (reader.tables, problems)
}

struct Reader<'s> {
    source: Source<'s>,
    tables: Vec<Table>,
    keys: Vec<(String, Bytes)>,
    /// The list that is open.
    list: Option<Vec<Scalar>>,
    header: Option<Bytes>,
    problems: Vec<Problem>,
}

impl<'s> Reader<'s> {
    fn new(source: Source<'s>) -> Self {
        Self {
            source,
            tables: vec![Table::default()],
            keys: Vec::new(),
            list: None,
            header: None,
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, bytes: Bytes, message: &str) {
        if self.problems.len() <= MAX_PROBLEMS {
            let message = message.to_owned();
            self.problems.push(Problem { bytes, message });
        }
    }

    /// Puts a value behind the keys that were read.
    fn place(&mut self, value: Value) {
        let mut keys = std::mem::take(&mut self.keys).into_iter();
        // Without a key the parser has reported an error already.
        let Some((key, key_bytes)) = keys.next() else {
            return;
        };
        if keys.next().is_some() {
            return self.problem(key_bytes, "keys with dots have no meaning here");
        }
        let full = |table: &Table| table.entries.len() >= MAX_KEYS;
        if self.tables.last().is_some_and(full) {
            self.problem(key_bytes, "the table has more than 64 keys, the limit");
        } else if let Some(table) = self.tables.last_mut() {
            table.entries.push(Entry {
                key,
                key_bytes,
                value,
            });
        }
    }

    fn end_header(&mut self) {
        let Some(bytes) = self.header.take() else {
            return;
        };
        let path = std::mem::take(&mut self.keys);
        self.tables.push(Table {
            path: path.into_iter().map(|(key, _)| key).collect(),
            bytes,
            entries: Vec::new(),
        });
    }
}

impl EventReceiver for Reader<'_> {
    fn std_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.keys.clear();
        self.header = Some(bytes(span));
    }

    fn std_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        if let Some(header) = &mut self.header {
            header.end = span.end();
        }
        self.end_header();
    }

    fn array_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.keys.clear();
        self.header = Some(bytes(span));
        self.problem(
            bytes(span),
            "tables in double brackets have no meaning here",
        );
    }

    fn array_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.end_header();
    }

    fn inline_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.keys.clear();
        self.problem(bytes(span), "tables in braces have no meaning here");
        false
    }

    fn array_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        if self.list.is_some() {
            self.problem(bytes(span), "a list in a list has no meaning here");
            return false;
        }
        self.list = Some(Vec::new());
        true
    }

    fn array_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        if let Some(list) = self.list.take() {
            self.place(Value::List(list));
        }
    }

    fn simple_key(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let mut text = Cow::Borrowed("");
        if let Some(raw) = self.source.get(span) {
            Raw::new_unchecked(raw.as_str(), kind, span).decode_key(&mut text, error);
        }
        self.keys.push((text.into_owned(), bytes(span)));
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        let Some(raw) = self.source.get(span) else {
            return;
        };
        let mut text = Cow::Borrowed("");
        let raw = Raw::new_unchecked(raw.as_str(), kind, span);
        let kind = raw.decode_scalar(&mut text, error);
        let scalar = Scalar {
            text: text.into_owned(),
            kind,
            bytes: bytes(span),
        };
        match &mut self.list {
            Some(list) => list.push(scalar),
            None => self.place(Value::One(scalar)),
        }
    }

    fn newline(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        if self.list.is_none() {
            // A header that was not closed, or a key without a value: the error is reported already.
            self.end_header();
            self.keys.clear();
        }
    }
}

/// Collects what the parser reports, up to the limit.
struct Errors(Vec<ParseError>);

impl ErrorSink for Errors {
    fn report_error(&mut self, error: ParseError) {
        if self.0.len() <= MAX_PROBLEMS {
            self.0.push(error);
        }
    }
}

fn syntax(text: &str, error: &ParseError) -> Problem {
    let span = error.unexpected().or_else(|| error.context());
    let span = span.unwrap_or_default();
    let expected: Vec<String> = error
        .expected()
        .unwrap_or_default()
        .iter()
        .filter_map(|expected| match expected {
            Expected::Literal("\n") => Some("the end of the line".to_owned()),
            Expected::Literal(literal) => Some(format!("`{literal}`")),
            Expected::Description(words) => Some((*words).to_owned()),
            // The enum is open; a kind we do not know adds nothing to the sentence.
            _ => None,
        })
        .collect();
    let mut message = error.description().to_owned();
    if !expected.is_empty() {
        message.push_str("; expected ");
        message.push_str(&expected.join(" or "));
    }
    let end = span.end().min(text.len());
    Problem {
        bytes: span.start().min(end)..end,
        message,
    }
}

fn bytes(span: Span) -> Bytes {
    span.start()..span.end()
}
