//! The files of an end, of two, and of a fleet: every kind of finding about them, where it is found and where it is not.
//!
//! A kind without such a case fails here: what each look at files finds is noted while the tests run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod abilities;
mod as_it_stands;
mod files;
mod gaps;
mod keys;
mod lists;
mod loading;
mod one_end;
mod outlooks;
mod points;
#[path = "../support/mod.rs"]
mod support;
mod two_ends;

use std::cell::RefCell;
use std::collections::BTreeSet;

use trustpack_material::findings::REGISTER;

thread_local! {
    /// The codes that each look at files has found, on this thread.
    static LOOKS: RefCell<Vec<BTreeSet<String>>> = const { RefCell::new(Vec::new()) };
}

/// Notes what a look at files has found.
fn look(codes: &[String]) {
    LOOKS.with_borrow_mut(|looks| looks.push(codes.iter().cloned().collect()));
}

/// The codes that a test finds in some files and does not find in others.
fn told_apart(test: fn()) -> BTreeSet<String> {
    LOOKS.take();
    test();
    let looks = LOOKS.take();
    let found: BTreeSet<String> = looks.iter().flatten().cloned().collect();
    let is_absent = |code: &String| looks.iter().any(|look| !look.contains(code));
    found.into_iter().filter(is_absent).collect()
}

#[test]
fn item_2_6_every_kind_has_a_case() {
    let tests = [
        abilities::CASES,
        as_it_stands::CASES,
        files::CASES,
        gaps::CASES,
        keys::CASES,
        lists::CASES,
        loading::CASES,
        one_end::CASES,
        points::CASES,
        two_ends::CASES,
    ];
    let cases: BTreeSet<String> = tests.concat().into_iter().flat_map(told_apart).collect();
    let register: BTreeSet<String> = REGISTER.iter().map(|kind| kind.code.to_string()).collect();
    let missing: Vec<_> = register.difference(&cases).collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
}

#[test]
fn every_kind_of_a_file_is_in_the_reference() {
    let page = include_str!("../../../../docs/reference/findings.md");
    for kind in REGISTER {
        assert!(
            page.contains(&format!("## {}\n", kind.code)),
            "{}",
            kind.code
        );
    }
}
