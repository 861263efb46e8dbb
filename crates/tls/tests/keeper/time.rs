//! What time alone has broken keeps no change out: whoever is no longer trusted is cut all the same.

use trustpack_x509::certificate::Certificate;
use trustpack_x509::time::Timestamp;

use crate::support::{Host, List, between, time};
use crate::world::{START, World, assert_cut, assert_stays, assert_trust, of, refresh, speak};
use std::time::Duration;
use trustpack_tls::generation::Change;

/// Everything of the tests that ends has ended by then.
const LATER: &str = "2022-01-01";

fn until(end: &str) -> trustpack_x509::validity::Validity {
    between("2020-01-01", end)
}

/// A stranger is connected, a change revokes it at this time: it is cut, and refused anew.
async fn revokes(world: &World, before: impl FnOnce(&World), change: impl FnOnce(&World)) {
    before(world);
    let (mut keeper, a, _b) = world.start();
    let (mut near, _far) = world.call(&a, &world.stranger).await.unwrap();
    change(world);
    let refreshed = refresh(&mut keeper, time(LATER));
    assert_trust(&refreshed, "A", 1);
    assert_cut(&mut near).await;
    let failure = world
        .call(&a, &world.stranger)
        .await
        .expect_err("to be refused");
    assert!(failure.to_string().contains("was revoked"), "{failure}");
}

#[tokio::test]
async fn a_list_that_has_become_old_keeps_no_other_list_out() {
    let world = World::new();
    let old = world.root.list(&List {
        next: "2021-01-01",
        ..List::default()
    });
    let before = |world: &World| world.list("A", &[old.clone(), world.empty_list_of_other(1)]);
    let change = |world: &World| world.list("A", &[old.clone(), world.revoking_list(2)]);
    revokes(&world, before, change).await;
}

#[tokio::test]
async fn a_new_list_that_is_old_already_is_taken_and_refuses() {
    let world = World::new();
    let (mut keeper, a, _b) = world.start();
    let (mut near, mut far) = world.call(&a, &world.caller).await.unwrap();
    let old = world.root.list(&List {
        number: 2,
        next: "2021-01-01",
        ..List::default()
    });
    world.list("A", &[old, world.empty_list_of_other(1)]);
    let refreshed = refresh(&mut keeper, time(LATER));
    assert_trust(&refreshed, "A", 0);
    let told = refreshed
        .findings
        .iter()
        .map(|found| found.code().to_string());
    assert!(told.collect::<Vec<_>>().contains(&"TP4030".to_owned()));
    speak(&mut near, &mut far).await;
    let failure = world
        .call(&a, &world.caller)
        .await
        .expect_err("to be refused");
    assert!(failure.to_string().contains("is not used"), "{failure}");
}

#[tokio::test]
async fn a_trusted_ca_that_has_ended_keeps_no_list_out() {
    let world = World::new();
    let ended = world.root.valid(until("2021-01-01"));
    let before = |world: &World| {
        let trusted = [&world.root.certificate, &world.other.certificate, &ended];
        world.trust("A", &trusted);
    };
    let change = |world: &World| {
        world.list("A", &[world.empty_list(1), world.revoking_list(2)]);
    };
    revokes(&world, before, change).await;
}

/// A CA with a small key is trusted for as long as the settings accept that.
#[tokio::test]
async fn the_end_of_what_is_accepted_as_weak_keeps_no_list_out() {
    let world = World::new();
    let small = fixture("small-root.pem");
    let before = |world: &World| {
        accepts_weak(world);
        let trusted = [&world.root.certificate, &world.other.certificate, &small];
        world.trust("A", &trusted);
    };
    let change = |world: &World| {
        world.list("A", &[world.empty_list(1), world.revoking_list(2)]);
    };
    revokes(&world, before, change).await;
}

/// What no day accepts bars a change as it bars a start, while something weak is accepted and after.
#[tokio::test]
async fn a_ca_that_is_too_weak_for_any_day_is_not_taken_over() {
    let world = World::new();
    accepts_weak(&world);
    world.trust("A", &[&world.root.certificate, &world.other.certificate]);
    let (mut keeper, _a, _b) = world.start();
    let tiny = fixture("tiny-root.pem");
    world.trust("A", &[&world.root.certificate, &tiny]);
    for moment in [START, LATER] {
        let refreshed = refresh(&mut keeper, time(moment));
        let stays = of(&refreshed, "A").as_ref().expect_err("to stay");
        let findings = stays.findings();
        assert!(
            findings
                .iter()
                .any(|found| found.code().to_string() == "TP4021"),
            "{moment}: {stays}"
        );
    }
}

/// A CA that the option would have taken before its day was never taken here: no start takes it now, and no change.
#[tokio::test]
async fn a_small_ca_that_is_put_there_after_the_day_is_not_taken_over() {
    let world = World::new();
    accepts_weak(&world);
    let (mut keeper, a, _b) = world.start();
    let (mut near, mut far) = world.call(&a, &world.caller).await.unwrap();
    let small = fixture("small-root.pem");
    world.trust("A", &[&world.root.certificate, &small]);
    assert_stays(&refresh(&mut keeper, time("2021-07-01")), "A", &["TP4021"]);
    assert!(world.call(&a, &world.stranger).await.is_ok());
    speak(&mut near, &mut far).await;
    // In the last second of the option's day it is.
    let last = Timestamp::from_unix(time("2021-07-01").unix() - 1);
    assert_trust(&refresh(&mut keeper, last), "A", 0);
    world.list("A", &[world.empty_list(2), world.revoking_list(2)]);
    assert_trust(&refresh(&mut keeper, time("2021-07-01")), "A", 0);
}

/// Only what has ended since it is trusted is excused: not the file of years ago, put there by mistake.
#[tokio::test]
async fn a_ca_that_had_ended_before_it_was_put_there_is_not_taken_over() {
    let world = World::new();
    let (mut keeper, a, _b) = world.start();
    let (mut near, mut far) = world.call(&a, &world.caller).await.unwrap();
    let ended = world.root.valid(until("2021-01-01"));
    let to_come = world.root.valid(between("2100-01-01", "2120-01-01"));
    for wrong in [&ended, &to_come] {
        world.trust("A", &[&world.root.certificate, wrong]);
        assert_stays(&refresh(&mut keeper, time(LATER)), "A", &["TP4026"]);
        speak(&mut near, &mut far).await;
        assert!(world.call(&a, &world.caller).await.is_ok());
    }
}

/// Whoever mends what keeps a change out reads nothing of what does not.
#[tokio::test]
async fn what_time_excuses_is_no_reason_for_staying() {
    let world = World::new();
    accepts_weak(&world);
    let small = fixture("small-root.pem");
    world.trust("A", &[&world.root.certificate, &small]);
    let (mut keeper, _a, _b) = world.start();
    let ended = world.other.valid(until("2021-01-01"));
    world.trust("A", &[&world.root.certificate, &small, &ended]);
    assert_stays(&refresh(&mut keeper, time(LATER)), "A", &["TP4026"]);
}

/// Certificates whose keys no option is about keep no list out either.
#[tokio::test]
async fn a_key_of_an_unknown_kind_keeps_no_list_out_after_the_day() {
    let world = World::new();
    let before = |world: &World| {
        accepts_weak(world);
        let strange = fixture("host-p192.pem");
        let small = fixture("small-root.pem");
        let trusted = [
            &world.root.certificate,
            &world.other.certificate,
            &small,
            &strange,
        ];
        world.trust("A", &trusted);
        let also_accepted = "[[accept]]\ncode = \"TP4013\"\nplace = \"A:default\"\nreason = \"a host of another make\"\nuntil = \"2119-01-01\"\n";
        let fleet = std::fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
        world.put("fleet/fleet.toml", fleet + also_accepted);
    };
    let change = |world: &World| {
        world.list("A", &[world.empty_list(1), world.revoking_list(2)]);
    };
    revokes(&world, before, change).await;
}

fn fixture(name: &str) -> Certificate {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../judge/tests/fixtures");
    let file = std::fs::read(std::path::Path::new(folder).join(name)).unwrap();
    let mut found = trustpack_keystore::pem::read_certificates(&file).unwrap();
    found.remove(0)
}

fn accepts_weak(world: &World) {
    let fleet = std::fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    let accepting = "crl-check=leaf;danger-accept-weak=2021-06-30";
    world.put(
        "fleet/fleet.toml",
        fleet.replace("crl-check=leaf", accepting),
    );
}

#[tokio::test]
async fn a_trusted_ca_is_taken_out_though_another_has_ended() {
    let world = World::new();
    let ended = world.root.valid(until("2021-01-01"));
    world.trust(
        "A",
        &[&world.root.certificate, &world.other.certificate, &ended],
    );
    let (mut keeper, a, _b) = world.start();
    let (mut near, _far) = world.call(&a, &world.stranger).await.unwrap();
    world.trust("A", &[&world.root.certificate, &ended]);
    assert_trust(&refresh(&mut keeper, time(LATER)), "A", 1);
    assert_cut(&mut near).await;
}

#[tokio::test]
async fn the_end_of_the_own_certificate_keeps_no_list_out() {
    let world = World::new();
    // It ends for whoever loads it; the clients of the tests, by the clock of the machine, are not asked about it.
    let own = world.root.issue(&Host {
        validity: until("2120-01-01"),
        ..Host::named("h.example.com")
    });
    world.present("A", &own);
    let (mut keeper, a, _b) = world.start();
    let (mut near, _far) = world.call(&a, &world.stranger).await.unwrap();
    world.list("A", &[world.empty_list(1), world.revoking_list(2)]);
    assert_trust(&refresh(&mut keeper, time("2119-12-31")), "A", 1);
    assert_cut(&mut near).await;
    world.list("A", &[world.empty_list(2), world.revoking_list(3)]);
    let (lists, later) = (
        &refresh(&mut keeper, time("2119-12-31")),
        time("2120-02-01"),
    );
    assert_trust(lists, "A", 0);
    world.list("A", &[world.empty_list(3), world.revoking_list(4)]);
    assert_trust(&refresh(&mut keeper, later), "A", 0);
    // Another that has ended is no reason to give this one up.
    world.present(
        "A",
        &world.root.issue(&Host::named("h.example.com").expired()),
    );
    world.list("A", &[world.empty_list(4), world.revoking_list(5)]);
    let refreshed = refresh(&mut keeper, later);
    let stays = of(&refreshed, "A").as_ref().expect_err("to stay");
    let found = stays.findings();
    assert!(
        found.iter().any(|one| one.code().to_string() == "TP4012"),
        "{stays}"
    );
}

#[tokio::test]
async fn the_end_of_an_acceptance_keeps_no_list_out() {
    let world = World::new();
    let client_only = Host {
        purposes: vec![trustpack_x509::extension::Purpose::ClientAuth],
        ..Host::named("h.example.com")
    };
    world.present("A", &world.root.issue(&client_only));
    world.settings(
        "[[accept]]\ncode = \"TP4018\"\nplace = \"A:default\"\nreason = \"for now\"\nuntil = \"2021-01-01\"\n",
    );
    let (mut keeper, a, _b) = world.start();
    let generation = a.generation();
    world.list("A", &[world.empty_list(1), world.revoking_list(2)]);
    assert_trust(&refresh(&mut keeper, time(LATER)), "A", 0);
    assert_eq!(a.generation(), generation + 1);
    // A start is another matter.
    let mut new = world.keeper();
    let error = new
        .server(&crate::world::place("A"), time(LATER))
        .expect_err("to stay down");
    assert!(error.to_string().contains("cannot be used"), "{error}");
}

/// The clock of whoever makes lists may be ahead of ours: such a list is waited for, but not for long.
#[tokio::test]
async fn a_list_from_the_future_is_waited_for_as_long_as_clocks_differ() {
    let world = World::new();
    let made = "2020-06-02";
    let list = |number| {
        world.root.list(&List {
            made,
            number,
            ..List::default()
        })
    };
    let before = |seconds| Timestamp::from_unix(time(made).unix() - seconds);
    let (mut keeper, a, _b) = world.start();
    world.list("A", &[list(2), world.empty_list_of_other(1)]);
    assert_stays(&refresh(&mut keeper, before(120)), "A", &["TP4030"]);
    assert!(world.call(&a, &world.caller).await.is_ok());
    // No file has changed; the time has come.
    assert!(!keeper.is_behind());
    let refreshed = refresh(&mut keeper, time(made));
    assert_trust(&refreshed, "A", 0);
    assert_eq!(refreshed.mended, [crate::world::place("A")]);
    // By so much no clock is wrong: it is taken, and nobody let in by it before its time.
    world.list("A", &[list(3), world.empty_list_of_other(1)]);
    let far = before(Duration::from_secs(3600).as_secs());
    assert_trust(&refresh(&mut keeper, far), "A", 0);
}

#[tokio::test]
async fn nothing_is_told_of_what_has_not_changed() {
    let world = World::new();
    let (mut keeper, _a, _b) = world.start();
    let refreshed = refresh(&mut keeper, time(START));
    assert!(matches!(of(&refreshed, "A"), Ok(Change::Nothing)));
    assert_eq!(refreshed.findings, []);
}
