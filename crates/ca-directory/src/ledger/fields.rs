//! The fields of one line of the ledger, borrowed from it: nothing is copied.
//!
//! Six fields between tabs, as `openssl ca` reads them; a tab after a backslash belongs to the field.
//! Invariant: a [`Line`] was looked at in all its fields.
//!
//! Source: `TXT_DB_read` and the checks of `openssl ca` when it loads its database (OpenSSL 3.0).

use memchr::memchr_iter;
use trustpack_x509::serial::Serial;
use trustpack_x509::time::Timestamp;

use super::cause::Cause;
use crate::ledger_line::{InvalidField, InvalidLine};

/// One line, all of its fields looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// All of it, without its line break.
    pub(crate) raw: &'a [u8],
    pub(crate) state: LineState<'a>,
    /// The last moment of the validity.
    pub(crate) expiry: Timestamp,
    /// Hexadecimal digits, an even number of them.
    pub(crate) serial: &'a [u8],
    pub(crate) file: &'a [u8],
    pub(crate) subject: &'a [u8],
}

/// The first field, with the third where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineState<'a> {
    /// `V`.
    Valid,
    /// `R`.
    Revoked(LineRevocation<'a>),
    /// `E`.
    Expired,
}

/// When and why the certificate of a line was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineRevocation<'a> {
    pub(crate) at: Timestamp,
    pub(crate) cause: Cause,
    /// The cause as it stands there, after a comma; empty if nothing does.
    pub(crate) written: &'a [u8],
}

impl LineState<'_> {
    pub(crate) fn is_revoked(self) -> bool {
        matches!(self, Self::Revoked(_))
    }
}

/// How many fields a line has.
const FIELDS: usize = 6;
const TAB: u8 = b'\t';
const BACKSLASH: u8 = b'\\';

impl<'a> Line<'a> {
    /// Looks at a line, which is without its line break.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, InvalidLine> {
        let (fields, starts) = split(line)?;
        let [letter, expiry, revocation, serial, file, subject] = fields;
        let [letter_at, expiry_at, revocation_at, serial_at, ..] = starts;
        let wrong = |start: usize, field: fn(String) -> InvalidField, found: &[u8]| InvalidLine {
            column: start + 1,
            field: field(shown(found)),
        };
        let time_of = |start: usize, field: &[u8]| {
            Timestamp::from_asn1(field)
                .ok_or_else(|| wrong(start, |found| InvalidField::Time { found }, field))
        };
        let no_state = || wrong(letter_at, |found| InvalidField::State { found }, letter);
        let revoked = || -> Result<LineState<'a>, InvalidLine> {
            let comma = memchr::memchr(b',', revocation).unwrap_or(revocation.len());
            let (time, rest) = revocation.split_at(comma);
            let at = time_of(revocation_at, time)?;
            let written = rest.get(1..).unwrap_or_default();
            let no_cause = |found| InvalidField::Reason { found };
            let cause = Cause::from_field(written)
                .ok_or_else(|| wrong(revocation_at, no_cause, written))?;
            Ok(LineState::Revoked(LineRevocation { at, cause, written }))
        };
        let unrevoked = |state: LineState<'a>| {
            if revocation.is_empty() {
                return Ok(state);
            }
            let field = |found| InvalidField::RevocationOfUnrevoked { found };
            Err(wrong(revocation_at, field, revocation))
        };
        let state = match letter {
            b"V" => unrevoked(LineState::Valid),
            b"R" => revoked(),
            b"E" => unrevoked(LineState::Expired),
            _other => return Err(no_state()),
        };
        // Fields are looked at in their order.
        let expiry = time_of(expiry_at, expiry)?;
        let state = state?;
        let even = serial.len().is_multiple_of(2) && !serial.is_empty();
        if !even || !serial.iter().all(u8::is_ascii_hexdigit) {
            return Err(wrong(
                serial_at,
                |found| InvalidField::Serial { found },
                serial,
            ));
        }
        Ok(Self {
            raw: line,
            state,
            expiry,
            serial,
            file,
            subject,
        })
    }

    /// The serial number as a value.
    pub(crate) fn serial(&self) -> Serial {
        let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default();
        let octets = significant(self.serial);
        let mut contents = Vec::with_capacity(octets.len() / 2 + 1);
        let mut digits = octets.iter().copied();
        if !octets.len().is_multiple_of(2) {
            contents.extend(digits.next().map(|low| octet(0, digit(low))));
        }
        while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
            contents.push(octet(digit(high), digit(low)));
        }
        Serial::from_unsigned(&contents)
    }

    /// Whether its serial is that of these digits, which have no zeros in front: OpenSSL compares
    /// serials without them.
    pub(crate) fn has_serial(&self, significant_digits: &[u8]) -> bool {
        self.serial.len() >= significant_digits.len()
            && significant(self.serial).eq_ignore_ascii_case(significant_digits)
    }
}

/// Hexadecimal digits without the zeros in front.
pub(crate) fn significant(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|&digit| digit != b'0');
    start.map_or(&[], |start| digits.get(start..).unwrap_or_default())
}

fn octet(high: u32, low: u32) -> u8 {
    u8::try_from((high << 4) | low).unwrap_or_default()
}

/// The fields of a line, and where each starts.
fn split(line: &[u8]) -> Result<([&[u8]; FIELDS], [usize; FIELDS]), InvalidLine> {
    let mut fields: [&[u8]; FIELDS] = [&[]; FIELDS];
    let mut starts = [0; FIELDS];
    let mut ends = memchr_iter(TAB, line)
        .filter(|&tab| tab == 0 || line.get(tab - 1) != Some(&BACKSLASH))
        .chain(std::iter::once(line.len()));
    let mut start = 0;
    let mut found = 0;
    for (field, begin) in fields.iter_mut().zip(&mut starts) {
        let Some(end) = ends.next() else {
            break;
        };
        *field = line.get(start..end).unwrap_or_default();
        *begin = start;
        start = end + 1;
        found += 1;
    }
    let more = ends.count();
    if found == FIELDS && more == 0 {
        Ok((fields, starts))
    } else {
        Err(InvalidLine {
            column: if more == 0 { line.len() } else { start } + 1,
            field: InvalidField::Fields {
                found: found + more,
            },
        })
    }
}

/// A field as a text: a backslash before a tab is not part of it.
pub(crate) fn text_of(field: &[u8]) -> String {
    let text = String::from_utf8_lossy(field);
    if text.contains("\\\t") {
        text.replace("\\\t", "\t")
    } else {
        text.into_owned()
    }
}

/// Of a field in a message, no more than this is shown.
const SHOWN_CHARACTERS: usize = 60;

fn shown(field: &[u8]) -> String {
    let start = field.get(..field.len().min(4 * SHOWN_CHARACTERS));
    let text = String::from_utf8_lossy(start.unwrap_or_default());
    trustpack_x509::shown::shown(&text, SHOWN_CHARACTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_are_compared_by_value() {
        for (field, digits, want) in [
            ("0A", "A", true),
            ("000a", "A", true),
            ("A0", "A", false),
            ("FF", "FF", true),
            ("00", "", true),
            ("01", "", false),
        ] {
            let line = format!("V\t270301085240Z\t\t{field}\tunknown\t/CN=a");
            let line = Line::parse(line.as_bytes()).unwrap();
            assert_eq!(line.has_serial(digits.as_bytes()), want, "{field} {digits}");
        }
    }
}
