//! A second answer to which endpoints redundant pairs give, naive and on its own, over random small fleets.
//!
//! It is written from the words of 2.1.6 alone; the crate must give the same endpoints, with the same names to check and
//! the same ports behind them.

#![cfg(test)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use common::{properties, resolve};
use proptest::prelude::*;
use trustpack_settings::endpoint::Role;

/// Ports that applications may have. A pair is linked by the second, if its partner has it.
const PORTS: [&str; 3] = ["default", "ha", "other"];

#[derive(Clone, Debug)]
struct Application {
    /// Which of [`PORTS`] it has.
    ports: BTreeSet<usize>,
    /// Which of its ports, if it has one, links a pair.
    linked_by_ha: bool,
    /// Its backup, which has none itself.
    backup: Option<usize>,
    /// Applications and ports that it connects to.
    connections: BTreeSet<(usize, usize)>,
}

fn application(count: usize) -> impl Strategy<Value = Application> {
    (
        prop::collection::btree_set(0..PORTS.len(), 0..=PORTS.len()),
        any::<bool>(),
        prop::option::of(0..count),
        prop::collection::btree_set((0..count, 0..PORTS.len()), 0..4),
    )
        .prop_map(|(ports, linked_by_ha, backup, connections)| Application {
            ports,
            linked_by_ha,
            backup,
            connections,
        })
}

/// Fleets in which nobody is his own backup, and no backup has one.
fn fleet() -> impl Strategy<Value = Vec<Application>> {
    prop::collection::vec(application(5), 5).prop_map(|mut fleet| {
        for index in 0..fleet.len() {
            fleet[index].backup = fleet[index].backup.filter(|backup| *backup != index);
            if let Some(backup) = fleet[index].backup {
                fleet[backup].backup = None;
            }
        }
        fleet
    })
}

fn toml(fleet: &[Application]) -> String {
    let mut text = String::new();
    for (index, one) in fleet.iter().enumerate() {
        writeln!(text, "[[host]]\nname = \"h{index}.example\"").unwrap();
        writeln!(
            text,
            "[[application]]\nname = \"A{index}\"\nhost = \"h{index}.example\""
        )
        .unwrap();
        if let Some(backup) = one.backup {
            writeln!(text, "backup = \"A{backup}\"").unwrap();
        }
        for port in &one.ports {
            let (id, number) = (PORTS[*port], 1000 + port);
            writeln!(
                text,
                "[[application.port]]\nid = \"{id}\"\nnumber = {number}"
            )
            .unwrap();
            if id == "ha" && one.linked_by_ha {
                writeln!(text, "ha-sync = true").unwrap();
            }
        }
        for (target, port) in &one.connections {
            let id = PORTS[*port];
            writeln!(
                text,
                "[[application.connection]]\nto = \"A{target}\"\nport = \"{id}\""
            )
            .unwrap();
        }
    }
    text
}

/// What an end dials: the host whose name it checks, and the port; `None` where the fleet has no such port.
type Dialled = Option<(String, String)>;

/// 2.1.6: "`backup` on an application means: every connection to it also has a backup endpoint, with that host's name; and
/// primary and backup are linked both ways by the `ha-sync` port, else `default`."
fn naive(fleet: &[Application]) -> BTreeMap<String, Dialled> {
    let mut ends = BTreeMap::new();
    let to = |target: usize, port: usize| {
        let there = fleet[target].ports.contains(&port);
        let id = PORTS[port];
        there.then(|| (format!("h{target}.example"), format!("A{target}:{id}")))
    };
    for (index, one) in fleet.iter().enumerate() {
        for (target, port) in &one.connections {
            let place = format!("A{index}/A{target}:{}", PORTS[*port]);
            ends.insert(place.clone(), to(*target, *port));
            match fleet[*target].backup {
                // The backup is no fallback for itself.
                Some(backup) if backup != index => {
                    ends.insert(format!("{place}@backup"), to(backup, *port));
                }
                Some(_) | None => {}
            }
        }
    }
    for (index, one) in fleet.iter().enumerate() {
        let Some(backup) = one.backup else { continue };
        for (from, partner) in [(index, backup), (backup, index)] {
            let has = |port: usize| fleet[partner].ports.contains(&port);
            let ha = has(1) && fleet[partner].linked_by_ha;
            let port = if ha { Some(1) } else { has(0).then_some(0) };
            if let Some(port) = port {
                let place = format!("A{from}/A{partner}:{}", PORTS[port]);
                // One that is written stays as it is.
                ends.entry(place).or_insert_with(|| to(partner, port));
            }
        }
    }
    ends
}

#[test]
fn item_2_1_6_a_second_answer_gives_the_same_ends_of_pairs() {
    proptest!(properties(512), |(fleet in fleet())| {
        let resolution = resolve(&toml(&fleet));
        let clients = resolution.endpoints().iter().filter(|e| e.role() == Role::Client);
        let found: BTreeMap<String, Dialled> = clients
            .map(|end| {
                let peer = end.peer().map(ToString::to_string).unwrap_or_default();
                let dialled = end.port().map(|port| (peer, port.to_string()));
                (end.place().to_string(), dialled)
            })
            .collect();
        prop_assert_eq!(found, naive(&fleet), "{}", toml(&fleet));
    });
}
