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

mod blame;
mod draw;
mod faults;
mod loopback;
mod lying;
mod openssl;
#[path = "../../../material/tests/support/mod.rs"]
mod support;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use draw::Draw;
use loopback::{Cause, Outcome};
use lying::Lying;
use openssl::Level;
use trustpack_judge::reason::Step;
use trustpack_material::findings::{account_cannot_read, file_not_readable};
use trustpack_material::prediction::{Failing, Prediction, Stage};
use trustpack_settings::finding::Code;
use trustpack_settings::place::Place;
use world::{Ground, Side, World};

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

/// Faults whose fleets may have no connection that is compared, each with the reason.
const NOT_COMPARED: &[(&str, &str)] = &[
    (
        "key_in_the_file",
        "what holds a PEM block is taken for another file than a fleet's, and read no further",
    ),
    (
        "tunnel_beside_engine",
        "a program that does its TLS itself at the end of ours: there is nothing to shake hands with",
    ),
];

/// How often each class of outcome comes at least.
const AT_LEAST: usize = 5;

/// In how many fleets at least it is known whose fault a failure is.
const BLAMED_AT_LEAST: usize = 80;

/// Connections at least of which one end is a real OpenSSL, or both are.
const OF_OPENSSL_AT_LEAST: usize = 90;

/// What is said where it depends on the build of OpenSSL whether it starts.
const SECURITY_LEVEL: &str = "security level";

/// What a fleet came to.
struct Seen {
    /// The class of each outcome.
    classes: Vec<String>,
    /// Whether it was known who is at fault, and that one was named.
    is_blamed: bool,
    /// How many connections have an end that is OpenSSL.
    of_openssl: usize,
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
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for class in all.iter().flat_map(|seen| &seen.classes) {
        *outcomes.entry(class).or_default() += 1;
    }
    for (outcome, count) in &outcomes {
        println!("{count:4}  {outcome}");
    }
    let mut unused: Vec<&str> = faults::all().iter().map(|fault| fault.name).collect();
    unused.retain(|name| !all.iter().any(|seen| seen.faults.contains(name)));
    assert!(unused.is_empty(), "never drawn: {unused:?}");
    let count = |class: &String| outcomes.get(class.as_str()).copied().unwrap_or_default();
    let rare: Vec<String> = every_class()
        .into_iter()
        .filter(|class| count(class) < AT_LEAST)
        .collect();
    assert!(rare.is_empty(), "fewer than {AT_LEAST}: {rare:?}");
    let blamed = all.iter().filter(|seen| seen.is_blamed).count();
    println!("{blamed:4}  of them with one end that is at fault");
    assert!(blamed >= BLAMED_AT_LEAST, "{blamed}");
    let of_openssl: usize = all.iter().map(|seen| seen.of_openssl).sum();
    println!("{of_openssl:4}  of them with OpenSSL at one end or both");
    assert!(of_openssl >= OF_OPENSSL_AT_LEAST, "{of_openssl}");
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
    let good = Side::BOTH.map(|side| world.sheet(side));
    let drawn = faults::draw(number, &mut draw);
    for fault in &drawn {
        (fault.make)(&mut world, ground, &mut draw);
    }
    let names: Vec<&str> = drawn.iter().map(|fault| fault.name).collect();
    let changed = Side::BOTH.map(|side| world.sheet(side));
    let changed = [good[0] != changed[0], good[1] != changed[1]];
    let lying = Lying::new(&world);
    lying.outlooks_agree(&format!("fleet {number} with {names:?}\n{}", world.text()));
    let (mut classes, mut is_blamed, mut of_openssl) = (Vec::new(), false, 0);
    for (place, predicted) in lying.predictions() {
        let about = format!("{place} of fleet {number} with {names:?}\n{}", world.text());
        // Of files that nobody has seen nothing is said, and there is nothing to compare.
        if lying.is_unseen(place) {
            assert!(!matches!(predicted, Prediction::Works { .. }), "{about}");
            classes.push("not seen".to_owned());
            continue;
        }
        if let Prediction::Unknown { why } = predicted
            && why.contains(SECURITY_LEVEL)
        {
            depends_on_level(place, &lying, &about);
        } else {
            compare(predicted, &lying.handshake(place), &about);
        }
        of_openssl += usize::from(lying.has_openssl(place));
        if lying.goes_by_any_clock(place) {
            compare_dates(predicted, place, &lying, &about);
        }
        if let Prediction::Fails(failing) = predicted {
            is_blamed |= blame::check(failing, place, changed, &names, &about);
        }
        classes.push(class(predicted));
    }
    let may_be_left_out = |name: &&str| NOT_COMPARED.iter().any(|(other, _)| other == name);
    assert!(
        !classes.is_empty() || names.iter().any(may_be_left_out),
        "nothing is compared of fleet {number} with {names:?}\n{}",
        world.text()
    );
    Seen {
        classes,
        is_blamed,
        of_openssl,
        faults: names,
        codes: lying.codes(),
    }
}

/// Of OpenSSL with a weak certificate it is not known whether it starts: it does at one level and does not at another.
#[track_caller]
fn depends_on_level(place: &Place, lying: &Lying<'_>, about: &str) {
    let low = lying.handshake_on(place, Level::One);
    assert!(matches!(low, Outcome::Works), "{low:?}\n{about}");
    let high = lying.handshake_on(place, Level::Two);
    let Outcome::NotStarted {
        cause: Cause::Openssl(said),
        ..
    } = high
    else {
        panic!("{high:?}\n{about}");
    };
    assert!(said.contains("key too small"), "{said}\n{about}");
}

/// Both ends work until the date that is predicted, and fail at it in the way that is.
#[track_caller]
fn compare_dates(predicted: &Prediction, place: &Place, lying: &Lying<'_>, about: &str) {
    let Prediction::Works { until: Some(stop) } = predicted else {
        return;
    };
    // To OpenSSL a certificate is over in its last second.
    let before = stop.at.saturating_sub(Duration::from_secs(2));
    let at = |time| lying.handshake_at(place, time, Level::One);
    compare(predicted, &at(before), about);
    let then = Prediction::Fails(Box::new(stop.failing.clone()));
    compare(&then, &at(stop.at), about);
}

#[track_caller]
fn compare(predicted: &Prediction, happened: &Outcome, about: &str) {
    match (predicted, happened) {
        (Prediction::Works { .. }, Outcome::Works) | (Prediction::Open, Outcome::Open) => {}
        (Prediction::Fails(failing), Outcome::NotStarted { role, cause })
            if failing.stage == Stage::Start =>
        {
            let why = format!("the {role} does not start: ");
            let why = failing.why.strip_prefix(&why);
            let why =
                why.unwrap_or_else(|| panic!("{failing}\nhappened: {role} {cause:?}\n{about}"));
            same_cause(why, failing, cause, about);
        }
        (Prediction::Fails(failing), Outcome::RefusedByOpenssl { step, why })
            if failing.stage == Stage::Judgement(*step) =>
        {
            assert!(!why.is_empty(), "it says why\n{about}");
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

/// Both say that it is the settings, or the files, or neither, and by which findings.
#[track_caller]
fn same_cause(why: &str, failing: &Failing, cause: &Cause, about: &str) {
    let (words, codes) = match cause {
        Cause::Settings(codes) => ("its settings have errors: ", codes),
        Cause::Files(codes) => ("its files cannot be used: ", codes),
        Cause::Openssl(said) => {
            assert!(why.contains("TP4007"), "{why}\nhappened: {said}\n{about}");
            let of_key = said.contains("does not match") || said.contains("mismatch");
            assert!(of_key, "{why}\nhappened: {said}\n{about}");
            return;
        }
        Cause::Engine(said) => {
            // The engine says what its own finding says; the prediction names the same version.
            let version = why.strip_prefix("its cipher-list leaves no suite for ");
            let version = version.unwrap_or_else(|| panic!("{why}\nhappened: {said}\n{about}"));
            let same = said.contains("cipher-list") && said.contains(version);
            assert!(same, "{why}\nhappened: {said}\n{about}");
            return;
        }
    };
    let first = why.strip_prefix(words);
    let first = first.unwrap_or_else(|| panic!("{failing}\nhappened: {cause:?}\n{about}"));
    let told = std::iter::once(first).chain(failing.later.iter().map(String::as_str));
    let mut told: BTreeSet<Code> = told.map(|text| text[..6].parse().unwrap()).collect();
    // Who looks at all files finds that an account may not read one, and what is wrong in it. That account finds a file
    // that it cannot read.
    if told.remove(&account_cannot_read::KIND.code) {
        told.insert(file_not_readable::KIND.code);
        told.retain(|code| codes.contains(code) || *code == file_not_readable::KIND.code);
    }
    assert_eq!(&told, codes, "{failing}\n{about}");
}

fn class(prediction: &Prediction) -> String {
    match prediction {
        Prediction::Works { until: Some(_) } => "works, and ends one day".to_owned(),
        Prediction::Works { until: None } => "works, and never ends".to_owned(),
        Prediction::Fails(failing) => format!("fails at {}", failing.stage),
        Prediction::Unknown { .. } => "not known".to_owned(),
        Prediction::Open => prediction.to_string(),
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
