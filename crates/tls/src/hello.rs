//! What a peer's first bytes are: a client's hello, TLS that is broken, or something else.
//!
//! Pure: bytes go in as they come, in pieces of any size, and a verdict comes out. The one place where first bytes are
//! looked at. Whether the engine agrees with a hello (versions, suites, meaning of extensions) is not said here.
//!
//! Invariant: a hello is complete and whole in its structure, or it is none; and what begins like TLS is never called
//! plain text.

pub mod client_hello;
pub mod fields;

use std::borrow::Cow;
use std::fmt;

use crate::alert::Alert;
use crate::hello::client_hello::{ClientHello, Part};
use crate::limits::{FIRST_BYTES, MAX_HELLO_BYTES, MAX_RECORD_BYTES};

/// What the bytes of a client are so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They tell nothing yet.
    NeedsMore,
    /// A complete, valid hello.
    Hello(Box<ClientHello>),
    /// They begin like TLS, and are no hello.
    Broken(BrokenHello),
    /// They are something else.
    Plain(FirstBytes),
}

/// Why bytes that begin like TLS are no hello of a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenHello {
    /// A hello in the form of SSL 2.0. Source: RFC 5246 appendix E.2; RFC 6176 forbids it.
    #[error("it has the form of SSL 2.0, which is not spoken")]
    Ssl2,
    /// A record of another type.
    #[error("it has a record of type {found}; a hello is in records of type {HANDSHAKE}")]
    RecordType {
        /// Its type.
        found: u8,
    },
    /// A record of another protocol.
    #[error("it has a record of version {major}.{minor}; those of TLS have 3 before the dot")]
    RecordVersion {
        /// The first number.
        major: u8,
        /// The second number.
        minor: u8,
    },
    /// A record that is empty or too long.
    #[error("it has a record of {bytes} bytes; 1 to {MAX_RECORD_BYTES} are allowed")]
    RecordLength {
        /// What the record says of itself.
        bytes: usize,
    },
    /// Another message.
    #[error(
        "it begins with a handshake message of type {found}; that of a client's hello is {CLIENT_HELLO}"
    )]
    OtherMessage {
        /// Its type.
        found: u8,
    },
    /// The message is too long.
    #[error(
        "it says that it has {bytes} bytes; at most {MAX_HELLO_BYTES} are allowed, records included"
    )]
    TooLong {
        /// What the message says of itself.
        bytes: usize,
    },
    /// The message is cut up into so many records that all of them are too long.
    #[error("it is not complete after {MAX_HELLO_BYTES} bytes, which is the limit")]
    Endless,
    /// More than the message is in its last record.
    #[error("{bytes} bytes follow it in the same record, where nothing may follow")]
    Followed {
        /// How many bytes.
        bytes: usize,
    },
    /// A part is cut short, empty, or longer than what it stands in.
    #[error("its {0} cannot be read")]
    Part(Part),
    /// An extension stands there twice.
    #[error("its extension {number} stands there twice")]
    Twice {
        /// The number of the extension.
        number: u16,
    },
}

impl BrokenHello {
    /// What a peer is told about it.
    ///
    /// Source: RFC 8446 sections 5.1 and 6.2; RFC 5246 appendix E.2 for the old form.
    #[must_use]
    pub fn alert(&self) -> Alert {
        match self {
            Self::Ssl2 | Self::RecordVersion { .. } => Alert::PROTOCOL_VERSION,
            Self::RecordType { .. } | Self::OtherMessage { .. } | Self::Followed { .. } => {
                Alert::UNEXPECTED_MESSAGE
            }
            // An empty record may not be sent, and is no overflow.
            Self::RecordLength { bytes: 0 } => Alert::UNEXPECTED_MESSAGE,
            Self::RecordLength { .. } => Alert::RECORD_OVERFLOW,
            Self::TooLong { .. } | Self::Endless | Self::Part(_) => Alert::DECODE_ERROR,
            Self::Twice { .. } => Alert::ILLEGAL_PARAMETER,
        }
    }
}

/// The first bytes of a peer, as few as are kept of them; shown escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstBytes(Box<[u8]>);

/// What the very first bytes of a peer can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Not a byte has come.
    Nothing,
    /// Too few to tell.
    Unclear,
    /// A record of TLS.
    LikeTls,
    /// A hello in the form of SSL 2.0.
    LikeSsl2,
    /// Neither.
    Plain,
}

/// The type of a record that carries handshake messages. Source: RFC 8446 section 5.1.
pub(crate) const HANDSHAKE: u8 = 22;
/// The type of the message. Source: RFC 8446 section 4.
const CLIENT_HELLO: u8 = 1;
/// Type, version and length of a record. Source: RFC 8446 section 5.1.
const RECORD_HEADER_BYTES: usize = 5;
/// Type and length of a message. Source: RFC 8446 section 4.
const MESSAGE_HEADER_BYTES: usize = 4;

impl Beginning {
    /// What these bytes can be.
    ///
    /// Every type of record counts as like TLS, whatever follows: change_cipher_spec, alert, handshake,
    /// application_data, heartbeat.
    ///
    /// Source: RFC 8446 section 5.1 and RFC 6520 section 3 for the types; RFC 5246 appendix E.2 for the form of SSL 2.0:
    /// a length whose highest bit is set, the type 1, and the version 0.2 or 3 and anything.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [] => Self::Nothing,
            [20..=24, ..] => Self::LikeTls,
            [0x80..=0xff, rest @ ..] => match rest {
                [] | [_] | [_, 1] | [_, 1, 0] => Self::Unclear,
                [_, 1, 0, 2, ..] | [_, 1, 3, ..] => Self::LikeSsl2,
                [_, ..] => Self::Plain,
            },
            [_, ..] => Self::Plain,
        }
    }
}

impl FirstBytes {
    /// What is kept of these.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.iter().copied().take(FIRST_BYTES).collect())
    }

    /// What they can be.
    #[must_use]
    pub fn beginning(&self) -> Beginning {
        Beginning::of(&self.0)
    }

    /// Whether a hello may begin so: stricter than [`Beginning::LikeTls`], which other protocols can be by chance.
    #[must_use]
    pub fn may_be_hello(&self) -> bool {
        match Sniffer::default().push(&self.0) {
            Verdict::NeedsMore => self.beginning() == Beginning::LikeTls,
            Verdict::Hello(_) => true,
            Verdict::Broken(_) | Verdict::Plain(_) => false,
        }
    }
}

impl fmt::Display for FirstBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Collects the bytes of a client until they tell what they are.
///
/// Each byte is looked at twice at most, however small the pieces, and at most [`MAX_HELLO_BYTES`] and one piece are held.
#[derive(Debug, Default)]
pub struct Sniffer {
    /// Everything that came.
    bytes: Vec<u8>,
    /// How much of it is in the message or in a header that was read.
    read: usize,
    /// What is still to come of the record that was begun.
    left: usize,
    /// The header of the handshake message, as far as it came.
    head: [u8; MESSAGE_HEADER_BYTES],
    /// How much of the message came, its header included.
    carried: usize,
}

impl Sniffer {
    /// Takes the next bytes. Once the verdict is another than [`Verdict::NeedsMore`] no more are to be given.
    pub fn push(&mut self, bytes: &[u8]) -> Verdict {
        self.make_room(bytes.len());
        self.bytes.extend_from_slice(bytes);
        match Beginning::of(&self.bytes) {
            Beginning::Nothing | Beginning::Unclear => Verdict::NeedsMore,
            Beginning::Plain => Verdict::Plain(FirstBytes::of(&self.bytes)),
            Beginning::LikeSsl2 => Verdict::Broken(BrokenHello::Ssl2),
            Beginning::LikeTls => match self.read_records() {
                Ok(Some(hello)) => Verdict::Hello(Box::new(hello)),
                Ok(None) if self.bytes.len() >= MAX_HELLO_BYTES => {
                    Verdict::Broken(BrokenHello::Endless)
                }
                Ok(None) => Verdict::NeedsMore,
                Err(broken) => Verdict::Broken(broken),
            },
        }
    }

    /// How many more bytes may come.
    #[must_use]
    pub fn room(&self) -> usize {
        MAX_HELLO_BYTES.saturating_sub(self.bytes.len())
    }

    /// What came so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Everything that came, for who is to have it.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Doubles as it grows, and stops at the limit: many clients may never come to an end.
    fn make_room(&mut self, more: usize) {
        let needed = self.bytes.len().saturating_add(more);
        if needed > self.bytes.capacity() {
            let doubled = self.bytes.len().saturating_mul(2).min(MAX_HELLO_BYTES);
            let wanted = needed.max(doubled).saturating_sub(self.bytes.len());
            self.bytes.reserve_exact(wanted);
        }
    }

    fn read_records(&mut self) -> Result<Option<ClientHello>, BrokenHello> {
        loop {
            if self.left == 0 {
                match record(self.bytes.get(self.read..).unwrap_or_default())? {
                    None => return Ok(None),
                    Some(length) => self.left = length,
                }
                self.read = self.read.saturating_add(RECORD_HEADER_BYTES);
            }
            let rest = self.bytes.get(self.read..).unwrap_or_default();
            let here = rest.get(..self.left).unwrap_or(rest);
            let missing = self.head.iter_mut().skip(self.carried);
            missing.zip(here).for_each(|(head, byte)| *head = *byte);
            self.carried = self.carried.saturating_add(here.len());
            self.read = self.read.saturating_add(here.len());
            self.left = self.left.saturating_sub(here.len());
            if self.is_complete()? {
                return ClientHello::read(&self.body(), self.read).map(Some);
            }
            if self.left > 0 {
                return Ok(None);
            }
        }
    }

    /// Whether the whole message has come. What is wrong with it is told as soon as it is seen.
    fn is_complete(&self) -> Result<bool, BrokenHello> {
        let [found, length @ ..] = self.head;
        if self.carried > 0 && found != CLIENT_HELLO {
            return Err(BrokenHello::OtherMessage { found });
        }
        let Some(body) = self.carried.checked_sub(MESSAGE_HEADER_BYTES) else {
            return Ok(false);
        };
        let length = length
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        if length > MAX_HELLO_BYTES - MESSAGE_HEADER_BYTES - RECORD_HEADER_BYTES {
            return Err(BrokenHello::TooLong { bytes: length });
        }
        // Nothing may follow before the server has answered (RFC 8446 sections 2 and 5.1).
        let too_many = body.saturating_add(self.left).saturating_sub(length);
        match (body >= length, too_many) {
            (true, 0) => Ok(true),
            (true, bytes) => Err(BrokenHello::Followed { bytes }),
            (false, _) => Ok(false),
        }
    }

    /// The body of the message that is complete: as it came if it is in one record, else put together.
    fn body(&self) -> Cow<'_, [u8]> {
        let mut rest = self.bytes.get(..self.read).unwrap_or_default();
        let mut records = Vec::new();
        while let Ok(Some(length)) = record(rest) {
            let all = rest.get(RECORD_HEADER_BYTES..).unwrap_or_default();
            let (one, after) = all.split_at_checked(length).unwrap_or((all, &[]));
            records.push(one);
            rest = after;
        }
        match records.as_slice() {
            [one] => Cow::Borrowed(one.get(MESSAGE_HEADER_BYTES..).unwrap_or_default()),
            several => Cow::Owned(several.concat().split_off(MESSAGE_HEADER_BYTES)),
        }
    }
}

/// The length of a record, once its header is there. What is wrong is told as soon as it is seen.
fn record(bytes: &[u8]) -> Result<Option<usize>, BrokenHello> {
    if let Some(&found) = bytes.first()
        && found != HANDSHAKE
    {
        return Err(BrokenHello::RecordType { found });
    }
    if let Some(&[_, major, minor]) = bytes.first_chunk()
        && major != 3
    {
        return Err(BrokenHello::RecordVersion { major, minor });
    }
    let Some(&[_, _, _, high, low]) = bytes.first_chunk::<RECORD_HEADER_BYTES>() else {
        return Ok(None);
    };
    let bytes = usize::from(u16::from_be_bytes([high, low]));
    if bytes == 0 || bytes > MAX_RECORD_BYTES {
        return Err(BrokenHello::RecordLength { bytes });
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests;
