//! Headers of the PROXY protocol: what is read of them, what is refused by which name, and that what is written is read
//! again as the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::net::SocketAddr;

use trustpack_mutations::seeds;
use trustpack_mutations::trial::{Memory, Refusal, Trial};
use trustpack_tunnel::proxy_header::{
    Accepted, Facts, Header, InvalidHeader, LinePart, Presented, Progress, Reader, Route, TlsFacts,
    Verified, Version,
};

/// The header at the beginning of `bytes`, which are given in pieces of at most this size, and how many belong to it.
fn read(bytes: &[u8], piece: usize) -> Result<Option<(Header, usize)>, InvalidHeader> {
    let mut reader = Reader::new(Accepted::Any);
    let mut rest = bytes;
    while !rest.is_empty() {
        let count = piece.min(reader.room()).min(rest.len());
        assert!(count > 0, "no room, and no verdict");
        let (now, later) = rest.split_at(count);
        rest = later;
        if let Progress::Done(header) = reader.push(now)? {
            return Ok(Some((*header, bytes.len() - rest.len())));
        }
    }
    Ok(None)
}

fn tcp(source: &str, destination: &str) -> Route {
    Route::tcp(source.parse().unwrap(), destination.parse().unwrap())
}

#[track_caller]
fn check_line(line: &str, want: Result<Route, &str>) {
    let with_data = format!("{line}data");
    for piece in [1, 7, 200] {
        let got = read(with_data.as_bytes(), piece);
        match (got, &want) {
            (Ok(Some((header, length))), Ok(route)) => {
                assert_eq!(header.route, *route);
                assert_eq!(header.facts, Facts::default());
                assert_eq!(length, line.len(), "it took what is not its own");
            }
            (Err(error), Err(words)) => {
                assert!(error.to_string().contains(words), "{error}");
            }
            (got, want) => panic!("{got:?} instead of {want:?}"),
        }
    }
}

#[test]
fn lines_of_version_1() {
    let of_10 = tcp("10.0.0.1:56324", "10.0.0.11:443");
    check_line("PROXY TCP4 10.0.0.1 10.0.0.11 56324 443\r\n", Ok(of_10));
    let of_6 = tcp("[2001:db8::1]:0", "[::1]:65535");
    check_line("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n", Ok(of_6));
    check_line("PROXY UNKNOWN\r\n", Ok(Route::Direct));
    let all_f = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let longest = format!("PROXY UNKNOWN {all_f} {all_f} 65535 65535\r\n");
    assert_eq!(longest.len(), 107);
    check_line(&longest, Ok(Route::Direct));
    let too_long = format!("PROXY UNKNOWN {all_f} {all_f} 65535 655350\r\n");
    check_line(&too_long, Err("no end after 107 bytes"));
    for (line, words) in [
        ("GET / HTTP/1.1\r\n", "it began with 'G"),
        ("PROXY\tTCP4 10.0.0.1 10.0.0.11 1 2\r\n", "it began with 'P"),
        ("PROXY TCP5 10.0.0.1 10.0.0.11 1 2\r\n", "second word"),
        ("PROXY TCP4 10.0.0.1 ::1 1 2\r\n", "addresses"),
        ("PROXY TCP4 10.0.0.01 10.0.0.11 1 2\r\n", "addresses"),
        ("PROXY TCP4  10.0.0.1 10.0.0.11 1 2\r\n", "addresses"),
        ("PROXY TCP4 10.0.0.1 10.0.0.11 1 65536\r\n", "ports"),
        ("PROXY TCP4 10.0.0.1 10.0.0.11 01 2\r\n", "ports"),
        ("PROXY TCP4 10.0.0.1 10.0.0.11 +1 2\r\n", "ports"),
        ("PROXY TCP4 10.0.0.1 10.0.0.11 1\r\n", "ports"),
        ("PROXY TCP4 10.0.0.1 10.0.0.11 1 2 \r\n", "CR LF"),
        ("PROXY TCP4 10.0.0.1 10.0.0.11 1 2\n more", "CR LF"),
        ("PROXY TCP4 10.0.0.1 10.0.0.11 1 2\r more", "CR LF"),
    ] {
        check_line(line, Err(words));
    }
}

#[test]
fn the_reason_is_the_same_however_the_bytes_come() {
    for piece in [1, 7, 200] {
        let got = read(b"PROXY T\xcf?\n\r\ndata", piece);
        assert_eq!(got, Err(InvalidHeader::Line(LinePart::End)), "{piece}");
    }
}

/// Signature, command, family, length and the rest.
fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [
        b"\r\n\r\n\0\r\nQUIT\n",
        &[command, family][..],
        &length,
        rest,
    ]
    .concat()
}

#[track_caller]
fn check_binary(bytes: &[u8], want: Result<Header, &str>) {
    let with_data = [bytes, b"data"].concat();
    for piece in [1, 16, 5000] {
        match (read(&with_data, piece), &want) {
            (Ok(Some((header, length))), Ok(want)) => {
                assert_eq!(header, *want);
                assert_eq!(length, bytes.len(), "it took what is not its own");
            }
            (Err(error), Err(words)) => {
                assert!(error.to_string().contains(words), "{error}");
            }
            (got, want) => panic!("{got:?} instead of {want:?}"),
        }
    }
}

fn bare(route: Route) -> Header {
    let facts = Facts::default();
    Header { route, facts }
}

const ENDS_OF_4: [u8; 12] = [10, 0, 0, 1, 10, 0, 0, 11, 0xdc, 4, 1, 0xbb];

#[test]
fn headers_of_version_2() {
    let route = || tcp("10.0.0.1:56324", "10.0.0.11:443");
    check_binary(&v2(0x21, 0x11, &ENDS_OF_4), Ok(bare(route())));
    let with_noop = [&ENDS_OF_4[..], &[4, 0, 2, 9, 9, 0xe0, 0, 0]].concat();
    check_binary(&v2(0x21, 0x11, &with_noop), Ok(bare(route())));
    // A local one is taken whatever else it says, and so are datagrams.
    check_binary(&v2(0x20, 0, &[]), Ok(bare(Route::Direct)));
    check_binary(&v2(0x20, 0x11, &[1, 2, 3]), Ok(bare(Route::Direct)));
    check_binary(&v2(0x21, 0x12, &ENDS_OF_4), Ok(bare(Route::Direct)));
    for (bytes, words) in [
        (v2(0x11, 0x11, &ENDS_OF_4), "version 1 with command 1"),
        (v2(0x22, 0x11, &ENDS_OF_4), "version 2 with command 2"),
        (v2(0x21, 0x41, &ENDS_OF_4), "family 4 with transport 1"),
        (v2(0x21, 0x13, &ENDS_OF_4), "family 1 with transport 3"),
        (v2(0x21, 0x11, &ENDS_OF_4[..11]), "its addresses need 12"),
        (v2(0x21, 0x21, &ENDS_OF_4), "its addresses need 36"),
        (v2(0x21, 0x31, &ENDS_OF_4), "its addresses need 216"),
        (v2(0x21, 0x11, &[0; 4081]), "a PROXY header of 4097 bytes"),
        (
            v2(0x21, 0x11, &[&ENDS_OF_4[..], &[2, 0, 9, 1]].concat()),
            "fact of type 0x02",
        ),
        (
            v2(0x21, 0x11, &[&ENDS_OF_4[..], &[0x20, 0, 1, 1]].concat()),
            "fact of type 0x20",
        ),
        (
            v2(
                0x21,
                0x11,
                &[&ENDS_OF_4[..], &[3, 0, 4, 1, 2, 3, 4]].concat(),
            ),
            "whose checksum is 01020304",
        ),
        (b"\r\n\r\n\0\r\nQUIT \x21\x11\0\0".to_vec(), "it began with"),
    ] {
        check_binary(&bytes, Err(words));
    }
}

fn everything(route: Route) -> Header {
    let text = |text: &str| Some(text.as_bytes().into());
    let tls = TlsFacts {
        presented: Presented::Now,
        verified: Verified::Yes,
        version: text("TLSv1.3"),
        common_name: text("desk1.example.com"),
        cipher: text("TLS_AES_128_GCM_SHA256"),
        signature: text("RSA-SHA256"),
        key: text("RSA2048"),
    };
    let facts = Facts {
        protocol: text("h2"),
        authority: text("stat1.example.com"),
        unique_id: text("7f000001"),
        tls: Some(Box::new(tls)),
    };
    Header { route, facts }
}

#[test]
fn what_is_written_is_read_again() {
    let unix = Route::Unix {
        source: Box::default(),
        destination: b"/run/service.sock".as_slice().into(),
    };
    let routes = [
        tcp("10.0.0.1:1", "10.0.0.11:443"),
        tcp("[2001:db8::1]:1", "[::1]:443"),
        Route::Direct,
        unix,
    ];
    for route in routes {
        let header = everything(route);
        check_binary(&header.to_bytes(Version::V2), Ok(header.clone()));
        let mut damaged = header.to_bytes(Version::V2);
        let last = damaged.len() - 10;
        damaged[last] ^= 1;
        assert!(read(&damaged, 5000).is_err(), "a checksum of other bytes");
        let line = String::from_utf8(header.to_bytes(Version::V1)).unwrap();
        let known = match header.route {
            Route::Tcp { .. } => header.route,
            Route::Unix { .. } | Route::Direct => Route::Direct,
        };
        check_line(&line, Ok(known));
    }
}

#[test]
fn ends_of_two_families_become_one() {
    let from: SocketAddr = "10.0.0.1:1".parse().unwrap();
    let header = bare(Route::tcp(from, "[2001:db8::1]:443".parse().unwrap()));
    let line = header.to_bytes(Version::V1);
    assert_eq!(line, b"PROXY TCP6 ::ffff:10.0.0.1 2001:db8::1 1 443\r\n");
    let mapped = Route::tcp("[::ffff:10.0.0.1]:1".parse().unwrap(), from);
    assert_eq!(mapped, tcp("10.0.0.1:1", "10.0.0.1:1"));
}

#[test]
fn only_the_version_that_is_asked_for_is_taken() {
    let header = bare(Route::Direct);
    for (only, other) in [(Version::V1, Version::V2), (Version::V2, Version::V1)] {
        let mut reader = Reader::new(Accepted::Only(only));
        let bytes = header.to_bytes(other);
        let error = reader.push(&bytes[..14]).unwrap_err();
        let words = format!("a PROXY header of version {other}; taken here is {only}");
        assert_eq!(error.to_string(), words);
    }
}

fn damaged(bytes: &[u8]) -> Result<(), Refusal> {
    let whole = read(bytes, usize::MAX);
    match (&whole, read(bytes, 1)) {
        // How many of the first bytes had come when it was clear differs.
        (Err(InvalidHeader::Other { .. }), Err(InvalidHeader::Other { .. })) => {}
        (whole, by_bytes) => assert_eq!(*whole, by_bytes),
    }
    let (header, length) = whole?.ok_or("it is not complete")?;
    assert!(length <= bytes.len());
    let again = header.to_bytes(Version::V2);
    let (same, _) = read(&again, usize::MAX)?.ok_or("what was written is not complete")?;
    assert_eq!(same.route, header.route);
    Ok(())
}

#[test]
fn damaged_headers() {
    const TRIAL: Trial = Trial {
        memory: Memory {
            per_octet: 40,
            octets: 16 * 1024,
        },
        rounds: 4_000,
        seed: 0x5eed_0011,
    };
    let seeds = seeds::of_target("proxy_header");
    TRIAL.of_octets(&seeds, damaged).is_at_least(7, 1_000);
}
