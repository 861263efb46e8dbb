//! Reading BER: headers of elements, and the way from BER to DER.
//!
//! Some programs write key stores and PKCS#7 with lengths that are not said (`30 80 .. 00 00`), with
//! strings in parts, or with longer lengths than needed; the decoders here read DER. Knows no
//! structure. Invariant: what is DER already comes out as the same octets, so that a certificate in
//! the middle of it keeps its signature.
//!
//! Source: ITU-T X.690, section 8.1 and section 10.

use std::borrow::Cow;

use zeroize::Zeroizing;

/// Levels of elements within elements.
///
/// Source: ours. A PKCS#12 file has 8, a certificate in it 12 more.
const MAX_DEPTH: usize = 48;

/// Elements with others in them, which is what memory is spent on.
///
/// Source: ours. A PKCS#7 of 10,000 certificates has 600,000.
const MAX_CONSTRUCTED: usize = 1_000_000;

/// Octets of a tag: X.690 section 8.1.2.4 sets no limit; no tag in use has more than two.
const MAX_TAG: usize = 5;

/// Why BER cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidBer {
    #[error("it ends in the middle of an element")]
    CutOff,
    #[error("an element has a tag of more than {MAX_TAG} octets")]
    Tag,
    #[error("an element has a length that cannot be")]
    Length,
    #[error("elements are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    #[error("it has more than {MAX_CONSTRUCTED} elements with others in them")]
    TooMany,
    #[error("there are {bytes} bytes behind its end")]
    Behind { bytes: usize },
}

/// The first octets of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    tag: &'a [u8],
    length: Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Said {
        octets: usize,
        minimal: bool,
    },
    /// Until two octets of zero.
    Open,
}

impl<'a> Header<'a> {
    /// Reads a header, and gives what follows it.
    pub(crate) fn read(input: &'a [u8]) -> Result<(Self, &'a [u8]), InvalidBer> {
        let (first, mut rest) = input.split_first().ok_or(InvalidBer::CutOff)?;
        let mut tag_octets = 1;
        if first & 0x1f == 0x1f {
            loop {
                let (next, after) = rest.split_first().ok_or(InvalidBer::CutOff)?;
                (tag_octets, rest) = (tag_octets + 1, after);
                if tag_octets > MAX_TAG {
                    return Err(InvalidBer::Tag);
                }
                if next & 0x80 == 0 {
                    break;
                }
            }
        }
        let tag = input.get(..tag_octets).ok_or(InvalidBer::CutOff)?;
        let (length, rest) = Length::read(rest)?;
        Ok((Self { tag, length }, rest))
    }

    /// The first octet of the tag: class, form and small number.
    pub(crate) fn tag(&self) -> u8 {
        self.tag.first().copied().unwrap_or_default()
    }

    /// Octets of the contents, if they are said.
    pub(crate) fn length(&self) -> Option<usize> {
        match self.length {
            Length::Said { octets, .. } => Some(octets),
            Length::Open => None,
        }
    }

    fn is_constructed(&self) -> bool {
        self.tag() & 0x20 != 0
    }

    /// X.690 section 8.1.5: the end of an element whose length is not said.
    fn is_end(&self) -> bool {
        self.tag == [0] && self.length() == Some(0)
    }
}

impl Length {
    fn read(input: &[u8]) -> Result<(Self, &[u8]), InvalidBer> {
        let (first, rest) = input.split_first().ok_or(InvalidBer::CutOff)?;
        let count = match first {
            0..=0x7f => {
                let octets = usize::from(*first);
                return Ok((
                    Self::Said {
                        octets,
                        minimal: true,
                    },
                    rest,
                ));
            }
            0x80 => return Ok((Self::Open, rest)),
            // X.690 section 8.1.3.5 c).
            0xff => return Err(InvalidBer::Length),
            more => usize::from(more & 0x7f),
        };
        let (length, rest) = rest.split_at_checked(count).ok_or(InvalidBer::CutOff)?;
        let mut octets = 0_usize;
        for octet in length {
            octets = octets
                .checked_mul(256)
                .and_then(|octets| octets.checked_add(usize::from(*octet)))
                .ok_or(InvalidBer::Length)?;
        }
        let minimal = length_octets(octets) == count + 1;
        Ok((Self::Said { octets, minimal }, rest))
    }
}

/// The one element that the input is, in DER as far as lengths and strings of octets go.
///
/// The order of a SET and the contents of values are left as they are.
pub(crate) fn to_der(input: &[u8]) -> Result<Cow<'_, [u8]>, InvalidBer> {
    let mut plan = Plan::default();
    let (total, rest) = plan.measure(input, 0)?;
    if !rest.is_empty() {
        return Err(InvalidBer::Behind { bytes: rest.len() });
    }
    if !plan.changes {
        return Ok(Cow::Borrowed(input));
    }
    // Sized once: there may be a private key in it.
    let mut output = Zeroizing::new(Vec::with_capacity(total));
    let mut lengths = plan.lengths.iter();
    write(input, &mut lengths, &mut output)?;
    Ok(Cow::Owned(std::mem::take(&mut *output)))
}

/// The lengths of all constructed elements, in the order of their headers.
#[derive(Default)]
struct Plan {
    lengths: Vec<usize>,
    changes: bool,
}

impl Plan {
    /// Octets of the first element in DER, and what is behind it.
    fn measure<'a>(
        &mut self,
        input: &'a [u8],
        depth: usize,
    ) -> Result<(usize, &'a [u8]), InvalidBer> {
        if depth > MAX_DEPTH {
            return Err(InvalidBer::TooDeep);
        }
        let (header, rest) = Header::read(input)?;
        if !header.is_constructed() {
            let length = header.length().ok_or(InvalidBer::Length)?;
            let (_, rest) = rest.split_at_checked(length).ok_or(InvalidBer::CutOff)?;
            self.changes |= header.length != said(length);
            return Ok((header.tag.len() + length_octets(length) + length, rest));
        }
        if self.lengths.len() >= MAX_CONSTRUCTED {
            return Err(InvalidBer::TooMany);
        }
        let slot = self.lengths.len();
        self.lengths.push(0);
        let mut contents = 0_usize;
        let in_parts = header.tag() == OCTET_STRING_IN_PARTS;
        let rest = each(header, rest, |part| {
            let (inner, rest) = self.measure(part, depth + 1)?;
            contents += if in_parts {
                part_length(part, inner)?
            } else {
                inner
            };
            Ok(rest)
        })?;
        if let Some(slot) = self.lengths.get_mut(slot) {
            *slot = contents;
        }
        self.changes |= in_parts || header.length != said(contents);
        Ok((header.tag.len() + length_octets(contents) + contents, rest))
    }
}

/// An OCTET STRING that consists of others (X.690 section 8.7.3).
const OCTET_STRING_IN_PARTS: u8 = 0x24;
const OCTET_STRING: u8 = 0x04;

fn said(octets: usize) -> Length {
    Length::Said {
        octets,
        minimal: true,
    }
}

/// Octets of the contents of a part of a string, of which `der` octets are its DER.
fn part_length(part: &[u8], der: usize) -> Result<usize, InvalidBer> {
    let (header, _) = Header::read(part)?;
    if !matches!(header.tag(), OCTET_STRING | OCTET_STRING_IN_PARTS) {
        return Err(InvalidBer::Tag);
    }
    // The header in DER is one octet for the tag and a minimal length.
    (0..=size_of::<usize>())
        .map(|extra| der.saturating_sub(2 + extra))
        .find(|contents| 1 + length_octets(*contents) + contents == der)
        .ok_or(InvalidBer::Length)
}

/// Calls `f` at each element inside of one; it gives what is behind that element.
fn each<'a>(
    header: Header<'a>,
    contents: &'a [u8],
    mut f: impl FnMut(&'a [u8]) -> Result<&'a [u8], InvalidBer>,
) -> Result<&'a [u8], InvalidBer> {
    match header.length() {
        Some(length) => {
            let (mut inner, rest) = contents
                .split_at_checked(length)
                .ok_or(InvalidBer::CutOff)?;
            while !inner.is_empty() {
                inner = f(inner)?;
            }
            Ok(rest)
        }
        None => {
            let mut inner = contents;
            loop {
                let (next, rest) = Header::read(inner)?;
                if next.is_end() {
                    return Ok(rest);
                }
                inner = f(inner)?;
            }
        }
    }
}

/// Writes the first element as it was measured, and gives what is behind it.
fn write<'a>(
    input: &'a [u8],
    lengths: &mut std::slice::Iter<'_, usize>,
    output: &mut Vec<u8>,
) -> Result<&'a [u8], InvalidBer> {
    let (header, rest) = Header::read(input)?;
    if !header.is_constructed() {
        let length = header.length().ok_or(InvalidBer::Length)?;
        let (contents, rest) = rest.split_at_checked(length).ok_or(InvalidBer::CutOff)?;
        output.extend_from_slice(header.tag);
        write_length(length, output);
        output.extend_from_slice(contents);
        return Ok(rest);
    }
    let length = *lengths.next().ok_or(InvalidBer::TooMany)?;
    if header.tag() == OCTET_STRING_IN_PARTS {
        output.push(OCTET_STRING);
        write_length(length, output);
        return each(header, rest, |part| write_part(part, lengths, output));
    }
    output.extend_from_slice(header.tag);
    write_length(length, output);
    each(header, rest, |inner| write(inner, lengths, output))
}

/// Writes what is in one part of a string.
fn write_part<'a>(
    input: &'a [u8],
    lengths: &mut std::slice::Iter<'_, usize>,
    output: &mut Vec<u8>,
) -> Result<&'a [u8], InvalidBer> {
    let (header, rest) = Header::read(input)?;
    if header.is_constructed() {
        lengths.next();
        return each(header, rest, |part| write_part(part, lengths, output));
    }
    let length = header.length().ok_or(InvalidBer::Length)?;
    let (contents, rest) = rest.split_at_checked(length).ok_or(InvalidBer::CutOff)?;
    output.extend_from_slice(contents);
    Ok(rest)
}

/// Octets of a length in DER.
fn length_octets(length: usize) -> usize {
    if length < 0x80 {
        return 1;
    }
    1 + significant(length).count()
}

fn write_length(length: usize, output: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => output.push(short),
        Ok(_) | Err(_) => {
            let count = u8::try_from(significant(length).count()).unwrap_or_default();
            output.push(0x80 | count);
            output.extend(significant(length));
        }
    }
}

/// The octets of a number, without zeros in front.
fn significant(number: usize) -> impl Iterator<Item = u8> {
    number
        .to_be_bytes()
        .into_iter()
        .skip_while(|octet| *octet == 0)
}

#[cfg(test)]
mod tests;
