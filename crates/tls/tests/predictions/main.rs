//! Prediction and handshake agree: on 500 random fleets of two hosts, with files as they would lie on the hosts and
//! faults of every kind, what is predicted is what comes of a real handshake over the loopback.
//!
//! The fleets come from a seed, so that each run has the same ones; the keys are made anew. A class of outcome that
//! never occurs is a failure too: then the fleets would prove nothing about it.

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
#[path = "../../../material/tests/support/mod.rs"]
mod support;
mod world;

use std::collections::BTreeMap;
use std::thread;

use draw::Draw;
use loopback::Outcome;
use trustpack_judge::reason::Step;
use trustpack_material::prediction::{Prediction, Stage};
use world::{Ground, World};

/// How many fleets.
const FLEETS: u64 = 500;
/// Threads among which they are divided.
const THREADS: u64 = 4;
const SEED: u64 = 20_261_121;

#[test]
fn on_500_random_fleets_the_prediction_is_what_happens() {
    let ground = &Ground::new();
    let all: Vec<(String, Vec<&str>)> = thread::scope(|scope| {
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
    let mut unused: Vec<&str> = faults::FAULTS.iter().map(|fault| fault.name).collect();
    for (class, faults) in &all {
        *outcomes.entry(class).or_default() += 1;
        unused.retain(|name| !faults.contains(name));
    }
    for (outcome, count) in &outcomes {
        println!("{count:4}  {outcome}");
    }
    assert!(unused.is_empty(), "never drawn: {unused:?}");
    for class in every_class() {
        assert!(outcomes.contains_key(class.as_str()), "never: {class}");
    }
}

/// Predicts and shakes hands; gives the class of what came of it and the names of the faults.
fn one_fleet(number: u64, ground: &Ground) -> (String, Vec<&'static str>) {
    let mut draw = Draw::new(SEED + number);
    let mut world = World::good(ground, &mut draw);
    let drawn = faults::draw(&mut draw);
    for fault in &drawn {
        (fault.make)(&mut world, ground, &mut draw);
    }
    let names: Vec<&str> = drawn.iter().map(|fault| fault.name).collect();
    let lying = world.lay();
    let (predicted, happened) = (lying.prediction(), lying.handshake());
    let about = format!("fleet {number} with {names:?}\n{}", world.text());
    compare(&predicted, &happened, &about);
    (class(&predicted), names)
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
        "plain text",
        "works, and ends one day",
        "works, and never ends",
        "fails at the start",
    ];
    let others = others.into_iter().map(str::to_owned);
    steps.into_iter().chain(others).collect()
}
