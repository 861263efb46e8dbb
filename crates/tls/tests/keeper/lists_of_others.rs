//! Lists of CAs whom nobody here trusts, in the place of those that were asked: taken over, as a start takes them, and
//! told at once. New connections are refused by name; those that live go on.

use trustpack_judge::reason::Step;
use trustpack_tls::handshake::Failure;
use trustpack_tls::keeper::Refreshed;

use crate::support::{Authority, List, time};
use crate::world::{START, World, assert_trust, connect, place, refresh, speak};

/// What is told of `A` with the code of a CA without a list.
fn told(refreshed: &Refreshed) -> Vec<&str> {
    let found = refreshed.findings.iter();
    let found = found.filter(|one| one.code().to_string() == "TP4043" && one.place == place("A"));
    found.map(|one| one.message.as_str()).collect()
}

fn checks(world: &World, check: &str) {
    let fleet = std::fs::read_to_string(world.at("fleet/fleet.toml")).unwrap();
    let checking = format!("crl-check={check}");
    world.put(
        "fleet/fleet.toml",
        fleet.replace("crl-check=leaf", &checking),
    );
}

/// Nobody knows whether it was revoked, and it is said whose list is missing.
#[track_caller]
fn assert_no_list(failure: &Failure, of: &str) {
    assert_eq!(failure.step(), Some(Step::Revocation), "{failure}");
    let words = format!("there is no list of its issuer \"O=Tests, CN={of}\"");
    assert!(failure.to_string().contains(&words), "{failure}");
}

#[tokio::test]
async fn the_list_of_a_ca_that_nobody_trusts_is_told_before_anybody_is_refused() {
    for check in ["leaf", "chain"] {
        let world = World::new();
        checks(&world, check);
        let (mut keeper, a, b) = world.start();
        let client = world.client(&world.caller);
        let (mut near, mut far) = connect(&a, &client).await.unwrap();
        speak(&mut near, &mut far).await;
        let good = std::fs::read(world.at("A/ca.crl")).unwrap();
        let foreign = Authority::root("Foreign").list(&List::default());
        world.list("A", &[foreign]);
        let refreshed = refresh(&mut keeper, time(START));
        assert_trust(&refreshed, "A", 0);
        let [message] = told(&refreshed)[..] else {
            panic!("{check}: {refreshed:?}");
        };
        for name in ["Root", "Other", "Foreign"] {
            assert!(message.contains(&format!("CN={name}\"")), "{message}");
        }
        // Whoever is connected stays. Whoever comes is refused, with a session of before and without one.
        speak(&mut near, &mut far).await;
        for client in [&client, &world.client(&world.caller)] {
            let failure = connect(&a, client).await.expect_err("to be refused");
            assert_no_list(&failure, "Root");
        }
        let stranger = world.knock(&a, &world.stranger).await;
        assert_no_list(&stranger.expect_err("to be refused"), "Other");
        assert!(connect(&b, &world.client(&world.caller)).await.is_ok());
        // It is told once; with the right list all is well, and nothing is told.
        assert_eq!(told(&refresh(&mut keeper, time(START))), [""; 0]);
        world.put("A/ca.crl", good);
        let refreshed = refresh(&mut keeper, time(START));
        assert_trust(&refreshed, "A", 0);
        assert_eq!(told(&refreshed), [""; 0]);
        assert!(connect(&a, &client).await.is_ok(), "{check}");
        speak(&mut near, &mut far).await;
    }
}

#[tokio::test]
async fn one_ca_of_two_without_a_list() {
    let world = World::new();
    let (mut keeper, a, _b) = world.start();
    world.list("A", &[world.empty_list(2)]);
    let refreshed = refresh(&mut keeper, time(START));
    assert_trust(&refreshed, "A", 0);
    let [message] = told(&refreshed)[..] else {
        panic!("{refreshed:?}");
    };
    assert!(
        message.contains("of the trusted CA \"O=Tests, CN=Other\""),
        "{message}"
    );
    assert!(world.knock(&a, &world.caller).await.is_ok());
    let failure = world
        .knock(&a, &world.stranger)
        .await
        .expect_err("to be refused");
    assert_no_list(&failure, "Other");
}

/// What a change takes, a start takes; so that a restart changes nothing.
#[tokio::test]
async fn a_start_tells_the_same() {
    let world = World::new();
    world.list("A", &[Authority::root("Foreign").list(&List::default())]);
    let mut keeper = world.keeper();
    let started = keeper.take(time(START), |newcomers| {
        Ok((newcomers.server(&place("A"))?, newcomers.findings()))
    });
    let (a, found) = started.unwrap();
    let codes: Vec<_> = found.iter().map(|one| one.code().to_string()).collect();
    assert!(codes.contains(&"TP4043".to_owned()), "{codes:?}");
    let failure = world.knock(&a, &world.caller).await;
    assert_no_list(&failure.expect_err("to be refused"), "Root");
    // Nothing has changed since.
    assert_eq!(told(&refresh(&mut keeper, time(START))), [""; 0]);
}
