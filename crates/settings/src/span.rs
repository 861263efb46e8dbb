//! Where in a text something stands.
//!
//! Invariant: a [`Location`] names a range that exists in the text it was made from.

use std::fmt;
use std::sync::Arc;

/// A range in a source text, with what people and programs need to find it.
///
/// Writes itself as `file:line:column`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The path of the text as it was given.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// First byte of the range, from 0.
    pub start: usize,
    /// First byte after the range.
    pub end: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Where a value was given: in a text, or as an option of the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// In a file.
    File(Location),
    /// As an option of the command line; its name without the hyphens.
    Flag(Arc<str>),
    /// As an option that a program gives to the library; its name.
    Option(Arc<str>),
}

impl Spot {
    /// The place in a file, if it is one.
    #[must_use]
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::File(location) => Some(location),
            Self::Flag(_) | Self::Option(_) => None,
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(location) => location.fmt(f),
            Self::Flag(name) => write!(f, "--{name}"),
            Self::Option(name) => f.write_str(name),
        }
    }
}

/// A value and where it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub spot: Spot,
}

impl<T> Located<T> {
    /// A value found at `spot`.
    #[must_use]
    pub fn new(value: T, spot: Spot) -> Self {
        Self { value, spot }
    }
}
