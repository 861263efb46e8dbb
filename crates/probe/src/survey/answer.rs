//! The first flight of a server, as far as it stands in clear.
//!
//! Pure: the octets so far go in, and what they are comes out. Invariant: no octets whatsoever make it fail or take more than
//! a limit; a flight is given only when all of it that matters is there.
//!
//! Source: RFC 8446 section 4.1.3 and 4.1.4, RFC 5246 section 7.4, RFC 8422 section 5.4.

use trustpack_tls::hello::fields::Fields;

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
    /// They are no TLS, or more than is looked at.
    Other,
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
    /// With what the handshake is signed, if that stands in clear.
    pub signature: Option<Signature>,
    /// Whether a certificate of the client is asked for, if that stands in clear.
    pub certificate_asked: Option<bool>,
}

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
const KEY_EXCHANGE: u8 = 12;
const CERTIFICATE_REQUEST: u8 = 13;
const HELLO_DONE: u8 = 14;
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
    if octets.len() > MAX_ANSWER_BYTES {
        return Answer::Other;
    }
    let mut records = Fields(octets);
    let mut messages = Vec::new();
    while !records.is_empty() {
        let mut ahead = records;
        let Some((kind, body)) = record(&mut ahead) else {
            let begins = matches!(records.0, [ALERT | HANDSHAKE] | [ALERT | HANDSHAKE, 3, ..]);
            return if begins {
                of_messages(&messages)
            } else {
                Answer::Other
            };
        };
        records = ahead;
        match (kind, body) {
            // A warning, such as for a name that is not known, is followed by the answer.
            (ALERT, [1, warning, ..]) if *warning != 0 => {}
            (ALERT, [_, alert, ..]) => {
                // What came before it, if it is whole, says more.
                return match of_messages(&messages) {
                    Answer::Flight(flight) => Answer::Flight(flight),
                    Answer::NeedsMore | Answer::Alert(_) | Answer::Other => Answer::Alert(*alert),
                };
            }
            (HANDSHAKE, body) => messages.extend_from_slice(body),
            // What follows is encrypted.
            (_, _) => break,
        }
    }
    of_messages(&messages)
}

/// One whole record.
fn record<'a>(fields: &mut Fields<'a>) -> Option<(u8, &'a [u8])> {
    let kind = fields.octet()?;
    let major = fields.octet()?;
    let _minor = fields.octet()?;
    let body = fields.long()?;
    (major == 3).then_some((kind, body))
}

fn of_messages(octets: &[u8]) -> Answer {
    let mut fields = Fields(octets);
    let mut flight: Option<Flight> = None;
    loop {
        let Some((kind, body)) = message(&mut fields) else {
            return Answer::NeedsMore;
        };
        match (kind, &mut flight) {
            (SERVER_HELLO, None) => {
                let Some(hello) = server_hello(Fields(body)) else {
                    return Answer::Other;
                };
                if hello.version >= Version::Tls13.number() {
                    return Answer::Flight(Box::new(hello));
                }
                flight = Some(hello);
            }
            (KEY_EXCHANGE, Some(flight)) => key_exchange(flight, Fields(body)),
            (CERTIFICATE_REQUEST, Some(flight)) => flight.certificate_asked = Some(true),
            (HELLO_DONE, Some(_)) => {
                return flight.map_or(Answer::Other, |mut flight| {
                    flight.certificate_asked.get_or_insert(false);
                    Answer::Flight(Box::new(flight))
                });
            }
            (_, Some(_)) => {}
            (_, None) => return Answer::Other,
        }
    }
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
