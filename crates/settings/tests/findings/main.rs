//! Every finding: a fleet where it fires, and the one beside it where it must not.
//!
//! Each case changes one piece of the good fleet for the firing and for the silent side.

#![cfg(test)]

#[path = "../common/mod.rs"]
mod common;

mod both_ends;
mod components;
mod examples;
mod file;
mod levels;

use std::collections::BTreeSet;

use common::{GOOD, lines, resolve};
use trustpack_settings::finding::Code;
use trustpack_settings::findings::REGISTER;

/// A change of the good fleet: pieces of text, each with its replacement. An empty piece stands for the end.
type Change = &'static [(&'static str, &'static str)];

struct Case {
    code: &'static str,
    fires: Change,
    silent: Change,
    /// Where it fires, and what its message says.
    place: &'static str,
    says: &'static str,
}

const SECURED: &str = "mode = \"secured\"\ntransport = \"tls=1;tls-mutual=1\"";
const TO: &str = "to = \"Server\"";
const TRANSPORT: &str = "tls=1;tls-mutual=1";
const A_SOURCE: &str = "host = \"a.example.com\"\ncertificate-source = \"host\"";
const A_OWN: &str = "certificate = \"/etc/sec/a.pem\"\ncertificate-key = \"/etc/sec/a.key\"\n";
const A_KEY: &str = "certificate-key = \"/etc/sec/a.key\"\n";
const B_CA: &str = "trusted-ca = \"/etc/sec/ca.pem\"\n\n[[application]]";
const CHECK: &str = "tls-target-name-check = \"host\"";
const OTHER_ACCEPT: &str = "\n[[accept]]\ncode = \"TP5001\"\nreason = \"r\"\n";

fn changed(change: Change) -> String {
    let mut text = GOOD.to_owned();
    for (old, new) in change {
        if old.is_empty() {
            text.push_str(new);
        } else {
            assert!(text.contains(old), "{old:?} is not in the text");
            text = text.replacen(old, new, 1);
        }
    }
    text
}

#[track_caller]
fn check(case: &Case) {
    let found = lines(resolve(&changed(case.fires)).findings());
    let start = format!("{} {}", case.code, case.place);
    let hit = found
        .iter()
        .any(|line| line.starts_with(&start) && line.contains(case.says));
    assert!(
        hit,
        "{}: must fire at {} with {:?}: {found:#?}",
        case.code, case.place, case.says
    );
    let found = lines(resolve(&changed(case.silent)).findings());
    let hit = found.iter().any(|line| line.starts_with(case.code));
    assert!(!hit, "{}: must not fire: {found:#?}", case.code);
}

#[test]
fn item_2_6_findings_of_the_file_fire_where_they_should() {
    file::CASES.iter().for_each(check);
}

#[test]
fn item_2_6_findings_of_the_levels_fire_where_they_should() {
    levels::CASES.iter().for_each(check);
}

#[test]
fn item_2_6_findings_of_both_ends_fire_where_they_should() {
    both_ends::CASES.iter().for_each(check);
}

#[test]
fn item_2_6_findings_of_the_catalogue_fire_where_they_should() {
    components::CASES.iter().for_each(check);
}

/// TP3013 has its case in the tests of endpoints by hand: in a fleet every host has a name. TP1027 has it in those of
/// the fleet file, TP1030 to TP1032 in those of own files.
#[test]
fn every_finding_has_a_case() {
    let cases: BTreeSet<Code> = [
        file::CASES,
        levels::CASES,
        both_ends::CASES,
        components::CASES,
    ]
    .into_iter()
    .flatten()
    .map(|case| case.code.parse().unwrap())
    .chain([1027, 1030, 1031, 1032, 3013].map(Code::new))
    .collect();
    let register: BTreeSet<Code> = REGISTER.iter().map(|kind| kind.code).collect();
    assert_eq!(cases, register);
}
