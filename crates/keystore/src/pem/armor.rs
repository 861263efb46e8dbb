//! PEM blocks: finds them in any text and takes their Base64 off.
//!
//! Knows nothing of what is inside. Source: RFC 7468, whose lax form is read, and RFC 1421 section
//! 4.6 for headers, which are noted and skipped. Invariant: every `BEGIN` marker in the text gives
//! a block or an error with its line, so that a damaged block is never mistaken for a missing one.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// Characters in a line of Base64. Source: RFC 7468 section 2.
const LINE_WIDTH: usize = 64;

/// Characters of a label. Source: ours; RFC 7468 sets no limit, and the longest in use has 22.
const MAX_LABEL: usize = 100;

/// Characters of a damaged marker that an error repeats.
const SHOWN: usize = 80;

/// One PEM block.
pub(crate) struct Block {
    /// The text between `BEGIN` and the dashes.
    pub(crate) label: String,
    /// Number of the line with the `BEGIN` marker, from 1.
    pub(crate) line: usize,
    /// Whether a header says that the contents are encrypted (RFC 1421 section 4.6.1.1).
    pub(crate) proc_type_encrypted: bool,
    /// The value of the header `DEK-Info`, which says how (RFC 1421 section 4.6.1.3).
    pub(crate) dek_info: Option<String>,
    /// The `friendlyName` that OpenSSL writes before a block from a PKCS#12 file.
    pub(crate) friendly_name: Option<String>,
    /// The contents, perhaps of a private key.
    pub(crate) contents: Zeroizing<Vec<u8>>,
}

/// A PEM marker or block that is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPem {
    /// The text is in another encoding.
    #[error("the file is UTF-16 text; it must be saved as ASCII or UTF-8")]
    Utf16,
    /// A marker has not five dashes at both ends.
    #[error("line {line}: the PEM marker {found:?} must have five dashes at both ends")]
    Dashes {
        /// Line of the marker, from 1.
        line: usize,
        /// The marker as it is.
        found: String,
    },
    /// A label is too long.
    #[error("line {line}: the PEM label has {characters} characters; at most {MAX_LABEL} are read")]
    LongLabel {
        /// Line of the marker, from 1.
        line: usize,
        /// How many it has.
        characters: usize,
    },
    /// A block begins inside another or never ends.
    #[error("line {line}: the PEM block {label:?} has no END marker")]
    NoEnd {
        /// Line of the `BEGIN` marker, from 1.
        line: usize,
        /// Label of the block.
        label: String,
    },
    /// The label of the `END` marker is another one.
    #[error("line {line}: the PEM block {label:?} ends with the marker of {found:?}")]
    OtherEnd {
        /// Line of the `BEGIN` marker, from 1.
        line: usize,
        /// Label of the block.
        label: String,
        /// Label of the `END` marker.
        found: String,
    },
    /// An `END` marker without a `BEGIN` marker.
    #[error("line {line}: the END marker of {label:?} has no BEGIN marker before it")]
    NoBegin {
        /// Line of the `END` marker, from 1.
        line: usize,
        /// Its label.
        label: String,
    },
    /// The lines between the markers are not Base64, or there are none.
    #[error("line {line}: the PEM block {label:?} does not hold Base64")]
    NotBase64 {
        /// Line of the `BEGIN` marker, from 1.
        line: usize,
        /// Label of the block.
        label: String,
    },
}

/// All blocks of a text, in their order.
pub(crate) fn blocks(text: &[u8]) -> Result<Vec<Block>, InvalidPem> {
    if matches!(text, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return Err(InvalidPem::Utf16);
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut blocks = Vec::new();
    let mut open: Option<Open> = None;
    let mut friendly_name = None;
    // One buffer for all blocks, sized once: one that grows would leave copies of a key behind.
    let mut base64 = Zeroizing::new(String::with_capacity(text.len()));
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line_number = index + 1;
        let line = line.trim_ascii();
        let marker = Marker::find(line, line_number)?;
        open = match (open, marker) {
            (None, None) => {
                friendly_name = friendly_name_in(line).or(friendly_name);
                None
            }
            (None, Some(Marker::Begin(label))) => {
                base64.clear();
                Some(Open::new(label, line_number, friendly_name.take()))
            }
            (None, Some(Marker::End(label))) => {
                return Err(InvalidPem::NoBegin {
                    line: line_number,
                    label,
                });
            }
            (Some(mut block), None) => {
                block.take(line, &mut base64);
                Some(block)
            }
            (Some(block), Some(Marker::Begin(_))) => return Err(block.no_end()),
            (Some(block), Some(Marker::End(label))) => {
                blocks.push(block.close(label, &base64)?);
                None
            }
        };
    }
    match open {
        Some(block) => Err(block.no_end()),
        None => Ok(blocks),
    }
}

/// The name in a line that [`friendly_name_line`] writes.
fn friendly_name_in(line: &[u8]) -> Option<String> {
    let name = line.strip_prefix(FRIENDLY_NAME.as_bytes())?;
    let name = std::str::from_utf8(name).ok()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The line that says what the block behind it is called, as `openssl pkcs12` writes it.
pub(crate) fn friendly_name_line(name: &str) -> String {
    format!("    {FRIENDLY_NAME} {name}\n")
}

const FRIENDLY_NAME: &str = "friendlyName:";

/// One block as text, with lines of 64 characters and a final line feed.
pub(crate) fn encode(label: &str, contents: &[u8]) -> Zeroizing<String> {
    encode_with_headers(label, "", contents)
}

/// The same with the headers that say how the contents are encrypted (RFC 1421 section 4.6.1).
pub(crate) fn encode_encrypted(label: &str, dek_info: &str, contents: &[u8]) -> Zeroizing<String> {
    let headers = format!("\nProc-Type: 4,ENCRYPTED\nDEK-Info: {dek_info}\n");
    encode_with_headers(label, &headers, contents)
}

fn encode_with_headers(label: &str, headers: &str, contents: &[u8]) -> Zeroizing<String> {
    // Sized once: a string that grows would leave copies of a key behind.
    let base64_bytes = contents.len().div_ceil(3) * 4;
    let base64 = Zeroizing::new(Base64::encode_string(contents));
    let mut text = Zeroizing::new(String::with_capacity(
        base64_bytes + base64_bytes / LINE_WIDTH + 2 * label.len() + headers.len() + 64,
    ));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----");
    text.push_str(headers);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, behind) = rest.split_at_checked(LINE_WIDTH).unwrap_or((rest, ""));
        text.push('\n');
        text.push_str(line);
        rest = behind;
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// A block whose `END` marker is still to come.
struct Open {
    label: String,
    line: usize,
    in_headers: bool,
    proc_type_encrypted: bool,
    dek_info: Option<String>,
    friendly_name: Option<String>,
}

impl Open {
    fn new(label: String, line: usize, friendly_name: Option<String>) -> Self {
        Self {
            label,
            line,
            friendly_name,
            in_headers: false,
            proc_type_encrypted: false,
            dek_info: None,
        }
    }

    fn take(&mut self, line: &[u8], base64: &mut String) {
        // No Base64 has a colon: this is a header, and the headers end at the next empty line.
        if base64.is_empty() && line.contains(&b':') {
            self.in_headers = true;
            self.proc_type_encrypted |=
                line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED");
            if let Some(value) = line.strip_prefix(b"DEK-Info:") {
                self.dek_info = Some(String::from_utf8_lossy(value).trim().to_owned());
            }
        } else if self.in_headers {
            self.in_headers = !line.is_empty();
        } else {
            match std::str::from_utf8(line) {
                // Nearly every line of every file: a list of a million entries has as many.
                Ok(text) if line.is_ascii() && !line.iter().any(u8::is_ascii_whitespace) => {
                    base64.push_str(text);
                }
                Ok(_) | Err(_) => {
                    let characters = line.iter().filter(|byte| !byte.is_ascii_whitespace());
                    base64.extend(
                        characters.map(|b| if b.is_ascii() { char::from(*b) } else { '?' }),
                    );
                }
            }
        }
    }

    fn close(self, end: String, base64: &str) -> Result<Block, InvalidPem> {
        if self.label != end {
            let Self { label, line, .. } = self;
            return Err(InvalidPem::OtherEnd {
                line,
                label,
                found: end,
            });
        }
        match Base64::decode_vec(base64) {
            Ok(contents) if !contents.is_empty() => Ok(Block {
                label: self.label,
                line: self.line,
                proc_type_encrypted: self.proc_type_encrypted,
                dek_info: self.dek_info,
                friendly_name: self.friendly_name,
                contents: Zeroizing::new(contents),
            }),
            Ok(_) | Err(_) => Err(InvalidPem::NotBase64 {
                line: self.line,
                label: self.label,
            }),
        }
    }

    fn no_end(self) -> InvalidPem {
        InvalidPem::NoEnd {
            line: self.line,
            label: self.label,
        }
    }
}

/// A line that opens or closes a block.
enum Marker {
    Begin(String),
    End(String),
}

impl Marker {
    /// The marker in a line without blanks at its ends, if it is one.
    ///
    /// A line that lacks dashes, or has too many, or dashes that a word processor made longer, is
    /// only taken for a marker if its label is one of those that matter here: text between blocks
    /// may say `-- BEGIN of something --`.
    fn find(line: &[u8], line_number: usize) -> Result<Option<Self>, InvalidPem> {
        if !may_have_dashes(line) {
            return Ok(None);
        }
        let Ok(line) = std::str::from_utf8(line) else {
            return Ok(None);
        };
        if let Some(inner) = line
            .strip_prefix("-----")
            .and_then(|l| l.strip_suffix("-----"))
            && let Some(marker) = Self::of_words(inner)
        {
            let (Self::Begin(label) | Self::End(label)) = &marker;
            let characters = label.chars().count();
            return if characters > MAX_LABEL {
                Err(InvalidPem::LongLabel {
                    line: line_number,
                    characters,
                })
            } else {
                Ok(Some(marker))
            };
        }
        let is_dash = |c: char| matches!(c, '-' | '\u{2013}' | '\u{2014}');
        let inner = line.trim_matches(is_dash);
        match Self::of_words(inner.trim()) {
            Some(Self::Begin(label) | Self::End(label))
                if inner.len() < line.len() && is_expected(&label) =>
            {
                Err(InvalidPem::Dashes {
                    line: line_number,
                    found: line.chars().take(SHOWN).collect(),
                })
            }
            Some(_) | None => Ok(None),
        }
    }

    fn of_words(words: &str) -> Option<Self> {
        let label = |label: &str| {
            (!label.starts_with(['-', ' ']) && !label.ends_with(['-', ' ']))
                .then(|| label.to_owned())
        };
        match words.strip_prefix("BEGIN ") {
            Some(rest) => label(rest).map(Self::Begin),
            None => words.strip_prefix("END ").and_then(label).map(Self::End),
        }
    }
}

/// Whether a line can begin or end with a dash, told by single octets: most lines are Base64, which cannot.
fn may_have_dashes(line: &[u8]) -> bool {
    // The longer dashes, U+2013 and U+2014, are E2 80 93 and E2 80 94.
    matches!(line, [b'-' | 0xe2, ..] | [.., b'-' | 0x93 | 0x94])
}

/// Whether a label ends like those of RFC 7468, OpenSSL and RFC 5915.
fn is_expected(label: &str) -> bool {
    [
        "CERTIFICATE",
        "PRIVATE KEY",
        "PUBLIC KEY",
        "PARAMETERS",
        "CRL",
        "REQUEST",
        "PKCS7",
        "CMS",
    ]
    .iter()
    .any(|ending| label.ends_with(ending))
}

#[cfg(test)]
mod tests;
