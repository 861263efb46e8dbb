//! Names of the fleet file that stand in the wrong place, and what the remedy says of them.

#![cfg(test)]

mod common;

use common::{GOOD, good_with, now, read};
use trustpack_settings::resolve;

/// The remedy of the only finding of this code.
#[track_caller]
fn remedy(code: &str, text: &str) -> String {
    let resolution = resolve::resolve(&read(text), now());
    let found = resolution.findings();
    let mut found = found.filter(|one| one.code().to_string() == code);
    let (Some(one), None) = (found.next(), found.next()) else {
        panic!("{code}: {text}");
    };
    one.remedy.to_string()
}

#[track_caller]
fn says(code: &str, text: &str, words: &str) {
    let remedy = remedy(code, text);
    assert!(remedy.contains(words), "{remedy}");
}

#[test]
fn what_stands_in_the_wrong_place_is_told_where_it_belongs() {
    let in_port = |line: &str| good_with("number = 4060", &format!("number = 4060\n{line}"));
    for (option, value) in [("tls", "1"), ("tls-mutual", "1"), ("certificate", "\"/c\"")] {
        let words =
            format!("write it into the transport of the port, as in transport = \"{option}=...\"");
        says("TP1002", &in_port(&format!("{option} = {value}")), &words);
    }
    says(
        "TP1002",
        &in_port("[application.port.security]"),
        "stand in its transport",
    );
    let application = |line: &str| format!("{GOOD}\n[[application]]\nname = \"X\"\n{line}\n");
    says(
        "TP1002",
        &application("tls-mutual = 1"),
        "write it into [application.security]",
    );
    says(
        "TP1002",
        &application("tls = 1"),
        "the transport of the port or connection",
    );
    says(
        "TP1002",
        &application("number = 1"),
        "it is a key of [[application.port]]",
    );
    let host = format!("{GOOD}\n[[host]]\nname = \"x.example.com\"\ncertificate = \"/c\"\n");
    says("TP1002", &host, "write it into [host.security]");
    let top = |line: &str| format!("{line}\n{GOOD}");
    says(
        "TP1002",
        &top("[security]"),
        "write [host.security] or [application.security]",
    );
    says(
        "TP1002",
        &top("[[port]]\nnumber = 1"),
        "write [[application.port]]",
    );
}

/// And keys that are written as options, and options that stand behind another sign than `;`.
#[test]
fn what_is_no_option_is_told_where_it_belongs() {
    let application = |line: &str| format!("{GOOD}\n[[application]]\nname = \"X\"\n{line}\n");
    let security = application("[application.security]\ncertificate-source = \"host\"");
    says(
        "TP1012",
        &security,
        "as a key of [[application]], not as an option",
    );
    let number =
        application("[[application.port]]\nnumber = 1\ntransport = \"tls=0;mode=secured\"");
    says("TP1012", &number, "as a key of [[application.port]]");
    for (sign, word) in [
        (",", "a comma"),
        ("\\t", "a tab"),
        (" ", "a blank"),
        ("&", "&"),
    ] {
        let port =
            format!("[[application.port]]\nnumber = 1\ntransport = \"tls=1{sign}tls-mutual=1\"");
        let words = format!("write ; and no blank between parameters, where {word} stands now");
        says("TP1013", &application(&port), &words);
    }
}
