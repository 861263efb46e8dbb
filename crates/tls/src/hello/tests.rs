//! Hellos whole, broken, in pieces and without an end.

use super::*;

/// A record around these bytes.
fn record_of(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&[22, 3, 1], &length.to_be_bytes()[..], bytes].concat()
}

fn message_of(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind], &length[1..], body].concat()
}

/// A hello with these extensions, each its number and value.
fn body_with(extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0x13, 1, 1, 0]);
    let list: Vec<u8> = extensions
        .iter()
        .flat_map(|(number, value)| {
            let length = u16::try_from(value.len()).unwrap().to_be_bytes();
            [&number.to_be_bytes()[..], &length, value].concat()
        })
        .collect();
    body.extend(u16::try_from(list.len()).unwrap().to_be_bytes());
    body.extend(list);
    body
}

const NAME: &[u8] = b"\0\x10\0\0\x0da.example.com";
const VERSIONS: &[u8] = &[6, 0x7a, 0x7a, 3, 4, 3, 3];
const PROTOCOLS: &[u8] = b"\0\x0c\x02h2\x08http/1.1";

fn good() -> Vec<u8> {
    let body = body_with(&[(0, NAME), (43, VERSIONS), (16, PROTOCOLS)]);
    record_of(&message_of(1, &body))
}

#[track_caller]
fn hello(bytes: &[u8]) -> ClientHello {
    let verdict = Sniffer::default().push(bytes);
    let Verdict::Hello(hello) = &verdict else {
        panic!("{verdict:?}");
    };
    hello.as_ref().clone()
}

#[track_caller]
fn broken(bytes: &[u8], text: &str, alert: &str) {
    let verdict = Sniffer::default().push(bytes);
    let Verdict::Broken(broken) = &verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(broken.to_string(), text);
    assert_eq!(broken.alert().to_string(), alert);
}

fn shown<T: ToString>(values: &[T]) -> String {
    let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
    texts.join(" ")
}

#[test]
fn a_hello_says_what_it_offers() {
    let found = hello(&good());
    let name = found.server_name.as_ref().map(ToString::to_string);
    assert_eq!(name.as_deref(), Some("a.example.com"));
    assert_eq!(shown(&found.versions), "TLS 1.3 TLS 1.2");
    assert_eq!(shown(&found.protocols), "h2 http/1.1");
    assert_eq!(found.size_bytes, good().len());
    // Of a version that is still to come.
    let mut body = body_with(&[]);
    body[0] = 4;
    let later = hello(&record_of(&message_of(1, &body)));
    assert_eq!(shown(&later.versions), "0x0403");
    // Of old clients: no list of extensions at all.
    let body = body_with(&[]);
    let old = hello(&record_of(&message_of(1, &body[..body.len() - 2])));
    assert_eq!(shown(&old.versions), "TLS 1.2");
    assert_eq!(old.server_name, None);
}

#[test]
fn a_hello_may_come_in_pieces_and_in_records_of_any_size() {
    let whole = good();
    let message = &whole[RECORD_HEADER_BYTES..];
    for size in [1, 2, 3, 7, 100, message.len()] {
        let records: Vec<u8> = message.chunks(size).flat_map(record_of).collect();
        for piece in [1, 4, 5, 6, records.len()] {
            let mut sniffer = Sniffer::default();
            let mut verdict = Verdict::NeedsMore;
            for bytes in records.chunks(piece) {
                assert_eq!(verdict, Verdict::NeedsMore, "{size} {piece}");
                verdict = sniffer.push(bytes);
            }
            let Verdict::Hello(hello) = &verdict else {
                panic!("{size} {piece}: {verdict:?}");
            };
            assert_eq!(hello.size_bytes, records.len());
            assert_eq!(sniffer.into_bytes(), records);
        }
    }
}

#[test]
fn an_old_version_is_told_only_where_it_stands_in_the_first_record() {
    use super::client_hello::Version;
    let told = |records: &[u8]| {
        let start = records.first_chunk().expect("a hello");
        Version::below_tls12(start).map(|version| version.to_string())
    };
    let new = good();
    let message = &new[RECORD_HEADER_BYTES..];
    let mut old = message.to_vec();
    old[5] = 1;
    for size in 1..=7 {
        let records = |message: &[u8]| -> Vec<u8> {
            let records = message.chunks(size);
            // The oldest version in the headers, as many clients say it.
            records
                .map(record_of)
                .flat_map(|mut record| {
                    record[2] = 1;
                    record
                })
                .collect()
        };
        assert_eq!(told(&records(message)), None, "{size}");
        let seen = (size >= 6).then(|| "TLS 1.0".to_owned());
        assert_eq!(told(&records(&old)), seen, "{size}");
    }
}

#[test]
fn what_is_no_tls_is_plain_at_its_first_byte() {
    for text in [
        &b"G"[..],
        b"\0",
        b"\x13",
        b"\x19",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x80\x04\x02",
    ] {
        let verdict = Sniffer::default().push(text);
        assert_eq!(verdict, Verdict::Plain(FirstBytes::of(text)));
    }
    let shown = FirstBytes::of(b"\x1b[2J\r\nGET / HTTP/1.1").to_string();
    assert_eq!(shown, "\\x1b[2J\\r\\nGET / HTTP");
    // The first octet of the old form can be plain text too: it is told by those after it.
    for text in [
        &b""[..],
        b"\x80",
        b"\x80\x2e",
        b"\x80\x2e\x01",
        b"\x80\x2e\x01\0",
    ] {
        assert_eq!(Sniffer::default().push(text), Verdict::NeedsMore);
    }
}

#[test]
fn what_begins_like_tls_is_never_plain() {
    for first in 20..=24 {
        for second in 0..=255 {
            for bytes in [&[first][..], &[first, second], &[first, second, 0, 0, 0, 0]] {
                let verdict = Sniffer::default().push(bytes);
                assert!(!matches!(verdict, Verdict::Plain(_)), "{bytes:?}");
                assert!(!matches!(verdict, Verdict::Hello(_)), "{bytes:?}");
            }
        }
    }
}

#[test]
fn a_hello_is_told_from_other_protocols_by_its_first_bytes() {
    for (bytes, want) in [
        (&good()[..], true),
        (b"\x16\x03\x01\0\x05", true),
        (b"\x16", true),
        (b"", false),
        (b"\x80", false),
        (b"GET /", false),
        (b"\x16\0\0\0", false),
        (b"\x14\0\0\0 hello", false),
    ] {
        assert_eq!(FirstBytes::of(bytes).may_be_hello(), want, "{bytes:?}");
    }
}

#[test]
fn broken_records_are_named() {
    broken(
        b"\x80\x2e\x01\x03\x01",
        "it has the form of SSL 2.0, which is not spoken",
        "protocol_version (70)",
    );
    broken(
        b"\x80\x2e\x01\0\x02",
        "it has the form of SSL 2.0, which is not spoken",
        "protocol_version (70)",
    );
    broken(
        &[21],
        "it has a record of type 21; a hello is in records of type 22",
        "unexpected_message (10)",
    );
    broken(
        &[22, 2, 0],
        "it has a record of version 2.0; those of TLS have 3 before the dot",
        "protocol_version (70)",
    );
    broken(
        &[22, 3, 1, 0, 0],
        "it has a record of 0 bytes; 1 to 16384 are allowed",
        "unexpected_message (10)",
    );
    broken(
        &[22, 3, 1, 0x40, 1],
        "it has a record of 16385 bytes; 1 to 16384 are allowed",
        "record_overflow (22)",
    );
    let mut interrupted = record_of(&good()[RECORD_HEADER_BYTES..][..9]);
    interrupted.extend([23, 3, 3]);
    broken(
        &interrupted,
        "it has a record of type 23; a hello is in records of type 22",
        "unexpected_message (10)",
    );
}

#[track_caller]
fn broken_body(body: &[u8], text: &str, alert: &str) {
    broken(&record_of(&message_of(1, body)), text, alert);
}

#[test]
fn broken_messages_are_named() {
    broken(
        &record_of(&[2]),
        "it begins with a handshake message of type 2; that of a client's hello is 1",
        "unexpected_message (10)",
    );
    broken(
        &record_of(&[1, 0xff, 0xff, 0xff]),
        "it says that it has 16777215 bytes; at most 24576 are allowed, records included",
        "decode_error (50)",
    );
    let two = [message_of(1, &body_with(&[])), vec![1]].concat();
    broken(
        &record_of(&two),
        "1 bytes follow it in the same record, where nothing may follow",
        "unexpected_message (10)",
    );
    let body = body_with(&[(0, NAME)]);
    for (length, part) in [
        (1, "version"),
        (33, "random"),
        (34, "session id"),
        (35, "list of cipher suites"),
        (38, "list of cipher suites"),
        (39, "list of compression methods"),
        (42, "list of extensions"),
        (45, "list of extensions"),
        (body.len() - 1, "list of extensions"),
    ] {
        let text = format!("its {part} cannot be read");
        broken_body(&body[..length], &text, "decode_error (50)");
    }
    let longer = [&body[..], &[0]].concat();
    broken_body(
        &longer,
        "its list of extensions cannot be read",
        "decode_error (50)",
    );
}

#[test]
fn broken_extensions_are_named() {
    for (number, value, name) in [
        (0, &b""[..], "server_name"),
        (0, b"\0\0", "server_name"),
        (0, b"\0\x03\0\0\0", "server_name"),
        (0, b"\0\x04\0\0\x02a", "server_name"),
        (43, b"\x03\x03\x04\x03", "supported_versions"),
        (43, b"\0", "supported_versions"),
        (43, b"\x02\x03\x04\0", "supported_versions"),
        (16, b"\0\x01\0", "application_layer_protocol_negotiation"),
        (16, b"\0\0", "application_layer_protocol_negotiation"),
    ] {
        let text = format!("its extension {name} cannot be read");
        broken_body(&body_with(&[(number, value)]), &text, "decode_error (50)");
    }
    broken_body(
        &body_with(&[(10, b""), (11, b""), (10, b"")]),
        "its extension 10 stands there twice",
        "illegal_parameter (47)",
    );
}

#[test]
fn a_name_that_is_none_of_a_host_is_left_out() {
    for name in [&b"\xff\xfe"[..], b"a b", b"..", b"\x1b[2J"] {
        let length = u8::try_from(name.len()).unwrap();
        let value = [&[0, length + 3, 0, 0, length], name].concat();
        let body = body_with(&[(0, &value)]);
        assert_eq!(hello(&record_of(&message_of(1, &body))).server_name, None);
    }
}

#[test]
fn a_hello_that_is_never_done_ends_at_the_limit() {
    // The largest that is allowed, in records of one byte each: most of what comes are headers.
    let head = [1, 0, 0x5f, 0];
    let mut sniffer = Sniffer::default();
    let mut verdict = sniffer.push(&head.map(|byte| record_of(&[byte])).concat());
    while verdict == Verdict::NeedsMore {
        let room = sniffer.room();
        assert!(room > 0);
        let mut piece = record_of(&[0]);
        piece.truncate(room);
        verdict = sniffer.push(&piece);
    }
    assert_eq!(verdict, Verdict::Broken(BrokenHello::Endless));
    assert_eq!(sniffer.bytes().len(), MAX_HELLO_BYTES);
    let text = "it is not complete after 24576 bytes, which is the limit";
    assert_eq!(BrokenHello::Endless.to_string(), text);
}
