//! Builds the tree of a TOML text from the events of its parser.
//!
//! Not here: the order of tokens, which the parser checks. Invariant: after any events the tree is within the
//! limits of [`super::tree`].

use std::borrow::Cow;

use toml_parser::decoder::{Encoding, ScalarKind};
use toml_parser::parser::EventReceiver;
use toml_parser::{ErrorSink, Source, Span};

use super::tree::{
    ArrayForm, Bytes, Form, Item, MAX_DEPTH, MAX_KEYS, Node, Problem, Scalar, Table,
};

struct Key<'s> {
    text: Cow<'s, str>,
    bytes: Bytes,
}

/// A value that is open: what it is for, and what it holds so far.
struct Frame<'s> {
    keys: Vec<Key<'s>>,
    node: Node<'s>,
}

struct Header {
    array: bool,
    start: usize,
}

/// The tree so far.
pub(super) struct Builder<'s> {
    source: Source<'s>,
    root: Table<'s>,
    /// The table whose lines are being read, and where it goes once they end; the root if empty.
    current: Table<'s>,
    path: Vec<Key<'s>>,
    path_is_array: bool,
    header: Option<Header>,
    frames: Vec<Frame<'s>>,
    keys: Vec<Key<'s>>,
    problems: Vec<Problem>,
}

impl<'s> Builder<'s> {
    /// Nothing yet, of the text `source`.
    pub(super) fn new(source: Source<'s>) -> Self {
        Self {
            source,
            root: Table::default(),
            current: Table::default(),
            path: Vec::new(),
            path_is_array: false,
            header: None,
            frames: Vec::new(),
            keys: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The tree, once there are no more events.
    pub(super) fn finish(mut self) -> (Table<'s>, Vec<Problem>) {
        while !self.frames.is_empty() {
            self.close();
        }
        self.end_header(self.source.input().len());
        self.attach();
        (self.root, self.problems)
    }

    /// The root so far, at the end of a line at which no value is open.
    pub(super) fn between_lines(&mut self) -> &mut Table<'s> {
        // Some are where a line is wrong.
        while !self.frames.is_empty() {
            self.close();
        }
        &mut self.root
    }

    /// The header that was open ends: from here on lines belong to its table.
    fn end_header(&mut self, end: usize) {
        let Some(header) = self.header.take() else {
            return;
        };
        self.attach();
        std::mem::swap(&mut self.path, &mut self.keys);
        self.path_is_array = header.array;
        self.current = Table {
            items: Vec::new(),
            bytes: header.start..end,
            form: Form::Header,
        };
    }

    /// Puts the table that was being read where its header said; the path is empty then.
    fn attach(&mut self) {
        let table = std::mem::take(&mut self.current);
        let Some(last) = self.path.pop() else {
            for item in table.items {
                insert(&mut self.root, item, &mut self.problems);
            }
            return;
        };
        let path = self.path.drain(..);
        let Some(parent) = walk(&mut self.root, path, Form::Implied, &mut self.problems) else {
            return;
        };
        let existing = parent.items.iter_mut().find(|item| item.key == last.text);
        match existing {
            None => {
                let node = if self.path_is_array {
                    Node::Array(vec![Node::Table(table)], ArrayForm::Headers)
                } else {
                    Node::Table(table)
                };
                let item = Item {
                    key: last.text,
                    key_bytes: last.bytes,
                    node,
                };
                insert(parent, item, &mut self.problems);
            }
            Some(Item {
                node: Node::Array(items, ArrayForm::Headers),
                ..
            }) if self.path_is_array => {
                items.push(Node::Table(table));
            }
            Some(Item {
                node: Node::Table(old),
                ..
            }) if !self.path_is_array && old.form == Form::Implied => {
                old.form = Form::Header;
                old.bytes = table.bytes;
                for item in table.items {
                    insert(old, item, &mut self.problems);
                }
            }
            Some(old) => {
                let key = last.text.into_owned();
                let first = old.key_bytes.clone();
                self.problems.push(Problem::Duplicate {
                    bytes: last.bytes,
                    key,
                    first,
                });
            }
        }
    }

    /// Puts a finished value where its keys, or the array it stands in, say.
    fn place(&mut self, keys: &mut Vec<Key<'s>>, node: Node<'s>) {
        let table = match self.frames.last_mut() {
            Some(Frame {
                node: Node::Array(items, ..),
                ..
            }) => {
                items.push(node);
                return;
            }
            Some(Frame {
                node: Node::Table(table),
                ..
            }) => table,
            Some(Frame {
                node: Node::Scalar(_),
                ..
            }) => return,
            None => &mut self.current,
        };
        // Without a key the parser has reported an error already.
        let Some(last) = keys.pop() else { return };
        let Some(table) = walk(table, keys.drain(..), Form::Dotted, &mut self.problems) else {
            return;
        };
        let item = Item {
            key: last.text,
            key_bytes: last.bytes,
            node,
        };
        insert(table, item, &mut self.problems);
    }

    fn open(&mut self, node: Node<'s>, span: Span) -> bool {
        let keys = std::mem::take(&mut self.keys);
        self.frames.push(Frame { keys, node });
        let allowed = self.frames.len() <= MAX_DEPTH;
        if !allowed {
            self.problems.push(Problem::TooDeep { bytes: bytes(span) });
        }
        allowed
    }

    fn close(&mut self) {
        if let Some(mut frame) = self.frames.pop() {
            self.keys.clear();
            self.place(&mut frame.keys, frame.node);
        }
    }
}

/// The table that `keys` lead to from `table`, made where it is not there. `form` is that of new tables.
fn walk<'t, 's>(
    mut table: &'t mut Table<'s>,
    keys: impl Iterator<Item = Key<'s>>,
    form: Form,
    problems: &mut Vec<Problem>,
) -> Option<&'t mut Table<'s>> {
    for key in keys {
        let index = match table.items.iter().position(|item| item.key == key.text) {
            Some(index) => index,
            None => {
                let bytes = key.bytes.clone();
                let node = Node::Table(Table {
                    items: Vec::new(),
                    bytes,
                    form,
                });
                let item = Item {
                    key: key.text.clone(),
                    key_bytes: key.bytes.clone(),
                    node,
                };
                insert(table, item, problems);
                table.items.len().checked_sub(1)?
            }
        };
        let item = table
            .items
            .get_mut(index)
            .filter(|item| item.key == key.text)?;
        let next = match &mut item.node {
            Node::Table(next) => Some(next),
            Node::Array(items, ArrayForm::Headers) => match items.last_mut() {
                Some(Node::Table(next)) => Some(next),
                Some(Node::Array(..) | Node::Scalar(_)) | None => None,
            },
            Node::Array(_, ArrayForm::Inline) | Node::Scalar(_) => None,
        };
        // A dotted key may not reach into a table that has a header or braces of its own.
        let closed = |next: &Table<'_>| {
            next.form == Form::Inline || (form == Form::Dotted && next.form == Form::Header)
        };
        match next {
            Some(next) if !closed(next) => table = next,
            Some(_) | None => {
                problems.push(Problem::NotATable {
                    bytes: key.bytes,
                    key: key.text.into_owned(),
                });
                return None;
            }
        }
    }
    Some(table)
}

fn insert<'s>(table: &mut Table<'s>, item: Item<'s>, problems: &mut Vec<Problem>) {
    if let Some(first) = table.items.iter().find(|old| old.key == item.key) {
        let first = first.key_bytes.clone();
        let key = item.key.into_owned();
        problems.push(Problem::Duplicate {
            bytes: item.key_bytes,
            key,
            first,
        });
    } else if table.items.len() >= MAX_KEYS {
        problems.push(Problem::TooManyKeys {
            bytes: item.key_bytes,
        });
    } else {
        table.items.push(item);
    }
}

/// The digits of a number as options and ports have them: `0x80C` is 2060.
fn in_decimal(digits: Cow<'_, str>, radix: u32) -> Cow<'_, str> {
    match u64::from_str_radix(&digits, radix) {
        Ok(number) if radix != 10 => Cow::Owned(number.to_string()),
        Ok(_) | Err(_) => digits,
    }
}

fn bytes(span: Span) -> Bytes {
    span.start()..span.end()
}

impl EventReceiver for Builder<'_> {
    fn std_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end_header(span.start());
        self.keys.clear();
        self.header = Some(Header {
            array: false,
            start: span.start(),
        });
    }

    fn std_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end_header(span.end());
    }

    fn array_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end_header(span.start());
        self.keys.clear();
        self.header = Some(Header {
            array: true,
            start: span.start(),
        });
    }

    fn array_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.end_header(span.end());
    }

    fn inline_table_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        let table = Table {
            items: Vec::new(),
            bytes: bytes(span),
            form: Form::Inline,
        };
        self.open(Node::Table(table), span)
    }

    fn inline_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.close();
    }

    fn array_open(&mut self, span: Span, _error: &mut dyn ErrorSink) -> bool {
        self.open(Node::Array(Vec::new(), ArrayForm::Inline), span)
    }

    fn array_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.close();
    }

    fn simple_key(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        if self.keys.len() >= MAX_DEPTH {
            if self.keys.len() == MAX_DEPTH {
                self.problems.push(Problem::TooDeep { bytes: bytes(span) });
                // One key too many stays, so that the text is reported once.
                self.keys.push(Key {
                    text: Cow::Borrowed(""),
                    bytes: bytes(span),
                });
            }
            return;
        }
        let mut text = Cow::Borrowed("");
        if let Some(raw) = self.source.get(span) {
            let raw = toml_parser::Raw::new_unchecked(raw.as_str(), kind, span);
            raw.decode_key(&mut text, error);
        }
        self.keys.push(Key {
            text,
            bytes: bytes(span),
        });
    }

    fn scalar(&mut self, span: Span, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        // Its room is kept for the next ones.
        let mut keys = std::mem::take(&mut self.keys);
        let Some(raw) = self.source.get(span) else {
            return;
        };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), kind, span);
        let mut text = Cow::Borrowed("");
        let scalar_kind = raw.decode_scalar(&mut text, error);
        if let ScalarKind::Integer(radix) = scalar_kind {
            text = in_decimal(text, radix.value());
        }
        let inside = match kind {
            None => Some((0, raw.len())),
            Some(Encoding::LiteralString | Encoding::BasicString) => {
                raw.len().checked_sub(1).map(|end| (1, end))
            }
            Some(Encoding::MlLiteralString | Encoding::MlBasicString) => None,
        };
        let verbatim = inside
            .filter(|&(start, end)| raw.as_str().get(start..end) == Some(text.as_ref()))
            .map(|(start, _)| span.start() + start);
        let scalar = Scalar {
            text,
            kind: scalar_kind,
            bytes: bytes(span),
            verbatim,
        };
        self.place(&mut keys, Node::Scalar(scalar));
        keys.clear();
        self.keys = keys;
    }

    fn newline(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        if self.frames.is_empty() {
            // A header that was not closed, or a key without a value: the error is reported already.
            self.end_header(span.start());
            self.keys.clear();
        }
    }
}
