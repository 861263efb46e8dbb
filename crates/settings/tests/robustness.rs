//! No input makes the crate panic, and every spot it names exists.

#![cfg(test)]

mod common;

use common::{GOOD, good_with, now, properties, read};
use proptest::prelude::*;
use trustpack_settings::endpoint::Endpoint;
use trustpack_settings::fleet_file::{self, Source};
use trustpack_settings::place::Place;
use trustpack_settings::resolve::{self, entries::Fate};
use trustpack_settings::secret::redact_line;

/// Reads and resolves `text`; every location must be a range of the text, on its line.
fn exercise(text: &str) {
    let fleet = fleet_file::read(&[Source {
        path: "fleet.toml",
        text,
    }]);
    let resolution = resolve::resolve(&fleet, now());
    for finding in fleet.findings().chain(resolution.findings()) {
        assert!(!finding.message.is_empty());
        let Some(at) = finding.location() else {
            continue;
        };
        assert!(
            text.get(at.start..at.end).is_some(),
            "{at:?} is no range of the text"
        );
        let line = u32::try_from(text[..at.start].matches('\n').count() + 1).unwrap();
        assert_eq!(at.line, line, "{finding:?}");
    }
    for endpoint in resolution.endpoints() {
        // An error at an endpoint and a start never go together.
        let barred = endpoint.findings().any(|finding| finding.bars());
        assert!(!(barred && endpoint.startable().is_ok()));
        let place = endpoint.place().to_string().parse::<Place>();
        assert_eq!(place.as_ref(), Ok(endpoint.place()));
        assert_eq!(endpoint.settings().shown().len(), 20);
        for entry in resolve::entries::of(endpoint, &fleet) {
            let counts = entry.fate == Fate::Counts;
            assert!(!counts || entry.meant.is_some(), "{entry:?}");
        }
    }
    for application in &fleet.applications {
        let name = &application.name.value;
        for missed in resolve::missed::by(name, &fleet) {
            let leads_on = |endpoint: &Endpoint| endpoint.port().is_some();
            assert!(!resolution.endpoint(&missed.place).is_some_and(leads_on));
        }
    }
}

/// Pieces that a careless or malicious hand puts into a fleet file.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\[\\]{}=\"'.,\n#;é ]{0,8}",
        Just("[[application.port]]\n".to_owned()),
        Just("[[application.connection]]\nto = \"Server\"\n".to_owned()),
        Just("[application.security]\n".to_owned()),
        Just("host.security.tls = 1\n".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("'''".to_owned()),
        Just("\\u0000".to_owned()),
        Just("backup = \"Client\"\n".to_owned()),
        Just("ha-sync = true\n".to_owned()),
    ]
}

#[test]
fn any_text_is_read_without_a_panic() {
    proptest!(properties(512), |(text in any::<String>())| exercise(&text));
    proptest!(properties(512), |(pieces in prop::collection::vec(piece(), 0..12))| {
        exercise(&pieces.concat());
    });
}

#[test]
fn a_mutated_fleet_is_read_without_a_panic() {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, piece()), 1..5);
    proptest!(properties(1024), |(changes in changes)| {
        let mut text: Vec<char> = GOOD.chars().collect();
        for (at, removed, added) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + removed).min(text.len());
            text.splice(at..end, added.chars());
        }
        exercise(&text.iter().collect::<String>());
    });
}

#[test]
fn any_place_reads_back_and_any_line_is_covered() {
    proptest!(properties(512), |(text in any::<String>())| {
        if let Ok(place) = text.parse::<Place>() {
            prop_assert_eq!(place.to_string().parse::<Place>(), Ok(place));
        }
        let line = format!("keystore-password = {text}");
        let covered = redact_line(&line);
        prop_assert_eq!(covered.chars().count(), line.chars().count());
    });
}

#[test]
fn a_string_of_more_parameters_than_are_read_keeps_its_endpoint_down() {
    let of = |count: usize| {
        let more = ";port=1".repeat(count - 2);
        let good = "tls=1;tls-mutual=1";
        resolve::resolve(&read(&good_with(good, &format!("{good}{more}"))), now())
    };
    let startable = |resolution: &resolve::Resolution| {
        let endpoint = common::endpoint(resolution, "Server");
        endpoint.startable().is_ok()
    };
    assert!(startable(&of(256)));
    let resolution = of(1_000_000);
    assert!(!startable(&resolution));
    let found = common::lines(resolution.findings());
    let says = "1000000 transport parameters are written; at most 256 are allowed";
    let line = found.iter().find(|line| line.contains(says)).unwrap();
    assert!(line.starts_with("TP1007 Server:default 35:"), "{line}");
    // Else each of them would have its own.
    assert!(found.len() < 300, "{}", found.len());
}
