//! What lines of a hosts file become, and what is said of bad ones.

use super::*;

fn hosts(text: &[u8]) -> Result<Vec<HostLine<String>>, InvalidHosts> {
    read(text)
}

/// Line, column and message of each mistake; the host where there is none.
#[track_caller]
fn check(text: &str, want: &[(u64, &str)]) {
    let got: Vec<(u64, String)> = hosts(text.as_bytes())
        .unwrap()
        .into_iter()
        .map(|line| {
            let said = match line.row {
                Ok(row) => row.host.to_string(),
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
fn a_line_says_what_it_says() {
    let text = "\u{feff}Host,cn,san,ip,days,profile,email,organization,key,digest,for\r\n\
                a.example.com,A,\"b.example.com, c.example.com\",192.0.2.1 2001:db8::1,30,gui,x@example.com,Own,rsa-3072,sha384,nginx java\r\n\
                d.example.com,,,,,,,,,,\r\n,,,,,,,,,,\r\n";
    let lines = hosts(text.as_bytes()).unwrap();
    assert_eq!(lines.len(), 2);
    let first = lines[0].row.as_ref().unwrap();
    assert_eq!(first.host.to_string(), "a.example.com");
    assert_eq!(first.common_name.as_deref(), Some("A"));
    assert_eq!(first.domains.as_ref().map(Vec::len), Some(2));
    assert_eq!(first.addresses.as_ref().map(Vec::len), Some(2));
    assert_eq!(first.lifetime, Some(Lifetime::from_days(30).unwrap()));
    assert_eq!(first.organization.as_deref(), Some("Own"));
    assert_eq!(first.key, Some("rsa-3072".parse().unwrap()));
    assert_eq!(first.digest, Some(Digest::Sha384));
    assert!(first.profile.is_some() && first.email.is_some());
    let targets = ["nginx", "java"].map(str::to_owned).to_vec();
    assert_eq!(first.targets, Some(targets));
    let second = lines[1].row.as_ref().unwrap();
    let nothing = format!("{:?}", HostRow::<String>::of(second.host.clone()));
    assert_eq!(format!("{second:?}"), nothing);
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
    // What an international name leaves out is not shown either.
    let twice = "host\nb.exam\u{feff}ple.com\nb.exam\u{feff}ple.com\n";
    check(
        twice,
        &[
            (2, "b.example.com"),
            (3, "b.exam\\u{feff}ple.com is on line 2"),
        ],
    );
    let lines = hosts(twice.as_bytes()).unwrap();
    assert_eq!(lines[0].typed, "b.exam\\u{feff}ple.com");
    // What is left out at the ends of a cell is nowhere.
    let lines = hosts("host\nb.example.com\u{85}\n".as_bytes()).unwrap();
    assert_eq!(lines[0].typed, "b.example.com");
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
    let lines = hosts(b"host,cn\na.example.com,\xff\n").unwrap();
    let mistake = lines[0].row.as_ref().unwrap_err();
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
            [(2, "a.example.com"), (3, "1 host: the quotation mark")].as_slice(),
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
    check(
        "host\na.example.com\n\"",
        &[(2, "a.example.com"), (3, "is not closed")],
    );
    for end in ["\n", "\r\n", "\r", ""] {
        let cut = format!("host\na.example.com\n\"b.example.com{end}");
        let lines = hosts(cut.as_bytes()).unwrap();
        assert!(lines[1].row.is_err(), "{cut:?}");
        let whole = format!("\"host\",\"cn\"\n\"a.example.com\",\"x \"\"y\"\" z, w\"{end}");
        let lines = hosts(whole.as_bytes()).unwrap();
        assert!(lines[0].row.is_ok(), "{whole:?}: {lines:?}");
    }
    let error = hosts(b"host,\"cn").unwrap_err().to_string();
    assert!(
        error.contains("line 1, column 2: the quotation mark"),
        "{error}"
    );
    let error = hosts(b"host,cn\n\n").unwrap_err().to_string();
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
        let error = hosts(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let error = hosts(b"\xff\xfeh\0o\0s\0t\0").unwrap_err();
    assert_eq!(error, InvalidHosts::Utf16);
}

#[test]
fn a_file_without_end_is_refused() {
    let mut text = "host\n".to_owned();
    for number in 0..=MAX_HOSTS {
        text.push_str(&format!("h{number}.example.com\n"));
    }
    let error = hosts(text.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("more than 100000 hosts"), "{error}");
}
