//! A second resolver for whole small fleets, naive and on its own: two hosts, several applications with ports, connections
//! and backups, each level with options at random.
//!
//! It is written from the words of 2.1.6, 2.2 and 2.4 alone, and says of every option of every endpoint its value, the level
//! and line that decide it, and which levels it hides; and of every end which name it checks and which port is behind it. The
//! crate must say the same, of the same endpoints.

#![cfg(test)]

#[path = "../common/mod.rs"]
mod common;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use common::{properties, resolve};
use proptest::prelude::*;
use trustpack_settings::endpoint::{Endpoint, HiddenBy, Level, Origin, ShownSetting};
use trustpack_settings::resolve::entries::{self, Fate};
use trustpack_settings::span::Spot;
use trustpack_settings::value::ClientCertificate;
use written::{At, Fleet, OPTIONS, PORTS, Row, Settings, fleet, toml, written};

/// The number in [`PORTS`] of the one that may link pairs.
const HA: usize = 1;

/// What one endpoint gets.
struct Naive {
    at: At,
    owner: usize,
    own: Settings,
    /// A connection: the application and port that it leads to, if the fleet has them.
    leads_to: Option<(usize, usize)>,
}

/// What an option comes to.
#[derive(Debug, PartialEq, Eq)]
struct Effective {
    value: String,
    from: Option<Level>,
    hides: Vec<Level>,
    passed_over: Vec<Level>,
}

/// Every endpoint: the ports, the connections, those to backups, and the links of pairs that nobody wrote.
fn endpoints(fleet: &Fleet) -> BTreeMap<String, Naive> {
    let mut all = BTreeMap::new();
    let there = |target: usize, port: usize| {
        let has = fleet.applications[target].ports.contains_key(&port);
        has.then_some((target, port))
    };
    for (owner, one) in fleet.applications.iter().enumerate() {
        let end = |at, own: &Settings, leads_to| Naive {
            at,
            owner,
            own: own.clone(),
            leads_to,
        };
        for (port, own) in &one.ports {
            all.insert(
                format!("A{owner}:{}", PORTS[*port]),
                end(At::Port, own, None),
            );
        }
        for ((target, port), own) in &one.connections {
            let place = format!("A{owner}/A{target}:{}", PORTS[*port]);
            let backup = fleet.applications[*target].backup;
            if let Some(backup) = backup.filter(|backup| *backup != owner) {
                let to = there(backup, *port);
                all.insert(format!("{place}@backup"), end(At::Connection, own, to));
            }
            let to = there(*target, *port);
            all.insert(place, end(At::Connection, own, to));
        }
        let primaries = fleet.applications.iter().enumerate();
        let primaries = primaries.filter(|(_, other)| other.backup == Some(owner));
        let partners: BTreeSet<usize> = primaries.map(|(at, _)| at).chain(one.backup).collect();
        for partner in partners {
            // "linked both ways by the `ha-sync` port, else `default`"
            let by_ha = there(partner, HA).filter(|_| fleet.applications[partner].linked_by_ha);
            if let Some((_, port)) = by_ha.or_else(|| there(partner, 0)) {
                let place = format!("A{owner}/A{partner}:{}", PORTS[port]);
                let implied = || end(At::Connection, &Settings::new(), Some((partner, port)));
                all.entry(place).or_insert_with(implied);
            }
        }
    }
    all
}

/// The levels of an endpoint, the lowest first, and which of them may give the block.
fn levels(fleet: &Fleet, end: &Naive) -> Vec<(Level, Settings, bool)> {
    let one = &fleet.applications[end.owner];
    let (windows, host) = &fleet.hosts[one.host];
    // "host = the application level gives no block; application = the host level gives none; not set = both may"
    vec![
        (Level::Endpoint, written(&end.own, *windows), true),
        (
            Level::Application,
            written(&one.settings, *windows),
            one.source != Some("host"),
        ),
        (
            Level::Host,
            written(host, *windows),
            one.source != Some("application"),
        ),
    ]
}

fn naive(fleet: &Fleet, end: &Naive, row: Row) -> Effective {
    let (name, _, in_block, default, _) = row;
    let levels = levels(fleet, end);
    let is_block = |set: &Settings| OPTIONS.iter().any(|row| row.2 && set.contains_key(row.0));
    // "the options marked yes come together from the first level that has any of them"
    let block = levels
        .iter()
        .position(|(_, set, gives)| *gives && is_block(set));
    let candidates = levels.iter().enumerate().filter(|(at, (_, set, gives))| {
        let counts = !in_block || (*gives && Some(*at) >= block);
        counts && set.contains_key(name)
    });
    let mut candidates: Vec<(usize, Level, &str)> = candidates
        .map(|(at, (level, set, _))| (at, *level, set[name]))
        .collect();
    if name == "fips140-enabled" {
        // "true at any level wins"; the sort is stable.
        candidates.sort_by_key(|(_, _, value)| *value != "true");
    }
    let decides = candidates
        .first()
        .filter(|(at, ..)| !in_block || Some(*at) == block);
    // A level that may not give the block is passed over, wherever the block comes from.
    let passed_over = levels
        .iter()
        .filter(|(_, set, gives)| in_block && !gives && set.contains_key(name));
    let hides = candidates.iter().skip(usize::from(decides.is_some()));
    Effective {
        value: decides.map_or_else(|| of_default(fleet, end, name, default), |d| d.2.to_owned()),
        from: decides.map(|(_, level, _)| *level),
        hides: hides.map(|(_, level, _)| *level).collect(),
        passed_over: passed_over.map(|(level, ..)| *level).collect(),
    }
}

fn of_default(fleet: &Fleet, end: &Naive, name: &str, default: &str) -> String {
    let one = &fleet.applications[end.owner];
    let default = match name {
        "provider" if one.java => "",
        "provider" if fleet.hosts[one.host].0 => "MSCAPI",
        "store-location" if one.gui => "user",
        _ => default,
    };
    default.to_owned()
}

fn found(row: &ShownSetting<'_>) -> Effective {
    let lost = |by| {
        let hidden = row.hidden.iter().filter(|hidden| hidden.by == by);
        hidden.map(|hidden| hidden.level).collect()
    };
    Effective {
        value: row.value.clone(),
        from: match row.origin {
            Origin::Default => None,
            Origin::Set { level, .. } => Some(*level),
        },
        hides: lost(HiddenBy::LowerLevel),
        passed_over: lost(HiddenBy::CertificateSource),
    }
}

#[track_caller]
fn compare(text: &str, fleet: &Fleet, end: &Naive, endpoint: &Endpoint) {
    let shown = endpoint.settings().shown();
    for row in OPTIONS
        .into_iter()
        .filter(|row| row.1 == At::Both || row.1 == end.at)
    {
        let setting = shown.iter().find(|one| one.option.name() == row.0).unwrap();
        let want = naive(fleet, end, row);
        let place = endpoint.place();
        assert_eq!(found(setting), want, "{} of {place}:\n{text}", row.0);
        if let Origin::Set { spot, .. } = setting.origin {
            let line = spot.location().unwrap().line;
            let line = text
                .lines()
                .nth(usize::try_from(line).unwrap() - 1)
                .unwrap();
            assert!(line.contains(row.0) && line.contains(&want.value), "{line}");
        }
    }
    let owner = &fleet.applications[end.owner];
    let host = endpoint.host().map(ToString::to_string);
    assert_eq!(host, Some(format!("h{}.example", owner.host)), "{text}");
    // "every connection to it also has a backup endpoint, with that host's name": each end has the name of its own target.
    let leads_to = endpoint.port().map(ToString::to_string);
    let want = end
        .leads_to
        .map(|(target, port)| format!("A{target}:{}", PORTS[port]));
    assert_eq!(leads_to, want, "{}:\n{text}", endpoint.place());
    let Some((target, port)) = end.leads_to else {
        return;
    };
    let peer = endpoint.peer().map(ToString::to_string);
    let host = fleet.applications[target].host;
    assert_eq!(peer, Some(format!("h{host}.example")), "{text}");
    // "facing mutual TLS": what the port demands of its clients.
    let at_port = Naive {
        at: At::Port,
        owner: target,
        own: fleet.applications[target].ports[&port].clone(),
        leads_to: None,
    };
    let mutual = naive(fleet, &at_port, OPTIONS[0]).value == "1";
    let demanded = endpoint.client_certificate() == ClientCertificate::Required;
    assert_eq!(demanded, mutual, "{}:\n{text}", endpoint.place());
}

#[test]
fn item_2_4_a_second_resolver_agrees_about_whole_fleets() {
    proptest!(properties(300), |(fleet in fleet())| {
        let text = toml(&fleet);
        let resolution = resolve(&text);
        let mut want = endpoints(&fleet);
        for endpoint in resolution.endpoints() {
            let place = endpoint.place().to_string();
            match want.remove(&place) {
                Some(end) => compare(&text, &fleet, &end, endpoint),
                None => panic!("nobody wrote {place}:\n{text}"),
            }
        }
        prop_assert!(want.is_empty(), "missing {:?}:\n{}", want.keys(), text);
    });
}

/// What is said to become of each entry is what the settings say.
#[track_caller]
fn compare_entries(text: &str, endpoint: &Endpoint, written: &trustpack_settings::fleet::Fleet) {
    let all = entries::of(endpoint, written);
    let place = endpoint.place();
    let fate = |spot: &Spot| {
        let mut same = all.iter().filter(|entry| entry.spot == *spot);
        let (only, more) = (same.next(), same.next());
        assert!(more.is_none(), "{place}: twice {spot}:\n{text}");
        &only
            .unwrap_or_else(|| panic!("{place}: not {spot}:\n{text}"))
            .fate
    };
    let mut settled = 0;
    for setting in endpoint.settings().shown() {
        if let Origin::Set { spot, .. } = setting.origin {
            let fate = fate(spot);
            assert!(
                matches!(fate, Fate::Counts | Fate::Idle(_)),
                "{place}: {spot}: {fate:?}\n{text}"
            );
            settled += 1;
        }
        for hidden in setting.hidden {
            assert_eq!(
                *fate(&hidden.spot),
                Fate::Hidden(hidden.by),
                "{place}:\n{text}"
            );
            settled += 1;
        }
    }
    let rest = all.iter().filter(|entry| match entry.fate {
        Fate::Counts => !matches!(entry.name.as_str(), "tls" | "upgrade"),
        Fate::Hidden(_) => true,
        Fate::Idle(_) | Fate::Broken(_) | Fate::OtherPurpose => false,
    });
    assert!(
        rest.count() <= settled,
        "{place}: more count than settings:\n{text}"
    );
}

#[test]
fn what_becomes_of_each_entry_is_what_the_settings_say() {
    proptest!(properties(100), |(fleet in fleet())| {
        let text = toml(&fleet);
        let written = common::read(&text);
        for endpoint in resolve(&text).endpoints() {
            compare_entries(&text, endpoint, &written);
        }
    });
}

#[test]
fn every_option_is_compared() {
    let compared = OPTIONS.iter().map(|row| row.0).chain(["tls", "upgrade"]);
    let known = trustpack_settings::options::OPTIONS
        .iter()
        .map(|row| row.name);
    let (compared, known): (BTreeSet<&str>, BTreeSet<&str>) = (compared.collect(), known.collect());
    assert_eq!(compared, known);
}
