//! The tree of a TOML text: tables, arrays and scalars with their places, and every error in it.
//!
//! The event parser checks the order of tokens alone; that keys are unique and tables are defined once
//! is checked here. What the tables mean is not known here.
//! Invariant: nesting, keys in a table and errors are bounded by the limits below, whatever the text is.

use std::borrow::Cow;
use std::ops::Range;

use toml_parser::decoder::ScalarKind;
use toml_parser::lexer::TokenKind;
use toml_parser::parser::parse_document;
use toml_parser::{ErrorSink, ParseError, Source};

use super::builder::Builder;

/// Deepest nesting of values and of dotted keys; a fleet file needs four. Our own limit, so that no text
/// can exhaust the stack.
pub(super) const MAX_DEPTH: usize = 16;
/// Most keys in one table; the largest table of a fleet file is `[security]` with some thirty. Our own
/// limit, so that looking for a key stays cheap.
pub(super) const MAX_KEYS: usize = 256;
/// Most errors that one text is asked for; nobody reads more. Our own limit.
const MAX_PROBLEMS: usize = 1000;

/// Words and signs that are read at a time: enough that the pieces cost nothing, few enough to stay in the processor's
/// cache.
const PIECE_TOKENS: usize = 4096;

/// A range of bytes in the text.
pub(crate) type Bytes = Range<usize>;

/// A table.
#[derive(Default)]
pub(crate) struct Table<'s> {
    pub(crate) items: Vec<Item<'s>>,
    /// The header or the opening brace.
    pub(crate) bytes: Bytes,
    pub(crate) form: Form,
}

/// A key with its value.
pub(crate) struct Item<'s> {
    pub(crate) key: Cow<'s, str>,
    pub(crate) key_bytes: Bytes,
    pub(crate) node: Node<'s>,
}

/// A value.
pub(crate) enum Node<'s> {
    Table(Table<'s>),
    Array(Vec<Self>, ArrayForm),
    Scalar(Scalar<'s>),
}

/// A scalar, as text.
pub(crate) struct Scalar<'s> {
    pub(crate) text: Cow<'s, str>,
    pub(crate) kind: ScalarKind,
    pub(crate) bytes: Bytes,
    /// The first byte of the text itself, if it stands in the file as it is, without escapes.
    pub(crate) verbatim: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArrayForm {
    /// `[[name]]`.
    Headers,
    /// `[1, 2]`.
    Inline,
}

/// How a table came to be; it decides who may add to it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// By the header of a table below it.
    #[default]
    Implied,
    /// By its own header.
    Header,
    /// By a dotted key.
    Dotted,
    /// In braces.
    Inline,
}

/// What is wrong in a text.
pub(crate) enum Problem {
    Syntax {
        bytes: Bytes,
        description: String,
    },
    Duplicate {
        bytes: Bytes,
        key: String,
        first: Bytes,
    },
    NotATable {
        bytes: Bytes,
        key: String,
    },
    TooDeep {
        bytes: Bytes,
    },
    TooManyKeys {
        bytes: Bytes,
    },
    TooManyProblems {
        bytes: Bytes,
    },
}

/// Reads `text`; the tree holds what could be read.
pub(crate) fn read(text: &str) -> (Table<'_>, Vec<Problem>) {
    read_in_pieces(text, |_| {})
}

/// The same, and after each piece of the text `take` may take from the root what no later line adds to
/// ([`Table::take_complete`]), so that a long text does not become a large tree.
pub(crate) fn read_in_pieces<'s>(
    text: &'s str,
    mut take: impl FnMut(&mut Table<'s>),
) -> (Table<'s>, Vec<Problem>) {
    let source = Source::new(text);
    let mut builder = Builder::new(source);
    let mut errors = Errors(Vec::new());
    let mut piece = Vec::with_capacity(PIECE_TOKENS);
    let mut open = Brackets::default();
    for token in source.lex() {
        piece.push(token);
        open.count(token.kind());
        let between_lines = token.kind() == TokenKind::Newline && open.none();
        if between_lines && piece.len() >= PIECE_TOKENS {
            parse_document(&piece, &mut builder, &mut errors);
            take(builder.between_lines());
            piece.clear();
        }
    }
    parse_document(&piece, &mut builder, &mut errors);
    let (root, mut problems) = builder.finish();
    problems.extend(errors.0.into_iter().map(|error| syntax(text, &error)));
    problems.extend(lone_return(text));
    problems.sort_by_key(|problem| problem.bytes().start);
    if problems.len() > MAX_PROBLEMS {
        let next = problems
            .drain(MAX_PROBLEMS..)
            .next()
            .map_or(0..0, |p| p.bytes().clone());
        problems.push(Problem::TooManyProblems { bytes: next });
    }
    (root, problems)
}

/// Brackets that are open, each kind for itself: where none is, an end of line ends what stands before it.
#[derive(Default)]
struct Brackets {
    square: usize,
    curly: usize,
}

impl Brackets {
    fn count(&mut self, token: TokenKind) {
        if token == TokenKind::LeftSquareBracket {
            self.square += 1;
        } else if token == TokenKind::RightSquareBracket {
            self.square = self.square.saturating_sub(1);
        } else if token == TokenKind::LeftCurlyBracket {
            self.curly += 1;
        } else if token == TokenKind::RightCurlyBracket {
            self.curly = self.curly.saturating_sub(1);
        }
    }

    fn none(&self) -> bool {
        self.square == 0 && self.curly == 0
    }
}

impl<'s> Table<'s> {
    /// Takes the tables `[[key]]` but the last, to which lines may still be added.
    pub(crate) fn take_complete(&mut self, key: &str) -> Vec<Self> {
        let Some(Item {
            node: Node::Array(nodes, ArrayForm::Headers),
            ..
        }) = self.items.iter_mut().find(|item| item.key == key)
        else {
            return Vec::new();
        };
        let complete = nodes.drain(..nodes.len().saturating_sub(1));
        let table = |node| match node {
            Node::Table(table) => Some(table),
            Node::Array(..) | Node::Scalar(_) => None,
        };
        complete.filter_map(table).collect()
    }
}

impl TooMany {
    /// The limits in words.
    pub(super) fn text(self) -> String {
        match self {
            Self::Depth => format!("nested deeper than {MAX_DEPTH} levels, the limit"),
            Self::Keys => format!("the table has more than {MAX_KEYS} keys, the limit"),
            Self::Problems => format!("more than {MAX_PROBLEMS} errors; the rest is not listed"),
        }
    }
}

/// Which limit was met.
#[derive(Clone, Copy)]
pub(super) enum TooMany {
    Depth,
    Keys,
    Problems,
}

impl Problem {
    fn bytes(&self) -> &Bytes {
        match self {
            Self::Syntax { bytes, .. }
            | Self::Duplicate { bytes, .. }
            | Self::NotATable { bytes, .. }
            | Self::TooDeep { bytes }
            | Self::TooManyKeys { bytes }
            | Self::TooManyProblems { bytes } => bytes,
        }
    }
}

/// Collects what the parser reports, up to the limit and one more.
struct Errors(Vec<ParseError>);

impl ErrorSink for Errors {
    fn report_error(&mut self, error: ParseError) {
        if self.0.len() <= MAX_PROBLEMS {
            self.0.push(error);
        }
    }
}

/// The first carriage return that ends no line. The parser takes each for the end of one, and every line would be the first.
///
/// Source: TOML 1.0, "Spec": a newline is LF or CRLF, and other control characters are nowhere allowed.
fn lone_return(text: &str) -> Option<Problem> {
    let mut returns = text.match_indices('\r').map(|(at, _)| at);
    let at = returns.find(|at| text.as_bytes().get(at + 1) != Some(&b'\n'))?;
    Some(Problem::Syntax {
        bytes: at..at + 1,
        description: "a carriage return ends no line here; lines end with a line feed (LF), or with both (CRLF)"
            .to_owned(),
    })
}

fn syntax(text: &str, error: &ParseError) -> Problem {
    let span = error
        .unexpected()
        .or_else(|| error.context())
        .unwrap_or_default();
    let mut description = error.description().to_owned();
    let expected: Vec<String> = error
        .expected()
        .unwrap_or_default()
        .iter()
        .filter_map(|expected| match expected {
            toml_parser::Expected::Literal("\n") => Some("the end of the line".to_owned()),
            toml_parser::Expected::Literal(literal) => Some(format!("`{literal}`")),
            toml_parser::Expected::Description(words) => Some((*words).to_owned()),
            // The enum is open; a kind we do not know adds nothing to the sentence.
            _ => None,
        })
        .collect();
    if !expected.is_empty() {
        description.push_str("; expected ");
        description.push_str(&expected.join(" or "));
    }
    let end = span.end().min(text.len());
    Problem::Syntax {
        bytes: span.start().min(end)..end,
        description,
    }
}
