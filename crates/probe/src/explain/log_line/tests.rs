//! Lines of both forms, whole and broken, and every cause.

use std::collections::BTreeMap;

use trustpack_tls::cause::trouble::Whose;

use super::*;

const TEXT: &str = "2026-11-22T00:59:42.290737Z  WARN handshake refused step=allowed names \
    reason=\"the certificate \\\"CN=host\\\" with serial 74 bears none of the names that are allowed here: \
    dns:other.example.com\" alert_sent=access_denied (49) place=\"Server:default\" peer=127.0.0.1:55432";

#[track_caller]
fn check(line: &str, told: Option<(&str, Option<Role>)>) {
    let read = LogLine::read(line);
    let found = read.as_ref().map(|line| (&*line.reason, line.role()));
    assert_eq!(found, told);
}

#[test]
fn lines_of_both_forms_are_read() {
    let reason = "the certificate \"CN=host\" with serial 74 bears none of the names that are allowed here: \
        dns:other.example.com";
    check(TEXT, Some((reason, Some(Role::Server))));
    let coloured = format!("\u{1b}[2m{TEXT}\u{1b}[0m");
    check(&coloured, Some((reason, Some(Role::Server))));
    let json = r#"{"timestamp":"x","level":"WARN","message":"handshake refused","step":"path","reason":"the TLS client presented no certificate; one is demanded","place":"command line","bytes_in":0}"#;
    let reason = "the TLS client presented no certificate; one is demanded";
    check(json, Some((reason, None)));
    for other in [
        "",
        "{",
        "{}",
        "ready",
        "connection",
        "{\"message\":\"ready\"}",
        "a=\"b",
    ] {
        check(other, None);
    }
}

#[test]
fn lines_behind_what_a_collector_writes_are_read() {
    let json = r#"{"message":"handshake refused","reason":"why {x}","place":"Server:default"}"#;
    let text = "handshake refused reason=\"why {x}\" place=\"Server:default\"";
    let want = Some(("why {x}", Some(Role::Server)));
    for line in [json, text] {
        for before in [
            "",
            "Nov 22 10:00:00 host trustpack[123]: ",
            "2026-11-22T10:00:00+0000 host trustpack[123]: ",
            "2026-11-22T10:00:00.123456789Z stderr F ",
            "tunnel-1  | ",
        ] {
            check(&format!("{before}{line}"), want);
        }
        for name in ["MESSAGE", "log"] {
            let mut object = serde_json::Map::new();
            object.insert(name.to_owned(), format!("{line}\n").into());
            object.insert("PRIORITY".to_owned(), "6".into());
            let object = serde_json::Value::from(object).to_string();
            check(&object, want);
        }
    }
    // What a peer wrote is no object, and what is in one is no line.
    check(
        "handshake refused reason=\"a {\\\"message\\\":1}\" place=\"Server:default\"",
        Some(("a {\"message\":1}", Some(Role::Server))),
    );
    check("Nov 22 host trustpack[1]: {\"message\":\"ready\"}", None);
    check(
        "Nov 22 host trustpack[1]: {\"message\":\"handshake refused\"",
        Some(("", None)),
    );
}

#[test]
fn a_line_is_explained() {
    let line = LogLine::read(TEXT).expect("a line");
    let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
    let told = told.expect("a failure").to_string();
    assert!(
        told.contains("on the server: add one of its names to allowed-names"),
        "{told}"
    );
    let json = r#"{"message":"handshake refused","reason":"the TLS client presented no certificate; one is demanded","place":"command line"}"#;
    let line = LogLine::read(json).expect("a line");
    let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
    let told = told.expect("a failure").to_string();
    assert!(told.contains("on the client: set certificate"), "{told}");
}

/// The one kind of failure of a role that is no failure, by its word.
const HARMLESS: [(&str, Harmless); 3] = [
    ("stopped", Harmless::Stopped),
    ("silent-proxy", Harmless::Check),
    ("silent-close", Harmless::Check),
];

#[test]
fn every_cause_has_an_explanation_of_its_own_or_needs_none() {
    let mut told = BTreeMap::new();
    let refused = Trouble::ALL.map(|trouble| Cause::Refused(trouble, Whose::Presented));
    let alerts = (0..=u8::MAX).map(Cause::Alert);
    for cause in Cause::PLAIN.into_iter().chain(refused).chain(alerts) {
        let word = cause.to_string();
        // What a peer wrote does not matter beside the word.
        let text = format!(
            r#"{{"message":"connection ended","reason":"was revoked on","cause":"{word}","role":"server"}}"#
        );
        let line = LogLine::read(&text).expect("a line");
        let harmless = HARMLESS.iter().find(|(known, _)| *known == word);
        assert_eq!(line.harmless(), harmless.map(|(_, why)| *why), "{word}");
        let explanation = line.explain(&Ends::default(), Timestamp::from_unix(0));
        assert_eq!(explanation.is_none(), harmless.is_some(), "{word}");
        if let (Some(Explanation { at, remedy, .. }), false) =
            (explanation, word.starts_with("alert-"))
        {
            let same = told.insert((at, remedy), word.clone());
            let is_known = same
                .as_ref()
                .is_none_or(|same| SAME.contains(&(same, &word)));
            assert!(is_known, "{word} is told as {same:?}");
        }
    }
}

#[test]
fn what_a_tunnel_finds_to_be_in_order_is() {
    let harmless = |line: &str| LogLine::read(line).expect("a line").harmless();
    let json = |level: &str, message: &str, more: &str| {
        format!(r#"{{"level":"{level}","message":"{message}",{more},"role":"server"}}"#)
    };
    let text = |level: &str, message: &str, more: &str| {
        format!("2026-11-22T00:59:42.290737Z {level:>5} {message} {more} role=server")
    };
    let left = "the peer closed the connection without ending TLS, after it had been told last";
    for (message, reason, cause, want) in [
        ("connection ended", left, "peer-broke", Harmless::InOrder),
        ("handshake refused", "x", "silent-timeout", Harmless::Check),
    ] {
        let of_json = format!(r#""reason":"{reason}","cause":"{cause}""#);
        let of_text = format!("reason=\"{reason}\" cause={cause}");
        assert_eq!(harmless(&json("INFO", message, &of_json)), Some(want));
        assert_eq!(harmless(&text("INFO", message, &of_text)), Some(want));
        assert_eq!(harmless(&json("WARN", message, &of_json)), None);
        assert_eq!(harmless(&text("WARN", message, &of_text)), None);
    }
    for reason in ["both sides were done", "in order"] {
        let line = format!(r#"{{"message":"connection ended","reason":"{reason}"}}"#);
        assert_eq!(harmless(&line), Some(Harmless::InOrder));
    }
    let newer = json("INFO", "connection ended", r#""reason":"all was said""#);
    assert_eq!(harmless(&newer), Some(Harmless::InOrder));
    // A limit that was reached may be too low.
    let idle = r#""reason":"nothing moved for 5s","cause":"idle""#;
    assert_eq!(harmless(&json("INFO", "connection ended", idle)), None);
}

/// Those that are mended alike.
const SAME: [(&str, &str); 8] = [
    ("broken-hello", "protocol"),
    ("silent-timeout", "broke"),
    ("plain-text", "echo"),
    ("echo", "no-more-plain-text"),
    // Of a server, whose program is on this machine; of a client they differ.
    ("no-address", "nobody-listens"),
    ("nobody-listens", "no-answer"),
    ("no-answer", "not-reached"),
    ("nothing-trusted", "not-trusted"),
];

/// What is told of a line.
#[track_caller]
fn told(line: &str) -> Explanation {
    let line = LogLine::read(line).expect("a line");
    let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
    told.expect("a failure")
}

#[test]
fn a_line_that_ends_in_the_middle() {
    let check = |line: &str, words: &str| {
        let told = told(line);
        assert_eq!(told.at, At::NotKnown, "{line}");
        assert!(told.what.starts_with("handshake refused: "), "{told}");
        assert!(told.what.contains(words), "{words:?} is not in: {told}");
    };
    // A disk that was full.
    for end in [
        "",
        ",",
        r#","rea"#,
        r#","reason":"#,
        r#","reason":"the certificate \"CN=a\","#,
        r#","bytes_in":1"#,
    ] {
        let cut = format!(r#"{{"level":"WARN","message":"handshake refused"{end}"#);
        check(&cut, "ends in the middle");
        let behind = format!("Nov 22 host trustpack[1]: {cut}");
        check(&behind, "ends in the middle");
        let in_object = serde_json::json!({ "MESSAGE": cut }).to_string();
        check(&in_object, "ends in the middle");
        check(&in_object[..in_object.len() - 2], "ends in the middle");
    }
    // The same of text, wherever it ends behind the message.
    let begin = TEXT.find("refused").expect("it is of one") + "refused".len();
    let whole = TEXT.find(" place=").expect("it has one");
    for end in begin..whole {
        if TEXT.is_char_boundary(end) {
            let line = LogLine::read(&TEXT[..end]).expect("a line");
            let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
            let told = told.expect("a failure").to_string();
            let is_known = line.reason.starts_with("the certificate");
            let words = if is_known {
                "add one of its names"
            } else {
                "ends in the middle"
            };
            assert!(told.contains(words), "{}: {told}", &TEXT[..end]);
        }
    }
    // A cause that is the last thing there may be another one.
    for (cause, is_whole) in [
        ("alert-4", false),
        ("alert-40", false),
        ("alert-40 peer=1", true),
    ] {
        let line = format!(
            "2026-11-22T00:59:42Z  WARN handshake refused reason=\"quux\" place=\"Server:default\" role=client cause={cause}"
        );
        let told = told(&line);
        let says = told.what.contains("ends in the middle");
        assert_eq!(says, !is_whole, "{cause}: {told}");
    }
    let cut = r#"{"message":"handshake refused","reason":"x","cause":"expired","place":"Ser"#;
    assert!(told(cut).remedy.starts_with("renew"));
    // What a peer has written into its certificate is no such line.
    let subject = r#"presents another certificate from now on place="Server:default" subject="CN={\"message\":\"handshake refused\"""#;
    assert_eq!(LogLine::read(subject), None);
}

#[test]
fn signatures_are_told_apart_from_groups() {
    let check = |reason: &str, words: &str| {
        for cause in [r#","cause":"nothing-in-common""#, ""] {
            let line = format!(
                r#"{{"message":"handshake refused","reason":"there is no {reason} that both ends allow","role":"server"{cause}}}"#
            );
            let told = told(&line).to_string();
            assert!(told.contains(words), "{words:?} is not in: {told}");
        }
    };
    // As programs of old wrote them.
    check(
        "signature algorithm",
        "on either end: put a certificate with another kind of key into certificate",
    );
    check(
        "group for the key exchange",
        "on the client: let it offer X25519 or P-256",
    );
}

#[test]
fn a_failure_without_a_reason_that_is_known() {
    let json = |more: &str| format!(r#"{{"message":"handshake refused"{more}}}"#);
    let check = |line: &str, words: &str| {
        let told = told(line);
        assert_eq!(told.at, At::NotKnown, "{line}");
        assert!(told.what.starts_with("handshake refused: "), "{told}");
        assert!(told.what.contains(words), "{words:?} is not in: {told}");
    };
    check(&json(r#","reason":"quux""#), "the reason \"quux\" is none");
    let newer = r#","reason":"quux","cause":"from-tomorrow","place":"Server:default""#;
    check(&json(newer), "the cause \"from-tomorrow\" is none");
    check(
        "handshake refused reason=\"quux\"",
        "the reason \"quux\" is none",
    );
    check(&json(r#","place":"Server:default""#), "gives no reason");
    // What others write in the same words is none of ours.
    let line = LogLine::read(&json("")).expect("a line");
    assert_eq!(
        line.explain(&Ends::default(), Timestamp::from_unix(0)),
        None
    );
    check(&json(r#","reason":null"#), "gives no reason");
    let long = "a".repeat(MAX_LINE_BYTES);
    let reason = format!(r#","reason":"{long}""#);
    check(&json(&reason), "longer than the 65536 bytes");
    let in_object = serde_json::json!({ "MESSAGE": json(&reason) }).to_string();
    check(&in_object, "longer than the 65536 bytes");
    let text = format!("handshake refused reason=\"{long}\" cause=expired");
    check(&text, "longer than the 65536 bytes");
    check(
        &json(&format!(r#","reason":"{}""#, "a".repeat(1_000))),
        "a...\" is none",
    );
    // A word that stands before what is too long is still one.
    let text = format!("handshake refused cause=expired reason=\"{long}\"");
    assert!(told(&text).remedy.starts_with("renew"));
}

#[test]
fn who_has_begun_to_speak_tls_speaks_no_plain_text() {
    let line = |cause: &str| {
        told(&format!(
            r#"{{"message":"handshake refused","reason":"it ended","cause":"{cause}","role":"client"}}"#
        ))
    };
    assert!(!line("closed").remedy.contains("plain text"));
    assert!(line("silent-close").remedy.contains("plain text"));
}

#[test]
fn the_page_of_the_log_names_every_word() {
    let page = include_str!("../../../../../docs/reference/log.md");
    let refused = Trouble::ALL.map(|trouble| Cause::Refused(trouble, Whose::Presented));
    for cause in Cause::PLAIN.into_iter().chain(refused) {
        assert!(page.contains(&format!("`{cause}`")), "{cause}");
    }
}

#[test]
fn tls_that_was_up_is_no_plain_text() {
    for cause in ["", r#""cause":"peer-broke","#] {
        let line = format!(
            r#"{{"message":"connection ended","reason":"the connection to the peer broke: Connection reset by peer",{cause}"role":"client","version":"TLS 1.3"}}"#
        );
        let line = LogLine::read(&line).expect("a line");
        let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
        let told = told.expect("a failure").to_string();
        assert!(
            told.contains("on the server: look at its log: TLS was up"),
            "{told}"
        );
    }
}

#[test]
fn a_tunnel_that_is_not_as_its_settings_say() {
    let line = r#"{"message":"it is shut: nobody is let through","place":"Stat:default","reason":"TP4001","remedy":"restore the file"}"#;
    let line = LogLine::read(line).expect("a line");
    let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
    let told = told.expect("a failure").to_string();
    assert!(
        told.ends_with("TP4001; on the server: restore the file"),
        "{told}"
    );
}

/// Where the findings of a client are to be mended, as far as they say it themselves: what it repeats of its port there.
#[test]
fn whose_findings_a_tunnel_tells() {
    let port = "TP3007: whether S speaks TLS cannot be told, because of the error TP2010 at S (remedy: mend TP2010 at S)";
    let own = "TP1013: sec-protocol: \\\"TP3007: a\\\" is not allowed (remedy: give a value that is allowed)";
    let there = format!("fleet.toml:2:1: {own}");
    for (findings, at) in [
        (port.to_owned(), At::End(Who::SERVER)),
        (own.to_owned(), At::End(Who::CLIENT)),
        (there.clone(), At::End(Who::CLIENT)),
        (format!("{port}; {own}"), At::Both),
        (format!("{port}; {there}"), At::Both),
        (format!("{there}; {port}"), At::Both),
        ("no code at all".to_owned(), At::End(Who::CLIENT)),
    ] {
        let line = format!(
            r#"{{"message":"not started","place":"Desk/S:default","reason":"why","findings":"{findings}"}}"#
        );
        let line = LogLine::read(&line).expect("a line");
        let told = line.explain(&Ends::default(), Timestamp::from_unix(0));
        let told = told.expect("an explanation");
        assert_eq!(told.at, at, "{findings}: {told}");
        // Nothing of the line is left out.
        let all = findings.replace('\\', "");
        assert!(told.what.ends_with(&all), "{findings}: {told}");
    }
}
