//! JSON in whose strings nothing acts on a terminal, hides, or turns the direction of writing.
//!
//! A program reads the same: such a character stands there as its escape. Invariant: it is valid JSON with the same
//! values.

use std::io::{self, Write};

use serde_json::ser::Formatter;
use trustpack_x509::name::is_misleading;

/// Lays out as another one does; only strings are written otherwise.
#[derive(Debug)]
pub(super) struct Harmless<F>(pub(super) F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(acts) {
            let (plain, found) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut characters = found.chars();
            if let Some(character) = characters.next() {
                // RFC 8259 section 7: beyond U+FFFF as a pair of surrogates.
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// JSON itself escapes what is below U+0020.
fn acts(character: char) -> bool {
    character.is_control() || is_misleading(character)
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::Serializer;
    use serde_json::ser::{CompactFormatter, PrettyFormatter};

    use super::*;

    #[test]
    fn a_program_reads_the_same() {
        let value = serde_json::json!({
            "a\u{202e}b\u{7f}": ["\u{9b}31m", "ä\n\"\u{2028}", "\u{e0041}\u{200d}😀", {}, []],
        });
        let mut pretty = Vec::new();
        let layout = Harmless(PrettyFormatter::new());
        value
            .serialize(&mut Serializer::with_formatter(&mut pretty, layout))
            .unwrap();
        let mut compact = Vec::new();
        let layout = Harmless(CompactFormatter);
        value
            .serialize(&mut Serializer::with_formatter(&mut compact, layout))
            .unwrap();
        let compact = String::from_utf8(compact).unwrap();
        assert_eq!(
            compact,
            "{\"a\\u202eb\\u007f\":[\"\\u009b31m\",\"ä\\n\\\"\\u2028\",\
             \"\\udb40\\udc41\u{200d}😀\",{},[]]}"
        );
        for text in [pretty, compact.into_bytes()] {
            let read: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(read, value);
        }
    }
}
