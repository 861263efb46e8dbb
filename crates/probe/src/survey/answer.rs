//! The first flight of a server, as far as it stands in clear.
//!
//! Pure: the octets so far go in, and what they are comes out. Invariant: no octets whatsoever make it fail or take more than
//! a limit; a flight is given only when all of it that matters is there.
//!
//! Long because records and messages are read together, and so are their tests.
//!
//! Source: RFC 8446 section 4.1.3 and 4.1.4, RFC 5246 section 7.4, RFC 8422 section 5.4.

use trustpack_tls::hello::fields::Fields;

use super::key::Key;
use super::names::{Group, Signature, Version};
use super::suites::{Exchange, Suite};

/// Octets of an answer that are looked at.
///
/// Source: ours; four messages of the 64 KiB that engines allow for one.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// What the octets of a server are so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// They tell nothing yet.
    NeedsMore,
    /// It answers the hello.
    Flight(Box<Flight>),
    /// It refuses, with this alert.
    Alert(u8),
    /// They are no TLS.
    Other,
    /// They are more than is looked at, begin like TLS, and there is no answer in them.
    TooMuch,
}

/// What a server says in answer to a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// The version as it is written.
    pub version: u16,
    /// The number of the suite.
    pub suite: u16,
    /// The number of the compression; 0 is none.
    pub compression: u8,
    /// Whether renegotiation is protected (RFC 5746).
    pub secure_renegotiation: bool,
    /// Whether the key is bound to the handshake (RFC 7627).
    pub extended_master_secret: bool,
    /// The group in which keys are to be agreed on, if it is named.
    pub group: Option<Group>,
    /// Bits of the number group, if it is one that is written out.
    pub number_bits: Option<usize>,
    /// The key in the certificate, if that stands in clear and can be read.
    pub key: Option<Key>,
    /// With what the handshake is signed, if that stands in clear.
    pub signature: Option<Signature>,
    /// Whether a certificate of the client is asked for, if that stands in clear.
    pub certificate_asked: Option<bool>,
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const KEY_EXCHANGE: u8 = 12;
const CERTIFICATE_REQUEST: u8 = 13;
const HELLO_DONE: u8 = 14;
const SSL2_SERVER_HELLO: u8 = 4;
/// Source: IANA's registry of TLS extensions.
const EXTENDED_MASTER_SECRET: u16 = 23;
const SUPPORTED_VERSIONS: u16 = 43;
const KEY_SHARE: u16 = 51;
const RENEGOTIATION_INFO: u16 = 0xff01;
/// The curve is named. Source: RFC 8422 section 5.4.
const NAMED_CURVE: u8 = 3;

/// Reads what a server has said so far.
#[must_use]
pub fn read(octets: &[u8]) -> Answer {
    Reading::default().push(octets)
}

/// An answer that comes in pieces. Each octet is looked at once or twice, however small the pieces are.
#[derive(Debug, Default)]
pub struct Reading {
    /// Octets that came.
    count: usize,
    /// Those of a record that is not whole.
    records: Vec<u8>,
    /// Those of a message that is not whole.
    messages: Vec<u8>,
    flight: Option<Flight>,
    /// What it is, once that is clear.
    answer: Option<Answer>,
}

impl Reading {
    /// Takes the next octets, and says what all of them are so far.
    pub fn push(&mut self, piece: &[u8]) -> Answer {
        self.count = self.count.saturating_add(piece.len());
        if self.answer.is_none() && self.count > MAX_ANSWER_BYTES {
            // Who has said hello has taken what was offered, however much follows.
            let flight = self.flight.take();
            self.answer =
                Some(flight.map_or(Answer::TooMuch, |flight| Answer::Flight(Box::new(flight))));
        }
        if self.answer.is_none() {
            self.records.extend_from_slice(piece);
            self.answer = self.read_records();
        }
        self.answer.clone().unwrap_or(Answer::NeedsMore)
    }

    fn read_records(&mut self) -> Option<Answer> {
        let octets = std::mem::take(&mut self.records);
        let mut records = Fields(&octets);
        while !records.is_empty() {
            let mut ahead = records;
            let Some((kind, body)) = record(&mut ahead) else {
                let begins = matches!(records.0, [ALERT | HANDSHAKE] | [ALERT | HANDSHAKE, 3, ..]);
                if !begins {
                    return Some(Answer::Other);
                }
                break;
            };
            records = ahead;
            match (kind, body) {
                // A warning, such as for a name that is not known, is followed by the answer.
                (ALERT, [1, warning, ..]) if *warning != 0 => {}
                (ALERT, [_, alert, ..]) => return Some(Answer::Alert(*alert)),
                (HANDSHAKE, body) => {
                    self.messages.extend_from_slice(body);
                    if let Some(answer) = self.read_messages() {
                        return Some(answer);
                    }
                }
                // What follows is encrypted, and the flight is not whole.
                (_, _) => return Some(Answer::Other),
            }
        }
        self.records = records.0.to_vec();
        None
    }

    fn read_messages(&mut self) -> Option<Answer> {
        let octets = std::mem::take(&mut self.messages);
        let mut fields = Fields(&octets);
        loop {
            let mut ahead = fields;
            let Some((kind, body)) = message(&mut ahead) else {
                self.messages = fields.0.to_vec();
                return None;
            };
            fields = ahead;
            match (kind, &mut self.flight) {
                (SERVER_HELLO, None) => {
                    let Some(hello) = server_hello(Fields(body)) else {
                        return Some(Answer::Other);
                    };
                    if hello.version >= Version::Tls13.number() {
                        return Some(Answer::Flight(Box::new(hello)));
                    }
                    self.flight = Some(hello);
                }
                (CERTIFICATE, Some(flight)) => flight.key = key(Fields(body)),
                (KEY_EXCHANGE, Some(flight)) => key_exchange(flight, Fields(body)),
                (CERTIFICATE_REQUEST, Some(flight)) => flight.certificate_asked = Some(true),
                (HELLO_DONE, Some(_)) => {
                    let flight = self.flight.take();
                    return Some(flight.map_or(Answer::Other, |mut flight| {
                        flight.certificate_asked.get_or_insert(false);
                        Answer::Flight(Box::new(flight))
                    }));
                }
                (_, Some(_)) => {}
                (_, None) => return Some(Answer::Other),
            }
        }
    }
}

/// Whether these octets begin the answer of SSL 2.0 to a hello of SSL 2.0.
///
/// Source: the draft of SSL 2.0, sections 1.1 and 3.4: a length of two octets with the highest bit, or of three; message 4.
#[must_use]
pub fn is_of_ssl2(octets: &[u8]) -> bool {
    match octets {
        [length, _, message, ..] if length & 0x80 != 0 => *message == SSL2_SERVER_HELLO,
        [length, _, _, message, ..] if length & 0x80 == 0 => {
            *message == SSL2_SERVER_HELLO && !matches!(length, 20..=23)
        }
        _ => false,
    }
}

/// One whole record.
fn record<'a>(fields: &mut Fields<'a>) -> Option<(u8, &'a [u8])> {
    let kind = fields.octet()?;
    let major = fields.octet()?;
    let _minor = fields.octet()?;
    let body = fields.long()?;
    (major == 3).then_some((kind, body))
}

fn message<'a>(fields: &mut Fields<'a>) -> Option<(u8, &'a [u8])> {
    let kind = fields.octet()?;
    let length = fields.length24()?;
    Some((kind, fields.take(length)?))
}

fn server_hello(mut fields: Fields<'_>) -> Option<Flight> {
    let version = fields.number()?;
    fields.take(32)?;
    fields.short()?;
    let mut flight = Flight {
        version,
        suite: fields.number()?,
        compression: fields.octet()?,
        secure_renegotiation: false,
        extended_master_secret: false,
        group: None,
        number_bits: None,
        key: None,
        signature: None,
        certificate_asked: None,
    };
    if fields.is_empty() {
        return Some(flight);
    }
    let mut list = Fields(fields.long()?);
    while !list.is_empty() {
        let (number, value) = (list.number()?, list.long()?);
        match number {
            EXTENDED_MASTER_SECRET => flight.extended_master_secret = true,
            RENEGOTIATION_INFO => flight.secure_renegotiation = true,
            SUPPORTED_VERSIONS => flight.version = Fields(value).number()?,
            // Of a HelloRetryRequest it is the group alone, of a hello its key follows.
            KEY_SHARE => flight.group = Some(Group(Fields(value).number()?)),
            _ => {}
        }
    }
    Some(flight)
}

/// The key of the first certificate of a list.
fn key(mut fields: Fields<'_>) -> Option<Key> {
    let length = fields.length24()?;
    let mut list = Fields(fields.take(length)?);
    let length = list.length24()?;
    Key::of_certificate(list.take(length)?)
}

/// What the key exchange says in clear. What cannot be read is left out: the suite says what it should be.
fn key_exchange(flight: &mut Flight, mut fields: Fields<'_>) {
    let Some(suite) = Suite::of(flight.suite) else {
        return;
    };
    let read = match suite.exchange() {
        Exchange::Curve => curve(&mut fields).map(|group| flight.group = Some(group)),
        Exchange::Numbers => numbers(&mut fields).map(|bits| flight.number_bits = Some(bits)),
        Exchange::Other => None,
    };
    // Before TLS 1.2 the key of the certificate says with what is signed.
    let says = flight.version == Version::Tls12.number() && !suite.is_anonymous();
    if read.is_some() && says {
        flight.signature = fields.number().map(Signature);
    }
}

fn curve(fields: &mut Fields<'_>) -> Option<Group> {
    let kind = fields.octet()?;
    let group = fields.number()?;
    fields.short()?;
    (kind == NAMED_CURVE).then_some(Group(group))
}

fn numbers(fields: &mut Fields<'_>) -> Option<usize> {
    let prime = fields.long()?;
    let (_generator, _key) = (fields.long()?, fields.long()?);
    let without_zeros = prime.iter().position(|octet| *octet != 0);
    let significant = prime.get(without_zeros?..)?;
    let first = significant.first()?;
    let leading = usize::try_from(first.leading_zeros()).ok()?;
    Some(significant.len() * 8 - leading)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record with one message.
    fn record_of(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u8::try_from(body.len()).expect("a small body");
        let mut record = vec![HANDSHAKE, 3, 3, 0, length + 4, kind, 0, 0, length];
        record.extend(body);
        record
    }

    /// The body of a hello with this suite and these extensions.
    fn hello(suite: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([9; 32]);
        body.push(0);
        body.extend(suite.to_be_bytes());
        body.push(0);
        body.extend([0, u8::try_from(extensions.len()).expect("few")]);
        body.extend(extensions);
        body
    }

    #[test]
    fn a_retry_names_version_suite_and_group() {
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 29];
        let octets = record_of(SERVER_HELLO, &hello(0x1301, &extensions));
        for end in 0..octets.len() {
            let answer = read(&octets[..end]);
            assert_eq!(answer, Answer::NeedsMore, "{end}");
        }
        let Answer::Flight(flight) = read(&octets) else {
            panic!("no flight");
        };
        assert_eq!((flight.version, flight.suite), (0x0304, 0x1301));
        assert_eq!(flight.group, Some(Group(29)));
    }

    #[test]
    fn an_older_flight_is_read_to_its_end() {
        let mut octets = record_of(
            SERVER_HELLO,
            &hello(0xc02f, &[0xff, 1, 0, 1, 0, 0, 23, 0, 0]),
        );
        octets.extend(record_of(KEY_EXCHANGE, &[3, 0, 23, 1, 4, 8, 4, 0, 0]));
        octets.extend(record_of(CERTIFICATE_REQUEST, &[0]));
        assert_eq!(read(&octets), Answer::NeedsMore);
        octets.extend(record_of(HELLO_DONE, &[]));
        let Answer::Flight(flight) = read(&octets) else {
            panic!("no flight");
        };
        assert!(flight.secure_renegotiation && flight.extended_master_secret);
        assert_eq!(flight.group, Some(Group(23)));
        assert_eq!(flight.signature, Some(Signature(0x0804)));
        assert_eq!(flight.certificate_asked, Some(true));
    }

    #[test]
    fn pieces_are_read_as_the_whole() {
        let mut octets = record_of(SERVER_HELLO, &hello(0xc02f, &[]));
        octets.extend(record_of(KEY_EXCHANGE, &[3, 0, 23, 1, 4, 8, 4, 0, 0]));
        octets.extend(record_of(HELLO_DONE, &[]));
        let mut reading = Reading::default();
        let answers = octets.iter().map(|octet| reading.push(&[*octet]));
        assert_eq!(answers.last(), Some(read(&octets)));
        // As many records as fit in, each with nothing in it: what was read is not read again.
        let mut reading = Reading::default();
        for _ in 0..MAX_ANSWER_BYTES / 5 {
            assert_eq!(reading.push(&[HANDSHAKE, 3, 3, 0, 0]), Answer::NeedsMore);
        }
        // Who goes on like that has neither taken nor refused anything.
        assert_eq!(reading.push(&[HANDSHAKE; 5]), Answer::TooMuch);
    }

    #[test]
    fn a_flight_that_is_too_long_was_taken_all_the_same() {
        let mut octets = record_of(SERVER_HELLO, &hello(0xc02f, &[]));
        // A certificate as long as no record is, in the first of its records.
        octets.extend([HANDSHAKE, 3, 3, 0, 4, 11, 0xff, 0xff, 0xff]);
        let mut reading = Reading::default();
        assert_eq!(reading.push(&octets), Answer::NeedsMore);
        let more = [&[HANDSHAKE, 3, 3, 0x40, 0][..], &[0; 0x4000]].concat();
        let mut answers = std::iter::repeat_with(|| reading.push(&more));
        let answer = answers.find(|answer| *answer != Answer::NeedsMore);
        let Some(Answer::Flight(flight)) = answer else {
            panic!("no flight: {answer:?}");
        };
        assert_eq!(flight.suite, 0xc02f);
        assert_eq!(flight.certificate_asked, None);
        assert_eq!(reading.push(&more), Answer::Flight(flight));
    }

    #[test]
    fn answers_of_ssl2() {
        assert!(is_of_ssl2(&[0x80, 0x2e, 4, 0, 1, 0, 2]));
        assert!(is_of_ssl2(&[0x00, 0x2e, 1, 4, 0]));
        for other in [
            &[21, 3, 0, 4, 2, 70][..],
            &[22, 3, 3, 4],
            b"220 ",
            b"",
            &[0x80],
        ] {
            assert!(!is_of_ssl2(other), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        assert_eq!(read(b"SSH-2.0"), Answer::Other);
        assert_eq!(read(b""), Answer::NeedsMore);
        assert_eq!(read(&[ALERT, 3, 3, 0, 2, 2, 70]), Answer::Alert(70));
        assert_eq!(read(&[HANDSHAKE, 3, 3, 0, 4, 1, 0, 0, 0]), Answer::Other);
        let mut warned = vec![ALERT, 3, 3, 0, 2, 1, 112];
        assert_eq!(read(&warned), Answer::NeedsMore);
        warned.extend([ALERT, 3, 3, 0, 2, 2, 40]);
        assert_eq!(read(&warned), Answer::Alert(40));
    }

    #[test]
    fn the_bits_of_a_number_group() {
        let with = |prime: &[u8]| {
            let mut body = vec![0, u8::try_from(prime.len()).expect("short")];
            body.extend(prime);
            body.extend([0, 1, 2, 0, 1, 5]);
            numbers(&mut Fields(&body))
        };
        assert_eq!(with(&[0, 0x80, 1]), Some(16));
        assert_eq!(with(&[0x7f, 1]), Some(15));
        assert_eq!(with(&[0]), None);
    }
}
