//! Every option of the register changes a handshake, at each level that takes it and at each end where it means
//! something: real ends of a fleet shake hands without it and with it.
//!
//! What an option is for stands in [`table`]; which levels and ends it has, the register says, so that none is forgotten.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod fleet;
#[path = "../memory/mod.rs"]
mod memory;
#[path = "../../../material/tests/support/mod.rs"]
mod support;
mod table;

use std::collections::BTreeSet;

use fleet::{Fleet, Ground, Level, Side};
use table::{LATER, NO_EFFECT, ROWS, Row};
use trustpack_settings::options::{Above, Endpoints, Grouping, OPTIONS, OptionId, OptionRow};

#[test]
fn every_option_changes_a_handshake_at_each_of_its_levels() {
    let ground = Ground::new();
    let mut shaken = 0;
    let mut wrong = Vec::new();
    for row in ROWS {
        for level in levels(row.option.row()) {
            let [without, with] = [false, true].map(|with| outcome(row, level, with, &ground));
            shaken += 2;
            let is_as_meant =
                says(&without, row.without) && says(&with, row.with) && !says(&without, row.with);
            if !is_as_meant {
                wrong.push(format!(
                    "{row:?} at {level:?}\n  without: {without}\n  with: {with}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(shaken > 150, "only {shaken} fleets");
}

/// Whether an outcome has these words, with others between them.
fn says(outcome: &str, words: &str) -> bool {
    words.split(" ... ").all(|words| outcome.contains(words))
}

/// What this version cannot do keeps the endpoint down by name, wherever it stands.
#[test]
fn what_comes_later_is_an_error_that_says_so() {
    let ground = Ground::new();
    for side in [Side::Server, Side::Client] {
        for level in [Level::Endpoint, Level::Application, Level::Host] {
            for (settings, code) in LATER {
                let mut fleet = Fleet::good();
                fleet.set(Side::Server, Level::Endpoint, "tls", "1");
                fleet.block_at(side, level);
                for (name, value) in *settings {
                    fleet.set(side, level, name, value);
                }
                let outcome = ground.outcome(&fleet, &fleet);
                let wanted = format!("not started: {code}");
                assert_eq!(outcome, wanted, "{settings:?} at {side:?} {level:?}");
            }
        }
    }
}

#[test]
fn no_option_of_the_register_is_forgotten() {
    let mut wanted = BTreeSet::new();
    for row in &OPTIONS {
        for side in sides(row) {
            wanted.insert((row.id, side));
        }
    }
    let shown = ROWS.iter().map(|row| (row.option, row.side));
    let excused = NO_EFFECT.iter().map(|(option, side, _)| (*option, *side));
    let found: BTreeSet<(OptionId, Side)> = shown.chain(excused).collect();
    assert_eq!(found, wanted);
}

/// The ends where the register has an effect of the option.
fn sides(row: &OptionRow) -> Vec<Side> {
    match row.endpoints {
        Endpoints::Both => vec![Side::Server, Side::Client],
        Endpoints::Ports => vec![Side::Server],
        Endpoints::Connections => vec![Side::Client],
    }
}

fn levels(row: &OptionRow) -> Vec<Level> {
    match row.above {
        Above::ApplicationAndHost => vec![Level::Endpoint, Level::Application, Level::Host],
        Above::Neither => vec![Level::Endpoint],
    }
}

/// What becomes of the two ends, with the option at this level or without it.
fn outcome(row: &Row, level: Level, with: bool, ground: &Ground) -> String {
    let fleet = of_row(row, level, with);
    if row.apart.is_empty() {
        return ground.outcome(&fleet, &fleet);
    }
    let mut apart = of_row(row, level, false);
    let other = match row.side {
        Side::Server => Side::Client,
        Side::Client => Side::Server,
    };
    for (name, value) in row.apart {
        apart.set(other, Level::Host, name, value);
    }
    match row.side {
        Side::Server => ground.outcome(&fleet, &apart),
        Side::Client => ground.outcome(&apart, &fleet),
    }
}

/// The fleet of a row, with its option at this level or without it.
fn of_row(row: &Row, level: Level, with: bool) -> Fleet {
    let mut fleet = Fleet::good();
    let set = if with { row.set } else { &[] };
    let is_in_block = |name: &str| {
        let option = OPTIONS.iter().find(|option| option.name == name).unwrap();
        option.grouping == Grouping::Block
    };
    let here = |side: &Side| *side == row.side;
    // A block is taken whole from one level: what is beside the option in it stands at its level too.
    if set
        .iter()
        .chain(row.beside)
        .any(|(name, _)| is_in_block(name))
    {
        fleet.block_at(row.side, level);
    }
    for (side, name, value) in row.given {
        let place = match OPTIONS
            .iter()
            .find(|option| option.name == *name)
            .unwrap()
            .above
        {
            Above::Neither => Level::Endpoint,
            Above::ApplicationAndHost => Level::Host,
        };
        assert!(
            !(here(side) && is_in_block(name)),
            "{name} stands beside the option"
        );
        fleet.set(*side, place, name, value);
    }
    for (name, value) in row.beside.iter().chain(set) {
        fleet.set(row.side, level, name, value);
    }
    fleet
}
