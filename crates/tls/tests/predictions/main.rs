//! Prediction and handshake agree: on 500 random fleets of two hosts, with files as they would lie on the hosts and
//! faults of every kind, what is predicted is what comes of a real handshake over the loopback.
//!
//! The fleets come from a seed, so that each run has the same ones; the keys are made anew. A class of outcome that
//! never occurs is a failure too, and so is a kind of finding that never fires: then the fleets would prove nothing
//! about it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod draw;
mod faults;
mod loopback;
mod lying;
#[path = "../../../material/tests/support/mod.rs"]
mod support;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use draw::Draw;
use loopback::Outcome;
use lying::Lying;
use trustpack_judge::reason::Step;
use trustpack_material::prediction::{Prediction, Stage};
use trustpack_settings::finding::Code;
use world::{Ground, World};

/// How many fleets.
const FLEETS: usize = 500;
/// Threads among which they are divided.
const THREADS: usize = 4;
const SEED: u64 = 20_261_121;

/// Kinds of findings that no fleet of two hosts with real files can have, each with the reason.
const NEVER: &[(&str, &str)] = &[
    ("TP1027", "a fleet without objects has no connection"),
    (
        "TP3013",
        "every host of a fleet has a name; only an end by hand is without one",
    ),
];

/// What a fleet came to.
struct Seen {
    /// The class of each outcome.
    classes: Vec<String>,
    faults: Vec<&'static str>,
    codes: BTreeSet<Code>,
}

#[test]
fn on_500_random_fleets_the_prediction_is_what_happens() {
    let ground = &Ground::new();
    let all: Vec<Seen> = thread::scope(|scope| {
        let part = |first| {
            (0..FLEETS)
                .filter(move |number| number % THREADS == first)
                .map(|number| one_fleet(number, ground))
        };
        let parts: Vec<_> = (0..THREADS)
            .map(|first| scope.spawn(move || part(first).collect::<Vec<_>>()))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap())
            .collect()
    });
    let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
    for class in all.iter().flat_map(|seen| &seen.classes) {
        *outcomes.entry(class).or_default() += 1;
    }
    for (outcome, count) in &outcomes {
        println!("{count:4}  {outcome}");
    }
    let mut unused: Vec<&str> = faults::all().iter().map(|fault| fault.name).collect();
    unused.retain(|name| !all.iter().any(|seen| seen.faults.contains(name)));
    assert!(unused.is_empty(), "never drawn: {unused:?}");
    for class in every_class() {
        assert!(outcomes.contains_key(class.as_str()), "never: {class}");
    }
    every_kind_fires(&all);
}

/// Every kind that is registered fires in some fleet, but for the few that cannot.
fn every_kind_fires(all: &[Seen]) {
    let found: BTreeSet<Code> = all.iter().flat_map(|seen| seen.codes.clone()).collect();
    let registers = [
        trustpack_settings::findings::REGISTER,
        trustpack_material::findings::REGISTER,
        trustpack_tls::findings::REGISTER,
    ];
    let never: BTreeSet<Code> = NEVER
        .iter()
        .map(|(code, _)| code.parse().unwrap())
        .collect();
    let kinds = registers.into_iter().flatten();
    let missing: Vec<String> = kinds
        .filter(|kind| !found.contains(&kind.code) && !never.contains(&kind.code))
        .map(|kind| format!("{} {}", kind.code, kind.title))
        .collect();
    assert!(missing.is_empty(), "never found: {missing:#?}");
    let wrong: Vec<_> = never.intersection(&found).collect();
    assert!(wrong.is_empty(), "found all the same: {wrong:?}");
}

/// Predicts and shakes hands.
fn one_fleet(number: usize, ground: &Ground) -> Seen {
    let mut draw = Draw::new(SEED + u64::try_from(number).unwrap());
    let mut world = World::good(ground, &mut draw);
    let drawn = faults::draw(number, &mut draw);
    for fault in &drawn {
        (fault.make)(&mut world, ground, &mut draw);
    }
    let names: Vec<&str> = drawn.iter().map(|fault| fault.name).collect();
    let lying = Lying::new(&world);
    let mut classes = Vec::new();
    for (place, predicted) in lying.predictions() {
        let about = format!("{place} of fleet {number} with {names:?}\n{}", world.text());
        // Of files that nobody has seen nothing is said, and there is nothing to compare.
        if lying.is_unseen(place) {
            assert!(!matches!(predicted, Prediction::Works { .. }), "{about}");
            classes.push("not seen".to_owned());
            continue;
        }
        compare(predicted, &lying.handshake(place), &about);
        classes.push(class(predicted));
    }
    Seen {
        classes,
        faults: names,
        codes: lying.codes(),
    }
}

#[track_caller]
fn compare(predicted: &Prediction, happened: &Outcome, about: &str) {
    match (predicted, happened) {
        (Prediction::Works { .. }, Outcome::Works) | (Prediction::Open, Outcome::Open) => {}
        (Prediction::Fails(failing), Outcome::NotStarted { why })
            if failing.stage == Stage::Start =>
        {
            // Which end it is stands in both.
            let role = failing.why.split(' ').nth(1).unwrap();
            assert!(why.starts_with(role), "{failing}\nhappened: {why}\n{about}");
        }
        (Prediction::Fails(failing), Outcome::Fails { step, why })
            if failing.stage == Stage::Judgement(*step) =>
        {
            // The sentences are those of one judge, at two moments.
            if *step != Step::Protocol && failing.reason.is_some() {
                let timeless = |text: &str| text.split("; the time is").next().unwrap().to_owned();
                assert_eq!(timeless(&failing.why), timeless(why), "{about}");
            }
        }
        (predicted, happened) => panic!("predicted: {predicted}\nhappened: {happened:?}\n{about}"),
    }
}

fn class(prediction: &Prediction) -> String {
    match prediction {
        Prediction::Works { until: Some(_) } => "works, and ends one day".to_owned(),
        Prediction::Works { until: None } => "works, and never ends".to_owned(),
        Prediction::Fails(failing) => format!("fails at {}", failing.stage),
        Prediction::Open | Prediction::Unknown { .. } => prediction.to_string(),
    }
}

fn every_class() -> Vec<String> {
    let steps = [
        Step::Protocol,
        Step::Path,
        Step::Name,
        Step::Dates,
        Step::Revocation,
        Step::AllowedNames,
    ];
    let steps = steps.map(|step| format!("fails at {}", Stage::Judgement(step)));
    let others = [
        "not seen",
        "plain text",
        "works, and ends one day",
        "works, and never ends",
        "fails at the start",
    ];
    let others = others.into_iter().map(str::to_owned);
    steps.into_iter().chain(others).collect()
}
