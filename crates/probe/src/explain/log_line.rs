//! A line of the log of a tunnel, as text or JSON, and the explanation of the failure that it tells.
//!
//! Why something failed is read from the field `cause`, in which no peer has a say; only lines that have none, as older
//! programs wrote them, are told by their sentences. Invariant: any text is read without fail; what is no such line is
//! `None`.

mod fields;
mod sentences;

use trustpack_settings::endpoint::Role;
use trustpack_settings::place::Place;
use trustpack_tls::cause::trouble::Trouble;
use trustpack_tls::cause::{Cause, HeaderFault};
use trustpack_tls::handshake::Begun;
use trustpack_x509::time::Timestamp;

use super::ends::Ends;
use super::{At, Explanation, Who, other_files, remedy};

/// Bytes of a line that are read; the rest is left out.
///
/// Source: ours; the longest reason lists ten names of 255 characters.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// Messages that tell of a failed handshake or of a connection that ended.
const OF_CONNECTIONS: [&str; 3] = [
    "connection ended",
    "handshake refused",
    "handshake refused by the peer",
];

/// Messages that tell of a tunnel that is not as its settings say.
const OF_TUNNELS: [&str; 3] = ["not started", "it stays as it was", "it is shut"];

/// A line about one connection, or about a tunnel that is not as its settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The message.
    pub message: String,
    /// Why it ended, or is not as it should be.
    pub reason: String,
    /// The endpoint; the command line for a tunnel by hand.
    pub place: Option<Place>,
    role: Option<Role>,
    about: About,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    /// A connection that ended for this cause, if it is one that is known.
    Connection(Option<Cause>),
    /// A tunnel, with its findings and what is to be done.
    Tunnel {
        findings: Option<String>,
        remedy: Option<String>,
    },
}

/// Why a line needs no explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harmless {
    /// Both sides were done.
    InOrder,
    /// Somebody looked whether a port is open, as health checks do.
    Check,
    /// The tunnel was told to stop.
    Stopped,
}

impl LogLine {
    /// Reads a line as a tunnel writes it, in either form, also behind what a collector of logs puts before it, or in an
    /// object of its own; `None` if it is none that is explained.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let end = line.floor_char_boundary(MAX_LINE_BYTES);
        let line = line.get(..end)?.trim();
        let inner = fields::in_object(line);
        let line = fields::without_colours(inner.as_deref().unwrap_or(line).trim());
        let messages = [OF_CONNECTIONS, OF_TUNNELS].concat();
        let (message, mut fields) = match fields::of_json(&line) {
            Some(read) => read,
            None => fields::of_text(&line, &messages)?,
        };
        let is_of = |known: &[&str]| known.iter().any(|known| begins_with(&message, known));
        let reason = fields.remove("reason").unwrap_or_default();
        let about = if is_of(&OF_CONNECTIONS) {
            let told = fields.get("cause").and_then(|word| word.parse().ok());
            let in_tls = fields.contains_key("version");
            About::Connection(told.or_else(|| sentences::cause(&reason, in_tls)))
        } else if is_of(&OF_TUNNELS) {
            About::Tunnel {
                findings: fields.remove("findings"),
                remedy: fields.remove("remedy"),
            }
        } else {
            return None;
        };
        let place = fields.remove("place").and_then(|place| place_of(&place));
        let role = fields.remove("role").and_then(|role| role_of(&role));
        Some(Self {
            role: role.or_else(|| place.as_ref().and_then(role_at)),
            reason,
            place,
            message,
            about,
        })
    }

    /// Which end of TLS wrote it, if it says so.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// Why it needs no explanation, if it needs none.
    #[must_use]
    pub fn harmless(&self) -> Option<Harmless> {
        let About::Connection(cause) = &self.about else {
            return None;
        };
        let told_by_client = self.role == Some(Role::Client);
        match cause {
            None if self.reason == "both sides were done" => Some(Harmless::InOrder),
            Some(Cause::Stopped) => Some(Harmless::Stopped),
            Some(Cause::ProxyHeader(HeaderFault::Silent)) => Some(Harmless::Check),
            Some(Cause::Closed(Begun::Silent)) if !told_by_client => Some(Harmless::Check),
            Some(_) | None => None,
        }
    }

    /// Why it failed; `None` if the line tells of no failure that is known.
    #[must_use]
    pub fn explain(&self, ends: &Ends<'_>, now: Timestamp) -> Option<Explanation> {
        let cause = match &self.about {
            About::Tunnel { findings, remedy } => {
                return Some(self.of_tunnel(findings.as_deref(), remedy.as_deref()));
            }
            About::Connection(cause) => (*cause)?,
        };
        if self.harmless().is_some() {
            return None;
        }
        let told_by = match (self.role, cause) {
            (Some(role), _) => Who::The(role),
            // Older lines of a tunnel by hand say of whom a certificate was demanded.
            (None, Cause::NoCertificate) if self.reason.starts_with("the TLS client") => {
                Who::The(Role::Server)
            }
            (None, Cause::NoCertificate) if self.reason.starts_with("the TLS server") => {
                Who::The(Role::Client)
            }
            (None, _) => Who::Here,
        };
        if matches!(cause, Cause::Alert(_))
            && let Some((judging, rejected)) = ends.refusal(now)
            && judging == told_by.other()
        {
            let first = &rejected.first;
            let what = format!("{judging} refuses the certificate of {told_by}: {first}");
            return Some(remedy::of_refusal(
                Trouble::of_reason(first),
                judging,
                ends,
                &what,
            ));
        }
        let other = other_files::explanation(cause, told_by, ends, now, &self.reason);
        Some(other.unwrap_or_else(|| remedy::of(cause, told_by, ends, &self.reason)))
    }

    fn of_tunnel(&self, findings: Option<&str>, remedy: Option<&str>) -> Explanation {
        let Self {
            message, reason, ..
        } = self;
        let findings = findings.map_or_else(String::new, |findings| format!(": {findings}"));
        Explanation {
            what: format!("{message}: {reason}{findings}"),
            at: At::End(self.role.map_or(Who::Here, Who::The)),
            remedy: remedy
                .unwrap_or(
                    "mend what is named; it is tried again as soon as settings or files change",
                )
                .to_owned(),
        }
    }
}

/// Whether a message is this one, or begins with it before a colon.
fn begins_with(message: &str, known: &str) -> bool {
    let rest = message.strip_prefix(known);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn role_of(word: &str) -> Option<Role> {
    [Role::Server, Role::Client]
        .into_iter()
        .find(|role| role.to_string() == word)
}

fn role_at(place: &Place) -> Option<Role> {
    match place {
        Place::Port { .. } => Some(Role::Server),
        Place::Connection { .. } | Place::Backup { .. } => Some(Role::Client),
        Place::Fleet
        | Place::Host(_)
        | Place::Application(_)
        | Place::CommandLine
        | Place::Program => None,
    }
}

/// The place of a line. That of a tunnel by hand is written like the name of an application.
fn place_of(text: &str) -> Option<Place> {
    if text == Place::CommandLine.to_string() {
        return Some(Place::CommandLine);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
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
            None,
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

    /// Those that are mended alike.
    const SAME: [(&str, &str); 9] = [
        ("broken-hello", "protocol"),
        ("closed", "silent-timeout"),
        ("silent-timeout", "broke"),
        ("plain-text", "echo"),
        ("echo", "no-more-plain-text"),
        // Of a server, whose program is on this machine; of a client they differ.
        ("no-address", "nobody-listens"),
        ("nobody-listens", "no-answer"),
        ("no-answer", "not-reached"),
        ("nothing-trusted", "not-trusted"),
    ];

    #[test]
    fn the_page_of_the_log_names_every_word() {
        let page = include_str!("../../../../docs/reference/log.md");
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
}
