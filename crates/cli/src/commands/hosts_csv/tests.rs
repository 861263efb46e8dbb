//! What lines of a hosts file become, and what is said of bad ones.

use clap::Parser as _;

use super::*;

#[derive(clap::Parser)]
struct Command {
    #[command(flatten)]
    certificate: HostArgs,
}

pub(super) fn defaults() -> Defaults {
    Defaults {
        certificate: Command::parse_from(["test", "--organization", "Default"]).certificate,
        days: None,
        key: "ecdsa-p256".parse().unwrap(),
    }
}

fn read(text: &[u8]) -> Result<Vec<HostLine>, String> {
    from_text(text, &defaults())
}

/// Line, column and message of each mistake; the host where there is none.
#[track_caller]
fn check(text: &str, want: &[(u64, &str)]) {
    let got: Vec<(u64, String)> = read(text.as_bytes())
        .unwrap()
        .into_iter()
        .map(|line| {
            let said = match line.wanted {
                Ok(wanted) => wanted.host.to_string(),
                Err(mistake) => match mistake.column {
                    Some((number, name)) => format!("{number} {name}: {}", mistake.message),
                    None => mistake.message,
                },
            };
            (line.line, said)
        })
        .collect();
    assert_eq!(got.len(), want.len(), "{got:?}");
    for ((line, said), (want_line, want)) in got.iter().zip(want) {
        assert!(line == want_line && said.contains(want), "{line} {said}");
    }
}

#[test]
fn a_line_overrules_the_command_line() {
    let text = "\u{feff}Host,cn,san,ip,days,profile,email,organization,key,digest\r\n\
                a.example.com,A,\"b.example.com, c.example.com\",192.0.2.1 2001:db8::1,30,gui,x@example.com,Own,rsa-3072,sha384\r\n\
                d.example.com,,,,,,,,,\r\n,,,,,,,,,\r\n";
    let lines = read(text.as_bytes()).unwrap();
    assert_eq!(lines.len(), 2);
    let first = lines[0].wanted.as_ref().unwrap();
    assert_eq!(first.host.to_string(), "a.example.com");
    let certificate = &first.certificate;
    assert_eq!(certificate.cn.as_deref(), Some("A"));
    assert_eq!((certificate.san.len(), certificate.ip.len()), (2, 2));
    assert_eq!(
        first.days.map(|days| days.to_string()).as_deref(),
        Some("30")
    );
    assert_eq!(certificate.subject.organization.as_deref(), Some("Own"));
    assert_eq!(first.key.to_string(), "rsa-3072");
    let second = lines[1].wanted.as_ref().unwrap();
    assert_eq!(
        second.certificate.subject.organization.as_deref(),
        Some("Default")
    );
    assert_eq!(second.key.to_string(), "ecdsa-p256");
    assert_eq!(lines[1].line, 3);
}

#[test]
fn a_bad_line_stops_no_other() {
    check(
        "host,cn,ip,country\na/b,,,\nb.example.com,,300.1.1.1,\nc.example.com,,,\nd.example.com,,,DEU\n",
        &[
            (2, "1 host: "),
            (3, "3 ip: \"300.1.1.1\""),
            (4, "c.example.com"),
            (5, "4 country: "),
        ],
    );
}

#[test]
fn duplicates_name_the_first() {
    check(
        "cn,host\n,a.example.com\n,A.example.com\n,b.example.com\n",
        &[
            (2, "a.example.com"),
            (3, "2 host: A.example.com is on line 2 already"),
            (4, "b.example.com"),
        ],
    );
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        let text = "host,cn\n\na.example.com,\n\n\n\"b.example.com\",\"x\ny\"\nc.example.com,";
        check(
            &text.replace('\n', end),
            &[
                (3, "a.example.com"),
                (6, "line break"),
                (8, "c.example.com"),
            ],
        );
    }
}

#[test]
fn hostile_cells_are_named() {
    let huge = format!("host,cn\na.example.com,{}\n", "x".repeat(65_536));
    check(
        &huge,
        &[(2, "2 cn: the cell has 65536 bytes; at most 32767")],
    );
    for (cell, said) in [
        ("a\0b", "there is a \\u{0}"),
        ("\u{1b}[31m", "there is a \\u{1b}"),
        ("=cmd|' /C calc'!A0", "looks like a formula"),
        ("+1", "looks like a formula"),
        ("@SUM(A1)", "looks like a formula"),
        ("-1", "looks like a formula"),
        ("\"a\nb\"", "there is a line break"),
    ] {
        check(
            &format!("host,organization\na.example.com,{cell}\n"),
            &[(2, said)],
        );
    }
    check(
        "host,cn\na.example.com\n",
        &[(2, "it has 1 cells, and the first line has 2")],
    );
    check("host\na.example.com,b\n", &[(2, "it has 2 cells")]);
    // The quotation mark takes the rest of the file.
    check(
        "host,cn\na.example.com,\"b\nc.example.com,d\n",
        &[(2, "quotation mark not closed")],
    );
    // So does one that takes the separators of the rows behind it too.
    check(
        "host,cn\n\"a.example.com,b\nc.example.com,d\n",
        &[(
            2,
            "1 host: there is a line break in the cell; is a quotation mark not closed?",
        )],
    );
    let lines = read(b"host,cn\na.example.com,\xff\n").unwrap();
    let mistake = lines[0].wanted.as_ref().unwrap_err();
    assert!(
        mistake.message.contains("byte 1 of the cell is not UTF-8"),
        "{mistake:?}"
    );
}

/// A file that was cut off is not taken for a whole one: what it says would be signed.
#[test]
fn quotation_marks_stand_where_cells_begin_and_end() {
    for (rows, want) in [
        (
            "a.example.com,x\n\"b.exampl",
            [(2, "a.example.com"), (3, "it has 1 cells")].as_slice(),
        ),
        (
            "a.example.com,\"trunc",
            &[(
                2,
                "2 cn: the quotation mark that begins the cell is not closed",
            )],
        ),
        (
            "a.example.com,\"a\" b\n",
            &[(2, "2 cn: there is something behind the quotation mark")],
        ),
        (
            "a.example.com,a\"b\n",
            &[(2, "2 cn: there is a quotation mark inside the cell")],
        ),
    ] {
        check(&format!("host,cn\n{rows}"), want);
    }
    for end in ["\n", "\r\n", "\r", ""] {
        let cut = format!("host\na.example.com\n\"b.example.com{end}");
        let lines = read(cut.as_bytes()).unwrap();
        assert!(lines[1].wanted.is_err(), "{cut:?}");
        let whole = format!("\"host\",\"cn\"\n\"a.example.com\",\"x \"\"y\"\" z, w\"{end}");
        let lines = read(whole.as_bytes()).unwrap();
        assert!(lines[0].wanted.is_ok(), "{whole:?}: {lines:?}");
    }
    let error = read(b"host,\"cn").unwrap_err();
    assert!(
        error.contains("line 1, column 2: the quotation mark"),
        "{error}"
    );
    let error = read(b"host,cn\n\n").unwrap_err();
    assert!(error.contains("it names no host"), "{error}");
}

#[test]
fn headings_that_cannot_be_used_end_it() {
    for (text, said) in [
        ("", "it is empty"),
        ("cn,san\n", "no column host"),
        (
            "host,hots\n",
            "line 1, column 2: there is no column \"hots\"; there are host, cn",
        ),
        (
            "host,cn,host\n",
            "line 1, column 3: the column host is there twice",
        ),
        ("host;cn\n", "separated by semicolons"),
        ("host\tcn\n", "separated by tabs"),
        ("a.example.com\n", "there is no column"),
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
    let error = read(b"\xff\xfeh\0o\0s\0t\0").unwrap_err();
    assert!(error.contains("UTF-16"), "{error}");
}

#[test]
fn a_file_without_end_is_refused() {
    let mut text = "host\n".to_owned();
    for number in 0..=MAX_HOSTS {
        text.push_str(&format!("h{number}.example.com\n"));
    }
    assert!(
        read(text.as_bytes())
            .unwrap_err()
            .contains("more than 100000 hosts")
    );
}

proptest::proptest! {
    #[test]
    fn no_text_panics(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let mut text = b"host,cn,san,ip,days\n".to_vec();
        text.extend(&octets);
        drop(read(&text));
        drop(read(&octets));
    }
}
