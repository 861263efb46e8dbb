//! Stories of the fleet file: every error with its line and column, several files, values as written.

#![cfg(test)]

mod common;

use common::{GOOD, good_with, lines, now, read};
use trustpack_settings::fleet_file::{self, MAX_FILE_BYTES, Source};
use trustpack_settings::resolve;

#[track_caller]
fn check(text: &str, want: &[&str]) {
    // Resolution puts them in order.
    let (mut found, mut want) = (lines(read(text).findings()), want.to_vec());
    found.sort_unstable();
    want.sort_unstable();
    assert_eq!(found, want, "{text}");
}

#[test]
fn the_good_fleet_has_nothing_to_say() {
    check(GOOD, &[]);
    let marked = format!("\u{feff}# with a byte order mark\n{GOOD}");
    check(&marked, &[]);
    check(&GOOD.replace('\n', "\r\n"), &[]);
}

/// TP1027: an empty file is rarely what was meant.
#[test]
fn an_empty_fleet_does_not_pass_in_silence() {
    let empty = "TP1027 fleet: fleet.toml has no host and no application";
    check("", &[empty]);
    check("# nothing yet\n", &[empty]);
    // What is wrong in it says enough.
    check(
        "[[hosts]]\n",
        &["TP1002 fleet 1:3: unknown key \"hosts\"; allowed here are host, application, accept"],
    );
    check("[[host]]\nname = \"a.example\"\n", &[]);
}

#[test]
fn item_2_7_2_all_errors_are_found_not_the_first() {
    check(
        "[[host]]\nname = \"a b\"\nplatform = \"beos\"\naddresses = [\"10.0.0.256\", \"::1\"]\n\
         colour = 1\n[[application]]\nhost = 1\n[[application.port]]\nnumber = 0\nha-sync = \"maybe\"\n\
         tunnel = \"here\"\nconfigured-by = \"me\"\n",
        &[
            "TP1003 fleet 2:8: name: the host name \"a b\" contains ' '; allowed are letters, digits, hyphens and dots",
            "TP1003 fleet 4:14: addresses: \"10.0.0.256\": invalid IP address syntax",
            "TP1003 fleet 3:12: platform: \"beos\" is not allowed; allowed are unix, windows",
            "TP1002 fleet 5:1: unknown key \"colour\"; allowed here are name, addresses, platform, security",
            "TP1004 fleet 6:1: the application has no \"name\"",
            "TP1003 fleet 7:1: host: it must be a string in quotation marks",
            "TP1003 fleet 9:10: number: \"0\" is no port number; allowed are 1 to 65535",
            "TP1003 fleet 10:11: ha-sync: \"maybe\" is not allowed; allowed are true and false",
            "TP1003 fleet 11:10: tunnel: \"here\" is no address; allowed are IP:port, such as 127.0.0.1:12060, and unix:/path",
            "TP1003 fleet 12:17: configured-by: \"me\" is not allowed; allowed is \"product\", with free text behind it",
        ],
    );
}

#[test]
fn syntax_errors_say_what_was_expected_and_the_rest_is_still_read() {
    check(
        "[[host]]\nname \"a.example.com\"\n[[host]\nname = \"b.example.com\"\n[host.security]\ntls-mutual = yes\n\
         crl = 'y\nsend-root = 0\n",
        &[
            "TP1001 fleet 2:6: key with no value; expected `=`",
            "TP1001 fleet 3:8: unclosed array table; expected `]`",
            "TP1001 fleet 6:14: string values must be quoted; expected literal string",
            "TP1001 fleet 7:9: invalid literal string; expected `'`",
            "TP1004 fleet 1:1: the host has no \"name\"",
        ],
    );
}

#[test]
fn keys_and_tables_are_written_once() {
    check(
        "accept = 1\n[[host]]\nname = \"a.example\"\nname = \"b.example\"\n[host.security]\n[host.security]\n[[accept]]\n",
        &[
            "TP1005 fleet 4:1: \"name\" is written twice",
            "TP1005 fleet 6:7: \"security\" is written twice",
            "TP1005 fleet 7:3: \"accept\" is written twice",
            "TP1023 fleet 1:1: acceptance: accept: each accept must be a table of its own, `[[...accept]]`; it accepts nothing",
        ],
    );
    check(
        "[[host]]\nname.first = 1\nname = \"b.example\"\n",
        &[
            "TP1005 fleet 3:1: \"name\" is written twice",
            "TP1003 fleet 2:1: name: it must be a string in quotation marks",
        ],
    );
    check(
        "host = [{name = \"a.example\", security = {tls-mutual = 1}}]\n",
        &[],
    );
    check(
        "[[host]]\nname = \"a.example\"\nsecurity = {}\nsecurity.crl = \"\"\n",
        &["TP1003 fleet 4:1: security: it is no table that keys can be added to"],
    );
}

#[test]
fn item_2_7_3_several_files_are_one_fleet_and_duplicates_name_both_places() {
    let (first, second) = GOOD.split_once("[[application]]").unwrap();
    let second = format!("[[application]]{second}[[host]]\nname = \"A.example.com\"\n");
    let fleet = fleet_file::read(&[
        Source {
            path: "hosts.toml",
            text: first,
        },
        Source {
            path: "applications.toml",
            text: &second,
        },
    ]);
    let found: Vec<_> = fleet.findings().collect();
    let [finding] = found[..] else {
        panic!("one finding: {found:?}")
    };
    assert_eq!(finding.message, "host a.example.com is defined twice");
    assert_eq!(
        finding.location().unwrap().to_string(),
        "applications.toml:19:8"
    );
    assert_eq!(finding.related[0].0.to_string(), "hosts.toml:3:8");
    assert_eq!(fleet.hosts.len(), 2);
    assert_eq!(resolve::resolve(&fleet, now()).endpoints().len(), 2);
}

#[test]
fn item_2_7_1_option_values_may_be_written_bare_and_names_must_be_strings() {
    let fleet = read(
        "[[host]]\nname = \"a.example\"\n[host.security]\ntls-mutual = 1\nfips140-enabled = false\n\
         danger-accept-weak = 2027-01-01\ncrl-freshness = 24\nsec-protocol = []\n",
    );
    let values: Vec<_> = fleet.hosts[0]
        .security
        .iter()
        .map(|e| (e.name.as_str(), e.value.expose()))
        .collect();
    assert_eq!(
        values,
        [
            ("tls-mutual", "1"),
            ("fips140-enabled", "false"),
            ("danger-accept-weak", "2027-01-01"),
            ("crl-freshness", "24"),
        ]
    );
    assert_eq!(
        lines(fleet.findings()),
        [
            "TP1003 host a.example 8:1: sec-protocol: the value of an option must be a string, a number or a truth value"
        ]
    );
}

#[test]
fn item_2_7_2_columns_of_parameters_survive_escapes_by_naming_the_whole_value() {
    let text = good_with("\"tls=1;tls-mutual=1\"", "\"tls=1;tls\\u002Dmutal=1\"");
    let found = lines(common::resolve(&text).findings());
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("TP1011 Server:default 35:13")),
        "{found:?}"
    );
}

#[test]
fn a_text_beyond_the_limits_is_refused_by_name() {
    let text = " ".repeat(MAX_FILE_BYTES + 1);
    let found = lines(read(&text).findings());
    assert_eq!(
        found,
        ["TP1007 fleet 1:1: the file has 134217729 bytes; at most 134217728 are read"]
    );

    let keys: String = (0..300).map(|n| format!("k{n} = 1\n")).collect();
    let found = lines(read(&keys).findings());
    assert!(
        found.iter().any(|line| line.contains("more than 256 keys")),
        "{}",
        found.len()
    );

    let broken = "=\n".repeat(5000);
    let found = lines(read(&broken).findings());
    assert!(
        found
            .iter()
            .any(|line| line.contains("more than 1000 errors")),
        "{}",
        found.len()
    );
    assert!(found.len() < 1100, "{}", found.len());

    let deep = format!("{}a = 1", "a.".repeat(100_000));
    let found = lines(read(&deep).findings());
    assert!(
        found.iter().any(|line| line.contains("deeper than 16")),
        "{found:?}"
    );
}

#[test]
fn one_long_line_is_read_in_one_walk() {
    let hosts: Vec<String> = (0..5000)
        .map(|n| format!("{{name = \"h{n}.example\"}}"))
        .collect();
    let fleet = read(&format!("host = [{}]", hosts.join(",")));
    assert_eq!((fleet.hosts.len(), fleet.findings().count()), (5000, 0));
}

#[test]
fn of_a_pem_file_one_thing_is_said_and_none_of_its_lines() {
    const BODY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ5mY/2jD3jN4Rk0T";
    let key = format!("-----BEGIN PRIVATE KEY-----\n{BODY}\n{BODY}=\n-----END PRIVATE KEY-----\n");
    let found = lines(read(&key).findings());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("TP1008 fleet 1:1"), "{found:#?}");
    // Without its marker it is bad TOML; a key of it is not repeated either.
    for text in [
        format!("{BODY}=\n"),
        format!("{BODY} = 1\n"),
        format!("host = \"{BODY}\"\n"),
    ] {
        let found = lines(read(&text).findings());
        assert!(
            !found.is_empty() && !found.concat().contains("MIGH"),
            "{found:#?}"
        );
    }
    let pasted = good_with("/etc/sec/a.key", BODY);
    let found = lines(common::resolve(&pasted).findings());
    assert!(
        found.concat().contains("TP1017") && !found.concat().contains("MIGH"),
        "{found:#?}"
    );
}

/// A word that is nearly one that is allowed is named as the remedy.
#[test]
fn near_words_are_named_for_values() {
    let remedy = |old: &str, new: &str| {
        let text = GOOD.replacen(old, new, 1);
        assert_ne!(text, GOOD, "{old}");
        let fleet = read(&text);
        let found: Vec<_> = fleet.findings().map(|f| f.remedy.clone()).collect();
        found.join("|")
    };
    let mode = remedy("mode = \"secured\"", "mode = \"secure\"");
    assert_eq!(mode, "write \"secured\" if that was meant");
    let far = remedy("mode = \"secured\"", "mode = \"always\"");
    assert!(!far.contains("if that was meant"), "{far}");
}

/// More than is read at a time: tables that begin in one piece and go on in the next are still one, and places are
/// those of the whole text.
#[test]
fn a_long_text_is_read_in_pieces_and_nobody_sees_it() {
    let host = |n: usize| {
        format!(
            "[[host]]\nname = \"h{n}.example\"\naddresses = [\n  \"10.0.0.1\",\n]\n[host.security]\ncrl = \"/é{n}\"\n"
        )
    };
    let hosts: String = (0..3_000).map(host).collect();
    let text = format!(
        "{hosts}[[application]]\nname = \"A\"\nhost = \"h7.example\"\nwrong = 1\n{}",
        host(3_000)
    );
    let fleet = read(&text);
    assert_eq!(fleet.hosts.len(), 3_001);
    for (n, host) in fleet.hosts.iter().enumerate() {
        assert_eq!(host.name.value.as_str(), format!("h{n}.example"));
        assert_eq!((host.addresses.len(), host.security.len()), (1, 1), "{n}");
        let at = host.security[0].value_spot.location().expect("in the file");
        assert_eq!(text.get(at.start..at.end), Some(&*format!("\"/é{n}\"")));
        let before = if n == 3_000 { 4 } else { 0 };
        assert_eq!(usize::try_from(at.line), Ok(n * 7 + 7 + before));
        assert_eq!(at.column, 7);
    }
    let unknown: Vec<_> = fleet.findings().collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!(unknown[0].location().expect("in the file").line, 21_004);
}

#[test]
fn a_carriage_return_alone_ends_no_line() {
    let text = "[[host]]\rname = \"a.example\"\r";
    let found = lines(read(text).findings());
    let says = "TP1001 fleet 1:9: a carriage return ends no line here";
    assert!(
        found.iter().any(|line| line.starts_with(says)),
        "{found:#?}"
    );
    let resolution = resolve::resolve(&read(&GOOD.replacen('\n', "\r", 2)), now());
    assert!(
        resolution
            .endpoints()
            .iter()
            .all(|one| one.startable().is_err())
    );
}

#[test]
fn item_2_7_1_numbers_count_in_every_form_of_toml() {
    for number in ["4060", "4_060", "0xFDC", "0o7734", "0b111111011100"] {
        let fleet = read(&good_with("number = 4060", &format!("number = {number}")));
        assert_eq!(
            fleet.applications[1].ports[0].number,
            Some(4060),
            "{number}"
        );
    }
    let large = "number = 99999999999999999999";
    let found = lines(read(&good_with("number = 4060", large)).findings());
    let says = "number: \"99999999999999999999\" is no port number";
    assert!(found.iter().any(|line| line.contains(says)), "{found:#?}");
}
