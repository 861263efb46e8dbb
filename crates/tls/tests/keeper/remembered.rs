//! Numbers of revocation lists: what was seen is remembered, whoever saw it and whatever was named since.

use trustpack_judge::revocation::seen::SeenNumbers;
use trustpack_tls::generation::Change;
use trustpack_tls::keeper::newcomers::ServeError;

use crate::support::time;
use crate::world::{START, World, assert_stays, assert_trust, of, place, refresh};

#[test]
fn a_list_that_was_left_out_and_is_put_back_with_a_lower_number_is_refused() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let other = || world.empty_list_of_other(1);
    world.list("A", &[world.empty_list(5), other()]);
    world.list("B", &[other()]);
    refresh(&mut keeper, time(START));
    world.list("A", &[other()]);
    refresh(&mut keeper, time(START));
    world.list("A", &[world.empty_list(4), other()]);
    assert_stays(&refresh(&mut keeper, time(START)), "A", &["TP4033"]);
    world.list("A", &[world.empty_list(5), other()]);
    assert_trust(&refresh(&mut keeper, time(START)), "A", 0);
}

/// Whoever has the older copy stays as it was meanwhile, and is told where the newer one is to go.
#[test]
fn copies_of_a_list_may_be_renewed_one_after_the_other() {
    let world = World::new();
    let (mut keeper, a, b) = world.start();
    let both = [world.empty_list(2), world.empty_list_of_other(1)];
    world.list("A", &both);
    let refreshed = refresh(&mut keeper, time(START));
    assert_trust(&refreshed, "A", 0);
    assert!(matches!(of(&refreshed, "B"), Ok(Change::Nothing)));
    let refreshed = refresh(&mut keeper, time(START));
    assert_stays(&refreshed, "B", &["TP4033"]);
    let stays = of(&refreshed, "B").as_ref().expect_err("to stay");
    let remedy = stays
        .findings()
        .first()
        .map(|found| found.remedy.to_string());
    let remedy = remedy.expect("a finding");
    assert!(
        remedy.starts_with("put the list with the number 02 "),
        "{remedy}"
    );
    world.list("B", &both);
    let refreshed = refresh(&mut keeper, time(START));
    assert_eq!(refreshed.mended, [place("B")]);
    assert_eq!((a.generation(), b.generation()), (2, 2));
}

#[test]
fn the_next_process_knows_what_this_one_has_seen() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let both = |number| [world.empty_list(number), world.empty_list_of_other(1)];
    for name in ["A", "B"] {
        world.list(name, &both(9));
    }
    let seen = refresh(&mut keeper, time(START)).seen;
    assert_eq!(seen, keeper.numbers());
    let kept: SeenNumbers = seen.to_string().parse().unwrap();
    for name in ["A", "B"] {
        world.list(name, &both(8));
    }
    let mut next = world.keeper();
    assert!(
        next.server(&place("A"), time(START)).is_ok(),
        "nothing is known"
    );
    let mut next = world.keeper();
    next.remember(&kept);
    let refused = next
        .server(&place("A"), time(START))
        .expect_err("an old list");
    let ServeError::Stays(stays) = &refused else {
        panic!("{refused}");
    };
    let found = stays.findings();
    let codes: Vec<_> = found.iter().map(|one| one.code().to_string()).collect();
    assert_eq!(codes, ["TP4033"], "{refused}");
    world.list("B", &both(9));
    assert!(next.server(&place("B"), time(START)).is_ok());
}
