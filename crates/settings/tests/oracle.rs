//! A second resolver, naive and on its own, over random small fleets: for every option it says which level
//! decides and to what, and the crate must say the same.

#![cfg(test)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use common::{endpoint, properties, resolve};
use proptest::prelude::*;
use trustpack_settings::endpoint::{Level, Origin, ShownSetting, State};
use trustpack_settings::options::OptionId;

/// The options of the test, whether they belong to the block, and two values.
const OPTIONS: [(&str, bool, [&str; 2]); 15] = [
    ("certificate", true, ["/one.pem", "/two.pem"]),
    ("certificate-key", true, ["/one.key", "/two.key"]),
    ("trusted-ca", true, ["/one.ca", ""]),
    ("provider", true, ["PEM", "PEM"]),
    ("keystore-password", true, ["env:ONE", "env:TWO"]),
    ("sec-protocol", false, ["TLSv12", "TLSv13"]),
    ("cipher-list", false, ["A:B", ""]),
    ("send-root", false, ["0", "1"]),
    ("client-auth", false, ["0", "1"]),
    ("sec-protocol-max", false, ["", "TLSv13"]),
    ("truststore-password", true, ["env:ONE", "env:TWO"]),
    ("crl", false, ["/one.crl", ""]),
    ("crl-check", false, ["leaf", "chain"]),
    ("crl-freshness", false, ["warn", "48"]),
    ("danger-accept-weak", false, ["2027-03-31", "2030-01-01"]),
];

/// What is set at one level: name and value.
type Settings = BTreeMap<&'static str, &'static str>;

#[derive(Clone, Debug)]
struct Case {
    endpoint: Settings,
    application: Settings,
    host: Settings,
    source: Option<&'static str>,
}

fn settings() -> impl Strategy<Value = Settings> {
    let one = |(name, _, values): (&'static str, bool, [&'static str; 2])| {
        // Each option is set at about every third level.
        (0_usize..6).prop_map(move |n| values.get(n).map(|value| (name, *value)))
    };
    OPTIONS
        .map(one)
        .prop_map(|set| set.into_iter().flatten().collect())
}

fn case() -> impl Strategy<Value = Case> {
    let source = prop::sample::select(vec![None, None, Some("host"), Some("application")]);
    (settings(), settings(), settings(), source).prop_map(
        |(endpoint, application, host, source)| Case {
            endpoint,
            application,
            host,
            source,
        },
    )
}

fn toml(case: &Case, endpoint: &str) -> String {
    let section = |settings: &Settings| {
        settings
            .iter()
            .fold(String::new(), |mut text, (name, value)| {
                writeln!(text, "{name} = \"{value}\"").unwrap();
                text
            })
    };
    let parameters: Vec<String> = case
        .endpoint
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let parameters = parameters.join(";");
    let source = case.source.map_or(String::new(), |source| {
        format!("certificate-source = \"{source}\"\n")
    });
    let (host, application) = (section(&case.host), section(&case.application));
    format!(
        "[[host]]\nname = \"a.example\"\n[host.security]\n{host}\
         [[application]]\nname = \"A\"\nhost = \"a.example\"\n{source}\
         [application.security]\n{application}\
         {endpoint}transport = \"{parameters}\"\n\
         [[host]]\nname = \"b.example\"\n\
         [[application]]\nname = \"B\"\nhost = \"b.example\"\n\
         [[application.port]]\nnumber = 1\ntransport = \"tls=1\"\n"
    )
}

/// The second resolver: the level and value of every option that is set.
fn naive(case: &Case) -> BTreeMap<&'static str, (Level, &'static str)> {
    let levels = [
        (Level::Endpoint, &case.endpoint),
        (Level::Application, &case.application),
        (Level::Host, &case.host),
    ];
    let mut decided = BTreeMap::new();
    let has_block = |set: &Settings| {
        OPTIONS
            .iter()
            .any(|(name, block, _)| *block && set.contains_key(name))
    };
    let may_give = |level: Level| {
        let barred = [
            (Some("host"), Level::Application),
            (Some("application"), Level::Host),
        ];
        !barred.contains(&(case.source, level))
    };
    let block = levels
        .iter()
        .find(|(level, set)| may_give(*level) && has_block(set));
    for (name, in_block, _) in OPTIONS {
        let winner = if in_block {
            block.and_then(|(level, set)| set.get(name).map(|value| (*level, *value)))
        } else {
            levels
                .iter()
                .find_map(|(level, set)| set.get(name).map(|value| (*level, *value)))
        };
        if let Some(winner) = winner {
            decided.insert(name, winner);
        }
    }
    decided
}

fn compare(row: &ShownSetting<'_>, want: Option<&(Level, &str)>, case: &Case) {
    let name = row.option.name();
    match (want, row.origin) {
        (None, Origin::Default) => {}
        (Some((level, value)), Origin::Set { level: got, .. }) => {
            assert_eq!(
                (got, row.value.as_str()),
                (level, *value),
                "{name}: {case:?}"
            );
        }
        (want, got) => panic!("{name}: {want:?}, but {got:?}: {case:?}"),
    }
}

fn compare_all(case: &Case, endpoint_text: &str, place: &str) {
    let resolution = resolve(&toml(case, endpoint_text));
    let endpoint = endpoint(&resolution, place);
    let want = naive(case);
    let rows = endpoint.settings().shown();
    let tested =
        |row: &&ShownSetting<'_>| OPTIONS.iter().any(|(name, ..)| row.option.name() == *name);
    assert_eq!(rows.iter().filter(tested).count(), OPTIONS.len());
    for row in rows.iter().filter(tested) {
        compare(row, want.get(row.option.name()), case);
    }
    required(case, &want, endpoint);
}

/// What an endpoint must have, said once more: it is refused exactly if it lacks it.
fn required(
    case: &Case,
    want: &BTreeMap<&'static str, (Level, &'static str)>,
    endpoint: &trustpack_settings::endpoint::Endpoint,
) {
    let has = |name: &str| want.get(name).is_some_and(|(_, value)| !value.is_empty());
    let enough = match endpoint.role() {
        trustpack_settings::endpoint::Role::Server => has("certificate") && has("certificate-key"),
        trustpack_settings::endpoint::Role::Client => {
            let unchecked = want
                .get("client-auth")
                .is_some_and(|(_, value)| *value == "0");
            has("trusted-ca") || unchecked
        }
    };
    assert_eq!(
        endpoint.state() != State::Refused,
        enough,
        "{case:?}: {:?}",
        endpoint.startable()
    );
}

#[test]
fn two_resolvers_agree() {
    proptest!(properties(1000), |(case in case())| {
        let connection = "[[application.connection]]\nto = \"B\"\n";
        compare_all(&case, connection, "A/B");
        let port = "[[application.port]]\nnumber = 2\nmode = \"secured\"\n";
        compare_all(&case, port, "A");
    });
}

#[test]
fn every_option_of_the_test_is_in_the_table() {
    for (name, block, _) in OPTIONS {
        let row = trustpack_settings::options::by_name(name).unwrap();
        let grouping = trustpack_settings::options::Grouping::Block;
        assert_eq!(row.grouping == grouping, block, "{name}");
        assert_ne!(row.id, OptionId::Tls);
    }
}
