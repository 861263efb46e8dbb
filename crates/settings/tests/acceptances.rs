//! Stories of accepted findings.

#![cfg(test)]

mod common;

use common::{endpoint, good_with, resolve};
use trustpack_settings::endpoint::State;
use trustpack_settings::finding::Severity;

#[test]
fn item_2_6_an_accepted_error_stays_visible_and_no_longer_counts() {
    let accept = r#"
[[accept]]
code = "TP3010"
place = "Client/Server:default"
reason = "the old recorder has no certificate"
until = 2026-10-01
"#;
    let text = good_with(
        "certificate = \"/etc/sec/a.pem\"\ncertificate-key = \"/etc/sec/a.key\"\n",
        "",
    );
    let resolution = resolve(&text);
    assert_eq!(
        endpoint(&resolution, "Client/Server").state(),
        State::Refused
    );

    let resolution = resolve(&(text.clone() + accept));
    let client = endpoint(&resolution, "Client/Server");
    assert!(client.startable().is_ok(), "the last day counts");
    let accepted: Vec<_> = client.findings().filter(|f| f.accepted.is_some()).collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!(client.worst(), Some(Severity::Note));

    let ended = accept.replace("2026-10-01", "2026-09-30");
    let resolution = resolve(&(text.clone() + &ended));
    assert_eq!(
        endpoint(&resolution, "Client/Server").state(),
        State::Refused
    );
    let elsewhere = accept.replace("Client/Server", "Client/Other");
    let resolution = resolve(&(text + &elsewhere));
    assert_eq!(
        endpoint(&resolution, "Client/Server").state(),
        State::Refused
    );
}

#[test]
fn accepting_does_not_start_what_cannot_be_done() {
    let accept = r#"
[[accept]]
code = "TP1018"
place = "Client/Server"
reason = "we will see"
until = 2030-01-01
"#;
    let text = good_with(
        "to = \"Server\"",
        "to = \"Server\"\ntransport = \"provider=PKCS11;certificate=pkcs11:object=a;trusted-ca=/ca.pem\"",
    ) + accept;
    let resolution = resolve(&text);
    let client = endpoint(&resolution, "Client/Server");
    assert!(client.findings().any(|f| f.accepted.is_some()));
    assert_eq!(client.state(), State::Refused);
}

#[test]
fn an_acceptance_that_cannot_be_read_accepts_nothing_and_stops_nobody() {
    const GOOD_ENTRY: &str = r#"
[[accept]]
code = "TP5001"
place = "Client/Server"
reason = "a test"
until = 2030-01-01
"#;
    let text = good_with("tls-target-name-check = \"host\"\n", "");
    let accepted = |entry: &str| {
        let resolution = resolve(&(text.clone() + entry));
        for endpoint in resolution.endpoints() {
            assert!(endpoint.startable().is_ok(), "{entry}");
        }
        let marked = resolution.findings().any(|f| f.accepted.is_some());
        let errors = resolution
            .findings()
            .filter(|f| f.counts_as(Severity::Error))
            .count();
        (marked, errors)
    };
    assert_eq!(accepted(GOOD_ENTRY), (true, 0));
    for (old, new) in [
        ("2030-01-01", "\"tomorrow\""),
        ("\"a test\"", "\" \""),
        ("reason = \"a test\"\n", ""),
        ("TP5001", "TP5"),
        ("code", "cod = 1\ncode"),
    ] {
        assert_eq!(accepted(&GOOD_ENTRY.replace(old, new)), (false, 1), "{new}");
    }
    assert_eq!(
        accepted(&GOOD_ENTRY.replace("[[accept]]", "[accept]")),
        (false, 1)
    );
}
