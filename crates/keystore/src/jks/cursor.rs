//! Reading the numbers and strings of Java's `DataInputStream`.
//!
//! Invariant: nothing is read, and no room made, beyond the end of the input.

use super::ReadJksError;
use super::text;

/// What is left of a file.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            rest: input,
            total: input.len(),
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// An error that says where.
    pub(super) fn damaged(&self, what: &str) -> ReadJksError {
        ReadJksError::Malformed {
            detail: format!("{what} at byte {}", self.total - self.rest.len()),
        }
    }

    pub(super) fn octets(&mut self, count: usize) -> Result<&'a [u8], ReadJksError> {
        let (octets, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| self.damaged("it ends too early"))?;
        self.rest = rest;
        Ok(octets)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadJksError> {
        let octets = self.octets(N)?;
        octets
            .try_into()
            .map_err(|_| self.damaged("it ends too early"))
    }

    pub(super) fn number(&mut self) -> Result<u32, ReadJksError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Milliseconds since 1970, which nobody here asks for.
    pub(super) fn skip_date(&mut self) -> Result<(), ReadJksError> {
        self.array::<8>().map(drop)
    }

    /// Octets behind their number.
    pub(super) fn block(&mut self) -> Result<&'a [u8], ReadJksError> {
        let length = self.number()?;
        // Where it does not fit there are not as many octets either.
        self.octets(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// A text as `readUTF` reads it.
    pub(super) fn text(&mut self) -> Result<String, ReadJksError> {
        let length = self.array().map(u16::from_be_bytes)?;
        let octets = self.octets(usize::from(length))?;
        text::decode(octets).ok_or_else(|| self.damaged("a text is no modified UTF-8 before"))
    }
}
