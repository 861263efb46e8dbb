//! The example of a kind that is a piece of a fleet file yields its finding, wherever in a fleet it makes sense.
//!
//! Other examples are sentences; for these the cases beside this file stand.

use std::collections::BTreeSet;

use super::common::{GOOD, resolve};
use trustpack_settings::finding::Code;
use trustpack_settings::findings::REGISTER;

/// For examples that name other objects than the good fleet has.
const MORE: &str = r#"
[[application]]
name = "MessageServer"
host = "b.example.com"
[[application.port]]
number = 7120
"#;

#[test]
fn an_example_that_is_a_piece_of_a_fleet_yields_its_finding() {
    let mut tried = 0;
    let mut silent = Vec::new();
    for kind in REGISTER.iter().filter(|kind| is_a_piece(kind.example)) {
        let found: BTreeSet<Code> = fleets_with(kind.example)
            .iter()
            .flat_map(|fleet| codes(fleet))
            .collect();
        if !found.contains(&kind.code) {
            silent.push(format!("{}: {:?}: {found:?} only", kind.code, kind.example));
        }
        tried += 1;
    }
    assert!(silent.is_empty(), "{silent:#?}");
    assert!(tried >= 25, "only {tried} examples are pieces of a fleet");
}

fn codes(fleet: &str) -> Vec<Code> {
    let resolution = resolve(fleet);
    resolution.findings().map(|found| found.code()).collect()
}

/// Whether every line is one of a fleet file: the head of a table, a key with its value, or half of them.
fn is_a_piece(example: &str) -> bool {
    example.lines().all(|line| {
        let is_head = line.starts_with("[[") && !line.contains(' ');
        let is_pair = line.split_once(" = ").is_some_and(|(key, value)| {
            let is_word = value.matches('"').count() == 2 && value.ends_with('"');
            let is_list = value.starts_with('[') && value.ends_with(']');
            !key.contains(' ') && (is_word || is_list || !value.contains([' ', '"']))
        });
        is_head || is_pair
    })
}

/// The example alone, behind a good fleet, and in each table of it and in a block of security of its own, where it stands
/// in the place of the keys that it has.
fn fleets_with(example: &str) -> Vec<String> {
    let good = format!("{GOOD}{MORE}");
    let mut fleets = vec![example.to_owned(), format!("{good}\n{example}\n")];
    if example.starts_with('[') {
        return fleets;
    }
    let tables: Vec<&str> = good.split_inclusive("\n[").collect();
    // Each piece ends where the head of the next one begins.
    for at in 1..tables.len() {
        let (before, table, after) = (&tables[..at], tables[at], &tables[at + 1..]);
        let (inside, next) = match table.strip_suffix("\n[") {
            Some(inside) => (inside, "\n["),
            None => (table, ""),
        };
        let keys: Vec<&str> = example
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
            .collect();
        let is_other = |line: &&str| {
            let key = line.split_once(" = ").map(|(key, _)| key);
            !key.is_some_and(|key| keys.contains(&key))
        };
        let others: Vec<&str> = inside.lines().filter(is_other).collect();
        let (before, after, others) = (before.concat(), after.concat(), others.join("\n"));
        fleets.push(format!("{before}{others}\n{example}\n{next}{after}"));
        let block = "[application.security]";
        fleets.push(format!(
            "{before}{inside}\n{block}\n{example}\n{next}{after}"
        ));
    }
    fleets
}
